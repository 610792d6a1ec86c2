"""Bodies and answers about de minimis aid."""

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.capital.domain.de_minimis import (
    CeilingRule,
    Declaration,
    DeclarationStatus,
    DeclaredBy,
    Window,
)
from services.capital.rest.words import SCHEME_ID, SIREN
from services.capital.usecases.declare_de_minimis_aid import DeclareDeMinimisAid
from services.capital.usecases.read_de_minimis import DeMinimisAid, Source
from services.kernel.identifiers import Siren
from services.runtime.fields import (
    Answer,
    Body,
    BusinessDate,
    LongText,
    PositiveCents,
    Reference,
    RegionField,
    ShortText,
    SirenField,
)

DECLARATION_ID = "01932c0b-1f52-7c31-9a40-5e6f708192a3"


class CeilingRuleAnswer(Answer):
    regulation: str = Field(description="What the law is called", examples=["règlement (UE) 2023/2831"])
    valid_from: date = Field(description="Its first day", examples=["2024-01-01"])
    ceiling_cents: int = Field(
        description="What one company may be granted within the window", examples=[30_000_000]
    )
    window: Window = Field(
        description="`rolling`: the years that end on the day; `fiscal_years`: its year and those before",
        examples=["rolling"],
    )
    window_years: int = Field(description="How many years", examples=[3])
    source: str = Field(
        description="Where the law says so", examples=["Règlement (UE) 2023/2831, art. 3, par. 2"]
    )

    @classmethod
    def of(cls, rule: CeilingRule) -> "CeilingRuleAnswer":
        return cls(
            regulation=rule.regulation,
            valid_from=rule.valid_from,
            ceiling_cents=rule.ceiling_cents,
            window=rule.window,
            window_years=rule.window_years,
            source=rule.source,
        )


class SourceAnswer(Answer):
    source: Source = Field(
        description="`scheme`: awards of one scheme; `declared`: aid declared from outside; `elsewhere`: "
        "both, of other regions, of which an operator is told the sum",
        examples=["scheme"],
    )
    scheme_id: UUID | None = Field(description="The scheme; null for the others", examples=[SCHEME_ID])
    scheme_name: str | None = Field(
        description="Its name", examples=["Abondement au capital Nouvelle-Aquitaine"]
    )
    amount_cents: int = Field(description="What it granted within the window", examples=[600_000])


class DeMinimisAnswer(Answer):
    cae: Siren = Field(description="The CAE, by SIREN: its establishments are one", examples=[SIREN])
    on: date = Field(description="The day that it is counted for", examples=["2026-11-28"])
    rule: CeilingRuleAnswer | None = Field(
        description="The rule in force on that day; null before the first one: then nothing is counted"
    )
    counted_from: date | None = Field(description="The window's first day", examples=["2023-11-28"])
    received_cents: int = Field(
        description="What was granted within the window, whenever it is paid", examples=[4_200_000]
    )
    room_cents: int | None = Field(
        description="The highest award of that day that would pass; what was granted after it must stand too",
        examples=[25_800_000],
    )
    sources: list[SourceAnswer] = Field(description="Who granted it; adds up to what was received")

    @classmethod
    def of(cls, aid: DeMinimisAid) -> "DeMinimisAnswer":
        return cls(
            cae=aid.cae_siren,
            on=aid.on,
            rule=CeilingRuleAnswer.of(aid.rule) if aid.rule else None,
            counted_from=aid.counted_from,
            received_cents=aid.received_cents,
            room_cents=aid.room_cents,
            sources=[
                SourceAnswer(
                    source=one.source,
                    scheme_id=one.scheme_id,
                    scheme_name=one.scheme_name,
                    amount_cents=one.amount_cents,
                )
                for one in aid.sources
            ],
        )


class DeclarationBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "75",
                    "cae": SIREN,
                    "granted_on": "2025-04-14",
                    "amount_cents": 1_500_000,
                    "grantor": "Communauté d'agglomération de Limoges",
                    "reference": "DEL 2025-04-31",
                }
            ]
        }
    )

    region: RegionField = Field(
        description="Whose operator it is declared to; it counts in every region", examples=["75"]
    )
    cae: SirenField = Field(description="The company that received the aid, by SIREN", examples=[SIREN])
    granted_on: BusinessDate = Field(
        description="When the right to it was given, whenever it was paid", examples=["2025-04-14"]
    )
    amount_cents: PositiveCents = Field(
        description="The aid, as gross grant equivalent", examples=[1_500_000]
    )
    grantor: ShortText = Field(
        description="Who granted it", examples=["Communauté d'agglomération de Limoges"]
    )
    reference: Reference = Field(description="The number of the act", examples=["DEL 2025-04-31"])

    def order(self) -> DeclareDeMinimisAid:
        return DeclareDeMinimisAid(
            region=self.region,
            cae_siren=self.cae,
            granted_on=self.granted_on,
            amount_cents=self.amount_cents,
            grantor=self.grantor,
            reference=self.reference,
        )


class DeclarationCancellationBody(Body):
    reason: LongText = Field(
        description="Why it counts no more; of a company, without a name of a person",
        examples=["Aide retirée par l'autorité avant tout versement"],
    )


class DeclarationAnswer(Answer):
    id: UUID = Field(description="The declaration's id", examples=[DECLARATION_ID])
    region: str = Field(description="Whose operator it is declared to", examples=["75"])
    cae: Siren = Field(description="The company that received the aid", examples=[SIREN])
    granted_on: date = Field(description="When the right to it was given", examples=["2025-04-14"])
    amount_cents: int = Field(description="The aid", examples=[1_500_000])
    grantor: str = Field(description="Who granted it", examples=["Communauté d'agglomération de Limoges"])
    reference: str = Field(description="The number of the act", examples=["DEL 2025-04-31"])
    declared_by: DeclaredBy = Field(
        description="Who declared it; a CAE takes back only its own", examples=["cae"]
    )
    status: DeclarationStatus = Field(description="Whether it counts", examples=["declared"])
    cancelled_on: date | None = Field(description="Since when it counts no more", examples=["2026-01-08"])
    reason: str | None = Field(
        description="Why", examples=["Aide retirée par l'autorité avant tout versement"]
    )
    created_at: datetime = Field(description="When it was recorded", examples=["2025-05-02T07:41:12Z"])

    @classmethod
    def of(cls, declaration: Declaration) -> "DeclarationAnswer":
        return cls(
            id=declaration.id,
            region=declaration.region,
            cae=declaration.cae_siren,
            granted_on=declaration.granted_on,
            amount_cents=declaration.amount_cents,
            grantor=declaration.grantor,
            reference=declaration.reference,
            declared_by=declaration.declared_by,
            status=declaration.status,
            cancelled_on=declaration.cancelled_on,
            reason=declaration.reason,
            created_at=declaration.created_at,
        )
