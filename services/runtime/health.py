"""`/health`: the process lives. `/ready`: it can serve: the database answers, at the code's own revision."""

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from services.runtime.database.revisions import current_revision, newest_revision
from services.runtime.database.transactions import Database, DatabaseAwayError
from services.runtime.problems import is_passing

PATIENCE_SECONDS = 2  # who asks decides on the answer, and often waits for little longer

router = APIRouter(tags=["Service"])


class Health(BaseModel):
    status: str = Field(description="`ok` as soon as the process answers", examples=["ok"])
    service: str = Field(description="Which service answers", examples=["loans"])


class Readiness(BaseModel):
    status: str = Field(description="`ready`, or `not-ready`", examples=["ready"])
    service: str = Field(description="Which service answers", examples=["loans"])
    database: str = Field(description="`ok`, `unreachable` or `not-migrated`", examples=["ok"])


@router.get("/health", summary="Is the process alive?")
async def health(request: Request) -> Health:
    return Health(status="ok", service=request.app.state.database.schema)


@router.get("/ready", summary="Can it serve?", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    database: Database = request.app.state.database
    state = await _database_state(database)
    if state != "ok":
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(
        status="ready" if state == "ok" else "not-ready", service=database.schema, database=state
    )


async def _database_state(database: Database) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), database.of_all_tenants(read_only=True) as session:
            revision = await current_revision(await session.connection(), database.schema)
    except (SQLAlchemyError, DatabaseAwayError, TimeoutError) as error:
        return "unreachable" if is_passing(error) else "not-migrated"
    return "ok" if revision == newest_revision(database.schema) else "not-migrated"
