"""Awards as the public reads them: whose part each is, to which CAE, and nothing about the person.

An award is split over the co-funders of its version by itself. A payment is split as one batch, so what a
co-funder paid may differ by some cents from the sum of its parts here; each adds up to its own total.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.capital.domain.payments import split_by_version
from services.capital.domain.refusals import ExportTooLarge, FunderSiretMissing
from services.capital.domain.schemes import FunderShare, Scheme
from services.kernel.identifiers import Siren, Siret, siren_of

MOST_AWARDS = 10_000
"""Of one scheme in one year: over three times all the members of all CAEs in 2020."""

CONVENTION_OVER_CENTS = 23_000_00
"""Loi 2000-321, article 10, and décret 2001-495, article 1: above it a convention is due, for what one
authority gives one private body in a year."""

# What acts are called, then their number. A text that reads otherwise may be about a person and is kept back.
_ACT = re.compile(
    r"(?:CP|AP|SP|CA|CR|BC|BM|CM|DEL|DÉL|DELIB|DÉLIB|DEC|DÉC|ARR|CONV)"
    r"(?:[ ._/-](?:n°|N°)?[ ]?[0-9]{1,6}){1,4}"
)
_DATED_NUMBER = re.compile(r"(?P<year>[0-9]{4})(?:[._/-][0-9]{1,6}){1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What a dossier that was granted, and not cancelled, tells of its award; `paid_on` once it is paid."""

    id: UUID
    version_id: UUID
    cae_siret: Siret
    cae_name: str
    amount_cents: int
    decided_on: date
    reference: str | None
    paid_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy:
    """One co-funder's part of one award. `reference` is the number of the act, and of no person.

    `payment_days` are the day it was paid, or the first and last between which it is expected.
    """

    grantor_name: str
    grantor_siret: Siret
    beneficiary_name: str
    beneficiary_siret: Siret
    scheme_name: str
    amount_cents: int
    decided_on: date
    reference: str | None
    payment_days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardsOfCae:
    """`count` awards of the same amount under one version, to one CAE."""

    cae_siren: Siren
    cae_name: str
    scheme_id: UUID
    version_id: UUID
    amount_cents: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConventionDue:
    """What one authority gave one CAE in a year: more than the law lets pass without a convention."""

    cae_siren: Siren
    cae_name: str
    funder_siren: Siren
    funder_name: str
    amount_cents: int


def require_exportable(awards: Sequence[object]) -> None:
    """One more than `MOST_AWARDS` is enough to know."""
    if len(awards) > MOST_AWARDS:
        raise ExportTooLarge(most_awards=MOST_AWARDS)


def subsidies(
    scheme: Scheme, awards: Iterable[Award], *, of: Siren | None, today: date
) -> tuple[Subsidy, ...]:
    """A row for each award and co-funder that bears a cent of it, in their order; `of` keeps one co-funder's.

    Refused whole where a grantor has no SIRET: a file without it would be of no use to the public.
    """
    rows, without_siret = [], {}
    for award in awards:
        for funder, amount_cents in _parts(scheme, award):
            if amount_cents == 0 or of not in {None, funder.siren}:
                continue
            siret = siret_of(scheme, funder)
            if siret is None:
                without_siret[funder.siren] = funder.name
                continue
            rows.append(_subsidy(scheme, award, funder, siret, amount_cents, today))
    if without_siret:
        named = [f"{name} ({siren})" for siren, name in without_siret.items()]
        raise FunderSiretMissing(funders=named, sirens=list(without_siret), scheme_id=scheme.id)
    return tuple(rows)


def siret_of(scheme: Scheme, funder: FunderShare) -> Siret | None:
    """The establishment that grants: by the award's version, the latest that tells it, or the authority.

    Versions are never changed: one that tells it later tells it for the awards of before, too.
    """
    if funder.siret is not None:
        return funder.siret
    for version in reversed(scheme.versions):
        for later in version.funders:
            if later.siren == funder.siren and later.siret is not None:
                return later.siret
    authority = scheme.authority
    if authority is not None and authority.siret is not None and siren_of(authority.siret) == funder.siren:
        return authority.siret
    return None


def public_reference(reference: str | None, decided_on: date) -> str | None:
    """The reference where it can only be the number of an act: officers write there what they like.

    Without the name of an act a number must begin with the decision's year, or the year before: other digits
    may be somebody's date of birth or number in the CAE.
    """
    if reference is None:
        return None
    if _ACT.fullmatch(reference):
        return reference
    dated = _DATED_NUMBER.fullmatch(reference)
    if dated is not None and int(dated["year"]) in {decided_on.year, decided_on.year - 1}:
        return reference
    return None


def conventions_due(
    awards: Iterable[AwardsOfCae], funders: Mapping[UUID, Sequence[FunderShare]], *, of: Siren | None
) -> list[ConventionDue]:
    """By CAE, then by co-funder. `funders` are each version's; `of` keeps one co-funder's."""
    totals_cents: dict[tuple[Siren, Siren], int] = {}
    caes: dict[Siren, str] = {}
    names: dict[Siren, str] = {}
    for group in awards:
        caes[group.cae_siren] = group.cae_name
        for part in split_by_version({group.version_id: group.amount_cents}, funders):
            key = (group.cae_siren, part.siren)
            totals_cents[key] = totals_cents.get(key, 0) + part.amount_cents * group.count
            names[part.siren] = part.name
    return [
        ConventionDue(
            cae_siren=cae_siren,
            cae_name=caes[cae_siren],
            funder_siren=funder_siren,
            funder_name=names[funder_siren],
            amount_cents=amount_cents,
        )
        for (cae_siren, funder_siren), amount_cents in sorted(totals_cents.items())
        if amount_cents > CONVENTION_OVER_CENTS and of in {None, funder_siren}
    ]


def _parts(scheme: Scheme, award: Award) -> list[tuple[FunderShare, int]]:
    funders = next(version.funders for version in scheme.versions if version.id == award.version_id)
    parts = split_by_version({award.version_id: award.amount_cents}, {award.version_id: funders})
    return [(funder, part.amount_cents) for funder, part in zip(funders, parts, strict=True)]


def _subsidy(
    scheme: Scheme, award: Award, funder: FunderShare, siret: Siret, amount_cents: int, today: date
) -> Subsidy:
    last_day = date(max(award.decided_on.year, today.year), 12, 31)
    return Subsidy(
        grantor_name=funder.name,
        grantor_siret=siret,
        beneficiary_name=award.cae_name,
        beneficiary_siret=award.cae_siret,
        scheme_name=scheme.name,
        amount_cents=amount_cents,
        decided_on=award.decided_on,
        reference=public_reference(award.reference, award.decided_on),
        payment_days=(award.decided_on, last_day) if award.paid_on is None else (award.paid_on,),
    )
