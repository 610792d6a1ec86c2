"""What an administrator or a client does, one file for each verb: load, decide (pure), save."""
