"""What an import has to say of a line: why it was not taken, or what its operator should look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.kernel.language import Language, Text


class PortfolioFile(StrEnum):
    """Values are the names of the two files at every door."""

    LOANS = "loans"
    REPAYMENTS = "repayments"


class Defect(StrEnum):
    """Why a line is not taken. Stable: operators' own tools sort reports by it."""

    CELLS = "cells"
    NUMBER = "number"
    SIRET = "siret"
    TEXT = "text"
    CONTRACT = "contract"
    DATE = "date"
    FUTURE = "future"
    AMOUNT = "amount"
    NEGATIVE = "negative"
    DURATION = "duration"
    DUPLICATE = "duplicate"
    UNKNOWN_LOAN = "unknown-loan"
    BEFORE_DISBURSEMENT = "before-disbursement"
    MORE_THAN_OWED = "more-than-owed"
    WRITTEN_OFF = "written-off"
    TOO_MANY = "too-many"


class Doubt(StrEnum):
    """What was taken, but disagrees with the file or was read with less than certainty."""

    STATUS = "status"
    STATUS_UNKNOWN = "status-unknown"
    LOSS_AMOUNT = "loss-amount"
    LOSS_NOT_TAKEN = "loss-not-taken"
    LOSS_WITHOUT_STATUS = "loss-without-status"
    METHOD_UNKNOWN = "method-unknown"
    RECORDED_OTHERWISE = "recorded-otherwise"


REASONS: dict[Defect | Doubt, Text] = {
    Defect.CELLS: Text(
        "la ligne a plus de cellules que d'en-têtes : un « ; » s'est glissé dans un texte",
        "the line has more cells than there are headings: a “;” slipped into a text",
    ),
    Defect.NUMBER: Text(
        "le numéro du prêt manque ou dépasse {longest} caractères",
        "the loan's number is missing or longer than {longest} characters",
    ),
    Defect.SIRET: Text(
        "ce SIRET n'a pas quatorze chiffres ou sa clé est fausse",
        "this SIRET does not have fourteen digits or its check digit is wrong",
    ),
    Defect.TEXT: Text(
        "ce texte manque ou dépasse {longest} caractères",
        "this text is missing or longer than {longest} characters",
    ),
    Defect.CONTRACT: Text(
        "contrat inconnu : CAPE, CESA ou Associé est attendu",
        "unknown contract: CAPE, CESA or Associé is expected",
    ),
    Defect.DATE: Text(
        "cette date n'existe pas ou n'est pas écrite jj/mm/aaaa",
        "this date does not exist or is not written dd/mm/yyyy",
    ),
    Defect.FUTURE: Text("le {on} est après aujourd'hui", "{on} is after today"),
    Defect.AMOUNT: Text(
        "ce montant n'est pas un nombre d'euros positif, avec une virgule et deux décimales au plus",
        "this amount is not a positive number of euros, with a comma and two decimals at most",
    ),
    Defect.NEGATIVE: Text(
        "ce montant est négatif ; un remboursement rejeté s'enregistre comme une annulation",
        "this amount is negative; a repayment that bounced is recorded as a reversal",
    ),
    Defect.DURATION: Text(
        "ces mois de durée et de différé ne font pas d'échéancier : {why_french}",
        "these months of duration and grace make no schedule: {why_english}",
    ),
    Defect.DUPLICATE: Text(
        "le prêt {number} figure déjà à la ligne {first_line}",
        "loan {number} already stands on line {first_line}",
    ),
    Defect.UNKNOWN_LOAN: Text(
        "le prêt {number} n'est ni dans le fonds ni parmi les prêts repris",
        "loan {number} is neither in the fund nor among the loans taken",
    ),
    Defect.BEFORE_DISBURSEMENT: Text(
        "le {on} précède le versement du prêt, le {disbursed_on}",
        "{on} comes before the loan's disbursement, on {disbursed_on}",
    ),
    Defect.MORE_THAN_OWED: Text(
        "{amount_cents} dépassent ce que le prêt doit encore : {owed_cents}",
        "{amount_cents} is more than the loan still owes: {owed_cents}",
    ),
    Defect.WRITTEN_OFF: Text(
        "le prêt est passé en perte le {written_off_on} : ses remboursements antérieurs sont clos",
        "the loan was written off on {written_off_on}: its repayments before that day are closed",
    ),
    Defect.TOO_MANY: Text(
        "ce prêt a déjà {most} remboursements : au-delà, l'import ne le suit plus",
        "this loan already has {most} repayments: an import follows no more",
    ),
    Doubt.STATUS: Text(
        "le fichier dit « {stated} », les remboursements donnent « {computed} » : c'est ce qui est repris",
        "the file says “{stated}”, the repayments give “{computed}”: that is what is taken",
    ),
    Doubt.STATUS_UNKNOWN: Text(
        "statut inconnu : « soldé », « en cours » ou « passé en perte » est attendu",
        "unknown status: “soldé”, “en cours” or “passé en perte” is expected",
    ),
    Doubt.LOSS_AMOUNT: Text(
        "le fichier passe {stated_cents} en perte, le compte donne {lost_cents}",
        "the file writes {stated_cents} off, the books give {lost_cents}",
    ),
    Doubt.LOSS_NOT_TAKEN: Text(
        "la perte ne peut pas être datée du {as_of} : le prêt a des mouvements postérieurs",
        "the loss cannot be dated {as_of}: the loan has later movements",
    ),
    Doubt.LOSS_WITHOUT_STATUS: Text(
        "un montant est passé en perte sans que le statut le dise : aucune perte n'est reprise",
        "an amount is written off but the status does not say so: no loss is taken",
    ),
    Doubt.METHOD_UNKNOWN: Text(
        "mode de paiement inconnu : le remboursement est repris sous « autre »",
        "unknown method of payment: the repayment is taken as “other”",
    ),
    Doubt.RECORDED_OTHERWISE: Text(
        "le prêt {number} est déjà dans le fonds avec un autre montant, versement ou durée : rien n'y change",
        "loan {number} is already in the fund with another amount, disbursement or duration: it stays so",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` counts the header as 1, as a spreadsheet does; `column` is the heading as operators write it."""

    file: PortfolioFile
    line: int
    column: str
    code: Defect | Doubt
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_rejection(self) -> bool:
        return isinstance(self.code, Defect)

    def reason(self, language: Language) -> str:
        return REASONS[self.code].render(language, self.facts)


class DefectError(ValueError):
    """One value of a line cannot be taken: whoever reads the line makes a finding of it."""

    def __init__(self, column: str, code: Defect, **facts: object) -> None:
        super().__init__(f"{column}: {code}")
        self.column, self.code, self.facts = str(column), code, facts

    def found(self, file: PortfolioFile, line: int) -> Finding:
        return Finding(file, line, self.column, self.code, self.facts)
