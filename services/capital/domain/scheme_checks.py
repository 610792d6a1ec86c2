"""Which rules contradict themselves, and are therefore no rules of any scheme."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from services.capital.domain.schemes import FunderShare, PriorityGroup, ReservesAt, Rules, Terms
from services.kernel.identifiers import siren_of
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput

ALL_SHARES_PERCENT = Decimal(100)
KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def check_terms(terms: Terms, pointer: str = "") -> None:
    """Refuse terms that contradict themselves; `pointer` is where they stand in the caller's body."""
    check_rules(terms, pointer)
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        raise InvalidInput(f"{pointer}/valid_until", _ENDS_BEFORE_IT_STARTS)
    _check_funders(terms.funders, f"{pointer}/funders")


def check_rules(rules: Rules, pointer: str = "") -> None:
    if rules.ceiling_cents < rules.floor_cents:
        raise InvalidInput(f"{pointer}/ceiling_cents", _CEILING_UNDER_FLOOR)
    if rules.match_ratio <= 0:
        raise InvalidInput(f"{pointer}/match_ratio", _RATIO_NOT_POSITIVE)
    if rules.waiting_list and rules.reserves_at is not ReservesAt.REQUEST:
        raise InvalidInput(f"{pointer}/waiting_list", _WAITING_FOR_NOTHING)
    if any(later <= earlier for earlier, later in pairwise((0, *rules.follow_up_months))):
        raise InvalidInput(f"{pointer}/follow_up_months", _MONTHS_NOT_RISING)
    _check_priority_groups(rules.priority_groups, rules, f"{pointer}/priority_groups")


def _check_priority_groups(groups: Sequence[PriorityGroup], rules: Rules, pointer: str) -> None:
    if len({group.criterion for group in groups}) != len(groups):
        raise InvalidInput(pointer, _GROUP_TWICE)
    for rank, group in enumerate(groups):
        if KEBAB_CASE.fullmatch(group.criterion) is None:
            raise InvalidInput(f"{pointer}/{rank}/criterion", _CRITERION_NOT_KEBAB)
        if group.ceiling_cents < rules.ceiling_cents:
            raise InvalidInput(f"{pointer}/{rank}/ceiling_cents", _GROUP_UNDER_CEILING)
        if group.match_ratio is not None and group.match_ratio < rules.match_ratio:
            raise InvalidInput(f"{pointer}/{rank}/match_ratio", _GROUP_UNDER_RATIO)


def _check_funders(funders: Sequence[FunderShare], pointer: str) -> None:
    if len({funder.siren for funder in funders}) != len(funders):
        raise InvalidInput(pointer, _FUNDER_TWICE)
    if any(funder.percent <= 0 for funder in funders):
        raise InvalidInput(pointer, _SHARE_NOT_POSITIVE)
    total_percent = sum((funder.percent for funder in funders), Decimal(0))
    if total_percent != ALL_SHARES_PERCENT:
        raise InvalidInput(pointer, _SHARES_NOT_WHOLE, total_percent=format(total_percent, "f"))
    for rank, funder in enumerate(funders):
        if funder.siret is not None and siren_of(funder.siret) != funder.siren:
            raise InvalidInput(f"{pointer}/{rank}/siret", _SIRET_OF_ANOTHER)


_CEILING_UNDER_FLOOR = Text(
    "Le plafond par personne ne peut pas être inférieur au plancher.",
    "The ceiling per person cannot be below the floor.",
)
_RATIO_NOT_POSITIVE = Text(
    "Le taux d'abondement doit être supérieur à zéro.",
    "The match ratio must be greater than zero.",
)
_ENDS_BEFORE_IT_STARTS = Text(
    "Une version ne peut pas finir avant d'avoir commencé.",
    "A version cannot end before it starts.",
)
_WAITING_FOR_NOTHING = Text(
    "Une liste d'attente suppose que la place soit réservée dès la demande (reserves_at : request) : sinon "
    "l'octroi suivant prendrait celle qu'on attend.",
    "A waiting list needs room reserved at request (reserves_at: request): else the next grant would take "
    "the room that is waited for.",
)
_MONTHS_NOT_RISING = Text(
    "Les mois de suivi sont supérieurs à zéro et vont en croissant, sans répétition.",
    "Follow-up months are greater than zero and rise, without repetition.",
)
_GROUP_TWICE = Text(
    "Un même critère de priorité figure deux fois.",
    "The same priority criterion stands twice.",
)
_CRITERION_NOT_KEBAB = Text(
    "Un critère se nomme en minuscules et chiffres, sans accent, joints par des tirets : parent-isole.",
    "A criterion is named in lower case and digits, without accents, joined by hyphens: parent-isole.",
)
_GROUP_UNDER_CEILING = Text(
    "Le plafond d'un public prioritaire ne peut pas être inférieur à celui de tous.",
    "The ceiling of a priority group cannot be below that of everybody.",
)
_GROUP_UNDER_RATIO = Text(
    "Le taux d'un public prioritaire ne peut pas être inférieur à celui de tous.",
    "The match ratio of a priority group cannot be below that of everybody.",
)
_FUNDER_TWICE = Text(
    "Un même financeur (SIREN) figure deux fois.",
    "The same funder (SIREN) stands twice.",
)
_SHARE_NOT_POSITIVE = Text(
    "La part d'un financeur doit être supérieure à zéro.",
    "A funder's share must be greater than zero.",
)
_SHARES_NOT_WHOLE = Text(
    "Les parts des financeurs font {total_percent} % ; elles doivent faire exactement 100 %.",
    "The funders' shares add up to {total_percent} %; they must add up to exactly 100 %.",
)
_SIRET_OF_ANOTHER = Text(
    "Ce SIRET n'est pas celui d'un établissement du SIREN indiqué.",
    "This SIRET is not of an establishment of the SIREN given.",
)
