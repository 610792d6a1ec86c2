"""What figures are behind on is read at once, and is what whole loan files say."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.kernel.calendar import today_in_paris
from services.loans.domain.course import CourseFacts, sums_on
from services.loans.domain.figures import changes_of
from services.loans.persistence import borne_loans, loan_files, stale_figures
from services.loans.summing import sum_figures
from tests.factories.capital import new_siren, siret_of
from tests.factories.course_facts import facts_of
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending
from tests.statements import recorded

TWO_FUNDERS = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_01, "2020-01-02"))
THREE_MONTHS = {"from": "2024-05-10", "months": 3, "reason": "Accord"}


async def lives(lending: Lending) -> list[Json]:
    """Loans of one fund: in order, in two tranches, rearranged, lost and recovered, of one who left."""
    fund = await lending.fund(contributions=TWO_FUNDERS)
    small = {"amount_cents": 1_200_00, "months": 12}
    plain = await lending.loan(fund["id"], **small)
    tranches = await lending.loan(fund["id"], **small, first_tranche_cents=500_01)
    rearranged, lost, moved = [await lending.loan(fund["id"], **small) for _ in range(3)]
    bounced = await lending.repay(plain["id"], 250_01, "2024-03-01")
    await lending.reverse(bounced["id"], "2024-03-05")
    await lending.repay(plain["id"], 100_00, "2024-03-05")
    tranche = {"amount_cents": 200_00, "disbursed_on": "2024-03-15", "reference": "VIR-2"}
    await lending.of_loan(tranches["id"], "tranches", tranche, status=201)
    await lending.repay(rearranged["id"], 300_00, "2024-03-20", early="shorten")
    await lending.of_loan(rearranged["id"], "rescheduling", THREE_MONTHS, status=201)
    await lending.repay(rearranged["id"], 77_77, "2024-06-01")
    await lending.repay(lost["id"], 33_33, "2024-03-01")
    await lending.write_off(lost["id"], "2024-04-15")
    await lending.recover(lost["id"], 60_01, "2024-05-10")
    cae = {"siret": siret_of(new_siren()), "name": "Oxalis"}
    await lending.of_loan(moved["id"], "move", {"moved_on": "2024-06-01", "cae": cae, "reference": "N-7"})
    await lending.of_loan(moved["id"], "departure", {"left_on": "2024-09-30", "reason": "Départ"})
    return [plain, tranches, rearranged, lost, moved]


def in_order(facts: CourseFacts) -> CourseFacts:
    return replace(
        facts, lent=sorted(facts.lent), repaid=sorted(facts.repaid), recovered=sorted(facts.recovered)
    )


async def test_one_statement_says_what_whole_files_say(lending: Lending) -> None:
    loans = await lives(lending)
    loan_ids = [UUID(loan["id"]) for loan in loans]

    async with lending.api.database.of_all_tenants(read_only=True) as session:
        files = {file.loan.id: file for file in await loan_files.of_loans(session, loan_ids)}
        with recorded(lending.api.database) as statements:
            found = {one.loan.loan_id: one.loan for one in await borne_loans.of_loans(session, loan_ids)}

    assert len(statements) == 1
    assert set(found) == set(loan_ids)
    for loan_id, loan in found.items():
        assert in_order(loan.facts) == in_order(facts_of(files[loan_id]))
        assert len(loan.funders) == 2
    stays = found[loan_ids[-1]].hosts
    assert [host.from_on for host in stays] == [date(2024, 1, 31), *[date(2024, 6, 1)] * 2, date(2024, 9, 30)]
    assert [host.cae is None for host in stays] == [False, True, False, True]
    for loan in found.values():
        [whole] = sums_on(loan.facts, [date(2024, 12, 31)])
        until = [change.sums for change in changes_of(loan) if change.on <= date(2024, 12, 31)]
        assert tuple(map(sum, zip(*until, strict=True))) == whole


async def test_stale_loans_cost_a_reader_no_statement_but_beyond_a_bound(
    lending: Lending, monkeypatch: pytest.MonkeyPatch
) -> None:
    loans = await lives(lending)
    fund_id, database, today = loans[0]["fund_id"], lending.api.database, today_in_paris()
    asked = (
        ("indicators", {"fund_id": fund_id}),
        ("indicators", {"fund_id": fund_id, "as_of": "2024-05-01"}),
        ("indicators", {"fund_id": fund_id, "funder": STATE["siren"]}),
        ("indicators/cohorts", {"fund_id": fund_id}),
        ("repayment-curve", {"fund_id": fund_id, "from": "2024-01-01", "to": today.isoformat()}),
    )

    async def read_all() -> tuple[list[Json], list[int]]:
        answers, counts = [], []
        for path, query in asked:
            with recorded(database) as statements:
                answers.append(await lending.read(path, **query))
            counts.append(len(statements))
        return answers, counts

    stale, counts = await read_all()
    with monkeypatch.context() as bounded:
        bounded.setattr(stale_figures, "LOANS_AT_ONCE", 2)
        of_two_by_two, counts_bounded = await read_all()
    await sum_figures(database)
    summed, counts_without = await read_all()
    await lending.repay(loans[0]["id"], 1_00, "2024-03-01")
    moved, counts_with_one = await read_all()

    # One for the fund itself; what is kept, with what that is behind on.
    assert counts == counts_without == counts_with_one == [2] * len(asked)
    assert counts_bounded == [4] * len(asked)
    assert stale == summed == of_two_by_two
    assert moved[1]["outstanding"]["numerator_cents"] == summed[1]["outstanding"]["numerator_cents"] - 1_00
    # A fifth of what is repaid is the State's, carried to the cent.
    own = [answers[2]["outstanding"]["numerator_cents"] for answers in (moved, summed)]
    assert own[1] - own[0] in (20, 21)
