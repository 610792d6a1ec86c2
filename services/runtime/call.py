"""One call to a service: who calls, in which language, on which day, and how it reads or writes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.calendar import today_in_paris
from services.kernel.language import Language
from services.runtime.database.transactions import Database
from services.runtime.language_negotiation import preferred_language

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    caller: Caller
    language: Language
    today: date
    request: Request
    database: Database
    entrepreneur_key: bytes


async def get_call(request: Request) -> Call:
    state = request.app.state
    return Call(
        caller=request.state.caller,
        language=preferred_language(request.headers.get("accept-language")),
        today=today_in_paris(),
        request=request,
        database=state.database,
        entrepreneur_key=state.entrepreneur_key,
    )


async def read(call: Call, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Runs `query` in a read-only transaction of its own."""
    async with call.database.transaction(call.caller, read_only=True) as session:
        return await query(session)
