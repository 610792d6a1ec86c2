"""What is refused of batches and remittances."""

from services.kernel.language import Text
from services.kernel.refusals import Refusal


class RemittanceDoesNotAddUp(Refusal):
    code = "remittance-does-not-add-up"
    title = Text("Le virement ne fait pas le compte", "The remittance does not add up")
    detail = Text(
        "Le virement est de {total_cents} et ses lignes font {lines_cents} : {difference_cents} d'écart.",
        "The remittance is {total_cents} and its lines come to {lines_cents}: {difference_cents} apart.",
    )


class RemittanceExceeded(Refusal):
    code = "remittance-exceeded"
    title = Text("Plus que ce qui reste du virement", "More than what is left of the remittance")
    detail = Text(
        "Il reste {unallocated_cents} à affecter de ce virement ; les lignes font {lines_cents}, "
        "{difference_cents} de trop.",
        "{unallocated_cents} of this remittance is left to allocate; the lines come to {lines_cents}, "
        "{difference_cents} too much.",
    )


class RemittanceRecordedOtherwise(Refusal):
    code = "remittance-recorded-otherwise"
    title = Text("Virement déjà enregistré autrement", "Remittance recorded otherwise")
    detail = Text(
        "Le virement {reference} de cette CAE est enregistré : {total_cents}, reçu le {received_on}.",
        "The remittance {reference} of this CAE is recorded: {total_cents}, received on {received_on}.",
    )


class OutsideRemittance(Refusal):
    code = "outside-remittance"
    title = Text("Prêt hors de ce virement", "Loan outside this remittance")
    detail = Text(
        "Le prêt {number} est de la CAE {cae_siren} (région {region}) ; le virement est de la CAE "
        "{remittance_cae_siren} (région {remittance_region}).",
        "The loan {number} is of the CAE {cae_siren} (region {region}); the remittance is of the CAE "
        "{remittance_cae_siren} (region {remittance_region}).",
    )
