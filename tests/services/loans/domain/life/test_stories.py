"""Every history of the officers' page comes out as the page says, in the order told and in date order."""

from datetime import date

import pytest

from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.standing import loan_as_of, stand
from services.loans.domain.loan import delay_of
from services.loans.domain.schedule import Instalment
from tests.services.loans.domain.life.stories import Life, Row, Story, cents, french_day, read_stories

STORIES = read_stories()


def lived(story: Story, facts: list[Row]) -> LoanFile:
    life = Life(story.loan)
    for row in facts:
        assert life.take(row) == row["refus"], row
    return life.file


def test_there_are_at_least_thirty() -> None:
    assert len(STORIES) >= 30
    assert len({story.title for story in STORIES}) == len(STORIES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_balances_are_those_of_the_page(story: Story) -> None:
    file = lived(story, story.facts)

    assert story.situations
    for row in story.situations:
        assert situation(file, french_day(row["au"])) == {
            name: (value if name in {"au", "état"} else cents(value) if "," in value else int(value))
            for name, value in row.items()
        }


@pytest.mark.parametrize("story", [story for story in STORIES if story.schedules], ids=lambda one: one.title)
def test_schedules_are_those_of_the_page(story: Story) -> None:
    file = lived(story, story.facts)

    for day, rows in story.schedules.items():
        standing = stand(file, day)
        shown = [line for row in rows for line in _lines(row)]
        assert len(shown) == len(standing.schedule)
        for line, instalment in zip(shown, standing.schedule, strict=True):
            _compare(line, instalment, standing.repaid_cents)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_the_order_of_recording_changes_nothing(story: Story) -> None:
    told = lived(story, story.facts)
    recorded = [row for row in story.facts if not row["refus"]]
    ordered = Life(story.loan)
    for row in sorted(recorded, key=lambda row: french_day(row["date"])):
        ordered.take(row)

    for day in sorted({*told.turning_days, *(french_day(row["au"]) for row in story.situations)}):
        assert stand(told, day) == stand(ordered.file, day)


def situation(file: LoanFile, on: date) -> dict[str, object]:
    loan = loan_as_of(file, on)
    delay = delay_of(loan, on)
    return {
        "au": on.strftime("%d/%m/%Y"),
        "remboursé": loan.repaid_cents,
        "restant dû": loan.outstanding_cents,
        "impayé": delay.arrears_cents,
        "jours de retard": delay.days_late,
        "perte": loan.written_off_cents,
        "récupéré": loan.recovered_cents,
        "état": loan.status.label.french,
    }


def _lines(row: Row) -> list[dict[str, object]]:
    """A row may stand for several instalments of one amount: `1 à 8`, `29/02/2024 au 30/09/2024`."""
    first, _, last = row["rang"].partition(" à ")
    days = row["échéance"].split(" au ")
    ranks = range(int(first), int(last or first) + 1)
    due_on = {ranks[0]: french_day(days[0]), ranks[-1]: french_day(days[-1])}
    return [
        {
            "rank": rank,
            "due_on": due_on.get(rank),
            "amount": cents(row["montant"]),
            "paid": cents(row["réglé"]),
        }
        for rank in ranks
    ]


def _compare(line: dict[str, object], instalment: Instalment, repaid_cents: int) -> None:
    assert line["rank"] == instalment.rank
    assert line["amount"] == instalment.amount_cents
    assert line["paid"] == instalment.paid_cents(repaid_cents)
    if line["due_on"] is not None:
        assert line["due_on"] == instalment.due_on
