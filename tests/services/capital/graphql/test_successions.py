"""A CAE that merges into another, over the graph."""

from uuid import uuid4

from tests.factories.capital import new_siren, siret_of
from tests.services.capital.graphql.conftest import Granting

TOLD = """... on CaeSuccession { id fromSiren toSiret toName effectiveOn topUps takenCents
  region { code } successor { siren name topUps { edges { node { id cae { siren } } } } } }"""


async def test_a_merger_is_recorded_once_and_its_successor_has_the_dossiers(granting: Granting) -> None:
    scheme_id, former, successor = await granting.scheme(), new_siren(), new_siren()
    award = await granting.granted(scheme_id, former)
    given = {
        "region": "75",
        "fromSiren": former,
        "toSiret": siret_of(successor),
        "toName": "Coopérative Héliotrope",
        "effectiveOn": "2026-04-01",
        "reason": "Fusion-absorption",
    }
    key = str(uuid4())

    recorded = await granting.act("recordSuccession", TOLD, **given, idempotencyKey=key)
    again = await granting.act("recordSuccession", TOLD, **given, idempotencyKey=key)
    twice = await granting.act("recordSuccession", TOLD, **given)

    assert again == recorded
    assert (recorded["fromSiren"], recorded["topUps"], recorded["takenCents"]) == (former, 1, 2_000_00)
    assert recorded["region"] == {"code": "75"}
    assert recorded["successor"] == {
        "siren": successor,
        "name": "Coopérative Héliotrope",
        "topUps": {"edges": [{"node": {"id": award["id"], "cae": {"siren": successor}}}]},
    }
    assert (twice["__typename"], twice["code"]) == ("Refusal", "cae-succeeded")
    assert twice["facts"]["successor_siren"] == successor
