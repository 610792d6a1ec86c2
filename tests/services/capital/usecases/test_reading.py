"""What each role sees, and that batches cost the same for one as for many."""

from datetime import date

import pytest

from services.capital.domain.awards import Reason
from services.capital.domain.schemes import Scheme
from services.capital.domain.simulation import Contribution
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.list_membership_deadlines import (
    DeadlineFilter,
    MembershipDeadline,
    list_membership_deadlines,
)
from services.capital.usecases.read_caps import caps_of_caes, read_cap
from services.capital.usecases.read_schemes import list_schemes, read_scheme
from services.capital.usecases.read_top_ups import (
    TopUpFilter,
    count_top_ups,
    list_top_ups,
    names_of_caes,
    read_top_up,
    top_ups_of_caes,
    top_ups_of_entrepreneurs,
)
from services.capital.usecases.simulate_top_ups import SimulateTopUps, simulate_top_ups
from services.kernel.access import Caller, Role
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, parse_siret
from services.kernel.refusals import NotAllowed, NotFound
from tests.factories.capital import siret_of
from tests.services.capital.conftest import Capital
from tests.statements import recorded

FAR_OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
PARTNER = Caller(Role.PARTNER, "tests", frozenset({"75"}))
FUNDER = Caller(Role.FUNDER, "tests", siren=Siren("320252489"))
OTHER_FUNDER = Caller(Role.FUNDER, "tests", siren=Siren("552100554"))


def as_cae(siren: Siren) -> Caller:
    return Caller(Role.CAE, "tests", siren=siren)


async def test_who_may_read_a_top_up(capital: Capital) -> None:
    cae = capital.new_cae()
    [asked] = await capital.request(capital.asking(await capital.scheme(), cae))

    async with capital.database.of_all_tenants(read_only=True) as session:
        for caller in (capital.operator, capital.admin, as_cae(cae)):
            assert await read_top_up(session, caller, asked.id) == asked
        seen = await read_top_up(session, PARTNER, asked.id)
        for caller in (FAR_OPERATOR, as_cae(capital.new_cae())):
            with pytest.raises(NotFound):
                await read_top_up(session, caller, asked.id)
        with pytest.raises(NotAllowed):
            await read_top_up(session, FUNDER, asked.id)
    person = seen.entrepreneur
    assert (person.id, person.contract) == (asked.entrepreneur.id, asked.entrepreneur.contract)
    assert person.reference == asked.entrepreneur.reference
    assert (person.given_name, person.family_name, person.email) == (None, None, None)


async def test_who_may_read_a_scheme(capital: Capital) -> None:
    scheme = await capital.scheme()

    async with capital.database.of_all_tenants(read_only=True) as session:
        for caller in (capital.operator, capital.admin, PARTNER, FUNDER, as_cae(capital.new_cae())):
            assert await read_scheme(session, caller, scheme.id) == scheme
        for caller in (FAR_OPERATOR, OTHER_FUNDER):
            with pytest.raises(NotFound):
                await read_scheme(session, caller, scheme.id)
            listed = await list_schemes(session, caller, region="75", after=None, limit=100)
            assert scheme not in listed


async def test_lists_are_paged_filtered_and_counted(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    granted = await capital.award(scheme, cae, [1_000_00] * 3)
    asked = await capital.request(capital.asking(scheme, cae))
    wanted = TopUpFilter(scheme_id=scheme.id, cae_siren=cae)

    async with capital.database.of_all_tenants(read_only=True) as session:
        first = await list_top_ups(session, capital.operator, wanted, after=None, limit=2)
        rest = await list_top_ups(session, capital.operator, wanted, after=first[1].id, limit=2)
        only_granted = TopUpFilter(scheme_id=scheme.id, status=granted[0].status)
        assert [top_up.id for top_up in first] == [top_up.id for top_up in granted]
        assert [top_up.id for top_up in rest] == [granted[2].id, asked[0].id]
        assert await count_top_ups(session, capital.operator, wanted) == 4
        assert await count_top_ups(session, capital.operator, only_granted) == 3
        assert await count_top_ups(session, as_cae(capital.new_cae()), wanted) == 0


async def test_many_caes_and_persons_are_read_at_the_price_of_one(capital: Capital) -> None:
    scheme = await capital.scheme()
    caes = [capital.new_cae() for _ in range(4)]
    for cae in caes:
        await capital.award(scheme, cae, [1_000_00] * 3)

    async with capital.database.of_all_tenants(read_only=True) as session:
        with recorded(capital.database) as statements:
            pages = await top_ups_of_caes(session, capital.operator, caes, after=None, limit=1)
            persons = [dossiers[0].entrepreneur.id for dossiers in pages.values()]
            await top_ups_of_entrepreneurs(session, capital.operator, persons)
            caps = await caps_of_caes(session, capital.operator, caes, today=capital.today)
            names = await names_of_caes(session, capital.operator, caes)

    assert [len(pages[cae]) for cae in caes] == [2] * 4
    assert [[cap.used_cents for cap in caps[cae]] for cae in caes] == [[3_000_00]] * 4
    assert names == dict.fromkeys(caes, "Coopérative Tournesol")
    assert len(statements) <= 1 + 1 + 3 + 1 + 1, statements  # the last for the read-only snapshot


async def test_a_simulation_grants_nothing_and_tells_the_truth(capital: Capital) -> None:
    scheme, cae = await capital.scheme(cae_cap_cents=6_000_00), capital.new_cae()
    first, _ = await capital.request(
        capital.asking(scheme, cae, 2_000_00, reference="T-1"), capital.asking(scheme, cae, reference="T-2")
    )
    await capital.grant(first.id)
    paid_on = date(2026, 1, 15)
    order = SimulateTopUps(
        scheme_id=scheme.id,
        cae_siret=parse_siret(siret_of(cae, 7)),
        contributions=[
            Contribution("T-1", 1_000_00, paid_on),
            Contribution("T-2", 3_000_00, paid_on),
            Contribution("T-3", 999_99, paid_on),
            Contribution("T-4", 2_000_00, paid_on),
            Contribution("T-5", 1_000_00, paid_on),
        ],
    )

    for caller in (capital.operator, as_cae(cae)):
        async with capital.database.transaction(caller, read_only=True) as session:
            simulation = await simulate_top_ups(session, caller, order, today=capital.today)
        assert [(line.award.amount_cents, line.award.reason) for line in simulation.awards] == [
            (0, Reason.ALREADY_AWARDED),
            (2_000_00, Reason.ABOVE_CEILING),
            (0, Reason.BELOW_FLOOR),
            (2_000_00, None),
            (0, Reason.CAE_CAP_REACHED),
        ]
        assert (simulation.room_before_cents, simulation.room_after_cents) == (4_000_00, 0)
    with pytest.raises(NotFound):
        async with capital.database.of_all_tenants(read_only=True) as session:
            await simulate_top_ups(session, as_cae(capital.new_cae()), order, today=capital.today)


async def deadlines(
    capital: Capital, cae: Siren, within_months: int, caller: Caller | None = None
) -> list[MembershipDeadline]:
    async with capital.database.of_all_tenants(read_only=True) as session:
        return await list_membership_deadlines(
            session,
            caller or capital.operator,
            DeadlineFilter(within_months=within_months, cae_siren=cae),
            after=None,
            limit=100,
            today=capital.today,
        )


async def test_who_falls_due_in_the_next_months(capital: Capital) -> None:
    """Today is 30 June 2026: a CESA of three years less a month ago is due at the end of July."""
    scheme, cae = await capital.scheme(), capital.new_cae()

    def asking(reference: str, started_on: str, **changed: object):  # type: ignore[no-untyped-def] # noqa: ANN202
        contract = Contract(ContractKind.CESA, date.fromisoformat(started_on))
        return capital.asking(scheme, cae, reference=reference, contract=contract, **changed)  # type: ignore[arg-type]

    soon = Contract(ContractKind.CESA, date(2024, 7, 31), date(2023, 7, 31), date(2024, 7, 30))
    await capital.request(
        asking("soon", "2023-08-31", paid_up_cents=3_000_00),
        capital.asking(scheme, cae, 500_00, reference="sooner", contract=soon),
        asking("later", "2023-10-31"),
        asking("past", "2023-06-29"),
        asking("member", "2023-08-01", admitted_on=date(2026, 6, 1)),
        asking("renewed", "2023-08-01"),
        asking("renewed", "2025-08-01"),
        capital.asking(scheme, cae, contract=Contract(ContractKind.CAPE, date(2023, 8, 1))),
    )

    within_two = await deadlines(capital, cae, 2)

    assert [
        (deadline.top_up.entrepreneur.reference, deadline.due_on, deadline.entitlement_cents, deadline.reason)
        for deadline in within_two
    ] == [
        ("sooner", date(2026, 7, 31), 0, Reason.BELOW_FLOOR),
        # 31 August is more than two months after 30 June.
    ]
    assert [deadline.top_up.entrepreneur.reference for deadline in await deadlines(capital, cae, 4)] == [
        "sooner",
        "soon",
    ]
    assert await deadlines(capital, cae, 4, as_cae(capital.new_cae())) == []
    with pytest.raises(NotAllowed):
        await deadlines(capital, cae, 4, PARTNER)


async def test_who_was_awarded_on_an_earlier_dossier_would_get_nothing_more(capital: Capital) -> None:
    """Whatever of their dossiers tells the deadline; elsewhere, or where the rules give again, they would."""
    contract = Contract(ContractKind.CESA, date(2023, 8, 1))
    once, again = await capital.scheme(), await capital.scheme(once_per_person=False)
    cae = capital.new_cae()

    async def asked(scheme: Scheme, reference: str) -> TopUp:
        [asked] = await capital.request(capital.asking(scheme, cae, reference=reference, contract=contract))
        return asked

    for first, second, reference in ((once, once, "same"), (again, again, "again"), (once, again, "other")):
        await capital.grant((await asked(first, reference)).id)
        await asked(second, reference)

    found = {line.top_up.entrepreneur.reference: line for line in await deadlines(capital, cae, 2)}

    assert {reference: (line.entitlement_cents, line.reason) for reference, line in found.items()} == {
        "same": (0, Reason.ALREADY_AWARDED),
        "again": (2_000_00, None),
        "other": (2_000_00, None),
    }


async def test_a_cap_is_shown_by_the_version_in_force(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    async with capital.database.of_all_tenants(read_only=True) as session:
        cap = await read_cap(session, as_cae(cae), scheme.id, cae, today=capital.today)
        assert (cap.cap_cents, cap.used_cents, cap.room_cents) == (20_000_00, 0, 20_000_00)
        with pytest.raises(NotFound):
            await read_cap(session, as_cae(capital.new_cae()), scheme.id, cae, today=capital.today)
        with pytest.raises(NotFound):
            await read_cap(session, FAR_OPERATOR, scheme.id, cae, today=capital.today)
