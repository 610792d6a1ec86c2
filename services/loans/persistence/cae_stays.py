"""Which CAEs have hosted the borrower of a loan: read, ended, and followed by another."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import EntrepreneurId, Siret
from services.loans.domain.borrower import Cae
from services.loans.domain.life.stays import CaeStay, StayEnd
from services.loans.persistence.tables import CaeStayRow
from services.loans.persistence.wide_statements import in_array, table_of

STAYS = table_of(CaeStayRow)


async def of_loans(session: AsyncSession, loan_ids: Collection[UUID]) -> dict[UUID, tuple[CaeStay, ...]]:
    """From the first. A CAE sees its own: where a person was before is not for it to know."""
    stays: defaultdict[UUID, list[CaeStay]] = defaultdict(list)
    found = await session.execute(
        select(STAYS).where(in_array(STAYS.c.loan_id, loan_ids)).order_by(STAYS.c.loan_id, STAYS.c.rank)
    )
    for row in found:
        stays[row.loan_id].append(
            CaeStay(
                loan_id=row.loan_id,
                rank=row.rank,
                cae=Cae(Siret(row.cae_siret), row.cae_name),
                entrepreneur_id=EntrepreneurId(row.entrepreneur_id),
                from_on=row.from_on,
                until_on=row.until_on,
                ended_by=None if row.ended_by is None else StayEnd(row.ended_by),
                reason=row.reason,
            )
        )
    return {loan_id: tuple(stays[loan_id]) for loan_id in loan_ids}


async def end(session: AsyncSession, ended: CaeStay) -> None:
    """Under the loan's lock."""
    await session.execute(
        update(STAYS)
        .where(STAYS.c.loan_id == ended.loan_id, STAYS.c.rank == ended.rank)
        .values(
            until_on=ended.until_on,
            ended_by=ended.ended_by and ended.ended_by.value,
            reason=ended.reason,
        )
    )


async def begin(session: AsyncSession, stay: CaeStay, region: str) -> None:
    """Under the loan's lock; the database keeps one open stay for each loan."""
    await session.execute(
        insert(STAYS).values(
            loan_id=stay.loan_id,
            rank=stay.rank,
            region=region,
            cae_siren=stay.cae.siren,
            cae_siret=stay.cae.siret,
            cae_name=stay.cae.name,
            entrepreneur_id=stay.entrepreneur_id,
            from_on=stay.from_on,
        )
    )
