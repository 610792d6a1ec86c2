from datetime import date

import pytest

from services.kernel.contracts import Contract, ContractKind
from services.kernel.refusals import InvalidInput
from services.loans.domain.refusals import ContractNotEligible, Refusal
from services.loans.domain.terms import (
    DEFAULT_SETTINGS,
    EligibleContract,
    FundSettings,
    Terms,
    check_contract,
    check_terms,
    count_instalments,
)

CAPE, CESA, MEMBER = EligibleContract.CAPE, EligibleContract.CESA, EligibleContract.MEMBER


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(1_000_00, 12, 0), None),
        (Terms(8_000_00, 60, 18), None),
        (Terms(999_99, 12, 0), "amount-below-minimum"),
        (Terms(8_000_01, 12, 0), "amount-above-maximum"),
        (Terms(1_000_00, 11, 0), "duration-too-short"),
        (Terms(1_000_00, 61, 0), "duration-too-long"),
        (Terms(1_000_00, 60, 19), "grace-too-long"),
    ],
)
def test_a_new_fund_lends_within_its_defaults(terms: Terms, code: str | None) -> None:
    if code is None:
        check_terms(DEFAULT_SETTINGS, terms)
        return
    with pytest.raises(Refusal) as refused:
        check_terms(DEFAULT_SETTINGS, terms)
    assert refused.value.code == code


def test_a_limit_that_is_absent_is_no_limit() -> None:
    check_terms(FundSettings(), Terms(1_000_000_00, 240, 36))
    check_contract(FundSettings(), Contract(ContractKind.CAPE, date(2025, 1, 1)), is_member=False)


@pytest.mark.parametrize(
    ("grace_included", "months", "grace_months", "count"),
    [(True, 36, 0, 36), (True, 24, 3, 21), (False, 24, 3, 24), (True, 19, 18, 1)],
)
def test_the_grace_counts_inside_the_duration_where_the_fund_says_so(
    grace_included: bool, months: int, grace_months: int, count: int
) -> None:
    assert count_instalments(Terms(1_000_00, months, grace_months), grace_included=grace_included) == count


@pytest.mark.parametrize("terms", [Terms(1_000_00, 12, 12), Terms(1_000_00, 12, 18), Terms(11, 12, 0)])
def test_terms_that_leave_no_instalment_are_refused_as_input(terms: Terms) -> None:
    with pytest.raises(InvalidInput):
        count_instalments(terms, grace_included=True)


@pytest.mark.parametrize(
    ("eligible", "kind", "is_member", "admitted"),
    [
        ({CAPE}, ContractKind.CAPE, False, True),
        ({CAPE}, ContractKind.CESA, False, False),
        ({CESA}, ContractKind.CESA, False, True),
        ({CESA}, ContractKind.CESA, True, True),
        ({CESA}, ContractKind.CAPE, False, False),
        ({MEMBER}, ContractKind.CESA, False, False),
        ({MEMBER}, ContractKind.CESA, True, True),
        ({CAPE, MEMBER}, ContractKind.CAPE, False, True),
    ],
)
def test_contracts_that_may_borrow(
    eligible: set[EligibleContract], kind: ContractKind, is_member: bool, admitted: bool
) -> None:
    settings = FundSettings(eligible_contracts=frozenset(eligible))
    contract = Contract(kind, date(2025, 1, 1))
    if admitted:
        check_contract(settings, contract, is_member=is_member)
        return
    with pytest.raises(ContractNotEligible):
        check_contract(settings, contract, is_member=is_member)


def test_a_maximum_below_its_minimum_is_refused_as_input() -> None:
    with pytest.raises(InvalidInput) as refused:
        FundSettings(min_amount_cents=2_000_00, max_amount_cents=1_000_00)
    assert refused.value.pointer == "/settings/max_amount_cents"
