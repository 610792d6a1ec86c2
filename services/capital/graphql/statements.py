"""What became of each co-funder's euros, as it stood on a day."""

from dataclasses import asdict
from datetime import date
from typing import Self

import strawberry

from services.capital.domain.statements import FunderStatement, StatementFigures, Statements
from services.capital.graphql.words import FunderType
from services.kernel.identifiers import Siren
from services.runtime.graphql.fields import resolved
from services.runtime.graphql.scalars import Cents


@strawberry.type
class TopUpStatementAmounts:
    """The same fields for a whole scheme and for one co-funder."""

    awarded_cents: Cents = strawberry.field(description="Granted and not cancelled: paid, or still to pay.")
    paid_cents: Cents = strawberry.field(description="Paid to CAEs, net of payments that came back.")
    to_pay_cents: Cents = strawberry.field(description="Granted and not yet paid.")
    clawed_back_cents: Cents = strawberry.field(description="Given back by CAEs.")
    to_come_back_cents: Cents = strawberry.field(
        description="Asked back, confirmed, neither received nor waived."
    )
    borne_cents: Cents = strawberry.field(description="Paid less what was given back.")


def amounts(figures: StatementFigures) -> dict[str, Cents]:
    return {name: Cents(cents) for name, cents in asdict(figures).items()}


@strawberry.type(description="One co-funder's statement.")
class TopUpFunderStatement(TopUpStatementAmounts):
    siren: Siren = strawberry.field(description="Its SIREN.")
    name: str = strawberry.field(description="Its name in the convention.")

    @resolved("The co-funder.")
    def funder(self) -> FunderType:
        from services.capital.graphql.funders import Funder  # noqa: PLC0415 - the types point at each other

        return Funder(siren=self.siren)

    @classmethod
    def of(cls, statement: FunderStatement) -> Self:
        return cls(siren=statement.siren, name=statement.name, **amounts(statement.figures))


@strawberry.type(description="What became of a scheme's euros; of it a co-funder reads its own.")
class TopUpSchemeStatements(TopUpStatementAmounts):
    as_of: date = strawberry.field(description="What is dated until that day counts.")
    year: int | None = strawberry.field(
        description="The awards decided in that year alone; null for all of them."
    )
    by_funder: list[TopUpFunderStatement] = strawberry.field(
        description="Each co-funder's, adding up to the whole to the cent."
    )

    @classmethod
    def of(cls, statements: Statements) -> Self:
        return cls(
            as_of=statements.as_of,
            year=statements.year,
            by_funder=[TopUpFunderStatement.of(one) for one in statements.by_funder],
            **amounts(statements.whole),
        )
