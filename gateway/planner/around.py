"""What the search for one object hangs on besides the object itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.planner.routes import Node

Visit = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """An ancestor that sets contexts, as it was first reached."""

    node: Node
    contexts: frozenset[str]
    above: Holder | None
    waves: int
    """How many fetches had to wait for each other before it was known."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a search for an object hangs on besides the object."""

    active: frozenset[Visit] = frozenset()
    """The hops whose inputs are being looked for: none of them may need itself."""
    holder: Holder | None = None
    """The nearest ancestor that sets contexts."""
    waves: int = 0
    """How many fetches had to wait for each other before the object; counted only where contexts are used."""
    is_in_entities: bool = False
    """Whether the request that brings the object is one about entities."""

    def looking_for(self, visit: Visit) -> Around:
        return replace(self, active=self.active | {visit})

    def holder_of(self, context: str) -> Holder | None:
        holder = self.holder
        while holder is not None and context not in holder.contexts:
            holder = holder.above
        return holder


ALONE = Around()
