"""Business dates are plain dates; the accounting day is Europe/Paris."""

from calendar import monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.kernel.date_fields import DateField
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder

PARIS = ZoneInfo("Europe/Paris")
MONTHS_OF_YEAR = 12
SHORTEST_MONTH_DAYS = 28


def accounting_day(instant: datetime) -> date:
    return instant.astimezone(PARIS).date()


def today_in_paris() -> date:
    """The only clock of the use cases' callers: rules take `today` as an argument."""
    return accounting_day(datetime.now(UTC))


def add_months(day: date, months: int) -> date:
    """The same day of another month, cut to the month's last: 31 January 2024 + 1 is 29 February.

    As `relativedelta` gives it, at a tenth of its cost: a portfolio is laid out by the hundred thousand.
    """
    years, months_before = divmod(day.month - 1 + months, MONTHS_OF_YEAR)
    year, month = day.year + years, months_before + 1
    if day.day <= SHORTEST_MONTH_DAYS:
        return date(year, month, day.day)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def require_past(field: DateField, on: date, today: date) -> None:
    if on > today:
        raise DateInTheFuture(field=field, on=on, today=today)


def require_order(earlier: DateField, earlier_on: date, later: DateField, later_on: date) -> None:
    if later_on < earlier_on:
        raise DatesOutOfOrder(earlier=earlier, earlier_on=earlier_on, later=later, later_on=later_on)
