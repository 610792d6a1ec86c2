"""The loans service as one application: REST, GraphQL and what surrounds them."""

from fastapi import FastAPI

from services.loans.graphql.schema import make_schema
from services.loans.persistence.tables import metadata
from services.loans.rest import ROUTERS
from services.runtime import interpreter
from services.runtime.database.roles import service_url
from services.runtime.graphql.door import make_endpoint
from services.runtime.service import make_service
from services.runtime.settings import Settings

TITLE = "Essor: prêts d'honneur"
DESCRIPTION = "Regional zero-interest loan funds: applications, committee, disbursement, repayment tracking."


def make_app(settings: Settings, *, describes_only: bool = False) -> FastAPI:
    """`describes_only` needs no database: for the OpenAPI document."""
    return make_service(
        title=TITLE,
        description=DESCRIPTION,
        metadata=metadata,
        routers=ROUTERS,
        settings=settings,
        database_url=None if describes_only else service_url("loans", settings),
        wide_paths=("/v1/imports",),
        document_paths=("/v1/applications/[^/]+/documents",),
        batch_paths=("/v1/repayments/batch",),
        graphql=make_endpoint(make_schema(settings.graphql_max_representations), settings),
    )


def app_from_environment() -> FastAPI:
    """What uvicorn's workers call, each in a process of its own."""
    app = make_app(Settings())
    interpreter.settle()
    return app
