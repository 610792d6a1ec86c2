"""What the measures of the note would cost; about no dossier, so anybody with a token may ask."""

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.budget_projection import Assumptions, Line, project
from services.kernel.access import Caller


def project_budget(caller: Caller, assumptions: Assumptions) -> tuple[Line, ...]:
    require(caller, CapitalAct.PROJECT_BUDGET)
    return project(assumptions)
