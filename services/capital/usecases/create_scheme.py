"""An operator opens a scheme in one of its regions, with the version that starts it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.scheme_checks import check_terms
from services.capital.domain.schemes import Authority, Scheme, Terms, Version
from services.capital.persistence import schemes
from services.capital.usecases.dossiers import of_scheme
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import Element, NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateScheme:
    region: str
    name: str
    authority: Authority | None = None
    terms: Terms


async def create_scheme(session: AsyncSession, caller: Caller, order: CreateScheme) -> Scheme:
    require(caller, CapitalAct.CREATE_SCHEME)
    if not caller.scope.sees_region(order.region):
        raise NotFound(what=Element.REGION, id=order.region)
    check_terms(order.terms, "/version")
    scheme = Scheme(
        id=new_id(),
        region=order.region,
        name=order.name,
        authority=order.authority,
        versions=(version_of(order.terms),),
        created_at=datetime.now(UTC),
    )
    await schemes.insert(session, scheme)
    tell(
        session,
        Fact(
            dossier=of_scheme(scheme),
            act=CapitalAct.CREATE_SCHEME,
            event=CapitalEvent.SCHEME_CREATED,
            after={"name": scheme.name} | rules_of(scheme.versions[0]),
        ),
    )
    return scheme


def rules_of(version: Version) -> dict[str, Any]:
    """What a fact tells of a version; its money and its date."""
    return {
        "version_id": version.id,
        "valid_from": version.valid_from,
        "floor_cents": version.floor_cents,
        "ceiling_cents": version.ceiling_cents,
        "cae_cap_cents": version.cae_cap_cents,
        "budget_cents": version.budget_cents,
    }


def version_of(terms: Terms) -> Version:
    rules = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return Version(id=new_id(), created_at=datetime.now(UTC), **rules)
