"""The records of the `shop` supergraph: people, books and tools, where they are kept and what is said of
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.gateway.subgraph_servers import Read, Record, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GRAPHS = ("accounts", "catalogue", "reviews", "stock")


def make_shop() -> World:
    """A fresh world: mutations change it."""
    shop = _Shop()
    return World(records=shop.records, roots=shop.roots(), computed=_computed())


class _Shop:
    def __init__(self) -> None:
        self.users, self.makers = _people()
        self.books, self.tools = _things()
        self.items = [*self.books, *self.tools]
        self.reviews: list[Record] = [
            {"id": f"r{number}", "body": f"review {number}" if number % 3 else None, "stars": number % 5 + 1}
            for number in range(1, 9)
        ]
        self.warehouses = _warehouses(self.books, self.tools)
        _relate(self.users, self.makers, self.books, self.tools, self.reviews)
        self.records = {
            "User": self.users,
            "Maker": self.makers,
            "Book": self.books,
            "Tool": self.tools,
            "Review": self.reviews,
        }
        for kind, records in self.records.items():
            for record in records:
                record["__typename"] = kind
        self.records["Warehouse"] = self.warehouses

    def roots(self) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
        return {
            "me": lambda _: self.users[0],
            "users": lambda arguments: self.users[: arguments["first"]],
            "user": lambda arguments: _by(self.users, "id", arguments["id"]),
            "item": lambda arguments: _by(self.items, "upc", arguments["upc"]),
            "items": lambda arguments: self.items[: arguments["first"]],
            "found": self.find,
            "maker": lambda arguments: _by(self.makers, "id", arguments["id"]),
            "latestReviews": lambda arguments: self.reviews[: arguments["first"]],
            "review": lambda arguments: _by(self.reviews, "id", arguments["id"]),
            "warehouses": lambda _: self.warehouses,
            "renameUser": self.rename_user,
            "addReview": self.add_review,
            "restock": self.restock,
        }

    def find(self, arguments: Mapping[str, Any]) -> list[Record | None]:
        return [self.books[0], None, self.users[1], self.tools[0]] if arguments["text"] else []

    def rename_user(self, arguments: Mapping[str, Any]) -> Record | None:
        user = _by(self.users, "id", arguments["id"])
        if user is not None:
            user["name"] = arguments["name"]
        return user

    def add_review(self, arguments: Mapping[str, Any]) -> Record:
        about = _by(self.items, "upc", arguments["upc"])
        review = {
            "__typename": "Review",
            "id": f"r{len(self.reviews) + 1}",
            "body": arguments["body"],
            "about": about,
            "stars": arguments.get("stars") or 3,
            "author": self.users[0],
            "anonymous": None,
        }
        self.reviews.append(review)
        if about is not None:
            about["allReviews"].append(review)
        return review

    def restock(self, arguments: Mapping[str, Any]) -> Record:
        item = _by(self.items, "upc", arguments["upc"])
        if item is not None:
            item["inStock"] += arguments["count"]
        return {"item": item, "count": arguments["count"]}


def _by(records: list[Record], key: str, value: Any) -> Record | None:
    return next((record for record in records if record[key] == value), None)


def _people() -> tuple[list[Record], list[Record]]:
    users: list[Record] = [
        {"id": "u1", "email": "ada@example.org", "name": "Ada", "address": {"city": "Lyon", "country": "FR"}},
        {"id": "u2", "email": "bob@example.org", "name": None, "address": {"city": None, "country": "BE"}},
        {"id": "u3", "email": "eve@example.org", "name": "Eve", "address": None},
        {"id": "u4", "email": "zoe@example.org", "name": "Zoé", "address": {"city": "Z", "country": "XX"}},
    ]
    makers: list[Record] = [{"id": "m1", "name": "Forge"}, {"id": "m2", "name": None}]
    return users, makers


def _things() -> tuple[list[Record], list[Record]]:
    books: list[Record] = [
        {
            "upc": "b1",
            "title": "Algebra",
            "weight": 300,
            "pages": 120,
            "inStock": 4,
            "rating": 4.5,
            "cost": 1500,
        },
        {"upc": "b2", "title": None, "weight": None, "pages": 80, "inStock": 0, "rating": None, "cost": 900},
        {"upc": "b3", "title": "Zen", "weight": 100, "pages": 60, "inStock": 1, "rating": 3.0, "cost": None},
    ]
    tools: list[Record] = [
        {
            "upc": "t1",
            "title": "Axe",
            "weight": 2000,
            "pages": None,
            "code": "AX",
            "inStock": 2,
            "rating": 5.0,
        },
        {"upc": "t2", "title": "Saw", "weight": 800, "pages": 3, "code": "SW", "inStock": 9, "rating": None},
    ]
    return books, tools


def _warehouses(books: list[Record], tools: list[Record]) -> list[Record]:
    return [
        {"id": "w1", "address": {"city": "Lille", "country": "FR"}, "items": [books[0], tools[1], books[2]]},
        {"id": "w2", "address": None, "items": [tools[0], books[0]]},
    ]


def _computed() -> dict[str, Callable[[Read, Mapping[str, Any]], Any]]:
    return {
        "User.greeting": _greeting,
        "Book.price": _price,
        "Tool.price": lambda read, arguments: 4200 if arguments.get("currency") == "EUR" else None,
        "Book.shippingCost": _book_shipping,
        "Tool.shippingCost": lambda read, arguments: read("weight") // (1 if arguments["express"] else 10),
        "Book.reviews": lambda read, arguments: read("allReviews")[: arguments["first"]],
        "Tool.reviews": lambda read, arguments: read("allReviews")[: arguments["first"]],
    }


def _relate(
    users: list[Record], makers: list[Record], books: list[Record], tools: list[Record], reviews: list[Record]
) -> None:
    items = [*books, *tools]
    for number, user in enumerate(users):
        user["manager"] = users[0] if number == 1 else None
        user["bought"] = items[number : number + 2]
        user["passwordHash"] = "secret"
        user["reviews"] = [review for place, review in enumerate(reviews) if place % len(users) == number]
    for number, review in enumerate(reviews):
        review["author"] = users[number % len(users)]
        review["anonymous"] = users[(number + 1) % len(users)] if number % 2 else None
        review["about"] = items[number % len(items)] if number != 3 else None
    for number, item in enumerate(items):
        item["allReviews"] = [review for review in reviews if review["about"] is item]
        item["writer"] = users[number] if number < 2 else None
    for tool, maker in zip(tools, makers, strict=True):
        tool["maker"] = maker
        maker["tools"] = [tool]


def _greeting(read: Read, _: Mapping[str, Any]) -> str:
    address = read("address")
    told = None if address is None else {**address.record, **address.given}
    place = "nowhere" if told is None else f"{told['city']}, {told['country']}"
    return f"{read('name')} of {place}"


def _price(read: Read, arguments: Mapping[str, Any]) -> int | None:
    cost = read("cost")
    return None if cost is None else cost * (2 if arguments.get("currency") == "USD" else 1)


def _book_shipping(read: Read, arguments: Mapping[str, Any]) -> int | None:
    weight, price = read("weight"), read("price", currency="EUR")
    if weight is None or price is None:
        return None
    return weight + price // 100 + (1000 if arguments["express"] else 0)
