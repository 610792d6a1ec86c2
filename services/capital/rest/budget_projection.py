"""The note's cost table with every assumption a parameter, under /v1/budget-projection."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.capital.domain.budget_projection import (
    LARGEST_AMOUNT_CENTS,
    MOST_CAES,
    MOST_PEOPLE,
    MOST_PEOPLE_OF_A_CAE,
    NOTE,
    Assumptions,
    Line,
    LineName,
)
from services.capital.usecases.project_budget import project_budget
from services.kernel.language import Language
from services.runtime.call import Call, get_call
from services.runtime.fields import Answer

router = APIRouter(tags=["budget projection"])
PERCENT = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"


def _people(description: str) -> object:
    return Query(ge=0, le=MOST_PEOPLE, description=description)


def _amount(description: str) -> object:
    return Query(ge=0, le=LARGEST_AMOUNT_CENTS, description=description)


def _percent(description: str) -> object:
    return Query(
        ge=0,
        le=100,
        max_digits=5,
        decimal_places=2,
        description=description,
        json_schema_extra={"anyOf": None, "type": "string", "pattern": PERCENT},
    )


def get_assumptions(
    caes: Annotated[int, Query(ge=1, le=MOST_CAES, description="How many CAEs, in both years")] = NOTE.caes,
    new_members_per_cae_2020: Annotated[
        int,
        Query(ge=0, le=MOST_PEOPLE_OF_A_CAE, description="How many become members in each CAE in 2020"),
    ] = NOTE.new_members_per_cae_2020,
    new_members_2025: Annotated[
        int, _people("How many become members in 2025, spread evenly over the CAEs")
    ] = NOTE.new_members_2025,
    mean_contribution_cents: Annotated[
        int, _amount("What each of them brings in on average, matched euro for euro")
    ] = NOTE.mean_contribution_cents,
    cae_cap_cents: Annotated[int, _amount("What one CAE may be awarded at most")] = NOTE.cae_cap_cents,
    entrepreneurs_2020: Annotated[
        int, _people("Of how many entrepreneurs some borrow in 2020; the note does not say")
    ] = NOTE.entrepreneurs_2020,
    entrepreneurs_2025: Annotated[
        int, _people("Of how many entrepreneurs some borrow in 2025; the note does not say")
    ] = NOTE.entrepreneurs_2025,
    borrowing_percent: Annotated[
        Decimal, _percent("How many of them ask for a loan each year")
    ] = NOTE.borrowing_percent,
    mean_loan_cents: Annotated[int, _amount("What each of them borrows on average")] = NOTE.mean_loan_cents,
    state_share_percent: Annotated[
        Decimal, _percent("The State's share of the loan funds")
    ] = NOTE.state_share_percent,
    supported_2020: Annotated[int, _people("How many are supported in 2020")] = NOTE.supported_2020,
    support_2020_cents: Annotated[int, _amount("What each of them costs in 2020")] = NOTE.support_2020_cents,
    supported_2025: Annotated[
        int, _people("How many are supported in 2025: the entrepreneurs who are not members yet")
    ] = NOTE.supported_2025,
    support_2025_cents: Annotated[int, _amount("What each of them costs in 2025")] = NOTE.support_2025_cents,
    training_2021_cents: Annotated[
        int, _amount("The training programme of 2021, a lump sum")
    ] = NOTE.training_2021_cents,
) -> Assumptions:
    return Assumptions(
        caes=caes,
        new_members_per_cae_2020=new_members_per_cae_2020,
        new_members_2025=new_members_2025,
        mean_contribution_cents=mean_contribution_cents,
        cae_cap_cents=cae_cap_cents,
        entrepreneurs_2020=entrepreneurs_2020,
        entrepreneurs_2025=entrepreneurs_2025,
        borrowing_percent=borrowing_percent,
        mean_loan_cents=mean_loan_cents,
        state_share_percent=state_share_percent,
        supported_2020=supported_2020,
        support_2020_cents=support_2020_cents,
        supported_2025=supported_2025,
        support_2025_cents=support_2025_cents,
        training_2021_cents=training_2021_cents,
    )


class InputAnswer(Answer):
    name: str = Field(description="The assumption, by its parameter's name", examples=["entrepreneurs_2020"])
    value: int | str = Field(
        description="How many people, or cents where the name ends so; a percentage is a text",
        examples=[6_000, "12.5"],
    )


class LineAnswer(Answer):
    line: LineName = Field(description="What the money is for", examples=["loans"])
    label: str = Field(
        description="The same in the caller's language",
        examples=["part de l'État dans les prêts d'honneur à taux zéro"],
    )
    year: int = Field(description="Of which year", examples=[2020])
    formula: str = Field(
        description="How it is computed, in the caller's language",
        examples=["6 000 entrepreneurs × 10 % × 8 000,00 € × 20 %"],
    )
    inputs: list[InputAnswer] = Field(description="The assumptions that it depends on")
    note_cents: int = Field(description="What the note of 2020 says", examples=[100_000_000])
    computed_cents: int = Field(description="What the inputs give", examples=[96_000_000])
    difference_cents: int = Field(
        description="Computed less the note's: negative where the note says more", examples=[-4_000_000]
    )
    capped_cents: int | None = Field(
        description="What the cap per CAE leaves of it; null for what no cap limits", examples=[300_000_000]
    )
    fitting_base: int | None = Field(
        description="How many people the note's figure would take, everything else being equal; null where it"
        " follows",
        examples=[6_250],
    )
    remark: str | None = Field(
        description="Where the note's figure does not follow, or the cap bites: so, in the caller's language",
        examples=["Il faudrait 6 250 personnes au lieu de 6 000 pour arriver au chiffre de la note."],
    )

    @classmethod
    def of(cls, line: Line, language: Language) -> "LineAnswer":
        return cls(
            line=line.name,
            label=line.name.label.render(language),
            year=line.year,
            formula=line.formula.render(language),
            inputs=[
                InputAnswer(name=name, value=value if isinstance(value, int) else str(value))
                for name, value in line.inputs.items()
            ],
            note_cents=line.note_cents,
            computed_cents=line.computed_cents,
            difference_cents=line.difference_cents,
            capped_cents=line.capped_cents,
            fitting_base=line.fitting_base,
            remark=" ".join(remark.render(language) for remark in line.remarks) or None,
        )


class ProjectionAnswer(Answer):
    lines: list[LineAnswer] = Field(description="The table's lines, in the note's order")


@router.get("/budget-projection", summary="What the measures of the note of 2020 would cost, line by line")
async def get_budget_projection(
    call: Annotated[Call, Depends(get_call)],
    assumptions: Annotated[Assumptions, Depends(get_assumptions)],
) -> ProjectionAnswer:
    lines = project_budget(call.caller, assumptions)
    return ProjectionAnswer(lines=[LineAnswer.of(line, call.language) for line in lines])
