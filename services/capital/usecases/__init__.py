"""What the business can do, one file for each verb: check the caller, load, decide (pure), save, tell."""
