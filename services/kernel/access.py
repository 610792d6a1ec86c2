"""Who calls, and what their token lets them see. The tables of acts live with each service."""

from collections.abc import Collection
from dataclasses import dataclass, field

from services.kernel.identifiers import Siren
from services.kernel.language import Word
from services.kernel.refusals import NotAllowed


class Role(Word):
    OPERATOR = "operator", "opérateur", "operator"
    FUNDER = "funder", "financeur", "funder"
    CAE = "cae", "CAE", "CAE"
    PARTNER = "partner", "partenaire", "partner"
    ADMIN = "admin", "administrateur", "administrator"


@dataclass(frozen=True, slots=True)
class Caller:
    """`client` names the integrating software; idempotency keys and audit belong to it."""

    role: Role
    client: str
    regions: frozenset[str] = field(default_factory=frozenset)
    siren: Siren | None = None
    person: str | None = None

    def require(self, roles: Collection[Role], act: Word) -> None:
        if self.role not in roles:
            raise NotAllowed(role=self.role, act=act)

    @property
    def scope(self) -> "Scope":
        match self.role:
            case Role.ADMIN:
                return Scope()
            case Role.OPERATOR | Role.PARTNER:
                return Scope(regions=self.regions)
            case Role.CAE:
                return Scope(cae_siren=self.siren)
            case Role.FUNDER:
                return Scope(funder_siren=self.siren)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query must be narrowed to; all three None sees everything.

    A CAE's or a funder's scope always carries its SIREN: tokens without one are refused at the door.
    """

    regions: frozenset[str] | None = None
    cae_siren: Siren | None = None
    funder_siren: Siren | None = None

    def sees_region(self, region: str) -> bool:
        return self.regions is None or region in self.regions

    def sees_cae(self, siren: str) -> bool:
        return self.cae_siren is None or siren == self.cae_siren
