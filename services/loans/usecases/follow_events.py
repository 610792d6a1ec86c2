"""Who follows what happens to loans' dossiers, over whichever door."""

from services.loans.domain.access import ALLOWED, Act, require
from services.runtime.history.places import Followers

FOLLOWERS = Followers(
    kinds={
        "fund": ALLOWED[Act.READ_FUND],
        "application": ALLOWED[Act.READ_APPLICATION],
        "application_draft": ALLOWED[Act.READ_DRAFT],
        "loan": ALLOWED[Act.READ_LOAN],
        "committee_session": ALLOWED[Act.READ_SESSION],
    },
    require=lambda caller: require(caller, Act.READ_EVENTS),
)
