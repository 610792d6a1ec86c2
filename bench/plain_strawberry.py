"""A service's schema as Strawberry's guide has it: its FastAPI router, nothing remembered between requests.

`python bench/plain_strawberry.py loans 9001`. Around it stands what stands around Essor's own door.
"""

import sys
from importlib import import_module
from typing import Any

from fastapi import FastAPI, Request
from strawberry.fastapi import BaseContext, GraphQLRouter

from cli.web_server import run_server
from services.kernel.calendar import today_in_paris
from services.runtime import interpreter
from services.runtime.database.roles import service_url
from services.runtime.graphql.context import Context
from services.runtime.language_negotiation import preferred_language
from services.runtime.service import make_service
from services.runtime.settings import Settings


class PlainContext(Context, BaseContext):
    """What Essor's resolvers read, as the router takes it."""


async def context_of(request: Request) -> PlainContext:
    state = request.app.state
    return PlainContext(
        caller=request.state.caller,
        language=preferred_language(request.headers.get("accept-language", "")),
        today=today_in_paris(),
        database=state.database,
        entrepreneur_key=state.entrepreneur_key,
        request_id=request.state.request_id,
    )


def make_app(service: str, settings: Settings) -> FastAPI:
    schema = import_module(f"services.{service}.graphql.schema").make_schema()
    metadata = import_module(f"services.{service}.persistence.tables").metadata
    app = make_service(
        title="Plain",
        description="For the bench",
        metadata=metadata,
        routers=[],
        settings=settings,
        database_url=service_url(service, settings),
    )
    router: Any = GraphQLRouter(schema, context_getter=context_of, path="/graphql", graphql_ide=None)
    app.include_router(router)
    return app


def main() -> None:
    service, port = sys.argv[1:]
    settings = Settings()
    app = make_app(service, settings)
    interpreter.settle()
    run_server(app, settings, host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main()
