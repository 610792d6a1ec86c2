"""What a fund asks of who acts on its money, and what it lets partners read of persons."""

from dataclasses import dataclass

from services.kernel.language import Word
from services.kernel.officers import Officer
from services.loans.domain.refusals import AnotherPersonRequired, PersonRequired


class AccessSetting(Word):
    """As a fund's `access` names them."""

    PARTNERS_SEE_NAMES = "partners_see_names", "noms visibles des partenaires", "names shown to partners"
    SECOND_PERSON_FOR = "second_person_for", "seconde personne", "second person"


class SecondPersonAct(Word):
    """An act that a fund may ask of another person than the one who recorded the committee's decision."""

    DISBURSEMENT = "disbursement", "le versement", "the disbursement"
    WRITE_OFF = "write_off", "le passage en perte", "the write-off"


class DecidingAct(Word):
    DECISION = "decision", "la saisie de la décision", "the record of the decision"


@dataclass(frozen=True, slots=True)
class FundAccess:
    """A new fund trusts its software: no name for partners, no second person."""

    partners_see_names: bool = False
    second_person_for: frozenset[SecondPersonAct] = frozenset()


DEFAULT_ACCESS = FundAccess()


def check_decider(access: FundAccess, officer: Officer) -> None:
    """Where a second person will be asked for, the first one must be known."""
    if access.second_person_for and not officer.person:
        raise PersonRequired(act=DecidingAct.DECISION, setting=AccessSetting.SECOND_PERSON_FOR)


def check_second_person(
    access: FundAccess, act: SecondPersonAct, officer: Officer, *, decided_by: Officer | None
) -> None:
    """`decided_by` is None where no decision is known: an imported loan, or one decided before Essor kept it.

    Then a person is asked for all the same, and stands in the audit trail.
    """
    if act not in access.second_person_for:
        return
    if not officer.person:
        raise PersonRequired(act=act, setting=AccessSetting.SECOND_PERSON_FOR)
    if decided_by is not None and officer.is_person(decided_by):
        raise AnotherPersonRequired(act=act, setting=AccessSetting.SECOND_PERSON_FOR)
