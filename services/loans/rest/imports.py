"""An existing portfolio as two CSV files, under /v1/imports/loans: the same import as the command line's."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Language
from services.loans.domain.loan import LoanStatus
from services.loans.domain.portfolio.findings import Finding, PortfolioFile
from services.loans.domain.portfolio.outcome import Outcome
from services.loans.usecases.import_portfolio import ImportPortfolio, ImportReport, import_portfolio
from services.runtime.call import Call, get_call
from services.runtime.fields import Answer, BusinessDate, RegionField, ShortText
from services.runtime.idempotency import Operation, checked_key, path_of, perform_once

router = APIRouter(prefix="/imports", tags=["imports"])


class FindingAnswer(Answer):
    file: PortfolioFile = Field(description="Which of the two files", examples=["loans"])
    line: int = Field(description="Its line, the headings being line 1", examples=[91])
    column: str = Field(description="The heading of the column", examples=["SIRET CAE"])
    code: str = Field(description="Stable, kebab-case", examples=["siret"])
    reason: str = Field(
        description="What is wrong, in the caller's language",
        examples=["ce SIRET n'a pas quatorze chiffres ou sa clé est fausse"],
    )

    @classmethod
    def of(cls, finding: Finding, language: Language) -> "FindingAnswer":
        return cls(
            file=finding.file,
            line=finding.line,
            column=finding.column,
            code=finding.code.value,
            reason=finding.reason(language),
        )


class LoanLinesAnswer(Answer):
    taken: int = Field(description="Loans that the fund did not have", examples=[240])
    known: int = Field(description="Loans that the fund already had", examples=[0])
    rejected: int = Field(description="Lines not taken, each among `rejections`", examples=[4])
    losses: int = Field(description="Loans written off by this import", examples=[4])


class RepaymentLinesAnswer(Answer):
    taken: int = Field(description="Repayments that the fund did not have", examples=[5392])
    recovered: int = Field(description="The same for money that came after a loss", examples=[0])
    known: int = Field(description="Lines that the fund already had", examples=[0])
    rejected: int = Field(description="Lines not taken, each among `rejections`", examples=[3])


class RepaymentRateAnswer(Answer):
    value: str | None = Field(description="Percentage; null where nothing was due", examples=["97.52"])
    numerator_cents: int = Field(description="Received on what was due", examples=[91118489])
    denominator_cents: int = Field(description="Due up to the date", examples=[93439405])


class OutcomeAnswer(Answer):
    """Of the files' loans, on `as_of`: to compare with the operator's own totals."""

    as_of: BusinessDate = Field(
        description="The day of the figures and of the losses", examples=["2025-12-31"]
    )
    loans: int = Field(description="Loans disbursed by then", examples=[240])
    active: int = Field(description="Of which still owe", examples=[86])
    repaid: int = Field(description="Of which owe nothing", examples=[150])
    written_off: int = Field(description="Of which are written off", examples=[4])
    disbursed_cents: int = Field(description="Principal disbursed", examples=[124699964])
    repaid_cents: int = Field(description="Principal repaid", examples=[91992781])
    recovered_cents: int = Field(description="Recovered after losses", examples=[0])
    written_off_cents: int = Field(description="Written off", examples=[1059248])
    outstanding_cents: int = Field(description="Still owed", examples=[31647935])
    arrears_cents: int = Field(description="Due and not received, losses aside", examples=[1354252])
    par_30_cents: int = Field(
        description="Outstanding of the loans late by more than 30 days", examples=[3694660]
    )
    repayment_rate: RepaymentRateAnswer = Field(description="Received on instalments due / due")

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeAnswer":
        rate = outcome.repayment_rate
        return cls(
            as_of=outcome.as_of,
            loans=outcome.loans,
            active=outcome.by_status.get(LoanStatus.ACTIVE, 0),
            repaid=outcome.by_status.get(LoanStatus.REPAID, 0),
            written_off=outcome.by_status.get(LoanStatus.WRITTEN_OFF, 0),
            disbursed_cents=outcome.disbursed_cents,
            repaid_cents=outcome.repaid_cents,
            recovered_cents=outcome.recovered_cents,
            written_off_cents=outcome.written_off_cents,
            outstanding_cents=outcome.outstanding_cents,
            arrears_cents=outcome.arrears_cents,
            par_30_cents=outcome.par_30_cents,
            repayment_rate=RepaymentRateAnswer(
                value=rate.value,
                numerator_cents=rate.numerator_cents,
                denominator_cents=rate.denominator_cents,
            ),
        )


class ImportAnswer(Answer):
    """What was taken, and each line that was not."""

    fund_id: UUID | None = Field(
        description="The fund; null where there is none yet: on a dry run, or without a loan to take",
        examples=["01932b1e-8f00-7c3a-9d52-3a6b1c2d4e5f"],
    )
    is_new_fund: bool = Field(description="Whether the fund was made for it", examples=[True])
    dry_run: bool = Field(description="Whether nothing was written", examples=[False])
    loans: LoanLinesAnswer = Field(description="The loans' file")
    repayments: RepaymentLinesAnswer = Field(description="The repayments' file")
    rejections: list[FindingAnswer] = Field(description="Lines not taken, in the files' order")
    warnings: list[FindingAnswer] = Field(description="Lines taken, that say something odd")
    outcome: OutcomeAnswer = Field(description="What the files' loans come to")

    @classmethod
    def of(cls, report: ImportReport, language: Language) -> "ImportAnswer":
        return cls(
            fund_id=report.fund_id,
            is_new_fund=report.is_new_fund,
            dry_run=report.is_dry_run,
            loans=LoanLinesAnswer(
                taken=report.loans_taken,
                known=report.loans_known,
                rejected=report.rejected(PortfolioFile.LOANS),
                losses=report.losses_taken,
            ),
            repayments=RepaymentLinesAnswer(
                taken=report.repayments_taken,
                recovered=report.recoveries_taken,
                known=report.repayments_known,
                rejected=report.rejected(PortfolioFile.REPAYMENTS),
            ),
            rejections=[FindingAnswer.of(finding, language) for finding in report.rejections],
            warnings=[FindingAnswer.of(finding, language) for finding in report.warnings],
            outcome=OutcomeAnswer.of(report.outcome),
        )


@router.post(
    "/loans",
    response_model=ImportAnswer,
    summary="Import an existing portfolio; run again, it adds nothing twice",
)
async def post_import(
    call: Annotated[Call, Depends(get_call)],
    loans: Annotated[UploadFile, File(description="The loans, one a line: CSV with semicolons")],
    repayments: Annotated[UploadFile, File(description="The repayments, one a line: CSV with semicolons")],
    region: Annotated[RegionField, Form(description="INSEE code of the fund's region", examples=["84"])],
    fund: Annotated[
        ShortText,
        Form(description="The fund's name: found in the region, or made", examples=["Fonds régional"]),
    ],
    as_of: Annotated[
        BusinessDate | None,
        Form(description="The day that losses are dated; by default that of the last repayment"),
    ] = None,
    dry_run: Annotated[bool, Form(description="Report without writing anything")] = False,
) -> Response:
    order = ImportPortfolio(
        region=region,
        fund_name=fund,
        loans=await loans.read(),
        repayments=await repayments.read(),
        as_of=as_of,
        is_dry_run=dry_run,
    )

    async def effect(session: AsyncSession) -> ImportAnswer:
        report = await import_portfolio(
            session, call.caller, order, today=call.today, entrepreneur_key=call.entrepreneur_key
        )
        return ImportAnswer.of(report, call.language)

    stored, is_replay = await perform_once(
        call.database, call.caller, _operation(call, order), effect, status=200
    )
    headers = {"Idempotent-Replayed": "true"} if is_replay else None
    return Response(stored.answer, status_code=stored.status, media_type="application/json", headers=headers)


def _operation(call: Call, order: ImportPortfolio) -> Operation | None:
    """A form's own bytes differ at each sending, by the boundary between its parts: its contents do not."""
    request = call.request
    key = checked_key(request.headers.get("idempotency-key"), required=False)
    if key is None:
        return None
    digest = hashlib.sha256()
    for part in (
        order.region.encode(),
        order.fund_name.encode(),
        str(order.as_of).encode(),
        str(order.is_dry_run).encode(),
        order.loans,
        order.repayments,
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return Operation(call.caller.client, request.method, path_of(request), key, digest.digest())
