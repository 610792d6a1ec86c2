"""One file for each mutation: its input, its answer, and the use case it calls."""

import strawberry

from services.capital.graphql.mutations.cancel_top_up import CancelTopUp
from services.capital.graphql.mutations.grant_top_up import GrantTopUp
from services.capital.graphql.mutations.grant_top_ups import GrantTopUps
from services.capital.graphql.mutations.pay_top_ups import PayTopUps
from services.capital.graphql.mutations.refuse_top_up import RefuseTopUp
from services.capital.graphql.mutations.request_top_up import RequestTopUp
from services.capital.graphql.mutations.reverse_payment import ReversePayment
from services.capital.graphql.mutations.withdraw_top_up import WithdrawTopUp


@strawberry.type
class Mutation(
    RequestTopUp, GrantTopUp, GrantTopUps, RefuseTopUp, WithdrawTopUp, CancelTopUp, PayTopUps, ReversePayment
):
    """Each of its fields stands in the file of its name."""
