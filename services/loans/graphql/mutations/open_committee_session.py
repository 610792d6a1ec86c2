"""A committee's session opens on its day."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.graphql.committees import CommitteeSession, StoredSession, untold
from services.loans.usecases import open_session
from services.loans.usecases.read_sessions import SessionShown, shown
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The opening of a session.")
class OpenCommitteeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


OpenCommitteeSessionAnswer = Annotated[
    CommitteeSession | Refusal,
    strawberry.union("OpenCommitteeSessionAnswer", description="The session, or why it does not open."),
]


@strawberry.type
class OpenCommitteeSession:
    @mutation("Opens a session on its day: from then on votes are recorded.")
    async def open_committee_session(
        self,
        info: Info,
        input: OpenCommitteeSessionInput,  # noqa: A002
    ) -> OpenCommitteeSessionAnswer:
        async def effect(session: AsyncSession, given: OpenCommitteeSessionInput) -> SessionShown:
            caller, session_id = info.context.caller, parse_id(given.session_id, "/session_id")
            opened = await open_session.open_committee_session(
                session, caller, session_id, today=info.context.today
            )
            return untold((await shown(session, caller, [opened]))[0])

        done = await perform(info, input, effect, stored_as=StoredSession)
        return done if isinstance(done, Refusal) else CommitteeSession.of(done)
