"""What the compiled path leaves to the ordinary executor."""


class UncoveredError(Exception):
    """Nothing is wrong with the document: it is executed the ordinary way."""
