"""Invented top-ups to try Essor with, through the use cases that operators have; safe to run again.

All of it is one transaction: a run cut short leaves nothing, and the next one starts again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from demonstration.funders import region_funder
from demonstration.scale import FULL, SMALL, Scale
from demonstration.top_up_stories import (
    CAE_CAP_CENTS,
    CEILING_CENTS,
    FLOOR_CENTS,
    SCHEME_NAME,
    SHARES,
    SchemeSession,
    TopUpStory,
    partial_awards_from,
    scheme_starts_on,
    sessions,
)
from demonstration.world import TOP_UP_REGION, make_siret
from services.capital.domain.granting import Decision
from services.capital.domain.schemes import Authority, FunderShare, Period, Terms
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.create_scheme import CreateScheme, create_scheme
from services.capital.usecases.grant_top_ups import GrantTopUps, grant_top_ups
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.read_schemes import schemes_in_regions
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_top_ups import DeclaredPerson, RequestTopUp, request_top_ups
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database.transactions import Database
from services.runtime.fields import Answer
from services.runtime.idempotency import Operation, fingerprint, perform_once
from services.runtime.settings import Demonstration

SCALES = {Demonstration.FULL: FULL, Demonstration.SMALL: SMALL}
CALLER = Caller(Role.OPERATOR, "demonstration", regions=frozenset({TOP_UP_REGION}))
Progress = Callable[[int, int], None]
"""Told how many requests are told, of how many."""


class Told(Answer):
    requests: int = Field(description="Requests that the demonstration told")


async def seed(
    database: Database,
    size: Demonstration,
    *,
    today: date,
    entrepreneur_key: bytes,
    progress: Progress = lambda _done, _of: None,
) -> None:
    scale = SCALES.get(size)
    if scale is None or await _is_told(database):
        return

    async def effect(session: AsyncSession) -> Told:
        return await _Telling(session, today, entrepreneur_key, progress).tell(scale)

    # Two runs at once: the second waits on the first one's key, and finds its answer.
    once = Operation(CALLER.client, "SEED", "/demonstration", SCHEME_NAME, fingerprint(SCHEME_NAME.encode()))
    await perform_once(database, CALLER, once, effect, status=200)


async def _is_told(database: Database) -> bool:
    """Keys are forgotten in time, schemes are not."""
    async with database.of_all_tenants(read_only=True) as session:
        found = await schemes_in_regions(session, CALLER, [TOP_UP_REGION])
    return any(scheme.name == SCHEME_NAME for scheme in found[TOP_UP_REGION])


class _Telling:
    def __init__(
        self, session: AsyncSession, today: date, entrepreneur_key: bytes, progress: Progress
    ) -> None:
        self._session, self._today = session, today
        self._entrepreneur_key, self._progress = entrepreneur_key, progress

    async def tell(self, scale: Scale) -> Told:
        told = sessions(scale, self._today)
        done, of = 0, sum(len(session.requests) for session in told)
        scheme_id = await self._open()
        for session in told:
            await self._sit(scheme_id, session)
            done += len(session.requests)
            self._progress(done, of)
        return Told(requests=done)

    async def _open(self) -> UUID:
        terms = Terms(
            valid_from=scheme_starts_on(self._today),
            floor_cents=FLOOR_CENTS,
            ceiling_cents=CEILING_CENTS,
            cae_cap_cents=CAE_CAP_CENTS,
            cap_period=Period.SCHEME,
            partial_awards=False,
            once_per_person=True,
            funders=tuple(
                FunderShare(funder.siren, funder.name, Decimal(percent), make_siret(funder.siren, 1))
                for funder, percent in SHARES
            ),
        )
        authority = Authority(name=region_funder(TOP_UP_REGION).name)
        order = CreateScheme(region=TOP_UP_REGION, name=SCHEME_NAME, authority=authority, terms=terms)
        scheme = await create_scheme(self._session, CALLER, order)
        second = replace(terms, valid_from=partial_awards_from(self._today), partial_awards=True)
        follows = AddVersion(scheme_id=scheme.id, terms=second)
        await add_version(self._session, CALLER, follows, today=self._today)
        return scheme.id

    async def _sit(self, scheme_id: UUID, session: SchemeSession) -> None:
        requested = await request_top_ups(
            self._session,
            CALLER,
            [_request(scheme_id, story) for story in session.requests],
            today=self._today,
            entrepreneur_key=self._entrepreneur_key,
        )
        if session.decided_on is None:
            return
        decision = Decision(decided_on=session.decided_on, reference=session.reference)
        order = GrantTopUps(scheme_id=scheme_id, decisions=[(top_up.id, decision) for top_up in requested])
        granting = await grant_top_ups(self._session, CALLER, order, today=self._today)
        for refused in granting.refused:
            refusal = RefuseTopUp(
                top_up_id=refused.top_up_id,
                reason=refused.refusal.message(),
                decided_on=session.decided_on,
            )
            await refuse_top_up(self._session, CALLER, refusal, today=self._today)
        if session.paid_on is not None:
            granted = [top_up for _, top_up in granting.granted]
            await self._pay(scheme_id, _payable(granted, session), session.paid_on, session.reference)

    async def _pay(
        self, scheme_id: UUID, by_cae: dict[Siren, list[UUID]], paid_on: date, reference: str
    ) -> None:
        """One payment for each CAE."""
        for siren, top_up_ids in by_cae.items():
            order = PayTopUps(
                scheme_id=scheme_id,
                cae_siren=siren,
                top_up_ids=top_up_ids,
                paid_on=paid_on,
                reference=f"{reference}-{siren}",
            )
            await pay_top_ups(self._session, CALLER, order, today=self._today)


def _payable(granted: Iterable[TopUp], session: SchemeSession) -> dict[Siren, list[UUID]]:
    by_cae: defaultdict[Siren, list[UUID]] = defaultdict(list)
    for top_up in granted:
        by_cae[top_up.cae.siren].append(top_up.id)
    return {
        siren: top_up_ids
        for place, (siren, top_up_ids) in enumerate(by_cae.items(), start=1)
        if not (session.is_latest and place % 3 == 0)
    }


def _request(scheme_id: UUID, story: TopUpStory) -> RequestTopUp:
    return RequestTopUp(
        scheme_id=scheme_id,
        cae_siret=story.siret,
        cae_name=story.cae.name,
        entrepreneur=DeclaredPerson(
            reference=story.person.reference,
            given_name=story.person.given_name,
            family_name=story.person.family_name,
            contract=story.person.contract_on(story.requested_on),
            member_since=story.admitted_on,
        ),
        subscribed_cents=story.subscribed_cents,
        paid_up_cents=story.paid_up_cents,
        paid_up_on=story.paid_up_on,
        admitted_on=story.admitted_on,
        requested_on=story.requested_on,
    )
