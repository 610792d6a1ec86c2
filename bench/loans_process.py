"""One loans process as `essor up` starts it, with a portfolio made through its own doors."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from stdnum import luhn

from services.kernel.access import Caller, Role
from services.runtime.database.roles import service_url
from services.runtime.settings import REPOSITORY, Settings
from services.runtime.tokens.reading import local_issuer

REGION = "84"
FUNDERS = (
    ("200053767", "Région", "region", 50),
    ("775663438", "Bpifrance", "bpifrance", 30),
    ("180020026", "Caisse des dépôts", "cdc", 20),
)
PRINCIPAL_EUROS, MONTHS = 8_000, 36
HEADINGS = (
    *("N° prêt", "SIRET CAE", "CAE", "Réf. entrepreneur", "Nom", "Prénom", "Contrat", "Date contrat"),
    *("Montant accordé", "Date de versement", "Durée (mois)", "Différé (mois)", "Statut"),
    "Montant passé en perte",
)
READY_SECONDS = 60


@dataclass(frozen=True)
class LoansProcess:
    """`token` is an operator's of the portfolio's region; `client` its name in keys and audit."""

    pid: int
    port: int
    token: str
    loan_ids: tuple[str, ...] = ()

    def http(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=300,
        )

    def with_portfolio(self, loans: int, today: date) -> "LoansProcess":
        with self.http() as http:
            _import(http, loans, today)
            return replace(self, loan_ids=tuple(_all_ids(http)))


@contextmanager
def loans_process(settings: Settings) -> Iterator[LoansProcess]:
    """Its allowance for each client is counted as always, and out of reach."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "ESSOR_STATE": str(settings.state),
        "ESSOR_LOANS_DATABASE_URL": service_url("loans", settings),
        "ESSOR_RATE_PER_SECOND": "1000000",
        "ESSOR_RATE_BURST": "1000000",
    }
    command = [
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        "serve",
        "loans",
        "--port",
        str(port),
    ]
    log = Path(settings.state) / "loans.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_ready(process, port, log)
        caller = Caller(Role.OPERATOR, "bench", frozenset({REGION}))
        yield LoansProcess(process.pid, port, local_issuer(settings).issue(caller, timedelta(hours=6)))
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the loans service does not answer; it said:\n{log.read_text()}")


def _import(http: httpx.Client, loans: int, today: date) -> None:
    """A fund whose funders have paid in before its loans, so that each bears its part of each."""
    opened_on = today - timedelta(days=2_000)
    fund = {"region": REGION, "name": "Bench", "opened_on": opened_on.isoformat()}
    fund_id = _done(http.post("/funds", json=fund))["id"]
    for place, (siren, name, kind, percent) in enumerate(FUNDERS):
        contribution = {
            "funder": {"siren": siren, "name": name, "kind": kind},
            "convention": f"2024-{place}",
            "amount_cents": loans * PRINCIPAL_EUROS * percent,
            "paid_on": opened_on.isoformat(),
        }
        key = {"Idempotency-Key": f"contribution-{place}"}
        _done(http.post(f"/funds/{fund_id}/contributions", json=contribution, headers=key))
    files = {
        "loans": ("prets.csv", _loans(loans, today)),
        "repayments": ("remboursements.csv", _repayments()),
    }
    report = _done(http.post("/imports/loans", data={"region": REGION, "fund": "Bench"}, files=files))
    assert report["loans"]["taken"] == loans, report["rejections"][:3]


def _loans(loans: int, today: date) -> bytes:
    lines = [";".join(HEADINGS)]
    for number in range(loans):
        disbursed_on = today - timedelta(days=60 + number % 300)
        siret = _siret(number % 20)
        lines.append(
            f"B-{number:06d};{siret};CAE {siret[:9]};E{number};Nom;Prénom;CESA;01/03/2019;"
            f"{PRINCIPAL_EUROS},00;{disbursed_on:%d/%m/%Y};{MONTHS};0;en cours;"
        )
    return "\n".join(lines).encode()


def _repayments() -> bytes:
    return "N° prêt;Date;Montant;Mode\n".encode()


def _siret(number: int) -> str:
    siren = f"8{number:07d}"
    establishment = f"{siren}{luhn.calc_check_digit(siren)}0001"
    return f"{establishment}{luhn.calc_check_digit(establishment)}"


def _all_ids(http: httpx.Client) -> Iterator[str]:
    after: dict[str, Any] = {}
    while True:
        page = _done(http.get("/loans", params={"limit": 100, **after}))
        yield from (loan["id"] for loan in page["items"])
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def _done(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()
