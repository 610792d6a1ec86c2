"""Labels of `@override`: who serves a field that moves from one graph to another step by step.

A name is active when the settings name it. `percent(n)` is active for n in a hundred requests, drawn by the
request's id: the same id gives the same plan, so that what a request did can be looked up and done again.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_\-:./]*")
_PERCENT = re.compile(r"percent\((?P<share>\d{1,3}(\.\d{1,8})?)\)")
HUNDRED = 100


def is_label(text: str) -> bool:
    percent = _PERCENT.fullmatch(text)
    return float(percent["share"]) <= HUNDRED if percent else _NAME.fullmatch(text) is not None


class OverrideLabels:
    def __init__(self, labels: Collection[str], switched_on: str) -> None:
        """`switched_on` holds names with commas between them; those of other supergraphs do not count."""
        names = {name.strip() for name in switched_on.split(",")}
        shares = {label: match for label in sorted(labels) if (match := _PERCENT.fullmatch(label))}
        self._shares = {label: float(match["share"]) for label, match in shares.items()}
        self._always = frozenset(label for label in labels if label in names and label not in shares)

    def active(self, request_id: str) -> frozenset[str]:
        if not self._shares:
            return self._always
        drawn = (label for label, share in self._shares.items() if _draw(label, request_id) < share)
        return self._always.union(drawn)


def _draw(label: str, request_id: str) -> float:
    """A number from 0 up to, but not including, 100."""
    digest = sha256(f"{label} {request_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") * HUNDRED / 2**48
