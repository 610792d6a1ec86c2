"""What a caller may see, as conditions of a query. Everything read for a caller goes through here."""

from typing import Any

from sqlalchemy import ColumnElement, exists

from services.kernel.access import Scope
from services.loans.persistence.tables import ApplicationRow, FunderRow, FundRow, LoanRow


def sees_dossier(row: type[ApplicationRow | LoanRow], scope: Scope) -> list[ColumnElement[bool]]:
    """A dossier is seen by the operators and partners of its region and by its own CAE."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(row.region.in_(sorted(scope.regions)))
    if scope.cae_siren is not None:
        conditions.append(row.cae_siren == scope.cae_siren)
    if scope.funder_siren is not None:
        conditions.append(_is_funder_of(row.fund_id, scope.funder_siren))
    return conditions


def sees_fund(scope: Scope) -> list[ColumnElement[bool]]:
    """By its region's operators and partners, by its funders, and by any CAE, who may apply."""
    conditions: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        conditions.append(FundRow.region.in_(sorted(scope.regions)))
    if scope.funder_siren is not None:
        conditions.append(_is_funder_of(FundRow.id, scope.funder_siren))
    return conditions


def _is_funder_of(fund_id: Any, siren: str) -> ColumnElement[bool]:
    return exists().where(FunderRow.fund_id == fund_id, FunderRow.siren == siren)
