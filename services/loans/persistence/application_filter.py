"""Which applications a list is of, drafts and submitted ones alike."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Table, cast, func

from services.kernel.identifiers import Siren
from services.loans.domain.application import ApplicationStatus


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """A day of submission and an amount asked are of what was submitted: no draft has them."""

    fund_id: UUID | None = None
    cae: Siren | None = None
    status: ApplicationStatus | None = None
    entrepreneur_id: UUID | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    min_amount_cents: int | None = None
    max_amount_cents: int | None = None

    @property
    def is_of_submitted(self) -> bool:
        return any(
            value is not None
            for value in (
                self.submitted_from,
                self.submitted_to,
                self.min_amount_cents,
                self.max_amount_cents,
            )
        )

    def conditions(self, table: Table) -> list[ColumnElement[bool]]:
        wanted = (
            (table.c.fund_id, self.fund_id),
            (table.c.cae_siren, self.cae),
            (table.c.status, self.status and self.status.value),
            (table.c.entrepreneur_id, self.entrepreneur_id),
        )
        return [column == value for column, value in wanted if value is not None]

    def submitted_conditions(self, table: Table) -> list[ColumnElement[bool]]:
        """Where the day was not told, it is that of the recording, in Paris."""
        submitted_on = func.coalesce(
            table.c.submitted_on, cast(func.timezone("Europe/Paris", table.c.created_at), Date)
        )
        wanted = (
            (submitted_on.__ge__, self.submitted_from),
            (submitted_on.__le__, self.submitted_to),
            (table.c.asked_amount_cents.__ge__, self.min_amount_cents),
            (table.c.asked_amount_cents.__le__, self.max_amount_cents),
        )
        return [compare(value) for compare, value in wanted if value is not None]
