from datetime import date

import stdnum.fr.siret

from demonstration.funders import BPIFRANCE, CDC, FRANCE_ACTIVE, STATE, region_funder
from demonstration.names import MARK
from demonstration.world import (
    LARGEST_CAE,
    LOAN_REGIONS,
    TOP_UP_REGION,
    caes,
    caes_in,
    person,
)
from services.capital.domain.membership import check_contract, membership_deadline
from services.kernel.contracts import ContractKind
from services.kernel.identifiers import parse_siren
from services.kernel.regions import REGIONS


def test_the_field_has_its_size() -> None:
    assert len(caes()) == 155
    assert {cae.region for cae in caes()} == set(REGIONS)
    assert sum(cae.entrepreneurs for cae in caes()) == 12_000
    assert max(cae.entrepreneurs for cae in caes()) == LARGEST_CAE == 800
    assert min(cae.entrepreneurs for cae in caes()) > 0


def test_everything_is_marked_as_invented_and_told_apart() -> None:
    assert len({cae.name for cae in caes()}) == len({cae.siren for cae in caes()}) == 155
    funders = [STATE, CDC, BPIFRANCE, FRANCE_ACTIVE, *map(region_funder, REGIONS)]
    assert len({funder.siren for funder in funders} | {cae.siren for cae in caes()}) == 155 + 4 + 18
    for name, siren in [(one.name, one.siren) for one in (*caes(), *funders)]:
        assert name.endswith(MARK)
        assert siren.startswith("000")
        assert parse_siren(siren) == siren


def test_establishments_are_of_their_company() -> None:
    sirets = [siret for cae in caes() for siret in cae.establishments.values()]
    assert len(set(sirets)) == len(sirets)
    assert all(stdnum.fr.siret.is_valid(siret) for siret in sirets)
    assert all(siret.startswith(cae.siren) for cae in caes() for siret in cae.establishments.values())


def test_every_cae_is_where_an_instrument_is_and_some_meet_both() -> None:
    instruments = {*LOAN_REGIONS, TOP_UP_REGION}
    assert all(instruments.intersection(cae.establishments) for cae in caes())
    both = {
        cae.siren for cae in caes_in(TOP_UP_REGION)[0] if set(LOAN_REGIONS).intersection(cae.establishments)
    }
    assert len(both) > 20


def test_a_person_is_the_same_whoever_asks() -> None:
    cae = caes()[3]
    first = person(cae, 7)
    person.cache_clear()
    assert person(cae, 7) == first
    assert person(cae, 8) != first


def test_people_have_contracts_that_the_law_allows() -> None:
    for cae in caes()[:20]:
        someone = person(cae, cae.entrepreneurs - 1)
        assert someone.entered_on < someone.cesa_on <= someone.member_on
        assert someone.contract_on(someone.entered_on).kind is ContractKind.CAPE
        contract = someone.contract_on(someone.cesa_on)
        check_contract(contract)
        assert membership_deadline(contract) is not None
        assert someone.member_since_on(date.max) == someone.member_on
        assert someone.member_since_on(someone.cesa_on) in {None, someone.cesa_on}
