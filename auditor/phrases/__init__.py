"""The phrase library (话术库) held against the rules: reading it with positions, checking, outputs, baseline, fixes."""
