"""The worker's duty: takes what is due, sends it, writes down what became of it. Several workers are safe."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import SystemRandom

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from services.runtime.database.transactions import Database
from services.runtime.logs import logger
from services.runtime.problems import is_passing
from services.runtime.settings import Settings
from services.runtime.webhooks import claims
from services.runtime.webhooks.claims import Claimed
from services.runtime.webhooks.delays import next_delay_seconds
from services.runtime.webhooks.dialling import Attempt, Dialler, Resolver
from services.runtime.webhooks.expiry import purge_deliveries
from services.runtime.webhooks.payloads import payload
from services.runtime.webhooks.rules import destination_rules
from services.runtime.webhooks.signing import WebhookSecrets, signed_headers
from services.runtime.webhooks.words import AttemptFault
from services.runtime.worker import Duty

# Long enough to send and to write down; short enough that a killed worker's are soon another's.
LEASES = 3
TURN_SECONDS = 0.02  # what ends within it is followed by one look for more, not by one each
USER_AGENT = "Essor-Webhooks/1"
chance = SystemRandom().random


@dataclass(frozen=True, slots=True)
class Post:
    """How a worker sends the events of the service at `address`."""

    address: str
    dialler: Dialler
    secrets: WebhookSecrets

    async def send(self, claimed: Claimed) -> Attempt:
        content = payload(claimed, self.address)
        secrets = [self.secrets.secret(claimed.endpoint_id, one) for one in claimed.secret_generations]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            **signed_headers(claimed.event_id, content, secrets, now=datetime.now(UTC)),
        }
        return await self.dialler.post(claimed.url, content, headers)


def forgetting(database: Database, settings: Settings) -> Duty:
    older_than = timedelta(days=settings.webhook_log_days)
    return Duty(
        "forget-webhook-deliveries",
        database.schema,
        settings.worker_seconds,
        partial(purge_deliveries, database, older_than),
    )


async def deliver_webhooks(database: Database, settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop` is set; what is being sent then is finished and written down."""
    resolver = Resolver(settings.webhook_parallel)
    dialler = Dialler(destination_rules(settings), resolver, seconds=settings.webhook_seconds)
    post = Post(settings.address_of(database.schema), dialler, WebhookSecrets.of(settings))
    try:
        await Delivering(database, settings, post).work(stop)
    finally:
        resolver.close()


class Delivering:
    """One service's deliveries in one worker."""

    def __init__(self, database: Database, settings: Settings, post: Post) -> None:
        self._database, self._settings, self._post = database, settings, post
        self._sending: set[asyncio.Task[None]] = set()
        self._lease_seconds = LEASES * settings.webhook_seconds

    async def work(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                taken = await self._take()
                for claimed in taken:
                    self._sending.add(asyncio.create_task(self._deliver(claimed)))
                await self._wait(stopping, is_busy=bool(taken))
        finally:
            stopping.cancel()
            await asyncio.gather(*self._sending)

    async def _wait(self, stopping: asyncio.Task[bool], *, is_busy: bool) -> None:
        """For the pause between two looks, or until something ends: the dossier's next may be due."""
        pause = TURN_SECONDS if is_busy else self._settings.webhook_poll_seconds
        done, _ = await asyncio.wait(
            {stopping, *self._sending}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
        )
        if done and stopping not in done:
            await asyncio.sleep(TURN_SECONDS)
        for task in [task for task in self._sending if task.done()]:
            self._sending.discard(task)
            task.result()

    async def _take(self) -> list[Claimed]:
        free = self._settings.webhook_parallel - len(self._sending)
        if free <= 0:
            return []
        try:
            async with self._database.of_all_tenants(client="worker") as session:
                return await claims.claim(
                    session,
                    self._database.schema,
                    most=free,
                    per_endpoint=self._settings.webhook_parallel_per_endpoint,
                    lease_seconds=self._lease_seconds,
                )
        except Exception as error:
            if not is_passing(error):
                raise
            logger.warning("webhooks-wait", service=self._database.schema, error=type(error).__name__)
            return []

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            attempt = await self._post.send(claimed)
        except Exception as error:  # noqa: BLE001 - one receiver's oddity must not end everybody's deliveries
            logger.error("webhook-not-sent", error=type(error).__name__, endpoint=str(claimed.endpoint_id))
            attempt = Attempt(None, AttemptFault.INTERNAL, 0)
        write = retry(
            retry=retry_if_exception(is_passing),
            wait=wait_random_exponential(0.1, max=2),
            stop=stop_after_delay(self._lease_seconds),
            reraise=True,
        )(self._write_down)
        try:
            is_ours = await write(claimed, attempt)
        except Exception as error:
            if not is_passing(error):
                raise
            is_ours = False
        if not is_ours:
            # Sent, and nobody could write it down: it is sent again, with the same id.
            logger.warning("webhook-claim-lost", endpoint=str(claimed.endpoint_id))

    async def _write_down(self, claimed: Claimed, attempt: Attempt) -> bool:
        settings, schema = self._settings, self._database.schema
        async with self._database.of_all_tenants(client="worker") as session:
            if attempt.is_delivered:
                return await claims.record_delivered(session, schema, claimed, attempt)
            delay = next_delay_seconds(
                settings.webhook_delays_seconds,
                claimed.failures + 1,
                chance=chance(),
                retry_after_seconds=attempt.retry_after_seconds,
            )
            is_ours = await claims.record_failed(session, schema, claimed, attempt, delay_seconds=delay)
            if is_ours:
                pause = await claims.count_failure(
                    session,
                    schema,
                    claimed.endpoint_id,
                    is_gone=attempt.is_gone,
                    pause_failures=settings.webhook_pause_failures,
                    pause_hours=settings.webhook_pause_hours,
                )
                if pause is not None:
                    logger.warning("webhook-paused", endpoint=str(claimed.endpoint_id), reason=pause)
            return is_ours
