"""What a suite is made of: one supergraph, the records behind it, queries and the answers they must get."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.gateway.subgraph_servers import World


@dataclass(frozen=True)
class Case:
    query: str
    data: Any
    errors: Sequence[list[str | int] | None] = ()
    """The paths of the errors that the answer must have, in any order."""
    variables: Mapping[str, Any] | None = None
    asked: Sequence[str] | None = None
    """Names of the subgraphs asked, in order, one for each request; None where either will do."""
    code: str | None = None
    """Why the request is refused as a whole, where it is."""


@dataclass(frozen=True)
class Suite:
    about: str
    supergraph: str
    make_world: Callable[[], World]
    """Each suite has records of its own, since some of its queries may change them."""
    cases: Sequence[Case]
    settings: Mapping[str, Any] = field(default_factory=dict)
