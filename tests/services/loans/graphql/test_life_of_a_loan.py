"""A loan from its application to its write-off, as an integrator lives it over the graph."""

from typing import Any
from uuid import uuid4

from sqlalchemy import text

from tests.factories.capital import new_siren, siret_of
from tests.graph import Json, ask, data
from tests.services.loans.conftest import Lending

APPLICATION = "... on LoanApplication { id status amountCents decision { outcome amountCents } }"
LOAN = "id status number principalCents repaidCents outstandingCents writtenOffCents recoveredCents"
REFUSAL = "... on Refusal { code message facts }"


async def act(lending: Lending, verb: str, kind: str, **given: Any) -> Json:
    """Calls a mutation by its name; `kind` is what is read of its result."""
    upper = verb[0].upper() + verb[1:]
    query = f"mutation ($input: {upper}Input!) {{ {verb}(input: $input) {{ __typename {kind} {REFUSAL} }} }}"
    given = {"idempotencyKey": str(uuid4()), **given}
    result = (await data(lending.operator, query, input=given))[verb]
    assert isinstance(result, dict)
    return result


def applicant() -> Json:
    return {
        "cae": {"siret": siret_of(new_siren()), "name": "Graines d'Activité"},
        "entrepreneur": {
            "reference": "E0042",
            "givenName": "Inès",
            "familyName": "Maître",
            "email": "ines.maitre@exemple.fr",
            "contract": {"kind": "CESA", "startedOn": "2019-05-15"},
        },
        "bank": {"iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Inès Maître"},
    }


async def submitted(lending: Lending, **changed: Any) -> Json:
    fund = await lending.fund()
    asked = {"amountCents": 8_000_00, "months": 36, "purpose": "Un four", "fundId": fund["id"], **applicant()}
    return await act(lending, "submitApplication", APPLICATION, **{**asked, **changed})


def session(*, votes_for: int = 3) -> Json:
    present = [{"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")]
    return {"heldOn": "2024-01-10", "present": present, "votesFor": votes_for, "votesAgainst": 0}


async def disbursed(lending: Lending) -> Json:
    application = await submitted(lending)
    of_it = {"applicationId": application["id"]}
    await act(lending, "reviewApplication", APPLICATION, **of_it)
    await act(lending, "decideApplication", APPLICATION, **of_it, outcome="APPROVED", committee=session())
    await act(lending, "signApplication", APPLICATION, **of_it, signedOn="2024-01-20")
    return await act(lending, "disburseLoan", f"... on Loan {{ {LOAN} }}", **of_it, disbursedOn="2024-01-31")


async def test_from_the_application_to_a_repayment_that_bounces(lending: Lending) -> None:
    application = await submitted(lending)
    of_it = {"applicationId": application["id"]}
    assert (application["status"], application["amountCents"]) == ("SUBMITTED", 8_000_00)

    reviewed = await act(lending, "reviewApplication", APPLICATION, **of_it)
    assert reviewed["status"] == "UNDER_REVIEW"
    decided = await act(
        lending, "decideApplication", APPLICATION, **of_it, outcome="APPROVED", committee=session()
    )
    assert decided["decision"] == {"outcome": "APPROVED", "amountCents": 8_000_00}
    signed = await act(lending, "signApplication", APPLICATION, **of_it, signedOn="2024-01-20")
    assert signed["status"] == "SIGNED"

    loan = await act(lending, "disburseLoan", f"... on Loan {{ {LOAN} }}", **of_it, disbursedOn="2024-01-31")
    assert (loan["status"], loan["outstandingCents"]) == ("ACTIVE", 8_000_00)
    of_loan = {"loanId": loan["id"]}

    paid = await act(
        lending,
        "recordRepayment",
        f"... on RecordedRepayment {{ id allocations {{ rank amountCents }} loan {{ {LOAN} }} }}",
        **of_loan,
        amountCents=300_00,
        paidOn="2024-02-29",
        method="TRANSFER",
    )
    assert paid["allocations"] == [{"rank": 1, "amountCents": 222_23}, {"rank": 2, "amountCents": 77_77}]
    assert paid["loan"]["repaidCents"] == 300_00

    reversed_one = await act(
        lending,
        "reverseRepayment",
        f"... on ReversedRepayment {{ repaymentId amountCents reversedOn loan {{ {LOAN} }} }}",
        repaymentId=paid["id"],
        reversedOn="2024-03-05",
        reason="Prélèvement rejeté",
    )
    assert (reversed_one["repaymentId"], reversed_one["reversedOn"]) == (paid["id"], "2024-03-05")
    assert reversed_one["loan"]["outstandingCents"] == 8_000_00

    over_rest = await lending.read(f"loans/{loan['id']}")
    assert (over_rest["status"], over_rest["number"]) == ("active", loan["number"])


async def test_the_loss_and_what_comes_after(lending: Lending) -> None:
    of_loan = {"loanId": (await disbursed(lending))["id"]}

    lost = await act(
        lending,
        "writeOffLoan",
        f"... on Loan {{ {LOAN} }}",
        **of_loan,
        writtenOffOn="2025-06-30",
        reason="Liquidation",
    )
    assert (lost["status"], lost["writtenOffCents"], lost["outstandingCents"]) == ("WRITTEN_OFF", 8_000_00, 0)

    recovered = await act(
        lending,
        "recordRecovery",
        f"... on RecordedRecovery {{ amountCents loan {{ {LOAN} }} }}",
        **of_loan,
        amountCents=100_00,
        receivedOn="2025-09-01",
    )
    assert (recovered["amountCents"], recovered["loan"]["recoveredCents"]) == (100_00, 100_00)

    assert (await lending.read(f"loans/{of_loan['loanId']}"))["status"] == "written_off"


async def test_a_refused_application(lending: Lending) -> None:
    application = await submitted(lending)
    of_it = {"applicationId": application["id"]}
    await act(lending, "reviewApplication", APPLICATION, **of_it)

    refused = await act(
        lending,
        "decideApplication",
        APPLICATION,
        **of_it,
        outcome="REFUSED",
        committee=session(votes_for=0),
        reason="Le plan de financement ne tient pas",
    )

    assert (refused["status"], refused["decision"]) == (
        "REFUSED",
        {"outcome": "REFUSED", "amountCents": None},
    )


async def test_withdrawn_before_the_decision_and_declined_after(lending: Lending) -> None:
    first, second = await submitted(lending), await submitted(lending)
    of_second = {"applicationId": second["id"]}

    withdrawn = await act(lending, "withdrawApplication", APPLICATION, applicationId=first["id"])
    await act(lending, "reviewApplication", APPLICATION, **of_second)
    await act(lending, "decideApplication", APPLICATION, **of_second, outcome="APPROVED", committee=session())
    declined = await act(lending, "declineApplication", APPLICATION, **of_second)

    assert (withdrawn["status"], declined["status"]) == ("WITHDRAWN", "DECLINED")


async def test_more_than_is_owed_is_refused_with_what_is_owed(lending: Lending) -> None:
    loan = await disbursed(lending)

    refused = await act(
        lending,
        "recordRepayment",
        "",
        loanId=loan["id"],
        amountCents=8_000_01,
        paidOn="2024-03-01",
        method="CHEQUE",
    )

    assert refused["__typename"] == "Refusal"
    assert (refused["code"], refused["facts"]["owed_cents"]) == ("repayment-too-large", 8_000_00)


async def test_an_unknown_dossier_is_a_refusal(lending: Lending) -> None:
    refused = await act(lending, "reviewApplication", APPLICATION, applicationId=str(uuid4()))

    assert (refused["__typename"], refused["code"]) == ("Refusal", "not-found")


async def test_a_wrong_value_is_pointed_at_as_the_graph_names_it(lending: Lending) -> None:
    refused = await submitted(lending, cae={"siret": "123", "name": "X"}, amountCents=0)

    assert refused["code"] == "invalid-input"
    assert {error["pointer"] for error in refused["facts"]["errors"]} == {"/cae/siret", "/amountCents"}


async def test_a_repayment_sent_twice_is_recorded_once(lending: Lending) -> None:
    loan = await disbursed(lending)
    given = {
        "loanId": loan["id"],
        "amountCents": 222_23,
        "paidOn": "2024-02-29",
        "method": "DIRECT_DEBIT",
        "idempotencyKey": str(uuid4()),
    }
    kind = f"... on RecordedRepayment {{ id loan {{ {LOAN} schedule {{ rank paidCents }} }} }}"

    first = await act(lending, "recordRepayment", kind, **given)
    later = await act(lending, "recordRepayment", kind, **{**given, "idempotencyKey": str(uuid4())})
    again = await act(lending, "recordRepayment", kind, **given)

    assert first == again
    assert later["loan"]["repaidCents"] == 444_46
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 444_46


async def test_money_does_not_move_without_a_key(lending: Lending) -> None:
    query = """mutation ($loan: ID!) { recordRepayment(input: {
      loanId: $loan, amountCents: 1, paidOn: "2024-02-29", method: CASH
    }) { __typename } }"""

    answer = await ask(lending.operator, query, loan=str(uuid4()))

    assert "data" not in answer
    assert "idempotencyKey" in answer["errors"][0]["message"]


async def test_what_is_kept_to_be_replayed_names_nobody(lending: Lending) -> None:
    loan = await disbursed(lending)

    async with lending.api.database.of_all_tenants(read_only=True) as session_:
        kept = await session_.execute(
            text("SELECT answer FROM loans.idempotency_keys WHERE method = 'GRAPHQL' AND answer IS NOT NULL")
        )
        answers = [bytes(answer).decode() for (answer,) in kept]

    assert any(loan["id"] in answer for answer in answers)
    found = {
        name for name in ("Inès", "Maître", "ines.maitre", "FR76") for answer in answers if name in answer
    }
    assert found == set()
