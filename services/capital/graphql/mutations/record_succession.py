"""A CAE merged into another, which has its dossiers from now on."""

from typing import Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.successions import Succession
from services.capital.graphql.successions import CaeSuccession, StoredSuccession
from services.capital.usecases import record_succession
from services.runtime.fields import BusinessDate, LongText, RegionField, ShortText, SirenField, SiretField
from services.runtime.graphql.context import Info
from services.runtime.graphql.fields import mutation
from services.runtime.graphql.mutations import perform
from services.runtime.graphql.refusals import Refusal


@strawberry.input(description="The merger of a CAE into another, for the dossiers of one region.")
class RecordSuccessionInput:
    region: RegionField = strawberry.field(description="Whose dossiers go along.")
    from_siren: SirenField = strawberry.field(description="The CAE that is no more, by SIREN.")
    to_siret: SiretField = strawberry.field(description="The establishment that takes over.")
    to_name: ShortText = strawberry.field(description="The successor's name.")
    effective_on: BusinessDate = strawberry.field(description="The merger's own day.")
    reason: LongText = strawberry.field(description="Why, and on which paper.")
    idempotency_key: str = strawberry.field(
        description="Names this call: the same key and input gives the same answer, and is done once."
    )


RecordSuccessionAnswer = Annotated[
    CaeSuccession | Refusal,
    strawberry.union(
        "RecordSuccessionAnswer", description="The succession as recorded, or why it could not be."
    ),
]


@strawberry.type
class RecordSuccession:
    @mutation("Records that a CAE merged into another, which takes its dossiers along.")
    async def record_succession(
        self,
        info: Info,
        input: RecordSuccessionInput,  # noqa: A002
    ) -> RecordSuccessionAnswer:
        async def effect(session: AsyncSession, given: RecordSuccessionInput) -> Succession:
            order = record_succession.RecordSuccession(
                region=given.region,
                from_siren=given.from_siren,
                to_siret=given.to_siret,
                to_name=given.to_name,
                effective_on=given.effective_on,
                reason=given.reason,
            )
            context = info.context
            return await record_succession.record_succession(
                session, context.caller, order, today=context.today
            )

        done = await perform(info, input, effect, stored_as=StoredSuccession)
        return done if isinstance(done, Refusal) else CaeSuccession.of(done)
