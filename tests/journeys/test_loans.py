"""The life of a loan, over HTTP: REST for the operator's back office, the gateway for the rest."""

import asyncio
from pathlib import Path
from typing import Any

from services.runtime.settings import REPOSITORY
from tests.factories import capital
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor

REGION_FUNDER = {"siren": "200053767", "name": "Région", "kind": "region"}
STATE = {"siren": "120027016", "name": "État", "kind": "state"}
COMMITTEE = {
    "heldOn": "2025-01-28",
    "votesFor": 3,
    "votesAgainst": 0,
    "present": [{"name": name, "organisation": "Comité"} for name in ("Ana Roy", "Luc Petit", "Zoé Blanc")],
}
SAMPLE = REPOSITORY / "samples" / "portefeuille-84"


async def open_fund(
    operator: Caller, name: str, *, region_cents: int, state_cents: int, **settings: Any
) -> str:
    body: dict[str, Any] = {"region": "84", "name": name, "opened_on": "2025-01-06"}
    if settings:
        body["settings"] = settings
    fund = (await operator.post("loans", "/funds", body))["id"]
    for funder, amount_cents in ((REGION_FUNDER, region_cents), (STATE, state_cents)):
        contribution = {
            "funder": funder,
            "convention": "2025",
            "amount_cents": amount_cents,
            "paid_on": "2025-01-10",
        }
        await operator.post("loans", f"/funds/{fund}/contributions", contribution)
    return str(fund)


def application(fund: str, siren: str, amount_cents: int, *, reference: str = "E-17") -> dict[str, Any]:
    return {
        "fundId": fund,
        "cae": {"siret": siret_of(siren), "name": "Coopérative des Essais"},
        "entrepreneur": {
            "reference": reference,
            "givenName": "Awa",
            "familyName": "Le Goff",
            "contract": {"kind": "CESA", "startedOn": "2024-03-01"},
        },
        "amountCents": amount_cents,
        "months": 36,
        "graceMonths": 0,
        "purpose": "Un four et un pétrin",
        "submittedOn": "2025-01-20",
    }


async def mutate(caller: Caller, name: str, given: dict[str, Any], fields: str) -> Any:
    kind = name[0].upper() + name[1:]
    document = (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {fields} "
        "... on Refusal { code facts } } }"
    )
    return (await caller.graphql(document, input=given))[name]


async def sign_an_offer(operator: Caller, fund: str, siren: str, amount_cents: int) -> str:
    dossier = await mutate(
        operator, "submitApplication", application(fund, siren, amount_cents), "... on LoanApplication { id }"
    )
    given = {"applicationId": dossier["id"]}
    fields = "... on LoanApplication { status }"
    await mutate(operator, "reviewApplication", given, fields)
    decision = {**given, "outcome": "APPROVED", "committee": COMMITTEE, "reason": "Projet solide"}
    assert (await mutate(operator, "decideApplication", decision, fields))["status"] == "APPROVED"
    signed = await mutate(operator, "signApplication", {**given, "signedOn": "2025-01-30"}, fields)
    assert signed["status"] == "SIGNED"
    return str(dossier["id"])


async def disburse(operator: Caller, dossier: str) -> str:
    given = {
        "applicationId": dossier,
        "disbursedOn": "2025-01-31",
        "reference": "V1",
        "idempotencyKey": dossier,
    }
    return str((await mutate(operator, "disburseLoan", given, "... on Loan { id }"))["id"])


async def test_the_life_of_a_loan_to_its_last_cent(essor: Essor) -> None:
    siren = new_siren()
    async with essor.as_("operator", regions=["84"]) as operator:
        fund = await open_fund(operator, f"Vie {siren}", region_cents=80_000_00, state_cents=20_000_00)
        dossier = await sign_an_offer(operator, fund, siren, 8_000_00)
        position = await operator.get("loans", f"/funds/{fund}/position")
        assert (position["committed_cents"], position["available_cents"]) == (8_000_00, 92_000_00)
        loan = await disburse(operator, dossier)
        assert await disburse(operator, dossier) == loan  # the same key gives the same loan

        first = {"loanId": loan, "amountCents": 500_00, "paidOn": "2025-02-28", "method": "DIRECT_DEBIT"}
        fields = """... on RecordedRepayment { id allocations { rank amountCents }
            loan { status outstandingCents } }"""
        paid = await mutate(operator, "recordRepayment", {**first, "idempotencyKey": "1"}, fields)
        assert [(part["rank"], part["amountCents"]) for part in paid["allocations"]] == [
            (1, 222_23),
            (2, 222_23),
            (3, 55_54),
        ]
        reversal = {
            "repaymentId": paid["id"],
            "reversedOn": "2025-03-05",
            "reason": "Rejet de prélèvement",
            "idempotencyKey": "2",
        }
        reversed_ = await mutate(
            operator, "reverseRepayment", reversal, "... on ReversedRepayment { loan { outstandingCents } }"
        )
        assert reversed_["loan"]["outstandingCents"] == 8_000_00

        too_much = {**first, "amountCents": 8_000_01, "paidOn": "2025-03-31", "idempotencyKey": "3"}
        refused = await mutate(operator, "recordRepayment", too_much, fields)
        assert (refused["code"], refused["facts"]["owed_cents"]) == ("repayment-too-large", 8_000_00)

        whole = {**first, "amountCents": 8_000_00, "paidOn": "2025-04-30", "idempotencyKey": "4"}
        last = await mutate(operator, "recordRepayment", whole, fields)
        assert last["loan"] == {"status": "REPAID", "outstandingCents": 0}
        position = await operator.get("loans", f"/funds/{fund}/position")
        assert [part["outstanding_cents"] for part in position["by_funder"]] == [0, 0]
        assert [part["available_cents"] for part in position["by_funder"]] == [80_000_00, 20_000_00]
        kinds = [
            entry["kind"] for entry in (await operator.get("loans", f"/loans/{loan}/entries"))["entries"]
        ]
        assert kinds == ["disbursement", "repayment", "reversal", "repayment"]


async def test_two_processes_never_promise_more_than_the_fund_has(essor: Essor) -> None:
    """Eight committees at once, each for 8 000.00, over two processes; the fund has 30 000.00: three pass."""
    siren = new_siren()
    async with essor.as_("operator", regions=["84"]) as operator:
        fund = await open_fund(operator, f"Course {siren}", region_cents=20_000_00, state_cents=10_000_00)
        dossiers = []
        for number in range(8):
            body = application(fund, siren, 8_000_00, reference=f"E-{number}")
            dossier = await mutate(operator, "submitApplication", body, "... on LoanApplication { id }")
            await operator.post("loans", f"/applications/{dossier['id']}/review", {})
            dossiers.append(dossier["id"])
        decision = {
            "outcome": "approved",
            "committee": {
                "held_on": "2025-01-28",
                "present": COMMITTEE["present"],
                "stood_aside": [],
                "votes_for": 3,
                "votes_against": 0,
            },
            "amount_cents": 8_000_00,
            "months": 36,
            "grace_months": 0,
            "conditions": [],
            "reason": "Projet solide",
        }
        answers = await asyncio.gather(
            *(
                operator.send("loans", f"/applications/{dossier}/decision", decision, process=number % 2)
                for number, dossier in enumerate(dossiers)
            )
        )
        position = await operator.get("loans", f"/funds/{fund}/position")
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"fund-short"}
    assert (position["committed_cents"], position["available_cents"]) == (24_000_00, 6_000_00)


async def test_repaying_one_loan_from_two_processes_takes_no_cent_too_much(essor: Essor) -> None:
    """Twelve repayments of 1 000.00 at once on a loan of 8 000.00: eight pass, and each counts once."""
    siren = new_siren()
    async with essor.as_("operator", regions=["84"]) as operator:
        fund = await open_fund(operator, f"Remise {siren}", region_cents=80_000_00, state_cents=20_000_00)
        loan = await disburse(operator, await sign_an_offer(operator, fund, siren, 8_000_00))
        repayment = {
            "amount_cents": 1_000_00,
            "paid_on": "2025-03-31",
            "method": "transfer",
            "reference": "R",
        }
        keys = [f"{siren}-{number}" for number in range(12)]
        answers = await asyncio.gather(
            *(  # each key twice at once, on both processes
                operator.send("loans", f"/loans/{loan}/repayments", repayment, process=process, key=key)
                for key in keys
                for process in range(2)
            )
        )
        after = await operator.get("loans", f"/loans/{loan}")
        entries = (await operator.get("loans", f"/loans/{loan}/entries"))["entries"]
    accepted = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(accepted) == 8
    assert sum(answer.status_code == 201 for answer in answers) == 16
    assert (after["status"], after["repaid_cents"]) == ("repaid", 8_000_00)
    assert sum(entry["kind"] == "repayment" for entry in entries) == 8


async def test_a_portfolio_comes_in_over_http_once(essor: Essor) -> None:
    fund = f"Fonds importé {new_siren()}"
    async with essor.as_("operator", regions=["84"]) as operator:
        first, again = [await import_sample(operator, fund) for _ in range(2)]
        indicators = await operator.get("loans", f"/indicators?fund_id={first['fund_id']}&as_of=2025-12-31")
    assert (first["loans"]["taken"], first["repayments"]["taken"]) == (240, 5392)
    assert (again["loans"]["taken"], again["repayments"]["taken"]) == (0, 0)
    rate = indicators["repayment_rate"]
    assert (rate["value"], rate["numerator_cents"], rate["denominator_cents"]) == (
        "97.52",
        91118489,
        93439405,
    )
    assert indicators["arrears"]["numerator_cents"] == 1354252
    assert indicators["par_30"]["numerator_cents"] == 3694660


async def import_sample(operator: Caller, fund: str) -> Any:
    def file(name: str) -> tuple[str, bytes]:
        return name, Path(SAMPLE / name).read_bytes()

    response = await operator.client.post(
        f"{operator.essor.loans[0]}/v1/imports/loans",
        data={"fund": fund, "region": "84"},
        files={"loans": file("prets.csv"), "repayments": file("remboursements.csv")},
    )
    assert response.is_success, response.text
    return response.json()


async def test_a_partner_reads_a_caes_loans_and_top_ups_in_one_query(essor: Essor) -> None:
    siren = new_siren()
    async with (
        essor.as_("operator", regions=["84", "75"]) as operator,
        essor.as_("partner", regions=["84", "75"]) as partner,
        essor.as_("partner", regions=["53"]) as elsewhere,
    ):
        fund = await open_fund(operator, f"Partenaire {siren}", region_cents=80_000_00, state_cents=20_000_00)
        loan = await disburse(operator, await sign_an_offer(operator, fund, siren, 8_000_00))
        scheme = (await operator.post("capital", "/schemes", capital.scheme()))["id"]
        body = capital.top_up(scheme, siren, paid_up_cents=1_500_00, reference="E-17")
        top_up = (await operator.post("capital", "/top-ups", body))["id"]
        query = """query Cae($siren: ID!) { cae(siren: $siren) {
            loans { edges { node { id outstandingCents entrepreneur { id topUps { id } } } } }
            topUps { edges { node { id status entrepreneur { loans { id } } } } }
        } }"""
        seen = (await partner.graphql(query, siren=siren))["cae"]
        hidden = (await elsewhere.graphql(query, siren=siren))["cae"]
    (lent,) = (edge["node"] for edge in seen["loans"]["edges"])
    (asked,) = (edge["node"] for edge in seen["topUps"]["edges"])
    assert (lent["id"], lent["outstandingCents"]) == (loan, 8_000_00)
    assert lent["entrepreneur"]["topUps"] == [{"id": top_up}]  # one person, one id in both services
    assert asked == {"id": top_up, "status": "REQUESTED", "entrepreneur": {"loans": [{"id": loan}]}}
    assert hidden["loans"]["edges"] == hidden["topUps"]["edges"] == []
