"""Batches of repayments sent by processes of their own: a run of `main` is one of them."""

import asyncio
import json
import sys
from datetime import date
from uuid import UUID

from services.kernel.access import Caller, Role
from services.kernel.refusals import Refusal
from services.loans.domain.life.movements import Payment
from services.loans.domain.remittance import AnnouncedRemittance
from services.loans.domain.repayment import PaymentMethod
from services.loans.domain.repayment_batch import BatchLine
from services.loans.persistence.tables import metadata
from services.loans.usecases.record_batch import RecordBatch, record_batch
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

TODAY = date(2026, 6, 30)
PAID_ON = date(2024, 3, 4)
OPERATOR = Caller(Role.OPERATOR, "tests", regions=frozenset({"84"}))


def batch_of(loan_ids: list[str], cents: int, remittance: str | None = None) -> RecordBatch:
    lines = tuple(
        BatchLine(index, UUID(loan_id), Payment(cents, PAID_ON, PaymentMethod.PAYROLL))
        for index, loan_id in enumerate(loan_ids)
    )
    announced = None
    if remittance is not None:
        announced = AnnouncedRemittance(remittance, PAID_ON, cents * len(lines))
    return RecordBatch(lines, remittance=announced)


async def send(url: str, loan_ids: list[str], cents: int, times: int, remittance: str | None) -> list[str]:
    """`times` batches one after the other, and a single repayment between each; what each came to."""
    settings = Settings(lock_seconds=60, statement_seconds=60)
    database = Database(url, settings, metadata=metadata)
    done = []
    try:
        for _ in range(times):
            try:
                async with database.transaction(OPERATOR) as session:
                    await record_batch(session, OPERATOR, batch_of(loan_ids, cents, remittance), today=TODAY)
                async with database.transaction(OPERATOR) as session:
                    payment = Payment(cents, PAID_ON, PaymentMethod.TRANSFER)
                    order = RecordRepayment(UUID(loan_ids[0]), payment)
                    await record_repayment(session, OPERATOR, order, today=TODAY)
            except Refusal as refusal:
                done.append(refusal.code)
            else:
                done.append("done")
    finally:
        await database.close()
    return done


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(send(**json.loads(sys.stdin.read())))))
