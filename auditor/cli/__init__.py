"""The command line: options -> calls -> exit code. click and tqdm live here only."""
