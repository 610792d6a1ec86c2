"""Documents that prove what a top-up's dossier says: which there are, and while what they are taken."""

from services.capital.domain.access import CapitalAct
from services.capital.domain.lifecycle import TopUpStatus
from services.kernel.language import Word
from services.kernel.refusals import StatusForbids


class EvidenceKind(Word):
    ADMISSION = (
        "admission",
        "admission par l'assemblée générale",
        "admission by the general meeting",
    )
    SUBSCRIPTION = "subscription", "bulletin de souscription", "subscription form"
    PAYMENT_OF_SHARES = "payment_of_shares", "preuve de la libération des parts", "proof of payment of shares"
    PRIORITY = "priority", "justificatif d'une priorité", "evidence of a priority"
    CONTRACT = "contract", "contrat avec la CAE", "contract with the CAE"
    FOLLOW_UP = "follow_up", "justificatif d'un suivi", "evidence of a follow-up"
    CLAWBACK = "clawback", "pièce d'une reprise", "document of a clawback"
    OTHER = "other", "autre", "other"


# A top-up that came to nothing has nothing left to prove; after its award, it is followed up for years.
_CAME_TO_NOTHING = frozenset(
    {TopUpStatus.REFUSED, TopUpStatus.WITHDRAWN, TopUpStatus.EXPIRED, TopUpStatus.CANCELLED}
)
OPEN_TO: dict[CapitalAct, frozenset[TopUpStatus]] = {
    CapitalAct.ATTACH_DOCUMENT: frozenset(TopUpStatus) - _CAME_TO_NOTHING,
    # What a decision was taken on stays with it.
    CapitalAct.REMOVE_DOCUMENT: frozenset({TopUpStatus.REQUESTED, TopUpStatus.WAITING}),
}


def require_open_to(status: TopUpStatus, act: CapitalAct) -> None:
    if status not in OPEN_TO[act]:
        possible_from = [one for one in TopUpStatus if one in OPEN_TO[act]]
        raise StatusForbids(status=status, act=act, possible_from=possible_from)
