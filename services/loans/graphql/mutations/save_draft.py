"""An application is filled over several calls."""

from typing import Annotated

import strawberry
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.draft import Draft
from services.loans.graphql.drafts import ApplicationDraft, ShownDraft, StoredDraft
from services.loans.usecases.application_form import DraftBody, DraftChangesBody, siren_in
from services.loans.usecases.read_funds import read_fund
from services.loans.usecases.save_draft import ChangeDraft, CreateDraft, change_draft, create_draft
from services.runtime.graphql.context import Context, Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import MergePatch, parse_id
from services.runtime.invalid_content import InvalidContent


@strawberry.input(description="A draft that is begun, or more of one that was.")
class SaveDraftInput:
    content: MergePatch = strawberry.field(
        description="As REST's body of a draft, by REST's names: what is absent stays, null empties. "
        "A new draft needs `fund_id` and `cae.siret`."
    )
    draft_id: strawberry.ID | None = strawberry.field(
        default=None, description="The draft; null begins a new one."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


SaveDraftAnswer = Annotated[
    ApplicationDraft | Refusal,
    strawberry.union("SaveDraftAnswer", description="The draft, or why it could not be."),
]


@strawberry.type
class SaveDraft:
    @mutation("Fills a draft of an application, or begins one; what it still misses is answered.")
    async def save_draft(self, info: Info, input: SaveDraftInput) -> SaveDraftAnswer:  # noqa: A002
        context = info.context

        async def effect(session: AsyncSession, given: SaveDraftInput) -> ShownDraft:
            draft = await _saved(session, context, given)
            fund = await read_fund(session, context.caller, draft.fund_id)
            return ShownDraft.of(draft, fund.settings_on(context.today).settings, context.language)

        done = await perform(info, input, effect, stored_as=StoredDraft)
        return done if isinstance(done, Refusal) else ApplicationDraft.of(done)


async def _saved(session: AsyncSession, context: Context, given: SaveDraftInput) -> Draft:
    key = context.entrepreneur_key
    try:
        if given.draft_id is None:
            new = DraftBody.model_validate({**given.content, "draft": True})
            content = new.patch()
            creation = CreateDraft(new.fund_id, Siren(siren_in(content) or ""), content)
            return await create_draft(session, context.caller, creation, entrepreneur_key=key)
        body = DraftChangesBody.model_validate(given.content)
    except ValidationError as error:
        raise InvalidContent(error.errors(include_url=False)) from error
    siren = siren_in(body.patch())
    change = ChangeDraft(
        parse_id(given.draft_id, "/draft_id"),
        body.patch(),
        body.fund_id,
        None if siren is None else Siren(siren),
    )
    return await change_draft(session, context.caller, change, entrepreneur_key=key)
