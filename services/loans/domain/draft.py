"""An application that is still being filled: what was given of it so far, over several calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import EntrepreneurId, Siren
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.application import ApplicationAct, ApplicationStatus, next_status
from services.loans.domain.application_refusals import DraftTooLarge

MOST_CHARACTERS = 40_000

Content = Mapping[str, Any]
"""JSON, by the names that a submission has: each value is one that a submission could have."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Of one fund and one CAE from its first call on. Its id is that of the application it will be.

    `entrepreneur_id` is None until the CAE's reference of the person is known.
    """

    id: UUID
    fund_id: UUID
    region: str
    cae_siren: Siren
    created_at: datetime
    changed_at: datetime
    content: Content = field(default_factory=dict)
    status: ApplicationStatus = ApplicationStatus.DRAFT
    entrepreneur_id: EntrepreneurId | None = None
    ended_on: date | None = None
    ended_reason: str | None = None
    open_questions: int | None = 0


def fill(draft: Draft, patch: Content, *, at: datetime) -> Draft:
    """JSON merge patch (RFC 7396): absent is unchanged, null is emptied."""
    status = next_status(draft.status, ApplicationAct.CHANGE)
    content = merge(draft.content, patch)
    size = len(json.dumps(content, ensure_ascii=False))
    if size > MOST_CHARACTERS:
        raise DraftTooLarge(size=size, most=MOST_CHARACTERS)
    return replace(draft, status=status, content=content, changed_at=at)


def merge(content: Content, patch: Content) -> dict[str, Any]:
    merged = dict(content)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            before = merged.get(name)
            merged[name] = merge(before if isinstance(before, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged


def named_fields(content: Content, prefix: str = "") -> tuple[str, ...]:
    """The fields that a patch gives or empties, by their names alone."""
    names: list[str] = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            names += named_fields(value, f"{prefix}{name}.")
        else:
            names.append(f"{prefix}{name}")
    return tuple(sorted(names))


def check_same_cae(draft: Draft, siren: Siren) -> None:
    """Whose a dossier is never changes: another CAE's is another dossier."""
    if siren != draft.cae_siren:
        raise InvalidInput(
            "/cae/siret",
            Text(
                "ce brouillon est de la CAE {draft_cae} ; celui d'une autre CAE est un autre brouillon",
                "this draft is of the CAE {draft_cae}; another CAE's is another draft",
            ),
            draft_cae=draft.cae_siren,
        )


def check_same_fund(draft: Draft, fund_id: UUID) -> None:
    if fund_id != draft.fund_id:
        raise InvalidInput(
            "/fund_id",
            Text(
                "ce brouillon est au fonds {fund} ; pour un autre fonds, ouvrez un autre brouillon",
                "this draft is to the fund {fund}; for another fund open another draft",
            ),
            fund=draft.fund_id,
        )


def withdraw_draft(draft: Draft, *, on: date, reason: str | None, today: date) -> Draft:
    """Nothing stays of it but that it was there."""
    status = next_status(draft.status, ApplicationAct.WITHDRAW)
    require_past(DateField.WITHDRAWN_ON, on, today)
    return replace(draft, status=status, content={}, ended_on=on, ended_reason=reason)
