"""Each co-funder's part of each award, what leaves for the public, and where a convention is due."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.refusals import ExportTooLarge, FunderSiretMissing
from services.capital.domain.schemes import Authority, FunderShare, Period, Scheme, Version
from services.capital.domain.subsidies import (
    CONVENTION_OVER_CENTS,
    MOST_AWARDS,
    Award,
    AwardsOfCae,
    conventions_due,
    public_reference,
    require_exportable,
    subsidies,
)
from services.kernel.identifiers import Siren, Siret
from services.kernel.language import Language
from tests.factories.capital import siret_of

TODAY = date(2026, 6, 30)
REGION = FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(80))
BANK = FunderShare(Siren("320252489"), "Bpifrance", Decimal(20))
REGION_SIRET = Siret(siret_of(REGION.siren))
CAE = Siren("552100554")


def scheme(*funders: FunderShare) -> Scheme:
    version = Version(
        id=uuid4(),
        valid_from=date(2020, 1, 1),
        floor_cents=0,
        ceiling_cents=2_000_00,
        cae_cap_cents=None,
        cap_period=Period.SCHEME,
        partial_awards=False,
        once_per_person=True,
        funders=funders,
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    return Scheme(
        id=uuid4(),
        region="75",
        name="Abondement",
        authority=Authority(name=REGION.name, siret=REGION_SIRET),
        versions=(version,),
        created_at=version.created_at,
    )


def award(of: Scheme, cents: int = 2_000_00, **changed: object) -> Award:
    told: dict[str, object] = {
        "id": uuid4(),
        "version_id": of.versions[0].id,
        "cae_siret": Siret(siret_of(CAE)),
        "cae_name": "Coopérative Tournesol",
        "amount_cents": cents,
        "decided_on": date(2026, 2, 1),
        "reference": "CP 2026-02",
        "paid_on": None,
    }
    return Award(**{**told, **changed})  # type: ignore[arg-type]


def test_a_grantor_without_a_siret_is_named_with_what_to_do() -> None:
    of = scheme(REGION, BANK)

    with pytest.raises(FunderSiretMissing) as refused:
        subsidies(of, [award(of), award(of)], of=None, today=TODAY)

    assert refused.value.facts["sirens"] == [BANK.siren]
    assert refused.value.message(Language.FRENCH) == (
        "Le fichier donne le SIRET de chaque attribuant ; il manque celui de : Bpifrance (320252489)."
        " L'opérateur le donne au dispositif, en ajoutant une version où ce financeur a son SIRET."
    )


def test_each_grantor_has_the_siret_of_its_share() -> None:
    bank_siret = Siret(siret_of(BANK.siren))
    of = scheme(replace(REGION, siret=Siret(siret_of(REGION.siren, 2))), replace(BANK, siret=bank_siret))

    rows = subsidies(of, [award(of)], of=None, today=TODAY)

    assert [(row.grantor_siret, row.amount_cents) for row in rows] == [
        (siret_of(REGION.siren, 2), 1_600_00),
        (bank_siret, 400_00),
    ]


def test_a_siret_told_later_is_that_of_the_awards_of_before() -> None:
    first = scheme(REGION, BANK)
    told = replace(BANK, siret=Siret(siret_of(BANK.siren)))
    second = replace(first.versions[0], id=uuid4(), valid_from=date(2027, 1, 1), funders=(REGION, told))
    of = replace(first, versions=(*first.versions, second))

    rows = subsidies(of, [award(of)], of=None, today=TODAY)

    assert [row.grantor_siret for row in rows] == [REGION_SIRET, told.siret]


def test_a_co_funder_needs_only_its_own_siret_for_its_own_rows() -> None:
    of = scheme(REGION, BANK)

    rows = subsidies(of, [award(of, 1_000_01)], of=REGION.siren, today=TODAY)

    assert [(row.grantor_siret, row.amount_cents) for row in rows] == [(REGION_SIRET, 800_01)]


def test_nothing_awarded_asks_for_no_siret() -> None:
    assert subsidies(scheme(BANK), [], of=None, today=TODAY) == ()


def test_the_day_of_payment_is_told_or_the_time_in_which_it_is_expected() -> None:
    of = scheme(REGION_ALONE)
    awards = [
        award(of, paid_on=date(2026, 3, 1)),
        award(of),
        award(of, decided_on=date(2024, 5, 6)),
    ]

    assert [row.payment_days for row in subsidies(of, awards, of=None, today=TODAY)] == [
        (date(2026, 3, 1),),
        (date(2026, 2, 1), date(2026, 12, 31)),
        (date(2024, 5, 6), date(2026, 12, 31)),
    ]


REGION_ALONE = FunderShare(REGION.siren, REGION.name, Decimal(100))


@pytest.mark.parametrize(
    "reference",
    ["CP 2026-02 n° 12", "CP 12", "DEL-2026-14", "DÉLIB 2026.14", "2026-02-103", "2025-103", "ARR_2026_7"],
)
def test_the_number_of_an_act_is_published(reference: str) -> None:
    assert public_reference(reference, date(2026, 2, 1)) == reference


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "CP 2026-02 Awa Le Goff",
        "Dossier LE GOFF",
        "LE GOFF 2026",
        "LI 2026-02",
        "T-0417",
        "1980-02-03",
        "2027-01",
        "1 85 02 75 115 116 17",
        "06 12 34 56 78",
        "CP 2026-02\nLe Goff",
        "",
    ],
)
def test_what_may_be_about_somebody_is_not(reference: str | None) -> None:
    assert public_reference(reference, date(2026, 2, 1)) is None


def test_a_year_s_file_has_a_limit() -> None:
    require_exportable([None] * MOST_AWARDS)
    with pytest.raises(ExportTooLarge):
        require_exportable([None] * (MOST_AWARDS + 1))


@st.composite
def shares(draw: st.DrawFn) -> tuple[FunderShare, ...]:
    """Up to five co-funders whose shares add up to 100 %, each with its SIRET."""
    cuts = sorted(draw(st.sets(st.integers(1, 999_999), max_size=4)))
    bounds = [0, *cuts, 1_000_000]
    return tuple(
        FunderShare(Siren(f"{rank:09d}"), f"F{rank}", Decimal(high - low) / 10_000, Siret(f"{rank:09d}00011"))
        for rank, (low, high) in enumerate(pairwise(bounds))
    )


@given(shares(), st.lists(st.integers(1, 2_000_00), max_size=5))
def test_each_co_funder_reads_the_rows_that_add_up_to_the_awards(
    funders: tuple[FunderShare, ...], amounts: list[int]
) -> None:
    of = scheme(*funders)
    awards = [award(of, cents) for cents in amounts]
    parts = [row for funder in funders for row in subsidies(of, awards, of=funder.siren, today=TODAY)]

    assert sum(row.amount_cents for row in parts) == sum(amounts)
    assert all(row.amount_cents > 0 for row in parts)
    whole = subsidies(of, awards, of=None, today=TODAY)
    assert sorted(map(repr, whole)) == sorted(map(repr, parts))


def group(version_id: UUID, cents: int, count: int, cae: Siren = CAE, name: str = "Tournesol") -> AwardsOfCae:
    return AwardsOfCae(
        cae_siren=cae,
        cae_name=name,
        scheme_id=uuid4(),
        version_id=version_id,
        amount_cents=cents,
        count=count,
    )


def test_a_convention_is_due_above_the_threshold_and_not_at_it() -> None:
    at, above = uuid4(), uuid4()
    funders = {at: (REGION_ALONE,), above: (REGION_ALONE,)}
    other = Siren("978592848")

    due = conventions_due(
        [
            group(at, 1_000_00, 23, other),
            group(above, 1_000_00, 23),
            group(above, 1, 1),
        ],
        funders,
        of=None,
    )

    assert [(one.cae_siren, one.amount_cents) for one in due] == [(CAE, CONVENTION_OVER_CENTS + 1)]


def test_each_authority_is_counted_apart_and_over_all_schemes() -> None:
    first, second = uuid4(), uuid4()
    funders = {first: (REGION, BANK), second: (REGION_ALONE,)}
    awards = [group(first, 2_000_00, 10), group(second, 2_000_00, 4)]

    due = conventions_due(awards, funders, of=None)

    assert [(one.funder_siren, one.amount_cents) for one in due] == [(REGION.siren, 24_000_00)]
    assert conventions_due(awards, funders, of=BANK.siren) == []
    assert conventions_due(awards, funders, of=REGION.siren) == due
