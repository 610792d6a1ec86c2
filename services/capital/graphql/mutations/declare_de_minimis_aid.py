"""A CAE, or an operator for it, declares aid that somebody else granted to the company."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.de_minimis import Declaration
from services.capital.graphql.de_minimis import DeMinimisDeclaration, StoredDeclaration
from services.capital.usecases import declare_de_minimis_aid
from services.runtime.fields import BusinessDate, Reference, RegionField, ShortText, SirenField
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal
from services.runtime.graphql.scalars import PositiveCentsField


@strawberry.input(description="De minimis aid that somebody else granted to a CAE.")
class DeclareDeMinimisAidInput:
    region: RegionField = strawberry.field(
        description="Whose operator it is declared to; it counts in every region."
    )
    cae: SirenField = strawberry.field(description="The company that received the aid, by SIREN.")
    granted_on: BusinessDate = strawberry.field(description="When the right to it was given.")
    amount_cents: PositiveCentsField = strawberry.field(description="The aid, as gross grant equivalent.")
    grantor: ShortText = strawberry.field(description="Who granted it.")
    reference: Reference = strawberry.field(description="The number of the act.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Names this call: the same key and input gives the same answer."
    )


DeclareDeMinimisAidAnswer = Annotated[
    DeMinimisDeclaration | Refusal,
    strawberry.union("DeclareDeMinimisAidAnswer", description="The aid as declared, or why it could not be."),
]


@strawberry.type
class DeclareDeMinimisAid:
    @mutation("Declares aid that somebody else granted to a CAE: it counts from then on.")
    async def declare_de_minimis_aid(
        self,
        info: Info,
        input: DeclareDeMinimisAidInput,  # noqa: A002
    ) -> DeclareDeMinimisAidAnswer:
        async def effect(session: AsyncSession, given: DeclareDeMinimisAidInput) -> Declaration:
            order = declare_de_minimis_aid.DeclareDeMinimisAid(
                region=given.region,
                cae_siren=given.cae,
                granted_on=given.granted_on,
                amount_cents=given.amount_cents,
                grantor=given.grantor,
                reference=given.reference,
            )
            context = info.context
            return await declare_de_minimis_aid.declare_de_minimis_aid(
                session, context.caller, order, today=context.today
            )

        done = await perform(info, input, effect, stored_as=StoredDeclaration)
        return done if isinstance(done, Refusal) else DeMinimisDeclaration.of(done)
