"""The share of a fund that a funder is wanted to bear: the State at 20 %, say; and what it is short of."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.identifiers import Siren
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.funders import Funder, FunderKind

WHOLE = 100


@dataclass(frozen=True, slots=True)
class TargetShare:
    """Of one funder, by its SIREN, or of all those of a kind: one or the other."""

    percent: int
    kind: FunderKind | None = None
    siren: Siren | None = None

    def __str__(self) -> str:
        return f"{self.siren or self.kind}: {self.percent} %"

    def is_of(self, funder: Funder) -> bool:
        return funder.siren == self.siren if self.siren is not None else funder.kind is self.kind


@dataclass(frozen=True, slots=True)
class TargetGap:
    """`gap_cents`: what it would have to pay in to reach its share, the others' money unchanged.

    None where no sum would do: the whole of a fund in which others have money.
    """

    target: TargetShare
    held_cents: int
    whole_cents: int
    gap_cents: int | None


def gap_of(target: TargetShare, held_cents: int, whole_cents: int) -> TargetGap:
    """A fund of 80 000.00 without the State is short of 20 000.00 of a State's 20 %."""
    missing = target.percent * whole_cents - WHOLE * held_cents
    gap_cents: int | None = 0
    if missing > 0:
        others_percent = WHOLE - target.percent
        gap_cents = -(-missing // others_percent) if others_percent else None
    return TargetGap(target, held_cents, whole_cents, gap_cents)


def check_target_shares(targets: Sequence[TargetShare]) -> None:
    for index, target in enumerate(targets):
        if (target.kind is None) == (target.siren is None):
            raise InvalidInput(
                f"/settings/target_shares/{index}",
                Text(
                    "une part visée est celle d'un financeur (siren) ou d'une sorte (kind) : l'un ou l'autre",
                    "a target share is of a funder (siren) or of a kind, one or the other",
                ),
            )
        if (target.kind, target.siren) in {(other.kind, other.siren) for other in targets[:index]}:
            raise InvalidInput(
                f"/settings/target_shares/{index}",
                Text("cette part est déjà donnée plus haut", "this share is already given above"),
            )
    total = sum(target.percent for target in targets)
    if total > WHOLE:
        raise InvalidInput(
            "/settings/target_shares",
            Text("les parts visées font {total} %, plus que 100", "target shares add up to {total} %"),
            total=total,
        )
