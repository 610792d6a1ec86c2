"""`POST /graphql`, as plain ASGI: a router's shell around it would cost a quarter of a small query.

Answers follow "GraphQL over HTTP": `application/json` is always 200 once the request is one, and
`application/graphql-response+json`, when asked for, is 400 for a document that could not be executed. What is
not a GraphQL request leaves as problem+json, like everywhere else. Subscriptions are streams of events: see
`subscriptions`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType, get_operation_ast
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.calendar import today_in_paris
from services.kernel.language import Language, Text
from services.runtime.graphql.compiled.plans import Plans
from services.runtime.graphql.context import Context
from services.runtime.graphql.documents import Documents
from services.runtime.graphql.event_stream import MEDIA_TYPE as EVENT_STREAM
from services.runtime.graphql.event_stream import answer_once
from services.runtime.graphql.limits import limits_of
from services.runtime.graphql.schema import SubgraphSchema
from services.runtime.graphql.subscriptions import Subscribed, Subscriptions, answer_of
from services.runtime.language_negotiation import preferred_language
from services.runtime.problems import problem, standard_problem
from services.runtime.settings import Settings

JSON = b"application/json"
GRAPHQL_RESPONSE = b"application/graphql-response+json"
ONLY_STREAMED = "Subscriptions are streams: ask with Accept: text/event-stream."

NOT_JSON = Text(
    "Envoyez du JSON avec Content-Type: application/json.", "Send JSON with Content-Type: application/json."
)
NOT_A_REQUEST = Text(
    "Le corps est un objet JSON avec « query » et, au besoin, « variables » et « operationName ».",
    "The body is a JSON object with `query` and, where needed, `variables` and `operationName`.",
)


NO_BATCHES = Text(
    "Une seule question par appel : les tableaux de questions ne sont pas acceptés.",
    "One query a call: arrays of queries are not accepted.",
)


class NotAGraphQLRequestError(Exception):
    def __init__(self, status: int, reason: Text) -> None:
        super().__init__(reason.english)
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class Door:
    """A class, so that a router takes it for an application rather than a function of a request."""

    def __init__(self, schema: SubgraphSchema, settings: Settings) -> None:
        self._schema = schema
        plans_of = partial(Plans, schema, after_uses=settings.compiled_graphql_after)
        self._documents = Documents(
            schema.graphql_schema,
            limits_of(settings),
            plans_of=plans_of if settings.compiled_graphql else None,
        )
        self._subscriptions = Subscriptions(schema, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        language = preferred_language(headers.get(b"accept-language", b"").decode("latin-1"))
        if scope["method"] != "POST":
            refused = standard_problem(
                405, instance=scope["path"], language=language, headers={"Allow": "POST"}
            )
            await refused(scope, receive, send)
            return
        try:
            request = read_request(headers.get(b"content-type", b""), await _body(receive))
        except NotAGraphQLRequestError as error:
            await _refuse(error, scope["path"], language)(scope, receive, send)
            return
        context = _context(scope, language)
        accepted = headers.get(b"accept", b"")
        if EVENT_STREAM in accepted:
            subscribed = self._subscribed(request)
            if subscribed is not None:
                await self._subscriptions.answer(scope, receive, send, subscribed, context)
                return
        content = answer_of(await self._answer(request, context), context)
        if EVENT_STREAM in accepted and not any(other in accepted for other in (b"json", b"*/*")):
            await answer_once(send, content)
            return
        asks_for_status = GRAPHQL_RESPONSE in accepted
        status = 400 if asks_for_status and "data" not in content else 200
        await _send_json(send, status, GRAPHQL_RESPONSE if asks_for_status else JSON, content)

    def _subscribed(self, request: Request) -> Subscribed | None:
        """A subscription that may be streamed; what is wrong with any other is answered like a query's."""
        checked = self._documents.check(request.query)
        if checked.document is None:
            return None
        operation = get_operation_ast(checked.document, request.operation_name)
        if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
            return None
        if self._documents.too_costly(checked, operation, request.variables or {}) is not None:
            return None
        return Subscribed(checked.document, request.variables, request.operation_name)

    async def _answer(self, request: Request, context: Context) -> ExecutionResult:
        checked = self._documents.check(request.query)
        if checked.document is None:
            return ExecutionResult(None, list(checked.errors))
        operation = get_operation_ast(checked.document, request.operation_name)
        if operation is not None:
            refused = self._documents.too_costly(checked, operation, request.variables or {})
            if refused is None and operation.operation is OperationType.SUBSCRIPTION:
                refused = GraphQLError(ONLY_STREAMED, extensions={"code": "only-streamed"})
            if refused is not None:
                return ExecutionResult(None, [refused])
            if operation.operation is OperationType.QUERY:
                async with context.one_snapshot():
                    if checked.plans is not None:
                        result = await checked.plans.run(operation, context, request.variables or {})
                        if result is not None:
                            return result
                    return await self._executed(checked.document, request, context)
        return await self._executed(checked.document, request, context)

    async def _executed(self, document: DocumentNode, request: Request, context: Context) -> ExecutionResult:
        return await self._schema.run(
            document, context, variables=request.variables, operation_name=request.operation_name
        )


def make_endpoint(schema: SubgraphSchema, settings: Settings) -> ASGIApp:
    """The application's own state gives the database; its authentication gives the caller."""
    return Door(schema, settings)


def _context(scope: Scope, language: Language) -> Context:
    state = scope["app"].state
    return Context(
        caller=scope["state"]["caller"],
        language=language,
        today=today_in_paris(),
        database=state.database,
        entrepreneur_key=state.entrepreneur_key,
        request_id=scope["state"].get("request_id", "-"),
    )


def read_request(content_type: bytes, body: bytes) -> Request:
    if content_type.partition(b";")[0].strip().lower() != JSON:
        raise NotAGraphQLRequestError(415, NOT_JSON)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotAGraphQLRequestError(400, NOT_A_REQUEST) from error
    if isinstance(content, list):
        raise NotAGraphQLRequestError(400, NO_BATCHES)
    if not isinstance(content, dict):
        raise NotAGraphQLRequestError(400, NOT_A_REQUEST)
    query, variables, name = (content.get(part) for part in ("query", "variables", "operationName"))
    if (
        not isinstance(query, str)
        or not isinstance(variables, dict | None)
        or not isinstance(name, str | None)
    ):
        raise NotAGraphQLRequestError(400, NOT_A_REQUEST)
    return Request(query, variables, name or None)


async def _body(receive: Receive) -> bytes:
    """Bounded by the service's edge."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _refuse(error: NotAGraphQLRequestError, path: str, language: Language) -> ASGIApp:
    reason = error.reason.render(language)
    if error.status == 415:  # noqa: PLR2004 - the status itself is the clearest name
        title = Text("Type de contenu non accepté", "Unsupported media type").render(language)
        return problem(415, "unsupported-media-type", title, reason, instance=path)
    return standard_problem(400, instance=path, language=language, facts={"reason": reason})


async def _send_json(send: Send, status: int, media_type: bytes, content: dict[str, Any]) -> None:
    body = orjson.dumps(content)
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
