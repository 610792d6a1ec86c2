"""The local issuer's keys: two good at once, whoever rotates them, whenever verifiers look."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from joserfc.jwk import ECKey

from services.kernel.access import Caller, Role
from services.runtime.tokens import signing_keys
from services.runtime.tokens.reading import InvalidTokenError, LocalIssuer, TokenVerifier
from services.runtime.tokens.signing_keys import SIGNS_AFTER_SECONDS, SigningKeys, ends_at, published, signer

ISSUER, AUDIENCE = "urn:essor:local", "essor"
ADMIN = Caller(Role.ADMIN, "console")
HOUR = timedelta(hours=1)


def issuer_in(directory: Path) -> LocalIssuer:
    return LocalIssuer(directory, issuer=ISSUER, audience=AUDIENCE)


def verifier_of(directory: Path) -> TokenVerifier:
    return TokenVerifier(str(directory / "jwks.json"), issuer=ISSUER, audience=AUDIENCE)


def test_a_new_key_is_published_at_once_and_signs_later(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    first = keys.signer()
    second = keys.rotate()
    assert {key["kid"] for key in keys.jwks()["keys"]} == {first.id, second.id}
    assert keys.jwks() == orjson.loads((tmp_path / "jwks.json").read_bytes())
    now = time.time()
    assert signer(keys.all(), now).id == first.id
    assert signer(keys.all(), now + SIGNS_AFTER_SECONDS).id == second.id


def test_the_key_before_is_published_until_its_last_token_has_ended(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    first = keys.signer()
    second = keys.rotate()
    end = ends_at(first, keys.all())
    assert end == second.signs_from + timedelta(days=31).total_seconds()
    assert ends_at(second, keys.all()) is None
    assert [key.id for key in published(keys.all(), end - 1)] == [first.id, second.id]
    assert [key.id for key in published(keys.all(), end)] == [second.id]


def test_a_rotation_while_a_key_waits_makes_no_other(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    assert keys.rotate().id == keys.rotate().id
    assert len(keys.all()) == 2


def test_rotations_of_many_processes_at_once_make_one_key(tmp_path: Path) -> None:
    before = SigningKeys(tmp_path).signer()
    program = (
        "import sys; from pathlib import Path; from services.runtime.tokens.signing_keys import SigningKeys\n"
        "print(SigningKeys(Path(sys.argv[1])).rotate().id)"
    )

    def rotate(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(rotate, range(4)))
    assert len(made) == 1
    assert [key.id for key in SigningKeys(tmp_path).all()] == [before.id, *made]


def test_who_starts_at_once_on_nothing_signs_with_one_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def start(_: int) -> str:
        barrier.wait(10)
        return SigningKeys(tmp_path / "keys").signer().id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


async def test_a_running_issuer_and_a_running_verifier_take_a_new_key_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, verifier = issuer_in(tmp_path), verifier_of(tmp_path)
    old = running.issue(ADMIN, HOUR)
    assert await verifier.verify(old) == ADMIN
    monkeypatch.setattr(signing_keys, "SIGNS_AFTER_SECONDS", 0)
    made = SigningKeys(tmp_path).rotate()
    assert running.keys.signer().id == made.id
    assert await verifier.verify(running.issue(ADMIN, HOUR)) == ADMIN
    assert await verifier.verify(old) == ADMIN


async def test_a_stolen_key_is_refused_at_once(tmp_path: Path) -> None:
    running, verifier = issuer_in(tmp_path), verifier_of(tmp_path)
    old = running.issue(ADMIN, HOUR)
    assert await verifier.verify(old) == ADMIN
    SigningKeys(tmp_path).rotate()
    SigningKeys(tmp_path).rotate(at_once=True)
    assert await verifier.verify(running.issue(ADMIN, HOUR)) == ADMIN
    with pytest.raises(InvalidTokenError):
        await verifier.verify(old)
    assert len(running.jwks()["keys"]) == 1


async def test_the_one_key_of_an_older_essor_goes_on_and_is_rotated_like_any(tmp_path: Path) -> None:
    old = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"})
    old.ensure_kid()
    (tmp_path / "issuer.json").write_bytes(orjson.dumps(old.as_dict(private=True)))
    (tmp_path / "jwks.json").write_bytes(orjson.dumps({"keys": [old.as_dict(private=False)]}))
    issuer, verifier = issuer_in(tmp_path), verifier_of(tmp_path)
    before = issuer.issue(ADMIN, HOUR)
    made = issuer.keys.rotate()
    assert [key.id for key in SigningKeys(tmp_path).all()] == [old.kid, made.id]
    assert await verifier.verify(before) == ADMIN


def test_secret_halves_are_their_users_alone_and_public_ones_hold_nothing_private(tmp_path: Path) -> None:
    SigningKeys(tmp_path).rotate()
    assert (tmp_path / "issuer.json").stat().st_mode & 0o777 == 0o600
    published_keys = orjson.loads((tmp_path / "jwks.json").read_bytes())["keys"]
    assert [set(key) for key in published_keys] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}] * 2


def test_a_directory_that_may_only_be_read_is_enough_to_sign(tmp_path: Path) -> None:
    made = SigningKeys(tmp_path).signer()
    (tmp_path / "issuer.lock").unlink(missing_ok=True)
    assert SigningKeys(tmp_path).signer().id == made.id
    assert not (tmp_path / "issuer.lock").exists()
