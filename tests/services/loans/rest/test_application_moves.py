"""Every act on every status is done or refused by the table of moves: none is an error of ours."""

import pytest

from services.loans.domain.application import MOVES, ApplicationAct, ApplicationStatus
from tests.services.loans.conftest import Json, Lending

BODIES: dict[ApplicationAct, tuple[str, Json]] = {
    ApplicationAct.SUBMIT: ("submission", {}),
    ApplicationAct.REVIEW: ("review", {}),
    ApplicationAct.WITHDRAW: ("withdrawal", {}),
    ApplicationAct.SIGN: ("signature", {"signed_on": "2024-01-20"}),
    ApplicationAct.DECLINE: ("decline", {}),
    ApplicationAct.CANCEL: ("cancellation", {"cancelled_on": "2024-01-31", "reason": "projet abandonné"}),
    ApplicationAct.DISBURSE: ("disbursement", {"disbursed_on": "2024-01-31", "reference": "VIR-1"}),
}
# What leads to each status, from a submission; a lapsed offer is the daily close's doing.
PATHS: dict[ApplicationStatus, tuple[ApplicationAct, ...]] = {
    ApplicationStatus.SUBMITTED: (),
    ApplicationStatus.UNDER_REVIEW: (ApplicationAct.REVIEW,),
    ApplicationStatus.WITHDRAWN: (ApplicationAct.WITHDRAW,),
    ApplicationStatus.REFUSED: (ApplicationAct.REVIEW, ApplicationAct.REFUSE),
    ApplicationStatus.APPROVED: (ApplicationAct.REVIEW, ApplicationAct.APPROVE),
    ApplicationStatus.DECLINED: (ApplicationAct.REVIEW, ApplicationAct.APPROVE, ApplicationAct.DECLINE),
    ApplicationStatus.SIGNED: (ApplicationAct.REVIEW, ApplicationAct.APPROVE, ApplicationAct.SIGN),
    ApplicationStatus.CANCELLED: (
        *(ApplicationAct.REVIEW, ApplicationAct.APPROVE, ApplicationAct.SIGN),
        ApplicationAct.CANCEL,
    ),
}


def _call(lending: Lending, act: ApplicationAct) -> tuple[str, Json]:
    if act is ApplicationAct.APPROVE:
        return "decision", lending.approval()
    if act is ApplicationAct.REFUSE:
        return "decision", lending.approval(outcome="refused")
    return BODIES[act]


@pytest.mark.parametrize("status", PATHS)
async def test_what_the_table_does_not_allow_is_refused(lending: Lending, status: ApplicationStatus) -> None:
    fund = await lending.fund()
    application = await lending.application(fund["id"])
    for act in PATHS[status]:
        await lending.act(application["id"], *_call(lending, act))
    impossible = [act for act in (*BODIES, ApplicationAct.APPROVE) if (status, act) not in MOVES]

    refused = {
        act: await lending.act(application["id"], *_call(lending, act), status=409) for act in impossible
    }

    assert {act: answer["code"] for act, answer in refused.items()} == dict.fromkeys(
        impossible, "status-forbids"
    )
    assert (await lending.read(f"applications/{application['id']}"))["status"] == status
