"""The conditions of an offer, as they are asked and as they are lifted."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, StrictBool, model_validator
from pydantic_core import CoreSchema

from services.loans.domain.condition import AskedCondition, Condition
from services.loans.usecases.lift_condition import LiftCondition
from services.runtime.fields import Answer, Body, BusinessDate, LongText, ShortText

CONDITION_ID = "01976b2e-7a00-7c3d-9e11-0c5a7f2d4b71"
MOST_CONDITIONS = 50


class ConditionBody(Body):
    text: ShortText = Field(description="What must be done", examples=["Attestation d'assurance"])
    precedent: StrictBool = Field(
        True, description="Whether no money leaves before it is lifted; so if absent", examples=[True]
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """A text alone is a condition precedent."""
        return {"text": value} if isinstance(value, str) else value

    def asked(self) -> AskedCondition:
        return AskedCondition(self.text, self.precedent)


class OrText:
    """Says of a condition, in the description, that its text alone will do."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, describe: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        plain = {"type": "string", "minLength": 1, "maxLength": 200, "format": "line"}
        return {"anyOf": [plain, describe(core)]}


ConditionField = Annotated[ConditionBody, OrText()]


class LiftingBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lifted_on": "2024-03-28", "evidence": "Attestation de la MAIF du 26/03/2024"}]
        }
    )

    lifted_on: BusinessDate = Field(description="The day it was met", examples=["2024-03-28"])
    evidence: LongText = Field(description="What was seen", examples=["Attestation de la MAIF du 26/03/2024"])

    def order(self, application_id: UUID, condition_id: UUID) -> LiftCondition:
        return LiftCondition(application_id, condition_id, self.lifted_on, self.evidence)


class AskedConditionModel(Answer):
    text: str = Field(description="What must be done", examples=["Attestation d'assurance"])
    precedent: bool = Field(description="Whether no money leaves before it is lifted", examples=[True])

    @classmethod
    def of(cls, condition: AskedCondition) -> "AskedConditionModel":
        return cls(text=condition.text, precedent=condition.is_precedent)


class ConditionAnswer(Answer):
    id: UUID = Field(description="The condition's id", examples=[CONDITION_ID])
    text: str | None = Field(
        description="What must be done; null for whom names are hidden", examples=["Attestation d'assurance"]
    )
    precedent: bool = Field(description="Whether no money leaves before it is lifted", examples=[True])
    lifted_on: date | None = Field(description="The day it was met", examples=["2024-03-28"])
    evidence: str | None = Field(
        description="What was seen; null for whom names are hidden",
        examples=["Attestation de la MAIF du 26/03/2024"],
    )
    lifted_by: str | None = Field(
        description="Who recorded it, as their token says; null for whom the committee's members are hidden",
        examples=["sonia.petit"],
    )

    @classmethod
    def of(cls, condition: Condition, *, shows_names: bool, shows_officers: bool) -> "ConditionAnswer":
        lifting = condition.lifting
        return cls(
            id=condition.id,
            text=condition.text if shows_names else None,
            precedent=condition.is_precedent,
            lifted_on=lifting and lifting.on,
            evidence=lifting.evidence if lifting and shows_names else None,
            lifted_by=lifting.by.person if lifting and shows_officers else None,
        )
