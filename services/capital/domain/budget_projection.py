"""The cost table ("Coût") of the note of 25 September 2020, computed from assumptions that may change.

A pure calculation about no scheme and no dossier. Whole cents: a product that is not whole, which only
percentages can make, is rounded once, to the nearest cent, half a cent up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from types import MappingProxyType

from services.kernel.language import NARROW_NO_BREAK_SPACE, Language, Text, Word

# Far above the whole field, and low enough for every amount to be one that JSON readers keep exactly.
MOST_CAES = 10_000
MOST_PEOPLE_OF_A_CAE = 1_000
MOST_PEOPLE = 1_000_000
LARGEST_AMOUNT_CENTS = 1_000_000_00


class LineName(Word):
    CAPITAL = (
        "capital",
        "abondement du capital apporté par les entrepreneurs",
        "top-ups of entrepreneurs' capital",
    )
    LOANS = (
        "loans",
        "part de l'État dans les prêts d'honneur à taux zéro",
        "the State's part of zero-interest loans",
    )
    SUPPORT = (
        "support",
        "capacité d'accueil et d'accompagnement des CAE",
        "the CAEs' capacity to host and support",
    )
    TRAINING = "training", "formation juridique et de gestion", "training in law and management"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The note's own, unless changed. It gives no base for the loans: 6 000 then 12 000 ESA is a reading.

    `caes` is of both years. New members are spread evenly over them, which decides where the cap bites.
    """

    caes: int = 150
    new_members_per_cae_2020: int = 15
    new_members_2025: int = 4_500
    mean_contribution_cents: int = 1_000_00
    cae_cap_cents: int = 20_000_00
    entrepreneurs_2020: int = 6_000
    entrepreneurs_2025: int = 12_000
    borrowing_percent: Decimal = Decimal(10)
    mean_loan_cents: int = 8_000_00
    state_share_percent: Decimal = Decimal(20)
    supported_2020: int = 9_000
    support_2020_cents: int = 500_00
    supported_2025: int = 17_400
    support_2025_cents: int = 250_00
    training_2021_cents: int = 30_000_00


NOTE = Assumptions()
FIRST_YEAR, LAST_YEAR = 2020, 2025


def bounds_of(assumption: str) -> tuple[int, int]:
    """The least and the most that it may be, both allowed."""
    if assumption.endswith("_percent"):
        return 0, 100
    if assumption.endswith("_cents"):
        return 0, LARGEST_AMOUNT_CENTS
    if assumption == "caes":
        return 1, MOST_CAES
    return 0, MOST_PEOPLE_OF_A_CAE if assumption == "new_members_per_cae_2020" else MOST_PEOPLE


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its facts: amounts are said in euros, numbers as the language groups them."""

    text: Text
    facts: Mapping[str, object]

    def render(self, language: Language) -> str:
        said = {
            name: value if name.endswith("_cents") else _number(value, language)
            for name, value in self.facts.items()
        }
        return self.text.render(language, said)


def _number(value: object, language: Language) -> object:
    if not isinstance(value, int | Decimal):
        return value
    grouped = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    if language is Language.ENGLISH:
        return grouped
    return grouped.replace(",", NARROW_NO_BREAK_SPACE).replace(".", ",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of the table. `inputs` are the assumptions it is made of, by their names.

    `capped_cents` is what the cap per CAE leaves of it, for the lines that it limits. `fitting_base` is how
    many people the note's figure would take, all else equal; None where it follows or no number would do.
    """

    name: LineName
    year: int
    formula: Sentence
    inputs: Mapping[str, int | Decimal]
    note_cents: int
    computed_cents: int
    capped_cents: int | None = None
    fitting_base: int | None = None
    remarks: tuple[Sentence, ...] = ()

    @property
    def difference_cents(self) -> int:
        """Negative where the note says more than its inputs give."""
        return self.computed_cents - self.note_cents


def project(assumptions: Assumptions) -> tuple[Line, ...]:
    """In the order of the note."""
    given = assumptions
    members_2020 = given.caes * given.new_members_per_cae_2020
    contribution_cents = Fraction(given.mean_contribution_cents)
    shares = Fraction(given.borrowing_percent) / 100 * Fraction(given.state_share_percent) / 100
    loan_cents = given.mean_loan_cents * shares
    return (
        _line(_CAPITAL_2020, given, members_2020, contribution_cents),
        _line(_CAPITAL_2025, given, given.new_members_2025, contribution_cents),
        _line(_LOANS_2020, given, given.entrepreneurs_2020, loan_cents),
        _line(_LOANS_2025, given, given.entrepreneurs_2025, loan_cents),
        _line(_SUPPORT_2020, given, given.supported_2020, Fraction(given.support_2020_cents)),
        _line(_SUPPORT_2025, given, given.supported_2025, Fraction(given.support_2025_cents)),
        _line(_TRAINING_2021, given, None, Fraction(given.training_2021_cents)),
    )


@dataclass(frozen=True, slots=True)
class YearOfMeasures:
    """What each measure costs in a year; `capped_cents` is the sum of them with the cap per CAE applied."""

    year: int
    amounts_cents: Mapping[LineName, int]
    capped_cents: int

    @property
    def total_cents(self) -> int:
        return sum(self.amounts_cents.values())


def year_by_year(assumptions: Assumptions) -> tuple[YearOfMeasures, ...]:
    """From 2020 to 2025. The note says only the two ends: the years between them are on a straight line.

    So are the new members, whom the cap is tried on year by year. The training of 2021 is of that year alone.
    """
    given = assumptions
    ends_cents = {(line.name, line.year): line.computed_cents for line in project(given)}
    years = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        members = _between(given.caes * given.new_members_per_cae_2020, given.new_members_2025, year)
        amounts = {LineName.CAPITAL: members * given.mean_contribution_cents}
        for name in (LineName.LOANS, LineName.SUPPORT):
            amounts[name] = _between(ends_cents[name, FIRST_YEAR], ends_cents[name, LAST_YEAR], year)
        amounts[LineName.TRAINING] = ends_cents.get((LineName.TRAINING, year), 0)
        capped_cents = capped_awards(members, given.caes, given.mean_contribution_cents, given.cae_cap_cents)
        cut_cents = amounts[LineName.CAPITAL] - capped_cents
        years.append(YearOfMeasures(year, MappingProxyType(amounts), sum(amounts.values()) - cut_cents))
    return tuple(years)


def _between(first: int, last: int, year: int) -> int:
    return _nearest(first + (last - first) * Fraction(year - FIRST_YEAR, LAST_YEAR - FIRST_YEAR))


def capped_awards(members: int, caes: int, mean_contribution_cents: int, cap_cents: int) -> int:
    """What the members' top-ups come to where no CAE gets more than its cap; members are spread evenly."""
    fewer, caes_with_one_more = divmod(members, caes)
    return caes_with_one_more * min((fewer + 1) * mean_contribution_cents, cap_cents) + (
        caes - caes_with_one_more
    ) * min(fewer * mean_contribution_cents, cap_cents)


@dataclass(frozen=True, slots=True)
class _Row:
    """What the note says, and how it is read."""

    name: LineName
    year: int
    note_cents: int
    inputs: tuple[str, ...]
    formula: Text


def _line(row: _Row, given: Assumptions, base: int | None, each_cents: Fraction) -> Line:
    """`base` people at `each_cents`; without a base, a lump sum."""
    inputs: dict[str, int | Decimal] = {name: getattr(given, name) for name in row.inputs}
    computed_cents = _nearest((1 if base is None else base) * each_cents)
    capped_cents, fitting_base, remarks = None, None, []
    if computed_cents != row.note_cents:
        remarks.append(_difference(row, inputs, computed_cents))
        if base is not None and each_cents:
            fitting = row.note_cents / each_cents
            fitting_base = _nearest(fitting)
            text = _FITS if fitting == fitting_base else _FITS_ABOUT
            remarks.append(Sentence(text, {"fitting_base": fitting_base, "base": base}))
    if row.name is LineName.CAPITAL and base is not None:
        capped_cents = capped_awards(base, given.caes, given.mean_contribution_cents, given.cae_cap_cents)
        if capped_cents < computed_cents:
            remarks.append(_bite(given, computed_cents, capped_cents))
    return Line(
        name=row.name,
        year=row.year,
        formula=Sentence(row.formula, inputs),
        inputs=MappingProxyType(inputs),
        note_cents=row.note_cents,
        computed_cents=computed_cents,
        capped_cents=capped_cents,
        fitting_base=fitting_base,
        remarks=tuple(remarks),
    )


def _difference(row: _Row, inputs: Mapping[str, int | Decimal], computed_cents: int) -> Sentence:
    is_the_note_s = all(getattr(NOTE, name) == value for name, value in inputs.items())
    facts = {
        "note_cents": row.note_cents,
        "computed_cents": computed_cents,
        "difference_cents": abs(computed_cents - row.note_cents),
    }
    if not is_the_note_s:
        return Sentence(_OTHER_INPUTS, facts)
    return Sentence(_LESS if computed_cents < row.note_cents else _MORE, facts)


def _bite(given: Assumptions, computed_cents: int, capped_cents: int) -> Sentence:
    return Sentence(
        _CAP_BITES,
        {
            "cae_cap_cents": given.cae_cap_cents,
            "caes": given.caes,
            "capped_cents": capped_cents,
            "lost_cents": computed_cents - capped_cents,
        },
    )


def _nearest(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


_LOANS_INPUTS = ("borrowing_percent", "mean_loan_cents", "state_share_percent")

_CAPITAL_2020 = _Row(
    LineName.CAPITAL,
    2020,
    2_250_000_00,
    ("caes", "new_members_per_cae_2020", "mean_contribution_cents", "cae_cap_cents"),
    Text(
        "{caes} CAE × {new_members_per_cae_2020} entrées au sociétariat × {mean_contribution_cents}",
        "{caes} CAEs × {new_members_per_cae_2020} new members × {mean_contribution_cents}",
    ),
)
_CAPITAL_2025 = _Row(
    LineName.CAPITAL,
    2025,
    4_500_000_00,
    ("new_members_2025", "mean_contribution_cents", "caes", "cae_cap_cents"),
    Text(
        "{new_members_2025} entrées au sociétariat × {mean_contribution_cents}",
        "{new_members_2025} new members × {mean_contribution_cents}",
    ),
)
_LOANS_2020 = _Row(
    LineName.LOANS,
    2020,
    1_000_000_00,
    ("entrepreneurs_2020", *_LOANS_INPUTS),
    Text(
        "{entrepreneurs_2020} entrepreneurs × {borrowing_percent} % × {mean_loan_cents}"
        " × {state_share_percent} %",
        "{entrepreneurs_2020} entrepreneurs × {borrowing_percent}% × {mean_loan_cents}"
        " × {state_share_percent}%",
    ),
)
_LOANS_2025 = _Row(
    LineName.LOANS,
    2025,
    2_000_000_00,
    ("entrepreneurs_2025", *_LOANS_INPUTS),
    Text(
        "{entrepreneurs_2025} entrepreneurs × {borrowing_percent} % × {mean_loan_cents}"
        " × {state_share_percent} %",
        "{entrepreneurs_2025} entrepreneurs × {borrowing_percent}% × {mean_loan_cents}"
        " × {state_share_percent}%",
    ),
)
_SUPPORT_2020 = _Row(
    LineName.SUPPORT,
    2020,
    4_500_000_00,
    ("supported_2020", "support_2020_cents"),
    Text(
        "{supported_2020} personnes accompagnées × {support_2020_cents}",
        "{supported_2020} people supported × {support_2020_cents}",
    ),
)
_SUPPORT_2025 = _Row(
    LineName.SUPPORT,
    2025,
    4_500_000_00,
    ("supported_2025", "support_2025_cents"),
    Text(
        "{supported_2025} personnes accompagnées × {support_2025_cents}",
        "{supported_2025} people supported × {support_2025_cents}",
    ),
)
_TRAINING_2021 = _Row(
    LineName.TRAINING,
    2021,
    30_000_00,
    ("training_2021_cents",),
    Text("forfait de {training_2021_cents}", "a lump sum of {training_2021_cents}"),
)

_LESS = Text(
    "Le chiffre de la note ne suit pas : elle annonce {note_cents} et ses hypothèses donnent "
    "{computed_cents}, soit {difference_cents} de moins.",
    "The note's figure does not follow: it says {note_cents} and its assumptions give {computed_cents}, "
    "{difference_cents} less.",
)
_MORE = Text(
    "Le chiffre de la note ne suit pas : elle annonce {note_cents} et ses hypothèses donnent "
    "{computed_cents}, soit {difference_cents} de plus.",
    "The note's figure does not follow: it says {note_cents} and its assumptions give {computed_cents}, "
    "{difference_cents} more.",
)
_OTHER_INPUTS = Text(
    "Ces hypothèses ne sont pas celles de la note : elle annonce {note_cents}, elles donnent "
    "{computed_cents}.",
    "These assumptions are not the note's: it says {note_cents}, they give {computed_cents}.",
)
_FITS = Text(
    "Il faudrait {fitting_base} personnes au lieu de {base} pour arriver au chiffre de la note.",
    "It would take {fitting_base} people instead of {base} to reach the note's figure.",
)
_FITS_ABOUT = Text(
    "Il faudrait environ {fitting_base} personnes au lieu de {base} pour arriver au chiffre de la note.",
    "It would take about {fitting_base} people instead of {base} to reach the note's figure.",
)
_CAP_BITES = Text(
    "Le plafond de {cae_cap_cents} par CAE ne laisse que {capped_cents} : avec {caes} CAE, {lost_cents} ne "
    "seraient pas accordés.",
    "The cap of {cae_cap_cents} per CAE leaves only {capped_cents}: with {caes} CAEs, {lost_cents} would not "
    "be awarded.",
)
