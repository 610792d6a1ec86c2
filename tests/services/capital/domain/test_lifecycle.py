from itertools import product

import pytest

from services.capital.domain.lifecycle import AWARDED, MOVES, PAID_OUT, Act, TopUpStatus, move
from services.kernel.refusals import StatusForbids

S, A = TopUpStatus, Act


@pytest.mark.parametrize(("status", "act"), [*product(TopUpStatus, Act)])
def test_every_pair_moves_as_the_table_says_or_is_refused(status: TopUpStatus, act: Act) -> None:
    expected = {
        (S.REQUESTED, A.GRANT): S.GRANTED,
        (S.REQUESTED, A.REFUSE): S.REFUSED,
        (S.REQUESTED, A.WITHDRAW): S.WITHDRAWN,
        (S.REQUESTED, A.EXPIRE): S.EXPIRED,
        (S.REQUESTED, A.WAIT): S.WAITING,
        (S.WAITING, A.PROMOTE): S.REQUESTED,
        (S.WAITING, A.REFUSE): S.REFUSED,
        (S.WAITING, A.WITHDRAW): S.WITHDRAWN,
        (S.GRANTED, A.CANCEL): S.CANCELLED,
        (S.GRANTED, A.PAY): S.PAID,
        (S.PAID, A.REVERSE_PAYMENT): S.GRANTED,
        (S.PAID, A.PROPOSE_CLAWBACK): S.CLAWBACK_PROPOSED,
        (S.CLAWBACK_PROPOSED, A.WITHDRAW_CLAWBACK): S.PAID,
        (S.CLAWBACK_PROPOSED, A.CONFIRM_CLAWBACK): S.CLAWBACK_PROPOSED,
        (S.CLAWBACK_PROPOSED, A.CLAW_BACK): S.CLAWED_BACK,
        (S.CLAWBACK_PROPOSED, A.WAIVE_CLAWBACK): S.WAIVED,
        (S.PAID, A.FOLLOW_UP): S.PAID,
        (S.PAID, A.CLOSE): S.CLOSED,
        (S.CLOSED, A.REOPEN): S.PAID,
    }
    if (status, act) in expected:
        assert move(status, act) is expected[status, act]
    else:
        with pytest.raises(StatusForbids) as refusal:
            move(status, act)
        assert refusal.value.facts["status"] == status.value
        assert refusal.value.facts["possible_from"] == [
            source.value for source, possible in expected if possible is act
        ]


def test_every_status_can_be_reached() -> None:
    assert {S.REQUESTED, *MOVES.values()} == set(TopUpStatus)


def test_an_award_counts_from_its_grant_until_it_is_cancelled() -> None:
    assert set(TopUpStatus) - AWARDED == {
        S.REQUESTED,
        S.WAITING,
        S.REFUSED,
        S.WITHDRAWN,
        S.EXPIRED,
        S.CANCELLED,
    }
    assert {S.GRANTED} == AWARDED - PAID_OUT
