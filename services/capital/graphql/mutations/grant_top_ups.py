"""The operator grants a list of requests in one decision."""

from typing import Annotated

import strawberry
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.granting import MOST_LINES, Decision
from services.capital.graphql.grants import GrantLine, StoredGrants, TopUpGrants, lines_of
from services.capital.usecases import grant_top_ups
from services.runtime.fields import BusinessDate, Reference
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import parse_id


@strawberry.input(description="One request of the list.")
class TopUpDecisionInput:
    top_up_id: strawberry.ID = strawberry.field(description="The top-up, each once.")


@strawberry.input(description="The grant of up to 500 requests of one scheme in one decision.")
class GrantTopUpsInput:
    scheme_id: strawberry.ID = strawberry.field(description="Their scheme.")
    decisions: Annotated[list[TopUpDecisionInput], Field(min_length=1, max_length=MOST_LINES)] = (
        strawberry.field(description="Taken in this order: where room runs out, the first come first.")
    )
    decided_on: BusinessDate = strawberry.field(
        description="When it was decided: an annual cap counts in its year."
    )
    reference: Reference = strawberry.field(description="The reference of the decision.")
    atomic: bool = strawberry.field(
        default=True, description="Grant all or none; else as far as room goes, and each that can be."
    )
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer."
    )


GrantTopUpsAnswer = Annotated[
    TopUpGrants | Refusal,
    strawberry.union("GrantTopUpsAnswer", description="What each line became, or why none was granted."),
]


@strawberry.type
class GrantTopUps:
    @mutation("Grants a list of requests in one decision: all or none, or as far as room goes.")
    async def grant_top_ups(self, info: Info, input: GrantTopUpsInput) -> GrantTopUpsAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: GrantTopUpsInput) -> list[GrantLine]:
            context = info.context
            decision = Decision(decided_on=given.decided_on, reference=given.reference)
            order = grant_top_ups.GrantTopUps(
                scheme_id=parse_id(given.scheme_id, "/scheme_id"),
                decisions=[
                    (parse_id(line.top_up_id, f"/decisions/{index}/top_up_id"), decision)
                    for index, line in enumerate(given.decisions)
                ],
                is_atomic=given.atomic,
            )
            granting = await grant_top_ups.grant_top_ups(session, context.caller, order, today=context.today)
            return lines_of(granting, context.language)

        done = await perform(info, input, effect, stored_as=StoredGrants)
        return done if isinstance(done, Refusal) else TopUpGrants.of(done)
