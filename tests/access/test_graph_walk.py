"""Every field and mutation of both subgraphs, in every role's name, from the root and through `_entities`."""

from pathlib import Path

import pytest
from graphql import build_schema

from tests.access.graph_queries import KEYS, fields
from tests.access.graph_walk import (
    HIDDEN,
    MUTATIONS,
    NOWHERE,
    TABLE,
    Door,
    Named,
    check_other,
    check_own,
    mutate,
    walk_type,
)
from tests.access.rest_calls import CALLS, left_as_it_is
from tests.access.table import ROLES, Cell
from tests.access.test_rest_walk import apis, close, tenants
from tests.access.worlds import STRANGERS, Tenants

__all__ = ["apis", "close", "tenants"]  # fixtures of the other walk

SCHEMA = Path(__file__).parents[2] / "schema"
DOORS = {
    service: Door(build_schema((SCHEMA / f"{service}.graphql").read_text(), assume_valid_sdl=True))
    for service in ("loans", "capital")
}

READS = [
    pytest.param(service, name, role, id=f"{role} {service} {name}")
    for service, door in DOORS.items()
    for name in door.ways
    for role in ROLES
]
ENTITIES = [
    pytest.param(service, name, role, id=f"{role} {service} {name}")
    for service, door in DOORS.items()
    for name in KEYS
    if name in door.schema.type_map
    for role in ROLES
]
WRITES = [
    pytest.param(service, name, role, id=f"{role} {name}")
    for service, door in DOORS.items()
    if door.schema.mutation_type
    for name in door.schema.mutation_type.fields
    for role in ROLES
]


@pytest.mark.parametrize("service", DOORS)
def test_the_table_has_every_field(service: str) -> None:
    every = {f"{owner}.{name}" for owner, name in fields(DOORS[service].schema) if f"{owner}.*" not in TABLE}

    assert every - set(TABLE) == set()


def test_the_table_names_nothing_that_is_not_there() -> None:
    known = [field for door in DOORS.values() for field in fields(door.schema)]

    assert (
        set(TABLE) - {f"{owner}.{name}" for owner, name in known} - {f"{owner}.*" for owner, _ in known}
        == set()
    )


def test_the_walk_knows_every_mutation() -> None:
    assert set(MUTATIONS) == {case.values[1] for case in WRITES}


@pytest.mark.parametrize(("service", "name", "role"), READS)
async def test_fields(tenants: Tenants, service: str, name: str, role: str) -> None:
    await walk_type(DOORS[service], service, tenants, name, role)


@pytest.mark.parametrize(("service", "name", "role"), ENTITIES)
async def test_entities(tenants: Tenants, service: str, name: str, role: str) -> None:
    door, own = DOORS[service], tenants["own"]
    client = own.as_(service, role)
    content = await door.ask_entity(client, name, await Named.of(own))
    found = (content.get("data") or {"_entities": [None]})["_entities"][0]

    check_own(door, name, role, own, content, found, ["_entities"])

    nobody = Named.nobody(NOWHERE)
    of_nobody = await door.ask_entity(client, name, nobody)
    for other in (tenants[stranger] for stranger in STRANGERS[role]):
        theirs = await Named.of(other)
        content = await door.ask_entity(client, name, theirs)
        if TABLE[f"{name}.*"].cells[role] is Cell.ANYONE:
            assert other.names_in(str(content)) == []
        else:
            check_other(other, theirs, content, of_nobody, nobody, alike=name != "Region")


@pytest.mark.parametrize(("service", "mutation", "role"), WRITES)
async def test_mutations(tenants: Tenants, service: str, mutation: str, role: str) -> None:
    door, own = DOORS[service], tenants["own"]
    client, (route, _) = own.as_(service, role), MUTATIONS[mutation]

    if TABLE[f"Mutation.{mutation}"].cells[role] is Cell.NO:
        request = await left_as_it_is(service, route, own, "operator")
        assert await mutate(door, mutation, request, client) == "not-allowed"
    else:
        request = await CALLS[service][route](own, "operator")
        answered = await mutate(door, mutation, request, client)
        assert answered not in HIDDEN
        assert "-" not in answered, "a refusal"
    for stranger in STRANGERS[role]:
        request = await left_as_it_is(service, route, tenants[stranger], "operator")
        assert await mutate(door, mutation, request, client) in HIDDEN
