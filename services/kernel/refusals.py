"""A refusal is a word of the domain: it carries its facts and knows nothing of HTTP."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from services.kernel.language import Language, Text, Word


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """What the rules refuse. `code` is stable and kebab-case; `facts` go to the caller as they are.

    Facts are ints (cents where the name ends in `_cents`), strings, dates, ids, words of the domain or lists
    of these. A word leaves as its code, and is said by its label.
    """

    code: ClassVar[str]
    title: ClassVar[Text]
    detail: ClassVar[Text]

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def message(self, language: Language = Language.FRENCH) -> str:
        return self.detail.render(language, self.facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.message(Language.ENGLISH)}"


class Element(Word):
    """What both services look for; each has its own besides."""

    CAE = "cae", "CAE", "CAE"
    REGION = "region", "région", "region"


class NotFound(Refusal):
    """Also what does exist, but not for this caller: the two must look alike."""

    code = "not-found"
    title = Text("Introuvable", "Not found")
    detail = Text(
        "Aucun élément « {what} » {id} n'est visible avec ce jeton.",
        "No {what} {id} is visible with this token.",
    )


class NotAllowed(Refusal):
    code = "not-allowed"
    title = Text("Action non permise", "Not allowed")
    detail = Text(
        "Le rôle « {role} » ne permet pas : {act}.",
        "The role {role} does not allow: {act}.",
    )


class InvalidInput(Refusal):
    """A value that no state of the system could accept. `pointer` is a JSON pointer into the body."""

    code = "invalid-input"
    title = Text("Donnée invalide", "Invalid input")
    detail = Text("{reason_french}", "{reason_english}")

    def __init__(self, pointer: str, reason: Text, **facts: object) -> None:
        super().__init__(
            pointer=pointer,
            reason_french=reason.render(Language.FRENCH, facts),
            reason_english=reason.render(Language.ENGLISH, facts),
        )
        self.pointer = pointer
        self.reason = reason
        self.reason_facts = facts


class SeveralRefusals(Refusal):
    """An act on several things at once, refused whole: each refusal, with where it stands and what it is of.

    `refused`: a JSON pointer, the id of the thing, and why.
    """

    code = "several-refusals"
    title = Text("Plusieurs refus", "Several refusals")
    detail = Text("{count} refus : voyez « errors ».", "{count} refusal(s): see `errors`.")

    def __init__(self, refused: Sequence[tuple[str, UUID, Refusal]], **facts: object) -> None:
        super().__init__(count=len(refused), **facts)
        self.refused = tuple(refused)

    def errors(self, language: Language) -> list[dict[str, object]]:
        """Each with its own facts beside what is said of it."""
        return [
            {
                **refusal.facts,
                "pointer": pointer,
                "id": of_id,
                "code": refusal.code,
                "message": refusal.message(language),
            }
            for pointer, of_id, refusal in self.refused
        ]


class BatchRefused(SeveralRefusals):
    """`refused`: of each refused line its index, where it is wrong, and why. No other was attempted."""

    code = "batch-refused"
    title = Text("Lot refusé : rien n'est enregistré", "Batch refused: nothing is recorded")
    detail = Text(
        "{count} ligne(s) sur {lines} sont refusées : rien n'est enregistré. Corrigez-les, ou renvoyez le "
        "lot avec atomic=false pour enregistrer les autres.",
        "{count} of {lines} line(s) are refused: nothing is recorded. Correct them, or send the batch with "
        "atomic=false to record the others.",
    )

    def __init__(self, lines: int, refused: Sequence[tuple[int, str, Refusal]]) -> None:
        indexes = {index for index, _, _ in refused}
        results = [
            {"index": index, "status": "refused" if index in indexes else "not_attempted"}
            for index in range(lines)
        ]
        Refusal.__init__(self, count=len(refused), lines=lines, results=results)
        self.of_lines = tuple(refused)

    def errors(self, language: Language) -> list[dict[str, object]]:
        return [
            {
                **line_facts(refusal),
                "index": index,
                "pointer": pointer,
                "code": refusal.code,
                "message": refusal.message(language),
            }
            for index, pointer, refusal in self.of_lines
        ]


def line_facts(refusal: Refusal) -> Mapping[str, object]:
    """What stands beside a line's refusal; the sentence of an invalid input is its message already."""
    return refusal.reason_facts if isinstance(refusal, InvalidInput) else refusal.facts


class DatesOutOfOrder(Refusal):
    code = "dates-out-of-order"
    title = Text("Dates dans le désordre", "Dates out of order")
    detail = Text(
        "La {later} ({later_on}) ne peut pas précéder la {earlier} ({earlier_on}).",
        "The {later} ({later_on}) cannot come before the {earlier} ({earlier_on}).",
    )


class DateInTheFuture(Refusal):
    code = "date-in-the-future"
    title = Text("Date dans le futur", "Date in the future")
    detail = Text(
        "La {field} ({on}) est après aujourd'hui ({today}) ; une date d'acte est au plus tard aujourd'hui.",
        "The {field} ({on}) is after today ({today}); a business date is today at the latest.",
    )


class StatusForbids(Refusal):
    code = "status-forbids"
    title = Text("L'état du dossier ne le permet pas", "The dossier's status forbids it")
    detail = Text(
        "Le dossier est à l'état « {status} » ; {act} n'est possible que depuis : {possible_from}.",
        "The dossier is {status}; {act} is possible only from: {possible_from}.",
    )
