"""One call of each REST route on a tenant's own dossiers, in a state in which the rules take it."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from tests.access import (
    committees,
    de_minimis_calls,
    drafts,
    follow_up_calls,
    public_figures,
    scheme_calls,
    successions,
    top_up_documents,
)
from tests.access.building import (
    CAPITAL,
    LOANS,
    OF_ITS_ROLE,
    Json,
    Request,
    call,
    listing,
    of_webhooks,
    simple,
)
from tests.access.worlds import Tenant
from tests.factories.capital import new_siren, siret_of

CALLS = {"loans": LOANS, "capital": CAPITAL}
_left_as_they_are: dict[tuple[str, str, str], Request] = {}


async def left_as_it_is(service: str, route: str, tenant: Tenant, role: str) -> Request:
    """A call that only reads or is going to be refused: one dossier does for all who try it."""
    if route in OF_ITS_ROLE:
        return await CALLS[service][route](tenant, role)
    place = (service, route, tenant.mark)
    if place not in _left_as_they_are:
        _left_as_they_are[place] = await CALLS[service][route](tenant, role)
    return _left_as_they_are[place]


@call(LOANS, "POST /v1/funds")
async def _fund(tenant: Tenant) -> Request:
    return Request("/v1/funds", tenant.fund_body())


@call(LOANS, "POST /v1/funds/{fund_id}/contributions")
async def _contribution(tenant: Tenant) -> Request:
    return Request(f"/v1/funds/{await tenant.fund()}/contributions", tenant.contribution_body())


@call(LOANS, "POST /v1/funds/{fund_id}/pledges")
async def _pledge(tenant: Tenant) -> Request:
    return Request(f"/v1/funds/{await tenant.fund()}/pledges", tenant.pledge_body())


@call(LOANS, "POST /v1/funds/{fund_id}/withdrawals")
async def _withdrawal(tenant: Tenant) -> Request:
    return Request(f"/v1/funds/{await tenant.fund()}/withdrawals", tenant.withdrawal_body())


@call(LOANS, "GET /v1/funds/{fund_id}/statements/{siren}")
async def _statement(tenant: Tenant) -> Request:
    return Request(f"/v1/funds/{await tenant.fund()}/statements/{tenant.funder}")


@call(LOANS, "GET /v1/funds/{fund_id}/statements/{siren}/lines")
async def _statement_lines(tenant: Tenant) -> Request:
    fund = await tenant.fund()
    return Request(f"/v1/funds/{fund}/statements/{tenant.funder}/lines?kind=paid_in&from=2020-01-01")


@call(LOANS, "POST /v1/applications")
async def _application(tenant: Tenant) -> Request:
    return Request("/v1/applications", await tenant.application_body())


@call(LOANS, "POST /v1/applications/{application_id}/decision")
async def _decision(tenant: Tenant) -> Request:
    application = await tenant.application("review")
    return Request(f"/v1/applications/{application}/decision", tenant.decision_body())


@call(LOANS, "POST /v1/applications/{application_id}/signature")
async def _signature(tenant: Tenant) -> Request:
    application = await tenant.application("review", "decision")
    return Request(f"/v1/applications/{application}/signature", {"signed_on": "2024-01-20"})


@call(LOANS, "POST /v1/applications/{application_id}/decline")
async def _decline(tenant: Tenant) -> Request:
    application = await tenant.application("review", "decision")
    return Request(f"/v1/applications/{application}/decline", {})


@call(LOANS, "POST /v1/loans/{loan_id}/repayments")
async def _repayment(tenant: Tenant) -> Request:
    return Request(f"/v1/loans/{await tenant.loan()}/repayments", tenant.repayment_body())


@call(LOANS, "POST /v1/repayments/batch")
async def _batch(tenant: Tenant) -> Request:
    return Request("/v1/repayments/batch", tenant.batch_body(await tenant.loan()), is_batch=True)


@call(CAPITAL, "POST /v1/top-ups")
async def _top_up(tenant: Tenant) -> Request:
    return Request("/v1/top-ups", tenant.top_up_body(await tenant.scheme()))


@call(CAPITAL, "POST /v1/top-up-batches")
async def _top_ups(tenant: Tenant) -> Request:
    body = {"items": [tenant.top_up_body(await tenant.scheme())]}
    return Request("/v1/top-up-batches", body, is_batch=True)


@call(CAPITAL, "POST /v1/schemes/{scheme_id}/payments")
async def _payment(tenant: Tenant) -> Request:
    scheme = await tenant.fresh_scheme()
    return Request(f"/v1/schemes/{scheme}/payments", await tenant.payment_body(scheme))


@call(CAPITAL, "GET /v1/schemes/{scheme_id}/caps")
async def _caps(tenant: Tenant) -> Request:
    scheme = await tenant.fresh_scheme()
    await tenant.granted(scheme)
    return Request(f"/v1/schemes/{scheme}/caps?cae={tenant.cae}")


@call(LOANS, "POST /v1/imports/loans")
async def _import(tenant: Tenant) -> Request:
    form, files = tenant.portfolio()
    return Request("/v1/imports/loans", form=form, files=files)


@call(LOANS, "POST /v1/funds/{fund_id}/funders-declaration")
async def _declaration(tenant: Tenant) -> Request:
    imported = await tenant.imported_fund()
    return Request(f"/v1/funds/{imported}/funders-declaration", {"declared_on": "2026-01-15"})


@call(LOANS, "PATCH /v1/funds/{fund_id}")
async def _rules_of_a_fund(tenant: Tenant) -> Request:
    path = f"/v1/funds/{await tenant.fund()}"
    read = await tenant.as_("loans", "operator").get(path)
    return Request(path, {"access": {"partners_see_names": False}}, {"If-Match": read.headers["ETag"]})


@call(LOANS, "POST /v1/funds/{fund_id}/reminder-plans")
async def _reminder_plan(tenant: Tenant) -> Request:
    step = {"days": 5, "channel": "letter", "label": "Relance"}
    body = {"valid_from": "2020-01-01", "notice_days": 5, "steps": [step]}
    return Request(f"/v1/funds/{await tenant.fund()}/reminder-plans", body)


@call(LOANS, "POST /v1/loans/{loan_id}/move")
async def _move(tenant: Tenant) -> Request:
    cae = {"siret": siret_of(new_siren()), "name": "Une autre CAE"}
    body = {"moved_on": "2024-06-01", "cae": cae, "reference": f"N-{uuid4().hex[:6]}"}
    return Request(f"/v1/loans/{await tenant.loan()}/move", body)


@call(LOANS, "GET /v1/loans/{loan_id}/entries/{entry_id}")
async def _entry(tenant: Tenant) -> Request:
    path = f"/v1/loans/{await tenant.loan()}/entries"
    read = await tenant.as_("loans", "operator").get(path)
    return Request(f"{path}/{read.json()['entries'][0]['id']}")


@call(LOANS, "POST /v1/loans/{loan_id}/contacts")
async def _contact(tenant: Tenant) -> Request:
    return Request(f"/v1/loans/{await tenant.loan()}/contacts", tenant.contact_body())


@call(LOANS, "POST /v1/loans/{loan_id}/promises")
async def _promise(tenant: Tenant) -> Request:
    return Request(f"/v1/loans/{await tenant.loan()}/promises", tenant.promise_body())


@call(LOANS, "POST /v1/loans/{loan_id}/repayment-declarations")
async def _repayment_declaration(tenant: Tenant) -> Request:
    return Request(f"/v1/loans/{await tenant.loan()}/repayment-declarations", tenant.repayment_body())


@call(CAPITAL, "GET /v1/payments/{payment_id}")
async def _payment_read(tenant: Tenant) -> Request:
    return Request(f"/v1/payments/{(await tenant.paid())['id']}")


@call(CAPITAL, "POST /v1/payments/{payment_id}/reversal")
async def _payment_reversal(tenant: Tenant) -> Request:
    body = {"reversed_on": "2026-07-01", "reason": "IBAN clos"}
    return Request(f"/v1/payments/{(await tenant.paid())['id']}/reversal", body)


@call(LOANS, "POST /v1/funds/{fund_id}/committee-members")
async def _committee_member(tenant: Tenant) -> Request:
    body = {**committees.member_body(tenant), "from_on": "2020-01-01"}
    return Request(f"/v1/funds/{await tenant.fund()}/committee-members", body)


@call(LOANS, "GET /v1/funds/{fund_id}/committee-members")
async def _committee_members(tenant: Tenant) -> Request:
    await committees.standing(tenant)
    return Request(f"/v1/funds/{await tenant.fund()}/committee-members")


@call(LOANS, "POST /v1/committee-members/{member_id}/end")
async def _committee_member_end(tenant: Tenant) -> Request:
    return Request(
        f"/v1/committee-members/{await committees.standing(tenant)}/end", {"until_on": "2023-12-31"}
    )


@call(LOANS, "POST /v1/committee-sessions")
async def _committee_session(tenant: Tenant) -> Request:
    return Request("/v1/committee-sessions", await committees.session_body(tenant))


@call(LOANS, "GET /v1/committee-sessions")
async def _committee_sessions(tenant: Tenant) -> Request:
    await committees.closed(tenant)
    return Request("/v1/committee-sessions", is_list=True, names_nobody=True)


@call(LOANS, "POST /v1/committee-sessions/{session_id}/agenda")
async def _agenda(tenant: Tenant) -> Request:
    held = await committees.planned(tenant)
    return Request(f"/v1/committee-sessions/{held.session}/agenda", {"application_ids": [held.application]})


@call(LOANS, "POST /v1/committee-sessions/{session_id}/attendance")
async def _attendance(tenant: Tenant) -> Request:
    held = await committees.opened(tenant)
    body = {"attendance": [{"member_id": held.member, "present": True}]}
    return Request(f"/v1/committee-sessions/{held.session}/attendance", body)


@call(LOANS, "POST /v1/committee-sessions/{session_id}/items/{application_id}/vote")
async def _vote(tenant: Tenant) -> Request:
    held = await committees.opened(tenant)
    path = f"/v1/committee-sessions/{held.session}/items/{held.application}/vote"
    return Request(path, committees.vote_body(tenant))


@call(LOANS, "POST /v1/committee-sessions/{session_id}/items/{application_id}/deferral")
async def _deferral(tenant: Tenant) -> Request:
    held = await committees.voted(tenant)
    return Request(f"/v1/committee-sessions/{held.session}/items/{held.application}/deferral", {})


@call(LOANS, "POST /v1/applications/{application_id}/conditions/{condition_id}/lifting")
async def _lifting(tenant: Tenant) -> Request:
    application, condition = await committees.condition(tenant)
    path = f"/v1/applications/{application}/conditions/{condition}/lifting"
    return Request(path, committees.lifting_body(tenant))


def of_sessions(route: str, made: Callable[[Tenant], Awaitable[committees.Held]], body: Json | None) -> None:
    @call(LOANS, route)
    async def _build(tenant: Tenant) -> Request:
        held = await made(tenant)
        return Request(route.partition(" ")[2].replace("{session_id}", held.session), body)


for _route, _made, _body in (
    ("GET /v1/committee-sessions/{session_id}", committees.closed, None),
    ("GET /v1/committee-sessions/{session_id}/minutes", committees.closed, None),
    ("GET /v1/committee-sessions/{session_id}/minutes/proof", committees.closed, None),
    ("POST /v1/committee-sessions/{session_id}/opening", committees.planned, {}),
    ("POST /v1/committee-sessions/{session_id}/cancellation", committees.planned, {}),
    ("POST /v1/committee-sessions/{session_id}/closing", committees.voted, {}),
):
    of_sessions(_route, _made, _body)


of_webhooks(LOANS, "loans")
of_webhooks(CAPITAL, "capital")

for _route, _name in {
    "GET /v1/repayment-declarations/{declaration_id}": "declaration",
    "GET /v1/remittances/{remittance_id}": "remittance",
    "GET /v1/funds/{fund_id}": "fund",
    "GET /v1/funds/{fund_id}/settings": "fund",
    "GET /v1/funds/{fund_id}/pledges": "pledged_fund",
    "GET /v1/funds/{fund_id}/statements": "fund",
    "GET /v1/funds/{fund_id}/statements.csv": "fund",
    "GET /v1/funds/{fund_id}/position": "fund",
    "GET /v1/funds/{fund_id}/reminder-plans": "fund",
    "GET /v1/reminders/{reminder_id}": "reminder",
    "GET /v1/applications/{application_id}": "signed",
    "GET /v1/loans/{loan_id}": "loan",
    "GET /v1/loans/{loan_id}/entries": "loan",
    "GET /v1/loans/{loan_id}/contacts": "contacted",
    "GET /v1/loans/{loan_id}/promises": "promised",
    "GET /v1/loans/{loan_id}/schedules": "loan",
    "GET /v1/loans/{loan_id}/repayments": "loan",
    "GET /v1/repayments/{repayment_id}": "repayment",
}.items():
    simple(LOANS, _route, _name)
for _route, _name, _body in (
    ("POST /v1/repayment-declarations/{declaration_id}/confirmation", "declaration", {}),
    ("POST /v1/repayment-declarations/{declaration_id}/rejection", "declaration", {"reason": "Jamais reçu"}),
    ("POST /v1/repayment-declarations/{declaration_id}/withdrawal", "declaration", {}),
    ("POST /v1/reminders/{reminder_id}/completion", "reminder", {"done_on": "2024-03-20"}),
    ("POST /v1/applications/{application_id}/review", "application", {}),
    ("POST /v1/applications/{application_id}/withdrawal", "application", {}),
    (
        "POST /v1/applications/{application_id}/disbursement",
        "signed",
        {"disbursed_on": "2024-01-31", "reference": "VIR"},
    ),
    (
        "POST /v1/repayments/{repayment_id}/reversal",
        "repayment",
        {"reversed_on": "2024-04-01", "reason": "Rejet"},
    ),
    (
        "POST /v1/loans/{loan_id}/tranches",
        "begun",
        {"amount_cents": 100_00, "disbursed_on": "2024-02-15", "reference": "VIR"},
    ),
    (
        "POST /v1/loans/{loan_id}/tranches/end",
        "begun",
        {"ended_on": "2024-02-15", "reason": "Devis moins cher"},
    ),
    (
        "POST /v1/loans/{loan_id}/rescheduling",
        "loan",
        {"from": "2024-04-15", "months": 6, "reason": "Baisse d'activité"},
    ),
    (
        "POST /v1/loans/{loan_id}/acceleration",
        "loan",
        {"noticed_on": "2024-06-01", "reason": "Impayés"},
    ),
    ("POST /v1/loans/{loan_id}/departure", "loan", {"left_on": "2024-06-01", "reason": "Départ"}),
    (
        "POST /v1/loans/{loan_id}/borrower-events",
        "loan",
        {"kind": "insolvency", "on": "2024-06-01", "note": "Dossier recevable"},
    ),
    (
        "POST /v1/loans/{loan_id}/write-off",
        "loan",
        {"written_off_on": "2025-01-31", "reason": "Liquidation"},
    ),
    (
        "POST /v1/loans/{loan_id}/recoveries",
        "written_off",
        {"amount_cents": 10_00, "received_on": "2025-06-01", "reference": "REC"},
    ),
):
    simple(LOANS, _route, _name, _body)
for _route, _name in {
    "GET /v1/funds": "fund",
    "GET /v1/applications": "signed",
    "GET /v1/loans": "loan",
    "GET /v1/indicators": "loan",
    "GET /v1/indicators/cohorts": "loan",
    "GET /v1/repayment-curve": "loan",
    "GET /v1/repayment-declarations": "declaration",
    "GET /v1/remittances": "remittance",
    "GET /v1/reminders": "reminder",
    "GET /v1/events": "loan",
    "GET /v1/audit": "loan",
}.items():
    listing(LOANS, _route, _name)
for _route, _name, _body in (
    ("GET /v1/schemes/{scheme_id}", "scheme", None),
    ("GET /v1/top-ups/{top_up_id}", "granted", None),
    ("POST /v1/top-ups/{top_up_id}/grant", "top_up", {"decided_on": "2026-02-01", "reference": "CP 1"}),
    ("POST /v1/top-ups/{top_up_id}/refusal", "top_up", {"reason": "Hors délai"}),
    ("POST /v1/top-ups/{top_up_id}/withdrawal", "top_up", {"reason": "Adhésion reportée"}),
    ("POST /v1/top-ups/{top_up_id}/cancellation", "granted", {"reason": "Erreur"}),
):
    simple(CAPITAL, _route, _name, _body)
for _route, _name in {
    "GET /v1/schemes": "fresh_scheme",
    "GET /v1/top-ups": "top_up",
    "GET /v1/payments": "paid",
    "GET /v1/events": "paid",
    "GET /v1/audit": "paid",
}.items():
    listing(CAPITAL, _route, _name)
listing(CAPITAL, "GET /v1/membership-deadlines", "top_up", "?within_months=36&limit=100")
listing(CAPITAL, "GET /v1/follow-ups-due", "paid", "?within_months=36&limit=100")
LOANS.update(drafts.calls(Request))
_APART = (public_figures, scheme_calls, top_up_documents, de_minimis_calls, follow_up_calls, successions)
for _apart in _APART:
    CAPITAL.update(_apart.CALLS)
OF_ITS_ROLE.add("POST /v1/questions/{question_id}/answers")
