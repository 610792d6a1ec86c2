"""One file for each mutation: its input, its answer, and the use case it calls."""

import strawberry

from services.capital.graphql.mutations.cancel_de_minimis_declaration import CancelDeMinimisDeclaration
from services.capital.graphql.mutations.cancel_top_up import CancelTopUp
from services.capital.graphql.mutations.confirm_clawback import ConfirmClawback
from services.capital.graphql.mutations.declare_de_minimis_aid import DeclareDeMinimisAid
from services.capital.graphql.mutations.grant_top_up import GrantTopUp
from services.capital.graphql.mutations.grant_top_ups import GrantTopUps
from services.capital.graphql.mutations.pay_top_ups import PayTopUps
from services.capital.graphql.mutations.propose_clawback import ProposeClawback
from services.capital.graphql.mutations.receive_clawback import ReceiveClawback
from services.capital.graphql.mutations.record_follow_up import RecordFollowUp
from services.capital.graphql.mutations.record_succession import RecordSuccession
from services.capital.graphql.mutations.refuse_top_up import RefuseTopUp
from services.capital.graphql.mutations.request_top_up import RequestTopUp
from services.capital.graphql.mutations.reverse_payment import ReversePayment
from services.capital.graphql.mutations.waive_clawback import WaiveClawback
from services.capital.graphql.mutations.withdraw_clawback import WithdrawClawback
from services.capital.graphql.mutations.withdraw_top_up import WithdrawTopUp


@strawberry.type
class Mutation(
    RequestTopUp,
    GrantTopUp,
    GrantTopUps,
    RefuseTopUp,
    WithdrawTopUp,
    CancelTopUp,
    PayTopUps,
    ReversePayment,
    RecordFollowUp,
    ProposeClawback,
    ConfirmClawback,
    ReceiveClawback,
    WaiveClawback,
    WithdrawClawback,
    DeclareDeMinimisAid,
    CancelDeMinimisDeclaration,
    RecordSuccession,
):
    """Each of its fields stands in the file of its name."""
