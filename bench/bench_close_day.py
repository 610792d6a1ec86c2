"""The daily close of a region with many loans: how long a day takes, and in how much memory.

    python bench/bench_close_day.py [--loans 100000] [--days 4]

The first day of a portfolio, then days one by one, then a week at once. The reference, in the same run, is
one statement that only counts what a day's close has to look at.
"""

import argparse
import asyncio
import resource
import time
from datetime import date, timedelta

from sqlalchemy import text
from wide_portfolio import REGION, server, wide_portfolio

from services.loans.domain.daily_close import DailyClose
from services.loans.duties import close_days
from services.runtime.database.transactions import Database

FIRST_DAY = date(2026, 5, 31)
COUNTED = """
    SELECT count(*) FROM loans.loans l JOIN loans.instalments i
        ON i.loan_id = l.id AND i.version = l.schedule_version AND i.cumulative_cents > l.repaid_cents
     WHERE l.region = :region AND l.next_due_on <= :until AND i.due_on <= :until
"""


# Of every hundred who owe that day, 96 pay.
PAID = """
    WITH paying AS (
        INSERT INTO loans.repayments (
            id, loan_id, region, cae_siren, recorded_rank, amount_cents, paid_on, method)
        SELECT gen_random_uuid(), l.id, l.region, l.cae_siren,
               1 + coalesce((SELECT max(recorded_rank) FROM loans.repayments r WHERE r.loan_id = l.id), 0),
               i.amount_cents, :day, 'transfer'
          FROM loans.loans l JOIN loans.instalments i
            ON i.loan_id = l.id AND i.version = l.schedule_version AND i.due_on = l.next_due_on
         WHERE l.region = :region AND l.next_due_on = :day AND abs(hashtext(l.number)) % 100 >= 4
        RETURNING loan_id
    )
    UPDATE loans.loans l
       SET repaid_cents = repaid_cents + i.amount_cents, in_order_from = greatest(in_order_from, :day),
           status = CASE WHEN repaid_cents + i.amount_cents = principal_cents THEN 'repaid' ELSE status END,
           next_due_on = (SELECT min(later.due_on) FROM loans.instalments later
                           WHERE later.loan_id = l.id AND later.version = i.version AND later.rank > i.rank)
      FROM loans.instalments i
     WHERE l.id IN (SELECT loan_id FROM paying) AND i.loan_id = l.id
       AND i.version = l.schedule_version AND i.due_on = l.next_due_on
"""


def peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def pay(database: Database, day: date) -> None:
    async with database.of_all_tenants(client="bench") as session:
        await session.execute(text(PAID), {"region": REGION, "day": day})


async def close(database: Database, until: date) -> tuple[float, list[DailyClose]]:
    started = time.perf_counter()
    closed = await close_days(database, until=until, today=until, client="bench")
    return time.perf_counter() - started, closed


def told(closed: list[DailyClose]) -> str:
    due = sum(one.due_count for one in closed)
    overdue = sum(one.overdue_count for one in closed)
    reminders = sum(one.reminder_count for one in closed)
    return f"{due} due, {overdue} overdue, {reminders} reminders"


async def measure(server_url: str, loans: int, days: int) -> None:
    async with wide_portfolio(server_url, loans, FIRST_DAY) as database:
        print(f"{loans} loans; memory before: {peak_mebibytes():.0f} MiB")
        for number in range(days):
            day = FIRST_DAY + timedelta(days=number)
            await pay(database, day)
            async with database.of_all_tenants(read_only=True) as session:
                started = time.perf_counter()
                until = day + timedelta(days=5)
                await session.execute(text(COUNTED), {"region": REGION, "until": until})
                reference = time.perf_counter() - started
            seconds, closed = await close(database, day)
            print(
                f"  {day}: {seconds:6.2f} s, {told(closed)};"
                f" only counting {reference:5.2f} s, ratio {seconds / reference:.1f}"
            )
        for number in range(days, days + 7):
            await pay(database, FIRST_DAY + timedelta(days=number))
        seconds, closed = await close(database, FIRST_DAY + timedelta(days=days + 6))
        print(f"  a week at once: {seconds:.2f} s, {told(closed)}")
        seconds, closed = await close(database, FIRST_DAY + timedelta(days=days + 6))
        print(f"  once more: {seconds:.3f} s, {len(closed)} day(s)")
        print(f"  memory at its peak: {peak_mebibytes():.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=4)
    options = parser.parse_args()
    with server() as url:
        asyncio.run(measure(url, options.loans, options.days))


if __name__ == "__main__":
    main()
