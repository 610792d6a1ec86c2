"""Applications, and what the committee decided of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.contracts import Contract
from services.kernel.identifiers import Bic, Iban, Siren
from services.kernel.officers import Officer
from services.kernel.refusals import NotFound
from services.loans.domain.application import Application, ApplicationStatus, Decision
from services.loans.domain.application_refusals import ApplicationIsDraft
from services.loans.domain.borrower import BankAccount
from services.loans.domain.committee import Committee, Member, Outcome
from services.loans.domain.condition import Condition
from services.loans.domain.refusals import LoansElement, NumberTaken
from services.loans.domain.terms import Terms
from services.loans.persistence import conditions, drafts
from services.loans.persistence.application_filter import ApplicationFilter
from services.loans.persistence.borrower_columns import borrower_values, to_borrower
from services.loans.persistence.questions import count_open
from services.loans.persistence.scopes import sees_dossier
from services.loans.persistence.tables import ApplicationRow, CommitteeMemberRow, DecisionRow, LoanRow
from services.loans.persistence.wide_statements import in_array, insert_rows, table_of

APPLICATIONS = table_of(ApplicationRow)
DECISIONS = table_of(DecisionRow)
MEMBERS = table_of(CommitteeMemberRow)
LOANS = table_of(LoanRow)
UNIQUE_VIOLATION = "23505"


async def add(session: AsyncSession, application: Application) -> None:
    borrower, bank = application.borrower, application.bank
    row = {
        **borrower_values(borrower, application.region),
        "id": application.id,
        "fund_id": application.fund_id,
        "number": application.number,
        "email": borrower.email,
        "phone": borrower.phone,
        "birth_date": borrower.birth_date,
        "address": borrower.address,
        "cape_started_on": borrower.contract.cape_started_on,
        "cape_ended_on": borrower.contract.cape_ended_on,
        "bank_iban": bank and bank.iban,
        "bank_bic": bank and bank.bic,
        "bank_holder": bank and bank.holder,
        "asked_amount_cents": application.asked.amount_cents,
        "asked_months": application.asked.months,
        "asked_grace_months": application.asked.grace_months,
        "purpose": application.purpose,
        "submitted_on": application.submitted_on,
        "submission_settings_version": application.submission_settings_version,
        "status": application.status.value,
        "created_at": application.created_at,
    }
    try:
        await session.execute(insert(APPLICATIONS).values(row))
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION:
            raise NumberTaken(number=application.number) from error
        raise


async def is_number_taken(session: AsyncSession, fund_id: UUID, number: str) -> bool:
    """By a loan of the fund, whoever sees it: the application's number becomes its loan's."""
    taken = select(func.loans.is_number_taken(fund_id, number))
    return bool((await session.execute(taken)).scalar_one())


async def lock(session: AsyncSession, application_id: UUID, scope: Scope) -> Application:
    """The row is locked first and read after: what the lock waited for is then seen whole."""
    await session.execute(
        select(APPLICATIONS.c.id)
        .where(APPLICATIONS.c.id == application_id, *sees_dossier(ApplicationRow, scope))
        .with_for_update(key_share=True)
    )
    return await find(session, application_id, scope)


async def lock_all(
    session: AsyncSession, application_ids: Collection[UUID], scope: Scope
) -> dict[UUID, Application]:
    """In the order of their ids: two who lock several never wait for each other. Unseen ones are absent."""
    asked = in_array(APPLICATIONS.c.id, application_ids)
    await session.execute(
        select(APPLICATIONS.c.id)
        .where(asked, *sees_dossier(ApplicationRow, scope))
        .order_by(APPLICATIONS.c.id)
        .with_for_update(key_share=True)
    )
    return {one.id: one for one in await _all(session, _select(asked, scope=scope))}


async def find(session: AsyncSession, application_id: UUID, scope: Scope) -> Application:
    found = await _all(session, _select(APPLICATIONS.c.id == application_id, scope=scope))
    if found:
        return found[0]
    if await drafts.find(session, application_id, scope) is not None:
        raise ApplicationIsDraft(id=application_id)
    raise NotFound(what=LoansElement.APPLICATION, id=application_id)


async def by_ids(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, Application]:
    found = await _all(session, _select(in_array(APPLICATIONS.c.id, ids), scope=scope))
    return {one.id: one for one in found}


async def lock_offers(session: AsyncSession, fund_id: UUID) -> list[Application]:
    """Every approved and unsigned one of a fund, in the order of ids; whoever signs one meanwhile has it."""
    is_offer = (APPLICATIONS.c.fund_id == fund_id, APPLICATIONS.c.status == ApplicationStatus.APPROVED.value)
    await session.execute(
        select(APPLICATIONS.c.id).where(*is_offer).order_by(APPLICATIONS.c.id).with_for_update(key_share=True)
    )
    return await _all(session, _select(*is_offer, scope=Scope()).order_by(APPLICATIONS.c.id))


async def funds_with_offers(session: AsyncSession, region: str | None = None) -> list[UUID]:
    """In the order in which funds are locked; of all regions unless one is named."""
    query = select(APPLICATIONS.c.fund_id).where(APPLICATIONS.c.status == ApplicationStatus.APPROVED.value)
    if region is not None:
        query = query.where(APPLICATIONS.c.region == region)
    return list((await session.execute(query.distinct().order_by(APPLICATIONS.c.fund_id))).scalars())


async def page(
    session: AsyncSession, scope: Scope, wanted: ApplicationFilter, *, after: UUID | None, limit: int
) -> list[Application]:
    """Newest first, one more than `limit` where there is a next page."""
    query = (
        _select(*wanted.conditions(APPLICATIONS), *wanted.submitted_conditions(APPLICATIONS), scope=scope)
        .order_by(APPLICATIONS.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(APPLICATIONS.c.id < after)
    return await _all(session, query)


async def count(session: AsyncSession, scope: Scope, wanted: ApplicationFilter) -> int:
    query = (
        select(func.count())
        .select_from(APPLICATIONS)
        .where(
            *wanted.conditions(APPLICATIONS),
            *wanted.submitted_conditions(APPLICATIONS),
            *sees_dossier(ApplicationRow, scope),
        )
    )
    return int((await session.execute(query)).scalar_one())


async def by_entrepreneurs(
    session: AsyncSession, entrepreneur_ids: Collection[UUID], scope: Scope
) -> dict[UUID, list[Application]]:
    """Newest first; every entrepreneur asked for is a key."""
    found = await _all(
        session,
        _select(in_array(APPLICATIONS.c.entrepreneur_id, entrepreneur_ids), scope=scope).order_by(
            APPLICATIONS.c.id.desc()
        ),
    )
    grouped: dict[UUID, list[Application]] = {entrepreneur_id: [] for entrepreneur_id in entrepreneur_ids}
    for application in found:
        grouped[application.borrower.entrepreneur_id].append(application)
    return grouped


async def save_status(session: AsyncSession, application: Application) -> None:
    await session.execute(
        update(APPLICATIONS)
        .where(APPLICATIONS.c.id == application.id)
        .values(
            status=application.status.value,
            signed_on=application.signed_on,
            ended_on=application.ended_on,
            ended_reason=application.ended_reason,
        )
    )


async def free_promise(session: AsyncSession, declined: Application) -> None:
    """What was promised for it is the fund's again. The database does it: a CAE writes no fund."""
    await session.execute(select(func.loans.free_promise(declined.id)))


async def add_decision(session: AsyncSession, application: Application, decision: Decision) -> None:
    committee, granted = decision.committee, decision.granted
    dossier = {
        "application_id": application.id,
        "region": application.region,
        "cae_siren": application.borrower.cae.siren,
    }
    await session.execute(
        insert(DECISIONS).values(
            **dossier,
            outcome=decision.outcome.value,
            settings_version=decision.settings_version,
            held_on=committee.held_on,
            votes_for=committee.votes_for,
            votes_against=committee.votes_against,
            abstentions=committee.abstentions,
            granted_amount_cents=granted and granted.amount_cents,
            granted_months=granted and granted.months,
            granted_grace_months=granted and granted.grace_months,
            session_id=decision.session_id,
            reason=decision.reason,
            decided_by_person=decision.decided_by and decision.decided_by.person,
            decided_by_client=decision.decided_by and decision.decided_by.client,
        )
    )
    await insert_rows(
        session,
        CommitteeMemberRow,
        (
            {
                **dossier,
                "rank": rank,
                "name": member.name,
                "organisation": member.organisation,
                "siren": member.siren,
                "stood_aside": committee.stands_aside(member),
            }
            for rank, member in enumerate(committee.present, start=1)
        ),
    )
    await conditions.add(session, dossier, decision.conditions)


async def deciders_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Officer]:
    """Who recorded each decision; one of which it is not known is absent."""
    found = await session.execute(
        select(
            DECISIONS.c.application_id, DECISIONS.c.decided_by_person, DECISIONS.c.decided_by_client
        ).where(in_array(DECISIONS.c.application_id, ids))
    )
    known = ((row.application_id, _to_officer(row)) for row in found)
    return {application_id: officer for application_id, officer in known if officer is not None}


def _select(*conditions: ColumnElement[bool], scope: Scope) -> Select[Any]:
    return (
        select(
            APPLICATIONS,
            *(column for column in DECISIONS.c if column.name not in APPLICATIONS.c),
            LOANS.c.id.label("loan_id"),
            count_open("application_id", APPLICATIONS.c.id).label("open_questions"),
        )
        .outerjoin(DECISIONS, DECISIONS.c.application_id == APPLICATIONS.c.id)
        .outerjoin(LOANS, LOANS.c.application_id == APPLICATIONS.c.id)
        .where(*conditions, *sees_dossier(ApplicationRow, scope))
    )


async def _all(session: AsyncSession, query: Select[Any]) -> list[Application]:
    rows = (await session.execute(query)).all()
    decided = [row.id for row in rows if row.outcome is not None]
    members: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    if decided:
        found = await session.execute(
            select(MEMBERS)
            .where(in_array(MEMBERS.c.application_id, decided))
            .order_by(MEMBERS.c.application_id, MEMBERS.c.rank)
        )
        for member in found:
            members[member.application_id].append(member)
    asked = await conditions.of_applications(session, decided) if decided else {}
    return [_to_application(row, members[row.id], asked.get(row.id, ())) for row in rows]


def _to_application(row: Row[Any], members: Sequence[Row[Any]], asked: tuple[Condition, ...]) -> Application:
    known = to_borrower(row)
    return Application(
        id=row.id,
        fund_id=row.fund_id,
        region=row.region,
        borrower=replace(
            known,
            contract=Contract(
                known.contract.kind, known.contract.started_on, row.cape_started_on, row.cape_ended_on
            ),
            email=row.email,
            phone=row.phone,
            birth_date=row.birth_date,
            address=row.address,
        ),
        asked=Terms(row.asked_amount_cents, row.asked_months, row.asked_grace_months),
        purpose=row.purpose,
        created_at=row.created_at,
        number=row.number,
        bank=_to_bank(row),
        submitted_on=row.submitted_on,
        submission_settings_version=row.submission_settings_version,
        status=ApplicationStatus(row.status),
        decision=None if row.outcome is None else _to_decision(row, members, asked),
        signed_on=row.signed_on,
        ended_on=row.ended_on,
        ended_reason=row.ended_reason,
        loan_id=row.loan_id,
        open_questions=row.open_questions,
    )


def _to_bank(row: Row[Any]) -> BankAccount | None:
    if row.bank_iban is None:
        return None
    return BankAccount(
        Iban(row.bank_iban), row.bank_holder, None if row.bank_bic is None else Bic(row.bank_bic)
    )


def _to_decision(row: Row[Any], members: Sequence[Row[Any]], asked: tuple[Condition, ...]) -> Decision:
    """A committee of which no row is read is not told: somebody sat. Only a CAE reads none."""
    return Decision(
        outcome=Outcome(row.outcome),
        committee=Committee(
            held_on=row.held_on,
            present=tuple(
                Member(
                    member.name, member.organisation, None if member.siren is None else Siren(member.siren)
                )
                for member in members
            ),
            stood_aside=tuple(member.name for member in members if member.stood_aside),
            votes_for=row.votes_for,
            votes_against=row.votes_against,
            abstentions=row.abstentions,
            is_told=bool(members),
        ),
        granted=None
        if row.granted_amount_cents is None
        else Terms(row.granted_amount_cents, row.granted_months, row.granted_grace_months),
        conditions=asked,
        reason=row.reason,
        decided_by=_to_officer(row),
        settings_version=row.settings_version,
        session_id=row.session_id,
    )


def _to_officer(row: Any) -> Officer | None:
    if row.decided_by_client is None:
        return None
    return Officer(row.decided_by_client, row.decided_by_person)
