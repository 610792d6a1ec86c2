"""Answers about drafts: what was given so far, what is still missing, and what the fund would refuse."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.kernel.identifiers import Iban, Siren, mask_iban
from services.kernel.language import Language
from services.loans.domain.application import Application, ApplicationStatus
from services.loans.domain.draft import Draft
from services.loans.domain.terms import FundSettings
from services.loans.rest.application_models import ApplicationAnswer
from services.loans.rest.words import APPLICATION_ID, FUND_ID, SIREN, SIRET
from services.loans.usecases.application_form import DraftEntrepreneurBody, missing_of, obstacles_of
from services.runtime.fields import Answer
from services.runtime.problems import input_errors


class MissingAnswer(Answer):
    pointer: str = Field(description="Where it belongs: a JSON pointer", examples=["/entrepreneur/contract"])
    code: str = Field(description="Stable, kebab-case", examples=["missing"])
    message: str = Field(description="In the caller's language", examples=["Champ obligatoire absent."])


class ObstacleAnswer(Answer):
    code: str = Field(description="The refusal's own code", examples=["amount-above-maximum"])
    message: str = Field(
        description="In the caller's language",
        examples=["Le fonds prête 8 000,00 € au plus ; le montant est de 9 000,00 €."],
    )


class DraftCaeAnswer(Answer):
    siret: str | None = Field(description="The establishment that hosts the person", examples=[SIRET])
    siren: Siren = Field(description="The company whose draft it is", examples=[SIREN])
    name: str | None = Field(description="The CAE's name", examples=["Graines d'Activité"])


class DraftBankAnswer(Answer):
    iban: str | None = Field(description="IBAN, masked", examples=["FR76 •••• 0189"])
    bic: str | None = Field(description="BIC of the bank", examples=["AGRIFRPP"])
    holder: str | None = Field(description="Whose account it is", examples=["Inès Maître"])


class DraftAnswer(Answer):
    """An application that is not submitted yet: `missing` is empty once it may be."""

    id: UUID = Field(description="Its id, and the application's that it will be", examples=[APPLICATION_ID])
    status: ApplicationStatus = Field(description="`draft`, or `withdrawn`", examples=["draft"])
    fund_id: UUID = Field(description="The fund that is asked", examples=[FUND_ID])
    region: str = Field(description="The fund's region", examples=["84"])
    number: str | None = Field(description="The operator's own number", examples=["PH-84-0241"])
    cae: DraftCaeAnswer = Field(description="The CAE that hosts the person")
    entrepreneur: DraftEntrepreneurBody | None = Field(description="The person who borrows, so far")
    bank: DraftBankAnswer | None = Field(description="Where the loan is paid, masked")
    amount_cents: int | None = Field(description="What is asked, in cents", examples=[800_000])
    months: int | None = Field(description="Over how many months", examples=[36])
    grace_months: int | None = Field(description="Months of grace", examples=[0])
    purpose: str | None = Field(description="What the loan is for", examples=["Un four de boulanger"])
    submitted_on: date | None = Field(description="The date of the paper", examples=["2024-02-20"])
    missing: list[MissingAnswer] = Field(description="What a submission would be refused for as malformed")
    obstacles: list[ObstacleAnswer] = Field(description="What the fund's settings would refuse today")
    open_questions: int | None = Field(description="Questions without an answer", examples=[0])
    ended_on: date | None = Field(description="The day it was withdrawn", examples=["2024-03-01"])
    ended_reason: str | None = Field(description="Why", examples=["Autre financement obtenu"])
    created_at: datetime = Field(description="When it was recorded", examples=["2026-11-22T15:04:05Z"])
    changed_at: datetime = Field(description="When it last changed", examples=["2026-11-22T16:04:05Z"])

    @classmethod
    def of(cls, draft: Draft, settings: FundSettings | None, language: Language) -> "DraftAnswer":
        """Without `settings` no obstacle is looked for. A withdrawn draft misses nothing any more."""
        content, is_open = draft.content, draft.status is ApplicationStatus.DRAFT
        cae = content.get("cae") or {}
        missing = input_errors(missing_of(content), language) if is_open else []
        obstacles = obstacles_of(content, settings) if is_open and settings is not None else []
        return cls(
            id=draft.id,
            status=draft.status,
            fund_id=draft.fund_id,
            region=draft.region,
            number=content.get("number"),
            cae=DraftCaeAnswer(siret=cae.get("siret"), siren=draft.cae_siren, name=cae.get("name")),
            entrepreneur=_entrepreneur(content.get("entrepreneur")),
            bank=_bank(content.get("bank")),
            amount_cents=content.get("amount_cents"),
            months=content.get("months"),
            grace_months=content.get("grace_months"),
            purpose=content.get("purpose"),
            submitted_on=content.get("submitted_on"),
            missing=[MissingAnswer(**error) for error in missing],
            obstacles=[ObstacleAnswer(code=one.code, message=one.message(language)) for one in obstacles],
            open_questions=draft.open_questions,
            ended_on=draft.ended_on,
            ended_reason=draft.ended_reason,
            created_at=draft.created_at,
            changed_at=draft.changed_at,
        )


def answer_to_tag(dossier: Application | Draft) -> ApplicationAnswer | DraftAnswer:
    """What an entity tag is made of: of a draft what is kept, the same in each language and each day."""
    if isinstance(dossier, Draft):
        return DraftAnswer.of(dossier, None, Language.FRENCH)
    return ApplicationAnswer.of(dossier, shows_names=True)


def _entrepreneur(given: Any) -> DraftEntrepreneurBody | None:
    return None if given is None else DraftEntrepreneurBody.model_validate(given)


def _bank(given: Any) -> DraftBankAnswer | None:
    if given is None:
        return None
    iban = given.get("iban")
    return DraftBankAnswer(
        iban=None if iban is None else mask_iban(Iban(iban)), bic=given.get("bic"), holder=given.get("holder")
    )
