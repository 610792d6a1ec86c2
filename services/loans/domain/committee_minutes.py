"""The minutes of a session: one canonical document, its SHA-256, and seals in the place of people's words.

The document holds facts: ids, days, votes, amounts. What names a person or is free text stands beside it, in
rows that the purge may empty; the document has the seal of each: SHA-256 of a salt and of those words. So the
hash of the document never changes, words that stand are proved by their seal, and once they have gone, with
their salt, nobody can guess them from it.

Canonical: JSON with keys in order, no space, UTF-8, whole numbers only; the same bytes as RFC 8785 gives.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.kernel.language import Word
from services.loans.domain.application import Application
from services.loans.domain.committee_session import CommitteeSession, SessionItem, SessionMember, Vote
from services.loans.domain.terms import Terms

FORMAT = "essor-minutes-1"

Document = dict[str, Any]
Words = Mapping[str, Any]
Salts = Mapping[str, str | None]
"""One for each passage, by its pointer."""


class PassageKind(Word):
    """Whose words they are: each kind is kept for its own time."""

    MEMBER = "member", "membre du comité", "committee member"
    APPLICANT = "applicant", "demandeur", "applicant"
    TEXTS = "texts", "motif et conditions", "reason and conditions"
    OFFICER = "officer", "agent qui clôt", "officer who closes"


class PassageState(Word):
    KEPT = "kept", "conforme", "kept"
    EMPTIED = "emptied", "effacé à l'échéance", "emptied by the purge"
    TAMPERED = "tampered", "altéré", "tampered with"


@dataclass(frozen=True, slots=True)
class Passage:
    """Words beside the document; `pointer` is where their seal stands in it. Emptied, it has no salt."""

    kind: PassageKind
    pointer: str
    dossier_id: UUID
    words: Words
    salt: str | None

    @property
    def seal(self) -> str | None:
        return None if self.salt is None else seal_of(self.words, self.salt)


@dataclass(frozen=True, slots=True)
class Minutes:
    """`text` is the canonical document, as it was hashed."""

    text: str
    hash: str
    passages: tuple[Passage, ...]

    @property
    def document(self) -> Document:
        found: Document = json.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class PassageFinding:
    kind: PassageKind
    pointer: str
    state: PassageState


@dataclass(frozen=True, slots=True)
class MinutesProof:
    """`differing` are pointers into the document at which the session's rows now say otherwise."""

    expected_hash: str
    found_hash: str
    differing: tuple[str, ...]
    passages: tuple[PassageFinding, ...]

    @property
    def stands(self) -> bool:
        return (
            self.found_hash == self.expected_hash
            and not self.differing
            and all(passage.state is not PassageState.TAMPERED for passage in self.passages)
        )


def canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of(words: Words, salt: str) -> str:
    return sha256(salt + canonical(words))


def make_minutes(
    session: CommitteeSession,
    *,
    fund_name: str,
    quorum: int,
    applications: Mapping[UUID, Application],
    salts: Salts,
) -> Minutes:
    """Of a session that has just been closed."""
    passages = tuple(passages_of(session, salts))
    seals = {passage.pointer: passage.seal for passage in passages}
    document = {
        "format": FORMAT,
        "session": {**session_facts(session), "fund_name": fund_name, "quorum": quorum},
        "closed_by": seals["/closed_by"],
        "members": [
            {**member_facts(member), "words": seals[f"/members/{place}/words"]}
            for place, member in enumerate(session.members)
        ],
        "items": [
            {
                **item_facts(item),
                **_application_facts(applications[item.application_id]),
                "applicant": seals[f"/items/{place}/applicant"],
                "texts": seals[f"/items/{place}/texts"],
            }
            for place, item in enumerate(session.items)
        ],
    }
    text = canonical(document)
    return Minutes(text, sha256(text), passages)


def pointers_of(session: CommitteeSession) -> list[str]:
    """Where the seals of its passages stand."""
    return [
        "/closed_by",
        *(f"/members/{place}/words" for place in range(len(session.members))),
        *(f"/items/{place}/{kind}" for place in range(len(session.items)) for kind in ("applicant", "texts")),
    ]


def verify_minutes(
    session: CommitteeSession, minutes: Minutes, *, purged: frozenset[UUID], erased_name: str
) -> MinutesProof:
    """`purged`: the dossiers of which the audit trail says that the purge emptied something.

    `erased_name` is what it leaves in the place of a name.
    """
    document = minutes.document
    found = {
        "/session": session_facts(session),
        **{f"/members/{place}": member_facts(member) for place, member in enumerate(session.members)},
        **{f"/items/{place}": item_facts(item) for place, item in enumerate(session.items)},
    }
    differing = [pointer for pointer, facts in found.items() if not _holds(document, pointer, facts)]
    differing += [
        f"/{name}"
        for name, rows in (("members", session.members), ("items", session.items))
        if len(document[name]) != len(rows)
    ]
    return MinutesProof(
        expected_hash=minutes.hash,
        found_hash=sha256(minutes.text),
        differing=tuple(differing),
        passages=tuple(
            PassageFinding(passage.kind, passage.pointer, _state(document, passage, purged, erased_name))
            for passage in minutes.passages
        ),
    )


def passages_of(session: CommitteeSession, salts: Salts) -> Iterator[Passage]:
    def passage(kind: PassageKind, pointer: str, dossier_id: UUID, words: Words) -> Passage:
        return Passage(kind, pointer, dossier_id, words, salts[pointer])

    officer = session.closed_by
    yield passage(
        PassageKind.OFFICER, "/closed_by", session.id, {"person": officer.person if officer else None}
    )
    for place, member in enumerate(session.members):
        yield passage(PassageKind.MEMBER, f"/members/{place}/words", session.id, _member_words(member))
    for place, item in enumerate(session.items):
        applicant = {"name": item.applicant}
        yield passage(PassageKind.APPLICANT, f"/items/{place}/applicant", item.application_id, applicant)
        yield passage(PassageKind.TEXTS, f"/items/{place}/texts", item.application_id, _texts(item.vote))


def session_facts(session: CommitteeSession) -> Document:
    return {
        "id": str(session.id),
        "fund_id": str(session.fund_id),
        "region": session.region,
        "held_on": session.held_on.isoformat(),
        "place": session.place,
        "closed_at": session.closed_at.isoformat() if session.closed_at else None,
        "closed_by_client": session.closed_by.client if session.closed_by else None,
    }


def member_facts(member: SessionMember) -> Document:
    presence = member.presence
    return {
        "id": str(member.id),
        "is_present": presence.is_present,
        "arrived_for_item": presence.arrived_for_item,
    }


def item_facts(item: SessionItem) -> Document:
    vote = item.vote
    return {
        "application_id": str(item.application_id),
        "cae_siren": str(item.cae_siren),
        "outcome": item.outcome and item.outcome.value,
        "vote": None
        if vote is None
        else {
            "outcome": vote.outcome.value,
            "votes_for": vote.votes_for,
            "votes_against": vote.votes_against,
            "abstentions": vote.abstentions,
            "stood_aside": [str(member_id) for member_id in vote.stood_aside],
            "granted": _terms_facts(vote.granted),
        },
    }


def _application_facts(application: Application) -> Document:
    return {
        "number": application.number,
        "cae_name": application.borrower.cae.name,
        "asked": _terms_facts(application.asked),
    }


def _terms_facts(terms: Terms | None) -> Document | None:
    if terms is None:
        return None
    return {
        "amount_cents": terms.amount_cents,
        "months": terms.months,
        "grace_months": terms.grace_months,
    }


def _member_words(member: SessionMember) -> Words:
    person = member.member
    return {
        "name": person.name,
        "organisation": person.organisation,
        "siren": person.siren,
        "tied_to": sorted(person.tied_to),
        "represents": member.presence.represents,
    }


def _texts(vote: Vote | None) -> Words:
    """Whether a condition is precedent goes with its text: the list of them is emptied whole."""
    return {
        "reason": vote and vote.reason,
        "conditions": [
            {"text": condition.text, "precedent": condition.is_precedent}
            for condition in (vote.conditions if vote else ())
        ],
    }


def _state(document: Document, passage: Passage, purged: frozenset[UUID], erased_name: str) -> PassageState:
    """Words may be missing only where the trail says that the purge was there, and then all of them."""
    if passage.salt is None:
        is_empty = not any(value for value in passage.words.values() if value != erased_name)
        is_told = passage.dossier_id in purged
        return PassageState.EMPTIED if is_empty and is_told else PassageState.TAMPERED
    return PassageState.KEPT if _at(document, passage.pointer) == passage.seal else PassageState.TAMPERED


def _holds(document: Document, pointer: str, facts: Document) -> bool:
    found = _at(document, pointer)
    return isinstance(found, dict) and all(found.get(name) == value for name, value in facts.items())


def _at(document: Document, pointer: str) -> Any:
    found: Any = document
    for step in pointer.split("/")[1:]:
        if isinstance(found, list):
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    return found
