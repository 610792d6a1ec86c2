"""What is proven of a scheme's paid awards, under /v1/schemes/{id}/proof-of-use."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.capital.domain.proof_of_use import CaeProof, MonthProof
from services.capital.rest.words import SCHEME_ID, SIREN
from services.capital.usecases.read_proof_of_use import read_proof_of_use
from services.kernel.identifiers import Siren
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, BusinessDate
from services.runtime.pagination import Page, PageQuery, cut_page, decode_cursor, encode_cursor, page_query

router = APIRouter(prefix="/schemes", tags=["follow-ups"])


class MonthProofAnswer(Answer):
    months: int = Field(description="Which follow-up, in months after the payment", examples=[12])
    due: int = Field(description="Paid top-ups of which it has come", examples=[40])
    proven: int = Field(description="Of which it is proven that the capital had stayed", examples=[31])
    ended: int = Field(
        description="Of which the person had left, or the capital had gone, before", examples=[2]
    )
    late: int = Field(description="Of which nothing was said yet", examples=[7])
    awarded_cents: int = Field(description="What was awarded to those due", examples=[6_000_000])
    proven_cents: int = Field(description="What was awarded to those proven", examples=[4_650_000])
    brought_cents: int = Field(
        description="The capital that those proven and ended had brought", examples=[5_200_000]
    )
    kept_cents: int = Field(description="What of it was there", examples=[4_940_000])
    kept_percent: float | None = Field(
        description="`kept_cents / brought_cents`, in percent to the hundredth; null where nothing was said",
        examples=[95.0],
    )

    @classmethod
    def of(cls, proof: MonthProof) -> "MonthProofAnswer":
        return cls(
            months=proof.months,
            due=proof.due,
            proven=proof.proven,
            ended=proof.ended,
            late=proof.late,
            awarded_cents=proof.awarded_cents,
            proven_cents=proof.proven_cents,
            brought_cents=proof.brought_cents,
            kept_cents=proof.kept_cents,
            kept_percent=proof.kept_percent,
        )


class CaeProofAnswer(Answer):
    cae: Siren = Field(description="The CAE, by SIREN", examples=[SIREN])
    cae_name: str = Field(description="Its name", examples=["Coopérative Tournesol"])
    months: list[MonthProofAnswer] = Field(description="Its own, month by month")

    @classmethod
    def of(cls, cae: CaeProof) -> "CaeProofAnswer":
        return cls(
            cae=cae.siren, cae_name=cae.name, months=[MonthProofAnswer.of(proof) for proof in cae.months]
        )


class ProofAnswer(Page[CaeProofAnswer]):
    """One page of the CAEs; the scheme's own figures stand on every page."""

    scheme_id: UUID = Field(description="The scheme", examples=[SCHEME_ID])
    as_of: date = Field(description="What was said until that day", examples=["2028-11-20"])
    months: list[MonthProofAnswer] = Field(description="The whole scheme, or what of it the caller may see")


@router.get(
    "/{scheme_id}/proof-of-use",
    summary="What is proven of a scheme's paid top-ups, month by month, and the capital that stayed",
)
async def get_proof_of_use(
    scheme_id: UUID,
    call: Annotated[Call, Depends(get_call)],
    page: Annotated[PageQuery, Depends(page_query)],
    as_of: Annotated[BusinessDate | None, Query(description="As of that day; today if absent")] = None,
) -> ProofAnswer:
    after = decode_cursor(page.after, str)[0] if page.after else ""
    proof = await read(
        call,
        lambda session: read_proof_of_use(session, call.caller, scheme_id, as_of=as_of, today=call.today),
    )
    left = [cae for cae in proof.caes if cae.siren > after]
    items, following = cut_page(left, page.limit, lambda cae: encode_cursor(cae.siren))
    return ProofAnswer(
        scheme_id=proof.scheme_id,
        as_of=proof.as_of,
        months=[MonthProofAnswer.of(month) for month in proof.months],
        items=[CaeProofAnswer.of(cae) for cae in items],
        next=following,
        total=len(proof.caes) if page.count else None,
    )
