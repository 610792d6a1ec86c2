import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identifiers import (
    InvalidIdentifierError,
    Siren,
    entrepreneur_id,
    mask_bic,
    mask_iban,
    new_id,
    parse_bic,
    parse_iban,
    parse_siren,
    parse_siret,
    siren_of,
)

KEY = b"a key that both services share"
COOPERATIVE = Siren("732829320")
FRENCH_IBAN = "FR1420041010050500013M02606"


@pytest.mark.parametrize(
    "text",
    ["732829320", "732 829 320", " 732\u00a0829\u202f320 ", "\t732829320\n"],
)
def test_a_siren_is_kept_without_its_spaces(text: str) -> None:
    assert parse_siren(text) == "732829320"


@pytest.mark.parametrize(
    "text",
    ["732829321", "73282932", "7328293200", "", "73282932O", "٧٣٢٨٢٩٣٢٠", "-732829320", "732829320.0"],
)
def test_what_is_not_a_siren(text: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse_siren(text)
    assert refused.value.kind == "SIREN"


@pytest.mark.parametrize("text", ["73282932000074", "732 829 320 00074", "732\u202f829\u202f320\u00a000074"])
def test_a_siret_and_its_company(text: str) -> None:
    siret = parse_siret(text)

    assert siret == "73282932000074"
    assert siren_of(siret) == COOPERATIVE


def test_la_poste_s_head_office_follows_luhn_and_its_establishments_their_own_rule() -> None:
    assert parse_siren("356 000 000") == "356000000"
    assert parse_siret("356 000 000 00048") == "35600000000048"
    assert parse_siret("356 000 000 09075") == "35600000009075", (
        "fails Luhn; its digits add up to a multiple of 5"
    )
    with pytest.raises(InvalidIdentifierError):
        parse_siret("356 000 000 09076")


@pytest.mark.parametrize(
    "text", ["73282932000079", "7328293200007", "732829320000744", "00000000000001", "7328293200007A", ""]
)
def test_what_is_not_a_siret(text: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse_siret(text)
    assert refused.value.kind == "SIRET"


@given(digits=st.text(alphabet="0123456789", min_size=8, max_size=8))
def test_exactly_one_check_digit_makes_a_siren(digits: str) -> None:
    accepted = [check for check in "0123456789" if _is_siren(digits + check)]

    assert len(accepted) == 1


def _is_siren(text: str) -> bool:
    try:
        parse_siren(text)
    except InvalidIdentifierError:
        return False
    return True


def test_an_iban_and_a_bic_are_kept_without_spaces_in_capitals() -> None:
    assert parse_iban("fr14 2004 1010 0505 0001 3M02 606") == FRENCH_IBAN
    assert parse_bic("agri fr pp 882") == "AGRIFRPP882"
    assert parse_bic("BNPAFRPP") == "BNPAFRPP"


@pytest.mark.parametrize("text", ["FR1520041010050500013M02606", "FR14", "", "XX1420041010050500013M02606"])
def test_what_is_not_an_iban(text: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse_iban(text)
    assert refused.value.kind == "IBAN"


@pytest.mark.parametrize("text", ["AGRIFRP", "AGRIZZPP", "1234FRPP", ""])
def test_what_is_not_a_bic(text: str) -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse_bic(text)
    assert refused.value.kind == "BIC"


def test_an_error_never_repeats_the_value() -> None:
    with pytest.raises(InvalidIdentifierError) as refused:
        parse_iban("FR1520041010050500013M02606")
    assert "0606" not in str(refused.value)
    assert "FR15" not in repr(refused.value)


def test_masks_show_enough_to_recognise_and_no_more() -> None:
    assert mask_iban(FRENCH_IBAN) == "FR14 •••• 2606"
    assert mask_bic("AGRIFRPP882") == "AGRI••••"
    assert mask_bic("BNPAFRPP") == "BNPA••••", "the mask does not tell whether there was a branch"


def test_new_ids_are_uuid7_in_order_of_creation() -> None:
    made = [new_id() for _ in range(1_000)]

    assert all(type(one) is UUID and one.version == 7 for one in made)
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_entrepreneur_has_one_id_everywhere() -> None:
    """Were this figure to change, dossiers made before and after would be of two persons.

    From outside: printf '732829320\\x1fE-0042' | openssl dgst -sha256 -hmac "a key that both services share"
    """
    known = entrepreneur_id(KEY, COOPERATIVE, "E-0042")

    assert known == UUID("b9f9b4ee-c7d2-842b-bcfc-4be989b7762f")
    assert entrepreneur_id(KEY, COOPERATIVE, " E-0042 ") == known
    assert entrepreneur_id(KEY, COOPERATIVE, "E-0043") != known
    assert entrepreneur_id(KEY, Siren("356000000"), "E-0042") != known
    assert entrepreneur_id(b"another key", COOPERATIVE, "E-0042") != known


@given(reference=st.text(min_size=1), key=st.binary(min_size=16, max_size=32))
def test_an_entrepreneur_s_id_is_shaped_as_a_uuid8(reference: str, key: bytes) -> None:
    shaped = entrepreneur_id(key, COOPERATIVE, reference)

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(shaped))


def test_siren_and_reference_cannot_run_into_each_other() -> None:
    """`732829320` + `1` is not `7328293201` + nothing, whatever the lengths."""
    assert entrepreneur_id(KEY, Siren("73282932"), "01") != entrepreneur_id(KEY, Siren("732829320"), "1")
