"""What a session leaves: conditions to lift, what each role reads of it, and its minutes."""

import pytest

from tests.api import Api
from tests.factories.capital import new_siren
from tests.services.loans.conftest import REGION, Json, Lending, answered
from tests.services.loans.secretaries import HELD_ON, Secretary, under_review


@pytest.fixture
async def secretary(lending: Lending) -> Secretary:
    fund = await lending.fund(settings={"quorum": 3})
    return Secretary(lending, fund["id"])


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
    lifted = await lending.by("Sonia Petit").act(dossier["id"], path, lifting)
    assert lifted["conditions"][0] == {**insurance, **lifting, "lifted_by": "Sonia Petit"}
    cae = lending.api.as_("cae", siren=dossier["cae"]["siren"])
    by_cae = answered(await cae.get(f"/v1/applications/{dossier['id']}"), 200)
    assert by_cae["conditions"][0] == {**insurance, **lifting}
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
