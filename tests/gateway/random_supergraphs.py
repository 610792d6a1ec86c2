"""One data model, split at random into subgraphs that compose: who has which field, and by which keys.

Each split can answer every query, by construction: some graph has both keys of each entity, each field has an
owner, and a value without keys has all of its fields in the graphs that own the field leading to it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.gateway.extraction import supergraph
from tests.gateway.subgraph_servers import Record, World

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS = ("id", "code")
ENTITIES = {
    "Person": {
        "name": "String",
        "age": "Int",
        "friend": "Person",
        "owns": "[Thing]",
        "badge": "Badge",
        "first": "Book!",
    },
    "Book": {"label": "String", "weight": "Int!", "pages": "Int", "writer": "Person"},
    "Tool": {"label": "String", "weight": "Int!", "power": "Int", "maker": "Person!"},
}
INTERFACE = {"label": "String", "weight": "Int!"}
BADGE = {"colour": "String", "number": "Int", "issuer": "Person"}
ROOTS = {
    "people": "[Person!]!",
    "things": "[Thing!]!",
    "picks": "[Pick]",
    "book": "Book",
    "lastPerson": "Person",
}
LABEL = "moving"


def make_world() -> World:
    people: list[Record] = [
        {
            "__typename": "Person",
            "id": f"p{n}",
            "code": f"P-{n}",
            "name": None if n == 2 else f"name {n}",
            "age": n * 20,
        }
        for n in range(3)
    ]
    books: list[Record] = [
        {
            "__typename": "Book",
            "id": f"b{n}",
            "code": f"B-{n}",
            "label": f"book {n}",
            "weight": n,
            "pages": n * 100,
        }
        for n in range(2)
    ]
    tools: list[Record] = [
        {"__typename": "Tool", "id": f"t{n}", "code": f"T-{n}", "label": None, "weight": 5, "power": None}
        for n in range(2)
    ]
    things = [books[0], tools[0], books[1], tools[1]]
    for n, person in enumerate(people):
        badge = {"__typename": "Badge", "colour": "red", "number": n, "issuer": people[n - 1]}
        person |= {
            "friend": people[n - 2] if n else None,
            "owns": things[n:],
            "badge": badge if n != 1 else None,
        }
        person["first"] = books[n % 2]
    for n, thing in enumerate(things):
        thing |= {"writer": people[n % 3], "maker": people[-n % 3], "stars": n if n != 2 else None}
    return World(
        records={"Person": people, "Book": books, "Tool": tools, "Thing": things},
        roots={
            "people": lambda _: people,
            "things": lambda _: things,
            "picks": lambda _: [people[0], None, tools[1], books[0]],
            "book": lambda _: books[1],
            "lastPerson": lambda _: people[2],
            "best": lambda _: things[1],
        },
        computed={
            "Person.title": lambda read, _: f"{read('name')}, {read('age')}",
            **{
                f"{name}.note": lambda read, _: f"{read('label')}: {read('stars')}"
                for name in ("Book", "Tool")
            },
        },
    )


@dataclass
class Split:
    """Who has what. Graphs are named A, B and so on; the last may hold `Thing` as an interface object."""

    seed: int
    graphs: list[str] = field(default_factory=list)
    keys: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    owners: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - reproducible, no secret
        self.graphs = list("ABCD"[: self._random.randint(2, 4)])
        self.stars = "S" if self._chance(0.6) else None
        self._share_out()
        self._key()

    def _share_out(self) -> None:
        for type_name, fields in {**ENTITIES, "Query": ROOTS}.items():
            for name in fields:
                count = 2 if self._chance(0.35) else 1
                self.owners[type_name, name] = sorted(self._random.sample(self.graphs, count))
        self.badge: dict[str, list[str]] = {}
        holders = self.owners["Person", "badge"]
        for name in BADGE:
            self.badge[name] = sorted(self._random.sample(holders, self._random.randint(1, len(holders))))
        for graph in holders:  # a type needs a field
            if not any(graph in have for have in self.badge.values()):
                self.badge["number"] = sorted({*self.badge["number"], graph})
        self.asker = self._random.choice(self.graphs)
        owned = (self.owners["Person", name] for name in ("name", "age"))
        self.has_title = not any(self.asker in have for have in owned)

    def _key(self) -> None:
        for type_name in ENTITIES:
            for graph in self.graphs:
                self.keys[type_name, graph] = self._random.choice(
                    [["id"], ["code"], ["id", "code"], ["id code"]]
                )
            self.keys[type_name, self._random.choice(self.graphs)] = ["id", "code"]
        for graph in self.graphs:  # an interface needs a field
            if not any(self._all_have(key).count(graph) for key in KEYS):
                self.keys["Tool", graph] = ["id", "code"]
        if self.stars:
            real = self._random.choice(self.graphs)
            self.real = real
            for type_name in ("Book", "Tool"):
                self.keys[type_name, real] = ["id", "code"]

    # writing

    def sdl(self) -> str:
        graphs = [*self.graphs, *([self.stars] if self.stars else [])]
        parts = [self._query(graphs), self._thing(), self._badge(), self._pick()]
        parts += [self._entity(name) for name in ENTITIES]
        return supergraph(" ".join(graphs), "\n".join(parts))

    def _query(self, graphs: list[str]) -> str:
        fields = [f"{name}: {kind} {_at(self.owners['Query', name])}" for name, kind in ROOTS.items()]
        if self.stars:
            fields.append(f"best: Thing {_at([self.stars])}")
        return f"type Query {_types(graphs)} {{\n  " + "\n  ".join(fields) + "\n}"

    def _thing(self) -> str:
        head = _types(self.graphs)
        fields = [f"{key}: ID! {_at(self._all_have(key))}" for key in KEYS if self._all_have(key)]
        for name, kind in INTERFACE.items():
            have = [
                graph for graph in self.graphs if all(graph in self.owners[t, name] for t in ("Book", "Tool"))
            ]
            fields.append(f"{name}: {kind} {_at(have) if have else '@join__field'}")
        if self.stars:
            key = {graph: ', key: "id"' if graph == self.real else "" for graph in self.graphs}
            head = " ".join(f"@join__type(graph: {graph}{key[graph]})" for graph in self.graphs)
            head += f' @join__type(graph: {self.stars}, key: "id", isInterfaceObject: true)'
            fields = [each for each in fields if not each.startswith("id:")]
            fields.insert(0, f"id: ID! {_at([*self._all_have('id'), self.stars])}")
            fields.append(f"stars: Int {_at([self.stars])}")
        return f"interface Thing {head} {{\n  " + "\n  ".join(fields) + "\n}"

    def _all_have(self, key: str) -> list[str]:
        return [
            graph for graph in self.graphs if all(self._has(name, graph, key) for name in ("Book", "Tool"))
        ]

    def _has(self, type_name: str, graph: str, key: str) -> bool:
        return any(key in each.split() for each in self.keys[type_name, graph])

    def _badge(self) -> str:
        fields = [f"{name}: {kind} {_at(self.badge[name])}" for name, kind in BADGE.items()]
        return f"type Badge {_types(self.owners['Person', 'badge'])} {{\n  " + "\n  ".join(fields) + "\n}"

    def _pick(self) -> str:
        members = " ".join(
            f'@join__unionMember(graph: {graph}, member: "{name}")'
            for graph in self.graphs
            for name in ENTITIES
        )
        return f"union Pick {_types(self.graphs)} {members} = {' | '.join(ENTITIES)}"

    def _entity(self, type_name: str) -> str:
        is_thing = type_name != "Person"
        head = " ".join(
            f'@join__type(graph: {graph}, key: "{key}")'
            for graph in self.graphs
            for key in self.keys[type_name, graph]
        )
        if is_thing:
            head = f"implements Thing {head} " + " ".join(
                f'@join__implements(graph: {graph}, interface: "Thing")' for graph in self.graphs
            )
        fields = [
            f"{key}: ID! {_at(graph for graph in self.graphs if self._has(type_name, graph, key))}"
            for key in KEYS
        ]
        for name, kind in ENTITIES[type_name].items():
            fields.append(f"{name}: {kind} {self._places(type_name, name, kind)}")
        if type_name == "Person" and self.has_title:
            fields.append(f'title: String @join__field(graph: {self.asker}, requires: "name age")')
        if is_thing and self.stars:
            fields.append("stars: Int @join__field")
        return f"type {type_name} {head} {{\n  " + "\n  ".join(fields) + "\n}"

    def _places(self, type_name: str, name: str, kind: str) -> str:
        have = self.owners[type_name, name]
        if len(have) == 2 and kind in {"String", "Int"} and self._chance(0.5):
            for old, new in pairwise(have):
                label = f'overrideLabel: "{LABEL}"'
                return (
                    f"@join__field(graph: {old}, {label}) "
                    f'@join__field(graph: {new}, override: "{old.lower()}", {label})'
                )
        places = _at(have)
        if self.has_title and (type_name, name) in {("Person", "name"), ("Person", "age")}:
            places += f" @join__field(graph: {self.asker}, external: true)"
        return places

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def _at(graphs: Iterable[str]) -> str:
    return " ".join(f"@join__field(graph: {graph})" for graph in graphs)


def _types(graphs: Iterable[str]) -> str:
    return " ".join(f"@join__type(graph: {graph})" for graph in graphs)
