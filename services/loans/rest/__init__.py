"""REST of the loans service: one router for each noun. Bodies in, use cases, answers out; no rule here."""

from services.loans.rest import (
    applications,
    disbursements,
    funds,
    history,
    imports,
    indicators,
    loans,
    losses,
    repayment_declarations,
    repayments,
    webhooks,
)

ROUTERS = (
    funds.router,
    applications.router,
    disbursements.router,
    loans.router,
    repayments.router,
    repayment_declarations.router,
    losses.router,
    indicators.router,
    imports.router,
    webhooks.router,
    history.events,
    history.trail,
)
