"""The waiting list: who asks when room is short stands in line, and nobody passes who stands there.

A scheme has one line. Those of a CAE wait for its cap, one after the other; they keep no other CAE waiting.
Who fits in its cap waits for the scheme's budget, and all who need the budget wait behind.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from services.capital.domain.awards import Room, Rooms, decide
from services.capital.domain.claims import entitlement_of
from services.capital.domain.lifecycle import Act, move
from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted
from services.capital.domain.reserving import keep
from services.capital.domain.schemes import Version
from services.capital.domain.top_ups import TopUp
from services.kernel.identifiers import Siren


@dataclass(slots=True)
class Line:
    """As much of a scheme's line as one who comes after it must know: whose CAEs wait, and for the budget."""

    caes: set[Siren] = field(default_factory=set)
    is_for_budget: bool = False

    def is_before(self, siren: Siren, version: Version) -> bool:
        return siren in self.caes or (self.is_for_budget and version.budget_cents is not None)

    def join(self, version: Version, top_up: TopUp, available: Rooms) -> None:
        self.caes.add(top_up.cae.siren)
        in_cap_alone = Rooms(available.cap, Room(available.budget.period, None, 0))
        fits = decide(version, entitlement_of(version, top_up.claim), in_cap_alone).amount_cents > 0
        self.is_for_budget |= fits and version.budget_cents is not None


def find_place(version: Version, top_up: TopUp, available: Rooms, line: Line, today: date) -> TopUp:
    """The request with the room that it keeps, or in line where the rules have one; else the refusal."""
    if not version.waiting_list:
        return keep(version, top_up, available, today)
    if not line.is_before(top_up.cae.siren, version):
        try:
            return keep(version, top_up, available, today)
        except (CaeCapReached, SchemeBudgetExhausted):  # then it waits
            pass
    line.join(version, top_up, available)
    return replace(top_up, status=move(top_up.status, Act.WAIT))


def promoted(top_up: TopUp, today: date) -> TopUp:
    """Out of the line, and to be decided."""
    return replace(top_up, status=move(top_up.status, Act.PROMOTE), waiting_number=None, promoted_on=today)
