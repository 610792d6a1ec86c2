"""Co-funders' statements, as answers."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from pydantic import Field

from services.capital.domain.statements import FunderStatement, StatementFigures, Statements
from services.capital.rest.words import SCHEME_ID
from services.kernel.identifiers import Siren
from services.runtime.fields import Answer


class StatementFiguresAnswer(Answer):
    """In cents. Awarded = paid + still to pay; borne = paid - clawed back."""

    awarded_cents: int = Field(description="Granted and not cancelled", examples=[1_480_000])
    paid_cents: int = Field(description="Paid to CAEs, net of payments that came back", examples=[1_200_000])
    to_pay_cents: int = Field(description="Granted and not yet paid", examples=[280_000])
    clawed_back_cents: int = Field(description="Given back by CAEs", examples=[80_000])
    to_come_back_cents: int = Field(
        description="Asked back, confirmed, neither received nor waived", examples=[40_000]
    )
    borne_cents: int = Field(description="Paid less what was given back", examples=[1_120_000])


class FunderStatementAnswer(StatementFiguresAnswer):
    siren: Siren = Field(description="The co-funder's SIREN", examples=["200053759"])
    name: str = Field(description="The co-funder's name", examples=["Région Nouvelle-Aquitaine"])

    @classmethod
    def of(cls, statement: FunderStatement) -> "FunderStatementAnswer":
        return cls(siren=statement.siren, name=statement.name, **figures(statement.figures))


class StatementsAnswer(StatementFiguresAnswer):
    scheme_id: UUID = Field(description="The scheme", examples=[SCHEME_ID])
    scheme_name: str = Field(description="Its name", examples=["Abondement Nouvelle-Aquitaine"])
    as_of: date = Field(description="What is dated until that day counts", examples=["2026-12-31"])
    year: int | None = Field(
        description="The awards decided in that year alone; null for all", examples=[2026]
    )
    by_funder: list[FunderStatementAnswer] = Field(
        description="Each co-funder's, in convention order, adding up to the whole. A funder reads its own"
    )

    @classmethod
    def of(cls, statements: Statements) -> "StatementsAnswer":
        return cls(
            scheme_id=statements.scheme.id,
            scheme_name=statements.scheme.name,
            as_of=statements.as_of,
            year=statements.year,
            by_funder=[FunderStatementAnswer.of(one) for one in statements.by_funder],
            **figures(statements.whole),
        )


def figures(found: StatementFigures) -> dict[str, int]:
    return asdict(found)
