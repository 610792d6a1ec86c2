"""REST of the capital service: one router for each noun. Bodies in, use cases, answers out; no rule here."""

from services.capital.rest import (
    batches,
    budget_projection,
    caps,
    documents,
    follow_ups_due,
    history,
    membership_deadlines,
    nightly_checks,
    payments,
    presets,
    schemes,
    simulations,
    subsidies,
    top_ups,
    webhooks,
)

ROUTERS = (
    schemes.router,
    presets.router,
    simulations.router,
    batches.router,
    top_ups.router,
    documents.router,
    payments.router,
    caps.router,
    membership_deadlines.router,
    follow_ups_due.router,
    subsidies.router,
    budget_projection.router,
    nightly_checks.router,
    webhooks.router,
    history.events,
    history.trail,
)
