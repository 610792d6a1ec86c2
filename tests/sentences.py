"""What users read is French or English: the codes that programs compare have no place in it."""

import re
from collections.abc import Iterator

from services.kernel.language import Word


def _words(kind: type[Word] = Word) -> Iterator[Word]:
    yield from kind
    for child in kind.__subclasses__():
        yield from _words(child)


def codes_in(french: str) -> set[str]:
    """Codes that stand in a French sentence. A code that is French itself (`CAPE`) is no fault."""
    codes = {word.value for word in _words() if word.value not in word.label.french.split()}
    said = set(re.findall(r"[\w-]+", french))
    return (codes & said) | {word for word in said if "_" in word}
