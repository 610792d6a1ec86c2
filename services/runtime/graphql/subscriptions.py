"""Subscriptions: which streams a process has open, and what each tells of an event."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError
from starlette.types import Receive, Scope, Send

from services.kernel.calendar import today_in_paris
from services.runtime.graphql.context import Context
from services.runtime.graphql.errors import cause_of, format_errors
from services.runtime.graphql.event_refusals import EventNotRead, TokenEnded, TooManyStreams
from services.runtime.graphql.event_stream import EventStream, Patience, Told
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.history.following import Following
from services.runtime.problems import is_passing, refusal_problem
from services.runtime.settings import Settings
from services.runtime.tokens.reading import InvalidTokenError, KeysUnavailableError

LAST_EVENT_ID = b"last-event-id"


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription's document, checked, and what its client gave with it."""

    document: DocumentNode
    variables: dict[str, Any] | None
    operation_name: str | None


class OpenStreams:
    """Those of one process, by client."""

    def __init__(self, settings: Settings) -> None:
        self._most, self._most_of_client = settings.streams_of_process, settings.streams_of_client
        self._of_clients: Counter[str] = Counter()

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        for count, most in (
            (self._of_clients[client], self._most_of_client),
            (self._of_clients.total(), self._most),
        ):
            if count >= most:
                raise TooManyStreams(open=count, most=most)
        self._of_clients[client] += 1
        try:
            yield
        finally:
            self._of_clients[client] -= 1
            if not self._of_clients[client]:
                del self._of_clients[client]


class Subscriptions:
    def __init__(self, schema: SubgraphSchema, settings: Settings) -> None:
        self._schema, self._patience = schema, Patience.of(settings)
        self._open = OpenStreams(settings)

    async def answer(
        self, scope: Scope, receive: Receive, send: Send, subscribed: Subscribed, context: Context
    ) -> None:
        try:
            with self._open.one(context.caller.client):
                await self._stream(scope, receive, send, subscribed, context)
        except TooManyStreams as refusal:
            refused = refusal_problem(refusal, instance=scope["path"], language=context.language)
            await refused(scope, receive, send)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, subscribed: Subscribed, context: Context
    ) -> None:
        given = dict(scope["headers"]).get(LAST_EVENT_ID, b"").decode("latin-1")
        following = context.following = Following(
            scope["app"].state.tail, scope["state"]["authenticate"], given or None
        )
        stream = EventStream(
            scope,
            receive,
            send,
            self._patience,
            explain=partial(_explained, context=context, following=following),
            when_quiet=following.authenticate,
        )
        await stream.run(self._told(subscribed, context, following))

    async def _told(
        self, subscribed: Subscribed, context: Context, following: Following
    ) -> AsyncGenerator[Told]:
        given: dict[str, Any] = {
            "variables": subscribed.variables,
            "operation_name": subscribed.operation_name,
        }
        events = await self._schema.events(subscribed.document, context, **given)
        if isinstance(events, ExecutionResult):
            yield Told(answer_of(events, context))
            return
        async with aclosing(events):
            async for event in events:
                # Each event is a request of its own: with the rights of now, and nothing remembered.
                fresh = Context(
                    caller=await following.authenticate(),
                    language=context.language,
                    today=today_in_paris(),
                    database=context.database,
                    entrepreneur_key=context.entrepreneur_key,
                    request_id=context.request_id,
                    reading=following.tail.reading,
                )
                result = await self._schema.run(subscribed.document, fresh, event=event, **given)
                if any(is_passing(cause_of(error)) for error in result.errors or ()):
                    raise EventNotRead
                yield Told(answer_of(result, fresh), event.cursor)


def answer_of(result: ExecutionResult, context: Context) -> dict[str, Any]:
    """As the specification writes it: `data` wherever execution began."""
    content: dict[str, Any] = {}
    if result.errors:
        content["errors"] = format_errors(
            result.errors, language=context.language, request_id=context.request_id
        )
    if result.data is not None or any(error.path for error in result.errors or ()):
        content["data"] = result.data
    return content


def _explained(error: Exception, *, context: Context, following: Following) -> dict[str, Any]:
    """The last word of a stream that ends before its client wanted; with where to go on from."""
    if isinstance(error, (InvalidTokenError, KeysUnavailableError)):
        error = TokenEnded()
    elif is_passing(error):
        error = EventNotRead()
    wrapped = [GraphQLError("The stream ended.", original_error=error)]
    (told,) = format_errors(wrapped, language=context.language, request_id=context.request_id)
    told["extensions"].setdefault("facts", {}).setdefault("resume_after", following.resume_after)
    return {"errors": [told]}
