"""An operator opens a scheme in one of its regions, with the version that starts it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.schemes import Authority, Scheme, Terms, Version, check_terms
from services.capital.persistence import schemes
from services.kernel.access import Caller
from services.kernel.identifiers import new_id
from services.kernel.refusals import Element, NotFound


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
    return scheme


def version_of(terms: Terms) -> Version:
    rules = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return Version(id=new_id(), created_at=datetime.now(UTC), **rules)
