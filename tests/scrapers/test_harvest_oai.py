"""OAI-PMH harvests against an invented server: where each begins, what it calls whole, what it makes of each trouble.

By a clock of the test's own; ``test_crawl_oai`` does the same through a real crawl process.
"""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from functools import partial

import pytest

from scrapers.items import ResearchOutput
from scrapers.registry import Source
from scrapers.spiders import arxiv, oai
from tests.scrapers import oai_server
from tests.scrapers.harvests import Harvests, registered
from tests.scrapers.oai_server import Papers, Repository


def source(**params: object) -> Source:
    given = {"base": "https://repository.example/oai", "since": "2026-01-01", "overlap_days": 1} | params
    return registered("orbilu").model_copy(update={"params": given})


class World:
    """A repository, and its harvests at its own time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: Repository | None = None, **params: object) -> None:
        self.server = server or Repository()
        self.harvests = Harvests(source(**params), self.server.answer)
        monkeypatch.setattr(oai, "utc_now", lambda: self.server.now)

    def crawl(self):
        return self.harvests.crawl(self.server.now)

    def latest(self) -> dict[str, str]:
        return dict(self.harvests.latest(lambda record: record.work_id.rpartition(":")[2]))

    def asked(self, number: int = 0) -> dict[str, str]:
        return self.server.asked[number]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(monkeypatch)
    for number in range(50):
        made.server.put(f"w{number:03}", f"Work {number}")
    made.server.next_day()
    made.server.next_day()
    return made


def test_the_first_harvest_asks_for_all_and_the_next_for_what_changed(world: World) -> None:
    first = world.crawl()
    assert (first.complete, first.whole, first.requests, first.remarks) == (True, [""], 3, {})
    assert world.asked() == {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-01-01"}
    assert world.asked(1) == {"verb": "ListRecords", "resumptionToken": "token-1"}
    assert first.complete_keys == ["all", "all/page-2", "all/page-3"]

    world.server.next_day()
    world.server.put("w001", "Work 1, again")
    world.server.delete("w002")
    world.server.asked.clear()
    second = world.crawl()
    # Complete, and whole of nothing: 48 works are absent from it, and none of them is gone.
    assert (second.complete, second.whole, second.requests) == (True, [], 1)
    assert world.asked()["from"] == "2026-07-02"
    assert world.latest() == world.server.truth()
    assert len(world.latest()) == 49


def test_an_empty_increment_is_complete_and_does_not_move_the_begin(world: World) -> None:
    world.crawl()
    for _ in range(3):
        world.server.next_day()
    quiet = world.crawl()
    assert (quiet.complete, quiet.whole, quiet.problems) == (True, [], {})
    world.server.put("w003", "Changed on the day of an answer that was empty by mistake")
    world.server.next_day()
    world.server.troubles = {1: oai_server.said_as("noRecordsMatch")}
    mistaken = world.crawl()
    assert mistaken.remarks == {"all": "goes on from 2026-07-02: nothing was listed"}
    for _ in range(5):
        world.server.next_day()
    world.server.asked.clear()
    world.crawl()
    assert world.asked()["from"] == "2026-07-02"
    assert world.latest() == world.server.truth()


def test_a_whole_list_that_is_empty_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    found = world.crawl()
    assert (found.complete, found.whole, found.problems) == (False, [], {"all": "the whole list is empty"})


def test_an_expired_token_begins_the_list_again_at_the_last_day_read(world: World) -> None:
    world.server.next_day()
    for number in range(50, 90):
        world.server.put(f"w{number:03}", f"Work {number}")
    world.server.expires = {4}
    found = world.crawl()
    assert (found.complete, found.whole) == (True, [""])
    assert found.remarks == {"all: tokens": "1 tokens expired before they were used"}
    assert [one.get("from") for one in world.server.asked] == [
        "2026-01-01", None, None, None, "2026-07-04", None,
    ]  # fmt: skip
    assert world.latest() == world.server.truth()


def test_an_unsorted_list_begins_again_where_its_window_does(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, Repository(by_day=False))
    for number in range(50):
        world.server.put(f"w{number:03}", f"Work {number}")
        if number % 7 == 0:
            world.server.next_day()
    world.server.put("w001", "Changed on the last day, listed on the first page")
    world.server.expires = {3}
    found = world.crawl()
    assert found.complete
    assert [one.get("from") for one in world.server.asked].count("2026-01-01") == 2
    assert world.latest() == world.server.truth()


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("trouble", [oai_server.page_for_people, oai_server.said_as("badResumptionToken")])
def test_a_list_that_only_looks_sorted_loses_nothing(
    counts: bool, trouble: oai_server.Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first pages hold what changed last, all on one day."""
    world = World(monkeypatch, Repository(by_day=False, counts=counts))
    for number in range(50, 100):
        world.server.put(f"w{number:03}", f"Work {number}")
    for _ in range(9):
        world.server.next_day()
    for number in range(50):
        world.server.put(f"w{number:03}", f"Work {number}")
    world.server.troubles = {3: trouble}
    world.crawl()
    world.server.next_day()
    assert world.crawl().complete
    assert world.latest() == world.server.truth()


def test_tokens_that_always_expire_end_the_harvest(world: World) -> None:
    world.server.expires = set(range(2, 100))
    found = world.crawl()
    assert (found.complete, found.whole, found.requests) == (False, [], 2 + 2 * oai.MAX_RESTARTS)
    assert found.problems == {"all/page-7": "the server answers with an error: badResumptionToken: invented"}


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        (oai_server.page_for_people, "an HTML page stands where XML is due"),
        (oai_server.cut_off, "not well-formed XML"),
        (oai_server.said_as("badArgument"), "the server answers with an error: badArgument: invented"),
        (oai_server.said_as("idDoesNotExist", 422), "the server answers with an error: idDoesNotExist"),
    ],
)
def test_what_is_no_page_is_a_failure_and_the_next_harvest_mends_it(
    world: World, trouble: oai_server.Trouble, problem: str
) -> None:
    world.server.troubles = {2: trouble}
    found = world.crawl()
    assert (found.complete, found.whole) == (False, [])
    assert problem in found.problems["all/page-2"]
    assert found.remarks["all"] == "goes on from 2026-01-01: not read to its end"
    world.server.next_day()
    again = world.crawl()
    assert (again.complete, again.whole) == (True, [""])
    assert world.latest() == world.server.truth()


def test_records_that_are_counted_and_not_listed_are_asked_for_once_more(world: World) -> None:
    world.server.troubles = {2: oai_server.without_token}
    found = world.crawl()
    assert (found.complete, found.whole, found.requests) == (True, [""], 5)
    assert found.remarks == {"all: counts": "10 records were counted and not listed, so the list was read again"}
    world.server.next_day()
    for number in range(50):
        world.server.put(f"w{number:03}", "Changed")
    world.server.troubles = {2: oai_server.without_token, 4: oai_server.without_token}
    found = world.crawl()
    assert found.problems == {"all/page-4": "the server counts 50 records, 10 were not listed"}
    assert found.remarks["all"] == "goes on from 2026-07-02: not read to its end"
    counted = Harvests(source(trusts_count=False), world.server.answer)  # where a server's counts are estimates
    world.server.next_day()
    world.server.troubles = {2: oai_server.without_token}
    assert counted.crawl(world.server.now).complete


def test_what_changes_while_it_is_listed_hides_nothing(world: World) -> None:
    """Offsets shift when a record leaves the pages that were read, and the next one would be skipped."""
    world.server.next_day()
    world.server.between = {2: lambda: world.server.put("w000", "Changed meanwhile")}
    found = world.crawl()
    assert (found.complete, found.whole) == (True, [""])
    assert found.remarks == {"all: counts": "1 records were counted and not listed, so the list was read again"}
    assert world.latest() == world.server.truth()


def test_errors_of_the_protocol_count_whatever_their_status(world: World) -> None:
    world.crawl()
    for _ in range(3):
        world.server.next_day()
    world.server.troubles = {1: oai_server.said_as("noRecordsMatch", 422)}
    found = world.crawl()
    # Some servers send their budget in Retry-After with every answer: nothing is waited for.
    assert (found.complete, found.requests, world.harvests.waits) == (True, 1, [])


def test_a_422_without_words_is_waited_for(world: World) -> None:
    world.server.troubles = {1: lambda body: oai_server.Answer(b"", 422, {"Retry-After": "7"}, etag=False)}
    found = world.crawl()
    assert (found.complete, world.harvests.waits) == (True, [7.0])
    world.server.next_day()
    world.server.troubles = {1: lambda body: oai_server.Answer(b"", 422, etag=False)}
    found = world.crawl()
    assert found.problems == {"all": "HTTP 422"}


def test_a_list_that_goes_round_or_never_ends_is_told(world: World) -> None:
    ends = b"<resumptionToken>always</resumptionToken></ListRecords></OAI-PMH>"

    def round_and_round(body: bytes) -> oai_server.Answer:
        return oai_server.Answer(body.partition(b"<resumptionToken")[0] + ends, etag=False)

    world.server.troubles = dict.fromkeys(range(1, 99), round_and_round)
    world.server._made["always"] = {"metadataPrefix": "oai_dc", "offset": "0"}
    found = world.crawl()
    assert found.problems == {"all/page-2": "the list goes round: page 2 names a page that was read"}
    world.server.next_day()
    bounded = Harvests(source(max_pages=2), world.server.answer)
    found = bounded.crawl(world.server.now)
    assert found.problems == {"all/page-2": "the list goes on after 2 pages; the rest is left for the next crawl"}


def test_windows_are_read_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, since="2026-06-25", slice_days=7)
    for number in range(10):
        world.server.put(f"w{number:03}", f"Work {number}")
        world.server.next_day()
    # A record that changes while an earlier window is read moves into a later one.
    world.server.between = {2: lambda: world.server.put("w000", "Changed meanwhile")}
    found = world.crawl()
    assert (found.complete, found.whole) == (True, [""])
    assert [(one.get("from"), one.get("until")) for one in world.server.asked] == [
        ("2026-06-25", "2026-07-01"), ("2026-07-02", "2026-07-08"), ("2026-07-09", None),
    ]  # fmt: skip
    assert world.latest() == world.server.truth()


def test_a_harvest_that_was_cut_off_goes_on_with_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, since="2026-06-25", slice_days=7)
    for number in range(10):
        world.server.put(f"w{number:03}", f"Work {number}")
        world.server.next_day()
    world.server.troubles = {2: oai_server.page_for_people}
    found = world.crawl()
    assert (found.complete, found.remarks) == (False, {"all": "goes on from 2026-07-02: not read to its end"})
    world.server.asked.clear()
    world.server.next_day()
    assert world.crawl().complete
    assert world.asked()["from"] == "2026-07-02"
    assert world.latest() == world.server.truth()


def test_sets_go_on_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, sets=["cs:cs:AI", "stat:stat:ML"])
    world.server.put("w001", "Work 1")
    world.server.next_day()
    world.server.troubles = {2: oai_server.page_for_people}
    found = world.crawl()
    assert (found.complete, found.whole) == (False, [])
    assert found.remarks == {"cs:cs:AI": "goes on from 2026-07-01: read to its end"}
    world.server.asked.clear()
    world.server.next_day()
    world.crawl()
    assert [(one["set"], one["from"]) for one in world.server.asked] == [
        ("cs:cs:AI", "2026-07-01"), ("stat:stat:ML", "2026-01-01"),
    ]  # fmt: skip


def test_what_was_deleted_without_a_word_is_gone_after_the_next_whole_harvest(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, full_every_days=30)
    for number in range(5):
        world.server.put(f"w{number:03}", f"Work {number}")
    world.crawl()
    world.server.forget("w004")
    for _ in range(29):
        world.server.next_day()
        assert world.crawl().whole == []
    assert "w004" in world.latest()  # nobody said that it is gone
    world.server.next_day()
    assert world.crawl().whole == [""]
    assert world.latest() == world.server.truth()


@pytest.mark.parametrize("by_day", [True, False], ids=["by day", "by id"])
@pytest.mark.endurance
def test_sixty_days_at_a_repository(by_day: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was lost is flagged at once, and read at the latest when the trouble is over."""
    dice = random.Random(f"repository {by_day}")
    world = World(monkeypatch, Repository(by_day=by_day), full_every_days=40, slice_days=30, since="2026-06-20")
    server = world.server
    for number in range(230):
        server.put(f"w{number:04}", f"Work {number}")
    troubles: dict[int, dict[int, oai_server.Trouble]] = {
        6: {1: oai_server.busy("30")}, 9: {1: oai_server.page_for_people}, 12: {2: oai_server.page_for_people},
        15: {1: oai_server.said_as("badArgument")}, 18: {1: oai_server.said_as("noRecordsMatch")},
        21: {1: oai_server.without_token}, 22: {2: oai_server.without_token}, 25: {1: oai_server.cut_off},
        28: {1: oai_server.busy("5"), 2: oai_server.busy("5"), 3: oai_server.busy("5")},
        31: {1: oai_server.said_as("noRecordsMatch", 422)}, 34: dict.fromkeys(range(1, 99), oai_server.page_for_people),
        35: dict.fromkeys(range(1, 99), oai_server.page_for_people), 42: {3: oai_server.page_for_people},
        50: {2: oai_server.without_token},
    }  # fmt: skip
    flagged, behind, told, names = [], [], [], itertools.count(230)
    for day in range(60):
        for _ in range(dice.randrange(0, 45) if day % 5 else 0):  # every fifth day is quiet
            number = next(names)
            server.put(f"w{number:04}", f"Work {number}")
        known = sorted(name for name, item in server.items.items() if not item.is_deleted)
        for name in dice.sample(known, 6 if day % 5 else 0):
            server.put(name, f"{name}, as of day {day}")
        for name in dice.sample(known, 2 if day % 7 else 0):
            server.delete(name)
        if day in (10, 33):
            for name in dice.sample(known, 3):
                server.items.pop(name, None)
        server.troubles = troubles.get(day, {})
        server.expires = {2, 4} if day % 8 == 3 else {3} if day in (0, 41) else set()
        if day % 6 == 4:
            server.between = {2: partial(server.put, known[0], f"{known[0]}, changed while it was listed")}
        found = world.crawl()
        if not found.complete:
            flagged.append(day)
        latest = world.latest()
        if any(latest.get(name) != title for name, title in server.truth().items()):
            behind.append(day)
        told += ["all: counts" in found.remarks]
        server.next_day()
    # An answer that is empty by mistake (days 18 and 31) shows at no reader; a remark tells it, the next day mends it.
    assert flagged == [9, 12, 15, 25, 34, 35, 42]
    assert behind == [9, 12, 18, 31, 34, 35, 42]
    assert all("nothing was listed" in world.harvests.crawls[day].remarks["all"] for day in (18, 31))
    assert {21, 22} <= {day for day, was_told in enumerate(told) if was_told}
    assert [day for day, one in enumerate(world.harvests.crawls) if "" in one.whole] == [0, 40]
    last = world.crawl()
    assert last.complete
    assert world.latest() == server.truth()
    assert len(server.truth()) > 800
    assert world.harvests.asked <= 400, "a few requests a day, and two harvests of everything"


class Shelf:
    """arXiv's papers, and crawls of a query at their own time."""

    def __init__(self) -> None:
        self.server = Papers()
        base = registered("arxiv_query")
        params = {"per_page": 20, "queries": [{"key": "demo", "query": "all:demo"}]}
        self.harvests = Harvests(base.model_copy(update={"params": params}), self.server.answer)

    def crawl(self):
        return self.harvests.crawl(self.server.now)

    def latest(self) -> dict[str, str]:
        def name_of(record: ResearchOutput) -> str:
            return record.arxiv_id

        return dict(self.harvests.latest(name_of))

    def add(self, count: int) -> None:
        for number in range(len(self.server.papers), len(self.server.papers) + count):
            self.server.papers[f"2607.{number:05}"] = (1, f"Paper {number}")


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf()
    made.add(45)
    return made


def test_slices_are_followed_until_all_that_is_counted_is_listed(shelf: Shelf) -> None:
    found = shelf.crawl()
    assert (found.complete, found.whole, found.complete_keys) == (True, [""], ["demo", "demo/20", "demo/40"])
    assert [(one["start"], one["max_results"], one["sortOrder"]) for one in shelf.server.asked] == [
        ("0", "20", "ascending"), ("20", "20", "ascending"), ("40", "20", "ascending"),
    ]  # fmt: skip
    assert shelf.latest() == shelf.server.truth()


def test_a_page_that_counts_papers_and_lists_none_is_asked_for_once_more(shelf: Shelf) -> None:
    shelf.server.troubles = {2: shelf.server.hollow}
    found = shelf.crawl()
    assert (found.complete, found.requests) == (True, 4)
    shelf.server.next_day()
    shelf.server.troubles = {2: shelf.server.hollow, 3: shelf.server.hollow}
    found = shelf.crawl()
    assert (found.complete, found.whole) == (False, [])
    assert found.problems == {"demo/20": "45 papers are counted, and none is listed from the 21th on"}


def test_a_message_of_an_error_and_a_page_for_people_are_no_papers(shelf: Shelf) -> None:
    shelf.server.troubles = {1: oai_server.failed}
    assert shelf.crawl().problems == {"demo": "arXiv answers with an error: max_results"}
    shelf.server.next_day()
    shelf.server.troubles = {1: oai_server.page_for_people}
    assert shelf.crawl().problems == {"demo": "an HTML page stands where XML is due"}


def test_papers_that_were_counted_and_not_listed_are_told(shelf: Shelf) -> None:
    def one_twice(body: bytes) -> oai_server.Answer:
        return oai_server.Answer(body.replace(b"2607.00021v1", b"2607.00001v1"), etag=False)

    shelf.server.troubles = {2: one_twice}
    found = shelf.crawl()
    assert (found.complete, found.problems) == (False, {"demo/40": "arXiv counts 45 papers, its slices list 44"})


def test_a_query_beyond_what_arxiv_gives_is_refused(shelf: Shelf) -> None:
    shelf.server.troubles = {1: lambda body: oai_server.Answer(body.replace(b">45<", b">30001<"), etag=False)}
    assert "the query is to be split" in shelf.crawl().problems["demo"]
    assert arxiv.MAX_RESULTS == 30_000


@pytest.mark.endurance
def test_sixty_days_of_queries(shelf: Shelf) -> None:
    dice = random.Random("papers")
    troubles: dict[int, dict[int, oai_server.Trouble]] = {
        10: {1: shelf.server.hollow}, 17: {2: shelf.server.hollow, 3: shelf.server.hollow}, 24: {1: oai_server.failed},
        31: {2: oai_server.page_for_people}, 38: {1: oai_server.busy("3")}, 45: {2: oai_server.cut_off},
    }  # fmt: skip
    flagged = []
    for day in range(60):
        shelf.add(dice.randrange(3))
        name = dice.choice(list(shelf.server.papers))
        version, title = shelf.server.papers[name]
        shelf.server.papers[name] = (version + 1, f"{title.partition(',')[0]}, version {version + 1}")
        if day % 7 == 3:
            shelf.server.troubles = troubles.get(day, {})
            found = shelf.crawl()
            flagged += [] if found.complete else [day]
            if found.complete:
                assert shelf.latest() == shelf.server.truth(), day
        shelf.server.now += timedelta(days=1)
        shelf.server.next_day()
    assert flagged == [17, 24, 31, 45]
    assert shelf.crawl().complete
    assert shelf.latest() == shelf.server.truth()
    assert shelf.harvests.asked <= 10 * 7
