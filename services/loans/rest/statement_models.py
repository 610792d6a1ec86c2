"""Funders' statements, as answers."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from pydantic import Field

from services.loans.domain.statements import (
    FunderStatement,
    StatementFigure,
    StatementFigures,
    StatementLine,
    Statements,
)
from services.loans.rest.words import FUND_ID, LOAN_ID, FunderAnswer
from services.runtime.fields import Answer

ENTRY_ID = "01932b03-6c50-7d63-9e85-9c314a5f6e7e"


class StatementFiguresAnswer(Answer):
    """In cents. Opening + paid in - withdrawn - disbursed + repaid + recovered = closing, of cash; opening +
    disbursed - repaid - written off = closing, of what is outstanding.
    """

    opening_cash_cents: int = Field(description="Cash on the eve of the period", examples=[8_000_000])
    opening_outstanding_cents: int = Field(description="Owed by borrowers that eve", examples=[640_000])
    paid_in_cents: int = Field(description="Paid in", examples=[2_000_000])
    withdrawn_cents: int = Field(description="Taken back", examples=[0])
    disbursed_cents: int = Field(description="Its part of what was lent", examples=[160_000])
    repaid_cents: int = Field(description="Its part of repayments, net of what bounced", examples=[44_446])
    written_off_cents: int = Field(description="Its part of losses", examples=[0])
    recovered_cents: int = Field(description="Its part of what came after a loss", examples=[0])
    closing_cash_cents: int = Field(description="Cash at the end of the period", examples=[9_884_446])
    closing_outstanding_cents: int = Field(description="Owed by borrowers then", examples=[755_554])


class FunderStatementAnswer(StatementFiguresAnswer):
    funder: FunderAnswer = Field(description="Whose statement it is")

    @classmethod
    def of(cls, statement: FunderStatement) -> "FunderStatementAnswer":
        return cls(funder=FunderAnswer.of(statement.funder), **figures(statement.figures))


class StatementsAnswer(StatementFiguresAnswer):
    fund_id: UUID = Field(description="The fund", examples=[FUND_ID])
    fund_name: str = Field(description="Its name", examples=["Fonds de prêts d'honneur Auvergne-Rhône-Alpes"])
    first: date = Field(description="First day of the period", examples=["2025-01-01"], alias="from")
    last: date = Field(description="Last day of the period", examples=["2025-12-31"], alias="to")
    by_funder: list[FunderStatementAnswer] = Field(
        description="Each funder's, in convention order, adding up to the whole. A funder reads its own"
    )

    @classmethod
    def of(cls, statements: Statements) -> "StatementsAnswer":
        return cls.model_validate(
            {
                "fund_id": statements.fund.id,
                "fund_name": statements.fund.name,
                "from": statements.period.first,
                "to": statements.period.last,
                "by_funder": [FunderStatementAnswer.of(one) for one in statements.by_funder],
                **figures(statements.whole),
            }
        )


class StatementLineAnswer(Answer):
    """A part of a figure, by the number of its loan and without a name."""

    entry_id: UUID = Field(description="The entry of the journal", examples=[ENTRY_ID])
    figure: StatementFigure = Field(description="Which figure it is a part of", examples=["repaid"])
    kind: str = Field(description="What the entry records", examples=["repayment"])
    on: date = Field(description="The day of the movement", examples=["2025-03-05"])
    loan_id: UUID | None = Field(description="The loan; null for money of no loan", examples=[LOAN_ID])
    loan_number: str | None = Field(description="The loan's number in the fund", examples=["PH-84-0241"])
    amount_cents: int = Field(
        description="What it adds to the figure, in cents; below zero where it takes from it",
        examples=[4_445],
    )

    @classmethod
    def of(cls, line: StatementLine) -> "StatementLineAnswer":
        return cls(
            entry_id=line.entry_id,
            figure=line.figure,
            kind=line.kind,
            on=line.on,
            loan_id=line.loan_id,
            loan_number=line.loan_number,
            amount_cents=line.signed_cents,
        )


def figures(found: StatementFigures) -> dict[str, int]:
    return asdict(found)
