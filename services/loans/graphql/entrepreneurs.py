"""A person hosted by a CAE, as the loans service knows them: an id that tells nothing of who they are."""

from collections.abc import Sequence
from typing import ClassVar, Self
from uuid import UUID

import strawberry

from services.kernel.identifiers import EntrepreneurId
from services.loans.graphql import batches
from services.loans.graphql.applications import LoanApplication
from services.loans.graphql.drafts import ApplicationDraft, ShownDraft
from services.loans.graphql.loans import Loan
from services.loans.graphql.words import ApplicationType, LoanType
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import resolved


@strawberry.federation.type(
    keys=["id"], description="A person hosted by a CAE. The id is the same in loans and in capital."
)
class Entrepreneur:
    key_field: ClassVar[str] = "id"

    id: EntrepreneurId = strawberry.field(description="Derived from the CAE's SIREN and its own reference.")

    @resolved("Their applications, newest first.")
    async def applications(self, info: Info) -> list[ApplicationType] | None:
        found = await info.context.load(batches.applications_of_entrepreneurs, self.id)
        return [LoanApplication.of(application) for application in found or []]

    @resolved("Drafts of their applications that are not submitted yet, newest first.")
    async def application_drafts(self, info: Info) -> list[ApplicationDraft] | None:
        found = await info.context.load(batches.drafts_of_entrepreneurs, self.id)
        language = info.context.language
        return [ApplicationDraft.of(ShownDraft.of(*draft, language)) for draft in found or []]

    @resolved("Their loans, newest first.")
    async def loans(self, info: Info) -> list[LoanType] | None:
        found = await info.context.load(batches.loans_of_entrepreneurs, self.id)
        return [Loan.of(loan, info.context) for loan in found or []]

    @classmethod
    def parse_key(cls, value: object) -> EntrepreneurId:
        return EntrepreneurId(UUID(str(value)))

    @classmethod
    async def resolve_references(cls, _context: Context, keys: Sequence[EntrepreneurId]) -> list[Self | None]:
        return [cls(id=key) for key in keys]
