"""What CAEs declared as repaid, and what became of it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.loans.domain.access import Act, require
from services.loans.domain.repayment_declaration import RepaymentDeclaration
from services.loans.persistence import repayment_declarations
from services.loans.persistence.repayment_declarations import DeclarationFilter


async def read_declaration(
    session: AsyncSession, caller: Caller, declaration_id: UUID
) -> RepaymentDeclaration:
    require(caller, Act.READ_REPAYMENT_DECLARATION)
    return await repayment_declarations.find(session, declaration_id, caller.scope)


async def lock_declaration(
    session: AsyncSession, caller: Caller, declaration_id: UUID
) -> RepaymentDeclaration:
    """As it is read, and so that it stays: what is compared with `If-Match` before an act on it."""
    require(caller, Act.READ_REPAYMENT_DECLARATION)
    return await repayment_declarations.lock(session, declaration_id, caller.scope)


async def list_declarations(
    session: AsyncSession, caller: Caller, wanted: DeclarationFilter, *, after: UUID | None, limit: int
) -> list[RepaymentDeclaration]:
    """Newest first; one more than `limit` where there is a next page."""
    require(caller, Act.READ_REPAYMENT_DECLARATION)
    return await repayment_declarations.page(session, caller.scope, wanted, after=after, limit=limit)


async def count_declarations(session: AsyncSession, caller: Caller, wanted: DeclarationFilter) -> int:
    require(caller, Act.READ_REPAYMENT_DECLARATION)
    return await repayment_declarations.count(session, caller.scope, wanted)


async def declarations_of_loans(
    session: AsyncSession, caller: Caller, loan_ids: Collection[UUID]
) -> dict[UUID, list[RepaymentDeclaration]]:
    """By one query for all; every loan asked for is a key."""
    require(caller, Act.READ_REPAYMENT_DECLARATION)
    return await repayment_declarations.by_loans(session, loan_ids, caller.scope)


async def declarations_confirmed_by(
    session: AsyncSession, caller: Caller, repayment_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """By repayment, for whom repayments are shown; empty for whoever reads no declarations."""
    require(caller, Act.READ_LOAN)
    return await repayment_declarations.confirmed_by(session, repayment_ids)
