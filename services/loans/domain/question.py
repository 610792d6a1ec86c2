"""What the operator and the CAE ask each other about an application, until it is decided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kernel.access import Role
from services.kernel.identifiers import Siren
from services.kernel.language import Word
from services.loans.domain.application_refusals import OwnQuestion

MOST_QUESTIONS = 200


class Side(Word):
    OPERATOR = "operator", "opérateur", "operator"
    CAE = "cae", "CAE", "CAE"


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    id: UUID
    side: Side
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Open until the other side has answered; further answers may complete the first."""

    id: UUID
    application_id: UUID
    region: str
    cae_siren: Siren
    side: Side
    text: str
    created_at: datetime
    answered_at: datetime | None = None
    answers: tuple[QuestionAnswer, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


def side_of(role: Role) -> Side:
    return Side(role.value)


def check_other_side(question: Question, side: Side) -> None:
    if question.side is side:
        raise OwnQuestion(side=side)
