"""What was awarded in a year, without any person: from the dossiers, or as the database tells a co-funder."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, case, column, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.subsidies import Award, AwardsOfCae
from services.capital.persistence.tables import former_caes, payment_lines, payments, top_ups
from services.kernel.access import Scope
from services.kernel.identifiers import Siren, Siret

SIREN_DIGITS = 9
_TOLD = (
    *("id", "scheme_id", "version_id", "cae_siren", "cae_siret", "cae_name"),
    *("award_cents", "decided_on", "decision_reference", "paid_on"),
)


async def awards_of_scheme(
    session: AsyncSession, scope: Scope, scheme_id: UUID, year: int, *, limit: int
) -> list[Award]:
    """In the order of their decisions, then of the CAEs' establishments."""
    award = _awards(scope, scheme_id, year)
    query = select(award).order_by(award.c.decided_on, award.c.cae_siret, award.c.id).limit(limit)
    return [
        Award(
            id=row.id,
            version_id=row.version_id,
            cae_siret=Siret(row.cae_siret),
            cae_name=row.cae_name,
            amount_cents=row.award_cents,
            decided_on=row.decided_on,
            reference=row.decision_reference,
            paid_on=row.paid_on,
        )
        for row in await session.execute(query)
    ]


async def awards_by_cae(
    session: AsyncSession, scope: Scope, year: int, *, over_cents: int, cae_siren: Siren | None
) -> list[AwardsOfCae]:
    """Of the CAEs that were awarded more than that in all, in all the schemes that the caller sees."""
    award = _awards(scope, None, year)
    total_cents = func.sum(award.c.award_cents).over(partition_by=award.c.cae_siren)
    totalled = select(award, total_cents.label("total_cents"))
    if cae_siren is not None:
        totalled = totalled.where(award.c.cae_siren == cae_siren)
    of_year = totalled.subquery()
    kinds = [of_year.c[name] for name in ("cae_siren", "scheme_id", "version_id", "award_cents")]
    name = func.max(of_year.c.cae_name)
    query = (
        select(*kinds, name.label("cae_name"), func.count().label("awards"))
        .where(of_year.c.total_cents > over_cents)
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return [
        AwardsOfCae(
            cae_siren=Siren(row.cae_siren),
            cae_name=row.cae_name,
            scheme_id=row.scheme_id,
            version_id=row.version_id,
            amount_cents=row.award_cents,
            count=row.awards,
        )
        for row in await session.execute(query)
    ]


def _awards(scope: Scope, scheme_id: UUID | None, year: int) -> FromClause:
    """A co-funder reads no dossier: the database itself tells it the awards of the schemes that it feeds."""
    if scope.funder_siren is not None:
        told: Any = func.capital.awards_of_funder(scheme_id, year)
        awards: FromClause = told.table_valued(*(column(name) for name in _TOLD)).alias("award")
        return awards
    paid_on = (
        select(func.max(payments.c.paid_on))
        .join_from(payment_lines, payments, payments.c.id == payment_lines.c.payment_id)
        .where(payment_lines.c.top_up_id == top_ups.c.id)
        .scalar_subquery()
    )
    # Whose the dossier was on the day of its decision: the end of the first stay that lasted longer.
    former = (
        select(former_caes.c.former_siret.label("siret"), former_caes.c.former_name.label("name"))
        .where(former_caes.c.top_up_id == top_ups.c.id, former_caes.c.effective_on > top_ups.c.decided_on)
        .order_by(former_caes.c.effective_on, former_caes.c.succession_id)
        .limit(1)
        .lateral("former")
    )
    siret = func.coalesce(former.c.siret, top_ups.c.cae_siret)
    told_of_cae = {
        "cae_siren": func.left(siret, SIREN_DIGITS),
        "cae_siret": siret,
        "cae_name": func.coalesce(former.c.name, top_ups.c.cae_name),
    }
    is_paid = top_ups.c.status != TopUpStatus.GRANTED.value
    return (
        select(
            *(told_of_cae.get(name, top_ups.c[name]).label(name) for name in _TOLD[:-1]),
            case((is_paid, paid_on)).label("paid_on"),
        )
        .select_from(top_ups.outerjoin(former, true()))
        .where(
            top_ups.c.award_cents.is_not(None),
            top_ups.c.status != TopUpStatus.CANCELLED.value,
            top_ups.c.decided_on.between(date(year, 1, 1), date(year, 12, 31)),
            *_within(scope),
            *([] if scheme_id is None else [top_ups.c.scheme_id == scheme_id]),
        )
        .subquery("award")
    )


def _within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        narrowed.append(top_ups.c.region.in_(scope.regions))
    if scope.cae_siren is not None:
        narrowed.append(top_ups.c.cae_siren == scope.cae_siren)
    return narrowed
