"""What a list of grants became, line by line."""

from typing import Self
from uuid import UUID

import strawberry
from pydantic import BaseModel, RootModel
from pydantic_core import to_jsonable_python

from services.capital.domain.top_ups import TopUp as TopUpOfDomain
from services.capital.graphql.top_ups import TopUp, without_person
from services.capital.usecases.grant_top_ups import Granting
from services.kernel.language import Language
from services.runtime.graphql.refusals import Refusal, shown
from services.runtime.graphql.scalars import Cents, Facts


class GrantLine(BaseModel):
    """As it is kept to be replayed: `code` is None where the line is granted."""

    index: int
    top_up_id: UUID
    top_up: TopUpOfDomain | None = None
    code: str | None = None
    message: str = ""
    facts: dict[str, object] = {}


StoredGrants = RootModel[list[GrantLine]]


def lines_of(granting: Granting, language: Language) -> list[GrantLine]:
    lines = [
        GrantLine(index=index, top_up_id=top_up.id, top_up=without_person(top_up))
        for index, top_up in granting.granted
    ]
    for line in granting.refused:
        refusal = shown(line.refusal, language)
        lines.append(
            GrantLine(
                index=line.index,
                top_up_id=line.top_up_id,
                code=refusal.code,
                message=refusal.message,
                facts=to_jsonable_python(refusal.facts),
            )
        )
    return sorted(lines, key=lambda line: line.index)


@strawberry.type(description="What one line of a list of grants became.")
class TopUpGrantLine:
    index: int = strawberry.field(description="Which line, from 0.")
    top_up_id: strawberry.ID = strawberry.field(description="The top-up that it names.")
    top_up: TopUp | None = strawberry.field(description="As granted; null where the line is refused.")
    refusal: Refusal | None = strawberry.field(
        description="Why the line is refused, and its dossier as it was; null where it is granted."
    )

    @classmethod
    def of(cls, line: GrantLine) -> Self:
        return cls(
            index=line.index,
            top_up_id=strawberry.ID(str(line.top_up_id)),
            top_up=TopUp.of(line.top_up) if line.top_up else None,
            refusal=_refusal(line),
        )


def _refusal(line: GrantLine) -> Refusal | None:
    if line.code is None:
        return None
    return Refusal(code=line.code, message=line.message, facts=Facts(line.facts))


@strawberry.type(description="What a list of grants became.")
class TopUpGrants:
    granted_cents: Cents = strawberry.field(description="What the awards add up to.")
    lines: list[TopUpGrantLine] = strawberry.field(description="Each line, in the order given.")

    @classmethod
    def of(cls, lines: list[GrantLine]) -> Self:
        awards = [line.top_up.award_cents or 0 for line in lines if line.top_up]
        return cls(granted_cents=Cents(sum(awards)), lines=[TopUpGrantLine.of(line) for line in lines])
