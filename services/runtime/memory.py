"""What the garbage collector need not look at: a server's code and settings, which never go."""

import gc

# One request makes thousands of objects: at Python's own 700 the collector comes several times in it.
MADE_BEFORE_A_LOOK = 20_000


def settle() -> None:
    """Once, when a process has made all that its server starts with: then only what is newer is seen."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE_BEFORE_A_LOOK, *gc.get_threshold()[1:])
