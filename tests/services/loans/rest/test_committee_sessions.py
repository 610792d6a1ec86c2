"""A committee's sessions over REST: the agenda, the votes, the closing, and what comes after."""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.calendar import today_in_paris
from tests.api import Api, once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION, Json, Lending, answered, together

HELD_ON = "2024-01-10"
MEMBERS = [{"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")]


class Secretary:
    """What the secretary of a fund's committee does."""

    def __init__(self, lending: Lending, fund_id: str) -> None:
        self.lending, self.fund_id = lending, fund_id

    async def post(self, path: str, body: Json | None = None, status: int = 200) -> Json:
        response = await self.lending.operator.post(f"/v1/{path}", json=body or {}, headers=once())
        return answered(response, status)

    async def plan(self, held_on: str = HELD_ON, **more: Any) -> Json:
        body = {"fund_id": self.fund_id, "held_on": held_on, "members": MEMBERS, **more}
        return await self.post("committee-sessions", body, 201)

    async def act(self, session: Json, verb: str, body: Json | None = None, status: int = 200) -> Json:
        return await self.post(f"committee-sessions/{session['id']}/{verb}", body, status)

    async def opened(self, *applications: Json, **more: Any) -> Json:
        """Held, with everybody there and these applications on its agenda."""
        session = await self.plan(**more)
        await self.agenda(session, *applications)
        await self.act(session, "opening")
        return await self.everybody(session)

    async def agenda(self, session: Json, *applications: Json, status: int = 200) -> Json:
        body = {"application_ids": [application["id"] for application in applications]}
        return await self.act(session, "agenda", body, status)

    async def everybody(self, session: Json, **absent: bool) -> Json:
        attendance = [
            {"member_id": member["id"], "present": not absent.get(member["name"], False)}
            for member in session["members"]
        ]
        return await self.act(session, "attendance", {"attendance": attendance})

    async def vote(self, session: Json, application: Json, status: int = 200, **changed: Any) -> Json:
        body = {"votes_for": 3, "votes_against": 0, "outcome": "approved", **changed}
        return await self.act(session, f"items/{application['id']}/vote", body, status)

    async def read(self, session: Json) -> Json:
        return await self.lending.read(f"committee-sessions/{session['id']}")


@pytest.fixture
async def secretary(lending: Lending) -> Secretary:
    fund = await lending.fund(settings={"quorum": 3})
    return Secretary(lending, fund["id"])


async def under_review(secretary: Secretary, **asked: Any) -> Json:
    return await secretary.lending.under_review(secretary.fund_id, **asked)


def member(session: Json, name: str) -> str:
    (found,) = [one["id"] for one in session["members"] if one["name"] == name]
    return str(found)


async def test_the_standing_list_is_dated_and_nobody_is_taken_off_it(secretary: Secretary) -> None:
    path = f"funds/{secretary.fund_id}/committee-members"
    ties = [new_siren()]
    ada = await secretary.post(path, {**MEMBERS[0], "from_on": "2020-01-01", "tied_to": ties}, 201)
    leo = await secretary.post(path, {**MEMBERS[1], "from_on": "2022-01-01"}, 201)

    ended = await secretary.post(f"committee-members/{ada['id']}/end", {"until_on": "2023-12-31"})

    assert (ended["until_on"], ended["tied_to"]) == ("2023-12-31", ties)
    everybody = await secretary.lending.read(path, count=True)
    assert [one["name"] for one in everybody["items"]] == ["Ada", "Léo"]
    assert everybody["total"] == 2
    assert [one["name"] for one in (await secretary.lending.read(path, on=HELD_ON))["items"]] == ["Léo"]
    again = await secretary.post(f"committee-members/{ada['id']}/end", {"until_on": "2023-12-30"}, 409)
    assert again["code"] == "member-already-ended"
    early = await secretary.post(f"committee-members/{leo['id']}/end", {"until_on": "2021-12-30"}, 409)
    assert early["code"] == "dates-out-of-order"

    session = await secretary.plan(members=[])
    assert [one["name"] for one in session["members"]] == ["Léo"], "who sits on the day, unless it is said"
    refused = await secretary.post(
        "committee-sessions",
        {"fund_id": secretary.fund_id, "held_on": HELD_ON, "member_ids": [ada["id"]]},
        409,
    )
    assert refused["code"] == "member-not-sitting"


async def test_a_session_may_be_planned_for_later_and_opens_on_its_day(secretary: Secretary) -> None:
    later = (today_in_paris() + timedelta(days=20)).isoformat()

    session = await secretary.plan(later, place="Lyon, salle Ampère")

    assert (session["status"], session["held_on"], session["place"]) == (
        "planned",
        later,
        "Lyon, salle Ampère",
    )
    assert (await secretary.act(session, "opening", status=409))["code"] == "date-in-the-future"
    listed = await secretary.lending.read(
        "committee-sessions", fund_id=secretary.fund_id, status="planned", count=True
    )
    assert [one["id"] for one in listed["items"]] == [session["id"]]
    assert listed["total"] == 1


async def test_the_system_proposes_who_stands_aside_and_refuses_the_vote_until_they_do(
    secretary: Secretary,
) -> None:
    application = await under_review(secretary)
    cae = application["cae"]["siren"]
    tied = [{"name": "Denise", "organisation": "Graines", "siren": cae}]
    tied += [{"name": "Fanny", "organisation": "Chambre", "tied_to": [cae]}]
    session = await secretary.opened(application, members=MEMBERS + tied)

    (item,) = session["items"]
    aside = [member(session, "Denise"), member(session, "Fanny")]
    assert item["must_stand_aside"] == aside
    assert (len(item["voters"]), item["quorum"], item["has_quorum"]) == (3, 3, True)
    refused = await secretary.vote(session, application, 409)
    assert (refused["code"], refused["members"]) == ("conflict-of-interest", ["Denise", "Fanny"])
    too_many = await secretary.vote(session, application, 409, stood_aside=aside, votes_for=4)
    assert (too_many["code"], too_many["voters"]) == ("too-many-votes", 3)

    voted = await secretary.vote(session, application, stood_aside=aside)

    assert voted["items"][0]["stood_aside"] == aside
    unknown = await secretary.vote(session, application, 422, stood_aside=[session["id"]])
    assert unknown["errors"][0]["pointer"] == "/stood_aside/0"


async def test_without_a_quorum_nothing_is_voted(secretary: Secretary) -> None:
    application = await under_review(secretary)
    session = await secretary.opened(application)
    absent = await secretary.everybody(session, Zoé=True)

    assert (absent["items"][0]["has_quorum"], len(absent["items"][0]["voters"])) == (False, 2)
    refused = await secretary.vote(session, application, 409, votes_for=2)
    assert (refused["code"], refused["voters"], refused["quorum"]) == ("no-quorum", 2, 3)

    back = [{"member_id": member(session, "Zoé"), "present": True, "represents": "Union régionale"}]
    noted = await secretary.act(session, "attendance", {"attendance": back})
    assert noted["members"][2]["represents"] == "Union régionale"
    assert (await secretary.vote(session, application))["items"][0]["vote"]["votes_for"] == 3


async def test_a_vote_is_corrected_while_the_session_is_open(secretary: Secretary) -> None:
    application = await under_review(secretary, amount_cents=8_000_00)
    session = await secretary.opened(application)
    await secretary.vote(session, application, reason="Trop vite")

    corrected = await secretary.vote(
        session,
        application,
        votes_for=2,
        votes_against=1,
        amount_cents=6_000_00,
        months=24,
        conditions=["Assurance", {"text": "Formation", "precedent": False}],
    )

    (item,) = corrected["items"]
    assert (item["vote"]["amount_cents"], item["vote"]["months"], item["vote"]["reason"]) == (
        6_000_00,
        24,
        None,
    )
    assert item["vote"]["conditions"] == [
        {"text": "Assurance", "precedent": True},
        {"text": "Formation", "precedent": False},
    ]
    assert (await secretary.lending.read(f"applications/{application['id']}"))["status"] == "under_review"
    taken_back = await secretary.act(session, f"items/{application['id']}/deferral")
    assert taken_back["items"][0]["vote"] is None


async def test_the_fund_s_limits_are_looked_at_when_the_vote_is_recorded(lending: Lending) -> None:
    fund = await lending.fund(settings={"quorum": 1, "max_amount_cents": 5_000_00})
    secretary = Secretary(lending, fund["id"])
    application = await under_review(secretary, amount_cents=5_000_00)
    session = await secretary.opened(application)

    refused = await secretary.vote(session, application, 409, amount_cents=5_000_01)

    assert refused["code"] == "amount-above-maximum"


async def test_an_application_is_on_one_agenda_at_a_time(secretary: Secretary) -> None:
    application = await under_review(secretary)
    await secretary.agenda(await secretary.plan(), application)
    other = await secretary.plan("2024-02-10")
    elsewhere = await secretary.lending.under_review((await secretary.lending.fund())["id"])
    submitted = await secretary.lending.application(secretary.fund_id)

    refused = await secretary.agenda(other, application, elsewhere, submitted, status=409)

    assert (refused["code"], refused["count"]) == ("agenda-refused", 3)
    assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [
        ("/application_ids/0", "already-on-agenda"),
        ("/application_ids/1", "application-of-another-fund"),
        ("/application_ids/2", "status-forbids"),
    ]
    assert refused["errors"][0]["held_on"] == HELD_ON
    unknown = await secretary.agenda(other, {"id": other["id"]}, status=409)
    assert unknown["errors"][0]["code"] == "not-found"


async def test_two_agendas_never_take_the_same_application(secretary: Secretary) -> None:
    application = await under_review(secretary)
    sessions = [await secretary.plan() for _ in range(4)]
    body = {"application_ids": [application["id"]]}

    answers = await together(
        *(
            secretary.lending.operator.post(f"/v1/committee-sessions/{one['id']}/agenda", json=body)
            for one in sessions
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_what_stands_on_an_agenda_is_not_decided_alone(secretary: Secretary) -> None:
    application = await under_review(secretary)
    session = await secretary.plan()
    await secretary.agenda(session, application)
    lending = secretary.lending

    refused = await lending.act(application["id"], "decision", lending.approval(), status=409)

    assert (refused["code"], refused["held_on"]) == ("on-open-agenda", HELD_ON)
    await secretary.act(session, "cancellation")
    assert (await lending.act(application["id"], "decision", lending.approval()))["status"] == "approved"


async def test_a_session_s_votes_become_decisions_in_one_go(secretary: Secretary) -> None:
    granted, refused, left = [await under_review(secretary) for _ in range(3)]
    session = await secretary.opened(granted, refused, left)
    await secretary.vote(session, granted, amount_cents=6_000_00, conditions=["Assurance"], reason="Solide")
    await secretary.vote(session, refused, outcome="refused", votes_for=0, votes_against=3)
    following = await secretary.plan("2024-02-10")

    closed = await secretary.act(session, "closing")

    assert (closed["status"], closed["granted_cents"]) == ("closed", 6_000_00)
    assert [one["outcome"] for one in closed["items"]] == ["approved", "refused", "deferred"]
    assert len(closed["minutes_hash"]) == 64
    dossier = await secretary.lending.read(f"applications/{granted['id']}")
    assert (dossier["status"], dossier["decision"]["amount_cents"]) == ("approved", 6_000_00)
    assert (dossier["decision"]["session_id"], dossier["decision"]["votes_for"]) == (session["id"], 3)
    assert [one["name"] for one in dossier["decision"]["present"]] == ["Ada", "Léo", "Zoé"]
    position = await secretary.lending.position(secretary.fund_id)
    assert position["committed_cents"] == 6_000_00
    assert [one["application_id"] for one in (await secretary.read(following))["items"]] == [left["id"]]
    again = await secretary.act(session, "closing", status=409)
    assert (again["code"], again["status"]) == ("status-forbids", 409)
    for verb, body in (
        ("agenda", {"application_ids": []}),
        ("attendance", {"attendance": [{"member_id": member(closed, "Ada"), "present": False}]}),
        (f"items/{granted['id']}/vote", {"votes_for": 3, "votes_against": 0, "outcome": "refused"}),
        ("cancellation", {}),
    ):
        assert (await secretary.act(session, verb, body, 409))["code"] == "status-forbids", verb


async def test_what_was_left_begins_the_next_agenda_that_is_planned(secretary: Secretary) -> None:
    voted, left = await under_review(secretary), await under_review(secretary)
    session = await secretary.opened(voted, left)
    await secretary.vote(session, voted)
    await secretary.act(session, "closing")

    following = await secretary.plan("2024-02-10")

    assert [one["application_id"] for one in following["items"]] == [left["id"]]
    assert (await secretary.plan("2024-02-11"))["items"] == [], "it is on an agenda already"


async def test_a_closing_that_cannot_stand_is_refused_whole_and_names_each_item(lending: Lending) -> None:
    """20 000.00 in the fund, 8 000.00 for one person: the session's own earlier items count."""
    settings = {"quorum": 3, "max_outstanding_per_person_cents": 8_000_00}
    fund = await lending.fund(settings=settings, contributions=())
    council = {"siren": "200053767", "name": "Région", "kind": "region"}
    await lending.contribute(fund["id"], council, 20_000_00, "2020-01-01")
    secretary = Secretary(lending, fund["id"])
    first = await under_review(secretary, amount_cents=6_000_00)
    cae = {"siret": first["cae"]["siret"], "name": "La même"}
    same_person = await under_review(secretary, amount_cents=3_000_00, cae=cae)
    second = await under_review(secretary, amount_cents=8_000_00)
    too_much = await under_review(secretary, amount_cents=8_000_00)
    session = await secretary.opened(first, same_person, second, too_much)
    for application in (first, same_person, second, too_much):
        await secretary.vote(session, application)

    refused = await secretary.act(session, "closing", status=409)

    assert (refused["code"], refused["count"]) == ("closing-refused", 2)
    assert [(one["pointer"], one["id"], one["code"]) for one in refused["errors"]] == [
        ("/items/1", same_person["id"], "person-limit-reached"),
        ("/items/3", too_much["id"], "fund-short"),
    ]
    assert refused["errors"][1]["available_cents"] == 6_000_00
    assert (await secretary.read(session))["status"] == "open"
    for application in (first, same_person, second, too_much):
        found = await lending.read(f"applications/{application['id']}")
        assert found["status"] == "under_review"
    assert (await lending.position(fund["id"]))["committed_cents"] == 0

    await secretary.vote(session, same_person, amount_cents=2_000_00, months=12)
    await secretary.act(session, f"items/{too_much['id']}/deferral")
    closed = await secretary.act(session, "closing")

    assert [one["outcome"] for one in closed["items"]] == ["approved", "approved", "approved", "deferred"]
    assert (await lending.position(fund["id"]))["committed_cents"] == 16_000_00
    assert await lending.differences() == []


async def test_what_its_cae_withdrew_meanwhile_is_left_out(secretary: Secretary) -> None:
    voted, silent = await under_review(secretary), await under_review(secretary)
    session = await secretary.opened(voted, silent)
    await secretary.vote(session, voted)
    for application in (voted, silent):
        cae = secretary.lending.api.as_("cae", siren=application["cae"]["siren"])
        answered(await cae.post(f"/v1/applications/{application['id']}/withdrawal", json={}), 200)

    refused = await secretary.act(session, "closing", status=409)
    assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [("/items/0", "status-forbids")]

    await secretary.act(session, f"items/{voted['id']}/deferral")
    closed = await secretary.act(session, "closing")
    assert [one["outcome"] for one in closed["items"]] == ["withdrawn", "withdrawn"]


async def test_a_session_is_changed_as_it_was_read(secretary: Secretary) -> None:
    session = await secretary.plan()
    path = f"/v1/committee-sessions/{session['id']}"
    etag = (await secretary.lending.operator.get(path)).headers["ETag"]
    await secretary.act(session, "opening")

    stale = await secretary.lending.operator.post(f"{path}/cancellation", headers={"If-Match": etag})

    assert stale.status_code == 412


async def closed_with_conditions(secretary: Secretary) -> tuple[Json, Json]:
    application = await under_review(secretary)
    session = await secretary.opened(application)
    conditions = ["Attestation d'assurance", {"text": "Formation", "precedent": False}]
    await secretary.vote(session, application, conditions=conditions, reason="Projet solide")
    await secretary.act(session, "closing")
    return session, await secretary.lending.read(f"applications/{application['id']}")


async def test_conditions_precedent_hold_the_payment_back(secretary: Secretary) -> None:
    _, dossier = await closed_with_conditions(secretary)
    lending = secretary.lending
    insurance, training = dossier["conditions"]
    assert (insurance["text"], insurance["precedent"], insurance["lifted_on"]) == (
        "Attestation d'assurance",
        True,
        None,
    )
    await lending.act(dossier["id"], "signature", {"signed_on": "2024-01-20"})
    payment = {"disbursed_on": "2024-01-31", "reference": "VIR"}

    held_back = await lending.act(dossier["id"], "disbursement", payment, status=409)
    assert (held_back["code"], held_back["conditions"]) == (
        "conditions-not-lifted",
        ["Attestation d'assurance"],
    )
    assert held_back["condition_ids"] == [insurance["id"]]

    lifting = {"lifted_on": "2024-02-02", "evidence": "Attestation de la MAIF"}
    path = f"conditions/{insurance['id']}/lifting"
    lifted = await lending.act(dossier["id"], path, lifting)
    assert (lifted["conditions"][0]["lifted_on"], lifted["conditions"][0]["evidence"]) == (
        "2024-02-02",
        "Attestation de la MAIF",
    )
    too_early = await lending.act(dossier["id"], "disbursement", payment, status=409)
    assert too_early["code"] == "conditions-not-lifted", "it was lifted two days after that payment"
    again = await lending.act(dossier["id"], path, lifting, status=409)
    assert again["code"] == "condition-already-lifted"
    unknown = await lending.act(dossier["id"], f"conditions/{dossier['id']}/lifting", lifting, status=404)
    assert unknown["what"] == "condition"

    payment["disbursed_on"] = "2024-02-02"
    assert (await lending.act(dossier["id"], "disbursement", payment, status=201))["status"] == "active"
    after = {"lifted_on": "2024-06-30", "evidence": "Certificat de stage"}
    done = await lending.act(dossier["id"], f"conditions/{training['id']}/lifting", after)
    assert done["conditions"][1]["lifted_on"] == "2024-06-30"


async def test_a_cae_reads_what_was_decided_of_its_own_dossier_and_nothing_of_the_session(
    secretary: Secretary, loans_api: Api
) -> None:
    session, dossier = await closed_with_conditions(secretary)
    cae = loans_api.as_("cae", siren=dossier["cae"]["siren"])

    read = await cae.get(f"/v1/applications/{dossier['id']}")

    decision = answered(read, 200)["decision"]
    assert (decision["outcome"], decision["held_on"], decision["reason"]) == (
        "approved",
        HELD_ON,
        "Projet solide",
    )
    assert (decision["present"], decision["votes_for"], decision["votes_against"]) == (None, None, None)
    assert decision["conditions"] == ["Attestation d'assurance", "Formation"]
    assert "Ada" not in read.text
    declined = await cae.post(
        f"/v1/applications/{dossier['id']}/decline", json={}, headers={"If-Match": read.headers["ETag"]}
    )
    assert answered(declined, 200)["decision"]["votes_for"] is None
    for path in (f"committee-sessions/{session['id']}", "committee-sessions"):
        assert (await cae.get(f"/v1/{path}")).status_code == 403


async def test_a_partner_reads_the_session_without_names(secretary: Secretary, loans_api: Api) -> None:
    session, _ = await closed_with_conditions(secretary)
    partner = loans_api.as_("partner", regions=[REGION])

    read = await partner.get(f"/v1/committee-sessions/{session['id']}")
    minutes = await partner.get(f"/v1/committee-sessions/{session['id']}/minutes")
    text = await partner.get(f"/v1/committee-sessions/{session['id']}/minutes?format=text")

    assert answered(read, 200)["members"][0]["name"] is None
    assert answered(read, 200)["items"][0]["vote"]["votes_for"] == 3
    for answer in (read, minutes, text):
        assert [word for word in ("Ada", "Maître", "assurance", "solide") if word in answer.text] == []
    proof = await partner.get(f"/v1/committee-sessions/{session['id']}/minutes/proof")
    assert proof.status_code == 403


async def test_the_minutes_are_made_at_the_closing(secretary: Secretary) -> None:
    application = await under_review(secretary, number=f"PH-{new_siren()}")
    session = await secretary.opened(application)
    path = f"committee-sessions/{session['id']}/minutes"
    early = answered(await secretary.lending.operator.get(f"/v1/{path}"), 409)
    assert early["code"] == "status-forbids"
    await secretary.vote(session, application, reason="Projet solide")
    closed = await secretary.act(session, "closing")

    minutes = await secretary.lending.read(path)

    assert minutes["hash"] == closed["minutes_hash"]
    assert minutes["document"]["items"][0]["vote"]["votes_for"] == 3
    texts = next(one for one in minutes["passages"] if one["kind"] == "texts")
    assert texts["words"] == {"reason": "Projet solide", "conditions": []}
    read = await secretary.lending.operator.get(f"/v1/{path}?format=text")
    assert read.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Inès Maître" in read.text
    assert closed["minutes_hash"] in read.text
    proof = await secretary.lending.read(f"{path}/proof")
    assert proof["stands"] is True
    assert {one["state"] for one in proof["passages"]} == {"kept"}


async def test_the_same_cae_s_siret_is_not_needed_twice(secretary: Secretary) -> None:
    """A member's tie is to a company: any of its establishments."""
    cae = new_siren()
    application = await under_review(secretary, cae={"siret": siret_of(cae), "name": "Graines"})
    guests = [*MEMBERS, {"name": "Denise", "organisation": "Graines", "siren": cae}]

    session = await secretary.opened(application, members=guests)

    assert session["items"][0]["must_stand_aside"] == [member(session, "Denise")]
