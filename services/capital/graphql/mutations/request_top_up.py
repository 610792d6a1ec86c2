"""A CAE, or an operator for it, asks for a top-up."""

from typing import Annotated

import strawberry
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.inputs import CaeInput, EntrepreneurInput
from services.capital.graphql.top_ups import StoredTopUp, TopUp, without_person
from services.capital.usecases import request_top_ups
from services.runtime.fields import BusinessDate, LongText
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import CentsField, parse_id


@strawberry.input(description="A top-up asked for one entrepreneur. It reserves nothing.")
class RequestTopUpInput:
    scheme_id: strawberry.ID = strawberry.field(description="The scheme it is asked from.")
    cae: CaeInput = strawberry.field(description="The CAE that asks.")
    entrepreneur: EntrepreneurInput = strawberry.field(description="Whose contribution is topped up.")
    subscribed_cents: CentsField = strawberry.field(description="Shares promised.")
    paid_up_cents: CentsField = strawberry.field(description="Shares actually paid: what counts.")
    paid_up_on: BusinessDate = strawberry.field(description="When they were paid.")
    admitted_on: BusinessDate | None = strawberry.field(
        default=None, description="When the person was admitted."
    )
    requested_on: BusinessDate | None = strawberry.field(default=None, description="When it was asked for.")
    priority_criterion: Annotated[str, StringConstraints(max_length=60)] | None = strawberry.field(
        default=None, description="The priority group the person is of, as the scheme names it."
    )
    priority_evidence: LongText | None = strawberry.field(
        default=None, description="What proves it. Neither is ever answered by the graph."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


RequestTopUpAnswer = Annotated[
    TopUp | Refusal,
    strawberry.union("RequestTopUpAnswer", description="The top-up as requested, or why it was not."),
]


@strawberry.type
class RequestTopUp:
    @mutation("Asks for a top-up. It reserves nothing: room is taken by the grant.")
    async def request_top_up(self, info: Info, input: RequestTopUpInput) -> RequestTopUpAnswer:  # noqa: A002
        async def effect(session: AsyncSession, given: RequestTopUpInput) -> TopUpOfDomain:
            order = request_top_ups.RequestTopUp(
                scheme_id=parse_id(given.scheme_id, "/scheme_id"),
                cae_siret=given.cae.siret,
                cae_name=given.cae.name,
                entrepreneur=given.entrepreneur.to_person(),
                subscribed_cents=given.subscribed_cents,
                paid_up_cents=given.paid_up_cents,
                paid_up_on=given.paid_up_on,
                admitted_on=given.admitted_on,
                requested_on=given.requested_on,
                priority_criterion=given.priority_criterion,
                priority_evidence=given.priority_evidence,
            )
            context = info.context
            requested = await request_top_ups.request_top_up(
                session, context.caller, order, today=context.today, entrepreneur_key=context.entrepreneur_key
            )
            return without_person(requested)

        done = await perform(info, input, effect, stored_as=StoredTopUp)
        return done if isinstance(done, Refusal) else TopUp.of(done)
