"""A scheme, its requests and its proof, for tests of the capital service on a real PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from services.capital.domain.clawbacks import Clawback
from services.capital.domain.payments import Payment
from services.capital.domain.schemes import FunderShare, Period, Scheme, Terms
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.confirm_clawback import ConfirmClawback, confirm_clawback
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.propose_clawback import ProposeClawback, propose_clawback
from services.capital.usecases.read_clawbacks import read_clawback
from services.capital.usecases.read_top_ups import read_top_up
from services.capital.usecases.receive_clawback import ReceiveClawback, receive_clawback
from services.capital.usecases.request_top_ups import DeclaredPerson, RequestTopUp, request_top_ups
from services.capital.usecases.reverse_payment import ReversePayment, reverse_payment
from services.capital.usecases.verify_ledger import verify_ledger
from services.capital.usecases.waive_clawback import WaiveClawback, waive_clawback
from services.capital.usecases.withdraw_clawback import WithdrawClawback, withdraw_clawback
from services.kernel.access import Caller, Role
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, parse_siren, parse_siret
from services.kernel.ledger_proof import Difference
from services.runtime.database.transactions import Database, asyncpg_url
from tests.api import Api
from tests.factories.capital import new_siren, siret_of

TODAY = date(2026, 6, 30)
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"75"}))
ADMIN = Caller(Role.ADMIN, "tests")
KEY = b"a key for tests"
TERMS = Terms(
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=20_000_00,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
    funders=(
        FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(80)),
        FunderShare(Siren("320252489"), "Bpifrance", Decimal(20)),
    ),
)


class Capital:
    """The use cases on the worker's database, each call in a transaction of its own."""

    today = TODAY
    operator = OPERATOR
    admin = ADMIN
    key = KEY
    terms = TERMS

    def __init__(self, database: Database) -> None:
        self.database = database

    def new_cae(self) -> Siren:
        return parse_siren(new_siren())

    async def scheme(self, **changed: object) -> Scheme:
        terms = replace(TERMS, **changed)  # type: ignore[arg-type]
        async with self.database.transaction(OPERATOR) as session:
            order = CreateScheme(region="75", name="Abondement", terms=terms)
            return await create_scheme(session, OPERATOR, order)

    def asking(
        self,
        scheme: Scheme,
        cae: Siren,
        paid_up_cents: int = 2_000_00,
        *,
        reference: str | None = None,
        establishment: int = 1,
        paid_up_on: date = date(2026, 1, 15),
        contract: Contract | None = None,
        admitted_on: date | None = None,
        **declared: Any,
    ) -> RequestTopUp:
        return RequestTopUp(
            scheme_id=scheme.id,
            cae_siret=parse_siret(siret_of(cae, establishment)),
            cae_name="Coopérative Tournesol",
            entrepreneur=DeclaredPerson(
                reference=reference or str(uuid4()),
                given_name="Awa",
                family_name="Le Goff",
                contract=contract or Contract(ContractKind.CESA, date(2025, 3, 1)),
            ),
            paid_up_cents=paid_up_cents,
            paid_up_on=paid_up_on,
            admitted_on=admitted_on,
            **({"subscribed_cents": paid_up_cents} | declared),
        )

    async def request(self, *orders: RequestTopUp) -> list[TopUp]:
        async with self.database.transaction(OPERATOR) as session:
            return await request_top_ups(session, OPERATOR, orders, today=TODAY, entrepreneur_key=KEY)

    async def grant(self, top_up_id: UUID, decided_on: date = date(2026, 2, 1)) -> TopUp:
        async with self.database.transaction(OPERATOR) as session:
            order = GrantTopUp(top_up_id=top_up_id, decided_on=decided_on, reference="CP 12")
            return await grant_top_up(session, OPERATOR, order, today=TODAY)

    async def award(self, scheme: Scheme, cae: Siren, amounts: Sequence[int]) -> list[TopUp]:
        """Requests and grants, each for another person."""
        requested = await self.request(*(self.asking(scheme, cae, cents) for cents in amounts))
        return [await self.grant(top_up.id) for top_up in requested]

    async def pay(
        self, scheme: Scheme, cae: Siren, ids: Sequence[UUID], on: date = date(2026, 3, 1)
    ) -> Payment:
        async with self.database.transaction(OPERATOR) as session:
            order = PayTopUps(scheme_id=scheme.id, cae_siren=cae, top_up_ids=ids, paid_on=on, reference="M7")
            return await pay_top_ups(session, OPERATOR, order, today=TODAY)

    async def reverse(self, payment_id: UUID, on: date = date(2026, 3, 5)) -> Payment:
        async with self.database.transaction(OPERATOR) as session:
            order = ReversePayment(payment_id=payment_id, reversed_on=on, reason="IBAN clos")
            return await reverse_payment(session, OPERATOR, order, today=TODAY)

    async def awarded_and_paid(
        self, scheme: Scheme, cae: Siren, amounts: Sequence[int], on: date = date(2026, 3, 1)
    ) -> list[UUID]:
        ids = [top_up.id for top_up in await self.award(scheme, cae, amounts)]
        await self.pay(scheme, cae, ids, on)
        return ids

    async def propose(self, top_up_id: UUID, caller: Caller = OPERATOR, **said: Any) -> Clawback:
        async with self.database.transaction(caller) as session:
            order = ProposeClawback(top_up_id=top_up_id, reason="Départ de la coopérative", **said)
            return await propose_clawback(session, caller, order, today=TODAY)

    async def confirm(self, top_up_id: UUID, **said: Any) -> Clawback:
        async with self.database.transaction(OPERATOR) as session:
            order = ConfirmClawback(top_up_id=top_up_id, **said)
            return await confirm_clawback(session, OPERATOR, order, today=TODAY)

    async def receive(self, top_up_id: UUID, cents: int, on: date = date(2026, 6, 20)) -> Clawback:
        async with self.database.transaction(OPERATOR) as session:
            order = ReceiveClawback(
                top_up_id=top_up_id, amount_cents=cents, received_on=on, reference="VIR 7"
            )
            return await receive_clawback(session, OPERATOR, order, today=TODAY)

    async def waive(self, top_up_id: UUID, caller: Caller = OPERATOR, **said: Any) -> Clawback:
        async with self.database.transaction(caller) as session:
            order = WaiveClawback(top_up_id=top_up_id, reason="Décès", **said)
            return await waive_clawback(session, caller, order, today=TODAY)

    async def clawback(self, top_up_id: UUID) -> Clawback:
        async with self.database.transaction(OPERATOR, read_only=True) as session:
            return await read_clawback(session, OPERATOR, top_up_id)

    async def withdraw_clawback(self, top_up_id: UUID) -> Clawback:
        async with self.database.transaction(OPERATOR) as session:
            order = WithdrawClawback(top_up_id=top_up_id, reason="Erreur de dossier")
            return await withdraw_clawback(session, OPERATOR, order, today=TODAY)

    async def read(self, top_up_id: UUID) -> TopUp:
        async with self.database.transaction(OPERATOR, read_only=True) as session:
            return await read_top_up(session, OPERATOR, top_up_id)

    async def differences(self) -> list[Difference]:
        async with self.database.transaction(ADMIN, read_only=True) as session:
            return list((await verify_ledger(session, ADMIN)).differences)


@pytest.fixture
async def unguarded(owner_url: str) -> AsyncIterator[AsyncSession]:
    """A superuser who turned the rules off, for damage that they refuse; nothing of it is kept."""
    owner = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    async with AsyncSession(owner) as session:
        await session.execute(text("SET session_replication_role = replica"))
        yield session
        await session.rollback()
    await owner.dispose()


@pytest.fixture
def capital(capital_api: Api) -> Capital:
    return Capital(capital_api.database)
