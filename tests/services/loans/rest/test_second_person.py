"""Where the fund asks for it, one person decides and another pays."""

from typing import Any

import pytest

from tests.api import once
from tests.factories.portfolio import loan_row, loans_file, repayments_file
from tests.sentences import codes_in
from tests.services.loans.conftest import Json, Lending, answered

BOTH = {"second_person_for": ["disbursement", "write_off"]}
DISBURSED: Json = {"disbursed_on": "2024-01-31", "reference": "VIR-1"}
LOST: Json = {"written_off_on": "2025-01-31", "reason": "Liquidation"}


async def signed_by(lending: Lending, fund: Json, person: str | None) -> str:
    office = lending if person is None else lending.by(person)
    application = await office.approved(fund["id"])
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
    return str(application["id"])


async def act(lending: Lending, path: str, body: Json, person: str | None, **more: Any) -> tuple[int, Json]:
    office = lending.api.as_("operator", regions=["84"], person=person, **more)
    response = await office.post(f"/v1/{path}", json=body, headers=once())
    return response.status_code, response.json()


async def test_who_decided_does_not_pay(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    path = f"applications/{await signed_by(lending, fund, 'anne')}/disbursement"

    status, same = await act(lending, path, DISBURSED, "anne")
    elsewhere, _ = await act(lending, path, DISBURSED, " Anne", client="other software")
    unnamed, nobody = await act(lending, path, DISBURSED, None)
    paid, loan = await act(lending, path, DISBURSED, "paul")

    assert (status, same["code"], same["act"], same["setting"]) == (
        409,
        "another-person-required",
        "disbursement",
        "second_person_for",
    )
    assert elsewhere == 409
    assert (unnamed, nobody["code"]) == (409, "person-required")
    assert (paid, loan["status"]) == (201, "active")
    for refused in (same, nobody):
        assert codes_in(refused["title"] + " " + refused["detail"]) == set()
        assert "anne" not in str(refused).casefold()


async def test_who_decided_does_not_write_off(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    application = await signed_by(lending, fund, "anne")
    _, loan = await act(lending, f"applications/{application}/disbursement", DISBURSED, "paul")
    path = f"loans/{loan['id']}/write-off"

    refused, same = await act(lending, path, LOST, "anne")
    unnamed, nobody = await act(lending, path, LOST, None)
    done, lost = await act(lending, path, LOST, "paul")

    assert (refused, same["code"], same["act"]) == (409, "another-person-required", "write_off")
    assert (unnamed, nobody["code"]) == (409, "person-required")
    assert (done, lost["status"]) == (200, "written_off")


async def test_a_decision_names_its_person_where_another_must_follow(lending: Lending) -> None:
    fund = await lending.fund(access={"second_person_for": ["write_off"]})
    application = await lending.under_review(fund["id"])

    refused = await lending.act(application["id"], "decision", lending.approval(), status=409)
    approved = await lending.by("anne").act(application["id"], "decision", lending.approval())

    assert (refused["code"], refused["act"]) == ("person-required", "decision")
    assert approved["status"] == "approved"
    assert "anne" not in str(approved)


async def test_a_fund_that_asks_nothing_takes_any_token(lending: Lending) -> None:
    fund = await lending.fund()
    application = await signed_by(lending, fund, "anne")
    status, _ = await act(lending, f"applications/{application}/disbursement", DISBURSED, "anne")
    assert status == 201


async def test_the_rule_of_the_day_is_what_counts(lending: Lending) -> None:
    """Of a decision that nobody is known to have recorded, anybody is another person; but somebody."""
    fund = await lending.fund()
    application = await signed_by(lending, fund, None)
    changed = await lending.operator.patch(
        f"/v1/funds/{fund['id']}", json={"access": BOTH}, headers={"If-Match": "*"}
    )
    path = f"applications/{application}/disbursement"

    answered(changed, 200)
    unnamed, nobody = await act(lending, path, DISBURSED, None)
    paid, _ = await act(lending, path, DISBURSED, "anne")

    assert (unnamed, nobody["code"], paid) == (409, "person-required", 201)


async def import_row(lending: Lending, fund: Json, person: str | None, **row: str) -> tuple[int, Json]:
    office = lending.api.as_("operator", regions=["84"], person=person)
    files = {
        "loans": ("prets.csv", loans_file(loan_row(**row))),
        "repayments": ("remboursements.csv", repayments_file()),
    }
    response = await office.post(
        "/v1/imports/loans", data={"region": "84", "fund": fund["name"]}, files=files
    )
    return response.status_code, response.json()


async def test_an_imported_loan_asks_for_a_person_only(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    await import_row(lending, fund, None)
    (loan,) = (await lending.read("loans", fund_id=fund["id"]))["items"]
    path = f"loans/{loan['id']}/write-off"

    unnamed, nobody = await act(lending, path, LOST, None)
    done, _ = await act(lending, path, LOST, "anne")

    assert (unnamed, nobody["code"], done) == (409, "person-required", 200)


async def test_an_import_is_no_way_round(lending: Lending) -> None:
    fund = await lending.fund(access=BOTH)
    application = await signed_by(lending, fund, "anne")
    _, loan = await act(lending, f"applications/{application}/disbursement", DISBURSED, "paul")
    lost = {
        "number": loan["number"],
        "siret": loan["cae"]["siret"],
        "reference": "E0042",
        "amount": "8 000,00",
        "disbursed_on": "31/01/2024",
        "months": "36",
        "status": "passé en perte",
    }

    unnamed, nobody = await import_row(lending, fund, None, **lost)
    refused, same = await import_row(lending, fund, "anne", **lost)
    done, report = await import_row(lending, fund, "paul", **lost)

    assert (unnamed, nobody["code"]) == (409, "person-required")
    assert (refused, same["code"]) == (409, "another-person-required")
    assert (done, report["loans"]["losses"]) == (200, 1), report
    assert (await lending.read(f"loans/{loan['id']}"))["status"] == "written_off"


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_refusal_says_which_setting_asks(lending: Lending, language: str) -> None:
    fund = await lending.fund(access=BOTH)
    path = f"applications/{await signed_by(lending, fund, 'anne')}/disbursement"
    _, refused = await act(lending, path, DISBURSED, "anne", language=language)
    said = {
        "fr": "Le fonds demande pour le versement une autre personne que celle qui a saisi la décision "
        "(réglage « seconde personne »).",
        "en": "The fund asks for another person for the disbursement than the one who recorded the decision "
        "(setting: second person).",
    }
    assert refused["detail"] == said[language]
