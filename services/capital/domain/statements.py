"""What became of each co-funder's euros in a scheme, to the cent, as it stood on a day.

Each figure adds up over the co-funders. `awarded = paid + to pay`, whatever came back later: a clawback is
beside them. Of a year, the awards that were decided in it, and what became of them since.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from services.capital.domain.payments import SHARE_DECIMALS, split_by_version
from services.capital.domain.schemes import FunderShare, Scheme
from services.capital.domain.totals import names_of_funders
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren
from services.kernel.money import carry_split, split_by_weights

Vintage = tuple[UUID, int]
"""A version of the rules, and the year of the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """What happened until a day, in sums without a dossier. `paid_cents` is by payment."""

    awarded_cents: Mapping[Vintage, int] = field(default_factory=dict)
    paid_cents: Mapping[UUID, Mapping[Vintage, int]] = field(default_factory=dict)
    clawed_back_cents: Mapping[tuple[int, Siren], int] = field(default_factory=dict)
    to_come_back_cents: Mapping[Vintage, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementFigures:
    """`to_come_back_cents` is confirmed, and neither received nor waived. `borne_cents` is what was paid less
    what came back: what the co-funder has out of its pocket on that day.
    """

    awarded_cents: int = 0
    paid_cents: int = 0
    to_pay_cents: int = 0
    clawed_back_cents: int = 0
    to_come_back_cents: int = 0
    borne_cents: int = 0


@dataclass(frozen=True, slots=True)
class FunderStatement:
    siren: Siren
    name: str
    figures: StatementFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """`by_funder`, in convention order, adds up to `whole`. A co-funder reads its own, which is the whole."""

    scheme: Scheme
    as_of: date
    year: int | None
    whole: StatementFigures
    by_funder: tuple[FunderStatement, ...]


def check_as_of(as_of: date, today: date) -> None:
    require_past(DateField.AS_OF, as_of, today)


def draw_up(
    scheme: Scheme, facts: StatementFacts, *, as_of: date, year: int | None, of: Siren | None
) -> Statements:
    """`of` keeps one co-funder's."""
    shares = {version.id: version.funders for version in scheme.versions}
    paid_cents = _paid_by_funder(facts.paid_cents, shares, year)
    to_pay_cents = _by_shares(_to_pay(facts), shares, year)
    due_cents = _by_shares(facts.to_come_back_cents, shares, year)
    back_cents: dict[Siren, int] = defaultdict(int)
    for (decided_in, siren), cents in facts.clawed_back_cents.items():
        back_cents[siren] += cents if year in {None, decided_in} else 0
    by_funder = tuple(
        FunderStatement(
            siren,
            name,
            StatementFigures(
                awarded_cents=paid_cents.get(siren, 0) + to_pay_cents.get(siren, 0),
                paid_cents=paid_cents.get(siren, 0),
                to_pay_cents=to_pay_cents.get(siren, 0),
                clawed_back_cents=back_cents.get(siren, 0),
                to_come_back_cents=due_cents.get(siren, 0),
                borne_cents=paid_cents.get(siren, 0) - back_cents.get(siren, 0),
            ),
        )
        for siren, name in names_of_funders(scheme).items()
        if of in {None, siren}
    )
    whole = add_up(one.figures for one in by_funder)
    return Statements(scheme=scheme, as_of=as_of, year=year, whole=whole, by_funder=by_funder)


def add_up(parts: Iterable[StatementFigures]) -> StatementFigures:
    listed = list(parts)
    names = [one.name for one in fields(StatementFigures)]
    return StatementFigures(**{name: sum(getattr(part, name) for part in listed) for name in names})


def _to_pay(facts: StatementFacts) -> dict[Vintage, int]:
    left_cents = dict(facts.awarded_cents)
    for lines in facts.paid_cents.values():
        for vintage, cents in lines.items():
            left_cents[vintage] = left_cents.get(vintage, 0) - cents
    return left_cents


def _by_shares(
    cents: Mapping[Vintage, int], shares: Mapping[UUID, Sequence[FunderShare]], year: int | None
) -> dict[Siren, int]:
    """What nobody paid yet is split as one payment would be."""
    by_version: dict[UUID, int] = defaultdict(int)
    for (version_id, decided_in), amount_cents in cents.items():
        by_version[version_id] += amount_cents if year in {None, decided_in} else 0
    return {part.siren: part.amount_cents for part in split_by_version(by_version, shares)}


def _paid_by_funder(
    paid_cents: Mapping[UUID, Mapping[Vintage, int]],
    shares: Mapping[UUID, Sequence[FunderShare]],
    year: int | None,
) -> dict[Siren, int]:
    """The parts of each payment as they were; of a year, with the rounding carried from the year before."""
    found: dict[Siren, int] = defaultdict(int)
    for lines in paid_cents.values():
        for version_id in {version_id for version_id, _ in lines}:
            years = {decided_in: cents for (of, decided_in), cents in lines.items() if of == version_id}
            funders = shares[version_id]
            for decided_in, parts in _parts_by_year(years, funders).items():
                for funder, cents in zip(funders, parts, strict=True):
                    found[funder.siren] += cents if year in {None, decided_in} else 0
    return found


def _parts_by_year(cents: Mapping[int, int], funders: Sequence[FunderShare]) -> dict[int, list[int]]:
    weights = [int(funder.percent.scaleb(SHARE_DECIMALS)) for funder in funders]
    borne_cents, given_cents = split_by_weights(sum(cents.values()), weights), [0] * len(weights)
    found = {}
    for year in sorted(cents):
        found[year] = carry_split(cents[year], borne_cents, given_cents)
        given_cents = [before + part for before, part in zip(given_cents, found[year], strict=True)]
    return found
