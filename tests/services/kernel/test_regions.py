from services.kernel.regions import REGIONS


def test_the_eighteen_regions_by_their_insee_codes() -> None:
    assert len(REGIONS) == 18
    assert all(len(code) == 2 and code.isdigit() for code in REGIONS)
    assert REGIONS["04"] == "La Réunion", "the leading zero is part of the code"
    assert REGIONS["84"] == "Auvergne-Rhône-Alpes"
    assert len(set(REGIONS.values())) == 18
