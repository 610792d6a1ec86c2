"""What a process that serves or imports tells the interpreter: what not to look at, how to take turns."""

import gc
import sys

# One request makes thousands of objects: at Python's own 700 the collector comes several times in it.
MADE_BEFORE_A_LOOK = 20_000
# A thread that decides for seconds gives way to the event loop after so long. Python's own 5 ms pass at each
# of an import's six hundred statements, while PostgreSQL waits for the next one.
SECONDS_OF_A_TURN = 0.0005


def settle() -> None:
    """Once, when a process has made all that its server starts with: then only what is newer is seen."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE_BEFORE_A_LOOK, *gc.get_threshold()[1:])
    sys.setswitchinterval(SECONDS_OF_A_TURN)
