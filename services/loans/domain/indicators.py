"""Indicators always carry numerator, denominator, date and formula: the same figure at every door."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from services.kernel.language import Language, Text


class IndicatorKind(StrEnum):
    REPAYMENT_RATE = "repayment_rate"
    OUTSTANDING = "outstanding"
    ARREARS = "arrears"
    PAR_30 = "par_30"
    PAR_60 = "par_60"
    PAR_90 = "par_90"
    LOSS_RATE = "loss_rate"


FORMULAS: dict[IndicatorKind, Text] = {
    IndicatorKind.REPAYMENT_RATE: Text(
        "capital reçu sur les échéances échues / capital échu, sur tous les prêts jamais versés ; un prêt "
        "passé en perte garde son échéancier au dénominateur et ses récupérations comptent comme reçues",
        "principal received on instalments due / principal due, over all loans ever disbursed; "
        "a written-off loan keeps its schedule in the denominator and its recoveries count as received",
    ),
    IndicatorKind.OUTSTANDING: Text(
        "capital versé - remboursé - passé en perte, rapporté au capital versé",
        "principal disbursed - repaid - written off, against principal disbursed",
    ),
    IndicatorKind.ARREARS: Text(
        "capital échu et non reçu des prêts en cours / capital restant dû",
        "principal due and not received of current loans / outstanding principal",
    ),
    IndicatorKind.PAR_30: Text(
        "capital restant dû des prêts ayant une échéance en retard de plus de 30 jours / capital restant dû",
        "outstanding principal of loans with an instalment late by more than 30 days / outstanding principal",
    ),
    IndicatorKind.PAR_60: Text(
        "capital restant dû des prêts ayant une échéance en retard de plus de 60 jours / capital restant dû",
        "outstanding principal of loans with an instalment late by more than 60 days / outstanding principal",
    ),
    IndicatorKind.PAR_90: Text(
        "capital restant dû des prêts ayant une échéance en retard de plus de 90 jours / capital restant dû",
        "outstanding principal of loans with an instalment late by more than 90 days / outstanding principal",
    ),
    IndicatorKind.LOSS_RATE: Text(
        "pertes nettes des récupérations / capital versé",
        "losses net of recoveries / principal disbursed",
    ),
}


@cache
def formulas_in(language: Language) -> dict[IndicatorKind, str]:
    """No fact stands in them: they are rendered once, and not seven of them at each read."""
    return {kind: formula.render(language) for kind, formula in FORMULAS.items()}


@dataclass(frozen=True, slots=True)
class PortfolioSums:
    """What a set of loans adds up to on a date, in cents."""

    due: int = 0
    received_on_due: int = 0
    disbursed: int = 0
    outstanding: int = 0
    arrears: int = 0
    outstanding_late_over_30: int = 0
    outstanding_late_over_60: int = 0
    outstanding_late_over_90: int = 0
    written_off: int = 0
    recovered: int = 0

    @property
    def received(self) -> int:
        """All that came back: repayments net of reversals, and recoveries."""
        return self.disbursed - self.outstanding - self.written_off + self.recovered


@dataclass(frozen=True, slots=True)
class Indicator:
    """`value` is a percentage with two decimals, `97.52`, or None where there is nothing to divide by."""

    kind: IndicatorKind
    numerator_cents: int
    denominator_cents: int
    as_of: date

    @property
    def value(self) -> str | None:
        return percent(self.numerator_cents, self.denominator_cents)

    @property
    def formula(self) -> Text:
        return FORMULAS[self.kind]


@dataclass(frozen=True, slots=True)
class Indicators:
    repayment_rate: Indicator
    outstanding: Indicator
    arrears: Indicator
    par_30: Indicator
    par_60: Indicator
    par_90: Indicator
    loss_rate: Indicator


def make_indicators(sums: PortfolioSums, as_of: date) -> Indicators:
    def indicator(kind: IndicatorKind, numerator_cents: int, denominator_cents: int) -> Indicator:
        return Indicator(kind, numerator_cents, denominator_cents, as_of)

    return Indicators(
        repayment_rate=indicator(IndicatorKind.REPAYMENT_RATE, sums.received_on_due, sums.due),
        outstanding=indicator(IndicatorKind.OUTSTANDING, sums.outstanding, sums.disbursed),
        arrears=indicator(IndicatorKind.ARREARS, sums.arrears, sums.outstanding),
        par_30=indicator(IndicatorKind.PAR_30, sums.outstanding_late_over_30, sums.outstanding),
        par_60=indicator(IndicatorKind.PAR_60, sums.outstanding_late_over_60, sums.outstanding),
        par_90=indicator(IndicatorKind.PAR_90, sums.outstanding_late_over_90, sums.outstanding),
        loss_rate=indicator(IndicatorKind.LOSS_RATE, sums.written_off - sums.recovered, sums.disbursed),
    )


def percent(numerator_cents: int, denominator_cents: int) -> str | None:
    """Two decimals, half up, computed on integers: 97 000.00 of 100 000.00 is `97.00`."""
    if denominator_cents <= 0:
        return None
    sign = "-" if numerator_cents < 0 else ""
    hundredths = (abs(numerator_cents) * 20_000 + denominator_cents) // (2 * denominator_cents)
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"
