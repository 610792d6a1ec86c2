"""Random histories of one scheme, told by several clients at once to two processes.

Requests that keep room or not, grants alone and by list, cancellations, payments and their reversal,
clawbacks and money that comes back, refusals, withdrawals, new versions and turns of the year cross each
other. Whatever their order, SQL finds no cent over a limit; and what was refused for want of room is granted
afterwards exactly as far as it fits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import capital
from tests.journeys.conftest import Caller, Essor
from tests.journeys.top_up_histories import award_of, check, held

DECIDED_ON = ["2025-03-03", "2025-12-31", "2026-01-01"]
PAID_UP_ON = ["2023-02-01", "2024-02-01", "2025-02-01"]
limits = st.none() | st.sampled_from([5_500_00, 9_300_00])
terms = st.fixed_dictionaries(
    {
        "cae_cap_cents": limits,
        "budget_cents": limits | st.just(16_000_00),
        "cap_period": st.sampled_from(["scheme", "calendar_year"]),
        "budget_period": st.sampled_from(["scheme", "calendar_year"]),
        "partial_awards": st.booleans(),
        "once_per_person": st.booleans(),
        "reserves_at": st.sampled_from(["grant", "request"]),
    }
)
places = st.integers(0, 30)
days = st.sampled_from(DECIDED_ON)
requests = st.tuples(
    st.just("request"),
    st.sampled_from([900_00, 1_300_00, 2_000_00, 2_500_00]),
    st.integers(0, 3),
    st.sampled_from(PAID_UP_ON),
    st.integers(0, 12),
)
grants = st.tuples(st.just("grant"), places, days)
streams = st.lists(
    st.lists(
        st.one_of(
            requests,
            grants,
            grants,
            st.tuples(st.just("grants"), st.sets(places, min_size=1, max_size=6), days, st.booleans()),
            st.tuples(st.just("cancellation"), places),
            st.tuples(st.just("refusal"), places),
            st.tuples(st.just("withdrawal"), places),
            st.tuples(st.just("payment"), places),
            st.tuples(st.just("reversal"), places),
            st.tuples(st.just("clawback"), places, st.sampled_from([400_00, 1_000_00, 2_000_00])),
            st.tuples(st.just("version"), st.sampled_from(["2024-01-01", "2025-01-01"]), terms),
        ),
        min_size=8,
        max_size=14,
    ),
    min_size=4,
    max_size=4,
)
# What the state or the rules may well refuse, when four clients do as they like.
EXPECTED = {200, 201, 409}


@dataclass
class Told:
    """One scheme, its CAEs with two establishments each, and what was made so far by whichever client."""

    operator: Caller
    scheme: str
    caes: Sequence[str]
    top_ups: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)

    async def do(self, step: tuple[Any, ...], process: int) -> None:
        match step:
            case "request", cents, place, paid_up_on, person:
                await self.request(cents, place, paid_up_on, person, process)
            case "version", valid_from, changed:
                version = capital.version(valid_from=valid_from, **changed)
                await self.send(f"/schemes/{self.scheme}/versions", version, process)
            case "reversal", place if self.payments:
                body = {"reversed_on": "2026-06-01", "reason": "IBAN clos"}
                await self.send(f"/payments/{self.one(self.payments, place)}/reversal", body, process)
            case "payment", place:
                await self.pay(self.caes[place % 2], process)
            case "clawback", place, cents:
                await self.claw_back(place, cents, process)
            case "grants", chosen, day, atomic if self.top_ups:
                decisions = [
                    {"top_up_id": one} for one in {self.one(self.top_ups, place) for place in chosen}
                ]
                body = capital.grant(day, decisions=decisions, atomic=atomic)
                await self.send(f"/schemes/{self.scheme}/grants", body, process)
            case "grant", place, day if self.top_ups:
                top_up = self.one(self.top_ups, place)
                await self.send(f"/top-ups/{top_up}/grant", capital.grant(day), process)
            case ("cancellation" | "refusal" | "withdrawal") as verb, place if self.top_ups:
                await self.send(f"/top-ups/{self.one(self.top_ups, place)}/{verb}", {"reason": "x"}, process)

    async def request(self, cents: int, place: int, paid_up_on: str, person: int, process: int) -> None:
        body = capital.top_up(
            self.scheme,
            self.caes[place // 2],
            establishment=1 + place % 2,
            paid_up_cents=cents,
            paid_up_on=paid_up_on,
            reference=f"P-{person}",
        )
        answer = await self.send("/top-ups", body, process)
        if answer.status_code == httpx.codes.CREATED:
            self.top_ups.append(answer.json()["id"])

    async def pay(self, cae: str, process: int) -> None:
        """All that is granted to a CAE when its list is read, which others may change meanwhile."""
        granted = await self.operator.get(
            "capital", f"/top-ups?scheme_id={self.scheme}&cae={cae}&status=granted&limit=100"
        )
        if not granted["items"]:
            return
        ids = [top_up["id"] for top_up in granted["items"]]
        body = {"cae": cae, "top_up_ids": ids, "paid_on": "2026-06-01", "reference": "Mandat 7"}
        answer = await self.send(f"/schemes/{self.scheme}/payments", body, process)
        if answer.status_code == httpx.codes.CREATED:
            self.payments.append(answer.json()["id"])

    async def claw_back(self, place: int, cents: int, process: int) -> None:
        """Of one that is paid: proposed as far as the rules say, and received in two parts."""
        paid = await self.operator.get("capital", f"/top-ups?scheme_id={self.scheme}&status=paid&limit=100")
        if not paid["items"]:
            return
        top_up = self.one([one["id"] for one in paid["items"]], place)
        clawback = f"/top-ups/{top_up}/clawback"
        asked = {"reason": "Départ", "proposed_on": "2026-06-15"}
        proposed = await self.send(clawback, asked, process)
        if proposed.status_code != httpx.codes.CREATED:
            return
        await self.send(f"{clawback}/confirmation", {}, process)
        owed_cents = proposed.json()["amount_cents"]
        first = min(cents, owed_cents)
        for part in filter(None, (first, owed_cents - first)):
            receipt = {"amount_cents": part, "received_on": "2026-07-01", "reference": "VIR 1"}
            await self.send(f"{clawback}/receipt", receipt, process)

    async def send(self, path: str, body: Any, process: int) -> httpx.Response:
        answer = await self.operator.send("capital", path, body, process=process)
        assert answer.status_code in EXPECTED, (path, answer.text)
        return answer

    @staticmethod
    def one(made: Sequence[str], place: int) -> str:
        return made[place % len(made)]


@pytest.mark.long
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=terms, histories=streams)
async def test_no_history_passes_a_limit_or_loses_room(
    essor: Essor, first: dict[str, Any], histories: list[list[tuple[Any, ...]]]
) -> None:
    async with essor.as_("operator", regions=["75"]) as operator:
        scheme = str((await operator.post("capital", "/schemes", capital.scheme(**first)))["id"])
        told = Told(operator, scheme, [capital.new_siren(), capital.new_siren()])
        for number in range(6):
            await told.request(2_000_00, number % 4, PAID_UP_ON[number % 3], number, number % 2)

        async def tell(number: int) -> None:
            for step in histories[number]:
                await told.do(step, number % 2)

        await asyncio.gather(*(tell(number) for number in range(len(histories))))
        await check_all(essor, told)
        await grant_what_fits(essor, told)


async def versions_of(told: Told) -> list[dict[str, Any]]:
    return list((await told.operator.get("capital", f"/schemes/{told.scheme}"))["versions"])


async def check_all(essor: Essor, told: Told) -> None:
    check(await held(str(essor.settings.database_url), told.scheme), await versions_of(told))


async def grant_what_fits(essor: Essor, told: Told) -> None:
    """One after the other: each gives what the oracle finds room for; refused means that nothing fits."""
    versions = await versions_of(told)
    for day in DECIDED_ON:
        now = await held(str(essor.settings.database_url), told.scheme)
        for top_up in [one for one in now.top_ups if one["status"] == "requested"]:
            now = await held(str(essor.settings.database_url), told.scheme)
            expected = award_of(now, versions, top_up, date.fromisoformat(day))
            answer = await told.send(f"/top-ups/{top_up['id']}/grant", capital.grant(day), 0)
            given_cents = answer.json()["award_cents"] if answer.status_code == 200 else 0
            assert given_cents == expected, answer.text
    await check_all(essor, told)
