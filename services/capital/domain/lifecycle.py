"""The life of a top-up, as a table: what is not in it is forbidden."""

from services.kernel.language import Word
from services.kernel.refusals import StatusForbids


class TopUpStatus(Word):
    REQUESTED = "requested", "demandé", "requested"
    WAITING = "waiting", "en liste d'attente", "on the waiting list"
    GRANTED = "granted", "accordé", "granted"
    REFUSED = "refused", "refusé", "refused"
    WITHDRAWN = "withdrawn", "retiré", "withdrawn"
    EXPIRED = "expired", "expiré", "expired"
    CANCELLED = "cancelled", "annulé", "cancelled"
    PAID = "paid", "payé", "paid"
    CLAWBACK_PROPOSED = "clawback_proposed", "reprise proposée", "clawback proposed"
    CLAWED_BACK = "clawed_back", "repris", "clawed back"
    WAIVED = "waived", "reprise abandonnée", "clawback waived"
    CLOSED = "closed", "clos", "closed"


class Act(Word):
    GRANT = "grant", "accorder l'abondement", "granting the top-up"
    WAIT = "wait", "mettre en liste d'attente", "putting on the waiting list"
    PROMOTE = "promote", "sortir de la liste d'attente", "taking off the waiting list"
    REFUSE = "refuse", "refuser l'abondement", "refusing the top-up"
    WITHDRAW = "withdraw", "retirer la demande", "withdrawing the request"
    EXPIRE = "expire", "faire expirer la demande", "letting the request expire"
    CANCEL = "cancel", "annuler l'octroi", "cancelling the grant"
    PAY = "pay", "payer l'abondement", "paying the top-up"
    REVERSE_PAYMENT = "reverse_payment", "annuler le paiement", "reversing the payment"
    PROPOSE_CLAWBACK = "propose_clawback", "proposer la reprise", "proposing the clawback"
    WITHDRAW_CLAWBACK = "withdraw_clawback", "retirer la proposition de reprise", "withdrawing the clawback"
    CONFIRM_CLAWBACK = "confirm_clawback", "confirmer la reprise", "confirming the clawback"
    CLAW_BACK = "claw_back", "reprendre l'abondement", "clawing the top-up back"
    WAIVE_CLAWBACK = "waive_clawback", "abandonner la reprise", "waiving the clawback"
    FOLLOW_UP = "follow_up", "enregistrer un suivi", "recording a follow-up"
    CLOSE = "close", "clore le suivi", "closing the top-up"
    REOPEN = "reopen", "rouvrir le suivi", "reopening the follow-up"


MOVES: dict[tuple[TopUpStatus, Act], TopUpStatus] = {
    (TopUpStatus.REQUESTED, Act.GRANT): TopUpStatus.GRANTED,
    (TopUpStatus.REQUESTED, Act.REFUSE): TopUpStatus.REFUSED,
    (TopUpStatus.REQUESTED, Act.WITHDRAW): TopUpStatus.WITHDRAWN,
    (TopUpStatus.REQUESTED, Act.EXPIRE): TopUpStatus.EXPIRED,
    (TopUpStatus.REQUESTED, Act.WAIT): TopUpStatus.WAITING,
    (TopUpStatus.WAITING, Act.PROMOTE): TopUpStatus.REQUESTED,
    (TopUpStatus.WAITING, Act.REFUSE): TopUpStatus.REFUSED,
    (TopUpStatus.WAITING, Act.WITHDRAW): TopUpStatus.WITHDRAWN,
    (TopUpStatus.GRANTED, Act.CANCEL): TopUpStatus.CANCELLED,
    (TopUpStatus.GRANTED, Act.PAY): TopUpStatus.PAID,
    (TopUpStatus.PAID, Act.REVERSE_PAYMENT): TopUpStatus.GRANTED,
    (TopUpStatus.PAID, Act.PROPOSE_CLAWBACK): TopUpStatus.CLAWBACK_PROPOSED,
    (TopUpStatus.CLAWBACK_PROPOSED, Act.WITHDRAW_CLAWBACK): TopUpStatus.PAID,
    (TopUpStatus.CLAWBACK_PROPOSED, Act.CONFIRM_CLAWBACK): TopUpStatus.CLAWBACK_PROPOSED,
    (TopUpStatus.CLAWBACK_PROPOSED, Act.CLAW_BACK): TopUpStatus.CLAWED_BACK,
    (TopUpStatus.CLAWBACK_PROPOSED, Act.WAIVE_CLAWBACK): TopUpStatus.WAIVED,
    (TopUpStatus.PAID, Act.FOLLOW_UP): TopUpStatus.PAID,
    (TopUpStatus.PAID, Act.CLOSE): TopUpStatus.CLOSED,
    (TopUpStatus.CLOSED, Act.REOPEN): TopUpStatus.PAID,
}

# Whose award was paid, and did not come back as the payment itself.
PAID_OUT = frozenset(
    {
        TopUpStatus.PAID,
        TopUpStatus.CLAWBACK_PROPOSED,
        TopUpStatus.CLAWED_BACK,
        TopUpStatus.WAIVED,
        TopUpStatus.CLOSED,
    }
)
CLAWBACK_STATUSES = frozenset({TopUpStatus.CLAWBACK_PROPOSED, TopUpStatus.CLAWED_BACK, TopUpStatus.WAIVED})
# Whose award counts, in the cap, in the budget and as the person's one: what of it came back is room again.
AWARDED = PAID_OUT | {TopUpStatus.GRANTED}


def move(status: TopUpStatus, act: Act) -> TopUpStatus:
    try:
        return MOVES[status, act]
    except KeyError:
        possible_from = [source for source, possible in MOVES if possible is act]
        raise StatusForbids(status=status, act=act, possible_from=possible_from) from None
