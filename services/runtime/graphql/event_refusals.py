"""Why a stream ends, or does not begin. Each says from where its client goes on, where that is known."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class TooManyStreams(Refusal):
    http_status = 429
    code = "too-many-streams"
    title = Text("Trop de flux ouverts", "Too many open streams")
    detail = Text(
        "{open} flux sont ouverts, et {most} sont permis ; fermez-en un avant d'en ouvrir un autre.",
        "{open} streams are open, and {most} are allowed; close one before you open another.",
    )


class TokenEnded(Refusal):
    http_status = 401
    code = "unauthenticated"
    title = Text("Jeton expiré ou refusé", "Token expired or refused")
    detail = Text(
        "Votre jeton n'est plus accepté : le flux s'arrête. Rouvrez-le avec un nouveau jeton, après "
        "l'événement que nomme « resume_after ».",
        "Your token is accepted no more: the stream ends. Open it again with a new token, after the event "
        "that `resume_after` names.",
    )


class ServiceStopping(Refusal):
    http_status = 503
    code = "service-stopping"
    title = Text("Le service s'arrête", "The service is stopping")
    detail = Text(
        "Le service s'arrête, sans doute pour redémarrer. Rouvrez le flux dans quelques secondes, après "
        "l'événement que nomme « resume_after ».",
        "The service is stopping, most likely to start again. Open the stream again in a few seconds, after "
        "the event that `resume_after` names.",
    )


class EventNotRead(Refusal):
    """The database went away while an event's own fields were read: told without them, they would be lost."""

    http_status = 503
    code = "unavailable"
    title = Text("Événement momentanément illisible", "Event unreadable for now")
    detail = Text(
        "La suite du flux n'a pas pu être lue. Rouvrez-le dans quelques secondes, après l'événement que "
        "nomme « resume_after ».",
        "What follows could not be read. Open the stream again in a few seconds, after the event that "
        "`resume_after` names.",
    )
