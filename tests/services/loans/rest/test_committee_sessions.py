"""A committee's sessions over REST: the agenda, the votes, and the closing."""

from datetime import timedelta

import pytest

from services.kernel.calendar import today_in_paris
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Lending, answered, together
from tests.services.loans.secretaries import HELD_ON, MEMBERS, Secretary, member, under_review


@pytest.fixture
async def secretary(lending: Lending) -> Secretary:
    fund = await lending.fund(settings={"quorum": 3})
    return Secretary(lending, fund["id"])


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


async def test_the_same_cae_s_siret_is_not_needed_twice(secretary: Secretary) -> None:
    """A member's tie is to a company: any of its establishments."""
    cae = new_siren()
    application = await under_review(secretary, cae={"siret": siret_of(cae), "name": "Graines"})
    guests = [*MEMBERS, {"name": "Denise", "organisation": "Graines", "siren": cae}]

    session = await secretary.opened(application, members=guests)

    assert session["items"][0]["must_stand_aside"] == [member(session, "Denise")]
