"""What happened to top-ups' dossiers, under /v1/events, and who did it, under /v1/audit."""

from services.capital.domain.access import ALLOWED, CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.runtime.history import audit, feed

KINDS = {
    "scheme": ALLOWED[CapitalAct.READ_SCHEME],
    "top_up": ALLOWED[CapitalAct.READ_TOP_UP],
    "succession": ALLOWED[CapitalAct.READ_SUCCESSIONS],
    "payment": ALLOWED[CapitalAct.READ_PAYMENT],
}

events = feed.make_router(CapitalEvent, KINDS, lambda caller: require(caller, CapitalAct.READ_EVENTS))
trail = audit.make_router(lambda caller: require(caller, CapitalAct.READ_AUDIT))
