import pytest

from services.kernel.access import Caller, Role, Scope
from services.kernel.identifiers import Siren
from services.kernel.language import Language, Word
from services.kernel.refusals import NotAllowed

SIREN = Siren("732829320")
OTHER = Siren("356000000")


class Act(Word):
    SUBMIT = "submit", "déposer une demande", "submitting an application"
    DISBURSE = "disburse", "décaisser un prêt", "disbursing a loan"


@pytest.mark.parametrize(
    ("caller", "scope"),
    [
        (Caller(Role.ADMIN, "console"), Scope()),
        (Caller(Role.OPERATOR, "urscop", frozenset({"84"})), Scope(regions=frozenset({"84"}))),
        (Caller(Role.PARTNER, "reader", frozenset({"84", "75"})), Scope(regions=frozenset({"84", "75"}))),
        (Caller(Role.CAE, "back-office", siren=SIREN), Scope(cae_siren=SIREN)),
        (Caller(Role.FUNDER, "region", siren=SIREN), Scope(funder_siren=SIREN)),
    ],
)
def test_each_role_has_its_scope(caller: Caller, scope: Scope) -> None:
    assert caller.scope == scope


def test_every_role_has_a_scope() -> None:
    for role in Role:
        assert isinstance(Caller(role, "anyone", siren=SIREN).scope, Scope)


def test_only_an_administrator_sees_everything() -> None:
    assert [role for role in Role if Caller(role, "anyone", siren=SIREN).scope == Scope()] == [Role.ADMIN]


def test_an_operator_without_a_region_sees_no_region() -> None:
    scope = Caller(Role.OPERATOR, "urscop").scope

    assert not scope.sees_region("84")


def test_an_operator_sees_its_regions_and_every_cae_in_them() -> None:
    scope = Caller(Role.OPERATOR, "urscop", frozenset({"84"})).scope

    assert scope.sees_region("84")
    assert not scope.sees_region("75")
    assert scope.sees_cae(OTHER)


def test_a_cae_sees_itself_in_every_region() -> None:
    scope = Caller(Role.CAE, "back-office", siren=SIREN).scope

    assert scope.sees_cae(SIREN)
    assert not scope.sees_cae(OTHER)
    assert scope.sees_region("94")


def test_a_role_may_do_what_it_is_named_for() -> None:
    Caller(Role.OPERATOR, "urscop").require({Role.OPERATOR, Role.CAE}, Act.SUBMIT)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_a_role_may_not_do_the_rest(role: Role) -> None:
    with pytest.raises(NotAllowed) as refused:
        Caller(role, "anyone", siren=SIREN).require({Role.OPERATOR}, Act.DISBURSE)

    assert refused.value.code == "not-allowed"
    assert refused.value.facts == {"role": role.value, "act": "disburse"}
    assert refused.value.message() == f"Le rôle « {role.label.french} » ne permet pas : décaisser un prêt."
    assert refused.value.message(Language.ENGLISH) == (
        f"The role {role.label.english} does not allow: disbursing a loan."
    )
