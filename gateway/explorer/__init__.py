"""The page at `/graphql` for browsers."""

from gateway.explorer.examples import UnreadableExampleError, read_examples
from gateway.explorer.page import OPEN_PATHS, ExplorerFiles, ExplorerPage

__all__ = ["OPEN_PATHS", "ExplorerFiles", "ExplorerPage", "UnreadableExampleError", "read_examples"]
