"""The line of a scheme: who stands in it, in which order, and what others must know of it."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp
from services.capital.domain.waiting import Line
from services.capital.persistence.top_ups import top_up_of
from services.kernel.access import Scope
from services.kernel.identifiers import Siren

_LINE = text("SELECT * FROM capital.line_of_scheme(:scheme_id, CAST(:sirens AS text[]), :today)")
_NUMBERS = text("SELECT * FROM capital.next_waiting_numbers(:wanted)")
_PLACES = text("SELECT * FROM capital.places_in_line(CAST(:ids AS uuid[]))")
# What was kept in a year that is over, where a limit counts by year, comes before all who wait.
_IN_LINE = """
      FROM capital.top_ups AS top_up
      JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
     WHERE (top_up.status = 'waiting'
            OR (top_up.reserved_on < CAST(:year_began_on AS date) AND version.waiting_list
                AND ((version.cap_period = 'calendar_year' AND version.cae_cap_cents IS NOT NULL)
                     OR (version.budget_period = 'calendar_year' AND version.budget_cents IS NOT NULL))))
"""
_SCHEMES = text(f"SELECT DISTINCT top_up.scheme_id {_IN_LINE} ORDER BY top_up.scheme_id")
_FIRST = text(f"""
    SELECT ranked.* FROM (
        SELECT top_up.*, row_number() OVER (PARTITION BY top_up.cae_siren
                   ORDER BY top_up.waiting_number NULLS FIRST, top_up.id) AS rank_in_cae
        {_IN_LINE} AND top_up.scheme_id = :scheme_id) AS ranked
     WHERE rank_in_cae <= :of_each
     ORDER BY waiting_number NULLS FIRST, id
""")  # noqa: S608 - words of ours
_PAGE = text("""
    SELECT * FROM capital.top_ups
     WHERE scheme_id = :scheme_id AND status = 'waiting' AND waiting_number > :after
       AND (CAST(:regions AS text[]) IS NULL OR region = ANY(:regions))
       AND (CAST(:seen AS text) IS NULL OR cae_siren = :seen)
       AND (CAST(:cae AS text) IS NULL OR cae_siren = :cae)
     ORDER BY waiting_number LIMIT :limit
""")
_SAVE = text("""
    UPDATE capital.top_ups AS top_up
       SET status = moved.status, reserved_cents = moved.reserved_cents, reserved_on = moved.reserved_on,
           waiting_number = NULL, promoted_on = moved.promoted_on, revision = revision + 1
      FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:reserved AS bigint[]),
                  CAST(:reserved_on AS date[]), CAST(:promoted_on AS date[]))
           AS moved (id, status, reserved_cents, reserved_on, promoted_on)
     WHERE top_up.id = moved.id
""")


async def line_of(session: AsyncSession, scheme_id: UUID, sirens: Collection[Siren], today: date) -> Line:
    """Read once the counters are locked, so that nobody joins it meanwhile whom these requests would pass."""
    wanted = {"scheme_id": scheme_id, "sirens": sorted(sirens), "today": today}
    row = (await session.execute(_LINE, wanted)).one()
    return Line({Siren(siren) for siren in row.waiting_sirens}, row.is_for_budget)


async def next_numbers(session: AsyncSession, wanted: int) -> list[int]:
    """Rising. Taken under the counters' locks: of two who wait for one room the first has the lower."""
    return sorted((await session.execute(_NUMBERS, {"wanted": wanted})).scalars())


async def schemes_with_a_line(session: AsyncSession, today: date) -> list[UUID]:
    began_on = date(today.year, 1, 1)
    return list((await session.execute(_SCHEMES, {"year_began_on": began_on})).scalars())


async def first_in_line(
    session: AsyncSession, scheme_id: UUID, today: date, *, of_each_cae: int
) -> list[TopUp]:
    """In the order of the line: first what was kept in years that are over, then who waits."""
    wanted = {"scheme_id": scheme_id, "year_began_on": date(today.year, 1, 1), "of_each": of_each_cae}
    return [top_up_of(row) for row in await session.execute(_FIRST, wanted)]


async def places(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """From 1, among all who wait for the scheme; who does not wait is absent."""
    return {row.id: row.place for row in await session.execute(_PLACES, {"ids": list(ids)})}


async def page(
    session: AsyncSession,
    scope: Scope,
    scheme_id: UUID,
    cae_siren: Siren | None,
    *,
    after: int,
    limit: int,
) -> list[TopUp]:
    """In the order of the line, after a number; one more than `limit`."""
    wanted = {
        "scheme_id": scheme_id,
        "regions": None if scope.regions is None else list(scope.regions),
        "seen": scope.cae_siren,
        "cae": cae_siren,
        "after": after,
        "limit": limit + 1,
    }
    return [top_up_of(row) for row in await session.execute(_PAGE, wanted)]


async def save_moves(session: AsyncSession, moved: Sequence[TopUp]) -> None:
    """Who left the line, or keeps room in another year now."""
    values = {
        "ids": [top_up.id for top_up in moved],
        "statuses": [top_up.status.value for top_up in moved],
        "reserved": [top_up.reserved_cents for top_up in moved],
        "reserved_on": [top_up.reserved_on for top_up in moved],
        "promoted_on": [top_up.promoted_on for top_up in moved],
    }
    await session.execute(_SAVE, values)
