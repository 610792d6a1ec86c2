"""The tables of the schema `loans`, and the queries on them by noun. Nothing here commits."""
