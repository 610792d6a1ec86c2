import pytest

from services.kernel.access import Caller, Role
from services.kernel.identifiers import parse_siren
from services.kernel.refusals import NotAllowed
from services.loans.domain.access import ALLOWED, Act, require


def caller(role: Role) -> Caller:
    return Caller(role, client="test", regions=frozenset({"84"}), siren=parse_siren("978592848"))


OF_THE_DAILY_CLOSE = {Act.CLOSE_DAY, Act.LAPSE_OFFERS}


def test_every_act_says_who_may() -> None:
    assert set(ALLOWED) == set(Act)
    assert {act for act, roles in ALLOWED.items() if not roles} == OF_THE_DAILY_CLOSE


CHANGES = [act for act in Act if not act.value.startswith(("read_", "verify_"))]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_who_may_not_is_refused(act: Act, role: Role) -> None:
    if role in ALLOWED[act]:
        require(caller(role), act)
        return
    with pytest.raises(NotAllowed):
        require(caller(role), act)


@pytest.mark.parametrize("act", CHANGES)
def test_partners_funders_and_administrators_change_no_dossier(act: Act) -> None:
    assert not ALLOWED[act] & {Role.PARTNER, Role.FUNDER, Role.ADMIN}
