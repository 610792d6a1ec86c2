"""What the subgraph reads, for many keys at once: the use cases' own batches, as the context loads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.clawbacks import Clawback
from services.capital.domain.follow_ups import FollowUp
from services.capital.domain.payments import Payment
from services.capital.domain.proof_of_use import ProofOfUse
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme
from services.capital.domain.statements import Statements
from services.capital.domain.top_ups import TopUp
from services.capital.domain.totals import SchemeTotals
from services.capital.persistence import whole_schemes
from services.capital.usecases import (
    read_caps,
    read_clawbacks,
    read_follow_ups,
    read_payments,
    read_proof_of_use,
    read_schemes,
    read_statements,
    read_top_ups,
    read_waiting_list,
)
from services.capital.usecases.read_caps import CaeCap
from services.capital.usecases.read_top_ups import TopUpFilter
from services.kernel.identifiers import EntrepreneurId, Siren
from services.kernel.refusals import NotFound
from services.runtime.graphql.context import Context

if TYPE_CHECKING:
    from services.capital.graphql.schemes import TopUpScheme


async def schemes_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, "TopUpScheme"]:
    """As the graph shows them: a page of top-ups is often of one scheme, which is made once."""
    from services.capital.graphql.schemes import TopUpScheme  # noqa: PLC0415 - its fields are read from here

    require(context.caller, CapitalAct.READ_SCHEME)
    found = await whole_schemes.by_ids(session, ids, context.caller.scope)
    return {scheme_id: TopUpScheme.of(scheme) for scheme_id, scheme in found.items()}


async def scheme_of(context: Context, scheme_id: UUID) -> "TopUpScheme":
    found = await context.load(schemes_by_id, scheme_id)
    if found is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    return found


async def schemes_of_regions(
    session: AsyncSession, context: Context, codes: Sequence[str], /
) -> Mapping[str, list[Scheme]]:
    require(context.caller, CapitalAct.READ_SCHEME)
    return await whole_schemes.of_regions(session, codes, context.caller.scope)


async def schemes_of_funders(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, list[Scheme]]:
    require(context.caller, CapitalAct.READ_SCHEME)
    return await whole_schemes.of_funders(session, sirens, context.caller.scope)


async def caps_of_caes(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, list[CaeCap]]:
    return await read_caps.caps_of_caes(session, context.caller, sirens, today=context.today)


async def totals_of_schemes(
    session: AsyncSession, context: Context, found: Sequence[Scheme], /
) -> Mapping[Scheme, SchemeTotals]:
    totals = {scheme: await read_schemes.read_totals(session, context.caller, scheme) for scheme in found}
    return {scheme: read for scheme, read in totals.items() if read is not None}


async def top_ups_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, TopUp]:
    return await read_top_ups.read_top_ups(session, context.caller, ids)


async def places_in_line(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, int]:
    return await read_waiting_list.places_in_line(session, context.caller, ids)


async def top_ups_of_entrepreneurs(
    session: AsyncSession, context: Context, ids: Sequence[EntrepreneurId], /
) -> Mapping[EntrepreneurId, list[TopUp]]:
    return await read_top_ups.top_ups_of_entrepreneurs(session, context.caller, ids)


@dataclass(frozen=True, slots=True)
class TopUpsOfCaes:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, sirens: Sequence[Siren], /
    ) -> Mapping[Siren, list[TopUp]]:
        return await read_top_ups.top_ups_of_caes(
            session, context.caller, sirens, after=self.after, limit=self.first
        )


async def counts_of_caes(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, int]:
    return await read_top_ups.counts_of_caes(session, context.caller, sirens)


async def names_of_caes(
    session: AsyncSession, context: Context, sirens: Sequence[Siren], /
) -> Mapping[Siren, str]:
    return await read_top_ups.names_of_caes(session, context.caller, sirens)


@dataclass(frozen=True, slots=True)
class PagesOfTopUps:
    """One more than `first`, so that a connection knows of a next page."""

    first: int
    after: UUID | None

    async def __call__(
        self, session: AsyncSession, context: Context, filters: Sequence[TopUpFilter], /
    ) -> Mapping[TopUpFilter, list[TopUp]]:
        return {
            wanted: await read_top_ups.list_top_ups(
                session, context.caller, wanted, after=self.after, limit=self.first
            )
            for wanted in filters
        }


async def counts_of_top_ups(
    session: AsyncSession, context: Context, filters: Sequence[TopUpFilter], /
) -> Mapping[TopUpFilter, int]:
    return {wanted: await read_top_ups.count_top_ups(session, context.caller, wanted) for wanted in filters}


async def payments_by_id(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Payment]:
    return await read_payments.read_payments(session, context.caller, ids)


async def clawbacks_of_top_ups(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, Clawback]:
    return await read_clawbacks.read_clawbacks(session, context.caller, ids)


@dataclass(frozen=True, slots=True)
class StatementsOf:
    as_of: date
    year: int | None

    async def __call__(
        self, session: AsyncSession, context: Context, found: Sequence[Scheme], /
    ) -> Mapping[Scheme, Statements]:
        """Of schemes that the caller has read."""
        require(context.caller, CapitalAct.READ_STATEMENT)
        return {
            scheme: await read_statements.statements_of(
                session,
                scheme,
                as_of=self.as_of,
                year=self.year,
                today=context.today,
                of=context.caller.scope.funder_siren,
            )
            for scheme in found
        }


async def follow_ups_of_top_ups(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, list[FollowUp]]:
    return await read_follow_ups.follow_ups_of_top_ups(session, context.caller, ids)


async def proofs_of_use(
    session: AsyncSession, context: Context, ids: Sequence[UUID], /
) -> Mapping[UUID, ProofOfUse]:
    """Scheme by scheme: each adds its own dossiers up."""
    caller, today = context.caller, context.today
    return {
        scheme_id: await read_proof_of_use.read_proof_of_use(
            session, caller, scheme_id, as_of=None, today=today
        )
        for scheme_id in ids
    }
