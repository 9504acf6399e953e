"""Every Monday 07:00 in Luxembourg is the begin of one week, whatever the clocks do and whenever somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from hypothesis import given
from hypothesis import strategies as st

from publications.calendar import CRON, ZONE, is_due, next_slot, slot_of

moments = st.datetimes(datetime(2020, 1, 1), datetime(2045, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@dataclass(frozen=True)
class Issued:
    slot: datetime


@given(moments)
def test_a_slot_is_the_latest_monday_at_seven(now: datetime) -> None:
    slot = slot_of(now)
    local = slot.astimezone(ZONE)
    assert (local.weekday(), local.hour, local.minute, local.second, local.microsecond) == (0, 7, 0, 0, 0)
    assert slot <= now < next_slot(now)
    assert slot_of(slot) == slot
    assert slot_of(next_slot(now) - timedelta(microseconds=1)) == slot
    assert next_slot(now) - slot in {timedelta(days=7), timedelta(days=7, hours=1), timedelta(days=7, hours=-1)}


@given(moments, st.lists(st.integers(1, 40 * 24 * 60), min_size=1, max_size=40))
def test_each_week_that_somebody_looks_in_gets_one_edition(start: datetime, pauses: list[int]) -> None:
    """Looks at any times, also long apart: one edition a week looked in, always of the newest week, none twice."""
    now, last, issued, looked_in = start, None, [], set()
    for pause in pauses:
        looked_in.add(slot_of(now))
        if is_due(last, now):
            last = Issued(slot_of(now))
            issued.append(last.slot)
        assert not is_due(last, now), "a second look in the same moment finds nothing"
        now += timedelta(minutes=pause)
    assert issued == sorted(looked_in)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-11-23T05:59:59.999999+00:00", "2026-11-16T06:00:00+00:00"),
        ("2026-11-23T06:00:00+00:00", "2026-11-23T06:00:00+00:00"),
        ("2026-03-30T04:59:00+00:00", "2026-03-23T06:00:00+00:00"),  # the day after the clocks went forward
        ("2026-03-30T05:00:00+00:00", "2026-03-30T05:00:00+00:00"),
        ("2026-10-26T05:30:00+00:00", "2026-10-19T05:00:00+00:00"),  # the day after they went back
        ("2026-10-26T06:00:00+00:00", "2026-10-26T06:00:00+00:00"),
        ("2027-01-01T00:00:00+00:00", "2026-12-28T06:00:00+00:00"),
    ],
)
def test_the_clocks_change_the_week_before(now: str, slot: str) -> None:
    assert slot_of(datetime.fromisoformat(now)) == datetime.fromisoformat(slot)


def test_the_scheduler_ticks_at_every_slot_and_never_else() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ticks = schedule_execution_time_iterator(start.timestamp(), CRON, str(ZONE), ascending=True)
    slot = start
    for _ in range(120):
        slot = next_slot(slot)
        assert next(ticks).astimezone(UTC) == slot


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        slot_of(datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test
