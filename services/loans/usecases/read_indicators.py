"""The indicators of a region, a fund, a CAE, or of all that a caller sees, on any date."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.refusals import Element, NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.indicators import Indicators, PortfolioSums, make_indicators
from services.loans.persistence import funds, indicators
from services.loans.persistence.indicators import Narrowing


@dataclass(frozen=True, slots=True)
class IndicatorScope:
    """None is no narrowing: all that the caller sees."""

    region: str | None = None
    fund_id: UUID | None = None
    cae: Siren | None = None


async def read_indicators(
    session: AsyncSession, caller: Caller, wanted: IndicatorScope, *, as_of: date, today: date
) -> Indicators:
    require(caller, Act.READ_INDICATORS)
    require_past(DateField.AS_OF, as_of, today)
    if wanted.region is not None and not caller.scope.sees_region(wanted.region):
        raise NotFound(what=Element.REGION, id=wanted.region)
    if wanted.cae is not None and not caller.scope.sees_cae(wanted.cae):
        raise NotFound(what=Element.CAE, id=wanted.cae)
    if wanted.fund_id is not None:
        await funds.find(session, wanted.fund_id, caller.scope)
    narrowing = Narrowing(
        regions=None if wanted.region is None else [wanted.region],
        fund_ids=None if wanted.fund_id is None else [wanted.fund_id],
        caes=None if wanted.cae is None else [wanted.cae],
    )
    sums = await indicators.sums(session, caller.scope, narrowing, as_of=as_of, today=today)
    return make_indicators(sums, as_of)


async def indicators_of_regions(
    session: AsyncSession, caller: Caller, regions: Collection[str], *, as_of: date, today: date
) -> dict[str, Indicators]:
    """By one query for all; every region asked for is a key."""
    require(caller, Act.READ_INDICATORS)
    found = await indicators.sums_by(
        session, "region", caller.scope, Narrowing(regions=regions), as_of=as_of, today=today
    )
    return {region: make_indicators(found.get(region, PortfolioSums()), as_of) for region in regions}


async def indicators_of_funds(
    session: AsyncSession, caller: Caller, fund_ids: Collection[UUID], *, as_of: date, today: date
) -> dict[UUID, Indicators]:
    require(caller, Act.READ_INDICATORS)
    found = await indicators.sums_by(
        session, "fund_id", caller.scope, Narrowing(fund_ids=fund_ids), as_of=as_of, today=today
    )
    return {fund_id: make_indicators(found.get(fund_id, PortfolioSums()), as_of) for fund_id in fund_ids}


async def indicators_of_caes(
    session: AsyncSession, caller: Caller, sirens: Collection[str], *, as_of: date, today: date
) -> dict[str, Indicators]:
    """A CAE's exposure is the numerator of `outstanding`."""
    require(caller, Act.READ_INDICATORS)
    found = await indicators.sums_by(
        session, "cae_siren", caller.scope, Narrowing(caes=sirens), as_of=as_of, today=today
    )
    return {siren: make_indicators(found.get(siren, PortfolioSums()), as_of) for siren in sirens}
