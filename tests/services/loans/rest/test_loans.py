"""A loan from its application to its last cent, as an operator lives it over REST."""

from tests.services.loans.conftest import REGION_COUNCIL, STATE, Lending

EIGHTY_TWENTY = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))


async def test_the_life_of_a_loan(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"])

    assert (loan["status"], loan["principal_cents"], loan["outstanding_cents"]) == (
        "active",
        8_000_00,
        8_000_00,
    )
    assert [i["due_on"] for i in loan["schedule"][:3]] == ["2024-02-29", "2024-03-31", "2024-04-30"]
    assert [i["amount_cents"] for i in loan["schedule"]] == [222_23] * 8 + [222_22] * 28

    first = await lending.repay(loan["id"], 300_00, "2024-02-29")
    assert first["allocations"] == [
        {"rank": 1, "amount_cents": 222_23},
        {"rank": 2, "amount_cents": 77_77},
    ]
    assert first["loan"]["repaid_cents"] == 300_00

    last = await lending.repay(loan["id"], 7_700_00, "2025-06-30")
    assert (last["loan"]["status"], last["loan"]["outstanding_cents"]) == ("repaid", 0)
    assert all(i["paid_cents"] == i["amount_cents"] for i in last["loan"]["schedule"])

    position = await lending.position(fund["id"])
    assert position["disbursed_cents"] == position["repaid_cents"] == 8_000_00
    assert position["available_cents"] == 100_000_00
    assert [part["outstanding_cents"] for part in position["by_funder"]] == [0, 0]
    assert await lending.differences() == []


async def test_a_repayment_beyond_what_is_owed_says_how_much_is_owed(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    await lending.repay(loan["id"], 7_500_00, "2024-03-01")

    refused = await lending.repay(loan["id"], 500_01, "2024-02-29", status=409)

    assert (refused["code"], refused["owed_cents"], refused["amount_cents"]) == (
        "repayment-too-large",
        500_00,
        500_01,
    )
    assert "500,00" in refused["detail"]
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 7_500_00


async def test_a_bounced_payment_is_a_linked_entry(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"])
    repayment = await lending.repay(loan["id"], 8_000_00, "2024-02-29")

    reversal = await lending.reverse(repayment["id"], "2024-03-05")
    again = await lending.reverse(repayment["id"], "2024-03-06", status=409)

    assert (reversal["repayment_id"], reversal["loan"]["status"]) == (repayment["id"], "active")
    assert again["code"] == "repayment-already-reversed"
    entries = (await lending.read(f"loans/{loan['id']}/entries"))["entries"]
    assert [entry["kind"] for entry in entries] == ["disbursement", "repayment", "reversal"]
    _, paid, back = entries
    assert back["reverses"] == paid["id"]
    assert back["repayment_id"] == paid["repayment_id"] == repayment["id"]
    assert {sum(p["amount_cents"] for p in entry["postings"]) for entry in entries} == {0}
    listed = (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
    assert [(r["id"], r["status"], r["reversal"]["reversed_on"]) for r in listed] == [
        (repayment["id"], "reversed", "2024-03-05")
    ]
    assert await lending.differences() == []


async def test_a_loss_and_what_comes_back_of_it(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=2_000_03)

    lost = await lending.write_off(loan["id"], "2025-01-31")
    assert (lost["status"], lost["written_off_cents"], lost["outstanding_cents"]) == (
        "written_off",
        2_000_03,
        0,
    )
    assert (lost["arrears_cents"], lost["days_late"]) == (0, 0)
    position = await lending.position(fund["id"])
    assert [part["written_off_cents"] for part in position["by_funder"]] == [1_600_02, 400_01]

    refused = await lending.repay(loan["id"], 100_00, "2025-02-01", status=409)
    assert (refused["code"], refused["written_off_on"]) == ("loan-written-off", "2025-01-31")
    recovery = await lending.recover(loan["id"], 2_000_00, "2025-02-01")
    assert recovery["loan"]["recovered_cents"] == 2_000_00
    too_much = await lending.recover(loan["id"], 4, "2025-02-02", status=409)
    assert (too_much["code"], too_much["owed_cents"]) == ("recovery-too-large", 3)
    assert await lending.differences() == []


async def test_a_reversal_after_the_loss_is_lost_too(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=3_600_00)
    repayment = await lending.repay(loan["id"], 1_000_00, "2024-02-29")
    await lending.write_off(loan["id"], "2025-01-31")

    reversal = await lending.reverse(repayment["id"], "2025-03-01")

    assert reversal["loan"]["status"] == "written_off"
    assert reversal["loan"]["written_off_cents"] == 3_600_00
    before, after = [await lending.position(fund["id"], on) for on in ("2025-02-28", "2025-03-01")]
    assert [before["written_off_cents"], after["written_off_cents"]] == [2_600_00, 3_600_00]
    assert [before["outstanding_cents"], after["outstanding_cents"]] == [0, 0]
    assert await lending.differences() == []


async def test_lists_are_cut_into_pages_and_filtered(lending: Lending) -> None:
    fund = await lending.fund()
    loans = [await lending.loan(fund["id"], amount_cents=1_200_00, months=12) for _ in range(3)]
    await lending.repay(loans[0]["id"], 1_200_00, "2024-02-01")
    await lending.write_off(loans[1]["id"], "2024-12-31")

    first = await lending.read("loans", fund_id=fund["id"], limit=2, count=True)
    second = await lending.read("loans", fund_id=fund["id"], limit=2, after=first["next"])

    assert [loan["id"] for loan in first["items"] + second["items"]] == [
        loan["id"] for loan in reversed(loans)
    ]
    assert (first["total"], second["next"]) == (3, None)
    late = await lending.read("loans", fund_id=fund["id"], late=True)
    assert [loan["id"] for loan in late["items"]] == [loans[2]["id"]]
    assert late["items"][0]["days_late"] > 0
    on_time = await lending.read("loans", fund_id=fund["id"], late=False)
    assert {loan["id"] for loan in on_time["items"]} == {loans[0]["id"], loans[1]["id"]}
    of_its_cae = await lending.read("loans", cae=loans[2]["cae"]["siren"])
    assert [loan["id"] for loan in of_its_cae["items"]] == [loans[2]["id"]]
    lost = await lending.read("loans", fund_id=fund["id"], status="written_off")
    assert [loan["id"] for loan in lost["items"]] == [loans[1]["id"]]


async def test_numbers_are_the_funds_own(lending: Lending) -> None:
    fund = await lending.fund()
    numbered = await lending.loan(fund["id"], number="PH-84-0002")
    given = [(await lending.loan(fund["id"]))["number"] for _ in range(2)]
    taken = await lending.operator.post(
        "/v1/applications", json=lending.asking(fund["id"], number="PH-84-0002")
    )

    assert numbered["number"] == "PH-84-0002"
    assert given == ["PH-84-0001", "PH-84-0003"]
    assert (taken.status_code, taken.json()["code"]) == (409, "number-taken")


async def test_who_may_see_a_loan(lending: Lending) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"])
    path, api = f"/v1/loans/{loan['id']}", lending.api

    own_cae = await api.as_("cae", siren=loan["cae"]["siren"]).get(path)
    other_cae = await api.as_("cae", siren="927092890").get(path)
    other_region = await api.as_("operator", regions=["75"]).get(path)
    partner = await api.as_("partner", regions=["84"]).get(path)
    funder = await api.as_("funder", siren=REGION_COUNCIL["siren"]).get(path)
    admin = await api.as_("admin").post(f"{path}/repayments", json={}, headers={"Idempotency-Key": "k"})

    assert [own_cae.status_code, other_cae.status_code, other_region.status_code] == [200, 404, 404]
    assert own_cae.json()["entrepreneur"]["family_name"] == "Maître"
    assert (partner.status_code, partner.json()["entrepreneur"]["family_name"]) == (200, None)
    assert partner.json()["entrepreneur"]["reference"] is None
    assert (funder.status_code, admin.status_code) == (403, 422)


async def test_an_administrator_changes_no_dossier(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    body = {"amount_cents": 1, "paid_on": "2024-03-01", "method": "cash", "reference": "R"}

    refused = await lending.api.as_("admin").post(
        f"/v1/loans/{loan['id']}/repayments", json=body, headers={"Idempotency-Key": "k"}
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


async def test_money_moves_once_for_a_key(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    body = {"amount_cents": 100_00, "paid_on": "2024-03-01", "method": "cash", "reference": "R"}
    path = f"/v1/loans/{loan['id']}/repayments"

    without = await lending.operator.post(path, json=body)
    first, replayed = [
        await lending.operator.post(path, json=body, headers={"Idempotency-Key": f"one {loan['id']}"})
        for _ in range(2)
    ]

    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-required")
    assert first.json() == replayed.json()
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 100_00


async def test_a_dossier_s_tag_changes_with_it(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])

    async def tag(path: str) -> str:
        return (await lending.operator.get(f"/v1/{path}")).headers["ETag"]

    before, same = [await tag(f"loans/{loan['id']}") for _ in range(2)]
    await lending.repay(loan["id"], 1, "2024-03-01")

    assert before == same != await tag(f"loans/{loan['id']}")
    assert (await tag(f"applications/{loan['application_id']}")).startswith('"')
