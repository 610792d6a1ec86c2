import pytest

from services.kernel.identifiers import entrepreneur_id, parse_siren
from tests.api import once
from tests.services.loans.conftest import Json, Lending


async def test_an_application_is_answered_whole_with_its_iban_masked(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.application(
        fund["id"],
        number="D-17",
        submitted_on="2024-01-02",
        entrepreneur={
            "reference": "E0042",
            "given_name": "Inès",
            "family_name": "Maître",
            "email": "ines@example.org",
            "birth_date": "1988-05-14",
            "contract": {
                "kind": "CESA",
                "started_on": "2019-05-15",
                "cape_started_on": "2018-05-15",
                "cape_ended_on": "2019-05-14",
            },
            "member_since": "2021-06-30",
        },
    )

    assert application["bank"] == {"iban": "FR76 •••• 0189", "bic": None, "holder": "Inès Maître"}
    assert (application["status"], application["number"]) == ("submitted", "D-17")
    siren = parse_siren(application["cae"]["siren"])
    assert application["entrepreneur"]["id"] == str(entrepreneur_id(b"a key for tests", siren, "E0042"))
    assert await lending.read(f"applications/{application['id']}") == application


async def test_a_cae_applies_for_its_own_and_sees_its_own(lending: Lending) -> None:
    fund = await lending.fund()
    body = lending.asking(fund["id"])
    siren = body["cae"]["siret"][:9]
    own, other = lending.api.as_("cae", siren=siren), lending.api.as_("cae", siren="978592848")

    submitted = await own.post("/v1/applications", json=body)
    for_another = await other.post("/v1/applications", json=body)
    path = f"/v1/applications/{submitted.json()['id']}"

    assert [submitted.status_code, for_another.status_code] == [201, 404]
    assert [(await client.get(path)).status_code for client in (own, other)] == [200, 404]
    assert [item["id"] for item in (await own.get("/v1/applications")).json()["items"]] == [
        submitted.json()["id"]
    ]
    assert (await own.post(f"{path}/review", json={})).status_code == 403
    assert (await other.post(f"{path}/withdrawal", json={})).status_code == 404
    withdrawn = await own.post(f"{path}/withdrawal", json={"reason": "projet abandonné"})
    assert (withdrawn.json()["status"], withdrawn.json()["ended_reason"]) == ("withdrawn", "projet abandonné")


async def test_the_committee_decides_what_is_under_review_only(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.application(fund["id"])

    too_early = await lending.act(application["id"], "decision", lending.approval(), status=409)
    assert too_early["code"] == "status-forbids"
    assert too_early["possible_from"] == ["under_review"]
    await lending.act(application["id"], "review", {})
    approved = await lending.act(
        application["id"],
        "decision",
        lending.approval(amount_cents=6_000_00, months=24, grace_months=3, conditions=["Assurance"]),
    )
    again = await lending.act(application["id"], "decision", lending.approval(), status=409)

    assert approved["status"] == "approved"
    assert approved["amount_cents"] == 8_000_00
    assert (approved["decision"]["amount_cents"], approved["decision"]["grace_months"]) == (6_000_00, 3)
    assert approved["decision"]["conditions"] == ["Assurance"]
    assert [member["stood_aside"] for member in approved["decision"]["present"]] == [False] * 3
    assert again["code"] == "status-forbids"
    assert await lending.read(f"applications/{application['id']}") == approved
    assert (await lending.position(fund["id"]))["committed_cents"] == 6_000_00


async def test_a_refusal_says_why_and_commits_nothing(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.under_review(fund["id"])
    session = lending.approval(outcome="refused", reason="Projet trop récent")
    session["committee"] |= {"votes_for": 0, "votes_against": 3}

    refused = await lending.act(application["id"], "decision", session)

    assert (refused["status"], refused["decision"]["reason"]) == ("refused", "Projet trop récent")
    assert refused["decision"]["amount_cents"] is None
    assert (await lending.position(fund["id"]))["committed_cents"] == 0


async def test_a_member_of_the_applicants_cae_must_stand_aside(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.under_review(fund["id"])
    session = lending.approval()
    tied = {"name": "Denise", "organisation": "La CAE", "siren": application["cae"]["siren"]}
    session["committee"]["present"].append(tied)

    refused = await lending.act(application["id"], "decision", session, status=409)
    assert (refused["code"], refused["members"]) == ("conflict-of-interest", ["Denise"])
    session["committee"]["stood_aside"].append({"name": "Denise"})
    approved = await lending.act(application["id"], "decision", session)

    assert [m["name"] for m in approved["decision"]["present"] if m["stood_aside"]] == ["Denise"]


async def test_an_approval_beyond_what_is_available_is_refused(lending: Lending) -> None:
    fund = await lending.fund()
    await lending.approved(fund["id"], amount_cents=79_000_00)
    application = await lending.under_review(fund["id"], amount_cents=1_000_01)

    refused = await lending.act(application["id"], "decision", lending.approval(), status=409)

    assert refused["code"] == "fund-short"
    assert (refused["available_cents"], refused["amount_cents"]) == (1_000_00, 1_000_01)
    smaller = lending.approval(amount_cents=1_000_00)
    assert (await lending.act(application["id"], "decision", smaller))["status"] == "approved"
    assert (await lending.position(fund["id"]))["available_cents"] == 0


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_outstanding_per_person_cents": 10_000_00}, "person-limit-reached"),
        ({"max_outstanding_per_cae_cents": 10_000_00}, "cae-limit-reached"),
        ({"lend_in_arrears": False}, "borrower-in-arrears"),
    ],
)
async def test_what_a_person_already_owes_limits_the_next_loan(
    lending: Lending, limits: Json, code: str
) -> None:
    fund = await lending.fund(settings=limits)
    first = await lending.loan(fund["id"], amount_cents=8_000_00, months=12)
    cae = {"siret": first["cae"]["siret"], "name": "Graines d'Activité"}
    second = await lending.under_review(fund["id"], amount_cents=2_000_01, cae=cae)

    refused = await lending.act(second["id"], "decision", lending.approval("2024-06-01"), status=409)

    assert refused["code"] == code
    if code == "borrower-in-arrears":
        assert refused["arrears_cents"] == 4 * 666_67  # due on 29 February, 31 March, 30 April and 31 May
        await lending.repay(first["id"], 8_000_00, "2024-05-31")
    else:
        assert refused["room_cents"] == 2_000_00
        await lending.repay(first["id"], 1, "2024-05-31")
    accepted = await lending.act(second["id"], "decision", lending.approval("2024-06-01"))
    assert accepted["status"] == "approved"


async def test_an_offer_is_signed_or_declined_in_time(lending: Lending) -> None:
    fund = await lending.fund(settings={"offer_days": 30})
    application = await lending.approved(fund["id"])

    too_late = await lending.act(application["id"], "signature", {"signed_on": "2024-02-10"}, status=409)
    assert (too_late["code"], too_late["open_until"]) == ("offer-lapsed", "2024-02-09")
    declined = await lending.act(application["id"], "decline", {"reason": "autre financement"})

    assert declined["status"] == "declined"
    position = await lending.position(fund["id"])
    assert (position["committed_cents"], position["available_cents"]) == (0, 80_000_00)


async def test_a_disbursement_follows_a_signature_and_bears_shares(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.approved(fund["id"])
    body = {"disbursed_on": "2024-01-31", "reference": "VIR-1"}

    unsigned = await lending.act(application["id"], "disbursement", body, status=409)
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
    too_soon = await lending.act(
        application["id"], "disbursement", {**body, "disbursed_on": "2024-01-19"}, status=409
    )
    keyless = await lending.operator.post(f"/v1/applications/{application['id']}/disbursement", json=body)
    loan = await lending.act(application["id"], "disbursement", body, status=201)
    again = await lending.act(application["id"], "disbursement", body, status=409)

    assert [unsigned["code"], too_soon["code"]] == ["status-forbids", "dates-out-of-order"]
    assert keyless.status_code == 400
    assert again["code"] == "status-forbids"
    disbursed = await lending.read(f"applications/{application['id']}")
    assert (disbursed["status"], disbursed["loan_id"]) == ("disbursed", loan["id"])


async def test_nobody_would_bear_a_loan_paid_before_any_contribution(lending: Lending) -> None:
    fund = await lending.fund()
    application = await lending.under_review(fund["id"])
    await lending.act(application["id"], "decision", lending.approval("2019-12-01"))
    await lending.act(application["id"], "signature", {"signed_on": "2019-12-02"})

    refused = await lending.act(
        application["id"], "disbursement", {"disbursed_on": "2019-12-03", "reference": "V"}, status=409
    )

    assert refused["code"] == "no-paid-in-contribution"


async def test_malformed_applications_say_where_without_repeating_what_was_sent(lending: Lending) -> None:
    fund = await lending.fund()
    body = lending.asking(fund["id"], amount_cents=-1, months=12, grace_months=12)
    body["cae"]["siret"] = "12345678900011"
    body["bank"]["iban"] = "FR7630006000011234567890180"

    refused = await lending.operator.post("/v1/applications", json=body)
    graced = await lending.operator.post(
        "/v1/applications", json=lending.asking(fund["id"], months=12, grace_months=12)
    )

    assert refused.status_code == graced.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {
        "/cae/siret",
        "/bank/iban",
        "/amount_cents",
    }
    assert "FR76" not in refused.text
    assert graced.json()["errors"][0]["pointer"] == "/grace_months"


async def test_french_first_english_on_request(lending: Lending) -> None:
    fund = await lending.fund(settings={"max_amount_cents": 1_000_00})
    body = lending.asking(fund["id"])
    english = lending.api.as_("operator", regions=["84"], language="en")

    refused = [
        await client.post("/v1/applications", json=body, headers=once())
        for client in (lending.operator, english)
    ]

    assert [answer.json()["title"] for answer in refused] == ["Montant trop élevé", "Amount too high"]
    assert "8\u202f000,00" in refused[0].json()["detail"]


@pytest.mark.parametrize("verb", ["review", "withdrawal"])
async def test_a_call_with_nothing_to_say_needs_no_body(lending: Lending, verb: str) -> None:
    application = await lending.application((await lending.fund())["id"])

    answer = await lending.operator.post(f"/v1/applications/{application['id']}/{verb}")

    assert answer.status_code == 200, answer.text


async def test_what_the_committee_granted_is_what_is_lent(lending: Lending) -> None:
    fund = await lending.fund(settings={"grace_included": False})
    application = await lending.under_review(fund["id"])
    granted = lending.approval(amount_cents=1_000_00, months=10, grace_months=2)
    await lending.act(application["id"], "decision", granted)
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})

    body = {"disbursed_on": "2024-01-31", "reference": "VIR-1"}
    loan = await lending.act(application["id"], "disbursement", body, status=201)

    assert (loan["principal_cents"], loan["months"], loan["grace_months"]) == (1_000_00, 10, 2)
    assert [(i["due_on"], i["amount_cents"]) for i in loan["schedule"]][::9] == [
        ("2024-04-30", 100_00),
        ("2025-01-31", 100_00),
    ]
