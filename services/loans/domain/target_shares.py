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
