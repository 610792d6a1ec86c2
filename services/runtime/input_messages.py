"""What is wrong with a value at the door, in both languages, by pydantic's type of error."""

from collections.abc import Mapping
from typing import Any

from services.kernel.language import Language, Text

NUMBER = Text(
    "Un nombre est attendu, avec un point pour les décimales.",
    "A number is expected, with a point before its decimals.",
)
MESSAGES: dict[str, Text] = {
    "missing": Text("Champ obligatoire absent.", "A required field is missing."),
    "unknown-parameter": Text(
        "Paramètre inconnu ; ceux de cette adresse : {known}.",
        "Unknown parameter; those of this address: {known}.",
    ),
    "no-parameter": Text("Cette adresse n'a aucun paramètre.", "This address takes no parameter."),
    "repeated-parameter": Text(
        "Paramètre donné {count} fois ; une seule valeur est attendue.",
        "Parameter given {count} times; one value is expected.",
    ),
    "extra_forbidden": Text(
        "Champ inconnu : vérifiez son nom ou retirez-le.", "Unknown field: check its name or remove it."
    ),
    "json_invalid": Text("Le corps n'est pas du JSON valide.", "The body is not valid JSON."),
    "cents": Text(
        "Un nombre entier de centimes d'euro est attendu.", "A whole number of euro cents is expected."
    ),
    "int_type": Text("Un nombre entier est attendu.", "A whole number is expected."),
    "int_parsing": Text("Un nombre entier est attendu.", "A whole number is expected."),
    "int_from_float": Text("Un nombre entier est attendu.", "A whole number is expected."),
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "finite_number": NUMBER,
    "decimal_max_places": Text(
        "Le nombre a plus de {decimal_places} décimales.",
        "The number has more than {decimal_places} decimals.",
    ),
    "decimal_max_digits": Text(
        "Le nombre a plus de {max_digits} chiffres.", "The number has more than {max_digits} digits."
    ),
    "decimal_whole_digits": Text(
        "Le nombre a plus de {whole_digits} chiffres avant la virgule.",
        "The number has more than {whole_digits} digits before its decimals.",
    ),
    "bool_type": Text("true ou false est attendu.", "true or false is expected."),
    "bool_parsing": Text("true ou false est attendu.", "true or false is expected."),
    "string_type": Text("Un texte est attendu.", "A text is expected."),
    "string_too_short": Text(
        "Le texte doit avoir au moins {min_length} caractère(s).",
        "The text needs at least {min_length} character(s).",
    ),
    "string_too_long": Text(
        "Le texte a plus de {max_length} caractères.", "The text has more than {max_length} characters."
    ),
    "string_pattern_mismatch": Text(
        "Le texte n'a pas la forme attendue.", "The text does not have the expected form."
    ),
    "greater_than": Text("La valeur doit être supérieure à {gt}.", "The value must be greater than {gt}."),
    "greater_than_equal": Text("La valeur doit être au moins {ge}.", "The value must be at least {ge}."),
    "less_than": Text("La valeur doit être inférieure à {lt}.", "The value must be less than {lt}."),
    "less_than_equal": Text("La valeur doit être au plus {le}.", "The value must be at most {le}."),
    "enum": Text("Valeur attendue, au choix : {expected}.", "Expected, one of: {expected}."),
    "literal_error": Text("Valeur attendue, au choix : {expected}.", "Expected, one of: {expected}."),
    "too_long": Text(
        "La liste a plus de {max_length} éléments.", "The list has more than {max_length} items."
    ),
    "too_short": Text(
        "La liste doit avoir au moins {min_length} élément(s).",
        "The list needs at least {min_length} item(s).",
    ),
    "date": Text("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_type": Text("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_parsing": Text("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_from_datetime_parsing": Text("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_from_datetime_inexact": Text("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "instant": Text(
        "Un instant AAAA-MM-JJThh:mm:ssZ est attendu.", "An instant YYYY-MM-DDThh:mm:ssZ is expected."
    ),
    "datetime_from_date_parsing": Text(
        "Un instant AAAA-MM-JJThh:mm:ssZ est attendu.", "An instant YYYY-MM-DDThh:mm:ssZ is expected."
    ),
    "uuid_parsing": Text("Un identifiant UUID est attendu.", "A UUID is expected."),
    "uuid_type": Text("Un identifiant UUID est attendu.", "A UUID is expected."),
    "model_type": Text("Un objet JSON est attendu.", "A JSON object is expected."),
    "model_attributes_type": Text("Un objet JSON est attendu.", "A JSON object is expected."),
    "dict_type": Text("Un objet JSON est attendu.", "A JSON object is expected."),
    "list_type": Text("Une liste est attendue.", "A list is expected."),
    "control-character": Text("Caractère de contrôle interdit.", "A control character is not allowed."),
    "invalid-siren": Text(
        "SIREN invalide : 9 chiffres dont une clé de contrôle.",
        "Invalid SIREN: 9 digits with a check digit.",
    ),
    "invalid-siret": Text(
        "SIRET invalide : 14 chiffres dont une clé de contrôle.",
        "Invalid SIRET: 14 digits with a check digit.",
    ),
    "invalid-iban": Text(
        "IBAN invalide : longueur ou clé de contrôle.", "Invalid IBAN: length or check digits."
    ),
    "invalid-bic": Text("BIC invalide : 8 ou 11 caractères.", "Invalid BIC: 8 or 11 characters."),
    "one-loan": Text(
        "Un prêt est nommé par loan_id seul, ou par loan_number avec fund_id.",
        "A loan is named by loan_id alone, or by loan_number with fund_id.",
    ),
    "unknown-preset": Text(
        "Modèle inconnu : GET /v1/scheme-presets en donne la liste.",
        "Unknown preset: GET /v1/scheme-presets lists them.",
    ),
    "criterion": Text(
        "Un critère s'écrit en minuscules et chiffres, sans accent, joints par des tirets : parent-isole.",
        "A criterion is written in lower case and digits, without accents, joined by hyphens: parent-isole.",
    ),
    "months-or-suspension": Text(
        "Donnez months (rééchelonnement) ou suspend_months (suspension), l'un ou l'autre.",
        "Give months (a rescheduling) or suspend_months (a suspension), one or the other.",
    ),
    "unknown-region": Text(
        "Code INSEE de région inconnu (deux caractères, par exemple 84 ou 01).",
        "Unknown INSEE code of a region (two characters, such as 84 or 01).",
    ),
}
OTHERWISE = Text("Valeur refusée : {reason}.", "Value refused: {reason}.")


def input_message(kind: str, context: Mapping[str, Any], reason: str, language: Language) -> str:
    """`reason` is the library's own sentence, for kinds that have none of ours yet."""
    text = MESSAGES.get(kind, OTHERWISE)
    facts = {"reason": reason, **context}
    if "expected" in facts:
        facts["expected"] = str(facts["expected"]).replace("' or '", "', '")
    return text.render(language, facts)
