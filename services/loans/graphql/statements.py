"""Funders' statements of a fund over a period."""

from dataclasses import fields
from datetime import date
from typing import Self

import strawberry

from services.kernel.identifiers import Siren
from services.loans.domain.funders import FunderKind
from services.loans.domain.statements import FunderStatement, StatementFigures, Statements
from services.runtime.graphql.scalars import Cents


@strawberry.type
class StatementAmounts:
    """The same fields for a whole fund and for one funder: opening and movements make closing."""

    opening_cash_cents: Cents = strawberry.field(description="Cash on the eve of the period.")
    opening_outstanding_cents: Cents = strawberry.field(description="Owed by borrowers that eve.")
    paid_in_cents: Cents = strawberry.field(description="Paid in.")
    withdrawn_cents: Cents = strawberry.field(description="Taken back.")
    disbursed_cents: Cents = strawberry.field(description="Lent.")
    repaid_cents: Cents = strawberry.field(description="Come back, net of what bounced.")
    written_off_cents: Cents = strawberry.field(description="Lost.")
    recovered_cents: Cents = strawberry.field(description="Come after a loss.")
    closing_cash_cents: Cents = strawberry.field(description="Cash at the end of the period.")
    closing_outstanding_cents: Cents = strawberry.field(description="Owed by borrowers then.")


def amounts(figures: StatementFigures) -> dict[str, Cents]:
    return {field.name: Cents(getattr(figures, field.name)) for field in fields(StatementFigures)}


@strawberry.type(description="One funder's statement.")
class LoanFunderStatement(StatementAmounts):
    siren: Siren | None = strawberry.field(
        description="Its SIREN; null for imported loans whose funders are not declared yet."
    )
    name: str = strawberry.field(description="The funder's name in the convention.")
    kind: FunderKind = strawberry.field(description="What kind of body it is.")

    @classmethod
    def of(cls, statement: FunderStatement) -> Self:
        funder = statement.funder
        return cls(siren=funder.siren, name=funder.name, kind=funder.kind, **amounts(statement.figures))


@strawberry.type(description="What became of a fund's money over a period; of it a funder reads its own.")
class LoanFundStatements(StatementAmounts):
    first: date = strawberry.field(name="from", description="First day of the period.")
    last: date = strawberry.field(name="to", description="Last day of the period.")
    by_funder: list[LoanFunderStatement] = strawberry.field(
        description="Each funder's, adding up to the whole to the cent."
    )

    @classmethod
    def of(cls, statements: Statements) -> Self:
        return cls(
            first=statements.period.first,
            last=statements.period.last,
            by_funder=[LoanFunderStatement.of(one) for one in statements.by_funder],
            **amounts(statements.whole),
        )
