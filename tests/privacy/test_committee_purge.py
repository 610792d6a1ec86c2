"""What names people in a committee's session goes at its time; its minutes still prove what was decided."""

from datetime import date

from tests.privacy.conftest import Essor
from tests.privacy.stories import Person
from tests.privacy.test_export import exported
from tests.privacy.test_purge import LONG_AFTER, purge


async def states(essor: Essor, session: str) -> tuple[bool, dict[str, str]]:
    office = essor.office()
    proof = await office.read("loans", f"/committee-sessions/{session}/minutes/proof")
    return proof["stands"], {one["pointer"]: one["state"] for one in proof["passages"]}


async def test_a_session_s_people_go_and_its_minutes_still_stand(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    session = await office.held(person)
    before = await office.read("loans", f"/committee-sessions/{session}")
    assert person.found_in(await essor.written()) == list(person.marks()), "else nothing is tried"
    assert await states(essor, session) == (
        True,
        dict.fromkeys(
            (
                "/closed_by",
                "/members/0/words",
                "/members/1/words",
                "/items/0/applicant",
                "/items/0/texts",
            ),
            "kept",
        ),
    )

    await purge(essor, date(2018, 6, 1))  # four years after: what was refused in 2014 is forgotten
    stands, passages = await states(essor, session)
    assert stands
    assert passages["/items/0/applicant"] == passages["/items/0/texts"] == "emptied"
    assert passages["/members/0/words"] == "kept", "who sat is kept for five years"

    await purge(essor, LONG_AFTER)
    stands, passages = await states(essor, session)
    assert stands
    assert set(passages.values()) == {"emptied"}
    assert person.found_in(await essor.written()) == []
    after = await office.read("loans", f"/committee-sessions/{session}")
    assert after["minutes_hash"] == before["minutes_hash"]
    facts = ("status", "held_on", "quorum", "granted_cents", "closed_at")
    assert [after[name] for name in facts] == [before[name] for name in facts]
    assert after["items"][0]["vote"]["votes_against"] == 2
    signed = await office.clients["loans"].get(
        f"/v1/committee-sessions/{session}/minutes", params={"format": "text"}
    )
    assert "membre n° 1 [effacé]" in signed.text
    assert "0 pour, 2 contre" in signed.text


async def test_an_export_gives_what_a_session_said_of_the_person_and_names_nobody_else(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    await office.held(person)

    (dossier,) = (await exported(essor, person))["loans"]["dossiers"]

    (item,) = dossier["records"]["session_items"]
    assert (item["applicant"], item["reason"], item["outcome"]) == (
        f"{person.word('Prénom')} {person.word('Nom')}",
        person.word("Parce que"),
        "refused",
    )
    assert not {"stood_aside", "votes_for", "texts_salt"} & set(item)
    assert not {"session_members", "standing_members"} & set(dossier["records"])
