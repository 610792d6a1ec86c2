"""Who may act where a fund asks for a second person, and who reads names, case by case."""

import pytest

from services.kernel.access import Caller, Role
from services.kernel.officers import Officer
from services.kernel.refusals import Refusal
from services.loans.domain.access import sees_names
from services.loans.domain.fund_access import (
    FundAccess,
    SecondPersonAct,
    check_decider,
    check_second_person,
)

PAYS, LOSES = SecondPersonAct.DISBURSEMENT, SecondPersonAct.WRITE_OFF
NOBODY = Officer("erp", None)
ANNE, ANNE_ELSEWHERE = Officer("erp", "anne"), Officer("pages", "anne")
PAUL = Officer("erp", "paul")

# asked for, act, who acts, who decided -> refusal
CASES = [
    ((), PAYS, NOBODY, None, None),
    ((), PAYS, ANNE, ANNE, None),
    ((PAYS,), PAYS, PAUL, ANNE, None),
    ((PAYS,), PAYS, ANNE, ANNE, "another-person-required"),
    ((PAYS,), PAYS, ANNE_ELSEWHERE, ANNE, "another-person-required"),
    ((PAYS,), PAYS, Officer("erp", " ANNE "), ANNE, "another-person-required"),
    (
        (PAYS,),
        PAYS,
        Officer("erp", "Zoe\u0308 Roy"),
        Officer("erp", "zo\u00eb  roy"),
        "another-person-required",
    ),
    ((PAYS,), PAYS, NOBODY, ANNE, "person-required"),
    ((PAYS,), PAYS, Officer("erp", ""), ANNE, "person-required"),
    ((PAYS,), PAYS, NOBODY, None, "person-required"),
    ((PAYS,), PAYS, ANNE, None, None),
    ((PAYS,), PAYS, ANNE, NOBODY, None),
    ((PAYS,), LOSES, NOBODY, ANNE, None),
    ((LOSES,), PAYS, ANNE, ANNE, None),
    ((LOSES,), LOSES, ANNE, ANNE, "another-person-required"),
    ((LOSES,), LOSES, PAUL, ANNE, None),
    ((PAYS, LOSES), LOSES, NOBODY, None, "person-required"),
]


@pytest.mark.parametrize(("asked", "act", "officer", "decided_by", "refusal"), CASES)
def test_a_second_person(
    asked: tuple[SecondPersonAct, ...],
    act: SecondPersonAct,
    officer: Officer,
    decided_by: Officer | None,
    refusal: str | None,
) -> None:
    access = FundAccess(second_person_for=frozenset(asked))
    if refusal is None:
        check_second_person(access, act, officer, decided_by=decided_by)
        return
    with pytest.raises(Refusal) as refused:
        check_second_person(access, act, officer, decided_by=decided_by)
    assert refused.value.code == refusal
    assert refused.value.facts == {"act": act, "setting": "second_person_for"}


@pytest.mark.parametrize(
    ("asked", "officer", "is_refused"),
    [((), NOBODY, False), ((PAYS,), NOBODY, True), ((LOSES,), NOBODY, True), ((PAYS,), ANNE, False)],
)
def test_who_decides_is_known_where_a_second_person_comes_after(
    asked: tuple[SecondPersonAct, ...], officer: Officer, is_refused: bool
) -> None:
    access = FundAccess(second_person_for=frozenset(asked))
    if not is_refused:
        check_decider(access, officer)
        return
    with pytest.raises(Refusal) as refused:
        check_decider(access, officer)
    assert refused.value.code == "person-required"
    assert "anne" not in str(refused.value.facts)


NAMES = {
    Role.OPERATOR: (True, True),
    Role.CAE: (True, True),
    Role.ADMIN: (True, True),
    Role.PARTNER: (False, True),
    Role.FUNDER: (False, False),
}


@pytest.mark.parametrize("role", Role)
def test_names_are_for_partners_where_the_fund_says_so(role: Role) -> None:
    caller = Caller(role, "tests")
    closed, opened = NAMES[role]
    assert sees_names(caller, FundAccess(partners_see_names=False)) is closed
    assert sees_names(caller, FundAccess(partners_see_names=True)) is opened
