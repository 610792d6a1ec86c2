"""Two secretaries at once: whoever comes second finds what the first one did."""

from collections import Counter

from tests.api import once
from tests.services.loans.conftest import Json, Lending, together
from tests.services.loans.secretaries import Secretary


async def opened(lending: Lending, applications: int, **settings: int) -> tuple[Secretary, Json, list[Json]]:
    fund = await lending.fund(settings={"quorum": 3, **settings})
    secretary = Secretary(lending, fund["id"])
    asked = [await lending.under_review(fund["id"]) for _ in range(applications)]
    session = await secretary.opened(*asked)
    for application in asked:
        await secretary.vote(session, application)
    return secretary, session, asked


async def test_a_session_is_closed_once(lending: Lending) -> None:
    secretary, session, asked = await opened(lending, 4)
    path = f"/v1/committee-sessions/{session['id']}/closing"

    answers = await together(
        *(secretary.lending.operator.post(path, json={}, headers=once()) for _ in range(4))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 3}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"status-forbids"}
    position = await lending.position(secretary.fund_id)
    assert position["committed_cents"] == 8_000_00 * len(asked), "each is promised once"
    assert await lending.differences() == []


async def test_a_vote_that_races_the_closing_is_in_it_or_is_refused(lending: Lending) -> None:
    for _ in range(4):
        secretary, session, (application,) = await opened(lending, 1)
        path = f"/v1/committee-sessions/{session['id']}"
        changed = {"votes_for": 3, "votes_against": 0, "outcome": "approved", "amount_cents": 5_000_00}

        vote, closing = await together(
            lending.operator.post(f"{path}/items/{application['id']}/vote", json=changed, headers=once()),
            lending.operator.post(f"{path}/closing", json={}, headers=once()),
        )

        assert closing.status_code == 200, closing.text
        found = (await secretary.read(session))["items"][0]["vote"]["amount_cents"]
        assert found == (5_000_00 if vote.status_code == 200 else 8_000_00)
        dossier = await lending.read(f"applications/{application['id']}")
        assert dossier["decision"]["amount_cents"] == found
        assert (await lending.read(f"{path[4:]}/minutes/proof"))["stands"] is True


async def test_what_is_decided_alone_and_put_on_an_agenda_at_once_is_one_of_both(lending: Lending) -> None:
    for _ in range(4):
        fund = await lending.fund(settings={"quorum": 3})
        secretary = Secretary(lending, fund["id"])
        application = await lending.under_review(fund["id"])
        session = await secretary.plan()
        agenda = {"application_ids": [application["id"]]}

        alone, listed = await together(
            lending.operator.post(
                f"/v1/applications/{application['id']}/decision", json=lending.approval(), headers=once()
            ),
            lending.operator.post(
                f"/v1/committee-sessions/{session['id']}/agenda", json=agenda, headers=once()
            ),
        )

        assert sorted((alone.status_code, listed.status_code)) == [200, 409]
        code = (alone if alone.status_code == 409 else listed).json()["code"]
        assert code in {"on-open-agenda", "agenda-refused"}


async def test_sessions_that_close_at_once_never_promise_more_than_the_fund_has(lending: Lending) -> None:
    """80 000.00, and two sessions of six loans of 8 000.00: one closes, the other is told why it cannot."""
    fund = await lending.fund(settings={"quorum": 3})
    secretary = Secretary(lending, fund["id"])
    sessions = []
    for _ in range(2):
        asked = [await lending.under_review(fund["id"]) for _ in range(6)]
        sessions.append(await secretary.opened(*asked))
        for application in asked:
            await secretary.vote(sessions[-1], application)

    answers = await together(
        *(
            lending.operator.post(f"/v1/committee-sessions/{one['id']}/closing", json={}, headers=once())
            for one in sessions
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert [one["code"] for one in refused["errors"]] == ["fund-short", "fund-short"]
    assert (await lending.position(fund["id"]))["committed_cents"] == 48_000_00
    assert await lending.differences() == []
