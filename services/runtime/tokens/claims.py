"""What a token's claims say of its caller, whatever the issuer calls them."""

from dataclasses import dataclass
from typing import Any, Self

from services.kernel.access import Caller, Role
from services.kernel.identifiers import InvalidIdentifierError, Siren, parse_siren
from services.kernel.regions import REGIONS
from services.runtime.settings import Settings

LONGEST_CLIENT = 200
LONGEST_PERSON = 200


class InvalidTokenError(Exception):
    """`reason` is safe to show; it never repeats the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where each fact stands. A dotted path reaches into objects, as in `realm_access.roles`."""

    client: str = "sub"
    role: str = "role"
    regions: str = "regions"
    siren: str = "siren"
    person: str = "person"
    role_prefix: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            client=settings.claim_client,
            role=settings.claim_role,
            regions=settings.claim_regions,
            siren=settings.claim_siren,
            person=settings.claim_person,
            role_prefix=settings.role_prefix or "",
        )


def caller_of(claims: dict[str, Any], names: ClaimNames = ClaimNames()) -> Caller:
    """The caller that the claims describe; a role without what narrows it is refused, never widened."""
    client = _reached(claims, names.client)
    if not _is_name(client, LONGEST_CLIENT):
        raise InvalidTokenError(f"the token's {names.client} is not the name of a client")
    role = _role_of(_reached(claims, names.role), names.role_prefix)
    regions = _reached(claims, names.regions)
    regions = [] if regions is None else regions
    if not isinstance(regions, list) or not all(
        isinstance(region, str) and region in REGIONS for region in regions
    ):
        raise InvalidTokenError("the token's regions are not a list of INSEE codes")
    siren = _siren_of(_reached(claims, names.siren))
    if role in {Role.OPERATOR, Role.PARTNER} and not regions:
        raise InvalidTokenError(f"the role {role.value} needs regions")
    if role in {Role.CAE, Role.FUNDER} and siren is None:
        raise InvalidTokenError(f"the role {role.value} needs a SIREN")
    person = _reached(claims, names.person)
    if person is not None and not _is_name(person, LONGEST_PERSON):
        raise InvalidTokenError("the token's person is not a name")
    return Caller(role=role, client=client, regions=frozenset(regions), siren=siren, person=person)


def _reached(value: Any, path: str) -> Any:
    """A claim of that very name comes first: some issuers name theirs by addresses, which have dots too."""
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    steps = path.split(".")
    for taken in range(len(steps) - 1, 0, -1):
        head = ".".join(steps[:taken])
        if head in value:
            return _reached(value[head], ".".join(steps[taken:]))
    return None


def _is_name(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _role_of(value: Any, prefix: str) -> Role:
    """The issuer's other roles are none of our business; two of ours would be a choice to make."""
    given = value if isinstance(value, list) else [value]
    known = {role.value for role in Role}
    ours = {
        name.removeprefix(prefix)
        for name in given
        if isinstance(name, str) and name.startswith(prefix) and name.removeprefix(prefix) in known
    }
    if not ours:
        raise InvalidTokenError("the token has no known role")
    if len(ours) > 1:
        raise InvalidTokenError("the token has several of our roles")
    return Role(ours.pop())


def _siren_of(value: Any) -> Siren | None:
    if value is None:
        return None
    try:
        return parse_siren(str(value))
    except InvalidIdentifierError as error:
        raise InvalidTokenError("the token's siren is not one") from error
