"""The life of a loan: on any day, what the facts that stand on that day give in date order."""
