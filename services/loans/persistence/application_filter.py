"""Which applications a list is of, drafts and submitted ones alike."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Table

from services.kernel.identifiers import Siren
from services.loans.domain.application import ApplicationStatus


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    fund_id: UUID | None = None
    cae: Siren | None = None
    status: ApplicationStatus | None = None
    entrepreneur_id: UUID | None = None

    def conditions(self, table: Table) -> list[ColumnElement[bool]]:
        wanted = (
            (table.c.fund_id, self.fund_id),
            (table.c.cae_siren, self.cae),
            (table.c.status, self.status and self.status.value),
            (table.c.entrepreneur_id, self.entrepreneur_id),
        )
        return [column == value for column, value in wanted if value is not None]
