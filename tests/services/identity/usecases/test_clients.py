"""Clients on a real database: what an administrator does, what two do at once, what the tables refuse."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.identity.domain.client import Client, Lockout
from services.identity.domain.refusals import ClientIsRevoked, NameTaken, OverlapTooLong, UnknownClient
from services.identity.persistence import clients, unknown_names
from services.identity.usecases import authenticate
from services.identity.usecases.add_client import Shown, add_client
from services.identity.usecases.authenticate import Authenticator, Locked, TooBusyError
from services.identity.usecases.list_clients import list_clients
from services.identity.usecases.revoke_client import revoke_client
from services.identity.usecases.rotate_secret import rotate_secret
from services.kernel.access import Caller, Role
from tests.services.identity.conftest import Server

LOCKOUT = Lockout(3, timedelta(minutes=15))


async def found(server: Server, name: str) -> Client:
    async with server.database.of_all_tenants(read_only=True) as session:
        client = await clients.find(session, name)
    assert client is not None
    return client


async def test_a_secret_is_kept_as_a_hash_only(server: Server) -> None:
    added = await server.add()
    async with server.database.of_all_tenants(read_only=True) as session:
        kept = (
            await session.execute(text("SELECT CAST(s AS text) FROM identity.client_secrets s"))
        ).scalars()
        assert all(added.secret not in row for row in kept)
    (secret,) = (await found(server, added.client.name)).secrets
    assert secret.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert added.secret not in repr(added)


async def test_a_name_serves_once_even_after_it_is_revoked(server: Server) -> None:
    added = await server.add("admin")
    now = datetime.now(UTC)
    async with server.database.of_all_tenants() as session:
        await revoke_client(session, added.client.name, at=now)
    with pytest.raises(NameTaken):
        async with server.database.of_all_tenants() as session:
            await add_client(session, added.client.caller, expires_at=None, at=now)
    with pytest.raises(ClientIsRevoked):
        async with server.database.of_all_tenants() as session:
            await rotate_secret(session, added.client.name, overlap=timedelta(0), at=now)


async def test_two_who_add_one_name_at_once_make_one_client(server: Server) -> None:
    caller = Caller(Role.ADMIN, f"twice-{datetime.now(UTC).timestamp()}")

    async def add() -> Shown:
        async with server.database.of_all_tenants() as session:
            return await add_client(session, caller, expires_at=None, at=datetime.now(UTC))

    outcomes = await asyncio.gather(*(add() for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NameTaken"] * 3 + ["Shown"]


async def test_rotations_at_once_leave_two_good_secrets(server: Server) -> None:
    added = await server.add()

    async def rotate() -> None:
        async with server.database.of_all_tenants() as session:
            now = datetime.now(UTC)
            await rotate_secret(session, added.client.name, overlap=timedelta(hours=1), at=now)

    await asyncio.gather(*(rotate() for _ in range(5)))
    client = await found(server, added.client.name)
    assert len(client.secrets) == 6
    assert len(client.good_secrets(datetime.now(UTC))) == 2


async def test_what_is_asked_of_nobody_is_refused(server: Server) -> None:
    async with server.database.of_all_tenants() as session:
        with pytest.raises(UnknownClient):
            await rotate_secret(session, "nobody", overlap=timedelta(0), at=datetime.now(UTC))
        with pytest.raises(UnknownClient):
            await revoke_client(session, "nobody", at=datetime.now(UTC))
        with pytest.raises(OverlapTooLong):
            await rotate_secret(session, "nobody", overlap=timedelta(days=32), at=datetime.now(UTC))


async def test_a_second_revocation_keeps_the_first_date(server: Server) -> None:
    added = await server.add()
    first = datetime.now(UTC)
    for at in (first, first + timedelta(hours=1)):
        async with server.database.of_all_tenants() as session:
            await revoke_client(session, added.client.name, at=at)
    assert (await found(server, added.client.name)).revoked_at == first


async def test_all_clients_are_listed_by_name(server: Server) -> None:
    added = [await server.add() for _ in range(3)]
    async with server.database.of_all_tenants(read_only=True) as session:
        names = [client.name for client in await list_clients(session)]
    assert {shown.client.name for shown in added} <= {*names}
    assert names == sorted(names)


async def test_a_lock_ends_by_itself_and_the_count_begins_again(server: Server) -> None:
    added = await server.add()
    name, now = added.client.name, datetime.now(UTC)
    judge = Authenticator(server.database, LOCKOUT)
    for _ in range(2):
        assert await judge.authenticate(name, "wrong", now) is None
    assert await judge.authenticate(name, "wrong", now) == Locked(now + LOCKOUT.duration)
    later = now + LOCKOUT.duration
    assert isinstance(await judge.authenticate(name, added.secret, later - timedelta(seconds=1)), Locked)
    assert await judge.authenticate(name, "wrong", later) is None
    assert (await found(server, name)).failed_attempts == 1
    client = await judge.authenticate(name, added.secret, later)
    assert isinstance(client, Client)
    assert (await found(server, name)).failed_attempts == 0


async def test_of_a_name_that_nobody_has_the_lock_ends_too(server: Server) -> None:
    judge, now = Authenticator(server.database, LOCKOUT), datetime.now(UTC)
    for outcome in (None, None, Locked(now + LOCKOUT.duration)):
        assert await judge.authenticate("nobody-at-all", "wrong", now) == outcome
    assert await judge.authenticate("nobody-at-all", "wrong", now + LOCKOUT.duration) is None


async def test_a_lock_between_the_look_and_the_use_refuses_the_right_secret(server: Server) -> None:
    added, now = await server.add(), datetime.now(UTC)
    async with server.database.of_all_tenants() as session:
        until = await clients.count_failure(session, added.client.id, Lockout(1, timedelta(hours=1)), now)
    assert until == now + timedelta(hours=1)
    async with server.database.of_all_tenants() as session:
        assert not await clients.record_use(session, added.client.id, now)


async def test_who_waits_too_long_for_a_hash_is_told_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticate, "MOST_WAITING", 2)
    judge, now = Authenticator(server.database, Lockout(1_000, timedelta(minutes=1))), datetime.now(UTC)
    outcomes = await asyncio.gather(
        *(judge.authenticate("a-flood", "wrong", now) for _ in range(8)), return_exceptions=True
    )
    kinds = {type(outcome) for outcome in outcomes}
    assert kinds == {TooBusyError, type(None)}
    assert await judge.authenticate("a-flood", "wrong", now) is None


def test_names_are_spread_over_the_rows_and_one_name_has_one() -> None:
    buckets = {unknown_names.bucket_of(f"name-{number}") for number in range(1_000)}
    assert len(buckets) > 980
    assert unknown_names.bucket_of("a") == unknown_names.bucket_of("a")


@pytest.mark.parametrize(
    ("role", "regions", "siren", "constraint"),
    [
        ("operator", "{}", None, "regions_where_needed"),
        ("partner", "{}", None, "regions_where_needed"),
        ("cae", "{84}", None, "siren_where_needed"),
        ("funder", "{}", None, "siren_where_needed"),
        ("system", "{}", None, "role_known"),
        ("cae", "{}", "12345678", "siren_digits"),
    ],
)
async def test_the_tables_refuse_what_no_rule_let_through(
    server: Server, role: str, regions: str, siren: str | None, constraint: str
) -> None:
    insert = text(
        "INSERT INTO identity.clients (id, name, role, regions, siren, created_at, failed_attempts)"
        " VALUES (gen_random_uuid(), 'by-hand', :role, CAST(CAST(:regions AS text) AS text[]), :siren,"
        " now(), 0)"
    )
    with pytest.raises(IntegrityError, match=constraint):
        async with server.database.of_all_tenants() as session:
            await session.execute(insert, {"role": role, "regions": regions, "siren": siren})
