"""What operator and CAE ask each other before an application is decided."""

import asyncio

import pytest

from tests.api import once
from tests.factories.capital import new_siren
from tests.services.loans.conftest import Json, Lending, answered


@pytest.fixture
async def application(lending: Lending) -> Json:
    return await lending.application((await lending.fund())["id"])


async def test_a_question_is_open_until_the_other_side_answers(lending: Lending, application: Json) -> None:
    cae = lending.api.as_("cae", siren=application["cae"]["siren"])
    path = f"/v1/applications/{application['id']}"

    asked = answered(
        await lending.operator.post(f"{path}/questions", json={"text": "Le devis est-il signé ?"}), 201
    )
    assert (asked["side"], asked["is_open"], asked["answers"]) == ("operator", True, [])
    assert (await lending.read(path[4:]))["open_questions"] == 1
    own = await lending.operator.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Oui"})
    assert (own.status_code, own.json()["code"]) == (409, "own-question")
    answer = answered(await cae.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Oui"}), 201)
    assert (answer["is_open"], [one["text"] for one in answer["answers"]]) == (False, ["Oui"])
    more = answered(await cae.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Joint"}), 201)
    assert [one["text"] for one in more["answers"]] == ["Oui", "Joint"]

    back = answered(await cae.post(f"{path}/questions", json={"text": "Quand siège le comité ?"}), 201)
    assert (await cae.get(path)).json()["open_questions"] == 1
    listed = answered(await cae.get(f"{path}/questions", params={"count": "true"}), 200)
    assert [one["id"] for one in listed["items"]] == [asked["id"], back["id"]]
    assert listed["total"] == 2


async def test_a_question_of_a_draft_goes_with_it(lending: Lending) -> None:
    body = {**lending.asking((await lending.fund())["id"]), "draft": True}
    draft = answered(await lending.operator.post("/v1/applications", json=body), 201)
    asked = await lending.act(draft["id"], "questions", {"text": "Et le devis ?"}, status=201)
    assert (await lending.read(f"applications/{draft['id']}"))["open_questions"] == 1

    submitted = await lending.act(draft["id"], "submission", {})
    read = await lending.read(f"applications/{submitted['id']}")

    assert read["open_questions"] == 1
    cae = lending.api.as_("cae", siren=draft["cae"]["siren"])
    answered(await cae.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Joint"}), 201)
    assert (await lending.read(f"applications/{submitted['id']}"))["open_questions"] == 0


async def test_nothing_is_asked_or_answered_once_it_is_decided(lending: Lending, application: Json) -> None:
    asked = await lending.act(application["id"], "questions", {"text": "?"}, status=201)
    await lending.act(application["id"], "review", {})
    await lending.act(application["id"], "decision", lending.approval())
    cae = lending.api.as_("cae", siren=application["cae"]["siren"])

    late = await lending.act(application["id"], "questions", {"text": "?"}, status=409)
    answer = await cae.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Oui"})

    assert late["code"] == "status-forbids"
    assert (answer.status_code, answer.json()["code"]) == (409, "status-forbids")


async def test_questions_are_nobody_elses(lending: Lending, application: Json) -> None:
    asked = await lending.act(application["id"], "questions", {"text": "?"}, status=201)
    path = f"/v1/applications/{application['id']}/questions"
    for stranger in (
        lending.api.as_("cae", siren=new_siren()),
        lending.api.as_("operator", regions=["53"]),
    ):
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(path, json={"text": "?"})).status_code == 404
        answer = await stranger.post(f"/v1/questions/{asked['id']}/answers", json={"text": "Oui"})
        assert answer.status_code == 404
    partner = lending.api.as_("partner", regions=["84"])
    assert (await partner.get(path)).status_code == 403
    seen = (await partner.get(f"/v1/applications/{application['id']}")).json()
    assert seen["open_questions"] is None


async def test_answers_given_at_once_all_stand(lending: Lending, application: Json) -> None:
    asked = await lending.act(application["id"], "questions", {"text": "?"}, status=201)
    cae = lending.api.as_("cae", siren=application["cae"]["siren"])
    path = f"/v1/questions/{asked['id']}/answers"

    answers = await asyncio.gather(
        *(cae.post(path, json={"text": str(number)}, headers=once()) for number in range(4))
    )

    assert [one.status_code for one in answers] == [201] * 4
    (read,) = (await lending.read(f"applications/{application['id']}/questions"))["items"]
    assert sorted(one["text"] for one in read["answers"]) == ["0", "1", "2", "3"]
