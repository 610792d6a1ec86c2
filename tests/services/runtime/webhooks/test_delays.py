from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.runtime.settings import Settings, UnusableSettingError
from services.runtime.webhooks.delays import next_delay_seconds
from services.runtime.webhooks.dialling import retry_after_seconds

DELAYS = (5.0, 30.0, 120.0)


@pytest.mark.parametrize(
    ("failures", "chance", "asked", "delay"),
    [
        (1, 0.0, None, 5.0),
        (1, 1.0, None, 5.5),
        (2, 0.0, None, 30.0),
        (3, 0.5, None, 126.0),
        (4, 0.0, None, None),
        (4, 0.0, 60.0, None),
        (1, 0.0, 60.0, 60.0),
        (3, 0.0, 60.0, 120.0),
        (1, 0.0, 1e9, 86_400.0),
    ],
)
def test_delays_grow_until_nothing_is_left(
    failures: int, chance: float, asked: float | None, delay: float | None
) -> None:
    found = next_delay_seconds(DELAYS, failures, chance=chance, retry_after_seconds=asked)
    assert found == pytest.approx(delay)


def test_the_attempts_stretch_over_three_days() -> None:
    delays = Settings().webhook_delays_seconds
    assert list(delays) == sorted(delays)
    shortest = timedelta(seconds=sum(delays))
    assert timedelta(hours=70) < shortest < shortest * 1.1 < timedelta(hours=78)


@pytest.mark.parametrize("wrong", ["5,,6", "5 6", "0", "-1", "soon"])
def test_delays_are_numbers(wrong: str) -> None:
    with pytest.raises(UnusableSettingError, match="ESSOR_WEBHOOK_DELAYS"):
        Settings(webhook_delays=wrong)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("0", 0.0),
        ("9" * 40, 999_999_999.0),
        ("-1", None),
        ("soon", None),
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header) == seconds


def test_retry_after_a_date() -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert retry_after_seconds(in_an_hour) == pytest.approx(3_600, abs=5)
