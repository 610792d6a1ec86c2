"""The note's cost table, row by row, and what holds whatever is assumed."""

from dataclasses import replace
from decimal import Decimal
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.budget_projection import (
    LARGEST_AMOUNT_CENTS,
    MOST_CAES,
    MOST_PEOPLE,
    MOST_PEOPLE_OF_A_CAE,
    NOTE,
    Assumptions,
    Line,
    LineName,
    capped_awards,
    project,
    year_by_year,
)
from services.kernel.language import Language

LARGEST_EXACT = 2**53 - 1
# line, year, note, computed, what the cap leaves, the base that would fit
TABLE = [
    (LineName.CAPITAL, 2020, 2_250_000_00, 2_250_000_00, 2_250_000_00, None),
    (LineName.CAPITAL, 2025, 4_500_000_00, 4_500_000_00, 3_000_000_00, None),
    (LineName.LOANS, 2020, 1_000_000_00, 960_000_00, None, 6_250),
    (LineName.LOANS, 2025, 2_000_000_00, 1_920_000_00, None, 12_500),
    (LineName.SUPPORT, 2020, 4_500_000_00, 4_500_000_00, None, None),
    (LineName.SUPPORT, 2025, 4_500_000_00, 4_350_000_00, None, 18_000),
    (LineName.TRAINING, 2021, 30_000_00, 30_000_00, None, None),
]


def line(name: LineName, year: int, assumptions: Assumptions = NOTE) -> Line:
    found = [line for line in project(assumptions) if (line.name, line.year) == (name, year)]
    assert len(found) == 1
    return found[0]


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def remark(of: Line, language: Language = Language.FRENCH) -> str:
    return plain(" ".join(sentence.render(language) for sentence in of.remarks))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_note_s_table(row: tuple[LineName, int, int, int, int | None, int | None]) -> None:
    name, year, note_cents, computed_cents, capped_cents, fitting_base = row
    found = line(name, year)

    assert found.note_cents == note_cents
    assert found.computed_cents == computed_cents
    assert found.capped_cents == capped_cents
    assert found.fitting_base == fitting_base
    assert found.difference_cents == computed_cents - note_cents


def test_the_table_has_these_rows_in_the_note_s_order() -> None:
    assert [(found.name, found.year) for found in project(NOTE)] == [(row[0], row[1]) for row in TABLE]


@pytest.mark.parametrize(
    ("name", "year", "formula"),
    [
        (LineName.CAPITAL, 2020, "150 CAE × 15 entrées au sociétariat × 1 000,00 €"),
        (LineName.CAPITAL, 2025, "4 500 entrées au sociétariat × 1 000,00 €"),
        (LineName.LOANS, 2020, "6 000 entrepreneurs × 10 % × 8 000,00 € × 20 %"),
        (LineName.LOANS, 2025, "12 000 entrepreneurs × 10 % × 8 000,00 € × 20 %"),
        (LineName.SUPPORT, 2020, "9 000 personnes accompagnées × 500,00 €"),
        (LineName.SUPPORT, 2025, "17 400 personnes accompagnées × 250,00 €"),
        (LineName.TRAINING, 2021, "forfait de 30 000,00 €"),
    ],
)
def test_each_line_says_its_formula(name: LineName, year: int, formula: str) -> None:
    assert plain(line(name, year).formula.render(Language.FRENCH)) == formula


def test_what_follows_has_no_remark() -> None:
    assert [found.remarks for found in project(NOTE) if found.computed_cents == found.note_cents] == [
        (),
        line(LineName.CAPITAL, 2025).remarks,  # of the cap
        (),
        (),
    ]


def test_what_does_not_follow_is_said_plainly() -> None:
    assert remark(line(LineName.LOANS, 2020)) == (
        "Le chiffre de la note ne suit pas : elle annonce 1 000 000,00 € et ses hypothèses donnent"
        " 960 000,00 €, soit 40 000,00 € de moins. Il faudrait 6 250 personnes au lieu de 6 000 pour arriver"
        " au chiffre de la note."
    )
    assert remark(line(LineName.SUPPORT, 2025), Language.ENGLISH) == (
        "The note's figure does not follow: it says €4,500,000.00 and its assumptions give €4,350,000.00,"
        " €150,000.00 less. It would take 18,000 people instead of 17,400 to reach the note's figure."
    )


def test_where_the_cap_bites_is_said_plainly() -> None:
    assert remark(line(LineName.CAPITAL, 2025)) == (
        "Le plafond de 20 000,00 € par CAE ne laisse que 3 000 000,00 € : avec 150 CAE, 1 500 000,00 € ne"
        " seraient pas accordés."
    )


def test_other_assumptions_are_not_held_against_the_note() -> None:
    more = line(LineName.LOANS, 2020, replace(NOTE, borrowing_percent=Decimal("12.5")))

    assert more.computed_cents == 1_200_000_00
    assert plain(more.formula.render(Language.FRENCH)) == "6 000 entrepreneurs × 12,5 % × 8 000,00 € × 20 %"
    assert remark(more) == (
        "Ces hypothèses ne sont pas celles de la note : elle annonce 1 000 000,00 €, elles donnent"
        " 1 200 000,00 €. Il faudrait 5 000 personnes au lieu de 6 000 pour arriver au chiffre de la note."
    )


def test_a_base_that_is_not_whole_is_about() -> None:
    found = line(LineName.SUPPORT, 2025, replace(NOTE, support_2025_cents=300_01))

    assert found.fitting_base == 15_000
    assert "environ 15 000 personnes" in remark(found)


def test_no_base_fits_what_costs_nothing() -> None:
    found = line(LineName.LOANS, 2025, replace(NOTE, state_share_percent=Decimal(0)))

    assert (found.computed_cents, found.fitting_base) == (0, None)


def test_a_lump_sum_has_no_base() -> None:
    found = line(LineName.TRAINING, 2021, replace(NOTE, training_2021_cents=1))

    assert (found.fitting_base, found.difference_cents) == (None, -29_999_99)


people = st.integers(0, MOST_PEOPLE)
cents = st.integers(0, LARGEST_AMOUNT_CENTS)
percents = st.decimals(0, 100, places=2)
assumptions = st.builds(
    Assumptions,
    caes=st.integers(1, MOST_CAES),
    new_members_per_cae_2020=st.integers(0, MOST_PEOPLE_OF_A_CAE),
    new_members_2025=people,
    mean_contribution_cents=cents,
    cae_cap_cents=cents,
    entrepreneurs_2020=people,
    entrepreneurs_2025=people,
    borrowing_percent=percents,
    mean_loan_cents=cents,
    state_share_percent=percents,
    supported_2020=people,
    support_2020_cents=cents,
    supported_2025=people,
    support_2025_cents=cents,
    training_2021_cents=cents,
)


@given(assumptions)
def test_amounts_are_cents_that_json_keeps(chosen: Assumptions) -> None:
    for found in project(chosen):
        assert isinstance(found.computed_cents, int)
        assert 0 <= found.computed_cents <= LARGEST_EXACT
        assert found.capped_cents is None or 0 <= found.capped_cents <= found.computed_cents


@given(assumptions)
def test_a_remark_stands_wherever_a_figure_is_not_the_note_s_and_only_there(chosen: Assumptions) -> None:
    for found in project(chosen):
        is_cut = found.capped_cents is not None and found.capped_cents < found.computed_cents
        assert bool(found.remarks) is (found.difference_cents != 0 or is_cut)


@given(assumptions)
def test_loans_are_within_half_a_cent_of_the_product(chosen: Assumptions) -> None:
    exact = (
        chosen.entrepreneurs_2020
        * chosen.mean_loan_cents
        * int(chosen.borrowing_percent * 100)
        * int(chosen.state_share_percent * 100)
    )
    assert abs(line(LineName.LOANS, 2020, chosen).computed_cents * 10**8 - exact) * 2 <= 10**8


def test_the_years_between_are_on_a_straight_line() -> None:
    years = year_by_year(NOTE)

    assert [(one.year, one.amounts_cents[LineName.CAPITAL]) for one in years] == [
        (2020, 2_250_000_00),
        (2021, 2_700_000_00),
        (2022, 3_150_000_00),
        (2023, 3_600_000_00),
        (2024, 4_050_000_00),
        (2025, 4_500_000_00),
    ]
    assert [one.amounts_cents[LineName.TRAINING] for one in years] == [0, 30_000_00, 0, 0, 0, 0]


def test_the_cap_bites_in_the_years_in_which_a_cae_would_get_more() -> None:
    """18 new members in each CAE in 2021, 21 in 2022."""
    cut = [one.total_cents - one.capped_cents for one in year_by_year(NOTE)]

    assert cut == [0, 0, 150_000_00, 600_000_00, 1_050_000_00, 1_500_000_00]


@given(assumptions)
def test_the_years_begin_and_end_with_the_lines(chosen: Assumptions) -> None:
    lines = project(chosen)
    years = year_by_year(chosen)

    for one in (years[0], years[-1]):
        of_year = [found for found in lines if found.year == one.year]
        assert one.total_cents == sum(found.computed_cents for found in of_year)
        cut = sum(
            found.computed_cents - found.capped_cents for found in of_year if found.capped_cents is not None
        )
        assert one.total_cents - one.capped_cents == cut
    assert all(0 <= one.capped_cents <= one.total_cents for one in years)


@given(assumptions)
def test_every_sentence_says_all_its_facts_in_both_languages(chosen: Assumptions) -> None:
    for found in project(chosen):
        for sentence in (found.formula, *found.remarks):
            assert all("{" not in sentence.render(language) for language in Language)


@given(st.integers(0, 300), st.integers(1, 40), st.integers(0, 500), st.integers(0, 3_000))
def test_capped_awards_are_those_of_caes_counted_one_by_one(
    members: int, caes: int, contribution: int, cap: int
) -> None:
    hosted = [len(range(rank, members, caes)) for rank in range(caes)]

    each = starmap(min, ((count * contribution, cap) for count in hosted))
    assert capped_awards(members, caes, contribution, cap) == sum(each)
