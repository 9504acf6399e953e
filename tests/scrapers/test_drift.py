"""Drift: what is a fall and what is a quiet week, what is held and for how long, and what is only worth a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.archive import Limits
from scrapers.decoders.base import Decoded
from scrapers.drift import (
    ACCEPT_CRAWLS,
    ACCEPT_SPREAD,
    UNSTEADY_CRAWLS,
    Drift,
    Part,
    Profile,
    judge,
)
from scrapers.items import Announcement, JobPosting, Observation, Record, Reject
from scrapers.profiles import limits_of, part_of, profile
from scrapers.registry import source_by_id

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
ABOUT = {
    "source_id": "boards_test",
    "crawl_id": "c",
    "capture_id": "a" * 64,
    "url": "https://boards.example/acme",
    "retrieved_at": START,
}


def crawl(number: int, *, hours: float | None = None, whole: Sequence[str] | None = None, **boards: int) -> Profile:
    """A crawl, six hours after the one before it unless said otherwise, with so many records of each board."""
    at = START + timedelta(hours=6 * number if hours is None else hours)
    return Profile(
        crawl_id=f"c{number:03d}",
        started_at=at,
        parts={name: Part(count, {"title": count, "text": count}) for name, count in boards.items()},
        whole=tuple(boards) if whole is None else tuple(whole),
    )


def judged(profiles: Sequence[Profile], limits: Limits = Limits()) -> Drift:  # noqa: B008 (frozen)
    """The judgement of crawls at which these limits were declared of every board."""
    return judge([replace(one, limits=dict.fromkeys((*one.whole, ""), limits)) for one in profiles])


def held(drift: Drift) -> list[tuple[str, str]]:
    return [(crawl_id, part) for crawl_id, parts in drift.held.items() for part in parts]


def test_a_board_that_falls_is_held_and_the_others_are_not() -> None:
    drift = judged([*(crawl(n, acme=40, other=12) for n in range(4)), crawl(4, acme=3, other=12)])
    assert held(drift) == [("c004", "acme")]
    (fall,) = drift.falls
    assert (fall.part, fall.usual, fall.records, fall.since) == ("acme", 40, 3, START + timedelta(hours=24))
    assert (fall.last_good_crawl, fall.last_good_at) == ("c003", START + timedelta(hours=18))
    assert str(fall.fall) == "acme: 3 records where 40 are usual"
    assert drift.standings["other"].fall is None


def test_it_ends_by_itself_when_the_board_is_back() -> None:
    drift = judged([crawl(0, acme=40), crawl(1, acme=3), crawl(2, acme=38), crawl(3, acme=41)])
    assert held(drift) == [("c001", "acme")]
    assert drift.falls == ()
    assert drift.standings["acme"].last_good_crawl == "c003"


def test_a_board_that_is_empty_all_of_a_sudden_is_held_too() -> None:
    assert held(judged([crawl(0, acme=40), crawl(1, whole=["acme"])])) == [("c001", "acme")]


@pytest.mark.parametrize(("usual", "now"), [(2, 0), (4, 1), (4, 0), (6, 2), (40, 20), (40, 39), (5000, 2500)])
def test_small_numbers_and_small_changes_are_no_fall(usual: int, now: int) -> None:
    assert held(judged([*(crawl(n, acme=usual) for n in range(3)), crawl(3, acme=now)])) == []


@pytest.mark.parametrize(("usual", "now"), [(5, 0), (10, 2), (40, 19 - 10), (5000, 2499)])
def test_less_than_the_floor_and_less_than_chance_explains_is_one(usual: int, now: int) -> None:
    assert held(judged([*(crawl(n, acme=usual) for n in range(3)), crawl(3, acme=now)])) == [("c003", "acme")]


def test_the_floor_is_as_declared() -> None:
    profiles = [crawl(0, acme=400), crawl(1, acme=250)]
    assert held(judged(profiles)) == []
    assert held(judged(profiles, Limits(floor=0.9))) == [("c001", "acme")]
    assert held(judged([crawl(0, acme=400), crawl(1, acme=0)], Limits(floor=0.0))) == [], (
        "a floor of 0 takes everything"
    )


def test_a_new_level_is_taken_for_the_truth_after_three_crawls_over_two_days() -> None:
    low = [crawl(n, acme=3, hours=hours) for n, hours in ((1, 24), (2, 48), (3, 72), (4, 96))]
    drift = judged([crawl(0, acme=40, hours=0), *low])
    assert held(drift) == [("c001", "acme"), ("c002", "acme")], "what was held stays held"
    assert drift.falls == ()
    assert drift.standings["acme"].usual == 3
    assert drift.standings["acme"].last_good_crawl == "c004"


def test_many_crawls_within_a_day_do_not_make_it_true() -> None:
    profiles = [crawl(0, acme=40, hours=0), *(crawl(n, acme=3, hours=n) for n in range(1, 30))]
    assert len(held(judged(profiles))) == 29
    later = judged([*profiles, crawl(30, acme=3, hours=1 + ACCEPT_SPREAD.total_seconds() / 3600)])
    assert later.falls == ()


def test_two_crawls_far_apart_do_not_make_it_true_either() -> None:
    profiles = [crawl(0, acme=40, hours=0), *(crawl(n, acme=3, hours=100 * n) for n in range(1, ACCEPT_CRAWLS))]
    assert len(held(judged(profiles))) == ACCEPT_CRAWLS - 1


def test_falling_further_starts_anew() -> None:
    profiles = [crawl(0, acme=400, hours=0), crawl(1, acme=100, hours=24), crawl(2, acme=100, hours=60)]
    drift = judged([*profiles, crawl(3, acme=5, hours=96)])
    assert [crawl_id for crawl_id, _ in held(drift)] == ["c001", "c002", "c003"]
    assert drift.falls[0].fall is not None
    assert drift.falls[0].fall.found == 5


@pytest.mark.parametrize("levels", [(10, 40), (40, 10), (45, 30, 4), (40, 18, 8, 3, 1, 0)])
def test_a_board_on_no_steady_level_is_not_held_for_ever(levels: tuple[int, ...]) -> None:
    usual = [crawl(n, acme=100, hours=12.0 * n) for n in range(8)]
    low = [crawl(n, acme=levels[n % len(levels)], hours=12.0 * n) for n in range(8, 68)]
    drift = judged([*usual, *low])
    first = held(drift)[: 2 * UNSTEADY_CRAWLS + 2]
    assert [crawl_id for crawl_id, _ in first] == [one.crawl_id for one in low[: len(first)]], "for a week it is"
    accepted = [one for one in low if one.crawl_id not in drift.held]
    assert accepted
    assert accepted[0].started_at - low[0].started_at <= timedelta(days=7)
    assert drift.standings["acme"].usual != 100


def test_what_is_accepted_counts_once() -> None:
    """Three crawls at 20, 30 and 40 of 100 make 30 usual; the newest counted twice would make it 35."""
    low = [crawl(n, acme=count, hours=24.0 * n) for n, count in enumerate((20, 30, 40), start=1)]
    assert judged([crawl(0, acme=100, hours=0), *low]).standings["acme"].usual == 30


def test_each_crawl_is_judged_by_what_was_declared_then() -> None:
    counts = [(4, 0), (4, 0), (3, 0), (4, 0), (3, 5), (6, 5)]
    profiles = [
        replace(crawl(n, acme=count), limits={"": Limits(0.5, 1000), "acme": Limits(min_items=least)})
        for n, (count, least) in enumerate(counts)
    ]
    assert held(judge(profiles)) == [("c004", "acme")]
    lowered = [
        replace(crawl(n, acme=count), limits={"": Limits(floor)})
        for n, (count, floor) in enumerate([(400, 0.9), (250, 0.9), (250, 0.5)])
    ]
    assert held(judge(lowered)) == [("c001", "acme")]


def test_fewer_than_a_board_ever_has_are_never_the_truth() -> None:
    profiles = [crawl(n, acme=2, hours=24.0 * n) for n in range(6)]
    drift = judged(profiles, Limits(min_items=5))
    assert len(held(drift)) == 6
    assert drift.falls[0].last_good_at is None


def test_what_was_not_reached_says_nothing() -> None:
    drift = judged([crawl(0, acme=40), crawl(1, acme=3, whole=[]), crawl(2, acme=38)])
    assert held(drift) == []
    cut = Profile("c001", START + timedelta(hours=6), {"": Part(1)}, ())
    assert held(judged([Profile("c000", START, {"": Part(90)}, ("",)), cut])) == []


def test_a_source_without_boards_is_judged_by_its_parts() -> None:
    def of(number: int, **parts: int) -> Profile:
        counts = {name: Part(count) for name, count in parts.items()}
        return Profile(f"c{number:03d}", START + timedelta(days=number), counts, ("",))

    drift = judged([of(0, tables=200, other=50), of(1, tables=200), of(2, tables=200, other=50)])
    assert held(drift) == [("c001", "other")], "a data set that is not there at all has none"


def test_a_field_that_is_not_filled_any_more_is_a_fall() -> None:
    def of(number: int, located: int) -> Profile:
        part = Part(40, {"title": 40, "location_raw": located, "deadline_on": 8})
        return Profile(f"c{number:03d}", START + timedelta(hours=6 * number), {"acme": part}, ("acme",))

    drift = judged([*(of(n, 38) for n in range(3)), of(3, 0)])
    assert held(drift) == [("c003", "acme")]
    fall = drift.falls[0].fall
    assert fall is not None
    assert (fall.what, fall.usual, fall.found) == ("field:location_raw", 0.95, 0.0)
    assert str(fall) == "acme: 0% of records fill location_raw where 95% do usually"
    assert held(judged([*(of(n, 38) for n in range(3)), of(3, 30)])) == []


def test_a_field_that_few_records_filled_is_not_missed() -> None:
    def of(number: int, dated: int) -> Profile:
        part = Part(200, {"deadline_on": dated})
        return Profile(f"c{number:03d}", START + timedelta(hours=6 * number), {"acme": part}, ("acme",))

    assert held(judged([of(0, 80), of(1, 80), of(2, 0)])) == []


def test_more_rejects_and_slower_answers_are_remarks_and_hold_nothing() -> None:
    def of(number: int, rejects: int, seconds: float) -> Profile:
        return Profile(
            f"c{number:03d}",
            START + timedelta(days=number),
            {"": Part(100)},
            ("",),
            rejects={"missing_title": rejects} if rejects else {},
            seconds=seconds,
        )

    drift = judged([*(of(n, 1, 0.4) for n in range(4)), of(4, 20, 6.0)])
    assert held(drift) == []
    assert [(one.what, round(one.found, 2)) for one in drift.warnings] == [("rejects", 0.17), ("seconds", 6.0)]
    assert judged([of(0, 1, 0.4), of(1, 3, 1.5)]).warnings == (), "few rejects and a slow day are none"


def test_fields_that_nobody_keeps_are_remembered_while_they_last() -> None:
    def of(number: int, *fields: str) -> Profile:
        at = START + timedelta(days=number)
        return Profile(f"c{number:03d}", at, {"": Part(5)}, ("",), unknown_fields=fields)

    drift = judged([of(0, "jobs.perks"), of(1), of(2, "jobs.perks", "jobs.team")])
    assert [(one.name, one.first_seen_at.day, one.last_seen_at.day) for one in drift.unknown] == [
        ("jobs.perks", 2, 4),
        ("jobs.team", 4, 4),
    ]
    assert judged([of(0, "jobs.perks"), *(of(n) for n in range(1, 20))]).unknown == ()


def test_the_profile_of_a_crawl_counts_what_is_said() -> None:
    posting = JobPosting(
        **ABOUT, record_id="r:1", board_id="acme", posting_id="1", employer="Acme", title="Cook", is_luxembourg=True
    )
    other = posting.model_copy(update={"record_id": "r:2", "is_luxembourg": False, "vacancies": 0})
    reject = Reject(**ABOUT, record_kind="job_posting", locator="$.jobs[2]", reason="missing_title")
    notes = [
        "https://boards.example/acme: unknown field jobs.'perks' is not kept (12 times)",
        "https://boards.example/acme: body begins with a byte order mark (utf-8)",
    ]
    made = profile(
        Decoded([posting, other], [reject], notes),
        crawl_id="c",
        started_at=START,
        whole=["acme", "empty"],
        boards=["acme", "empty"],
    )
    part = made.parts["acme"]
    assert part.records == 2
    assert {name: part.filled.get(name) for name in ("title", "is_luxembourg", "vacancies", "text", "url")} == {
        "title": 2,
        "is_luxembourg": 1,
        "vacancies": 1,
        "text": None,
        "url": None,
    }
    assert made.whole == ("acme", "empty")
    assert made.rejects == {"missing_title": 1}
    assert made.unknown_fields == ("jobs.'perks'",)


def test_ads_elsewhere_that_were_only_listed_are_no_records_of_a_board() -> None:
    """A long list is narrowed to Luxembourg, a short one is read in full: that makes no fall, an empty answer does."""

    def ads(here: int, elsewhere: int) -> Profile:
        places = ["Luxembourg"] * here + ["Paris, France"] * elsewhere
        found: list[Record] = [
            JobPosting(
                **ABOUT,
                record_id=f"r:{n}",
                board_id="w",
                posting_id=str(n),
                employer="W",
                title="Cook",
                location_raw=place,
                is_luxembourg=place == "Luxembourg",
                text="",
            )
            for n, place in enumerate(places)
        ]
        day = START + timedelta(hours=elsewhere + here)
        return profile(Decoded(found), crawl_id=f"c{here}-{elsewhere}", started_at=day, whole=["w"], boards=["w"])

    assert ads(14, 185).parts["w"] == Part(14, ads(14, 0).parts["w"].filled, 185)
    assert held(judged([ads(14, 185), ads(15, 20)])) == []
    assert held(judged([ads(2, 185), ads(0, 0)])) == [("c0-0", "w")]
    assert held(judged([ads(14, 185), ads(1, 185)])) == [("c1-185", "w")]


def test_records_belong_to_a_board_a_data_set_or_the_source() -> None:
    cell = Observation(
        **ABOUT,
        record_id="s:1",
        dataset_id="demo_tab",
        series_key="A",
        dimensions={},
        time_period="2025",
        value=0.0,
        unit="NR",
    )
    news = Announcement(**ABOUT, record_id="n:1", item_id="1", title="News")
    posting = JobPosting(**ABOUT, record_id="r:1", board_id="acme", posting_id="1", employer="Acme", title="Cook")
    assert [part_of(record, ["acme"]) for record in (cell, news, posting)] == ["demo_tab", "", "acme"]
    assert part_of(posting, []) == "", "a portal is one whole: its employers come and go"


counts = st.lists(st.integers(0, 2000), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(counts, st.floats(0, 1))
def test_what_comes_later_never_changes_what_was_held(numbers: list[int], floor: float) -> None:
    profiles = [crawl(n, acme=count) for n, count in enumerate(numbers)]
    whole = held(judged(profiles, Limits(floor=floor)))
    for cut in range(len(profiles)):
        early = held(judged(profiles[:cut], Limits(floor=floor)))
        assert early == whole[: len(early)]


@settings(max_examples=80, deadline=None)
@given(counts)
def test_no_level_is_held_for_ever(numbers: list[int]) -> None:
    settled = [crawl(n, acme=7, hours=6.0 * n) for n in range(len(numbers), len(numbers) + 20)]
    drift = judged([*(crawl(n, acme=count) for n, count in enumerate(numbers)), *settled])
    assert drift.falls == ()


def test_the_first_crawl_is_good_whatever_it_brings() -> None:
    records: list[Record] = []
    made = profile(Decoded(records), crawl_id="c", started_at=START, whole=["acme"])
    assert held(judged([made])) == []


def test_a_small_increment_is_no_fall() -> None:
    source = source_by_id("cordis_horizon")
    whole, increment = (limits_of(source.model_copy(update={"reads": reads})) for reads in ("whole", "increment"))
    assert (whole[""].floor, whole[""].min_items) == (source.floor, source.min_items)
    assert increment == {"": Limits(0.0, source.min_items)}
    profiles = [crawl(n, whole=[""], all=number) for n, number in enumerate((40, 40, 40, 40, 1, 0))]
    assert held(judge([replace(one, limits={"": Limits(0.5)}) for one in profiles])) != []
    assert held(judge([replace(one, limits={"": Limits(0.0)}) for one in profiles])) == []
