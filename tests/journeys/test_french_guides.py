"""The French guides' examples, run as they are written, in the order in which a newcomer reads them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.runtime.settings import REPOSITORY
from tests.journeys.conftest import Essor

SECONDS = 120


TOLD_TO_A_FUNDER = (
    '"paid_cents":1000000,"left_cents":1000000',
    '"pledged_cents":2000000,"to_come_cents":1000000,"paid_in_cents":1000000',
    '"percent":20,"actual_percent":"9.09","gap_cents":1200000',
    '"withdrawn_cents":200000',
    '"closing_cash_cents":800000',
    ";10000,00;2000,00;",
    "Ensemble du fonds",
)


def examples(guide: str) -> str:
    """The guide's shell blocks, one after the other, as somebody pasting them all would run them."""
    text = (REPOSITORY / "docs" / "fr" / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    assert blocks, guide
    return "\necho\n".join(blocks)


def run(essor: Essor, guide: str, *, until_one_fails: bool = True) -> subprocess.CompletedProcess[str]:
    settings = essor.settings
    ports = {
        str(default): str(urlsplit(address).port)
        for default, address in ((8000, essor.gateway), (8001, essor.loans[0]), (8002, essor.capital[0]))
    }
    script = re.sub(r"(?<=127\.0\.0\.1:)800[012]", lambda found: ports[found[0]], examples(guide))
    return subprocess.run(
        ["bash", "-eu" if until_one_fails else "-u", "-o", "pipefail", "-c", script],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
            "ESSOR_STATE": str(settings.state),
            "ESSOR_DATABASE_URL": str(settings.database_url),
            "ESSOR_ENTREPRENEUR_KEY": str(settings.entrepreneur_key),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def outcome(essor: Essor, guide: str, *, until_one_fails: bool = True) -> str:
    done = run(essor, guide, until_one_fails=until_one_fails)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "urn:essor:problem" not in done.stdout, done.stdout
    assert '"errors"' not in done.stdout, done.stdout
    return done.stdout


def identifiers(printed: str) -> set[str]:
    return set(re.findall(r'"id":"([0-9a-f-]{36})"', printed))


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guides' examples call curl")
@pytest.mark.timeout(6 * SECONDS)
def test_the_guides_tell_what_happens(essor: Essor) -> None:
    """One test: the CAE's guide needs the fund and the scheme that the operators' guides open."""
    fund = outcome(essor, "operateur.md")
    assert '"due_on":"2024-02-29","amount_cents":22223' in fund
    assert '"available_cents":9244446' in fund  # 100 000.00 less 8 000.00, and two instalments back
    assert '"status":"confirmed"' in fund
    assert '"recorded_count":2,"refused_count":0,"recorded_cents":44446' in fund
    assert fund.count('"allocated_cents":44446,"unallocated_cents":0') == 2  # as recorded, and found again
    assert '"second_person_for":["disbursement","write_off"]' in fund
    assert '"status":"cancelled"' in fund
    assert '"is_open":true' in fund
    assert '"version":2,"valid_from":"2026-01-01"' in fund
    assert '"month":"2024-02-01","expected_cents":22223,"received_on_due_cents":22223' in fund
    assert "loan(s) summed" in fund

    funder = outcome(essor, "financeur.md")
    assert [wanted for wanted in TOLD_TO_A_FUNDER if wanted not in funder] == []
    assert "document(s) compared" in fund
    assert '"status":"written_off"' in fund
    assert '"recovered_cents":50000' in fund

    arrears = outcome(essor, "impayes.md")
    assert '"label":"Appel du chargé de suivi"' in arrears
    assert '"closed": []' in arrears, "the day was closed by the line before"
    assert "la situation est provisoire" in arrears

    _tells_the_life_of_a_loan(essor)

    _tells_the_life_of_a_scheme(essor)

    cae = outcome(essor, "cae.md")
    assert '"status":"withdrawn"' in cae
    assert '"status":"confirmed"' in cae
    assert '"reason":"below-floor"' in cae
    assert "FR7630006000011234567890189" not in cae
    assert '"pointer":"/entrepreneur/contract"' in cae
    assert '"missing":[],"obstacles":[]' in cae
    assert '"media_type":"application/pdf"' in cae
    assert "%PDF-1.4" in cae
    assert '"status":"submitted"' in cae

    partner = outcome(essor, "partenaire-graphql.md")
    assert '"capCents":2000000,"usedCents":210000,"roomCents":1790000' in partner
    assert "Fonds du guide" in partner
    assert "Maître" not in partner

    events = outcome(essor, "evenements.md")
    assert '"next":' in events
    assert events.rstrip().endswith(":"), "the stream is open, and has nothing to tell"

    again = outcome(essor, "operateur.md")
    assert identifiers(fund) <= identifiers(again), "the same keys replay the same answers"
    assert '"available_cents":9244446' in again, "and nothing was done twice"


def _tells_the_life_of_a_scheme(essor: Essor) -> None:
    scheme = outcome(essor, "dispositif.md")
    assert '"award_cents":150000' in scheme
    assert '"room_cents":1850000' in scheme
    assert '"name":"Région Nouvelle-Aquitaine","amount_cents":120000' in scheme
    assert "20005375900011,2025-06-10,CP-2025-06,Graines d’Activité,97859284800342,," in scheme
    assert "Caisse des Dépôts,18002002600019,2025-06-10," in scheme
    assert ",1200.00,aide en numéraire,unique,2025-07-10,,non,1.00,Dispositif du guide" in scheme
    assert '"ended_early":true,"unearned_cents":10000,"corrects":null' in scheme
    assert '"months":12,"due":1,"proven":1,"ended":0,"late":0' in scheme
    assert '"days_stayed":325,"months_stayed":10,"days_promised":1096,"amount_cents":100000' in scheme
    assert '"status":"waived"' in scheme
    assert '"received_cents":40000,"waived_cents":60000,"owed_cents":0' in scheme
    assert '"computed_cents":96000000,"difference_cents":-4000000' in scheme


def _tells_the_life_of_a_loan(essor: Essor) -> None:
    life = outcome(essor, "vie-du-pret.md")
    assert life.count('"cause":"rescheduling"') >= 2
    assert '"cause":"suspension"' in life
    assert '"early":"lower"' in life
    assert '"kind":"insolvency"' in life
    assert '"written_off_cause":"insolvency"' in life
    assert '"kind":"write_off"' in life


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guides' examples call curl")
def test_the_guide_to_clients_gives_one_a_token_and_takes_it_back(essor: Essor) -> None:
    printed = outcome(essor, "clients.md")

    assert '"items":[' in printed
    assert "logiciel-de-la-cae is revoked since" in printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guides' examples call curl")
def test_the_guide_to_committees_holds_a_session_to_its_minutes(essor: Essor) -> None:
    printed = outcome(essor, "comite.md")

    assert '"must_stand_aside":["' in printed
    assert '"granted_cents":600000' in printed
    assert "Se sont déportés : Luc Morel" in printed
    assert "Décision : renvoyée à une autre séance" in printed
    assert '"stands":true' in printed
    assert "1 of 1 session(s) as they were closed" in printed
    assert '"status":"active"' in printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guides' examples call curl")
def test_the_import_guide_takes_the_sample(essor: Essor) -> None:
    """The command fails where lines are not taken, and the sample has seven: the rest goes on."""
    printed = outcome(essor, "import.md", until_one_fails=False)

    assert printed.count("97,52") == 2
    assert printed.count("PH-84-7777") >= 2
    assert '"loans":{"taken":0,"known":240,"rejected":4' in printed, "by HTTP the fund has them already"
    assert '"outstanding_cents":31647935' in printed


@pytest.mark.long
def test_the_guide_to_personal_data_answers_a_person_and_erases_what_is_past(essor: Essor) -> None:
    """Whether somebody is held under that reference depends on the operator's guide, which may run before."""
    printed = outcome(essor, "donnees-personnelles.md")

    assert re.search(r'"is_held": (true|false)', printed)
    assert "coordonnées : 48 mois" in printed
    assert "Prélèvement contesté : treize mois" in printed
    assert "loans: clean" in printed
    assert "capital: clean" in printed
