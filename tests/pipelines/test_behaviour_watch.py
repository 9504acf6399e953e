"""Rules of the watch: when it looks, what it reports, and that a failing look loses no change."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from pipelines import assets, leftovers, sensors, steps, watch
from scrapers.registry import Source, source_by_id
from scrapers.watch import Look
from state import db, events
from state.settings import Settings

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = source_by_id("eurostat_isoc_eb_ai")
EVERY = timedelta(minutes=SOURCE.watch.every_minutes)


class Watcher:
    """Ticks over one source or more; ``answers`` is what the next looks give."""

    def __init__(self, settings: Settings, *sources: Source) -> None:
        self.settings, self.sources = settings, sources or (SOURCE,)
        self.cursor: str | None = None
        self.now = START
        self.answers: dict[str, Look] = {}
        self.collected: frozenset[str] = frozenset()
        self.looks: list[list[str]] = []

    def look(self, settings: Settings, chosen: Iterable[Source]) -> dict[str, Look]:
        ids = [source.id for source in chosen]
        self.looks.append(ids)
        return {source_id: self.answers[source_id] for source_id in ids}

    def says(self, version: str | None = None, source: Source = SOURCE, **more: Any) -> None:
        self.answers[source.id] = Look(source.id, version=version, **more)

    def tick(self, after: timedelta = EVERY) -> list[str]:
        """Data versions reported."""
        self.now += after
        found = watch.tick(self.settings, self.sources, self.cursor, self.now, self.look, lambda source: self.collected)
        self.cursor = found.cursor
        return [seen.data_version for seen in found.seen]

    def log(self, kind: str) -> list[events.EventRow]:
        return events.events(db.open_state(self.settings.state_db), kinds=[kind])

    @property
    def health(self) -> events.SourceHealth:
        return events.health(db.open_state(self.settings.state_db))[SOURCE.id]


@pytest.fixture
def watcher(tmp_path: Path, settings_at: Callable[[Path], Settings]) -> Watcher:
    return Watcher(settings_at(tmp_path))


def test_a_new_version_is_reported_once_and_logged_with_the_publishers_time(watcher: Watcher) -> None:
    watcher.says("v1", upstream_at=START - timedelta(hours=2))
    assert watcher.tick() == ["v1"]
    watcher.collected = frozenset({"v1"})
    assert [watcher.tick(), watcher.tick()] == [[], []]
    (seen,) = watcher.log("seen")
    assert seen.source_id == SOURCE.id
    assert seen.delay_seconds == (seen.at - (START - timedelta(hours=2))).total_seconds()
    watcher.says("v2")
    assert watcher.tick() == ["v2"]
    watcher.says("v1")
    assert watcher.tick() == ["v1"], "back again is a change too"
    assert len(watcher.log("seen")) == 3


def test_a_source_is_looked_at_when_it_is_due_and_not_before(watcher: Watcher) -> None:
    watcher.says("v1")
    for _ in range(4):
        watcher.tick(EVERY / 4)
    assert len(watcher.looks) == 1
    watcher.tick(EVERY / 4)
    assert len(watcher.looks) == 2


def test_all_due_sources_are_looked_at_together_and_one_in_trouble_costs_no_other(watcher: Watcher) -> None:
    other = SOURCE.model_copy(update={"id": "other_source"})
    watcher.sources = (SOURCE, other)
    watcher.says(None, trouble="unreachable", problem="no answer")
    watcher.says("o1", other)
    assert watcher.tick() == ["o1"]
    assert watcher.looks == [[SOURCE.id, "other_source"]]


def test_ten_failing_looks_back_off_and_lose_no_change(watcher: Watcher) -> None:
    watcher.says("v1")
    watcher.tick()
    watcher.says(None, trouble="unreachable", problem="no answer")
    waits, last = [], watcher.now + EVERY
    while len(waits) < 10:
        before = len(watcher.looks)
        assert watcher.tick(timedelta(minutes=1)) == []
        if len(watcher.looks) > before:
            waits.append(watcher.now - last)
            last = watcher.now
    assert waits[1] == timedelta(minutes=watch.BACKOFF_MINUTES)
    assert waits[1:] == sorted(waits[1:]), "each wait is at least as long as the one before"
    assert max(waits) <= watch.LONGEST
    assert watcher.health.trouble == "unreachable"
    assert len(watcher.log("failed")) == 1
    watcher.says("v2")
    assert watcher.tick(watch.LONGEST) == ["v2"]
    assert watcher.health.trouble is None
    assert len(watcher.log("recovered")) == 1


def test_ten_dying_ticks_leave_the_cursor_and_the_log_as_they_were(watcher: Watcher) -> None:
    watcher.says("v1")
    watcher.tick()
    cursor = watcher.cursor
    good = watcher.look

    def dies(settings: Settings, chosen: Iterable[Source]) -> dict[str, Look]:
        raise RuntimeError("the child could not be started")

    watcher.look = dies  # type: ignore[method-assign]
    for _ in range(10):
        with pytest.raises(RuntimeError):
            watcher.tick()
    assert watcher.cursor == cursor
    watcher.look = good  # type: ignore[method-assign]
    watcher.says("v2")
    assert watcher.tick() == ["v2"]


def test_a_tick_that_died_after_logging_is_done_again_without_a_second_event(watcher: Watcher) -> None:
    watcher.says("v1")
    cursor = watcher.cursor
    assert watcher.tick() == ["v1"]
    watcher.cursor = cursor  # it never reached Dagster
    assert watcher.tick() == ["v1"]
    assert len(watcher.log("seen")) == 1


def test_a_change_that_no_crawl_brought_in_is_reported_again_ever_more_rarely(watcher: Watcher) -> None:
    watcher.says("v1")
    assert watcher.tick() == ["v1"]
    reported = []
    for hour in range(24 * 8):
        reported += [(hour, version) for version in watcher.tick(timedelta(hours=1))]
    assert [version for _, version in reported[:3]] == ["v1+1", "v1+2", "v1+3"]
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(reported)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 24
    assert {watch.original(version) for _, version in reported} == {"v1"}
    watcher.collected = frozenset({"v1"})
    assert [watcher.tick(timedelta(days=2)) for _ in range(3)] == [[], [], []]
    assert len(watcher.log("seen")) == 1


def test_what_was_collected_before_the_watch_began_is_no_change(watcher: Watcher) -> None:
    watcher.collected = frozenset({"v1"})
    watcher.says("v1")
    assert [watcher.tick(), watcher.tick()] == [[], []]
    watcher.says("v2")
    assert watcher.tick() == ["v2"]


def test_two_crawls_of_a_source_lie_its_gap_apart_and_the_last_change_is_reported(watcher: Watcher) -> None:
    gap = EVERY * 3
    wide = SOURCE.watch.model_copy(update={"min_gap_minutes": gap.total_seconds() / 60})
    watcher.sources = (SOURCE.model_copy(update={"watch": wide}),)
    reported = []
    for number in range(9):
        watcher.says(f"v{number}")
        reported += [(number, version) for version in watcher.tick()]
    assert reported == [(0, "v0"), (3, "v3"), (6, "v6")]


def test_a_look_under_way_elsewhere_is_made_at_the_next_tick(watcher: Watcher) -> None:
    watcher.says(is_skipped=True)
    assert watcher.tick() == []
    watcher.says("v1")
    assert watcher.tick(timedelta(seconds=30)) == ["v1"]


def test_a_good_look_does_not_clear_the_trouble_of_a_crawl(watcher: Watcher) -> None:
    watcher.says("v1")
    watcher.tick()
    engine = db.open_state(watcher.settings.state_db)
    events.note_check(engine, SOURCE.id, by="crawl", at=watcher.now, trouble="too_few", detail="3 of 100")
    watcher.tick()
    assert (watcher.health.trouble, watcher.health.detail) == ("too_few", "3 of 100")


def test_a_source_without_a_look_changes_with_the_clock(watcher: Watcher) -> None:
    blind = SOURCE.watch.model_copy(update={"kind": "none"})
    watcher.sources = (SOURCE.model_copy(update={"watch": blind}),)
    assert len({version for _ in range(5) for version in watcher.tick()}) == 5
    assert watcher.looks == [[]] * 5


@pytest.mark.parametrize("cursor", ["", "{", "[1]", '{"eurostat_isoc_eb_ai": {"unknown": 1}}', "null"])
def test_a_cursor_that_does_not_read_is_a_new_start(watcher: Watcher, cursor: str) -> None:
    watcher.cursor = cursor
    watcher.says("v1")
    assert watcher.tick() == ["v1"]


def test_the_sensor_reports_observations_and_starts_nothing(
    tmp_path: Path, settings_at: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path)
    monkeypatch.setattr(steps, "look", lambda settings, sources: {s.id: Look(s.id, version="v1") for s in sources})
    sensor = sensors.watch_sensor(settings, (SOURCE,))
    with dg.DagsterInstance.ephemeral() as instance:
        first = sensor(dg.build_sensor_context(instance=instance))
        assert isinstance(first, dg.SensorResult)
        observed = [e for e in first.asset_events if isinstance(e, dg.AssetObservation)]
        assert [(o.asset_key, o.tags["dagster/data_version"]) for o in observed] == [
            (assets.upstream_key(SOURCE), "v1")
        ]
        assert not first.run_requests
        assert [e.asset_key for e in first.asset_events if e not in observed] == [assets.WATCH], "its pulse"
        for event in first.asset_events:
            instance.report_runless_asset_event(event)
        assert assets.observed_version(instance, assets.upstream_key(SOURCE)) == "v1"
        second = sensor(dg.build_sensor_context(instance=instance, cursor=first.cursor))
        assert isinstance(second, dg.SensorResult)
        assert not second.asset_events
        assert second.cursor == first.cursor


def test_what_a_crawl_brought_in_is_read_from_its_materialization() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert assets.collected_versions(instance, SOURCE) == frozenset()
        good = {assets.COLLECTED: "v1", "fingerprint": "f1"}
        instance.report_runless_asset_event(dg.AssetMaterialization(assets.crawl_key(SOURCE), metadata=good))
        assert assets.collected_versions(instance, SOURCE) == {"v1", "f1"}
        bad = {"fingerprint": "f2", "problem": "1 of 1 planned answers missing"}
        instance.report_runless_asset_event(dg.AssetMaterialization(assets.crawl_key(SOURCE), metadata=bad))
        assert assets.collected_versions(instance, SOURCE) == frozenset()


def test_a_killed_run_is_ended_and_a_living_one_is_left(
    tmp_path: Path, settings_at: Callable[[Path], Settings]
) -> None:
    @dg.op
    def nothing() -> None:
        pass

    @dg.job
    def some() -> None:
        nothing()

    settings = settings_at(tmp_path)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(some, status=dg.DagsterRunStatus.STARTED)
        pid = {"pid": dg.MetadataValue.text(str(sleeper.pid))}
        instance.report_engine_event("Executing steps in process", run, EngineEventData(metadata=pid))
        assert leftovers.end_dead_runs(instance, settings) == []
        sleeper.kill()  # not waited for: a zombie is no living process
        deadline = time.monotonic() + 10
        while not leftovers.end_dead_runs(instance, settings):
            assert time.monotonic() < deadline
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        assert ended.status == dg.DagsterRunStatus.FAILURE
    sleeper.wait()


def test_a_number_that_was_given_out_again_is_no_living_run(
    tmp_path: Path, settings_at: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container that was started again, another process soon has the number of the run that died with it."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.time()
    assert leftovers.runs_on(sleeper.pid, began + 1)
    assert not leftovers.runs_on(sleeper.pid, began - 60)
    monkeypatch.setattr(leftovers, "process_of", lambda instance, run_id: (sleeper.pid, began - 60))
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(
            dg.JobDefinition(name="some", graph_def=dg.GraphDefinition(name="some")), status=dg.DagsterRunStatus.STARTED
        )
        assert leftovers.end_dead_runs(instance, settings_at(tmp_path)) == [run.run_id]
    sleeper.kill()
    sleeper.wait()
