"""Imported loans wait on a placeholder for their funders, who then take over to the cent."""

from datetime import UTC, date, datetime
from uuid import UUID

from services.kernel.access import Scope
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import entrepreneur_id, new_id, parse_siret
from services.loans.domain.borrower import Borrower, Cae
from services.loans.domain.life.movements import Payment, open_loan, repay, write_off
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.terms import Terms
from services.loans.persistence import bulk, funds
from services.loans.persistence.loan_rows import FileChange
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending

TODAY = date(2026, 6, 30)


def taken_over(fund: Json, number: str, placeholder_id: UUID, *, is_lost: bool) -> FileChange:
    cae = Cae(parse_siret(siret_of(new_siren())), "Oxygène")
    borrower = Borrower(
        entrepreneur_id=entrepreneur_id(b"a key for tests", cae.siren, number),
        cae=cae,
        reference=number,
        given_name="Noé",
        family_name="Éluard",
        contract=Contract(ContractKind.CAPE, date(2018, 1, 1)),
    )
    movement = open_loan(
        fund_id=UUID(fund["id"]),
        region=fund["region"],
        number=number,
        borrower=borrower,
        terms=Terms(1_000_00, 12, 0),
        grace_included=True,
        disbursed_on=date(2019, 1, 31),
        paid_in_cents={placeholder_id: 1},
        created_at=datetime.now(UTC),
    )
    file, journal = movement.file, list(movement.entries)
    for amount_cents, paid_on in ((83_34, date(2019, 2, 28)), (100_01, date(2019, 4, 1))):
        movement = repay(file, Payment(amount_cents, paid_on, PaymentMethod.OTHER), today=TODAY)
        file, journal = movement.file, [*journal, *movement.entries]
    if is_lost:
        movement = write_off(file, written_off_on=date(2020, 6, 30), reason="perte", today=TODAY)
        file, journal = movement.file, [*journal, *movement.entries]
    return FileChange(None, file, journal)


async def imported(lending: Lending) -> Json:
    """A fund without contributions, and two loans of before: one lost, one not."""
    fund = await lending.fund(contributions=())
    async with lending.api.database.of_all_tenants() as session:
        await funds.lock(session, UUID(fund["id"]), Scope())
        placeholder = await funds.ensure_placeholder(session, UUID(fund["id"]), new_id=new_id())
        changes = [
            taken_over(fund, "PH-84-0001", placeholder.id, is_lost=False),
            taken_over(fund, "PH-84-0002", placeholder.id, is_lost=True),
        ]
        await bulk.write(session, changes)
    return fund


async def test_until_then_nobody_bears_them_and_nothing_is_available(lending: Lending) -> None:
    fund = await imported(lending)

    position = await lending.position(fund["id"])

    assert position["available_cents"] == -2_000_00 + 2 * 183_35
    assert [(part["siren"], part["name"]) for part in position["by_funder"]] == [(None, "à déclarer")]
    assert await lending.differences() == []
    application = await lending.under_review(fund["id"], amount_cents=1_00, months=1)
    refused = await lending.act(application["id"], "decision", lending.approval(), status=409)
    assert (refused["code"], refused["available_cents"]) == ("fund-short", -1_633_30)


async def test_declared_funders_take_over(lending: Lending) -> None:
    fund = await imported(lending)
    await lending.contribute(fund["id"], REGION_COUNCIL, 80_000_00, "2025-01-01")
    await lending.contribute(fund["id"], STATE, 20_000_00, "2025-01-01")

    declared = await lending.operator.post(
        f"/v1/funds/{fund['id']}/funders-declaration",
        json={"declared_on": "2025-02-01"},
        headers={"Idempotency-Key": fund["id"]},
    )

    assert (declared.status_code, declared.json()["loans"]) == (201, 2)
    assert declared.json()["principal_cents"] == 2_000_00
    before, after = [await lending.position(fund["id"], on) for on in ("2025-01-31", "2025-02-01")]
    assert {name: before[name] for name in before if name.endswith("_cents")} == {
        name: after[name] for name in after if name.endswith("_cents")
    }
    assert [part["disbursed_cents"] for part in before["by_funder"]] == [2_000_00, 0, 0]
    assert [
        (part["siren"], part["disbursed_cents"], part["repaid_cents"], part["written_off_cents"])
        for part in after["by_funder"]
    ] == [(REGION_COUNCIL["siren"], 1_600_00, 293_36, 653_32), (STATE["siren"], 400_00, 73_34, 163_33)]
    assert await lending.differences() == []


async def test_what_moves_after_the_declaration_still_ends_at_zero(lending: Lending) -> None:
    fund = await imported(lending)
    await lending.contribute(fund["id"], REGION_COUNCIL, 80_000_00, "2025-01-01")
    await lending.contribute(fund["id"], STATE, 20_000_00, "2025-01-01")
    await lending.operator.post(
        f"/v1/funds/{fund['id']}/funders-declaration",
        json={"declared_on": "2025-02-01"},
        headers={"Idempotency-Key": fund["id"]},
    )
    loans = (await lending.read("loans", fund_id=fund["id"]))["items"]
    for loan in loans:
        repayments = (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
        await lending.reverse(repayments[0]["id"], "2025-03-01")
        if loan["status"] == "active":
            await lending.repay(loan["id"], loan["outstanding_cents"] + 83_34, "2025-04-01")
        else:
            await lending.recover(loan["id"], 900_00 - 1, "2025-04-01")

    position = await lending.position(fund["id"])

    assert {part["siren"] for part in position["by_funder"]} == {REGION_COUNCIL["siren"], STATE["siren"]}
    assert [part["outstanding_cents"] for part in position["by_funder"]] == [0, 0]
    assert await lending.differences() == []


async def test_a_declaration_needs_money_paid_in_and_loans_that_wait(lending: Lending) -> None:
    fund = await imported(lending)
    path, body = f"/v1/funds/{fund['id']}/funders-declaration", {"declared_on": "2025-02-01"}

    async def declare() -> str:
        answer = await lending.operator.post(path, json=body, headers={"Idempotency-Key": str(new_id())})
        return str(answer.json().get("code", answer.status_code))

    unpaid = await declare()
    await lending.contribute(fund["id"], STATE, 20_000_00, "2025-01-01")

    assert [unpaid, await declare(), await declare()] == [
        "no-paid-in-contribution",
        "201",
        "nothing-to-declare",
    ]


async def test_numbers_of_imported_loans_are_not_given_again(lending: Lending) -> None:
    fund = await imported(lending)
    await lending.contribute(fund["id"], STATE, 20_000_00, "2020-01-01")

    assert (await lending.loan(fund["id"], amount_cents=1_200_00, months=12))["number"] == "PH-84-0003"
