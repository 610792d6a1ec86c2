"""What is told of a schedule that a fact changes, beside the fact itself."""

from services.loans.domain.access import Act
from services.loans.domain.events import LoansEvent
from services.loans.persistence.loan_rows import FileChange
from services.loans.usecases.facts import loan_dossier
from services.runtime.history.facts import Fact


def schedule_facts(change: FileChange, act: Act, *, own: int = 0) -> list[Fact]:
    """`own` versions are those of the fact itself, which tells of them; others are laid out by the way."""
    relaid = change.relaid()
    if relaid is None or len(relaid.versions) <= own:
        return []
    loan = change.after.loan
    return [
        Fact(
            loan_dossier(loan),
            act,
            LoansEvent.LOAN_SCHEDULE_LAID_OUT,
            after={
                "from_version": relaid.first,
                "schedule_version": loan.schedule_version,
                "effective_on": relaid.versions[0].effective_on,
                "next_due_on": loan.next_due_on,
            },
        )
    ]
