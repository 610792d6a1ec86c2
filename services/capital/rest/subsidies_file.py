"""The SCDL "Subventions" file (version 2.1): RFC 4180, UTF-8, decimal points; no column names a person."""

import csv
import io
from collections.abc import Iterable

from services.capital.domain.subsidies import Subsidy

COLUMNS = (
    *("nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire"),
    *("idBeneficiaire", "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement"),
    *("datesPeriodeVersement", "idRAE", "notificationUE", "pourcentageSubvention", "dispositifAide"),
)
PURPOSE = (
    "Abondement au capital social apporté par les entrepreneurs salariés associés de la coopérative"
    " d'activité et d'emploi"
)
FORMULA_MARKS = ("=", "+", "-", "@", "\t")


def subsidies_file(subsidies: Iterable[Subsidy]) -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(_row(subsidy) for subsidy in subsidies)
    return written.getvalue()


def _row(subsidy: Subsidy) -> dict[str, str]:
    """`pourcentageSubvention` is the beneficiary's part of this subsidy: all of it, whoever else grants."""
    return {
        "nomAttribuant": _as_text(subsidy.grantor_name),
        "idAttribuant": subsidy.grantor_siret,
        "dateConvention": subsidy.decided_on.isoformat(),
        "referenceDecision": subsidy.reference or "",
        "nomBeneficiaire": _as_text(subsidy.beneficiary_name),
        "idBeneficiaire": subsidy.beneficiary_siret,
        "rnaBeneficiaire": "",  # a CAE is a company, not an association
        "objet": PURPOSE,
        "montant": _euros(subsidy.amount_cents),
        "nature": "aide en numéraire",
        "conditionsVersement": "unique",
        "datesPeriodeVersement": "/".join(day.isoformat() for day in subsidy.payment_days),
        "idRAE": "",
        "notificationUE": "non",  # de minimis aid is not notified
        "pourcentageSubvention": "1.00",
        "dispositifAide": _as_text(subsidy.scheme_name),
    }


def _euros(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}"


def _as_text(name: str) -> str:
    """What a spreadsheet would take for a formula is only a name."""
    return f"'{name}" if name.startswith(FORMULA_MARKS) else name
