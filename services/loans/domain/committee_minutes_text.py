"""The minutes as they are read and signed: in French, line by line, from the document and its words."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from services.kernel.calendar import accounting_day
from services.kernel.language import euros
from services.loans.domain.committee_minutes import Document, Minutes, Words
from services.loans.domain.committee_session import ItemOutcome

WITHHELD = "[non communiqué]"
ERASED = "[effacé]"
PLURAL_FROM = 2


def minutes_text(minutes: Minutes, *, shows_names: bool) -> str:
    return "\n".join(_Reading(minutes, shows_names=shows_names).lines()) + "\n"


class _Reading:
    def __init__(self, minutes: Minutes, *, shows_names: bool) -> None:
        self._document, self._hash = minutes.document, minutes.hash
        self._shows_names = shows_names
        self._passages = {passage.pointer: passage for passage in minutes.passages}

    def lines(self) -> Iterator[str]:
        session, members = self._document["session"], self._document["members"]
        names = {member["id"]: self._name(place) for place, member in enumerate(members)}
        yield "PROCÈS-VERBAL DU COMITÉ D'ENGAGEMENT"
        yield ""
        yield f"Fonds : {session['fund_name']}"
        yield f"Séance du {_day(session['held_on'])}" + (f", {session['place']}" if session["place"] else "")
        yield f"Quorum : {_counted(session['quorum'], 'votant')}"
        for heading, is_present in (("Présents", True), ("Absents", False)):
            yield ""
            yield f"{heading} :"
            listed = [
                self._member(place) for place, one in enumerate(members) if one["is_present"] is is_present
            ]
            yield from (f"- {line}" for line in listed or ["personne"])
        for place, item in enumerate(self._document["items"]):
            yield ""
            yield from self._item(place, item, names)
        yield ""
        closed_by = self._word("/closed_by", "person") or session["closed_by_client"]
        yield f"Séance close le {_instant(session['closed_at'])} par {closed_by}."
        yield f"Empreinte du procès-verbal (SHA-256) : {self._hash}"
        yield ""
        yield "Signature du président de séance :"
        yield ""
        yield "Signature du secrétaire de séance :"

    def _item(self, place: int, item: Document, names: Mapping[str, str]) -> Iterator[str]:
        number = f"dossier {item['number']}, " if item["number"] else ""
        applicant = self._word(f"/items/{place}/applicant", "name")
        yield f"Point {place + 1} — {number}{applicant} ({item['cae_name']}, SIREN {item['cae_siren']})"
        yield f"  Demandé : {_terms(item['asked'])}"
        vote = item["vote"]
        if vote is not None:
            aside = [names[member_id] for member_id in vote["stood_aside"]]
            yield f"  Se sont déportés : {', '.join(aside)}" if aside else "  Personne ne s'est déporté."
            counted = f"{vote['votes_for']} pour, {vote['votes_against']} contre"
            yield f"  Vote : {counted}, {_counted(vote['abstentions'], 'abstention')}"
        outcome = ItemOutcome(item["outcome"]).label.french
        granted = vote["granted"] if vote else None
        yield f"  Décision : {outcome}" + (f" — {_terms(granted)}" if granted else "")
        if vote is not None:
            yield from self._texts(f"/items/{place}/texts")

    def _texts(self, pointer: str) -> Iterator[str]:
        words = self._words(pointer)
        if words is None:
            yield f"  Motif et conditions : {self._missing(pointer)}"
            return
        for condition in words["conditions"]:
            kind = "suspensive" if condition["precedent"] else "non suspensive"
            yield f"  Condition ({kind}) : {condition['text']}"
        if words["reason"]:
            yield f"  Motif : {words['reason']}"

    def _member(self, place: int) -> str:
        facts = self._document["members"][place]
        words = self._words(f"/members/{place}/words")
        if words is None:
            return self._name(place)
        line = f"{words['name']}, {words['organisation']}"
        if words["represents"]:
            line += f", représentant {words['represents']}"
        if facts["arrived_for_item"]:
            line += f" (à partir du point {facts['arrived_for_item']})"
        return line

    def _name(self, place: int) -> str:
        """Without a name, members are still told apart."""
        pointer = f"/members/{place}/words"
        words = self._words(pointer)
        return f"membre n° {place + 1} {self._missing(pointer)}" if words is None else str(words["name"])

    def _words(self, pointer: str) -> Words | None:
        passage = self._passages[pointer]
        return passage.words if self._shows_names and passage.salt is not None else None

    def _word(self, pointer: str, name: str) -> Any:
        words = self._words(pointer)
        return self._missing(pointer) if words is None else words[name]

    def _missing(self, pointer: str) -> str:
        return ERASED if self._passages[pointer].salt is None else WITHHELD


def _terms(terms: Document) -> str:
    grace = f", différé de {terms['grace_months']} mois" if terms["grace_months"] else ""
    return f"{euros(terms['amount_cents'])} sur {terms['months']} mois{grace}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number >= PLURAL_FROM else ''}"


def _day(written: str) -> str:
    return date.fromisoformat(written).strftime("%d/%m/%Y")


def _instant(written: str) -> str:
    return accounting_day(datetime.fromisoformat(written)).strftime("%d/%m/%Y")
