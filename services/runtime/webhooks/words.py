"""The words of webhooks: states, reasons, acts, and what is refused."""

from services.kernel.access import Caller, Role
from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class EndpointStatus(Word):
    ACTIVE = "active", "actif", "active"
    PAUSED = "paused", "en pause", "paused"
    REVOKED = "revoked", "révoqué", "revoked"


class PauseReason(Word):
    ASKED = "asked", "demandée", "asked for"
    FAILURES = "failures", "échecs répétés", "repeated failure"
    GONE = "gone", "le destinataire a répondu 410", "the receiver answered 410"


class DeliveryStatus(Word):
    PENDING = "pending", "en attente", "pending"
    DELIVERED = "delivered", "remis", "delivered"
    FAILED = "failed", "abandonné après tous les essais", "given up after every attempt"


class DestinationFault(Word):
    """Why nothing is sent to an address."""

    NOT_AN_ADDRESS = (
        "not-an-address",
        "ce n'est pas une adresse web complète",
        "it is no complete web address",
    )
    NOT_HTTPS = "not-https", "seul https est accepté", "only https is accepted"
    CREDENTIALS = "credentials", "elle contient un nom d'utilisateur", "it holds a user name"
    PORT = "port", "ce port n'est pas permis", "its port is not allowed"
    UNKNOWN_HOST = "unknown-host", "ce nom de machine ne mène nulle part", "its host name leads nowhere"
    NOT_PUBLIC = (
        "not-public",
        "elle mène à une adresse qui n'est pas publique",
        "it leads to no public address",
    )


class AttemptFault(Word):
    """Why an attempt ended without an HTTP status."""

    TIMED_OUT = "timed-out", "pas de réponse à temps", "no answer in time"
    NO_CONNECTION = "no-connection", "connexion impossible ou coupée", "no connection, or cut"
    TLS = "tls", "certificat ou chiffrement refusé", "certificate or encryption refused"
    ADDRESS_REFUSED = "address-refused", "adresse refusée", "address refused"
    INTERNAL = "internal", "erreur d'Essor", "an error of Essor's"


class WebhookAct(Word):
    MANAGE_WEBHOOK = "manage_webhook", "gérer un webhook", "managing a webhook"
    READ_WEBHOOK = "read_webhook", "consulter un webhook", "reading a webhook"


class WebhookElement(Word):
    WEBHOOK = "webhook", "webhook", "webhook"


OWNERS = frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER})
ALLOWED: dict[WebhookAct, frozenset[Role]] = {
    WebhookAct.MANAGE_WEBHOOK: OWNERS,
    WebhookAct.READ_WEBHOOK: OWNERS | {Role.ADMIN},
}


def require(caller: Caller, act: WebhookAct) -> None:
    caller.require(ALLOWED[act], act)


class WebhookAddressRefused(Refusal):
    code = "webhook-address-refused"
    title = Text("Adresse de webhook refusée", "Webhook address refused")
    detail = Text(
        "Rien ne sera envoyé à cette adresse : {reason}. Donnez une adresse https publique.",
        "Nothing will be sent to this address: {reason}. Give a public https address.",
    )

    def __init__(self, reason: DestinationFault) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class TooManyWebhooks(Refusal):
    code = "too-many-webhooks"
    title = Text("Trop de webhooks", "Too many webhooks")
    detail = Text(
        "Il y en a déjà {most} ; révoquez ceux qui ne servent plus.",
        "There are {most} already; revoke those that are not used any more.",
    )


class WebhookStatusForbids(Refusal):
    code = "webhook-status-forbids"
    title = Text("L'état du webhook ne le permet pas", "The webhook's status forbids it")
    detail = Text("Ce webhook est : {status}.", "This webhook is {status}.")
