"""Who follows what happens to top-ups' dossiers, over whichever door."""

from services.capital.domain.access import ALLOWED, CapitalAct, require
from services.runtime.history.places import Followers

FOLLOWERS = Followers(
    kinds={
        "scheme": ALLOWED[CapitalAct.READ_SCHEME],
        "top_up": ALLOWED[CapitalAct.READ_TOP_UP],
        "succession": ALLOWED[CapitalAct.READ_SUCCESSIONS],
        "payment": ALLOWED[CapitalAct.READ_PAYMENT],
    },
    require=lambda caller: require(caller, CapitalAct.READ_EVENTS),
)
