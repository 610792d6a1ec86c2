"""The life of a top-up, as a table: what is not in it is forbidden."""

from enum import StrEnum

from services.kernel.refusals import StatusForbids


class TopUpStatus(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    PAID = "paid"


class Act(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    CANCEL = "cancel"
    PAY = "pay"


MOVES: dict[tuple[TopUpStatus, Act], TopUpStatus] = {
    (TopUpStatus.REQUESTED, Act.GRANT): TopUpStatus.GRANTED,
    (TopUpStatus.REQUESTED, Act.REFUSE): TopUpStatus.REFUSED,
    (TopUpStatus.GRANTED, Act.CANCEL): TopUpStatus.CANCELLED,
    (TopUpStatus.GRANTED, Act.PAY): TopUpStatus.PAID,
}

# The statuses whose award takes room in the cap and in the budget.
AWARDED = frozenset({TopUpStatus.GRANTED, TopUpStatus.PAID})


def move(status: TopUpStatus, act: Act) -> TopUpStatus:
    try:
        return MOVES[status, act]
    except KeyError:
        possible_from = [source.value for source, possible in MOVES if possible is act]
        raise StatusForbids(status=status.value, act=act.value, possible_from=possible_from) from None
