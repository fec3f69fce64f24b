"""Results -> files: plain records and tables first, then JSONL, CSV and workbooks."""
