"""Who pays: the regions, the State and the national bodies, under invented SIRENs."""

from dataclasses import dataclass

from demonstration.names import MARK
from demonstration.world import make_siren
from services.kernel.identifiers import Siren
from services.kernel.regions import REGIONS

FIRST_FUNDER = 90_000


@dataclass(frozen=True, slots=True)
class DemonstrationFunder:
    """`kind` is one of the kinds that a contribution declares."""

    siren: Siren
    name: str
    kind: str


STATE = DemonstrationFunder(make_siren(FIRST_FUNDER + 1), f"État {MARK}", "state")
CDC = DemonstrationFunder(make_siren(FIRST_FUNDER + 2), f"Caisse des Dépôts {MARK}", "cdc")
BPIFRANCE = DemonstrationFunder(make_siren(FIRST_FUNDER + 3), f"Bpifrance {MARK}", "bpifrance")
FRANCE_ACTIVE = DemonstrationFunder(make_siren(FIRST_FUNDER + 4), f"France Active {MARK}", "france_active")


def region_funder(region: str) -> DemonstrationFunder:
    return DemonstrationFunder(
        make_siren(FIRST_FUNDER + 100 + int(region)), f"Région {REGIONS[region]} {MARK}", "region"
    )
