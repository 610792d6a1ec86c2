"""What the database itself refuses, whatever the code above it does."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.capital.domain.granting import Decision, consider, grant_whole
from services.capital.domain.refusals import AlreadyAwarded
from services.capital.persistence import grants
from services.capital.persistence.counters import Counted
from services.kernel.access import Caller, Role
from tests.services.capital.conftest import Capital


async def run(capital: Capital, statement: str, **values: object) -> None:
    async with capital.database.of_all_tenants() as session:
        await session.execute(text(statement), values)


async def test_a_counter_never_passes_its_cap_or_its_budget(capital: Capital) -> None:
    scheme, cae = await capital.scheme(budget_cents=30_000_00), capital.new_cae()
    await capital.award(scheme, cae, [2_000_00])

    with pytest.raises(IntegrityError, match="used_within_cap"):
        await run(
            capital,
            "UPDATE capital.cae_caps SET used_cents = 2000001 WHERE scheme_id = :id AND cae_siren = :cae",
            id=scheme.id,
            cae=cae,
        )
    with pytest.raises(IntegrityError, match="used_within_budget"):
        await run(
            capital,
            "UPDATE capital.scheme_budgets SET used_cents = 3000001 WHERE scheme_id = :id",
            id=scheme.id,
        )
    with pytest.raises(IntegrityError, match="used_within_cap"):
        await run(
            capital,
            "UPDATE capital.cae_caps SET used_cents = -1 WHERE scheme_id = :id AND cae_siren = :cae",
            id=scheme.id,
            cae=cae,
        )


async def test_a_person_never_holds_two_sole_awards(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    first, second = await capital.request(
        capital.asking(scheme, cae, reference="T-1"), capital.asking(scheme, cae, reference="T-1")
    )
    await capital.grant(first.id)

    with pytest.raises(IntegrityError, match="uq_top_ups_sole_award"):
        await run(
            capital,
            """UPDATE capital.top_ups SET status = 'granted', award_cents = 100000, decided_on = :day,
                      is_sole_award = true WHERE id = :id""",
            id=second.id,
            day=date(2026, 2, 1),
        )


@pytest.mark.parametrize(
    "change",
    [
        "status = 'granted'",  # without an award
        "award_cents = 0, status = 'granted', decided_on = DATE '2026-02-01'",
        "award_cents = entitlement_cents + 1, status = 'granted', decided_on = DATE '2026-02-01'",
        "status = 'unheard-of'",
        "cae_siren = '111111111'",
        "paid_up_cents = -1",
        "priority_criterion = 'rsa'",  # without what proves it
        "priority_evidence = 'Attestation'",
    ],
)
async def test_a_dossier_keeps_its_invariants(capital: Capital, change: str) -> None:
    [asked] = await capital.request(capital.asking(await capital.scheme(), capital.new_cae()))

    with pytest.raises(IntegrityError):
        await run(capital, f"UPDATE capital.top_ups SET {change} WHERE id = :id", id=asked.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE capital.postings SET amount_cents = amount_cents + 1",
        "DELETE FROM capital.postings",
        "UPDATE capital.journal_entries SET kind = 'grant'",
        "DELETE FROM capital.journal_entries",
    ],
)
async def test_the_journal_is_append_only(capital: Capital, statement: str) -> None:
    await capital.award(await capital.scheme(), capital.new_cae(), [2_000_00])

    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        await run(capital, statement)


PAID = {
    "payments": "total_cents = total_cents + 1",
    "payment_reversals": "reversed_on = reversed_on + 1",
    "payment_lines": "amount_cents = amount_cents + 1",
    "payment_parts": "amount_cents = amount_cents + 1",
    "clawback_receipts": "amount_cents = amount_cents + 1",
    "clawback_parts": "amount_cents = amount_cents + 1",
}


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE capital.{table} SET {change}" for table, change in PAID.items()),
        *(f"DELETE FROM capital.{table}" for table in PAID),
        "UPDATE capital.payment_lines SET reversal_id = NULL WHERE reversal_id IS NOT NULL",
        "UPDATE capital.payment_parts SET reversal_id = NULL WHERE reversal_id IS NOT NULL",
        "UPDATE capital.payments SET cae_siren = '732829320'",  # which no succession tells of
        "UPDATE capital.clawback_receipts SET reference = 'VIR 2'",
    ],
)
async def test_what_was_paid_and_came_back_stays_as_recorded(capital: Capital, statement: str) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    await capital.reverse((await capital.pay(scheme, cae, [granted.id])).id)
    await capital.pay(scheme, cae, [granted.id], date(2026, 3, 9))
    await capital.propose(granted.id)
    await capital.receive(granted.id, 500_00)

    with pytest.raises(IntegrityError, match="append-only"):
        await run(capital, statement)


async def test_an_entry_adds_up_to_zero(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [asked] = await capital.request(capital.asking(scheme, cae))

    with pytest.raises(DBAPIError, match="do not add up to zero"):
        await run(
            capital,
            """WITH entry AS (
                   INSERT INTO capital.journal_entries
                          (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id)
                   VALUES (gen_random_uuid(), 'grant', DATE '2026-02-01', :scheme, '75', :cae, :top_up)
                   RETURNING id)
               INSERT INTO capital.postings (entry_id, rank, account, amount_cents, region, cae_siren)
               SELECT id, 1, 'awards', 100, '75', :cae FROM entry""",
            scheme=scheme.id,
            cae=cae,
            top_up=asked.id,
        )


async def test_the_index_of_sole_awards_refuses_in_the_domains_words(capital: Capital) -> None:
    """Decided as if the person's other dossier had not been seen, by either way of writing a grant."""
    scheme, cae = await capital.scheme(), capital.new_cae()
    first, second = await capital.request(
        capital.asking(scheme, cae, reference="T-1"), capital.asking(scheme, cae, reference="T-1")
    )
    await capital.grant(first.id)
    decision = Decision(decided_on=date(2026, 2, 1), reference="CP 12")
    blind = consider(second, decision, scheme.versions, others=[], today=capital.today)

    with pytest.raises(AlreadyAwarded):
        async with capital.database.of_all_tenants() as session:
            await grants.take(session, grant_whole(blind), Counted.by(scheme.versions))
    with pytest.raises(AlreadyAwarded):
        async with capital.database.of_all_tenants() as session:
            await grants.record(session, [grant_whole(blind)])
    assert await capital.differences() == []


@pytest.mark.parametrize(
    "change",
    [
        "valid_until = valid_from - 1",
        "contribution_basis = 'promised'",
        "reserves_at = 'payment'",
        "clawback_rule = 'half'",
        "request_window_months = 0",
        "request_valid_days = 0",
        "min_membership_months = -1",
        "follow_up_months = '{0,12}'",
        "priority_groups = '{}'",
        """priority_groups = '[{"criterion": "rsa", "label": "RSA", "ceiling_cents": 199999}]'""",
        """priority_groups = '[{"criterion": "rsa", "label": "RSA"}]'""",
        """priority_groups = '[{"criterion": "Du RSA", "label": "RSA", "ceiling_cents": 200000}]'""",
        """priority_groups = '[{"label": "RSA", "ceiling_cents": 200000}]'""",
    ],
)
async def test_a_version_keeps_its_invariants(capital: Capital, change: str) -> None:
    scheme = await capital.scheme()

    with pytest.raises(IntegrityError):
        await run(capital, f"UPDATE capital.scheme_versions SET {change} WHERE scheme_id = :id", id=scheme.id)


async def test_a_funder_grants_from_an_establishment_of_its_own(capital: Capital) -> None:
    scheme = await capital.scheme()

    with pytest.raises(IntegrityError, match="siret_of_siren"):
        await run(
            capital,
            """UPDATE capital.version_funders SET siret = '11111111100011'
                WHERE version_id = :id AND siren = '200053759'""",
            id=scheme.versions[0].id,
        )


async def test_versions_follow_each_other_day_by_day(capital: Capital) -> None:
    scheme = await capital.scheme(valid_until=date(2026, 12, 31))

    for start in ("2026-12-31", "2027-01-02"):
        with pytest.raises(IntegrityError, match="overlap, or leave days"):
            await run(capital, COPY_OF_A_VERSION.format(start=start), id=scheme.id, copy=uuid4())
    await run(capital, COPY_OF_A_VERSION.format(start="2027-01-01"), id=scheme.id, copy=uuid4())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE capital.scheme_versions SET ceiling_cents = 300000 WHERE id = :id",
        "UPDATE capital.scheme_versions SET valid_until = '2026-12-31' WHERE id = :id",
        "UPDATE capital.scheme_versions SET waiver_by_another = true WHERE id = :id",
        "UPDATE capital.version_funders SET share_percent = 70 WHERE version_id = :id AND rank = 1",
        "DELETE FROM capital.version_funders WHERE version_id = :id AND rank = 2",
    ],
)
async def test_a_version_that_a_request_follows_is_never_changed(capital: Capital, change: str) -> None:
    scheme = await capital.scheme()
    await capital.request(capital.asking(scheme, capital.new_cae()))

    with pytest.raises(IntegrityError, match="followed by requests"):
        await run(capital, change, id=scheme.versions[0].id)


COPY_OF_A_VERSION = """
    INSERT INTO capital.scheme_versions
    SELECT (jsonb_populate_record(version, jsonb_build_object('id', CAST(:copy AS uuid),
                                           'valid_from', '{start}', 'valid_until', NULL))).*
      FROM capital.scheme_versions AS version WHERE scheme_id = :id ORDER BY valid_from LIMIT 1
"""


async def test_a_top_up_has_one_line_that_stands(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    first = await capital.pay(scheme, cae, [granted.id])
    await capital.reverse(first.id)
    second = await capital.pay(scheme, cae, [granted.id], date(2026, 3, 9))

    with pytest.raises(IntegrityError, match="uq_payment_lines_top_up_id"):
        await run(
            capital,
            """WITH third AS (
                   INSERT INTO capital.payments
                          (id, scheme_id, region, cae_siren, paid_on, reference, total_cents)
                   SELECT gen_random_uuid(), scheme_id, region, cae_siren, paid_on, reference, total_cents
                     FROM capital.payments WHERE id = :id RETURNING id)
               INSERT INTO capital.payment_lines
                      (payment_id, top_up_id, version_id, amount_cents, region, cae_siren)
               SELECT third.id, top_up_id, version_id, amount_cents, region, cae_siren
                 FROM capital.payment_lines, third WHERE payment_id = :id""",
            id=second.id,
        )
    with pytest.raises(IntegrityError, match="fk_payment_lines_reversal_id"):  # another payment's
        await run(
            capital,
            """UPDATE capital.payment_lines SET reversal_id = (
                      SELECT id FROM capital.payment_reversals WHERE payment_id = :first)
                WHERE payment_id = :second""",
            first=first.id,
            second=second.id,
        )
    with pytest.raises(IntegrityError, match="uq_payment_reversals_payment_id"):
        await run(
            capital,
            """INSERT INTO capital.payment_reversals (id, payment_id, region, cae_siren, reversed_on, reason)
               SELECT gen_random_uuid(), payment_id, region, cae_siren, reversed_on, reason
                 FROM capital.payment_reversals WHERE payment_id = :id""",
            id=first.id,
        )


async def test_a_cae_holds_its_awards_and_writes_none_of_them_as_withdrawn(capital: Capital) -> None:
    scheme, cae = await capital.scheme(), capital.new_cae()
    [granted] = await capital.award(scheme, cae, [2_000_00])
    office = Caller(Role.CAE, "tests", siren=cae)
    statement = text("UPDATE capital.top_ups SET status = 'withdrawn' WHERE id = :id")

    async with capital.database.transaction(office) as session:
        held = text("SELECT id FROM capital.top_ups WHERE id = :id FOR UPDATE")
        assert (await session.execute(held, {"id": granted.id})).scalar_one() == granted.id
    with pytest.raises(IntegrityError, match="is no request"):
        async with capital.database.transaction(office) as session:
            await session.execute(statement, {"id": granted.id})
