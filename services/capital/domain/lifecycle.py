"""The life of a top-up, as a table: what is not in it is forbidden."""

from services.kernel.language import Word
from services.kernel.refusals import StatusForbids


class TopUpStatus(Word):
    REQUESTED = "requested", "demandé", "requested"
    GRANTED = "granted", "accordé", "granted"
    REFUSED = "refused", "refusé", "refused"
    WITHDRAWN = "withdrawn", "retiré", "withdrawn"
    EXPIRED = "expired", "expiré", "expired"
    CANCELLED = "cancelled", "annulé", "cancelled"
    PAID = "paid", "payé", "paid"


class Act(Word):
    GRANT = "grant", "accorder l'abondement", "granting the top-up"
    REFUSE = "refuse", "refuser l'abondement", "refusing the top-up"
    WITHDRAW = "withdraw", "retirer la demande", "withdrawing the request"
    EXPIRE = "expire", "faire expirer la demande", "letting the request expire"
    CANCEL = "cancel", "annuler l'octroi", "cancelling the grant"
    PAY = "pay", "payer l'abondement", "paying the top-up"
    REVERSE_PAYMENT = "reverse_payment", "annuler le paiement", "reversing the payment"


MOVES: dict[tuple[TopUpStatus, Act], TopUpStatus] = {
    (TopUpStatus.REQUESTED, Act.GRANT): TopUpStatus.GRANTED,
    (TopUpStatus.REQUESTED, Act.REFUSE): TopUpStatus.REFUSED,
    (TopUpStatus.REQUESTED, Act.WITHDRAW): TopUpStatus.WITHDRAWN,
    (TopUpStatus.REQUESTED, Act.EXPIRE): TopUpStatus.EXPIRED,
    (TopUpStatus.GRANTED, Act.CANCEL): TopUpStatus.CANCELLED,
    (TopUpStatus.GRANTED, Act.PAY): TopUpStatus.PAID,
    (TopUpStatus.PAID, Act.REVERSE_PAYMENT): TopUpStatus.GRANTED,
}

# The statuses whose award takes room in the cap and in the budget.
AWARDED = frozenset({TopUpStatus.GRANTED, TopUpStatus.PAID})


def move(status: TopUpStatus, act: Act) -> TopUpStatus:
    try:
        return MOVES[status, act]
    except KeyError:
        possible_from = [source for source, possible in MOVES if possible is act]
        raise StatusForbids(status=status, act=act, possible_from=possible_from) from None
