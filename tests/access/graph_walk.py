"""The walk itself, whichever door it takes: a subgraph's own, or the gateway."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type

from tests.access.building import Request
from tests.access.graph_queries import KEYS, Way, as_input, at, entity_query, every_answer, queries, ways
from tests.access.table import Cell, Row, rows
from tests.access.worlds import STRANGERS, Tenant, Tenants
from tests.factories.capital import new_siren

Json = dict[str, Any]

TABLE = rows("GraphQL")
# Which route does the same, and the fields of the input that take the ids in its path.
MUTATIONS = {
    "submitApplication": ("POST /v1/applications", ""),
    "saveDraft": ("PATCH /v1/applications/{application_id}", "draftId"),
    "submitDraft": ("POST /v1/applications/{application_id}/submission", "draftId"),
    "cancelApplication": ("POST /v1/applications/{application_id}/cancellation", "applicationId"),
    "reviewApplication": ("POST /v1/applications/{application_id}/review", "applicationId"),
    "withdrawApplication": ("POST /v1/applications/{application_id}/withdrawal", "applicationId"),
    "decideApplication": ("POST /v1/applications/{application_id}/decision", "applicationId"),
    "signApplication": ("POST /v1/applications/{application_id}/signature", "applicationId"),
    "declineApplication": ("POST /v1/applications/{application_id}/decline", "applicationId"),
    "openCommitteeSession": ("POST /v1/committee-sessions/{session_id}/opening", "sessionId"),
    "recordCommitteeVote": (
        "POST /v1/committee-sessions/{session_id}/items/{application_id}/vote",
        "sessionId applicationId",
    ),
    "closeCommitteeSession": ("POST /v1/committee-sessions/{session_id}/closing", "sessionId"),
    "liftCondition": (
        "POST /v1/applications/{application_id}/conditions/{condition_id}/lifting",
        "applicationId conditionId",
    ),
    "disburseLoan": ("POST /v1/applications/{application_id}/disbursement", "applicationId"),
    "recordRepayment": ("POST /v1/loans/{loan_id}/repayments", "loanId"),
    "reverseRepayment": ("POST /v1/repayments/{repayment_id}/reversal", "repaymentId"),
    "payTranche": ("POST /v1/loans/{loan_id}/tranches", "loanId"),
    "endTranches": ("POST /v1/loans/{loan_id}/tranches/end", "loanId"),
    "rescheduleLoan": ("POST /v1/loans/{loan_id}/rescheduling", "loanId"),
    "accelerateLoan": ("POST /v1/loans/{loan_id}/acceleration", "loanId"),
    "recordDeparture": ("POST /v1/loans/{loan_id}/departure", "loanId"),
    "moveLoan": ("POST /v1/loans/{loan_id}/move", "loanId"),
    "recordBorrowerEvent": ("POST /v1/loans/{loan_id}/borrower-events", "loanId"),
    "writeOffLoan": ("POST /v1/loans/{loan_id}/write-off", "loanId"),
    "recordRecovery": ("POST /v1/loans/{loan_id}/recoveries", "loanId"),
    "declareRepayment": ("POST /v1/loans/{loan_id}/repayment-declarations", "loanId"),
    "confirmRepaymentDeclaration": (
        "POST /v1/repayment-declarations/{declaration_id}/confirmation",
        "declarationId",
    ),
    "rejectRepaymentDeclaration": (
        "POST /v1/repayment-declarations/{declaration_id}/rejection",
        "declarationId",
    ),
    "withdrawRepaymentDeclaration": (
        "POST /v1/repayment-declarations/{declaration_id}/withdrawal",
        "declarationId",
    ),
    "requestTopUp": ("POST /v1/top-ups", ""),
    "grantTopUp": ("POST /v1/top-ups/{top_up_id}/grant", "topUpId"),
    "grantTopUps": ("POST /v1/schemes/{scheme_id}/grants", "schemeId"),
    "refuseTopUp": ("POST /v1/top-ups/{top_up_id}/refusal", "topUpId"),
    "withdrawTopUp": ("POST /v1/top-ups/{top_up_id}/withdrawal", "topUpId"),
    "cancelTopUp": ("POST /v1/top-ups/{top_up_id}/cancellation", "topUpId"),
    "reversePayment": ("POST /v1/payments/{payment_id}/reversal", "paymentId"),
    "recordFollowUp": ("POST /v1/top-ups/{top_up_id}/follow-ups", "topUpId"),
    "proposeClawback": ("POST /v1/top-ups/{top_up_id}/clawback", "topUpId"),
    "confirmClawback": ("POST /v1/top-ups/{top_up_id}/clawback/confirmation", "topUpId"),
    "receiveClawback": ("POST /v1/top-ups/{top_up_id}/clawback/receipt", "topUpId"),
    "waiveClawback": ("POST /v1/top-ups/{top_up_id}/clawback/waiver", "topUpId"),
    "withdrawClawback": ("POST /v1/top-ups/{top_up_id}/clawback/withdrawal", "topUpId"),
    "declareDeMinimisAid": ("POST /v1/de-minimis-declarations", ""),
    "cancelDeMinimisDeclaration": (
        "POST /v1/de-minimis-declarations/{declaration_id}/cancellation",
        "declarationId",
    ),
    "recordSuccession": ("POST /v1/successions", ""),
    "payTopUps": ("POST /v1/schemes/{scheme_id}/payments", "schemeId"),
}
HIDDEN = {"not-allowed", "not-found"}
UNNAMED_ROLES = {"partner", "funder"}
SUMS_FOR_ALL = "deMinimis"
"""The ceiling is one for all: any operator is told what a company has received, if not from whom."""
NOWHERE = "94"
"""A region in which no test has a dossier."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a query names of a tenant, or of nobody."""

    facts: dict[str, str]

    @classmethod
    async def of(cls, tenant: Tenant) -> "Named":
        return cls(await tenant.facts())

    @classmethod
    def nobody(cls, region: str) -> "Named":
        facts = {
            name: str(uuid4()) for name in ("entrepreneur", "fund", "loan", "scheme", "session", "top_up")
        }
        return cls({**facts, "cae": new_siren(), "funder": new_siren(), "region": region})

    @property
    def arguments(self) -> dict[str, str]:
        return {
            "Query.cae(siren)": self.facts["cae"],
            "Query.entrepreneur(id)": self.facts["entrepreneur"],
            "Query.region(code)": self.facts["region"],
            "Query.loanFund(id)": self.facts["fund"],
            "Query.committeeSession(id)": self.facts["session"],
            "Query.loan(id)": self.facts["loan"],
            "Query.topUpScheme(id)": self.facts["scheme"],
            "TopUpScheme.caps(cae)": self.facts["cae"],
        }

    def hidden_in(self, content: Any) -> str:
        """The content, with what the query itself named taken out of it."""
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        for name, value in self.facts.items():
            text = text.replace(f'"{value}"', f'"{name}"')
        return text


def row_of(owner: str, name: str) -> Row:
    """The field's own line, or its type's."""
    return TABLE.get(f"{owner}.{name}") or TABLE[f"{owner}.*"]


@dataclass
class Door:
    """What can be asked there, and on which way."""

    schema: GraphQLSchema
    ways: dict[str, Way] = field(init=False)

    def __post_init__(self) -> None:
        self.ways = ways(self.schema)

    def type(self, name: str) -> GraphQLObjectType:
        found = self.schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        return found

    def is_closed(self, name: str, role: str) -> bool:
        """Whether the way to the type goes through a field that the role may not have."""
        steps = self.ways[name].steps
        return any(row_of(owner.name, step).cells[role] in {Cell.NO, Cell.NULL} for owner, step in steps)

    async def ask(self, client: httpx.AsyncClient, name: str, named: Named) -> Json:
        """Of several documents, the answers put together."""
        whole: Json = {"data": {}, "errors": []}
        for document in queries(self.ways[name], self.type(name), named.arguments):
            content = await post(client, document)
            whole["data"].update(content.get("data") or {})
            whole["errors"] += content.get("errors", [])
        return whole

    async def ask_entity(self, client: httpx.AsyncClient, name: str, named: Named) -> Json:
        key, fact = KEYS[name]
        of = [{"__typename": name, key: named.facts[fact]}]
        return await post(client, entity_query(self.type(name), named.arguments), of=of)


async def post(client: httpx.AsyncClient, document: str, **variables: Any) -> Json:
    answer = await client.post("/graphql", json={"query": document, "variables": variables})
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert isinstance(content, dict)
    return content


def check_own(
    door: Door, name: str, role: str, tenant: Tenant, content: Json, found: Any, path: list[str]
) -> None:
    """Each field of the type `name`, of which `found` was answered at `path`, is as the table says."""
    failures = {tuple(part for part in error["path"] if isinstance(part, str)) for error in failed(content)}
    for name_of_field in door.type(name).fields:
        if name_of_field.startswith("_"):
            continue
        cell = row_of(name, name_of_field).cells[role]
        value = found.get(name_of_field) if isinstance(found, dict) else None
        here = (*path, name_of_field)
        has_failed = any(here[: len(failure)] == failure for failure in failures)
        about = f"{role}: {name}.{name_of_field} is {value!r}, the table says {cell}; {content.get('errors')}"
        match cell:
            case Cell.NO:
                assert value is None, about
            case Cell.NULL:
                assert isinstance(found, dict), about
                assert value is None, about
                assert not has_failed, about
            case _:
                assert isinstance(found, dict), about
                assert not has_failed, about
    if role in UNNAMED_ROLES:
        assert tenant.names_in(json.dumps(content, ensure_ascii=False)) == []


def check_other(
    other: Tenant, named: Named, content: Json, of_nobody: Json, nobody: Named, *, alike: bool
) -> None:
    """Nothing of theirs is answered; where `alike`, what is answered is what nobody's dossier would get."""
    assert other.traces_in(named.hidden_in(content)) == []
    if alike:
        assert named.hidden_in(content.get("data")) == nobody.hidden_in(of_nobody.get("data"))
        assert codes(content) == codes(of_nobody)


async def walk_type(door: Door, service: str, tenants: Tenants, name: str, role: str) -> None:
    """Every field of a type, of one's own dossiers, of strangers' and of nobody's."""
    own = tenants["own"]
    client = own.as_(service, role)
    content = await door.ask(client, name, await Named.of(own))
    way = door.ways[name]
    found, path = at(content.get("data"), way), [step for _, step in way.steps]

    if door.is_closed(name, role):
        assert found is None
    else:
        check_own(door, name, role, own, content, found, path)

    nobody = Named.nobody(NOWHERE)
    of_nobody = await door.ask(client, name, nobody)
    # A list of the root, or a region, has what is one's own beside what is not.
    is_shared = not path or path[0] in {"region", "loans", "topUps"} or SUMS_FOR_ALL in path
    for other in (tenants[stranger] for stranger in STRANGERS[role]):
        theirs = await Named.of(other)
        content = await door.ask(client, name, theirs)
        if path and row_of("Query", path[0]).cells[role] is Cell.ANYONE:
            assert other.names_in(str(content)) == []
        elif path:
            check_other(other, theirs, content, of_nobody, nobody, alike=not is_shared)


def failed(content: Json) -> list[Json]:
    return [error for error in content.get("errors", []) if error.get("path")]


def codes(content: Json) -> list[str]:
    return sorted(error["extensions"]["code"] for error in content.get("errors", []))


async def mutate(door: Door, mutation: str, request: Request, client: httpx.AsyncClient) -> str:
    """What the REST request would do. Which type answered; of a refusal, its code."""
    _, id_field = MUTATIONS[mutation]
    assert door.schema.mutation_type is not None
    (argument,) = door.schema.mutation_type.fields[mutation].args.values()
    wanted = get_named_type(argument.type)
    assert isinstance(wanted, GraphQLInputObjectType)
    body = request.body or {}
    given = {"content": body} if "content" in wanted.fields else as_input(body, wanted)
    for place, name in enumerate(id_field.split()):
        given[name] = request.path.split("/")[3 + 2 * place]
    given["idempotencyKey"] = str(uuid4())
    content = await post(client, every_answer(door.schema, mutation), input=given)
    assert "errors" not in content, content
    answer = content["data"][mutation]
    return str(answer.get("code") or answer["__typename"])
