"""The page at `/graphql` for browsers."""

from gateway.explorer.examples import read_examples
from gateway.explorer.page import Explorer

__all__ = ["Explorer", "read_examples"]
