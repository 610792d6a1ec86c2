"""What a reader is told of a loan by one statement is what its facts, read one kind at a time, say."""

from uuid import UUID

import pytest

from services.kernel.access import Scope
from services.kernel.refusals import NotFound
from services.loans.persistence import cae_stays, loan_files, told_loans
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Lending
from tests.statements import recorded

FUNDERS = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))


async def lived_loan(lending: Lending) -> UUID:
    fund = await lending.fund(contributions=FUNDERS)
    loan = await lending.loan(fund["id"], amount_cents=1_200_00, months=12)
    await lending.repay(loan["id"], 150_00, "2024-02-29")
    later = {"from": "2024-04-15", "months": 3, "reason": "Baisse d'activité"}
    await lending.of_loan(loan["id"], "rescheduling", later, status=201)
    return UUID(loan["id"])


async def test_it_is_what_the_whole_file_says(lending: Lending) -> None:
    loan_id = await lived_loan(lending)

    async with lending.api.database.of_all_tenants(read_only=True) as session:
        told = await told_loans.find(session, loan_id, Scope())
        file = await loan_files.find(session, loan_id, Scope())
        stays = (await cae_stays.of_loans(session, [loan_id]))[loan_id]

    assert (told.loan, told.tranches, told.tranche_end) == (file.loan, file.tranches, file.tranche_end)
    assert (told.stays, told.events) == (stays, file.events)
    assert len(told.loan.schedule) == 5
    assert len(told.stays) == 1


async def test_a_reading_takes_one_statement(lending: Lending) -> None:
    loan_id = await lived_loan(lending)

    with recorded(lending.api.database) as statements:
        await lending.read(f"loans/{loan_id}")

    assert len(statements) == 1


@pytest.mark.parametrize(
    "scope",
    [
        Scope(regions=frozenset({"11"})),
        Scope(cae_siren="552100554"),
        Scope(funder_siren=REGION_COUNCIL["siren"]),
    ],
    ids=["another region", "another CAE", "a funder"],
)
async def test_who_does_not_see_the_dossier_finds_no_loan(lending: Lending, scope: Scope) -> None:
    loan_id = await lived_loan(lending)

    async with lending.api.database.of_all_tenants(read_only=True) as session:
        with pytest.raises(NotFound):
            await told_loans.find(session, loan_id, scope)
