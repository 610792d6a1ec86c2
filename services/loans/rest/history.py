"""What happened to loans' dossiers, under /v1/events, and who did it, under /v1/audit."""

from services.loans.domain.access import Act, require
from services.loans.domain.events import LoansEvent
from services.loans.usecases.follow_events import FOLLOWERS
from services.runtime.history import audit, feed

events = feed.make_router(LoansEvent, FOLLOWERS)
trail = audit.make_router(lambda caller: require(caller, Act.READ_AUDIT))
