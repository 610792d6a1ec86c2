"""The indicators of a region, fund, CAE, cohort or funder, or of all that a caller sees, on any date."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller, Scope
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.refusals import Element, NotFound
from services.loans.domain.access import Act, require
from services.loans.domain.indicators import Indicators, PortfolioSums, make_indicators
from services.loans.domain.refusals import LoansElement
from services.loans.persistence import funds, indicators
from services.loans.persistence.indicators import Group
from services.loans.persistence.narrowing import Narrowing


@dataclass(frozen=True, slots=True)
class IndicatorScope:
    """None is no narrowing: all that the caller sees. `cohort` is a year of disbursement."""

    region: str | None = None
    fund_id: UUID | None = None
    cae: Siren | None = None
    cohort: int | None = None
    funder: Siren | None = None

    @property
    def narrowing(self) -> Narrowing:
        return Narrowing(
            regions=None if self.region is None else [self.region],
            fund_ids=None if self.fund_id is None else [self.fund_id],
            caes=None if self.cae is None else [self.cae],
            cohorts=None if self.cohort is None else [self.cohort],
            funders=None if self.funder is None else [self.funder],
        )


async def read_indicators(
    session: AsyncSession, caller: Caller, wanted: IndicatorScope, *, as_of: date, today: date
) -> Indicators:
    require_past(DateField.AS_OF, as_of, today)
    await check_scope(session, caller, wanted)
    sums = await indicators.sums(session, caller.scope, wanted.narrowing, as_of=as_of)
    return make_indicators(sums, as_of)


async def read_cohorts(
    session: AsyncSession, caller: Caller, wanted: IndicatorScope, *, as_of: date, today: date
) -> dict[int, Indicators]:
    """By year of disbursement, in order; a year without a loan by that date is absent."""
    require_past(DateField.AS_OF, as_of, today)
    await check_scope(session, caller, wanted)
    found = await indicators.sums_by(session, Group.COHORT, caller.scope, wanted.narrowing, as_of=as_of)
    return {year: make_indicators(found[year], as_of) for year in sorted(found)}


async def check_scope(session: AsyncSession, caller: Caller, wanted: IndicatorScope) -> None:
    """What a caller does not see does not exist for it."""
    require(caller, Act.READ_INDICATORS)
    scope = caller.scope
    if wanted.region is not None and not scope.sees_region(wanted.region):
        raise NotFound(what=Element.REGION, id=wanted.region)
    if wanted.cae is not None and not scope.sees_cae(wanted.cae):
        raise NotFound(what=Element.CAE, id=wanted.cae)
    if wanted.funder is not None and not sees_funder(scope, wanted.funder):
        raise NotFound(what=LoansElement.FUNDER, id=wanted.funder)
    if wanted.fund_id is not None:
        await funds.find(session, wanted.fund_id, scope)


async def indicators_by(
    session: AsyncSession,
    caller: Caller,
    group: Group,
    keys: Collection[Any],
    *,
    as_of: date,
    today: date,
    cohort: int | None = None,
) -> dict[Any, Indicators]:
    """By one query for all; every region, fund or CAE asked for is a key, and every funder that is seen.

    A CAE's exposure is the numerator of `outstanding`.
    """
    require(caller, Act.READ_INDICATORS)
    require_past(DateField.AS_OF, as_of, today)
    seen = [key for key in keys if group is not Group.FUNDER or sees_funder(caller.scope, key)]
    cohorts = None if cohort is None else [cohort]
    narrowing = replace(Narrowing(cohorts=cohorts), **{NAMED[group]: seen})
    found = await indicators.sums_by(session, group, caller.scope, narrowing, as_of=as_of)
    return {key: make_indicators(found.get(key, PortfolioSums()), as_of) for key in seen}


NAMED = {Group.REGION: "regions", Group.FUND: "fund_ids", Group.CAE: "caes", Group.FUNDER: "funders"}


def scope_of(group: Group, key: Any, cohort: int | None = None) -> IndicatorScope:
    """One region, fund, CAE or funder."""
    match group:
        case Group.REGION:
            return IndicatorScope(region=key, cohort=cohort)
        case Group.FUND:
            return IndicatorScope(fund_id=key, cohort=cohort)
        case Group.CAE:
            return IndicatorScope(cae=key, cohort=cohort)
        case Group.FUNDER:
            return IndicatorScope(funder=key, cohort=cohort)
        case _:
            raise ValueError(f"{group} names no loans")


def sees_funder(scope: Scope, siren: Siren) -> bool:
    """A CAE sees who lends, not who feeds the fund; a funder sees itself."""
    return scope.cae_siren is None and scope.funder_siren in (None, siren)
