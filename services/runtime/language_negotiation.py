"""Which language a caller reads: `Accept-Language`, French by default."""

from services.kernel.language import Language


def preferred_language(accept_language: str | None) -> Language:
    """The first of `fr` and `en` by weight; whatever else is asked gives French."""
    best, best_weight = Language.FRENCH, 0.0
    for choice in (accept_language or "")[:200].split(","):
        tag, _, parameters = choice.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=")) if parameters.strip() else 1.0
        except ValueError:
            continue
        primary = tag.split("-")[0].lower()
        if primary in {Language.FRENCH, Language.ENGLISH} and weight > best_weight:
            best, best_weight = Language(primary), weight
    return best
