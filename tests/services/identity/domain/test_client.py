"""What a client is allowed to be, and which of its secrets are good when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.client import (
    Client,
    ClientStatus,
    Secret,
    check_new_client,
    ends_at_rotation,
    life_of_token,
)
from services.identity.domain.refusals import EndInThePast, RegionsMissing, SirenMissing, UnusableName
from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, new_id
from services.kernel.refusals import Refusal

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADMIN = Caller(Role.ADMIN, "console")


def client(**changes: Any) -> Client:
    return Client(id=new_id(), caller=ADMIN, created_at=NOW, **changes)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, ClientStatus.ACTIVE),
        ({"expires_at": NOW + HOUR}, ClientStatus.ACTIVE),
        ({"expires_at": NOW}, ClientStatus.EXPIRED),
        ({"locked_until": NOW + HOUR}, ClientStatus.LOCKED),
        ({"locked_until": NOW}, ClientStatus.ACTIVE),
        ({"locked_until": NOW + HOUR, "expires_at": NOW}, ClientStatus.EXPIRED),
        ({"revoked_at": NOW, "expires_at": NOW, "locked_until": NOW + HOUR}, ClientStatus.REVOKED),
    ],
)
def test_its_state_is_the_most_final_one(changes: dict[str, Any], status: ClientStatus) -> None:
    secret = Secret(new_id(), "h", NOW)
    found = client(**changes, secrets=(secret,))
    assert found.status(NOW) is status
    has_ended = status in {ClientStatus.EXPIRED, ClientStatus.REVOKED}
    assert found.good_secrets(NOW) == ([] if has_ended else [secret])


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (Caller(Role.OPERATOR, "desk"), RegionsMissing),
        (Caller(Role.PARTNER, "desk", siren=Siren("732829320")), RegionsMissing),
        (Caller(Role.CAE, "desk"), SirenMissing),
        (Caller(Role.FUNDER, "desk", regions=frozenset({"84"})), SirenMissing),
        *((Caller(Role.ADMIN, name), UnusableName) for name in ("", "É", "a b", "a:b", "-a", "A", "a" * 101)),
        *((Caller(Role.ADMIN, name), UnusableName) for name in ("a\n", "a/b", "a%3Ab", "système")),
    ],
)
def test_what_no_client_can_be(caller: Caller, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        check_new_client(caller, None, NOW)


def test_a_client_does_not_begin_after_its_end() -> None:
    check_new_client(ADMIN, NOW + HOUR, NOW)
    with pytest.raises(EndInThePast):
        check_new_client(ADMIN, NOW, NOW)


def test_a_token_ends_with_its_client() -> None:
    assert life_of_token(client(), HOUR, NOW) == HOUR
    assert life_of_token(client(expires_at=NOW + HOUR / 2), HOUR, NOW) == HOUR / 2


@given(
    st.lists(st.tuples(st.integers(0, 72), st.integers(0, 72)), max_size=12),
    st.integers(0, 100),
)
def test_however_often_it_rotates_two_secrets_are_good_and_never_three(
    rotations: list[tuple[int, int]], asked_hours: int
) -> None:
    secrets = [Secret(new_id(), "first", NOW)]
    at = NOW
    for pause_hours, overlap_hours in rotations:
        at += pause_hours * HOUR
        ends = ends_at_rotation(secrets, at, overlap_hours * HOUR)
        secrets = [
            Secret(secret.id, secret.hash, secret.created_at, ends.get(secret.id, secret.expires_at))
            for secret in secrets
        ]
        secrets.append(Secret(new_id(), "next", at))
        assert sum(secret.expires_at is None for secret in secrets) == 1
        good = [secret for secret in secrets if secret.is_good(at + asked_hours * HOUR)]
        assert secrets[-1] in good
        assert len(good) <= 2
