"""What happened to which dossier: told by a use case as its last word, written once with its effect.

Each fact becomes a row of the audit trail, and, where it is an event, a row of the outbox, in the transaction
of the effect itself: see `docs/decisions/0006-one-request-one-transaction-and-an-outbox.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.kernel.language import Word

TOLD = "facts told"


def dossier_path(kind: str, dossier_id: UUID) -> str:
    """Where a dossier is read: `top_up` under `/v1/top-ups/{id}`, a draft where what it becomes will be."""
    return f"/v1/{kind.removesuffix('_draft').replace('_', '-')}s/{dossier_id}"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Whose it is decides who reads of it. `kind` names it in paths, as `dossier_path` says."""

    kind: str
    id: UUID
    region: str
    cae_siren: Siren | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """`act` is the word of the table of rights; `event` is None where nobody is told.

    `before` and `after` hold what changed and is no person's: statuses, amounts (`*_cents`), dates, ids. Of
    personal fields only the names stand in `personal_fields`; free text stands in `note`, which a purge
    removes.
    `subject_id` is what the act recorded, where it is not the dossier itself (a repayment, a payment).
    """

    dossier: Dossier
    act: Word
    event: StrEnum | None = None
    subject_id: UUID | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    personal_fields: tuple[str, ...] = ()
    note: str | None = None


def tell(session: AsyncSession, *facts: Fact) -> None:
    """The last word of a use case. Written just before the transaction commits, all facts at once."""
    session.info.setdefault(TOLD, []).extend(facts)


def told(session: AsyncSession) -> list[Fact]:
    """What was told so far in this transaction; the list is then empty."""
    facts: list[Fact] = session.info.pop(TOLD, [])
    return facts
