"""A client: software that calls Essor, what its tokens say of it, and which secrets prove it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.identity.domain.refusals import (
    ClientIsRevoked,
    EndInThePast,
    RegionsMissing,
    SirenMissing,
    UnusableName,
)
from services.kernel.access import Caller, Role
from services.kernel.language import Word

# Needs no escape in a Basic header, an address or a log line.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
NEED_REGIONS = frozenset({Role.OPERATOR, Role.PARTNER})
NEED_SIREN = frozenset({Role.CAE, Role.FUNDER})
LONGEST_OVERLAP = timedelta(days=31)


class ClientStatus(Word):
    ACTIVE = "active", "actif", "active"
    LOCKED = "locked", "bloqué", "locked"
    EXPIRED = "expired", "expiré", "expired"
    REVOKED = "revoked", "révoqué", "revoked"


@dataclass(frozen=True, slots=True)
class Secret:
    """`hash` is argon2's. Without `expires_at` it is good until another takes its place."""

    id: UUID
    hash: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Client:
    """`caller` is what its tokens say. `secrets` are those that are or may be good, the newest first."""

    id: UUID
    caller: Caller
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    failed_attempts: int = 0
    locked_until: datetime | None = None
    secrets: tuple[Secret, ...] = ()

    @property
    def name(self) -> str:
        return self.caller.client

    def status(self, at: datetime) -> ClientStatus:
        if self.revoked_at is not None:
            return ClientStatus.REVOKED
        if self.expires_at is not None and self.expires_at <= at:
            return ClientStatus.EXPIRED
        if self.locked_until is not None and at < self.locked_until:
            return ClientStatus.LOCKED
        return ClientStatus.ACTIVE

    def good_secrets(self, at: datetime) -> list[Secret]:
        """None of a client that has ended."""
        if self.status(at) in {ClientStatus.REVOKED, ClientStatus.EXPIRED}:
            return []
        return [secret for secret in self.secrets if secret.is_good(at)]

    def require_not_revoked(self) -> None:
        if self.revoked_at is not None:
            raise ClientIsRevoked(name=self.name)


@dataclass(frozen=True, slots=True)
class Lockout:
    """After so many wrong secrets in a row, none is accepted for a while, not even the right one."""

    attempts: int
    duration: timedelta


def check_new_client(caller: Caller, expires_at: datetime | None, at: datetime) -> None:
    """What the database's own constraints repeat: a role without what narrows it is never widened."""
    if not NAME.fullmatch(caller.client):
        raise UnusableName
    if caller.role in NEED_REGIONS and not caller.regions:
        raise RegionsMissing(role=caller.role)
    if caller.role in NEED_SIREN and caller.siren is None:
        raise SirenMissing(role=caller.role)
    if expires_at is not None and expires_at <= at:
        raise EndInThePast(expires_at=expires_at.isoformat())


def ends_at_rotation(secrets: Sequence[Secret], at: datetime, overlap: timedelta) -> dict[UUID, datetime]:
    """When each good secret ends once a new one is made: two are good at once, never three.

    The newest stays good for `overlap`, or less if it ends before; an older one ends now.
    """
    good = sorted((secret for secret in secrets if secret.is_good(at)), key=lambda secret: secret.created_at)
    ends = {secret.id: at for secret in good}
    if good:
        newest = good[-1]
        ends[newest.id] = min(at + overlap, newest.expires_at or at + overlap)
    return ends


def life_of_token(client: Client, usual: timedelta, at: datetime) -> timedelta:
    """A token does not outlive its client."""
    return usual if client.expires_at is None else min(usual, client.expires_at - at)
