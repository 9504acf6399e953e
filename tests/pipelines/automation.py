"""A daemon in small for the behaviour suite: the project's conditions on assets with light bodies, real Dagster runs.

The chain has the shape of ``pipelines.assets``: two watched sources, their crawls and records, a classifier, a load
that may give nothing, a model, a release. What is evaluated, requested, run and stored is Dagster's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from pipelines import automation

SOURCES = ("alpha", "beta")
RELEASE = dg.AssetKey(["releases", "current"])
CLASSIFIED = dg.AssetKey(["classified", "texts"])
RAW = [dg.AssetKey(["raw", name]) for name in ("crawl", "record")]
MODEL = dg.AssetKey(["marts", "model"])
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday noon, far from the daily net


def upstream(name: str) -> dg.AssetKey:
    return dg.AssetKey(["upstream", name])


def crawl(name: str) -> dg.AssetKey:
    return dg.AssetKey(["archive", name])


def records(name: str) -> dg.AssetKey:
    return dg.AssetKey(["records", name])


CHAIN = frozenset([CLASSIFIED, *RAW, MODEL, RELEASE])
WHOLE = CHAIN | {crawl(name) for name in SOURCES} | {records(name) for name in SOURCES}


def of(name: str) -> frozenset[dg.AssetKey]:
    """What one change of one source is to make run."""
    return CHAIN | {crawl(name), records(name)}


class World:
    """Publishers, an instance, the daemon's cursor; ``tick`` evaluates the conditions, ``run`` does what they ask."""

    def __init__(self, *, mode: str = "live") -> None:
        self.mode = mode
        logging.getLogger("dagster").setLevel(logging.WARNING)  # evaluations are many
        self.instance = dg.DagsterInstance.ephemeral()
        self.now = START
        self.cursor: Any = None
        self.broken: set[str] = set()  # names of steps that raise
        self.troubled: set[str] = set()  # sources whose crawl ends with a failed check
        self.nothing_new = False  # the load gives no output
        self.during: Callable[[], None] | None = None  # called once, while a run is at its release
        self.versions: dict[str, str] = {}  # as the publisher has them
        self.crawled: dict[str, list[str]] = {name: [] for name in SOURCES}  # versions that crawls met
        self.definitions = self.build()

    # -- the graph ---------------------------------------------------------------------------------------------------

    def build(self) -> dg.Definitions:
        names = SOURCES if self.mode == "live" else ("alpha",)
        watched = [upstream(name) for name in names] if self.mode == "live" else []
        assets = [part for name in names for part in (self._crawl(name), self._records(name))]
        if self.mode == "live":
            assets += [self._upstream(name) for name in names]
        else:
            assets.append(self._step(crawl("sample"), [], automation.on_missing(RELEASE)))
        follow = automation.in_chain()
        head = automation.after_crawl(RELEASE, watched)
        return dg.Definitions(
            assets=[
                *assets,
                self._step(CLASSIFIED, [records(name) for name in names], head),
                self._load([CLASSIFIED, *(records(name) for name in names)], watched),
                self._step(MODEL, RAW, follow),
                self._step(RELEASE, [MODEL], follow),
            ],
            executor=dg.in_process_executor,
        )

    def _upstream(self, name: str) -> Any:
        @dg.observable_source_asset(key=upstream(name))
        def _observe() -> dg.DataVersion:
            return dg.DataVersion(self.versions[name])

        return _observe

    def _crawl(self, name: str) -> dg.AssetsDefinition:
        key = crawl(name)
        is_live = self.mode == "live"

        @dg.asset(
            key=key,
            deps=[upstream(name)] if is_live else [crawl("sample")],
            automation_condition=automation.on_new_version(RELEASE, is_watched=is_live),
            check_specs=[dg.AssetCheckSpec("crawl_succeeded", asset=key)],
        )
        def _crawl_() -> dg.MaterializeResult:
            self._work(key)
            self.crawled.setdefault(name, []).append(self.versions.get(name, ""))
            good = dg.AssetCheckResult(check_name="crawl_succeeded", passed=name not in self.troubled)
            return dg.MaterializeResult(check_results=[good])

        return _crawl_

    def _records(self, name: str) -> dg.AssetsDefinition:
        watched = [upstream(name)] if self.mode == "live" else []
        return self._step(records(name), [crawl(name)], automation.after_crawl(RELEASE, watched))

    def _step(self, key: dg.AssetKey, deps: list[dg.AssetKey], condition: dg.AutomationCondition) -> Any:
        @dg.asset(key=key, deps=deps, automation_condition=condition)
        def _body() -> None:
            self._work(key)
            if key == RELEASE and self.during is not None:
                call, self.during = self.during, None
                call()

        return _body

    def _load(self, deps: list[dg.AssetKey], watched: list[dg.AssetKey]) -> dg.AssetsDefinition:
        condition = automation.chain_head(RELEASE, watched)
        specs = [dg.AssetSpec(key, deps=deps, skippable=True, automation_condition=condition) for key in RAW]

        @dg.multi_asset(specs=specs, name="load")
        def _body() -> Iterator[dg.MaterializeResult]:
            self._work(dg.AssetKey("load"))
            if not self.nothing_new:
                for key in RAW:
                    yield dg.MaterializeResult(asset_key=key)

        return _body

    def _work(self, key: dg.AssetKey) -> None:
        if key.path[-1] in self.broken or "/".join(key.path) in self.broken:
            raise RuntimeError(f"{key.path} is broken")

    # -- what happens ------------------------------------------------------------------------------------------------

    def publish(self, name: str, version: str) -> None:
        """A publisher changes, and the watch reports it."""
        self.versions[name] = version
        tags = {"dagster/data_version": version}
        self.instance.report_runless_asset_event(dg.AssetObservation(upstream(name), tags=tags))

    def tick(self, *, minutes: float = 1) -> frozenset[dg.AssetKey]:
        """One evaluation of every condition, with the cursor of the one before; what it asks for is one run."""
        self.now += timedelta(minutes=minutes)
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self.cursor, evaluation_time=self.now
        )
        self.cursor = result.cursor
        return frozenset(key for key in WHOLE | {crawl("sample")} if result.get_num_requested(key))

    def run(self, keys: frozenset[dg.AssetKey]) -> bool:
        """What the daemon does with a request."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        done = job.execute_in_process(instance=self.instance, asset_selection=sorted(keys), raise_on_error=False)
        return bool(done.success)

    def live(self, ticks: int) -> list[frozenset[dg.AssetKey]]:
        """So many ticks, each request run before the next tick; gives the requests."""
        asked = []
        for _ in range(ticks):
            keys = self.tick()
            if keys:
                asked.append(keys)
                self.run(keys)
        return asked

    def reload(self) -> None:
        """The code location is loaded again: new definitions, the same instance, the same cursor."""
        self.definitions = self.build()

    def unfinished(self) -> list[dg.DagsterRun]:
        return [run for run in self.instance.get_runs() if not run.is_finished]
