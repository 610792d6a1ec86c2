"""Who pays into a fund, and by what kind of body it is."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.kernel.identifiers import Siren
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput


class FunderKind(StrEnum):
    """`UNDECLARED` is the one placeholder that bears imported loans until the funders are declared."""

    REGION = "region"
    STATE = "state"
    BPIFRANCE = "bpifrance"
    CDC = "cdc"
    FRANCE_ACTIVE = "france_active"
    LOCAL = "local"
    OTHER = "other"
    UNDECLARED = "undeclared"


UNDECLARED_NAME = "à déclarer"


@dataclass(frozen=True, slots=True)
class Funder:
    """`rank` is its place in convention order: that of its first pledge or contribution to the fund."""

    id: UUID
    fund_id: UUID
    rank: int
    siren: Siren | None
    name: str
    kind: FunderKind


def check_declared_kind(kind: FunderKind) -> None:
    """Whoever pays in is somebody: only an import stands in for funders that are not declared."""
    if kind is FunderKind.UNDECLARED:
        raise InvalidInput(
            "/funder/kind",
            Text(
                "« undeclared » ne désigne que les financeurs à déclarer d'un import",
                "undeclared only stands for the funders of an import that are still to be declared",
            ),
        )
