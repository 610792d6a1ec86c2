"""Plumbing that both services share. No word of the business stands here."""
