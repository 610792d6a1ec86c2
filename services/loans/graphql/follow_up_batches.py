"""What the subgraph reads of how arrears are followed up, for many loans at once: of loans that were read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.borrower_contacts import BorrowerContact
from services.loans.usecases import record_contact, record_promise
from services.loans.usecases.record_promise import PromiseStanding
from services.runtime.graphql.context import Context


async def contacts_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[BorrowerContact]]:
    return await record_contact.contacts_of_loans(session, context.caller, ids)


async def promises_of_loans(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[PromiseStanding]]:
    return await record_promise.promises_of_loans(session, context.caller, ids, today=context.today)
