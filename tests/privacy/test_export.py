"""Everything about one person, and nothing about anyone else."""

from datetime import date
from typing import Any

import orjson
from sqlalchemy import text

from services.kernel.identifiers import Siren, entrepreneur_id
from services.runtime.privacy.person_export import export_person
from tests.privacy.conftest import Essor
from tests.privacy.stories import Person

TODAY = date(2026, 11, 22)


async def exported(essor: Essor, person: Person) -> dict[str, Any]:
    identity = entrepreneur_id(b"a key for tests", Siren(person.siren), person.reference)
    return {
        holder.service: await export_person(holder, identity, client="tests", today=TODAY)
        for holder in essor.holders
    }


async def test_everything_is_given_and_nothing_of_others(essor: Essor) -> None:
    office, person, colleague = essor.office(), Person(), Person()
    colleague.siren = person.siren
    await office.open()
    await office.every_end(person, colleague)
    await office.lent(person)
    await office.lent(colleague)

    found = await exported(essor, person)

    written = orjson.dumps(found, default=str).decode()
    assert set(person.marks()) == set(person.found_in(written))
    assert colleague.found_in(written) == [], "though of one CAE and paid in one payment"
    assert "Ada" not in written, "members of a committee are other people"
    assert "Léo" not in written
    kinds = [dossier["kind"] for service in found.values() for dossier in service["dossiers"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "application": 6,
        "application_draft": 2,
        "loan": 3,
        "top_up": 4,
    }


async def test_each_dossier_has_its_records_and_how_long_they_are_kept(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    loan_id = await office.repaid(person)
    await office.paid(person)

    found = await exported(essor, person)

    (loan,) = (one for one in found["loans"]["dossiers"] if one["kind"] == "loan")
    records = loan["records"]
    assert str(loan["id"]) == loan_id
    assert [row["amount_cents"] for row in records["repayments"]] == [100_00, 1_000_01, 199_99]
    assert len(records["instalments"]) == 12
    assert [row["reason"] for row in records["reversals"]] == [person.word("Rejet de")]
    assert sum(row["amount_cents"] for row in records["postings"]) == 0
    assert len(records["journal_entries"]) == 5
    assert {row["act"] for row in records["audit_trail"]} >= {"record_repayment", "reverse_repayment"}
    assert not {"person"} & set(records["audit_trail"][0]), "the officer is another person"
    assert (loan["ending"], loan["ended_on"]) == ("carried_out", date(2015, 1, 31))
    assert loan["kept"]["identity"]["carried_out"]["until"] == date(2025, 1, 31)
    assert "not_granted" not in loan["kept"]["identity"]
    assert found["loans"]["categories"]["applications"]["bank_iban"] == "bank"
    assert found["loans"]["categories"]["repayments"] == {"reference": "free_text"}
    answers = found["loans"]["stored_answers"]
    assert f"/v1/loans/{loan_id}/repayments" in {answer["path"] for answer in answers}
    assert all(set(answer) == {"method", "path", "created_at"} for answer in answers)

    (top_up,) = found["capital"]["dossiers"]
    assert [row["amount_cents"] for row in top_up["records"]["payment_lines"]] == [1_500_00]
    (payment,) = top_up["records"]["payments"]
    assert (payment["reference"], payment["paid_on"]) == ("Mandat 2014-17", date(2014, 4, 1))
    assert "total_cents" not in payment, "it pays others too"
    assert [row["label"] for row in top_up["records"]["documents"]] == [person.word("Pièce")]
    assert top_up["kept"]["document"].keys() == {"carried_out"}


async def test_an_open_dossier_is_kept_until_it_ends(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    await office.application(person)
    (dossier,) = (await exported(essor, person))["loans"]["dossiers"]
    assert (dossier["ending"], dossier["ended_on"]) == (None, None)
    assert dossier["kept"]["bank"] == {
        "not_granted": {
            "months": 3,
            "until": None,
            "reason": dossier["kept"]["bank"]["not_granted"]["reason"],
        },
        "carried_out": {
            "months": 13,
            "until": None,
            "reason": dossier["kept"]["bank"]["carried_out"]["reason"],
        },
    }


async def test_an_export_stands_in_the_audit_trail(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    dossier = await office.application(person)
    await exported(essor, person)
    async with essor.loans.database.of_all_tenants(read_only=True) as session:
        query = text("SELECT client FROM loans.audit_trail WHERE act = 'export' AND dossier_id = :id")
        assert list((await session.execute(query, {"id": dossier})).scalars()) == ["tests"]


async def test_of_someone_unknown_nothing_is_held(essor: Essor) -> None:
    found = await exported(essor, Person())
    assert [service["dossiers"] for service in found.values()] == [[], []]
    assert [service["stored_answers"] for service in found.values()] == [[], []]


async def test_a_draft_is_given_with_what_belongs_to_it(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    draft_id = await office.drafted(person)

    (draft,) = (await exported(essor, person))["loans"]["dossiers"]

    assert (draft["kind"], str(draft["id"]), draft["ending"]) == (
        "application_draft",
        draft_id,
        "not_granted",
    )
    (row,) = draft["records"]["application_drafts"]
    assert row["content"]["entrepreneur"]["family_name"] == person.word("Nom")
    assert [one["label"] for one in draft["records"]["documents"]] == [person.word("Pièce")]
    assert [one["text"] for one in draft["records"]["questions"]] == [person.word("Et le devis de")]
    assert draft["kept"]["draft"]["not_granted"]["months"] == 6
