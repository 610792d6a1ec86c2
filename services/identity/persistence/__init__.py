"""The tables of the schema `identity`, and the queries on them by noun. Nothing here commits."""
