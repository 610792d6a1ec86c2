"""What happened to loans' dossiers, under /v1/events, and who did it, under /v1/audit."""

from services.loans.domain.access import ALLOWED, Act, require
from services.loans.domain.events import LoansEvent
from services.runtime.history import audit, feed

KINDS = {
    "fund": ALLOWED[Act.READ_FUND],
    "application": ALLOWED[Act.READ_APPLICATION],
    "application_draft": ALLOWED[Act.READ_DRAFT],
    "loan": ALLOWED[Act.READ_LOAN],
    "committee_session": ALLOWED[Act.READ_SESSION],
}

events = feed.make_router(LoansEvent, KINDS, lambda caller: require(caller, Act.READ_EVENTS))
trail = audit.make_router(lambda caller: require(caller, Act.READ_AUDIT))
