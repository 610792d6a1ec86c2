"""What belongs to an application from its draft on: rows that name the draft, then what it became."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, false, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.loans.domain.application import Application
from services.loans.domain.draft import Draft
from services.loans.persistence.tables import DocumentRow, QuestionRow
from services.loans.persistence.wide_statements import table_of

FOLDERS = (table_of(DocumentRow), table_of(QuestionRow))


def owner_values(dossier: Draft | Application) -> dict[str, Any]:
    is_draft = isinstance(dossier, Draft)
    return {
        "draft_id": dossier.id if is_draft else None,
        "application_id": None if is_draft else dossier.id,
        "region": dossier.region,
        "cae_siren": dossier.cae_siren if isinstance(dossier, Draft) else dossier.borrower.cae.siren,
    }


def is_of(table: Table, dossier_id: UUID) -> ColumnElement[bool]:
    """Whichever it is now: both have the same id."""
    return or_(table.c.draft_id == dossier_id, table.c.application_id == dossier_id)


def seen_in(table: Table, scope: Scope) -> list[ColumnElement[bool]]:
    """Between an operator and a CAE: no role that is narrowed otherwise reads them."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(table.c.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(table.c.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return conditions


async def hand_over(session: AsyncSession, application: Application) -> None:
    """What was the draft's is the application's."""
    for table in FOLDERS:
        await session.execute(
            update(table)
            .where(table.c.draft_id == application.id)
            .values(draft_id=None, application_id=application.id)
        )
