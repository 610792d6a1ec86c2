"""The monthly curve of what was expected and what came."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import add_months
from services.loans.domain.repayment_curve import CurvePoint, check_period, make_curve
from services.loans.persistence import indicators
from services.loans.usecases.read_indicators import IndicatorScope, check_scope

MOST_MONTHS = 240
DEFAULT_MONTHS = 12


async def read_repayment_curve(
    session: AsyncSession,
    caller: Caller,
    wanted: IndicatorScope,
    *,
    first: date | None,
    last: date | None,
    today: date,
) -> list[CurvePoint]:
    """Whole months, from that of `first` to that of `last`; those to come show what will fall due.

    Without them, the twelve that end with the current one.
    """
    until = last or max(today, first or today)
    since = first or add_months(until.replace(day=1), 1 - DEFAULT_MONTHS)
    check_period(since, until)
    await check_scope(session, caller, wanted)
    sums = await indicators.sums_at_month_ends(
        session, caller.scope, wanted.narrowing, first=since, last=until
    )
    return make_curve(sums, first=since, last=until)
