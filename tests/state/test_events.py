"""The event log: every event once, with its delay from what it answers; and the state of each source."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from state import db, events, incidents

T0 = datetime(2026, 11, 22, 6, tzinfo=UTC)


def after(**passed: float) -> datetime:
    return T0 + timedelta(**passed)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return db.open_state(tmp_path / "state.sqlite")


def delays(engine: Engine) -> dict[tuple[str, str | None], float | None]:
    return {(row.kind, row.source_id): row.delay_seconds for row in events.events(engine)}


def test_a_key_is_logged_once_whoever_comes(engine: Engine) -> None:
    def log(turn: int) -> bool:
        return events.record(engine, "seen", at=after(seconds=turn), source_id="a", key="a:v1")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(log, range(12))) == [False] * 11 + [True]
    assert len(events.events(engine)) == 1
    assert events.record(engine, "seen", at=T0, source_id="a")
    assert events.record(engine, "seen", at=T0, source_id="a"), "without a key every event is one"
    with pytest.raises(ValueError, match="no kind of event 'boom'"):
        events.record(engine, "boom", at=T0)


def test_newest_first_and_filtered(engine: Engine) -> None:
    for hour in range(6):
        events.record(engine, events.KINDS[hour], at=after(hours=hour), source_id="ab"[hour % 2], detail=f"x\n{hour}")
    assert [row.detail for row in events.events(engine)] == [f"x {hour}" for hour in (5, 4, 3, 2, 1, 0)]
    assert [row.at for row in events.events(engine, limit=2)] == [after(hours=5), after(hours=4)]
    assert {row.source_id for row in events.events(engine, source_id="a")} == {"a"}
    assert [row.kind for row in events.events(engine, kinds=("failed", "seen"))] == ["failed", "seen"]
    assert len(events.events(engine, since=after(hours=4))) == 2


def test_delays_count_from_the_publisher_where_it_says_when(engine: Engine) -> None:
    events.record(engine, "seen", at=after(minutes=1), source_id="says", upstream_at=T0)
    events.record(engine, "seen", at=after(minutes=2), source_id="silent")
    for source in ("says", "silent", "never_seen"):
        events.record(engine, "crawled", at=after(minutes=3), source_id=source)
    events.record(engine, "changed", at=after(minutes=4), source_id="silent")
    events.record(engine, "changed", at=after(minutes=5), source_id="says")
    events.record(engine, "published", at=after(minutes=10), release_id="r1")
    events.record(engine, "announced", at=after(days=1), release_id="r1", edition=1)
    assert delays(engine) == {
        ("seen", "says"): 60,
        ("seen", "silent"): None,
        ("crawled", "says"): 180,
        ("crawled", "silent"): 60,
        ("crawled", "never_seen"): None,
        ("changed", "silent"): 120,
        ("changed", "says"): 300,
        ("published", None): 600,  # the oldest of its changes
        ("announced", None): 86_400,
    }


def test_a_release_answers_only_what_came_after_the_one_before(engine: Engine) -> None:
    events.record(engine, "seen", at=T0, source_id="a")
    events.record(engine, "changed", at=after(minutes=1), source_id="a")
    events.record(engine, "published", at=after(minutes=2), release_id="r1")
    events.record(engine, "seen", at=after(hours=5), source_id="a")
    events.record(engine, "changed", at=after(hours=5, minutes=1), source_id="a")
    events.record(engine, "published", at=after(hours=5, minutes=3), release_id="r2")
    events.record(engine, "published", at=after(hours=6), release_id="r3")  # new code, no change upstream
    found = {row.release_id: row.delay_seconds for row in events.events(engine, kinds=("published",))}
    assert found == {"r1": 120, "r2": 180, "r3": None}


def test_trouble_is_logged_when_it_begins_and_when_it_ends(engine: Engine) -> None:
    events.note_check(engine, "a", by="look", at=T0, version="v1")
    for minute in (1, 2, 3):
        events.note_check(engine, "a", by="look", at=after(minutes=minute), trouble="unreachable", detail="timed\nout")
    state = events.health(engine)["a"]
    assert (state.trouble, state.trouble_since, state.last_ok_at) == ("unreachable", after(minutes=1), T0)
    assert (state.last_checked_at, state.last_changed_at, state.version) == (after(minutes=3), T0, "v1")
    assert state.detail == "timed out"
    events.note_check(engine, "a", by="look", at=after(minutes=4), trouble="refused")
    assert events.health(engine)["a"].trouble_since == after(minutes=1), "one incident, whatever its shape"
    events.note_check(engine, "a", by="look", at=after(minutes=5), version="v1")
    events.note_check(engine, "a", by="look", at=after(minutes=6), version="v2")
    events.note_check(engine, "a", by="look", at=after(minutes=2), trouble="damaged")  # late news change nothing
    state = events.health(engine)["a"]
    assert (state.trouble, state.trouble_since, state.last_ok_at) == (None, None, after(minutes=6))
    assert (state.version, state.last_changed_at) == ("v2", after(minutes=6))
    assert [(row.kind, row.trouble, row.at) for row in reversed(events.events(engine))] == [
        ("failed", "unreachable", after(minutes=1)),
        ("recovered", "refused", after(minutes=5)),
    ]


def test_looks_and_crawls_each_clear_only_their_own_trouble(engine: Engine) -> None:
    def note(minute: int, by: events.Owner, trouble: str | None = None, detail: str = "") -> str | None:
        events.note_check(engine, "a", by=by, at=after(minutes=minute), trouble=trouble, detail=detail)
        return events.health(engine)["a"].trouble

    assert note(0, "look") is None
    assert note(1, "crawl", "too_few", "3 of 100") == "too_few"
    assert note(2, "look", "unreachable", "timed out") == "too_few", "the content's trouble is named first"
    assert note(3, "look") == "too_few", "a good look is no all-clear for what the crawl found"
    state = events.health(engine)["a"]
    assert (state.trouble_since, state.detail, state.last_ok_at) == (after(minutes=1), "3 of 100", T0)
    assert state.last_checked_at == after(minutes=3)
    assert note(4, "look", "refused", "403") == "too_few"
    assert note(5, "crawl") == "refused", "nor a good crawl for the looks"
    assert events.health(engine)["a"].detail == "403"
    assert note(6, "look") is None
    assert [(row.kind, row.trouble, row.at) for row in reversed(events.events(engine))] == [
        ("failed", "too_few", after(minutes=1)),
        ("recovered", "refused", after(minutes=6)),
    ]


def test_a_crawl_that_began_before_the_last_look_is_still_heard(engine: Engine) -> None:
    events.note_check(engine, "a", by="look", at=after(minutes=5))
    events.note_check(engine, "a", by="crawl", at=after(minutes=4), trouble="damaged")
    state = events.health(engine)["a"]
    assert (state.trouble, state.trouble_since, state.last_checked_at) == (
        "damaged",
        after(minutes=4),
        after(minutes=5),
    )


def test_the_log_is_read_page_by_page(engine: Engine) -> None:
    for hour in range(10):
        events.record(engine, "seen" if hour % 2 else "crawled", at=after(hours=hour), source_id="ab"[hour % 2])
    pages = [events.events(engine, limit=4, offset=start) for start in (0, 4, 8, 12)]
    assert [row.at for page in pages for row in page] == [after(hours=hour) for hour in range(9, -1, -1)]
    assert (events.count(engine), events.count(engine, source_id="a"), events.count(engine, kinds=("seen",))) == (
        10,
        5,
        5,
    )
    assert events.count(engine, kinds=("seen",), since=after(hours=6)) == 2


def test_a_page_of_the_log_costs_one_query(engine: Engine) -> None:
    for day in range(30):
        events.record(engine, "seen", at=after(days=day), source_id="a")
        events.record(engine, "changed", at=after(days=day, minutes=1), source_id="a")
        events.record(engine, "published", at=after(days=day, minutes=2), release_id=f"r{day}")
    asked: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    assert len([row for row in events.events(engine, limit=50) if row.delay_seconds is not None]) == 34
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_incidents_are_told_once_at_each_end(engine: Engine) -> None:
    assert incidents.begin(engine, "source:a", at=T0, subject="s", text="t")
    assert not incidents.begin(engine, "source:a", at=after(hours=1), subject="s", text="t")
    begun, ended = incidents.untold(engine)
    assert ([item.key for item in begun], ended) == (["source:a"], [])
    incidents.note_told(engine, begun, at=after(hours=1))
    assert incidents.untold(engine) == ([], [])
    assert incidents.end(engine, "source:a", at=after(hours=2))
    assert not incidents.end(engine, "source:a", at=after(hours=2))
    _, ended = incidents.untold(engine)
    assert [item.closed_at for item in ended] == [after(hours=2)]
    incidents.note_told(engine, ended, at=after(hours=2))
    assert incidents.untold(engine) == ([], [])
    assert incidents.begin(engine, "source:a", at=after(hours=3), subject="again", text="t"), "a new incident"
    assert [item.subject for item in incidents.open_incidents(engine, "source:")] == ["again"]
    incidents.end(engine, "source:a", at=after(hours=4))
    assert incidents.untold(engine) == ([], []), "what nobody heard of ends in silence"
