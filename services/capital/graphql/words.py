"""Enumerations and pointers that several types share."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from services.capital.domain.clawbacks import ClawbackStatus
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.schemes import BelowFloor, ClawbackRule, ContributionBasis, Period, ReservesAt
from services.kernel.contracts import ContractKind

if TYPE_CHECKING:
    from services.capital.graphql.caes import Cae
    from services.capital.graphql.clawbacks import TopUpClawback
    from services.capital.graphql.entrepreneurs import Entrepreneur
    from services.capital.graphql.follow_ups import TopUpFollowUp
    from services.capital.graphql.funders import Funder
    from services.capital.graphql.payments import TopUpPayment
    from services.capital.graphql.regions import Region
    from services.capital.graphql.schemes import TopUpScheme
    from services.capital.graphql.top_ups import TopUp

strawberry.enum(TopUpStatus, description="Where a top-up stands in its life.")
strawberry.enum(Period, name="CountingPeriod", description="What a cap or a budget is counted over.")
strawberry.enum(BelowFloor, description="What a contribution too small for the floor gives.")
strawberry.enum(
    ContributionBasis, description="What counts as a contribution: shares paid up, or subscribed."
)
strawberry.enum(ClawbackRule, description="What is taken back of who leaves early.")
strawberry.enum(ClawbackStatus, description="Where a clawback stands.")
strawberry.enum(ReservesAt, description="When an award takes its room in the cap and the budget.")
strawberry.enum(ContractKind, description="CAPE: a trial. CESA: an employee-entrepreneur's contract.")

_HERE = "services.capital.graphql"
CaeType: TypeAlias = Annotated["Cae", strawberry.lazy(f"{_HERE}.caes")]
ClawbackType: TypeAlias = Annotated["TopUpClawback", strawberry.lazy(f"{_HERE}.clawbacks")]
EntrepreneurType: TypeAlias = Annotated["Entrepreneur", strawberry.lazy(f"{_HERE}.entrepreneurs")]
FollowUpType: TypeAlias = Annotated["TopUpFollowUp", strawberry.lazy(f"{_HERE}.follow_ups")]
FunderType: TypeAlias = Annotated["Funder", strawberry.lazy(f"{_HERE}.funders")]
PaymentType: TypeAlias = Annotated["TopUpPayment", strawberry.lazy(f"{_HERE}.payments")]
RegionType: TypeAlias = Annotated["Region", strawberry.lazy(f"{_HERE}.regions")]
SchemeType: TypeAlias = Annotated["TopUpScheme", strawberry.lazy(f"{_HERE}.schemes")]
TopUpType: TypeAlias = Annotated["TopUp", strawberry.lazy(f"{_HERE}.top_ups")]
