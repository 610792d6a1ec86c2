"""The minutes: whatever is changed after the closing shows, and what the purge empties is told apart."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from services.kernel.officers import Officer
from services.loans.domain.committee import Member, Outcome
from services.loans.domain.committee_minutes import (
    Minutes,
    PassageState,
    canonical,
    make_minutes,
    pointers_of,
    sha256,
    verify_minutes,
)
from services.loans.domain.committee_minutes_text import minutes_text
from services.loans.domain.committee_session import (
    CommitteeSession,
    ItemOutcome,
    Presence,
    SessionItem,
    SessionMember,
    SessionStatus,
    Vote,
    close,
)
from services.loans.domain.condition import AskedCondition
from services.loans.domain.terms import Terms
from tests.factories.loans import NOW, application

ERASED = "personne effacée"
APPLICATION = application()


def closed_session() -> CommitteeSession:
    members = (
        SessionMember(UUID(int=1), 1, Member("Ada Lovelace", "France Active"), presence=Presence(True)),
        SessionMember(UUID(int=2), 2, Member("Léo", "Région"), presence=Presence(True, "Union régionale", 1)),
        SessionMember(UUID(int=3), 3, Member("Zoé", "Caisse des Dépôts")),
    )
    vote = Vote(
        Outcome.APPROVED,
        1,
        0,
        0,
        (UUID(int=2),),
        Terms(6_000_00, 24, 3),
        (AskedCondition("Attestation d'assurance"), AskedCondition("Formation", is_precedent=False)),
        "Projet solide",
    )
    session = CommitteeSession(
        id=UUID(int=8),
        fund_id=UUID(int=9),
        region="84",
        held_on=NOW.date(),
        created_at=NOW,
        place="Lyon",
        status=SessionStatus.OPEN,
        members=members,
        items=(SessionItem(APPLICATION.id, APPLICATION.borrower.cae.siren, 1, vote),),
    )
    return close(
        session,
        {APPLICATION.id: ItemOutcome.APPROVED},
        {APPLICATION.id: "Inès Maître"},
        officer=Officer("secretariat", "Paul Roux"),
        at=NOW,
    )


SESSION = closed_session()
SALTS = {pointer: f"salt of {pointer}" for pointer in pointers_of(SESSION)}


def minutes_of(session: CommitteeSession = SESSION) -> Minutes:
    applications = {APPLICATION.id: APPLICATION}
    return make_minutes(session, fund_name="Fonds AURA", quorum=1, applications=applications, salts=SALTS)


MINUTES = minutes_of()


def test_the_same_session_gives_the_same_bytes() -> None:
    assert minutes_of() == MINUTES
    assert MINUTES.hash == sha256(MINUTES.text)
    assert canonical(json.loads(MINUTES.text)) == MINUTES.text


def test_the_document_holds_nobodys_name_and_no_free_text() -> None:
    words = ("Ada", "Léo", "Zoé", "France Active", "Inès", "Maître", "Paul", "assurance", "solide", "Union")
    assert [word for word in words if word in MINUTES.text] == []


def test_minutes_that_nobody_touched_stand() -> None:
    proof = verify_minutes(SESSION, MINUTES, purged=frozenset(), erased_name=ERASED)

    assert proof.stands
    assert {found.state for found in proof.passages} == {PassageState.KEPT}


def with_vote(**changed: object) -> CommitteeSession:
    (item,) = SESSION.items
    assert item.vote is not None
    return replace(SESSION, items=(replace(item, vote=replace(item.vote, **changed)),))  # type: ignore[arg-type]


FACTS_CHANGED = {
    "a vote more": (with_vote(votes_for=2), "/items/0"),
    "more money": (with_vote(granted=Terms(8_000_00, 24, 3)), "/items/0"),
    "another outcome": (
        replace(SESSION, items=(replace(SESSION.items[0], outcome=ItemOutcome.REFUSED),)),
        "/items/0",
    ),
    "somebody who was absent": (
        replace(
            SESSION, members=(*SESSION.members[:2], replace(SESSION.members[2], presence=Presence(True)))
        ),
        "/members/2",
    ),
    "a member less": (replace(SESSION, members=SESSION.members[:2]), "/members"),
    "an item less": (replace(SESSION, items=()), "/items"),
    "another day": (replace(SESSION, held_on=NOW.date().replace(day=1)), "/session"),
}


@pytest.mark.parametrize("story", FACTS_CHANGED)
def test_facts_that_were_changed_are_named(story: str) -> None:
    changed, pointer = FACTS_CHANGED[story]

    proof = verify_minutes(changed, MINUTES, purged=frozenset(), erased_name=ERASED)

    assert not proof.stands
    assert pointer in proof.differing


def test_another_document_has_another_hash() -> None:
    forged = replace(MINUTES, text=MINUTES.text.replace('"votes_for":1', '"votes_for":9'))

    proof = verify_minutes(SESSION, forged, purged=frozenset(), erased_name=ERASED)

    assert proof.found_hash != proof.expected_hash
    assert not proof.stands


def with_passage(pointer: str, words: dict[str, object], *, salt: str | None) -> Minutes:
    passages = tuple(
        replace(one, words=words, salt=salt) if one.pointer == pointer else one for one in MINUTES.passages
    )
    return replace(MINUTES, passages=passages)


MEMBER, TEXTS = "/members/0/words", "/items/0/texts"
BLANK = {"name": ERASED, "organisation": "", "siren": None, "tied_to": [], "represents": None}
NAMED = {**BLANK, "name": "Ada Byron", "organisation": "France Active"}
# Which passage, what stands there now, whether its salt does, what the trail says; what it is found to be.
PASSAGES = {
    "emptied by the purge": (MEMBER, BLANK, False, True, PassageState.EMPTIED),
    "emptied by nobody that the trail knows": (MEMBER, BLANK, False, False, PassageState.TAMPERED),
    "a salt gone, the name kept": (MEMBER, NAMED, False, True, PassageState.TAMPERED),
    "another name": (MEMBER, NAMED, True, False, PassageState.TAMPERED),
    "another name, after a purge of something else": (MEMBER, NAMED, True, True, PassageState.TAMPERED),
    "texts emptied by the purge": (
        TEXTS, {"reason": None, "conditions": []}, False, True, PassageState.EMPTIED,
    ),
    "another reason": (TEXTS, {"reason": "Autre", "conditions": []}, True, False, PassageState.TAMPERED),
}  # fmt: skip


@pytest.mark.parametrize("story", PASSAGES)
def test_words_that_are_gone_are_the_purges_or_a_forgers(story: str) -> None:
    pointer, words, has_salt, is_told, state = PASSAGES[story]
    changed = with_passage(pointer, words, salt=SALTS[pointer] if has_salt else None)
    purged = frozenset({SESSION.id, APPLICATION.id}) if is_told else frozenset()

    proof = verify_minutes(SESSION, changed, purged=purged, erased_name=ERASED)

    assert {one.pointer: one.state for one in proof.passages}[pointer] is state
    assert proof.stands is (state is PassageState.EMPTIED)
    assert proof.found_hash == proof.expected_hash == MINUTES.hash


def test_the_minutes_are_read_as_they_are_signed() -> None:
    text = minutes_text(MINUTES, shows_names=True).replace("\u202f", " ").replace("\u00a0", " ")

    assert text.splitlines()[2:] == [
        "Fonds : Fonds AURA",
        "Séance du 30/06/2026, Lyon",
        "Quorum : 1 votant",
        "",
        "Présents :",
        "- Ada Lovelace, France Active",
        "- Léo, Région, représentant Union régionale (à partir du point 1)",
        "",
        "Absents :",
        "- Zoé, Caisse des Dépôts",
        "",
        "Point 1 — Inès Maître (Graines d'Activité, SIREN 978592848)",
        "  Demandé : 8 000,00 € sur 36 mois",
        "  Se sont déportés : Léo",
        "  Vote : 1 pour, 0 contre, 0 abstention",
        "  Décision : accordée — 6 000,00 € sur 24 mois, différé de 3 mois",
        "  Condition (suspensive) : Attestation d'assurance",
        "  Condition (non suspensive) : Formation",
        "  Motif : Projet solide",
        "",
        "Séance close le 30/06/2026 par Paul Roux.",
        f"Empreinte du procès-verbal (SHA-256) : {MINUTES.hash}",
        "",
        "Signature du président de séance :",
        "",
        "Signature du secrétaire de séance :",
    ]


def test_who_reads_no_names_reads_the_facts() -> None:
    text = minutes_text(MINUTES, shows_names=False)

    assert "Ada" not in text
    assert "Inès" not in text
    assert "Projet solide" not in text
    assert "membre n° 2 [non communiqué]" in text
    assert "Vote : 1 pour, 0 contre" in text


def test_what_was_emptied_is_said_to_be() -> None:
    text = minutes_text(with_passage(MEMBER, BLANK, salt=None), shows_names=True)

    assert "- membre n° 1 [effacé]" in text
    assert "Léo, Région" in text
