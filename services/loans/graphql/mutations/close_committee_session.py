"""A committee's session closes: its votes become decisions, all or none."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.graphql.committees import CommitteeSession, StoredSession, untold
from services.loans.usecases import close_session
from services.loans.usecases.read_sessions import SessionShown, shown
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The closing of a session.")
class CloseCommitteeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


CloseCommitteeSessionAnswer = Annotated[
    CommitteeSession | Refusal,
    strawberry.union(
        "CloseCommitteeSessionAnswer",
        description="The session, or why it is not closed: every decision that cannot stand.",
    ),
]


@strawberry.type
class CloseCommitteeSession:
    @mutation("Closes a session: all that it voted becomes decisions, or nothing does; its minutes are made.")
    async def close_committee_session(
        self,
        info: Info,
        input: CloseCommitteeSessionInput,  # noqa: A002
    ) -> CloseCommitteeSessionAnswer:
        async def effect(session: AsyncSession, given: CloseCommitteeSessionInput) -> SessionShown:
            caller, session_id = info.context.caller, parse_id(given.session_id, "/session_id")
            closed = await close_session.close_session(session, caller, session_id, today=info.context.today)
            return untold((await shown(session, caller, [closed]))[0])

        done = await perform(info, input, effect, stored_as=StoredSession)
        return done if isinstance(done, Refusal) else CommitteeSession.of(done)
