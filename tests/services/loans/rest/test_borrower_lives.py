"""What happens to a borrower (death, insolvency, departure, another CAE), and what becomes of the loan."""

from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Lending, answered
from tests.services.loans.rest.test_loan_life import EIGHTY_TWENTY, THREE_MONTHS, small_loan


async def test_after_a_death_the_estate_repays_or_it_is_lost(lending: Lending) -> None:
    loan = await small_loan(lending)
    loss = {"written_off_on": "2024-12-31", "reason": "Succession vacante", "cause": "death"}
    assert (await lending.of_loan(loan["id"], "write-off", loss, status=409))["code"] == (
        "no-such-borrower-event"
    )
    event = {"kind": "death", "on": "2024-05-12", "note": "Appris de la CAE"}
    known = await lending.of_loan(loan["id"], "borrower-events", event, status=201)
    assert [(one["kind"], one["on"]) for one in known["borrower_events"]] == [("death", "2024-05-12")]
    again = await lending.of_loan(loan["id"], "borrower-events", event, status=409)
    assert again["code"] == "borrower-event-recorded"

    for verb, body in (
        ("rescheduling", {**THREE_MONTHS, "from": "2024-05-12"}),
        ("rescheduling", {"from": "2024-06-01", "suspend_months": 2, "reason": "X"}),
        ("acceleration", {"noticed_on": "2024-06-01", "reason": "X"}),
    ):
        refused = await lending.of_loan(loan["id"], verb, body, status=409)
        assert (refused["code"], refused["event"]) == ("borrower-event-forbids", "death")
    await lending.of_loan(loan["id"], "rescheduling", {**THREE_MONTHS, "from": "2024-05-11"}, status=201)
    await lending.repay(loan["id"], 200_00, "2024-09-01")
    lost = await lending.of_loan(loan["id"], "write-off", loss)

    assert (lost["written_off_cause"], lost["written_off_cents"]) == ("death", 1_000_00)
    assert await lending.differences() == []


async def test_after_an_insolvency_only_a_plan_changes_the_schedule(lending: Lending) -> None:
    loan = await small_loan(lending)
    plan = {**THREE_MONTHS, "plan": True}
    refused = await lending.of_loan(loan["id"], "rescheduling", plan, status=409)
    assert refused["code"] == "no-such-borrower-event"
    event = {"kind": "insolvency", "on": "2024-04-01", "note": "Dossier recevable"}
    await lending.of_loan(loan["id"], "borrower-events", event, status=201)

    refused = await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=409)
    assert refused["code"] == "borrower-event-forbids"
    notice = {"noticed_on": "2024-05-01", "reason": "X"}
    assert (await lending.of_loan(loan["id"], "acceleration", notice, status=409))["event"] == "insolvency"
    done = await lending.of_loan(loan["id"], "rescheduling", plan, status=201)

    assert done["version"] == 2
    assert await lending.differences() == []


async def test_a_departure_ends_the_exposure_of_the_cae_and_nothing_else(lending: Lending) -> None:
    fund = await lending.fund(settings={"max_outstanding_per_cae_cents": 3_000_00})
    loan = await lending.loan(fund["id"], amount_cents=2_000_00)
    cae = {"siret": loan["cae"]["siret"], "name": loan["cae"]["name"]}
    other = await lending.under_review(fund["id"], amount_cents=2_000_00, cae=cae)
    refused = await lending.act(other["id"], "decision", lending.approval(), status=409)
    assert refused["code"] == "cae-limit-reached"

    left = await lending.of_loan(loan["id"], "departure", {"left_on": "2024-06-30", "reason": "Départ"})

    assert [(one["until_on"], one["ended_by"]) for one in left["stays"]] == [("2024-06-30", "departure")]
    again = await lending.of_loan(loan["id"], "departure", {"left_on": "2024-07-30"}, status=409)
    assert (again["code"], again["left_on"]) == ("borrower-has-left", "2024-06-30")
    await lending.act(other["id"], "decision", lending.approval())
    seen = lending.api.as_("cae", siren=loan["cae"]["siren"])
    assert (await seen.get(f"/v1/loans/{loan['id']}")).status_code == 200
    await lending.repay(loan["id"], 100_00, "2024-07-01")
    assert await lending.differences() == []


async def test_a_move_takes_the_whole_dossier_to_the_new_cae(lending: Lending) -> None:
    fund = await lending.fund(
        settings={"max_outstanding_per_person_cents": 3_000_00}, contributions=EIGHTY_TWENTY
    )
    loan = await lending.loan(fund["id"], amount_cents=2_000_00)
    bounced = await lending.repay(loan["id"], 100_00, "2024-03-01")
    await lending.reverse(bounced["id"], "2024-03-05")
    await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=201)
    old, new = loan["cae"]["siren"], new_siren()
    body = {
        "moved_on": "2024-06-01",
        "cae": {"siret": siret_of(new), "name": "Oxalis"},
        "reference": "N-7",
    }

    moved = await lending.of_loan(loan["id"], "move", body)

    assert (moved["cae"]["siren"], moved["entrepreneur"]["reference"]) == (new, "N-7")
    assert [(one["cae"]["siren"], one["from_on"], one["until_on"]) for one in moved["stays"]] == [
        (old, "2024-01-31", "2024-06-01"),
        (new, "2024-06-01", None),
    ]
    leaves, arrives = lending.api.as_("cae", siren=old), lending.api.as_("cae", siren=new)
    for path in (
        f"/v1/loans/{loan['id']}",
        f"/v1/loans/{loan['id']}/entries",
        f"/v1/loans/{loan['id']}/repayments",
        f"/v1/loans/{loan['id']}/schedules",
        f"/v1/applications/{loan['application_id']}",
    ):
        assert (await leaves.get(path)).status_code == 404, path
        answered(await arrives.get(path), 200)
    entries = answered(await arrives.get(f"/v1/loans/{loan['id']}/entries"), 200)["entries"]
    assert len(entries) == 3
    assert all(len(entry["postings"]) == 4 for entry in entries)
    past = await lending.read(f"loans/{loan['id']}", as_of="2024-05-31")
    assert past["cae"]["siren"] == old
    same = await lending.of_loan(loan["id"], "move", {**body, "moved_on": "2024-07-01"}, status=409)
    assert same["code"] == "same-cae"
    await lending.repay(loan["id"], 100_00, "2024-07-01")
    await lending.reverse((await lending.repay(loan["id"], 50_00, "2024-07-02"))["id"], "2024-07-05")
    assert await lending.differences() == []

    # The limit of the person counts what they owe, by whichever reference they ask.
    for cae, reference in ((new, "N-7"), (old, "E0042")):
        asking = lending.asking(fund["id"], amount_cents=2_000_00)
        asking["cae"] = {"siret": siret_of(cae), "name": "Oxalis"}
        asking["entrepreneur"] = {**asking["entrepreneur"], "reference": reference}
        asked = answered(await lending.operator.post("/v1/applications", json=asking), 201)
        await lending.act(asked["id"], "review", {})
        refused = await lending.act(asked["id"], "decision", lending.approval(), status=409)
        assert refused["code"] == "person-limit-reached", reference
