"""The names of officers on clients that ended: kept as long as dossiers name who acted on them."""

from collections.abc import Sequence
from datetime import date

from services.identity.app import has_clients, open_database
from services.identity.usecases.forget_officers import forget_officers
from services.kernel.calendar import today_in_paris
from services.runtime.privacy.personal_data import Category
from services.runtime.privacy.personal_dossiers import Ended, Holder
from services.runtime.privacy.purge import Report, periods_in_force
from services.runtime.privacy.retention import Ending
from services.runtime.privacy.whole_purge import DAY_SECONDS
from services.runtime.settings import Settings
from services.runtime.worker import Duty

TABLE = "identity.clients"


async def purge_client_names(
    settings: Settings, holders: Sequence[Holder], report: Report, *, today: date, is_dry_run: bool = False
) -> None:
    """Adds to `report`. Nothing where another issuer makes the tokens, or where no period is in force."""
    months = await _longest_months(holders, today)
    if months is None or not has_clients(settings):
        return
    database = open_database(settings)
    try:
        async with database.of_all_tenants(read_only=is_dry_run) as session:
            past = await forget_officers(session, months=months, today=today, is_dry_run=is_dry_run)
    finally:
        await database.close()
    ended = [Ended(client, Ending.CARRIED_OUT, day) for client, day in past.items()]
    report.add(database.schema, Category.OFFICER, TABLE, ended)


def forgetting_client_names(settings: Settings, holders: Sequence[Holder]) -> Duty:
    """For the worker: once when it starts, then every day."""

    async def run() -> int:
        report = Report()
        await purge_client_names(settings, holders, report, today=today_in_paris())
        return sum(purged.rows for purged in report.purged)

    return Duty("forget-client-names", "identity", DAY_SECONDS, run)


async def _longest_months(holders: Sequence[Holder], today: date) -> int | None:
    """However a dossier ended: a client acted on dossiers of both endings."""
    found = [
        period.months
        for holder in holders
        for (category, _), period in (await periods_in_force(holder, today)).items()
        if category is Category.OFFICER
    ]
    return max(found, default=None)
