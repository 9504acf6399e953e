"""The pace owed to a host: kept by all processes of a data root, learned from answers, safe from clocks and crashes."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager

from scrapers import pace
from scrapers.crawl import settings
from scrapers.netguard import GuardedHandler
from scrapers.pace import MAX_BLOCK_SECONDS, BusyHostError, Pace, RefusedError, Throttle
from scrapers.registry import Watch
from scrapers.run import crawl
from scrapers.watch import Look, _judged, look
from tests.scrapers.site import (
    CONTACT,
    GREENHOUSE,
    Answer,
    Asked,
    Site,
    board_body,
    board_path,
    boards,
)

HOST = "boards.example.lu"


async def turns(of: Pace, count: int, spent: list[tuple[float, float]], seconds: float = 0.02) -> None:
    for _ in range(count):
        async with of.turn(HOST, time.monotonic() + 10):
            begun = time.monotonic()
            await asyncio.sleep(seconds)
            spent.append((begun, time.monotonic()))


def refused(of: Pace, within: float = 1.0) -> str:
    """What a request is told that may wait so many seconds; empty if it was let through."""

    async def one() -> str:
        try:
            async with of.turn(HOST, time.monotonic() + within):
                return ""
        except RefusedError as error:
            return f"{error.trouble}: {error}"

    return asyncio.run(one())


def test_processes_of_one_root_take_turns_and_keep_the_longest_delay(tmp_path: Path) -> None:
    """File locks of two objects exclude each other within a process as they do between two."""
    first, second = Pace(tmp_path), Pace(tmp_path)
    first.set_delay(HOST, 0.1)
    second.set_delay(HOST, 0.1)
    spent: list[tuple[float, float]] = []

    async def both() -> None:
        await asyncio.gather(turns(first, 4, spent), turns(second, 4, spent))

    asyncio.run(both())
    assert len(spent) == 8
    assert min(later[0] - earlier[1] for earlier, later in pairwise(sorted(spent))) >= 0.095
    other = Pace(tmp_path / "elsewhere")
    other.set_delay(HOST, 0.1)
    assert refused(other) == ""


def test_a_host_that_another_process_asks_is_waited_for_and_a_dead_process_lets_go(tmp_path: Path) -> None:
    holder = Pace(tmp_path)

    async def held() -> str:
        async with holder.turn(HOST, time.monotonic() + 10):
            return await asyncio.to_thread(refused, Pace(tmp_path), 0.2)

    assert asyncio.run(held()).startswith("unreachable: another crawl has been asking")
    assert refused(Pace(tmp_path), 0.2) == ""


def test_a_look_at_a_host_that_our_own_crawl_has_is_put_off(tmp_path: Path) -> None:
    """Told from a host that does not answer: that one is in trouble, this one is looked at again at the next tick."""
    session = SimpleNamespace(pace=Pace(tmp_path), deadline=time.monotonic() + 0.2, is_host_busy=False)

    async def one() -> None:
        async with GuardedHandler._turn(None, session, HOST):  # type: ignore[arg-type]
            pass

    async def beside() -> None:
        async with Pace(tmp_path).turn(HOST, time.monotonic() + 10):
            with pytest.raises(BusyHostError):
                await one()

    asyncio.run(beside())
    assert session.is_host_busy
    assert _judged("demo", None, {"busy": True, "version": None}, None) == Look("demo", is_skipped=True)


@pytest.mark.endurance
def test_a_look_beside_a_slow_download_is_no_trouble_of_the_publisher(tmp_path: Path, site: Site) -> None:
    site.pages[board_path("slow")] = lambda asked: (time.sleep(8), Answer(board_body()))[1]
    site.serve(board_path("seen"), board_body())
    watched = boards("seen").model_copy(
        update={"id": "greenhouse_other", "watch": Watch(kind="conditional_get", every_minutes=60)}
    )
    host_map = {GREENHOUSE: site.base}
    crawling = threading.Thread(
        target=crawl, args=(boards("slow"), tmp_path), kwargs={"mode": "live", "contact": CONTACT, "host_map": host_map}
    )
    crawling.start()
    while board_path("slow") not in site.paths():
        time.sleep(0.05)
    (found,) = look([watched], tmp_path, contact=CONTACT, host_map=host_map, timeout_s=3.0).values()
    crawling.join()
    assert (found.is_skipped, found.trouble, found.problem) == (True, None, None)
    assert board_path("seen") not in site.paths()


def test_what_a_host_asked_to_wait_binds_the_next_process(tmp_path: Path) -> None:
    async def told(of: Pace, seconds: float) -> None:
        async with of.turn(HOST, time.monotonic() + 10):
            of.block(HOST, seconds)

    asyncio.run(told(Pace(tmp_path), 3600))
    answer = refused(Pace(tmp_path), 60)
    assert answer.startswith(f"refused: {HOST} is to be left alone for 3")
    assert answer.endswith("longer than the crawl has")
    hostile = Pace(tmp_path / "other")
    asyncio.run(told(hostile, 1e8))
    assert 0 < hostile.host(HOST).wait(time.time()) <= MAX_BLOCK_SECONDS


def test_a_clock_that_was_set_back_forgets_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> None:
        of = Pace(tmp_path)
        async with of.turn(HOST, time.monotonic() + 10):
            of.block(HOST, 3600)

    asyncio.run(told())
    began = time.time()
    monkeypatch.setattr(pace.time, "time", lambda: began - 600)
    assert refused(Pace(tmp_path), 60).startswith(f"refused: {HOST} is to be left alone for 4")
    monkeypatch.undo()
    assert refused(Pace(tmp_path), 60).startswith(f"refused: {HOST} is to be left alone for 3")


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"torn",
        pace._STATE.pack(time.time() + 1e6, 0.0, 1e9),
        pace._STATE.pack(time.time() + 1e6, time.time() + 1e6, 0.0),
        pace._STATE.pack(0.0, 0.0, 1e9),
    ],
    ids=["empty", "torn", "of a clock that was ahead", "blocked by it", "of another day"],
)
def test_a_state_that_cannot_be_trusted_costs_one_delay_at_most(tmp_path: Path, state: bytes) -> None:
    of = Pace(tmp_path)
    of.set_delay(HOST, 0.05)
    path = of._path(of.host(HOST))
    path.parent.mkdir()
    path.write_bytes(state)
    assert refused(of, 0.5) == ""


def test_names_of_hosts_are_no_paths(tmp_path: Path) -> None:
    of = Pace(tmp_path)
    for name in ("..", "a/../../b", "x" * 5000, "", "é.lu", "con"):

        async def one(name: str = name) -> None:
            async with of.turn(name, time.monotonic() + 1):
                pass

        asyncio.run(one())
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / pace.FOLDER}


class Throttled:
    """The extension on one host, as Scrapy would call it."""

    def __init__(self, root: Path | None = None) -> None:
        self.pace = Pace(root)
        chosen = Settings({name: value for name, value in settings("agent").items() if name.startswith("AUTO")})
        self.spider = SimpleNamespace(session=SimpleNamespace(pace=self.pace, mode="live"))
        self.throttle = Throttle(SimpleNamespace(settings=chosen, signals=SignalManager()))  # type: ignore[arg-type]
        self.throttle._spider_opened(self.spider)  # type: ignore[arg-type]

    def answered(self, latency: float, status: int = 200) -> float:
        """The delay that is owed after an answer that took so long."""
        request = Request(f"https://{HOST}/x", meta={"download_latency": latency, "download_slot": HOST})
        response = Response(request.url, status=status)
        self.throttle._response_downloaded(response, request, self.spider)  # type: ignore[arg-type]
        return self.pace.host(HOST).owed


def test_a_slow_host_is_asked_less_often_and_errors_make_nobody_faster() -> None:
    on = Throttled()
    on.pace.set_delay(HOST, 0.2)
    assert on.answered(0.01) == 0.2  # never below what source and robots.txt ask for
    assert on.answered(4.0) == 4.0
    assert on.answered(0.01, status=500) == 4.0
    assert on.answered(1.0) == 2.5
    assert on.answered(900.0) == 30.0
    prompt = Throttled()
    assert prompt.answered(0.01) == 0.0


def test_what_was_learned_of_a_host_is_known_to_the_next_process(tmp_path: Path) -> None:
    first = Throttled(tmp_path)
    first.answered(0.3)
    assert refused(first.pace) == ""
    second = Pace(tmp_path)
    assert refused(second, 0.01).startswith("refused")
    assert second.host(HOST).owed == 0.3


@pytest.mark.endurance
def test_a_look_and_a_crawl_of_two_sources_on_one_host_share_its_delay(tmp_path: Path, site: Site) -> None:
    arrived: list[float] = []

    def page(body: bytes) -> object:
        def answer(asked: Asked) -> Answer:
            arrived.append(time.monotonic())
            return Answer(body)

        return answer

    site.serve("/robots.txt", b"User-agent: *\nRequest-rate: 2/1\n")  # two requests a second
    tokens = ["one", "two", "three"]
    for token in (*tokens, "seen"):
        site.pages[board_path(token)] = page(board_body())  # type: ignore[assignment]
    watched = boards("seen").model_copy(
        update={"id": "greenhouse_other", "watch": Watch(kind="conditional_get", every_minutes=60)}
    )
    host_map = {GREENHOUSE: site.base}
    looks: list[object] = []

    def looking() -> None:
        looks.extend(look([watched], tmp_path, contact=CONTACT, host_map=host_map).values())

    beside = threading.Thread(target=looking)
    beside.start()
    done = crawl(boards(*tokens), tmp_path, mode="live", contact=CONTACT, host_map=host_map)
    beside.join()
    assert done.complete, done.problem
    assert [one.trouble for one in looks] == [None]  # type: ignore[attr-defined]
    assert len(arrived) == 4
    assert min(b - a for a, b in pairwise(arrived)) >= 0.48
