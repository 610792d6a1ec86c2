"""A dossier that goes to another CAE: the database takes along all that belongs to it, and nothing else."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loans.domain.borrower import Borrower

# In the order in which others lock them: what a CAE declared before its loan, an application before what it
# has become.
LOCK_APPLICATION = text("SELECT id FROM loans.applications WHERE id = :application_id FOR UPDATE")
LOCK_DECLARATIONS = text(
    "SELECT id FROM loans.repayment_declarations WHERE loan_id = :loan_id ORDER BY id FOR UPDATE"
)
# One statement: between the two, neither would be of the CAE of the other. Keys take the rest along.
MOVE = text("""
    WITH moved AS (
        UPDATE loans.applications
           SET cae_siren = :cae_siren, cae_siret = :cae_siret, cae_name = :cae_name,
               entrepreneur_id = :entrepreneur_id, entrepreneur_reference = :reference
         WHERE id = :application_id
    )
    UPDATE loans.loans
       SET cae_siren = :cae_siren, cae_siret = :cae_siret, cae_name = :cae_name,
           entrepreneur_id = :entrepreneur_id, entrepreneur_reference = :reference
     WHERE id = :loan_id
""")


async def lock_dossier(session: AsyncSession, loan_id: UUID, application_id: UUID | None) -> None:
    """All but the loan itself, which is locked after."""
    await session.execute(LOCK_APPLICATION, {"application_id": application_id})
    await session.execute(LOCK_DECLARATIONS, {"loan_id": loan_id})


async def move(session: AsyncSession, loan_id: UUID, application_id: UUID | None, borrower: Borrower) -> None:
    await session.execute(
        MOVE,
        {
            "loan_id": loan_id,
            "application_id": application_id,
            "cae_siren": borrower.cae.siren,
            "cae_siret": borrower.cae.siret,
            "cae_name": borrower.cae.name,
            "entrepreneur_id": borrower.entrepreneur_id,
            "reference": borrower.reference,
        },
    )
