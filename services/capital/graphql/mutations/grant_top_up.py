"""The operator grants a top-up, within the cap and the budget."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.top_ups import StoredTopUp, TopUp, without_person
from services.capital.usecases import grant_top_up
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="The grant of a requested top-up.")
class GrantTopUpInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up.")
    decided_on: BusinessDate = strawberry.field(
        description="When it was decided: an annual cap counts in its year."
    )
    reference: Reference = strawberry.field(description="The reference of the decision.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


GrantTopUpAnswer = Annotated[
    TopUp | Refusal,
    strawberry.union("GrantTopUpAnswer", description="The top-up as granted, or why it was not."),
]


@strawberry.type
class GrantTopUp:
    @mutation("Grants a top-up: never over the CAE's cap nor the scheme's budget.")
    async def grant_top_up(self, info: Info, input: GrantTopUpInput) -> GrantTopUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: GrantTopUpInput) -> TopUpOfDomain:
            order = grant_top_up.GrantTopUp(
                top_up_id=parse_id(given.top_up_id, "/top_up_id"),
                decided_on=given.decided_on,
                reference=given.reference,
            )
            context = info.context
            done = await grant_top_up.grant_top_up(session, context.caller, order, today=context.today)
            return without_person(done)

        done = await perform(info, input, effect, stored_as=StoredTopUp)
        return done if isinstance(done, Refusal) else TopUp.of(done)
