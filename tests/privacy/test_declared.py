"""No column of words or of days is forgotten: each is declared personal, or said here not to be, and why."""

from itertools import chain

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Numeric, SmallInteger, Uuid

from services.capital.persistence.personal_dossiers import KINDS as CAPITAL_KINDS
from services.capital.persistence.tables import metadata as capital
from services.identity.persistence.tables import metadata as identity
from services.loans.persistence.personal_dossiers import KINDS as LOANS_KINDS
from services.loans.persistence.tables import metadata as loans
from services.runtime.privacy.personal_data import Category, Erasure, declared, personal_columns
from services.runtime.privacy.retention import DEFAULTS, Ending

SERVICES = {"loans": loans, "capital": capital, "identity": identity}
NO_WORDS = (BigInteger, Boolean, Integer, Numeric, SmallInteger, Uuid)

# By name where the name says it all, wherever it stands; by table where it does not.
NOT_PERSONAL = {
    "whose dossier it is: a region, or a company by its number or name": {
        "region",
        "regions",
        "cae_siren",
        "webhook_endpoints.siren",
        "cae_siret",
        "cae_name",
        "authority_name",
        "authority_siret",
        "funder_name",
        "funder_siren",
        "funder_sirens",
        "identity.clients.siren",
        "idempotency_keys.siren",
        "loans.funders.siren",
        "loans.funders.name",
        "capital.version_funders.siren",
        "from_siren",
        "to_siren",
        "to_siret",
        "to_name",
        "former_siret",
        "former_name",
        "capital.version_funders.siret",
        "capital.version_funders.name",
    },
    "a word of the domain: one of a list": {
        "act",
        "account",
        "below_floor",
        "budget_period",
        "cap_period",
        "channel",
        "category",
        "cause",
        "declared_by",
        "window_kind",
        "clawback_rule",
        "contract_kind",
        "contribution_basis",
        "counterpart",
        "dossier_kind",
        "early",
        "eligible_contracts",
        "ended_by",
        "ending",
        "kind",
        "method",
        "outcome",
        "vote_outcome",
        "period",
        "personal_fields",
        "reserves_at",
        "restates",
        "media_type",
        "role",
        "clawbacks.rule",
        "side",
        "second_person_for",
        "span",
        "status",
        "written_off_cause",
        "event_type",
        "event_types",
        "pause_reason",
        "outbox.type",
    },
    "what a fund, a scheme or a period is called, and why it is so": {
        "loans.funds.name",
        "capital.schemes.name",
        "loans.reminder_steps.label",
        "loans.reminders.label",
        "loans.contributions.convention",
        "loans.fund_settings.target_shares",
        "capital.scheme_versions.priority_groups",
        "capital.scheme_versions.follow_up_months",
        "loans.pledges.convention",
        "loans.withdrawals.reference",
        "loans.withdrawals.reason",
        "retention_periods.reason",
    },
    "the number of a dossier, by which the accounts know it": {"loans.number", "applications.number"},
    "sums of loans, without a dossier or a name": {"loans.loan_figures.changes"},
    "counters that differ: a scheme, a company, cents": {"capital.nightly_checks.differences"},
    "what the law says": {"regulation", "capital.de_minimis_rules.source"},
    "aid that a company received, by who granted it and the number of the act": {
        "capital.de_minimis_declarations.beneficiary_siren",
        "capital.de_minimis_declarations.grantor",
        "capital.de_minimis_declarations.reference",
        "capital.de_minimis_declarations.reason",
    },
    "an order of payment to a company, for several people at once": {
        "capital.payments.reference",
        "capital.payment_reversals.reason",
        "capital.successions.reason",
        "loans.remittances.reference",
    },
    "a day of the dossier or of its money: of nobody once the name has gone": {
        "decided_on",
        "from_on",
        "lifted_on",
        "until_on",
        "broken_told_on",
        "cancelled_on",
        "checked_on",
        "confirmed_on",
        "contacted_on",
        "disbursed_on",
        "done_on",
        "due_on",
        "granted_on",
        "effective_on",
        "ended_on",
        "ended_at",
        "entry_on",
        "held_on",
        "in_order_from",
        "next_due_on",
        "noticed_on",
        "occurred_on",
        "on_date",
        "opened_on",
        "paid_on",
        "paid_up_on",
        "received_on",
        "requested_on",
        "reserved_on",
        "promoted_on",
        "reversed_on",
        "signed_on",
        "starts_on",
        "submitted_on",
        "promised_on",
        "promised_until",
        "proposed_on",
        "stayed_from",
        "stayed_until",
        "waived_on",
        "unpaid_since",
        "valid_from",
        "valid_until",
        "withdrawn_on",
        "written_off_on",
    },
    "when a machine recorded it": {
        "announced_on",
        "checked_at",
        "checked_on",
        "changed_at",
        "closed_at",
        "loans.daily_closes.day",
        "claimed_until",
        "created_at",
        "expires_at",
        "failing_since",
        "last_used_at",
        "lifted_at",
        "locked_until",
        "next_attempt_at",
        "occurred_at",
        "previous_secret_until",
        "published_at",
        "answered_at",
        "recorded_at",
        "removed_on",
        "revoked_at",
        "set_at",
        "started_at",
    },
    "software, and what it sends to be known again": {
        "client",
        "closed_by_client",
        "decided_by_client",
        "lifted_by_client",
        "proposed_by_client",
        "fingerprint",
        "documents.sha256",
        "request_id",
        "idempotency_keys.key",
        "idempotency_keys.path",
        "identity.clients.name",
        "identity.client_secrets.hash",
        "webhook_endpoints.url",
        "webhook_endpoints.description",
        "webhook_deliveries.last_attempts",
    },
    "a committee's session: where, and what was written of it without a name or a free text": {
        "are_precedent",
        "closed_at",
        "minutes",
        "minutes_hash",
        "place",
        "stood_aside",
    },
    "what changed, by the names of personal fields alone: another test searches it": {
        "audit_trail.before",
        "audit_trail.after",
    },
}
SAID = set(chain.from_iterable(NOT_PERSONAL.values()))


def names(column: Column[object]) -> set[str]:
    """`name`, `loans.name` (its table's) and `loans.loans.name`."""
    return {str(column.name), f"{column.table.name}.{column.name}", f"{column.table.fullname}.{column.name}"}


def columns(metadata: MetaData) -> list[Column[object]]:
    return [
        column
        for table in metadata.tables.values()
        for column in table.columns
        if not isinstance(column.type, NO_WORDS)
    ]


@pytest.mark.parametrize("metadata", SERVICES.values(), ids=SERVICES)
def test_every_column_of_words_is_said_personal_or_not(metadata: MetaData) -> None:
    forgotten = [
        f"{column.table.fullname}.{column.name}"
        for column in columns(metadata)
        if declared(column) is None and not names(column) & SAID
    ]
    assert forgotten == [], "declare it with personal(...) on its table, or say here why it is not"


def test_nothing_is_said_not_personal_that_is_declared_so_or_is_gone() -> None:
    every = [column for metadata in SERVICES.values() for column in columns(metadata)]
    plain = set().union(*(names(column) for column in every if declared(column) is None))
    assert SAID - plain == set()
    both = [str(column) for column in every if declared(column) and names(column) & SAID]
    assert both == []


@pytest.mark.parametrize(("metadata", "kinds"), [(loans, LOANS_KINDS), (capital, CAPITAL_KINDS)])
def test_a_purge_reaches_every_personal_column(metadata: MetaData, kinds: tuple[object, ...]) -> None:
    """But those that have their own time: stored answers expire, and a period's author stays with it."""
    reached = {place.name for kind in kinds for place in kind.places}  # type: ignore[attr-defined]
    holding = {
        str(table.fullname)
        for table in metadata.tables.values()
        if any(said.erasure is not Erasure.STAYS for _, said in personal_columns(table))
    }
    apart = {f"{metadata.schema}.{name}" for name in ("idempotency_keys", "retention_periods")}
    assert holding - reached == apart & holding


def test_of_clients_one_column_is_personal_and_is_forgotten_apart() -> None:
    """By `forget_officers`: no dossier is in that schema."""
    named = [str(column) for table in identity.tables.values() for column, _ in personal_columns(table)]
    assert named == ["clients.person"]


def test_every_category_that_a_purge_erases_has_a_period_for_each_end() -> None:
    erased = {
        said.category
        for kind in (*LOANS_KINDS, *CAPITAL_KINDS)
        for place in kind.places
        for _, said in personal_columns(place.table)
        if said.erasure is not Erasure.STAYS
    }
    assert set(DEFAULTS) == {(category, ending) for category in erased for ending in Ending}
    assert set(Category) - erased == {Category.ANSWER}


def test_what_is_replaced_stands_where_something_must() -> None:
    """Where NULL may stand, nothing is left: a word in its place would only say that there was one."""
    replaced = {Erasure.WORD, Erasure.PSEUDONYM, Erasure.YEAR}
    odd = [
        str(column)
        for metadata in SERVICES.values()
        for column in columns(metadata)
        if column.nullable and (said := declared(column)) and said.erasure in replaced
    ]
    assert odd == []
