"""What starts a run that ends in a release: automation conditions, and no clock or sensor beside them.

Belongs here: the conditions, and the sensor that evaluates them. Never here: looking (``pipelines.watch``), working, or
the weekly digest, whose runs a schedule of their own starts (``pipelines.schedule``): they publish no release.

The rules, each held by ``tests/pipelines/test_behaviour_*.py``:

* One change upstream is one run over the whole chain: the crawl is requested because its upstream's data version moved,
  everything after it because what it depends on is requested in the same tick.
* What was never made is made, once what it is made from is there.
* A failure buys one retry and no more, until a change upstream or a success. In place of the part of a build that
  failed the whole load-to-release chain is tried again: a model whose dbt test failed must not be stepped over.
* A change seen while a run is under way is latched, and starts exactly one run after it. One run at a time.
* Once a day the chain from the load on is asked for; it ends there if no input is new.

``execution_failed`` and ``check_failed`` are false while the retry runs and true again after it, so ``newly_true`` of
them alone would retry for ever; and an edge that falls into the tick after a request would be taken for its answer and
lost, unless the latch lets the edge win.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

import dagster as dg

Condition = dg.AutomationCondition

SENSOR = "automation"
DAILY = "15 5 * * *"
TIMEZONE = "Europe/Luxembourg"

MOVED = Condition.any_deps_match(Condition.data_version_changed()).with_label("upstream moved")
FOLLOWS = Condition.any_deps_match(Condition.will_be_requested()).with_label("asked for in this tick")


def latched(edge: Condition) -> Condition:
    """True from an edge until a request answers it; an edge in the tick that notices the request stays."""
    return edge.since(Condition.newly_requested() & ~edge)


def once(broken: Condition, fresh: Condition) -> Condition:
    """Latched at the first tick in which ``broken`` is seen since the last ``fresh`` one, and at no later one."""
    return latched(broken.since(fresh).newly_true())


def never_made() -> Condition:
    """Latched when there is nothing yet; waits until what it is made from exists or is made in the same run."""
    return latched(Condition.missing().newly_true()) & ~Condition.any_deps_missing()


def idle(release: dg.AssetKey) -> Condition:
    """No run that ends in a release is under way: runs take turns, and what comes meanwhile shares the next one."""
    return ~Condition.asset_matches(release, Condition.in_progress()) & ~Condition.in_progress()


def any_moved(upstreams: Iterable[dg.AssetKey]) -> list[Condition]:
    return [Condition.asset_matches(key, Condition.data_version_changed()) for key in upstreams]


def any_of(conditions: Iterable[Condition]) -> Condition:
    return reduce(or_, conditions)


def on_missing(release: dg.AssetKey) -> Condition:
    """The bundled sample: made once, and once more if that failed."""
    retry = once(Condition.execution_failed(), Condition.newly_updated())
    return ((never_made() | retry) & idle(release)).with_label("made once")


def on_new_version(release: dg.AssetKey, *, is_watched: bool) -> Condition:
    """A crawl: its upstream moved, it was never made, or it failed once. A crawl in trouble is a failed check."""
    in_trouble = Condition.any_checks_match(Condition.check_failed())
    fresh = Condition.newly_updated() & ~in_trouble
    retry = once(Condition.execution_failed() | in_trouble, MOVED | fresh if is_watched else fresh)
    wanted = latched(MOVED) | never_made() | retry if is_watched else FOLLOWS | never_made() | retry
    return (wanted & idle(release)).with_label("new version upstream")


def after_crawl(release: dg.AssetKey, upstreams: Iterable[dg.AssetKey]) -> Condition:
    """Records and classified texts: with their crawls, and once more after a failure of their own."""
    fresh = any_of([Condition.newly_updated(), *any_moved(upstreams)])
    retry = once(Condition.execution_failed(), fresh) & idle(release)
    return (FOLLOWS | retry).with_label("after the crawl")


def chain_head(release: dg.AssetKey, upstreams: Iterable[dg.AssetKey]) -> Condition:
    """The load, where the shared chain begins: with any crawl, once more if the chain failed, and daily."""
    daily = Condition.cron_tick_passed(DAILY, TIMEZONE)
    done = Condition.asset_matches(release, Condition.newly_updated())
    failed = Condition.asset_matches(release, Condition.execution_failed())
    retry = once(failed, any_of([done, daily, *any_moved(upstreams)]))
    return (FOLLOWS | ((retry | latched(daily)) & idle(release))).with_label("head of the chain")


def in_chain() -> Condition:
    """Models, indicators, the release: part of every run that the head of the chain is part of."""
    return FOLLOWS


def conditions_sensor(tick_seconds: int) -> dg.AutomationConditionSensorDefinition:
    """Evaluates every condition; on from the start (the one that Dagster makes by itself is created stopped)."""
    return dg.AutomationConditionSensorDefinition(
        SENSOR,
        target=dg.AssetSelection.all(),
        minimum_interval_seconds=tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts runs: on a change upstream, on what is missing, once after a failure, and daily.",
    )
