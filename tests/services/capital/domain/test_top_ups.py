from datetime import date

import pytest

from services.capital.domain.top_ups import check_decision_date, check_request_dates
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, Refusal

TODAY = date(2026, 6, 15)
EARLIER, LATER = date(2020, 1, 1), date(2026, 6, 16)


def test_old_papers_are_welcome() -> None:
    check_request_dates(EARLIER, EARLIER, EARLIER, TODAY)
    check_request_dates(EARLIER, None, None, TODAY)
    check_decision_date(EARLIER, None, EARLIER, TODAY)
    check_decision_date(EARLIER, EARLIER, TODAY, TODAY)


@pytest.mark.parametrize(
    ("paid_up_on", "requested_on", "admitted_on", "refusal"),
    [
        (LATER, None, None, DateInTheFuture),
        (EARLIER, LATER, None, DateInTheFuture),
        (EARLIER, None, LATER, DateInTheFuture),
        (TODAY, EARLIER, None, DatesOutOfOrder),
    ],
)
def test_dates_of_a_request(
    paid_up_on: date, requested_on: date | None, admitted_on: date | None, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        check_request_dates(paid_up_on, requested_on, admitted_on, TODAY)


@pytest.mark.parametrize(
    ("paid_up_on", "requested_on", "decided_on", "refusal"),
    [
        (EARLIER, None, LATER, DateInTheFuture),
        (TODAY, None, EARLIER, DatesOutOfOrder),
        (EARLIER, TODAY, date(2026, 6, 14), DatesOutOfOrder),
    ],
)
def test_dates_of_a_decision(
    paid_up_on: date, requested_on: date | None, decided_on: date, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        check_decision_date(paid_up_on, requested_on, decided_on, TODAY)
