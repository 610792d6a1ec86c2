"""Reading schemes, and what became of their euros."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.payments import FunderPart
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme
from services.capital.persistence import journal, schemes
from services.kernel.access import Caller
from services.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeTotals:
    """`by_funder` is what each co-funder paid, in the order of the conventions; a funder sees its own."""

    awarded_cents: int
    to_pay_cents: int
    paid_cents: int
    by_funder: tuple[FunderPart, ...]


async def read_scheme(session: AsyncSession, caller: Caller, scheme_id: UUID) -> Scheme:
    found = await read_schemes(session, caller, [scheme_id])
    if scheme_id not in found:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    return found[scheme_id]


async def read_schemes(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> dict[UUID, Scheme]:
    """By id; what the caller may not see is absent."""
    require(caller, CapitalAct.READ_SCHEMES)
    return await schemes.find_many(session, ids, caller.scope)


async def list_schemes(
    session: AsyncSession, caller: Caller, *, region: str | None, after: UUID | None, limit: int
) -> list[Scheme]:
    """In the order they were created; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_SCHEMES)
    return await schemes.page(session, caller.scope, region=region, after=after, limit=limit)


async def count_schemes(session: AsyncSession, caller: Caller, *, region: str | None) -> int:
    require(caller, CapitalAct.READ_SCHEMES)
    return await schemes.count(session, caller.scope, region=region)


async def schemes_in_regions(
    session: AsyncSession, caller: Caller, regions: Collection[str]
) -> dict[str, list[Scheme]]:
    require(caller, CapitalAct.READ_SCHEMES)
    return await schemes.in_regions(session, regions, caller.scope)


async def read_totals(session: AsyncSession, caller: Caller, scheme: Scheme) -> SchemeTotals:
    """From the journal, of a scheme that the caller has read."""
    require(caller, CapitalAct.READ_SCHEMES)
    balances = (await journal.balances(session, [scheme.id]))[scheme.id]
    funders = [funder for version in scheme.versions for funder in version.funders]
    names = {funder.siren: funder.name for funder in funders}
    own = caller.scope.funder_siren
    return SchemeTotals(
        awarded_cents=balances.awarded_cents,
        to_pay_cents=balances.to_pay_cents,
        paid_cents=sum(balances.paid_cents.values()),
        by_funder=tuple(
            FunderPart(siren, name, balances.paid_cents.get(siren, 0))
            for siren, name in names.items()
            if own is None or siren == own
        ),
    )
