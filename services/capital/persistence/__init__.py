"""Tables of the capital service and the queries on them, by noun. Nothing outside writes SQL."""
