"""What takes room in the caps and in the budgets: the one definition, for counters and for their proof alike.

An award counts in the period of its decision, and for good: what a CAE gave back is room again in that
period. What a request keeps counts in the period of the day since when it does.
"""

from services.capital.domain.lifecycle import AWARDED
from services.capital.persistence.tables.base import listed

ROOM_TAKEN = f"""(
    SELECT scheme_id, region, cae_siren, decided_on, award_cents - clawed_back_cents AS cents
      FROM capital.top_ups WHERE status IN ({listed(AWARDED)})
     UNION ALL
    SELECT scheme_id, region, cae_siren, reserved_on, reserved_cents
      FROM capital.top_ups WHERE reserved_cents IS NOT NULL)"""  # noqa: S608 - words of ours
"""One row for each award or reservation; to be read under a name: `FROM {ROOM_TAKEN} AS taken`."""
