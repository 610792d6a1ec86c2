"""What happened to top-ups' dossiers, under /v1/events, and who did it, under /v1/audit."""

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.usecases.follow_events import FOLLOWERS
from services.runtime.history import audit, feed

events = feed.make_router(CapitalEvent, FOLLOWERS)
trail = audit.make_router(lambda caller: require(caller, CapitalAct.READ_AUDIT))
