from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.payments import split_by_version
from services.capital.domain.schemes import FunderShare, Period, Scheme, Version
from services.capital.domain.statements import StatementFacts, Vintage, draw_up
from services.kernel.identifiers import Siren

REGION, STATE, BANK = Siren("200053759"), Siren("110044013"), Siren("320252489")
FIRST, SECOND = UUID(int=1), UUID(int=2)
AS_OF = date(2026, 6, 30)


def version(id_: UUID, valid_from: date, *funders: FunderShare) -> Version:
    return Version(
        id=id_,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        valid_from=valid_from,
        floor_cents=1,
        ceiling_cents=2_000_00,
        cae_cap_cents=None,
        cap_period=Period.SCHEME,
        partial_awards=False,
        once_per_person=False,
        funders=funders,
    )


SCHEME = Scheme(
    id=UUID(int=9),
    region="75",
    name="Abondement",
    authority=None,
    versions=(
        version(
            FIRST,
            date(2020, 1, 1),
            FunderShare(REGION, "Région", Decimal(80)),
            FunderShare(STATE, "État", Decimal(20)),
        ),
        version(
            SECOND,
            date(2026, 1, 1),
            FunderShare(REGION, "Région", Decimal(50)),
            FunderShare(BANK, "Bpifrance", Decimal(50)),
        ),
    ),
    created_at=datetime(2020, 1, 1, tzinfo=UTC),
)
vintages = st.tuples(st.sampled_from([FIRST, SECOND]), st.integers(2024, 2026))
payments = st.dictionaries(
    st.uuids(), st.dictionaries(vintages, st.integers(1, 3_000_00), min_size=1), max_size=6
)


def test_each_figure_by_co_funder() -> None:
    facts = StatementFacts(
        awarded_cents={(FIRST, 2025): 3_000_00, (SECOND, 2026): 1_000_01},
        paid_cents={UUID(int=5): {(FIRST, 2025): 2_000_00}},
        clawed_back_cents={(2025, REGION): 400_00, (2025, STATE): 100_00},
        to_come_back_cents={(FIRST, 2025): 50_00},
    )

    found = draw_up(SCHEME, facts, as_of=AS_OF, year=None, of=None)

    told = {
        one.name: (
            one.figures.awarded_cents,
            one.figures.paid_cents,
            one.figures.to_pay_cents,
            one.figures.clawed_back_cents,
            one.figures.to_come_back_cents,
            one.figures.borne_cents,
        )
        for one in found.by_funder
    }
    assert told == {
        "Région": (2_900_01, 1_600_00, 1_300_01, 400_00, 40_00, 1_200_00),
        "État": (600_00, 400_00, 200_00, 100_00, 10_00, 300_00),
        "Bpifrance": (500_00, 0, 500_00, 0, 0, 0),
    }
    of_2026 = draw_up(SCHEME, facts, as_of=AS_OF, year=2026, of=None)
    assert (of_2026.whole.awarded_cents, of_2026.whole.paid_cents, of_2026.whole.borne_cents) == (
        1_000_01,
        0,
        0,
    )
    own = draw_up(SCHEME, facts, as_of=AS_OF, year=None, of=STATE)
    assert [one.siren for one in own.by_funder] == [STATE]
    assert own.whole == own.by_funder[0].figures


@given(payments, st.dictionaries(vintages, st.integers(0, 3_000_00)))
def test_it_adds_up_over_co_funders_and_over_years(
    paid: dict[UUID, dict[Vintage, int]], unpaid: dict[Vintage, int]
) -> None:
    awarded = dict(unpaid)
    for lines in paid.values():
        for vintage, cents in lines.items():
            awarded[vintage] = awarded.get(vintage, 0) + cents
    facts = StatementFacts(awarded_cents=awarded, paid_cents=paid)

    every = draw_up(SCHEME, facts, as_of=AS_OF, year=None, of=None)
    by_year = [draw_up(SCHEME, facts, as_of=AS_OF, year=year, of=None) for year in (2024, 2025, 2026)]

    assert every.whole.awarded_cents == sum(awarded.values())
    assert every.whole.to_pay_cents == sum(unpaid.values())
    for one in (every, *by_year):
        assert one.whole.awarded_cents == one.whole.paid_cents + one.whole.to_pay_cents
        assert one.whole.paid_cents == sum(each.figures.paid_cents for each in one.by_funder)
    for rank, one in enumerate(every.by_funder):
        assert one.figures.paid_cents == sum(year.by_funder[rank].figures.paid_cents for year in by_year)
        assert one.figures.paid_cents == sum(_part(lines, one.siren) for lines in paid.values())


def _part(lines: dict[Vintage, int], siren: Siren) -> int:
    """What a co-funder bore of a payment, as the payment itself was split."""
    by_version: dict[UUID, int] = {}
    for (version_id, _), cents in lines.items():
        by_version[version_id] = by_version.get(version_id, 0) + cents
    shares = {version.id: version.funders for version in SCHEME.versions}
    return sum(part.amount_cents for part in split_by_version(by_version, shares) if part.siren == siren)
