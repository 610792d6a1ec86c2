"""What the worker finds each night when it compares the counters of caps, budgets and aid with the awards."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.kernel.ledger_proof import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyCheck:
    """Of a day in Paris. `counters` and `awards` are how many of each were compared."""

    checked_on: date
    checked_at: datetime
    counters: int
    awards: int
    differences: tuple[Difference, ...]

    def by_scheme(self) -> dict[UUID, list[Difference]]:
        """The subject of each begins with its scheme; of de minimis aid it is a company alone."""
        found: dict[UUID, list[Difference]] = {}
        for difference in self.differences:
            owner = difference.subject.split()[0]
            if not owner.isdigit():
                found.setdefault(UUID(owner), []).append(difference)
        return found
