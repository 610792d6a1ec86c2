"""The table of `domain/access.py`, read from the other side: what each role may do."""

import pytest

from services.capital.domain.access import ALLOWED, CapitalAct, may_read_names, require
from services.kernel.access import Caller, Role
from services.kernel.refusals import NotAllowed

A = CapitalAct
PUBLIC = {A.READ_SUBSIDIES, A.PROJECT_BUDGET}
DOCUMENTS = {A.ATTACH_DOCUMENT, A.REMOVE_DOCUMENT, A.READ_DOCUMENT}
READ_FILES = {
    A.READ_SCHEME,
    A.READ_TOP_UP,
    A.READ_FOLLOW_UPS,
    A.READ_PROOF_OF_USE,
    A.READ_PAYMENT,
    A.READ_CLAWBACK,
    A.READ_CAP,
    A.READ_SUCCESSIONS,
    A.READ_EVENTS,
} | PUBLIC
OF_THE_WORKER = {
    A.ANNOUNCE_MEMBERSHIP_DEADLINES,
    A.ANNOUNCE_FOLLOW_UPS,
    A.EXPIRE_REQUESTS,
    A.PROMOTE_REQUESTS,
    A.CHECK_COUNTERS,
}
MAY: dict[Role, set[CapitalAct]] = {
    Role.OPERATOR: set(CapitalAct) - OF_THE_WORKER - {A.VERIFY_LEDGER, A.READ_NIGHTLY_CHECKS},
    Role.CAE: READ_FILES
    | DOCUMENTS
    | {A.SIMULATE_TOP_UPS, A.REQUEST_TOP_UP, A.WITHDRAW_TOP_UP, A.READ_MEMBERSHIP_DEADLINES}
    | {A.READ_DE_MINIMIS, A.DECLARE_DE_MINIMIS_AID, A.CANCEL_DE_MINIMIS_DECLARATION},
    Role.PARTNER: READ_FILES | {A.READ_TOTALS},
    Role.FUNDER: PUBLIC | {A.READ_SCHEME, A.READ_STATEMENT, A.READ_TOTALS, A.READ_PROOF_OF_USE},
    Role.ADMIN: READ_FILES
    | {A.READ_STATEMENT, A.READ_TOTALS, A.READ_MEMBERSHIP_DEADLINES, A.READ_AUDIT, A.VERIFY_LEDGER}
    | {A.READ_DOCUMENT, A.READ_NIGHTLY_CHECKS, A.READ_DE_MINIMIS},
}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_this_and_nothing_else(role: Role) -> None:
    caller = Caller(role, client="test")
    for act in CapitalAct:
        if act in MAY[role]:
            require(caller, act)
        else:
            with pytest.raises(NotAllowed):
                require(caller, act)


def test_every_act_has_its_line() -> None:
    assert set(ALLOWED) == set(CapitalAct)


@pytest.mark.parametrize("role", Role)
def test_partners_read_no_names(role: Role) -> None:
    assert may_read_names(Caller(role, client="test")) is (role is not Role.PARTNER)
