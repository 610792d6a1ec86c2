"""Two officers at once on one loan: whatever the order, the loan is what its facts give."""

from collections import Counter

from tests.api import once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Json, Lending, together

PAYMENT: Json = {"amount_cents": 50_00, "method": "transfer"}


async def test_two_changes_of_one_day_are_one(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_200_00, months=12)
    path = f"/v1/loans/{loan['id']}/rescheduling"
    body = {"from": "2024-04-15", "reason": "Baisse d'activité"}

    done = await together(
        *(lending.operator.post(path, json={**body, "months": n}, headers=once()) for n in range(3, 9))
    )

    assert Counter(response.status_code for response in done) == {201: 1, 409: 5}
    assert {response.json()["code"] for response in done if response.status_code == 409} == {
        "schedule-changed-that-day"
    }
    assert (await lending.read(f"loans/{loan['id']}"))["schedule_version"] == 2
    assert await lending.differences() == []


async def test_repayments_racing_changes_of_the_schedule(lending: Lending) -> None:
    """In any order of recording: payments before and after each change, ordinary and early."""
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_200_00, months=12)
    path = f"/v1/loans/{loan['id']}"

    done = await together(
        *(
            lending.operator.post(
                f"{path}/rescheduling",
                json={"from": f"2024-0{month}-10", "months": 5, "reason": "X"},
                headers=once(),
            )
            for month in (3, 5, 7)
        ),
        *(
            lending.operator.post(
                f"{path}/repayments", json={**PAYMENT, "paid_on": f"2024-0{month}-20"}, headers=once()
            )
            for month in range(2, 9)
        ),
        lending.operator.post(
            f"{path}/repayments",
            json={**PAYMENT, "paid_on": "2024-04-02", "early": "lower"},
            headers=once(),
        ),
    )

    assert {response.status_code for response in done} == {201}
    after = await lending.read(f"loans/{loan['id']}")
    assert (after["repaid_cents"], sum(one["amount_cents"] for one in after["schedule"])) == (
        400_00,
        1_200_00,
    )
    assert await lending.differences() == []


async def test_tranches_at_once_never_exceed_what_is_granted(lending: Lending) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"], amount_cents=1_200_00, months=12, first_tranche_cents=200_00)
    body = {"amount_cents": 400_00, "disbursed_on": "2024-03-15"}

    done = await together(
        *(
            lending.operator.post(f"/v1/loans/{loan['id']}/tranches", json=body, headers=once())
            for _ in range(5)
        )
    )

    assert Counter(response.status_code for response in done) == {201: 2, 409: 3}
    after = await lending.read(f"loans/{loan['id']}")
    assert (after["principal_cents"], after["schedule"]) == (1_000_00, [])
    assert (await lending.position(fund["id"]))["committed_cents"] == 200_00
    assert await lending.differences() == []


async def test_a_move_racing_repayments_and_declarations(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_200_00, months=12)
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    new = new_siren()
    path = f"/v1/loans/{loan['id']}"
    move = {"moved_on": "2024-06-01", "cae": {"siret": siret_of(new), "name": "Oxalis"}, "reference": "N-7"}

    moved, *others = await together(
        lending.operator.post(f"{path}/move", json=move, headers=once()),
        *(
            lending.operator.post(
                f"{path}/repayments", json={**PAYMENT, "paid_on": f"2024-0{month}-20"}, headers=once()
            )
            for month in range(2, 7)
        ),
        *(
            cae.post(
                f"{path}/repayment-declarations", json={**PAYMENT, "paid_on": "2024-03-02"}, headers=once()
            )
            for _ in range(3)
        ),
    )

    assert moved.status_code == 200, moved.text
    assert {response.status_code for response in others[:5]} == {201}
    # One that read the loan before it moved is refused by the key that holds it to its CAE.
    assert {response.status_code for response in others[5:]} <= {201, 404, 409}
    after = await lending.read(f"loans/{loan['id']}")
    assert (after["repaid_cents"], after["cae"]["siren"]) == (250_00, new)
    declared = await lending.read("repayment-declarations", loan_id=loan["id"])
    assert len(declared["items"]) == sum(response.status_code == 201 for response in others[5:])
    assert (await cae.get(path)).status_code == 404
    assert await lending.differences() == []
