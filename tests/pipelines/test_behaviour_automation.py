"""Rules of automation, each by what happens on a Dagster instance: what is asked for, when, and how often."""

from __future__ import annotations

import pytest

from tests.pipelines.automation import CHAIN, CLASSIFIED, MODEL, RAW, RELEASE, WHOLE, World, crawl, of, records


@pytest.fixture
def world() -> World:
    """Two sources, both seen and collected once; quiet."""
    fresh = World()
    fresh.tick()
    fresh.publish("alpha", "a1")
    fresh.publish("beta", "b1")
    assert fresh.live(3) == [WHOLE]
    return fresh


def test_nothing_is_made_before_the_first_look() -> None:
    world = World()
    assert world.live(5) == []


def test_first_materialisation_is_one_run_over_everything() -> None:
    world = World()
    world.tick()
    world.publish("alpha", "a1")
    world.publish("beta", "b1")
    assert world.live(3) == [WHOLE]


def test_a_source_that_cannot_be_reached_does_not_keep_the_others_from_their_first_run() -> None:
    world = World()
    world.tick()
    world.publish("alpha", "a1")
    assert world.live(4) == [of("alpha")]
    world.publish("beta", "b1")
    assert world.live(4) == [of("beta")]


def test_replay_makes_everything_once_and_stays_quiet() -> None:
    world = World(mode="replay")
    expected = CHAIN | {crawl("sample"), crawl("alpha"), records("alpha")}
    assert world.live(4) == [expected]


def test_one_change_is_one_run_over_the_whole_chain(world: World) -> None:
    world.publish("alpha", "a2")
    assert world.live(3) == [of("alpha")]
    assert world.crawled["alpha"] == ["a1", "a2"]
    assert world.crawled["beta"] == ["b1"]


def test_two_changes_in_one_tick_share_a_run(world: World) -> None:
    world.publish("alpha", "a2")
    world.publish("beta", "b2")
    assert world.live(3) == [WHOLE]


def test_the_same_version_again_starts_nothing(world: World) -> None:
    world.publish("alpha", "a1")
    assert world.live(3) == []


def test_when_nothing_is_new_the_steps_after_the_load_are_skipped_and_nothing_is_asked_again(world: World) -> None:
    world.nothing_new = True
    world.publish("alpha", "a2")
    assert world.live(3) == [of("alpha")]
    world.nothing_new = False
    world.publish("alpha", "a3")
    assert world.live(3) == [of("alpha")], "a skip before does not cut the chain after"


def test_a_change_during_a_run_starts_exactly_one_run_after_it(world: World) -> None:
    asked_meanwhile = []

    def while_it_runs() -> None:
        world.publish("alpha", "a3")
        world.publish("alpha", "a4")
        asked_meanwhile.extend(world.tick() for _ in range(3))

    world.during = while_it_runs
    world.publish("alpha", "a2")
    assert world.live(4) == [of("alpha"), of("alpha")]
    assert asked_meanwhile == [frozenset()] * 3
    assert world.crawled["alpha"] == ["a1", "a2", "a4"]


def test_a_change_of_another_source_during_a_run_waits_for_its_end(world: World) -> None:
    asked_meanwhile = []

    def while_it_runs() -> None:
        world.publish("beta", "b2")
        asked_meanwhile.extend(world.tick() for _ in range(2))

    world.during = while_it_runs
    world.publish("alpha", "a2")
    assert world.live(3) == [of("alpha"), of("beta")]
    assert asked_meanwhile == [frozenset()] * 2


def test_a_change_between_the_request_and_the_next_tick_is_not_lost(world: World) -> None:
    world.publish("alpha", "a2")
    asked = world.tick()
    assert asked == of("alpha")
    world.run(asked)
    world.publish("alpha", "a3")  # after the crawl, before the tick that notices the request
    assert world.live(5) == [of("alpha")]
    assert world.crawled["alpha"][-1] == "a3"


@pytest.mark.parametrize("step", ["archive/alpha", "records/alpha", "load", "current"])
def test_a_failing_step_buys_one_retry_and_no_more(world: World, step: str) -> None:
    world.broken = {step}
    world.publish("alpha", "a2")
    asked = world.live(5)
    assert len(asked) == 2, asked
    assert asked[0] == of("alpha")
    assert asked[1] >= {*RAW, MODEL, RELEASE}, "the chain is tried again whole, not from behind what failed"
    assert (crawl("alpha") in asked[1]) == (step == "archive/alpha")
    assert (records("alpha") in asked[1]) == (step in {"archive/alpha", "records/alpha"})
    assert (CLASSIFIED in asked[1]) == (step in {"archive/alpha", "records/alpha"})
    world.broken = set()
    assert world.live(2) == [], "a mended step waits for the next change, or the daily net"
    world.publish("alpha", "a3")
    assert world.live(2) == [of("alpha")]
    world.broken = {step}
    world.publish("alpha", "a4")
    assert len(world.live(4)) == 2, "a success renews the retry"


def test_ticks_while_the_retry_runs_do_not_renew_it(world: World) -> None:
    """Failure looks over while a retry is under way; taken at its word it would be retried for ever."""
    world.broken = {"model"}
    world.publish("alpha", "a2")
    runs = 0
    for _ in range(5):
        keys = world.tick()
        if not keys:
            continue
        runs += 1
        world.during = None
        in_the_middle(world, keys)
    assert runs == 2


def in_the_middle(world: World, keys: frozenset) -> None:  # type: ignore[type-arg]
    """Run what was asked for, and let three ticks come by while its load is at work."""
    original = world._work

    def work(key):  # type: ignore[no-untyped-def]
        if key.path[-1] == "load":
            assert [world.tick() for _ in range(3)] == [frozenset()] * 3
        original(key)

    world._work = work  # type: ignore[method-assign]
    try:
        world.run(keys)
    finally:
        world._work = original  # type: ignore[method-assign]


def test_a_crawl_in_trouble_is_tried_once_more_and_holds_up_nobody(world: World) -> None:
    world.troubled = {"alpha"}
    world.publish("alpha", "a2")
    assert world.live(4) == [of("alpha"), of("alpha")]
    world.publish("beta", "b2")
    assert world.live(5) == [of("beta")]
    world.publish("alpha", "a3")
    world.troubled = set()
    assert world.live(3) == [of("alpha")]


def test_a_failed_first_run_is_tried_once_more() -> None:
    world = World(mode="replay")
    world.broken = {"sample"}
    asked = world.live(4)
    assert len(asked) == 2
    assert crawl("sample") in asked[1]
    world = World(mode="replay")
    world.broken = {"model"}
    assert len(world.live(4)) == 2


def test_the_daily_net_asks_for_the_chain_once_a_day_and_for_no_crawl(world: World) -> None:
    world.nothing_new = True
    asked = []
    for _ in range(2 * 12):
        keys = world.tick(minutes=120)
        if keys:
            asked.append((world.now.day, keys))
            world.run(keys)
    assert [keys for _, keys in asked] == [frozenset({*RAW, MODEL, RELEASE})] * 2
    assert len({day for day, _ in asked}) == 2


def test_the_daily_net_brings_in_what_failed_twice(world: World) -> None:
    world.broken = {"model"}
    world.publish("alpha", "a2")
    assert len(world.live(3)) == 2
    world.broken = set()
    asked = []
    for _ in range(8):
        keys = world.tick(minutes=180)
        if keys:
            asked.append(keys)
            assert world.run(keys)
    assert asked == [frozenset({*RAW, MODEL, RELEASE})]


def test_twenty_changes_in_a_row_are_twenty_runs_and_leave_nothing_behind(world: World) -> None:
    asked = []
    for number in range(2, 22):
        world.publish("alpha", f"a{number}")
        asked += world.live(1)
    assert asked == [of("alpha")] * 20
    assert world.crawled["alpha"] == [f"a{number}" for number in range(1, 22)]
    assert world.unfinished() == []
    assert world.live(4) == []


def test_a_code_reload_neither_stops_automation_nor_doubles_a_run(world: World) -> None:
    world.reload()
    assert world.live(3) == []
    world.publish("alpha", "a2")
    world.reload()  # between the report and the evaluation
    asked = world.tick()
    assert asked == of("alpha")
    world.reload()  # between the request and its run
    world.run(asked)
    assert world.live(4) == []

    def while_it_runs() -> None:
        world.publish("alpha", "a4")
        world.tick()
        world.reload()
        world.tick()

    world.during = while_it_runs
    world.publish("alpha", "a3")
    assert world.live(3) == [of("alpha"), of("alpha")]


def test_a_lost_cursor_doubles_nothing_that_was_collected(world: World) -> None:
    world.cursor = None
    assert world.live(4) == []
    world.publish("alpha", "a2")
    assert world.live(4) == [of("alpha")]
