"""What users do with loans, one verb a file: load, decide (pure), save, tell. None commits."""
