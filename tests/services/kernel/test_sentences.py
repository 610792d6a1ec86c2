from tests.sentences import codes_in


def test_a_code_is_found_in_a_sentence() -> None:
    assert codes_in("Le rôle « partner » ne permet pas : decide_application.") == {
        "partner",
        "decide_application",
    }
    assert codes_in("Le rôle « partenaire » de la CAE ne permet pas : statuer sur une demande.") == set()
