"""A draft of an application: what it misses, and none of what it says of a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from pydantic import RootModel

from services.kernel.identifiers import Siren
from services.kernel.language import Language
from services.loans.domain.application import ApplicationStatus
from services.loans.domain.draft import Draft
from services.loans.domain.terms import FundSettings
from services.loans.graphql import batches
from services.loans.graphql.words import CaeType, FundType
from services.loans.usecases.application_form import missing_of, obstacles_of
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.refusals import graph_pointer, message_of
from services.runtime.graphql.scalars import Cents, Instant
from services.runtime.problems import input_errors


@dataclass(frozen=True, slots=True)
class Told:
    """`pointer` is empty of what the whole draft is refused for."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """What the graph tells of a draft, and all that an idempotency key keeps of it."""

    id: UUID
    fund_id: UUID
    cae_siren: Siren
    status: ApplicationStatus
    number: str | None
    amount_cents: int | None
    months: int | None
    grace_months: int | None
    missing: tuple[Told, ...]
    obstacles: tuple[Told, ...]
    open_questions: int | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, draft: Draft, settings: FundSettings | None, language: Language) -> Self:
        """Without `settings` no obstacle is looked for. A withdrawn draft misses nothing any more."""
        content, is_open = draft.content, draft.status is ApplicationStatus.DRAFT
        missing = input_errors(missing_of(content), language) if is_open else []
        obstacles = obstacles_of(content, settings) if is_open and settings is not None else []
        return cls(
            id=draft.id,
            fund_id=draft.fund_id,
            cae_siren=draft.cae_siren,
            status=draft.status,
            number=content.get("number"),
            amount_cents=content.get("amount_cents"),
            months=content.get("months"),
            grace_months=content.get("grace_months"),
            missing=tuple(
                Told(graph_pointer(one["pointer"]), one["code"], one["message"]) for one in missing
            ),
            obstacles=tuple(Told("", one.code, message_of(one, language)) for one in obstacles),
            open_questions=draft.open_questions,
            created_at=draft.created_at,
            changed_at=draft.changed_at,
        )


StoredDraft = RootModel[ShownDraft]


@strawberry.type(description="What a draft still misses to be submitted.")
class DraftGap:
    pointer: str = strawberry.field(description="A JSON pointer to it.")
    code: str = strawberry.field(description="Stable and kebab-case.")
    message: str = strawberry.field(description="In the caller's language.")


@strawberry.type(description="What the fund would refuse today of a draft.")
class DraftObstacle:
    code: str = strawberry.field(description="The refusal's own code.")
    message: str = strawberry.field(description="In the caller's language.")


@strawberry.type(description="An application that is being filled, and not submitted yet.")
class ApplicationDraft:
    id: UUID = strawberry.field(description="Its id, and the application's that it will be.")
    status: ApplicationStatus = strawberry.field(description="DRAFT, or WITHDRAWN.")
    number: str | None = strawberry.field(description="The dossier's number, if it has one.")
    amount_cents: Cents | None = strawberry.field(description="The amount asked, so far.")
    months: int | None = strawberry.field(description="The duration asked, so far.")
    grace_months: int | None = strawberry.field(description="The grace asked, so far.")
    missing: list[DraftGap] = strawberry.field(description="What a submission would be refused for.")
    obstacles: list[DraftObstacle] = strawberry.field(description="What the fund would refuse today.")
    open_questions: int | None = strawberry.field(description="Questions without an answer.")
    created_at: Instant = strawberry.field(description="When it was recorded.")
    changed_at: Instant = strawberry.field(description="When it last changed.")
    draft: strawberry.Private[ShownDraft]

    @resolved("The CAE whose draft it is.")
    def cae(self) -> CaeType:
        from services.loans.graphql.caes import Cae  # noqa: PLC0415 - the types point at each other

        return Cae(siren=self.draft.cae_siren)

    @resolved("The fund that it is made to.")
    async def fund(self, info: Info) -> FundType:
        return await batches.fund_of(info.context, self.draft.fund_id)

    @classmethod
    def of(cls, draft: ShownDraft) -> Self:
        return cls(
            id=draft.id,
            status=draft.status,
            number=draft.number,
            amount_cents=None if draft.amount_cents is None else Cents(draft.amount_cents),
            months=draft.months,
            grace_months=draft.grace_months,
            missing=[
                DraftGap(pointer=one.pointer, code=one.code, message=one.message) for one in draft.missing
            ],
            obstacles=[DraftObstacle(code=one.code, message=one.message) for one in draft.obstacles],
            open_questions=draft.open_questions,
            created_at=Instant(draft.created_at),
            changed_at=Instant(draft.changed_at),
            draft=draft,
        )
