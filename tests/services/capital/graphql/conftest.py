"""What an operator of Nouvelle-Aquitaine does over the graph."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api import Api
from tests.factories.capital import new_siren, scheme, siret_of
from tests.graph import Json, data

TOP_UP = "... on TopUp { id status entitlementCents awardCents }"


class Granting:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.operator = api.as_("operator", regions=["75"])

    async def scheme(self, **version: Any) -> str:
        opened = await self.operator.post("/v1/schemes", json=scheme(**version))
        assert opened.status_code == 201, opened.text
        return str(opened.json()["id"])

    async def act(self, verb: str, kind: str = TOP_UP, **given: Any) -> Json:
        """Calls a mutation by its name; `kind` is what is read of its result."""
        upper = verb[0].upper() + verb[1:]
        query = f"""mutation ($input: {upper}Input!) {{ {verb}(input: $input) {{
          __typename {kind} ... on Refusal {{ code message facts }} }} }}"""
        given = {"idempotencyKey": str(uuid4()), **given}
        result = (await data(self.operator, query, input=given))[verb]
        assert isinstance(result, dict)
        return result

    async def request(self, scheme_id: str, siren: str | None = None, **changed: Any) -> Json:
        asked = {
            "schemeId": scheme_id,
            "cae": {"siret": siret_of(siren or new_siren()), "name": "Coopérative Tournesol"},
            "entrepreneur": {
                "reference": str(uuid4()),
                "givenName": "Awa",
                "familyName": "Le Goff",
                "contract": {"kind": "CESA", "startedOn": "2025-03-01"},
            },
            "subscribedCents": 2_000_00,
            "paidUpCents": 2_000_00,
            "paidUpOn": "2026-01-15",
        }
        return await self.act("requestTopUp", **{**asked, **changed})

    async def grant(self, top_up_id: str, **changed: Any) -> Json:
        decided = {"topUpId": top_up_id, "decidedOn": "2026-02-01", "reference": "CP 12", **changed}
        return await self.act("grantTopUp", **decided)

    async def granted(self, scheme_id: str, siren: str) -> Json:
        return await self.grant((await self.request(scheme_id, siren))["id"])


@pytest.fixture
def granting(capital_api: Api) -> Granting:
    return Granting(capital_api)
