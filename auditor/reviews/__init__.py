"""People's verdicts on the machine's findings: read back from workbooks, kept as JSON lines, counted rule by rule."""
