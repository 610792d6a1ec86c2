from dataclasses import replace
from datetime import date

import pytest

from services.kernel.identifiers import parse_siren
from services.loans.domain.committee import Committee, Member, Outcome, check_decision
from services.loans.domain.refusals import Refusal

APPLICANT_CAE = parse_siren("978592848")
OTHER_CAE = parse_siren("927092890")
ADA, BLAISE, CLAUDE = (Member(name, "France Active") for name in ("Ada", "Blaise", "Claude"))
OF_THE_CAE = Member("Denise", "Graines d'Activité", APPLICANT_CAE)
OF_ANOTHER = Member("Émile", "Oxygène", OTHER_CAE)

SESSION = Committee(date(2024, 3, 14), (ADA, BLAISE, CLAUDE), (), votes_for=2, votes_against=1)

SESSIONS = {
    "three voters, two for, one against": (SESSION, None),
    "two voters do not make a quorum of three": (
        replace(SESSION, present=(ADA, BLAISE), votes_for=2, votes_against=0),
        "no-quorum",
    ),
    "who stands aside does not count for the quorum": (
        replace(
            SESSION, present=(ADA, BLAISE, OF_THE_CAE), stood_aside=("Denise",), votes_for=2, votes_against=0
        ),
        "no-quorum",
    ),
    "a member of the applicant's own CAE must stand aside": (
        replace(SESSION, present=(ADA, BLAISE, CLAUDE, OF_THE_CAE)),
        "conflict-of-interest",
    ),
    "standing aside, the others decide": (
        replace(SESSION, present=(ADA, BLAISE, CLAUDE, OF_THE_CAE), stood_aside=("denise ",)),
        None,
    ),
    "a member of another CAE votes": (
        replace(SESSION, present=(ADA, BLAISE, OF_ANOTHER)),
        None,
    ),
    "nobody stands aside from outside the room": (
        replace(SESSION, stood_aside=("Zoé",)),
        "stood-aside-absent",
    ),
    "nobody counts twice": (replace(SESSION, present=(ADA, ADA, BLAISE)), "member-listed-twice"),
    "no more votes than voters": (replace(SESSION, votes_for=3), "too-many-votes"),
    "abstentions are votes too": (replace(SESSION, abstentions=1), "too-many-votes"),
    "a tie approves nothing": (replace(SESSION, votes_for=1, abstentions=1), "no-majority"),
}


@pytest.mark.parametrize("story", SESSIONS)
def test_sessions_that_may_approve(story: str) -> None:
    session, code = SESSIONS[story]
    if code is None:
        check_decision(session, Outcome.APPROVED, applicant_cae=APPLICANT_CAE, quorum=3)
        return
    with pytest.raises(Refusal) as refused:
        check_decision(session, Outcome.APPROVED, applicant_cae=APPLICANT_CAE, quorum=3)
    assert refused.value.code == code
    assert refused.value.message()


def test_a_refusal_needs_a_quorum_but_no_majority_for() -> None:
    against = replace(SESSION, votes_for=0, votes_against=3)

    check_decision(against, Outcome.REFUSED, applicant_cae=APPLICANT_CAE, quorum=3)
    with pytest.raises(Refusal) as refused:
        check_decision(against, Outcome.REFUSED, applicant_cae=APPLICANT_CAE, quorum=4)
    assert refused.value.facts == {"voters": 3, "quorum": 4}
