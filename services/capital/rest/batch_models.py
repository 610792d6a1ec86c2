"""Bodies and answers of lists: grants in one decision, requests at once."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from services.capital.domain.granting import MOST_LINES, Decision
from services.capital.rest.top_up_models import TopUpBody
from services.capital.rest.words import TOP_UP_ID
from services.capital.usecases.grant_top_ups import Granting, GrantTopUps, Refused
from services.capital.usecases.request_batch import RefusedRequest, RequestBatch, RequestedBatch
from services.kernel.language import Language
from services.kernel.refusals import line_facts
from services.runtime.fields import Answer, Body, BusinessDate, Reference


class LineStatus(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"


class DecisionBody(Body):
    top_up_id: UUID = Field(description="A request of the scheme, each once", examples=[TOP_UP_ID])


class GrantsBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decisions": [{"top_up_id": TOP_UP_ID}],
                    "decided_on": "2026-11-03",
                    "reference": "CP 2026-11 n° 12",
                    "atomic": False,
                }
            ]
        }
    )

    decisions: Annotated[list[DecisionBody], Field(min_length=1, max_length=MOST_LINES)] = Field(
        description="Taken in this order: where room runs out, the first come first"
    )
    decided_on: BusinessDate = Field(
        description="The decision's date: its year counts for caps and budgets by year",
        examples=["2026-11-03"],
    )
    reference: Reference = Field(description="The decision's reference", examples=["CP 2026-11 n° 12"])
    atomic: StrictBool = Field(
        True,
        description="Grant all of them or none; else as far as room goes, and each that can be",
        examples=[False],
    )

    def order(self, scheme_id: UUID) -> GrantTopUps:
        decision = Decision(decided_on=self.decided_on, reference=self.reference)
        return GrantTopUps(
            scheme_id=scheme_id,
            decisions=[(line.top_up_id, decision) for line in self.decisions],
            is_atomic=self.atomic,
        )


class RequestsBody(Body):
    items: Annotated[list[TopUpBody], Field(min_length=1, max_length=MOST_LINES)] = Field(
        description="The requests, each as for one alone; their order is that of their recording"
    )
    atomic: StrictBool = Field(
        True, description="Record all of them or none; else each that can be", examples=[True]
    )

    def order(self) -> RequestBatch:
        return RequestBatch([item.order() for item in self.items], self.atomic)


class RefusedLineAnswer(Answer):
    model_config = ConfigDict(extra="allow")

    code: str = Field(
        description="Stable, kebab-case; its facts stand beside it", examples=["cae-cap-reached"]
    )
    detail: str = Field(
        description="Why, in the caller's language",
        examples=["Cette personne a déjà reçu un abondement de ce dispositif."],
    )
    pointer: str = Field(description="Where in the body", examples=["/decisions/17/top_up_id"])

    @classmethod
    def of(cls, line: Refused | RefusedRequest, language: Language) -> "RefusedLineAnswer":
        told: dict[str, Any] = {
            **line_facts(line.refusal),
            "code": line.refusal.code,
            "detail": line.refusal.message(language),
            "pointer": line.pointer,
        }
        return cls(**told)


class LineAnswer(Answer):
    index: int = Field(description="Which line, from 0", examples=[17])
    status: LineStatus = Field(
        description="What became of the line: where it is refused, its dossier stays as it was",
        examples=["granted"],
    )
    top_up_id: UUID | None = Field(
        description="Its top-up; null where a request was not recorded", examples=[TOP_UP_ID]
    )
    entitlement_cents: int | None = Field(
        description="What the scheme's scale gives; null where refused", examples=[150_000]
    )
    award_cents: int | None = Field(
        description="What was granted; null for a request, or where refused", examples=[150_000]
    )
    problem: RefusedLineAnswer | None = Field(description="Why the line was refused; null where it was not")


class GrantsAnswer(Answer):
    granted_count: int = Field(description="Lines granted", examples=[18])
    refused_count: int = Field(description="Lines refused; none where `atomic`", examples=[2])
    granted_cents: int = Field(description="What the awards add up to, in cents", examples=[2_700_000])
    results: list[LineAnswer] = Field(description="One for each line, in the order of the lines")

    @classmethod
    def of(cls, granting: Granting, language: Language) -> "GrantsAnswer":
        results = [
            LineAnswer(
                index=index,
                status=LineStatus.GRANTED,
                top_up_id=top_up.id,
                entitlement_cents=top_up.entitlement_cents,
                award_cents=top_up.award_cents,
                problem=None,
            )
            for index, top_up in granting.granted
        ]
        results += [_refused(line.index, line.top_up_id, line, language) for line in granting.refused]
        return cls(
            granted_count=len(granting.granted),
            refused_count=len(granting.refused),
            granted_cents=sum(top_up.award_cents or 0 for _, top_up in granting.granted),
            results=sorted(results, key=lambda line: line.index),
        )


class RequestsAnswer(Answer):
    requested_count: int = Field(description="Requests recorded", examples=[19])
    refused_count: int = Field(description="Lines refused; none where `atomic`", examples=[1])
    results: list[LineAnswer] = Field(description="One for each line, in the order of the lines")

    @classmethod
    def of(cls, batch: RequestedBatch, language: Language) -> "RequestsAnswer":
        results = [
            LineAnswer(
                index=index,
                status=LineStatus.REQUESTED,
                top_up_id=top_up.id,
                entitlement_cents=top_up.entitlement_cents,
                award_cents=None,
                problem=None,
            )
            for index, top_up in batch.requested
        ]
        results += [_refused(line.index, None, line, language) for line in batch.refused]
        return cls(
            requested_count=len(batch.requested),
            refused_count=len(batch.refused),
            results=sorted(results, key=lambda line: line.index),
        )


def _refused(
    index: int, top_up_id: UUID | None, line: Refused | RefusedRequest, language: Language
) -> LineAnswer:
    return LineAnswer(
        index=index,
        status=LineStatus.REFUSED,
        top_up_id=top_up_id,
        entitlement_cents=None,
        award_cents=None,
        problem=RefusedLineAnswer.of(line, language),
    )
