"""Known documents as Python functions: compiled once, they read and show without asking the schema again.

What these do not cover, and every query that meets an error, is the ordinary executor's: see `docs/decisions/
graphql-compiled-documents.md`.
"""
