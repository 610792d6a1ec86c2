"""Chance that repeats itself: a generator of its own for each thing that is drawn, named by what it is."""

from random import Random

SEED = "essor"


def chance(*names: object) -> Random:
    """What is drawn for one thing never depends on what was drawn before for another."""
    return Random("/".join(map(str, (SEED, *names))))  # noqa: S311 - nothing secret is drawn
