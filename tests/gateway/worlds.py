"""The records of the smaller supergraphs: interface objects, mazes of keys, requirements upon
requirements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.subgraph_servers import Read, Record, World

if TYPE_CHECKING:
    from collections.abc import Mapping


def by(records: list[Record], key: str, value: Any) -> Record | None:
    return next((record for record in records if record.get(key) == value), None)


def make_media() -> World:
    media: list[Record] = [
        {"__typename": "Book", "id": "1", "title": "Emma", "pages": 400, "rating": 5},
        {"__typename": "Film", "id": "2", "title": None, "minutes": 90, "rating": None},
        {"__typename": "Book", "id": "3", "title": "Ulysses", "pages": None, "rating": 2},
        {"__typename": "Film", "id": "4", "title": "Alien", "minutes": 117, "rating": 4},
    ]
    people: list[Record] = [
        {"__typename": "Person", "id": "p1", "name": "Ada", "favourite": media[1]},
        {"__typename": "Person", "id": "p2", "name": None, "favourite": None},
        {"__typename": "Person", "id": "p3", "name": "Eve", "favourite": media[0]},
    ]
    for number, one in enumerate(media):
        one["ratedBy"] = people[: number % 3]
        one["fans"] = people[number % 2 :]
    books = [one for one in media if one["__typename"] == "Book"]
    films = [one for one in media if one["__typename"] == "Film"]
    return World(
        records={"Media": media, "Book": books, "Film": films, "Person": people},
        roots={
            "media": lambda arguments: media[: arguments["first"]],
            "shelf": lambda _: books,
            "one": lambda arguments: by(media, "id", arguments["id"]),
            "topRated": lambda arguments: [media[0], media[3], media[1]][: arguments["first"]],
            "best": lambda _: media[3],
            "people": lambda _: people,
        },
        computed={
            f"{name}.blurb": lambda read, _: f"about {read('title')}" for name in ("Media", "Book", "Film")
        },
    )


def make_maze() -> World:
    others: list[Record] = [
        {"__typename": "Other", "id": "o1", "name": "first", "note": None},
        {"__typename": "Other", "id": "o2", "name": None, "note": "second"},
    ]
    things: list[Record] = [
        {"a": "a1", "b": "b1", "c": {"x": 1, "y": 1}, "bName": "B one", "cName": "C one", "dName": "D one"},
        {"a": "a2", "b": "b2", "c": {"x": 1, "y": 2}, "bName": None, "cName": None, "dName": None},
        {"a": "a3", "b": "b3", "c": {"x": 2, "y": 1}, "bName": "B three", "cName": "C three", "dName": "D"},
    ]
    for number, thing in enumerate(things):
        thing["__typename"] = "Thing"
        thing["moved"] = f"moved {number}"
        thing["value"] = None if number == 1 else {"one": number, "two": number + 10, "both": "both"}
        thing["other"] = others[number] if number < 2 else None
        thing["deep"] = others[1 - number] if number < 2 else None
        thing["twin"] = things[2 - number] if number else None
        thing["secret"] = 42
    for other in others:
        other["things"] = things[1:]
    inner = {"west": "w", "east": None, "common": 7}
    holder = {"left": 1, "right": 2, "both": "held", "inner": inner}
    return World(
        records={"Thing": things, "Other": others},
        roots={
            "things": lambda _: things,
            "thing": lambda arguments: by(things, "a", arguments["a"]),
            "holder": lambda _: holder,
            "picks": lambda _: [things[0], others[1], things[2]],
            "fromC": lambda _: things[2],
            "lastOther": lambda _: others[1],
        },
        computed={"Thing.summary": _summary},
    )


def _summary(read: Read, arguments: Mapping[str, Any]) -> str | None:
    name = read("bName")
    return name and (name.upper() if arguments["loud"] else f"it is {name}")


def make_parts() -> World:
    companies: list[Record] = [
        {"__typename": "Company", "id": "c1", "name": "Acme"},
        {"__typename": "Company", "id": "c2", "name": None},
    ]
    parts: list[Record] = [
        {"__typename": "Bolt", "serial": "s1", "size": 4, "price": 10, "weight": 3, "checked": True},
        {"__typename": "Nut", "serial": "s2", "thread": "fine", "price": None, "weight": None},
        {"__typename": "Bolt", "serial": "s3", "size": 9, "price": 7, "weight": 1, "checked": None},
    ]
    machines: list[Record] = [
        {"id": "m1", "parts": parts, "maker": companies[0], "base": 3, "spare": parts[0]},
        {"id": "m2", "parts": [], "maker": None, "base": None, "spare": None},
        {"id": "m3", "parts": parts[1:], "maker": companies[1], "base": 0, "spare": parts[1]},
    ]
    for machine in machines:
        machine["__typename"] = "Machine"
    offers: list[Record] = [
        {"id": "f1", "of": machines[2], "part": parts[1]},
        {"id": "f2", "of": parts[2], "part": parts[0]},
        {"id": "f3", "of": None, "part": None},
    ]

    def change(arguments: Mapping[str, Any]) -> Record | None:
        machine = by(machines, "id", arguments["id"])
        if machine is not None:
            machine["base"] = (machine["base"] or 0) + arguments.get("cents", 1)
        return machine

    return World(
        records={
            "Machine": machines,
            "Company": companies,
            "Bolt": [part for part in parts if part["__typename"] == "Bolt"],
            "Nut": [part for part in parts if part["__typename"] == "Nut"],
        },
        roots={
            "machines": lambda _: machines,
            "machine": lambda arguments: by(machines, "id", arguments["id"]),
            "cheapest": lambda _: machines[0],
            "offers": lambda _: offers,
            "build": change,
            "scrap": change,
            "discount": change,
        },
        computed={
            "Machine.level": lambda read, _: read("base") and read("base") * 2,
            "Machine.total": _total,
            "Machine.verdict": _verdict,
        },
    )


def make_twins() -> World:
    companies: list[Record] = [
        {"__typename": "Company", "id": "1", "name": "Scop", "loans": [], "grants": []},
        {"__typename": "Company", "id": "2", "name": None, "loans": None, "grants": []},
    ]
    loans: list[Record] = [{"__typename": "Loan", "id": f"l{n}", "company": companies[0]} for n in range(2)]
    grants: list[Record] = [{"__typename": "Grant", "id": "g1", "company": companies[1]}]
    companies[0]["loans"] = loans
    companies[1]["grants"] = grants
    return World(
        records={"Company": companies, "Loan": loans, "Grant": grants},
        roots={
            "company": lambda arguments: by(companies, "id", arguments["id"]),
            "companies": lambda _: companies,
        },
    )


def make_legacy() -> World:
    people: list[Record] = [
        {"id": "1", "nick": "ada", "name": "Ada", "age": 36, "joined": 1843},
        {"id": "2", "nick": "kid", "name": None, "age": 9, "joined": 2020},
        {"id": "u1", "nick": None, "name": "Nobody", "age": None, "joined": 0},
    ]
    robots: list[Record] = [{"__typename": "Robot", "serial": "r1", "name": "Robby", "posts": None}]
    for person in people:
        person["__typename"] = "Person"
    posts: list[Record] = [
        {"title": "one", "author": people[0], "first": people[1]},
        {"title": None, "author": robots[0], "first": None},
        {"title": "three", "author": None, "first": people[0]},
    ]
    people[0]["posts"] = [posts[0], None]
    people[1]["posts"] = []
    people[2]["posts"] = None
    guest = {"__typename": "Guest", "joined": 1999, "host": people[1]}
    clubs = [
        {"name": "c", "head": people[0], "members": [guest, None, people[1]]},
        {"name": "d", "members": None},
    ]
    return World(
        records={"Person": people, "Robot": robots},
        roots={
            "people": lambda _: [*people, None],
            "person": lambda arguments: by(people, "id", arguments["id"]),
            "lead": lambda _: robots[0],
            "posts": lambda _: posts,
            "anyone": lambda _: [people[1], robots[0]],
            "clubs": lambda _: clubs,
        },
        computed={"Person.adult": lambda read, _: None if read("age") is None else read("age") >= 18},
    )


def _known(held: Any) -> Record:
    return {**held.record, **held.given}


def _total(read: Read, _: Mapping[str, Any]) -> int:
    parts = [_known(part) for part in read("parts")]
    maker = read("maker")
    name = _known(maker)["name"] if maker else None
    sizes = [part["size"] if part["__typename"] == "Bolt" else len(part["thread"] or "") for part in parts]
    return sum(sizes) + len(name or "")


def _verdict(read: Read, arguments: Mapping[str, Any]) -> str:
    return f"{read('level')} of {read('total')}{'!' if arguments['strict'] else ''}"
