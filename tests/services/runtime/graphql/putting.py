"""Puts crates on a shelf through the real mutation."""

from uuid import uuid4

from tests.api import Api
from tests.services.runtime.graphql.asking import ask

PUT = """mutation ($input: PutCrateInput!) {
  putCrate(input: $input) { __typename ... on Crate { id valueCents } ... on Refusal { code message facts } }
}"""


async def put_crates(api: Api, shelf: str, *values_cents: int) -> list[str]:
    ids = []
    for value in values_cents:
        given = {"idempotencyKey": str(uuid4()), "shelf": shelf, "valueCents": value}
        answer = await ask(api, PUT, {"input": given})
        ids.append(answer["data"]["putCrate"]["id"])
    return ids
