import pytest

from services.kernel.officers import Officer


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("anne", "anne", True),
        ("anne", " ANNE ", True),
        ("Zoe\u0308 Roy", "zo\u00eb  roy", True),  # typed in two ways
        ("anne", "paul", False),
        ("anne", None, False),
        (None, None, False),  # nobody is known to be nobody else
    ],
)
def test_a_person_is_known_again_through_other_software(
    first: str | None, second: str | None, *, is_same: bool
) -> None:
    assert Officer("erp", first).is_person(Officer("pages", second)) is is_same
    assert Officer("erp", second).is_person(Officer("erp", first)) is is_same
