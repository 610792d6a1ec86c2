"""Rules that a region may start from, each with the public page it was read on.

Data: a figure changes here when its source does. Where a source is silent the rules are our default readings,
and `reading` says which. A preset names no funder and no date: those are the region's own.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from services.capital.domain.schemes import Period, PriorityGroup, Rules
from services.kernel.language import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`year` is None where it tells none, `url` where it stands on no page."""

    title: str
    publisher: str
    year: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`reading` says what of the rules is not in the source, or was left out of it."""

    code: str
    name: Text
    region: str
    sources: tuple[Source, ...]
    reading: Text
    rules: Rules


NOUVELLE_AQUITAINE_CAE = Preset(
    code="nouvelle-aquitaine-cae",
    name=Text(
        "Abondement au capital des CAE : de 1 000 à 2 000 € par personne, 20 000 € par CAE",
        "Top-up of the capital of CAEs: 1,000 to 2,000 EUR for one person, 20,000 EUR for one CAE",
    ),
    region="75",
    sources=(
        Source(
            title="Sécuriser l'essor du travail autonome en CAE, note de plaidoyer du 25 septembre 2020",
            publisher="Fédération des CAE, alors en création",
            year=2020,
        ),
    ),
    reading=Text(
        "La note dit « de 1 000 à 2 000 € en fonction de l'apport et plafonnés à 20 000 € par CAE ». Un"
        " euro pour un euro libéré, le plafond sur la durée du dispositif, l'octroi partiel et une fois"
        " par personne sont notre lecture.",
        "The note says 1,000 to 2,000 EUR according to the contribution, 20,000 EUR at most for one "
        "CAE. One euro for each euro paid up, a cap over the scheme's life, partial awards and one "
        "award per person are our reading.",
    ),
    rules=Rules(
        floor_cents=1_000_00,
        ceiling_cents=2_000_00,
        cae_cap_cents=20_000_00,
        cap_period=Period.SCHEME,
        partial_awards=True,
        once_per_person=True,
    ),
)

NOUVELLE_AQUITAINE_SCOP = Preset(
    code="nouvelle-aquitaine-scop",
    name=Text(
        "Création ou reprise en Scop : de 1 000 à 5 000 € par personne, 100 000 € par coopérative",
        "Setting up or taking over as a Scop: 1,000 to 5,000 EUR for one person, 100,000 EUR for one "
        "co-operative",
    ),
    region="75",
    sources=(
        Source(
            title="Soutien à la création de Scop et de Scic",
            publisher="Région Nouvelle-Aquitaine",
            url="https://les-aides.nouvelle-aquitaine.fr/economie-et-emploi/soutien-la-creation-de-societe-"
            "cooperative-de-production-scop-et-de-societes-cooperatives-dinterets",
        ),
        Source(
            title="Aide à la création ou reprise de Scop et de Scic",
            publisher="les-aides.fr",
            year=2022,
            url="https://les-aides.fr/aide/RnBv3w/region-nouvelle-aquitaine/"
            "aide-a-la-creation-ou-reprise-sous-forme-de-scop.html",
        ),
    ),
    reading=Text(
        "Autre forme de dispositif, donnée en exemple : la Région y aide des Scop nouvelles, pas des "
        "CAE. L'aide suit l'apport libéré. Laissés de côté : le minimum de 5 000 € par coopérative, le "
        "plafond de 75 000 € des Scic, et le délai de douze mois, qui court de la création de la "
        "coopérative et non de la libération.",
        "Another shape of scheme, as an example: there the Region helps new Scops, not CAEs. The aid "
        "follows the contribution paid up. Left out: the least of 5,000 EUR for one co-operative, the "
        "cap of 75,000 EUR of Scics, and the window of twelve months, which runs from the co-"
        "operative's start and not from the payment.",
    ),
    rules=replace(NOUVELLE_AQUITAINE_CAE.rules, ceiling_cents=5_000_00, cae_cap_cents=100_000_00),
)

# Criteria and what officers read, as the source lists them.
_DOUBLED = (
    ("femme", "Femme"),
    ("plus-de-50-ans", "Personne de plus de 50 ans"),
    ("parent-isole", "Parent isolé"),
    ("travailleur-handicape", "Travailleur handicapé"),
    ("quartier-prioritaire-ou-zone-de-revitalisation", "Personne résidant en QPV ou en ZRR"),
    ("chomeur-de-longue-duree", "Chômeur de longue durée"),
    ("rsa", "Bénéficiaire du RSA"),
)

BOURGOGNE_FRANCHE_COMTE = Preset(
    code="bourgogne-franche-comte-tremplin",
    name=Text(
        "Tremplin Scop-Scic : de 1 000 à 3 000 € par personne, le double pour les publics prioritaires",
        "Tremplin Scop-Scic: 1,000 to 3,000 EUR for one person, twice as much for priority groups",
    ),
    region="27",
    sources=(
        Source(
            title="Soutien régional à la création ou à la reprise sous forme de Scop-Scic",
            publisher="Emfor Bourgogne-Franche-Comté",
            url="https://emfor-bfc.org/orientation-parcours/mesure-aide/"
            "167-soutien-regional-a-la-creation-ou-ala-reprise-sous-forme-de-scop-scic",
        ),
        Source(
            title="Soutien au capital des Scop et Scic (Tremplin Scop-Scic)",
            publisher="fonds-publics.fr",
            url="https://www.fonds-publics.fr/?p=61007",
        ),
    ),
    reading=Text(
        "Autre forme de dispositif, donnée en exemple : la Région y aide des Scop et des Scic, pas des "
        "CAE. L'aide est égale à l'apport ; pour les publics prioritaires l'aide et son plafond sont "
        "doublés. Sans plafond par coopérative, la source n'en dit pas ; les apports en nature sont "
        "laissés de côté.",
        "Another shape of scheme, as an example: there the Region helps Scops and Scics, not CAEs. The "
        "aid equals the contribution; for priority groups the aid and its ceiling are doubled. No cap "
        "for one co-operative, since the source tells none; contributions in kind are left out.",
    ),
    rules=Rules(
        floor_cents=1_000_00,
        ceiling_cents=3_000_00,
        priority_groups=tuple(
            PriorityGroup(criterion, label, 6_000_00, Decimal(2)) for criterion, label in _DOUBLED
        ),
        cae_cap_cents=None,
        cap_period=Period.SCHEME,
        partial_awards=True,
        once_per_person=True,
    ),
)

PRESETS = {
    preset.code: preset
    for preset in (NOUVELLE_AQUITAINE_CAE, NOUVELLE_AQUITAINE_SCOP, BOURGOGNE_FRANCHE_COMTE)
}
