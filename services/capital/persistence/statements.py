"""What statements are made of: a co-funder reads no dossier, so the database itself adds up."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.statements import StatementFacts, Vintage
from services.kernel.identifiers import Siren

_FACTS = text("""
    SELECT figure, payment_id, version_id, year, funder_siren, cents
      FROM capital.statement_facts(:scheme_id, :as_of)
""")


async def facts(session: AsyncSession, scheme_id: UUID, as_of: date) -> StatementFacts:
    """Empty for whoever neither runs the scheme nor bears a part of it."""
    awarded: dict[Vintage, int] = {}
    paid: dict[UUID, dict[Vintage, int]] = defaultdict(dict)
    clawed_back: dict[tuple[int, Siren], int] = defaultdict(int)
    to_come_back: dict[Vintage, int] = {}
    for row in await session.execute(_FACTS, {"scheme_id": scheme_id, "as_of": as_of}):
        vintage = (row.version_id, row.year)
        match row.figure:
            case "awarded":
                awarded[vintage] = row.cents
            case "paid":
                paid[row.payment_id][vintage] = row.cents
            case "clawed_back":
                clawed_back[row.year, Siren(row.funder_siren)] += row.cents
            case "to_come_back":
                to_come_back[vintage] = row.cents
    return StatementFacts(
        awarded_cents=awarded,
        paid_cents=paid,
        clawed_back_cents=clawed_back,
        to_come_back_cents=to_come_back,
    )
