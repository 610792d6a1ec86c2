"""A CAE merges into another, which takes its dossiers along: what may follow what.

By region: an operator answers for the dossiers of its own. Of a company nothing is recorded after it was
succeeded, so that each chain has one end, where all its dossiers are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.capital.domain.refusals import CaeSucceeded, SuccessionCycle
from services.kernel.calendar import require_order, require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, Siret
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """`top_ups` were taken along, and `taken_cents` is what their awards take of caps."""

    id: UUID
    region: str
    from_siren: Siren
    to_siren: Siren
    to_siret: Siret
    to_name: str
    effective_on: date
    reason: str
    top_ups: int
    taken_cents: int
    created_at: datetime


def check_succession(known: Iterable[Succession], following: Succession, today: date) -> None:
    """`known` are those of the same region."""
    known = list(known)
    if following.from_siren == following.to_siren:
        raise InvalidInput("/to_siret", _ITSELF)
    require_past(DateField.EFFECTIVE_ON, following.effective_on, today)
    require_standing(known, following.from_siren)
    if last_successor(known, following.to_siren) == following.from_siren:
        raise SuccessionCycle(from_siren=following.from_siren, to_siren=following.to_siren)
    require_standing(known, following.to_siren)
    for one in known:
        if one.to_siren == following.from_siren:
            require_order(
                DateField.PREVIOUS_SUCCESSION_ON,
                one.effective_on,
                DateField.EFFECTIVE_ON,
                following.effective_on,
            )


def require_standing(known: Iterable[Succession], siren: Siren) -> None:
    """A CAE that was succeeded asks for nothing more: its successor does."""
    known = list(known)
    for one in known:
        if one.from_siren == siren:
            raise CaeSucceeded(
                cae_siren=siren,
                successor_siren=last_successor(known, siren),
                effective_on=one.effective_on,
            )


def last_successor(known: Iterable[Succession], siren: Siren) -> Siren:
    """The end of the chain; the company itself where nobody succeeded it."""
    following = {one.from_siren: one.to_siren for one in known}
    while siren in following:
        siren = following[siren]
    return siren


_ITSELF = Text(
    "Une CAE ne fusionne pas dans elle-même : donnez un établissement de celle qui l'absorbe.",
    "A CAE does not succeed itself: give an establishment of the one that takes it over.",
)
