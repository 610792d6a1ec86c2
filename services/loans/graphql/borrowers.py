"""Who borrows, read afresh for each answer: what is kept of a mutation to be replayed tells of nobody."""

from typing import Self
from uuid import UUID

import strawberry

from services.loans.domain.access import sees_names
from services.loans.domain.borrower import Contact
from services.loans.domain.fund_access import DEFAULT_ACCESS
from services.loans.graphql import batches
from services.runtime.graphql.context import Context


@strawberry.type(description="Who borrows, for whom the fund lets read it.")
class LoanBorrower:
    given_name: str = strawberry.field(description="Given name.")
    family_name: str = strawberry.field(description="Family name.")
    email: str | None = strawberry.field(description="E-mail address in the application, if it has one.")

    @classmethod
    def of(cls, contact: Contact | None) -> Self | None:
        if contact is None:
            return None
        return cls(given_name=contact.given_name, family_name=contact.family_name, email=contact.email)


async def reads_persons_of(context: Context, fund_id: UUID) -> bool:
    if sees_names(context.caller, DEFAULT_ACCESS):
        return True
    return bool(await context.load(batches.naming_funds, fund_id))
