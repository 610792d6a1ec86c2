from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.kernel.identifiers import new_id, parse_siren
from services.kernel.refusals import Refusal, StatusForbids
from services.loans.domain.life.movements import Payment
from services.loans.domain.repayment import PaymentMethod, Repayment
from services.loans.domain.repayment_declaration import (
    FIRST_STATUS,
    MOVES,
    DeclarationAct,
    DeclarationStatus,
    RepaymentDeclaration,
    check_declared,
    confirm,
    reject,
    require_open,
    withdraw,
)
from services.loans.domain.terms import Terms
from tests.factories.loans import TODAY, disbursed

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
FILE = disbursed(Terms(8_000_00, 36, 0), date(2024, 1, 31)).file
LENT = FILE.loan


def paying(amount_cents: int, paid_on: date = date(2024, 6, 3)) -> Payment:
    return Payment(amount_cents, paid_on, PaymentMethod.PAYROLL, "PAIE-06")


def declared() -> RepaymentDeclaration:
    return RepaymentDeclaration(
        id=new_id(),
        loan_id=LENT.id,
        region="84",
        cae_siren=parse_siren("978592848"),
        payment=paying(100_00),
        created_at=NOW,
    )


def repaid(amount_cents: int) -> Repayment:
    return Repayment(new_id(), LENT.id, 1, amount_cents, date(2024, 5, 31), PaymentMethod.CASH, None)


@pytest.mark.parametrize("act", DeclarationAct)
@pytest.mark.parametrize("status", DeclarationStatus)
def test_no_status_is_reached_but_through_the_table(status: DeclarationStatus, act: DeclarationAct) -> None:
    declaration = replace(declared(), status=status)
    if (status, act) in MOVES:
        assert require_open(declaration, act) is MOVES[status, act]
        return
    with pytest.raises(StatusForbids) as refused:
        require_open(declaration, act)
    assert refused.value.facts == {"status": status, "act": act, "possible_from": ["declared"]}


def test_every_end_is_reached_and_final() -> None:
    assert {status for status, _ in MOVES} == {FIRST_STATUS}
    assert set(MOVES.values()) == set(DeclarationStatus) - {FIRST_STATUS}


def test_each_end_says_what_became_of_it() -> None:
    repayment = repaid(100_00)
    confirmed = confirm(declared(), repayment, at=NOW)
    rejected = reject(declared(), reason="Rien reçu", at=NOW)
    withdrawn = withdraw(declared(), reason=None, at=NOW)

    assert (confirmed.status, confirmed.repayment_id) == ("confirmed", repayment.id)
    assert (rejected.status, rejected.ended_reason) == ("rejected", "Rien reçu")
    assert (withdrawn.status, withdrawn.ended_reason) == ("withdrawn", None)
    assert {one.ended_at for one in (confirmed, rejected, withdrawn)} == {NOW}
    assert [one.repayment_id for one in (rejected, withdrawn)] == [None, None]


def test_what_is_owed_may_be_declared_and_no_cent_more() -> None:
    owed_cents = LENT.terms.amount_cents - 1_000_00
    partly = replace(FILE, repayments=(repaid(1_000_00),))
    check_declared(partly, paying(owed_cents), today=TODAY)
    with pytest.raises(Refusal) as refused:
        check_declared(partly, paying(owed_cents + 1), today=TODAY)
    assert refused.value.code == "repayment-too-large"
    assert refused.value.facts == {"owed_cents": owed_cents, "amount_cents": owed_cents + 1}


@pytest.mark.parametrize(
    ("paid_on", "code"),
    [(date(2000, 1, 1), "dates-out-of-order"), (date(2999, 1, 1), "date-in-the-future")],
)
def test_its_date_is_one_that_a_repayment_may_have(paid_on: date, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_declared(FILE, paying(1, paid_on), today=TODAY)
    assert refused.value.code == code


def test_nothing_is_declared_on_a_loan_that_is_lost() -> None:
    lost = replace(FILE, loan=replace(LENT, written_off_on=date(2025, 1, 1)))
    with pytest.raises(Refusal) as refused:
        check_declared(lost, paying(1, date(2025, 1, 2)), today=TODAY)
    assert refused.value.code == "loan-written-off"
