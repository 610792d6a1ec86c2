"""One loan with what its reader is told of it, by one statement of the driver.

Measured in `docs/decisions/recording-a-repayment.md`: as six statements, most of a reading was their making.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import EntrepreneurId, Siret
from services.kernel.refusals import NotFound
from services.loans.domain.borrower import Cae
from services.loans.domain.life.borrower_events import BorrowerEvent, BorrowerEventKind
from services.loans.domain.life.facts import Tranche, TrancheEnd
from services.loans.domain.life.stays import CaeStay, StayEnd
from services.loans.domain.loan import Loan
from services.loans.domain.refusals import LoansElement
from services.loans.domain.schedule import Instalment
from services.loans.persistence.loans import LOANS, to_loan
from services.runtime.database.connection import fetch

# Names are of our own table; policies hold for each of the tables.
FIND = f"""
    SELECT {", ".join(f"l.{column.name}" for column in LOANS.columns)},
           ARRAY(SELECT ROW(i.rank, i.due_on, i.amount_cents, i.cumulative_cents)
                   FROM loans.instalments i WHERE i.loan_id = l.id AND i.version = l.schedule_version
                  ORDER BY i.rank) AS instalments,
           ARRAY(SELECT ROW(t.id, t.amount_cents, t.disbursed_on, t.reference)
                   FROM loans.tranches t WHERE t.loan_id = l.id ORDER BY t.recorded_rank) AS tranches,
           ARRAY(SELECT ROW(e.ended_on, e.reason)
                   FROM loans.tranche_ends e WHERE e.loan_id = l.id) AS tranche_ends,
           ARRAY(SELECT ROW(s.rank, s.cae_siret, s.cae_name, s.entrepreneur_id, s.from_on, s.until_on,
                            s.ended_by, s.reason)
                   FROM loans.cae_stays s WHERE s.loan_id = l.id ORDER BY s.rank) AS stays,
           ARRAY(SELECT ROW(b.id, b.kind, b.occurred_on, b.note)
                   FROM loans.borrower_events b WHERE b.loan_id = l.id
                  ORDER BY b.created_at, b.id) AS events
      FROM loans.loans l
     WHERE l.id = $1 AND ($2::text[] IS NULL OR l.region = ANY ($2))
       AND ($3::text IS NULL OR l.cae_siren = $3)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ToldLoan:
    """Without its repayments: what they amount to is kept."""

    loan: Loan
    tranches: tuple[Tranche, ...]
    tranche_end: TrancheEnd | None
    stays: tuple[CaeStay, ...]
    events: tuple[BorrowerEvent, ...]


def _stay(loan_id: UUID, stay: tuple[Any, ...]) -> CaeStay:
    rank, siret, name, entrepreneur_id, from_on, until_on, ended_by, reason = stay
    return CaeStay(
        loan_id=loan_id,
        rank=rank,
        cae=Cae(Siret(siret), name),
        entrepreneur_id=EntrepreneurId(entrepreneur_id),
        from_on=from_on,
        until_on=until_on,
        ended_by=None if ended_by is None else StayEnd(ended_by),
        reason=reason,
    )


async def find(session: AsyncSession, loan_id: UUID, scope: Scope) -> ToldLoan:
    """Stays and events are those that the caller may see."""
    regions = None if scope.regions is None else sorted(scope.regions)
    # A funder sees no dossier, as `sees_dossier` says.
    asks = scope.funder_siren is None
    found = await fetch(session, FIND, loan_id, regions, scope.cae_siren) if asks else []
    if not found:
        raise NotFound(what=LoansElement.LOAN, id=loan_id)
    [row] = found
    return ToldLoan(
        loan=to_loan(row, tuple(Instalment(*instalment) for instalment in row.instalments)),
        tranches=tuple(Tranche(*tranche) for tranche in row.tranches),
        tranche_end=next((TrancheEnd(*end) for end in row.tranche_ends), None),
        stays=tuple(_stay(loan_id, stay) for stay in row.stays),
        events=tuple(
            BorrowerEvent(event_id, loan_id, BorrowerEventKind(kind), on, note)
            for event_id, kind, on, note in row.events
        ),
    )
