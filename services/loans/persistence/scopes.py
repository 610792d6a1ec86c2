"""What a caller may see, as conditions of a query. Everything read for a caller goes through here."""

from sqlalchemy import ColumnElement, exists, false

from services.kernel.access import Scope
from services.loans.persistence.tables import (
    ApplicationRow,
    CommitteeSessionRow,
    FunderRow,
    FundRow,
    LoanRow,
    StandingMemberRow,
)


def sees_dossier(row: type[ApplicationRow | LoanRow], scope: Scope) -> list[ColumnElement[bool]]:
    """A dossier is seen by the operators and partners of its region and by its own CAE.

    By no funder: its figures are made of what it bears, without the dossiers that bear names.
    """
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(row.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(row.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(false())
    return conditions


def sees_committee(
    row: type[StandingMemberRow | CommitteeSessionRow], scope: Scope
) -> list[ColumnElement[bool]]:
    """By its region's operators and partners; by no CAE and no funder."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(row.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None or scope.funder_siren is not None:
        conditions.append(false())
    return conditions


def sees_fund(scope: Scope) -> list[ColumnElement[bool]]:
    """By its region's operators and partners, by its funders, and by any CAE, who may apply."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(FundRow.region.in_(sorted(scope.regions)))
    if scope.funder_siren is not None:
        conditions.append(
            exists().where(FunderRow.fund_id == FundRow.id, FunderRow.siren == scope.funder_siren)
        )
    return conditions
