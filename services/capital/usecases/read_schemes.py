"""Reading schemes, and what became of their euros."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, may, require
from services.capital.domain.payments import FunderPart
from services.capital.domain.presets import PRESETS, Preset
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme, Version
from services.capital.domain.totals import SchemeTotals, names_of_funders, share_of_funder
from services.capital.persistence import clawbacks, journal, payments, schemes
from services.kernel.access import Caller
from services.kernel.refusals import NotFound


async def read_scheme(session: AsyncSession, caller: Caller, scheme_id: UUID) -> Scheme:
    found = await read_schemes(session, caller, [scheme_id])
    if scheme_id not in found:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    return found[scheme_id]


async def read_version(session: AsyncSession, caller: Caller, scheme_id: UUID, version_id: UUID) -> Version:
    scheme = await read_scheme(session, caller, scheme_id)
    found = next((version for version in scheme.versions if version.id == version_id), None)
    if found is None:
        raise NotFound(what=CapitalElement.VERSION, id=version_id)
    return found


async def read_schemes(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> dict[UUID, Scheme]:
    """By id; what the caller may not see is absent."""
    require(caller, CapitalAct.READ_SCHEME)
    return await schemes.find_many(session, ids, caller.scope)


def list_presets(caller: Caller) -> list[Preset]:
    """In the order of their codes; they are nobody's, and the same for every tenant."""
    require(caller, CapitalAct.READ_SCHEME)
    return [PRESETS[code] for code in sorted(PRESETS)]


async def list_schemes(
    session: AsyncSession, caller: Caller, *, region: str | None, after: UUID | None, limit: int
) -> list[Scheme]:
    """In the order they were created; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_SCHEME)
    return await schemes.page(session, caller.scope, region=region, after=after, limit=limit)


async def count_schemes(session: AsyncSession, caller: Caller, *, region: str | None) -> int:
    require(caller, CapitalAct.READ_SCHEME)
    return await schemes.count(session, caller.scope, region=region)


async def schemes_in_regions(
    session: AsyncSession, caller: Caller, regions: Collection[str]
) -> dict[str, list[Scheme]]:
    require(caller, CapitalAct.READ_SCHEME)
    return await schemes.in_regions(session, regions, caller.scope)


async def read_totals(session: AsyncSession, caller: Caller, scheme: Scheme) -> SchemeTotals | None:
    """Of a scheme that the caller has read. A co-funder reads its own part of each figure; a CAE none."""
    if not may(caller, CapitalAct.READ_TOTALS):
        return None
    funder = caller.scope.funder_siren
    if funder is not None:
        return share_of_funder(
            scheme,
            funder,
            to_pay_cents=await payments.to_pay_by_version(session, scheme.id),
            paid_cents=await payments.paid_by_funder(session, scheme.id, funder),
            clawed_back_cents=await clawbacks.returned_to_funder(session, scheme.id, funder),
        )
    balances = (await journal.balances(session, [scheme.id]))[scheme.id]
    return SchemeTotals(
        awarded_cents=balances.awarded_cents,
        to_pay_cents=balances.to_pay_cents,
        paid_cents=sum(balances.paid_cents.values()),
        clawed_back_cents=sum(balances.clawed_back_cents.values()),
        by_funder=tuple(
            FunderPart(siren, name, balances.paid_cents.get(siren, 0))
            for siren, name in names_of_funders(scheme).items()
        ),
    )
