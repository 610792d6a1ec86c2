"""Registration, the secret, and who sees and changes which webhook."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, new_id
from services.loans.app import make_app
from services.loans.domain.access import Act
from services.loans.domain.events import LoansEvent
from services.runtime.history.facts import Dossier, Fact, tell
from services.runtime.settings import Settings
from tests.api import Api, once
from tests.factories.capital import new_siren
from tests.services.runtime.webhooks.conftest import Office, dossiers
from tests.services.runtime.webhooks.receivers import listening

VERBS = ("pause", "resumption", "secret-rotation", "replays", "revocation")


@pytest.fixture(params=["loans", "capital"])
def careful(request: pytest.FixtureRequest) -> Api:
    """Each service as it is set unless somebody says otherwise."""
    found = request.getfixturevalue(f"{request.param}_api")
    assert isinstance(found, Api)
    return found


async def post(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/v1/webhooks", json={"url": "https://8.8.8.8/essor", **body})


async def test_a_webhook_is_made_listed_and_read_without_its_secret(careful: Api) -> None:
    cae = careful.as_("cae", siren=new_siren())
    made = await post(cae, description="Logiciel")
    assert made.status_code == 201, made.text
    webhook = made.json()
    assert webhook.pop("secret").startswith("whsec_")
    assert (webhook["status"], webhook["event_types"], webhook["url"]) == (
        "active",
        [],
        "https://8.8.8.8/essor",
    )
    assert (await cae.get(f"/v1/webhooks/{webhook['id']}")).json() == webhook
    second = (await post(cae)).json()
    page = (await cae.get("/v1/webhooks?limit=1&count=true")).json()
    assert ([one["id"] for one in page["items"]], page["total"]) == ([second["id"]], 2)
    page = (await cae.get("/v1/webhooks", params={"limit": 1, "after": page["next"]})).json()
    assert (page["items"], page["next"]) == ([webhook], None)
    assert (await cae.get("/v1/webhooks?status=paused")).json()["items"] == []


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("https://127.0.0.1/", 409, "webhook-address-refused"),
        ("https://localhost/", 409, "webhook-address-refused"),
        ("https://[::1]/", 409, "webhook-address-refused"),
        ("https://169.254.169.254/latest", 409, "webhook-address-refused"),
        ("https://no-such-name.invalid/", 409, "webhook-address-refused"),
        ("http://8.8.8.8/", 409, "webhook-address-refused"),
        ("https://8.8.8.8:22/", 409, "webhook-address-refused"),
        ("https://user:pass@8.8.8.8/", 409, "webhook-address-refused"),
        ("https://2130706433/", 409, "webhook-address-refused"),
        ("gopher://8.8.8.8/", 422, "invalid-input"),
        ("https://", 422, "invalid-input"),
        ("https://8.8.8.8/\u00e9", 422, "invalid-input"),
    ],
)
async def test_an_address_that_is_refused(loans_api: Api, url: str, status: int, code: str) -> None:
    refused = await post(loans_api.as_("cae", siren=new_siren()), url=url)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_type_that_nobody_sends(careful: Api) -> None:
    refused = await post(careful.as_("cae", siren=new_siren()), event_types=["loan.painted"])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/event_types/0"


async def test_a_replayed_registration_makes_one_and_shows_the_same_secret_which_is_kept_nowhere(
    loans_api: Api,
) -> None:
    cae, headers = loans_api.as_("cae", siren=new_siren()), once()
    body = {"url": "https://8.8.8.8/essor"}
    answers = await asyncio.gather(*(cae.post("/v1/webhooks", json=body, headers=headers) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers)[1:] == ["true"] * 9
    assert len((await cae.get("/v1/webhooks")).json()["items"]) == 1
    secret = answers[0].json()["secret"]
    async with loans_api.database.of_all_tenants(read_only=True) as session:
        for table in ("idempotency_keys", "webhook_endpoints"):
            rows = (await session.execute(text(f"SELECT * FROM loans.{table}"))).all()
            assert rows
            assert not any(secret.encode() in bytes(str(row), "utf-8") for row in rows)
        stored = await session.scalars(text("SELECT answer FROM loans.idempotency_keys"))
        assert not any(secret.encode() in bytes(answer) for answer in stored if answer is not None)


async def test_a_tenant_has_so_many_and_no_more_however_they_come(settings: Settings) -> None:
    three = settings.model_copy(update={"webhook_endpoints": 3})
    async with Api.of(make_app(three), three) as api:
        cae = api.as_("cae", siren=new_siren())
        answers = await asyncio.gather(*(post(cae) for _ in range(9)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 6
        refused = next(answer.json() for answer in answers if answer.status_code == 409)
        assert (refused["code"], refused["most"]) == ("too-many-webhooks", 3)
        one = next(answer.json() for answer in answers if answer.status_code == 201)
        assert (await cae.post(f"/v1/webhooks/{one['id']}/revocation")).status_code == 200
        assert (await post(cae)).status_code == 201
        assert (await post(api.as_("cae", siren=new_siren()))).status_code == 201


@pytest.mark.parametrize("role", ["operator", "partner"])
async def test_regions_see_those_that_they_cover(careful: Api, role: str) -> None:
    of_both = careful.as_(role, regions=["11", "24"])
    webhook = (await post(of_both)).json()["id"]
    for who, status in (
        (of_both, 200),
        (careful.as_(role, regions=["11", "24", "27"]), 200),
        (careful.as_(role, regions=["11", "24"], client="other software"), 200),
        (careful.as_("admin"), 200),
        (careful.as_(role, regions=["11"]), 404),
        (careful.as_(role, regions=["27"]), 404),
        (careful.as_("partner" if role == "operator" else "operator", regions=["11", "24"]), 404),
        (careful.as_("cae", siren=new_siren()), 404),
        (careful.as_("funder", siren=new_siren()), 403),
    ):
        for path in ("", "/deliveries"):
            assert (await who.get(f"/v1/webhooks/{webhook}{path}")).status_code == status
        seen = await who.get("/v1/webhooks")
        assert (webhook in seen.text) == (status == 200)


async def test_a_cae_has_its_own_only(careful: Api) -> None:
    owner, other = (careful.as_("cae", siren=new_siren()) for _ in range(2))
    webhook = (await post(owner)).json()["id"]
    assert (await owner.get(f"/v1/webhooks/{webhook}")).status_code == 200
    assert (await other.get(f"/v1/webhooks/{webhook}")).status_code == 404
    for verb in VERBS:
        answer = await other.post(f"/v1/webhooks/{webhook}/{verb}", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        answer = await careful.as_("admin").post(f"/v1/webhooks/{webhook}/{verb}", json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
        answer = await owner.post(f"/v1/webhooks/{new_id()}/{verb}", json={})
        assert answer.status_code == 404
    for role in ("admin", "funder"):
        who = careful.as_(role, siren=new_siren() if role == "funder" else None)
        assert (await post(who)).status_code == 403
    assert (await owner.get(f"/v1/webhooks/{webhook}")).json()["status"] == "active"


async def test_the_database_hides_them_whatever_the_query(office: Office) -> None:
    async with listening() as receiver:
        await office.register(receiver)
        await office.tell(*dossiers(1))
    seen = {}
    for name, siren in (("own", office.siren), ("other", new_siren())):
        database = office.api.database
        caller = office.api.as_("cae", siren=siren)
        assert (await caller.get("/v1/webhooks")).status_code == 200
        async with database.transaction(
            Caller(Role.CAE, "tests", siren=Siren(siren)), read_only=True
        ) as session:
            seen[name] = [
                (await session.execute(text(f"SELECT count(*) FROM loans.{table}"))).scalar_one()
                for table in ("webhook_endpoints", "webhook_deliveries")
            ]
    assert seen == {"own": [1, 1], "other": [0, 0]}


async def test_a_role_is_told_of_the_kinds_that_it_reads(quick_api: Api) -> None:
    """Of others the link would lead nowhere."""
    region, told = "94", {}
    operator = Caller(Role.OPERATOR, "tests", regions=frozenset({region}))
    made = {}
    for role in ("partner", "operator"):
        client = quick_api.as_(role, regions=[region])
        made[role] = (client, (await post(client)).json()["id"])
    async with quick_api.database.transaction(operator) as session:
        for kind in ("note", "loan"):
            tell(session, Fact(Dossier(kind, new_id(), region), Act.READ_LOAN, LoansEvent.LOAN_DISBURSED))
    await Office(quick_api).publish({"note": {Role.OPERATOR}, "loan": {Role.OPERATOR, Role.PARTNER}})
    for role, (client, webhook) in made.items():
        log = (await client.get(f"/v1/webhooks/{webhook}/deliveries")).json()["items"]
        told[role] = sorted(delivery["dossier_kind"] for delivery in log)
        replayed = await client.post(f"/v1/webhooks/{webhook}/replays", json={})
        assert replayed.json()["queued"] == 1, "no role reads a note through this service"
        await client.post(f"/v1/webhooks/{webhook}/revocation")
    assert told == {"partner": ["loan"], "operator": ["loan", "note"]}
