"""All that a purge does for one service: on request, or every day where a setting says so."""

from datetime import date

from services.kernel.calendar import today_in_paris
from services.runtime.privacy.personal_dossiers import Holder
from services.runtime.privacy.purge import Progress, Report, purge_dossiers
from services.runtime.privacy.stored_answers import purge_answers
from services.runtime.worker import Duty

DAY_SECONDS = 86_400.0


async def purge_personal_data(
    holder: Holder,
    report: Report,
    *,
    client: str,
    today: date,
    is_dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> None:
    await purge_answers(holder, report, today=today, is_dry_run=is_dry_run)
    await purge_dossiers(holder, report, client=client, today=today, is_dry_run=is_dry_run, progress=progress)


def daily_purge(holder: Holder) -> Duty:
    """For the worker: once when it starts, then every day."""

    async def run() -> int:
        report = Report()
        await purge_personal_data(holder, report, client="worker", today=today_in_paris())
        return sum(purged.rows for purged in report.purged)

    return Duty("purge-personal-data", holder.service, DAY_SECONDS, run)
