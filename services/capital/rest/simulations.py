"""What contributions would get, under /v1/schemes/{id}/simulations."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.awards import Reason
from services.capital.domain.de_minimis import Room
from services.capital.domain.simulation import Contribution, Order, OtherOrder, SimulatedAward, Simulation
from services.capital.rest.version_models import Criterion
from services.capital.rest.words import SIRET
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.runtime.call import Call, get_call
from services.runtime.fields import Answer, Body, BusinessDate, Cents, Reference, SiretField
from services.runtime.idempotency import perform

router = APIRouter(prefix="/schemes", tags=["simulations"])
MOST_CONTRIBUTIONS = 1_000


class AskingCae(Body):
    siret: SiretField = Field(description="The establishment that would ask", examples=[SIRET])


class ContributionBody(Body):
    reference: Reference = Field(description="The CAE's own reference for the person", examples=["T-0417"])
    paid_up_cents: Cents = Field(description="What the person has paid up, in cents", examples=[150_000])
    paid_up_on: BusinessDate = Field(description="When it was paid up", examples=["2026-09-30"])
    subscribed_cents: Cents | None = Field(
        None, description="What the person has promised; what is paid up if absent", examples=[200_000]
    )
    member_since: BusinessDate | None = Field(
        None, description="Since when the person is a member of the CAE", examples=["2026-03-01"]
    )
    priority_criterion: Criterion | None = Field(
        None, description="The priority group the person is of, as the scheme names it", examples=["rsa"]
    )

    def contribution(self) -> Contribution:
        return Contribution(
            self.reference,
            self.paid_up_cents,
            self.paid_up_on,
            self.subscribed_cents,
            self.member_since,
            self.priority_criterion,
        )


class SimulationBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cae": {"siret": SIRET},
                    "contributions": [
                        {"reference": "T-0417", "paid_up_cents": 150_000, "paid_up_on": "2026-09-30"},
                        {"reference": "T-0502", "paid_up_cents": 300_000, "paid_up_on": "2026-10-15"},
                    ],
                }
            ]
        }
    )

    cae: AskingCae = Field(description="The CAE that would ask")
    contributions: list[ContributionBody] = Field(
        description="Taken in this order: where room runs out, the first come first",
        max_length=MOST_CONTRIBUTIONS,
    )


class WithheldAnswer(Answer):
    reason: Reason = Field(description="Why these euros are not given", examples=["above-ceiling"])
    amount_cents: int = Field(description="How many cents", examples=[100_000])


class AwardAnswer(Answer):
    place: int = Field(description="When the person is taken, from 1: their place in the list", examples=[2])
    reference: str = Field(description="The CAE's own reference for the person", examples=["T-0502"])
    paid_up_cents: int = Field(description="What the person has paid up", examples=[300_000])
    paid_up_on: date = Field(description="When it was paid up", examples=["2026-10-15"])
    entitlement_cents: int = Field(description="What the scheme's scale gives", examples=[200_000])
    award_cents: int = Field(description="What would be granted, with the room left", examples=[200_000])
    reason: Reason | None = Field(
        description="What kept the award from being larger; null where nothing did",
        examples=["above-ceiling"],
    )
    withheld: list[WithheldAnswer] = Field(description="Every euro of the match not given, and why")

    @classmethod
    def of(cls, simulated: SimulatedAward) -> "AwardAnswer":
        contribution, award = simulated.contribution, simulated.award
        return cls(
            place=simulated.place,
            reference=contribution.reference,
            paid_up_cents=contribution.paid_up_cents,
            paid_up_on=contribution.paid_up_on,
            entitlement_cents=award.entitlement_cents,
            award_cents=award.amount_cents,
            reason=award.reason,
            withheld=[
                WithheldAnswer(reason=withheld.reason, amount_cents=withheld.amount_cents)
                for withheld in award.withheld
            ],
        )


class ChangeAnswer(Answer):
    place: int = Field(description="The person's place in the list", examples=[2])
    reference: str = Field(description="The CAE's own reference for the person", examples=["T-0502"])
    given_cents: int = Field(description="What the order given awards", examples=[0])
    award_cents: int = Field(description="What this order would award", examples=[150_000])
    difference_cents: int = Field(
        description="What the person would gain; below zero, lose", examples=[150_000]
    )


class OtherOrderAnswer(Answer):
    order: Order = Field(
        description="`payment_date`: who paid up first; `largest_first` and `smallest_first`: by what the "
        "scale gives. Who is equal stays in the order given",
        examples=["smallest_first"],
    )
    awarded_cents: int = Field(description="What this order would award in all", examples=[350_000])
    difference_cents: int = Field(
        description="Compared with the order given; below zero, less", examples=[-50_000]
    )
    awarded_count: int = Field(description="How many would get something", examples=[2])
    room_after_cents: int | None = Field(description="What they would leave after", examples=[50_000])
    changes: list[ChangeAnswer] = Field(description="Who gains and who loses; the others get the same")

    @classmethod
    def of(cls, other: OtherOrder, awarded_cents: int) -> "OtherOrderAnswer":
        return cls(
            order=other.order,
            awarded_cents=other.awarded_cents,
            difference_cents=other.awarded_cents - awarded_cents,
            awarded_count=other.awarded,
            room_after_cents=other.room_after_cents,
            changes=[
                ChangeAnswer(
                    place=change.place,
                    reference=change.contribution.reference,
                    given_cents=change.given_cents,
                    award_cents=change.award_cents,
                    difference_cents=change.award_cents - change.given_cents,
                )
                for change in other.changes
            ],
        )


class CeilingAnswer(Answer):
    """What the ceiling of de minimis aid leaves the CAE, whoever grants."""

    regulation: str = Field(description="The rule in force", examples=["règlement (UE) 2023/2831"])
    ceiling_cents: int = Field(description="What it lets a company be granted", examples=[30_000_000])
    counted_from: date = Field(description="The first day that counts", examples=["2023-11-28"])
    counted_on: date = Field(description="The last one", examples=["2026-11-28"])
    received_cents: int = Field(description="What the CAE was granted between them", examples=[4_200_000])
    room_before_cents: int = Field(description="What is left before", examples=[25_800_000])
    room_after_cents: int = Field(description="What would be left after", examples=[25_450_000])

    @classmethod
    def of(cls, before: Room, after: Room) -> "CeilingAnswer":
        return cls(
            regulation=before.rule.regulation,
            ceiling_cents=before.rule.ceiling_cents,
            counted_from=before.rule.counted_from(before.counted_on),
            counted_on=before.counted_on,
            received_cents=before.received_cents,
            room_before_cents=before.left_cents,
            room_after_cents=after.left_cents,
        )


class SimulationAnswer(Answer):
    room_before_cents: int | None = Field(
        description="What the CAE's cap and the scheme's budget leave before; null without a limit",
        examples=[1_850_000],
    )
    order: Order = Field(description="In which order people were taken: the list's own", examples=["given"])
    awards: list[AwardAnswer] = Field(description="One for each contribution, in the order they were taken")
    awarded_cents: int = Field(description="What they would be awarded in all", examples=[350_000])
    room_after_cents: int | None = Field(description="What they would leave after", examples=[1_500_000])
    other_orders: list[OtherOrderAnswer] = Field(
        description="What three other orders would change; empty where no limit keeps anything "
        "from anybody, so that no order changes anything"
    )
    de_minimis: CeilingAnswer | None = Field(
        description="What the ceiling of de minimis aid leaves besides, over all schemes; an award that does "
        "not fit whole is not granted; null where no rule is in force"
    )

    @classmethod
    def of(cls, simulation: Simulation) -> "SimulationAnswer":
        before, after = simulation.ceiling_before, simulation.ceiling_after
        return cls(
            room_before_cents=simulation.room_before_cents,
            order=Order.GIVEN,
            awards=[AwardAnswer.of(simulated) for simulated in simulation.awards],
            awarded_cents=simulation.awarded_cents,
            room_after_cents=simulation.room_after_cents,
            de_minimis=CeilingAnswer.of(before, after) if before and after else None,
            other_orders=[
                OtherOrderAnswer.of(other, simulation.awarded_cents) for other in simulation.other_orders
            ],
        )


@router.post(
    "/{scheme_id}/simulations",
    response_model=SimulationAnswer,
    summary="What would these contributions get? Grants and reserves nothing",
)
async def post_simulation(
    scheme_id: UUID, body: SimulationBody, call: Annotated[Call, Depends(get_call)]
) -> Response:
    order = SimulateTopUps(
        scheme_id=scheme_id,
        cae_siret=body.cae.siret,
        contributions=[contribution.contribution() for contribution in body.contributions],
    )

    async def effect(session: AsyncSession) -> SimulationAnswer:
        return SimulationAnswer.of(await simulate_top_ups(session, call.caller, order, today=call.today))

    return await perform(call, effect, status=200)
