"""Which loans are summed: what is asked for, within what the caller may see."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.kernel.access import Scope


@dataclass(frozen=True, slots=True)
class Narrowing:
    """None is all. `cohorts` are years of disbursement, `funders` SIRENs: of each loan, their parts alone."""

    regions: Collection[str] | None = None
    fund_ids: Collection[UUID] | None = None
    caes: Collection[str] | None = None
    cohorts: Collection[int] | None = None
    funders: Collection[str] | None = None

    def within(self, scope: Scope) -> "Narrowing":
        return replace(
            self,
            regions=_both(self.regions, scope.regions),
            caes=_both(self.caes, None if scope.cae_siren is None else {scope.cae_siren}),
            funders=_both(self.funders, None if scope.funder_siren is None else {scope.funder_siren}),
        )

    @property
    def values(self) -> dict[str, list[Any] | None]:
        """As the parameters of a statement, in one order: the same question is the same text."""
        named = {
            "regions": self.regions,
            "fund_ids": self.fund_ids,
            "caes": self.caes,
            "cohorts": self.cohorts,
            "funders": self.funders,
        }
        return {name: None if given is None else sorted(given) for name, given in named.items()}


def _both(asked: Collection[str] | None, seen: Collection[str] | None) -> Collection[str] | None:
    if asked is None or seen is None:
        return seen if asked is None else asked
    return set(asked) & set(seen)
