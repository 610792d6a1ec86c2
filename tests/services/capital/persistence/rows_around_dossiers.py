"""A row of each table that belongs to a dossier and that no use case of the tests of tenancy writes."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

OF_A_REQUEST = (
    """INSERT INTO capital.membership_announcements
       SELECT id, 6, DATE '2026-03-01', region, cae_siren FROM capital.top_ups WHERE id = :id""",
)
OF_A_PAID_ONE = (
    """INSERT INTO capital.documents
              (id, top_up_id, region, cae_siren, kind, name, media_type, size_bytes, sha256)
       SELECT gen_random_uuid(), id, region, cae_siren, 'admission', 'pv.pdf', 'application/pdf',
              1, repeat('0', 64) FROM capital.top_ups WHERE id = :id""",
    """INSERT INTO capital.follow_ups
              (id, top_up_id, payment_id, region, cae_siren, checked_on, still_member, capital_kept_cents,
               evidence, proven_months, ended_early, unearned_cents)
       SELECT gen_random_uuid(), top_up_id, payment_id, region, cae_siren, DATE '2026-03-01', true, 0,
              '', 0, false, 0 FROM capital.payment_lines WHERE top_up_id = :id""",
    """INSERT INTO capital.follow_up_announcements
       SELECT payment_id, top_up_id, 12, DATE '2027-03-01', region, cae_siren
         FROM capital.payment_lines WHERE top_up_id = :id""",
)


async def add_rows(session: AsyncSession, *, request: UUID, paid: UUID) -> None:
    for statements, top_up_id in ((OF_A_REQUEST, request), (OF_A_PAID_ONE, paid)):
        for statement in statements:
            await session.execute(text(statement), {"id": top_up_id})
