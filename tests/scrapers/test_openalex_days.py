"""OpenAlex day by day: the budget, lists that go on where they stopped, years by rota; then sixty days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scrapers.archive import Archive, CrawlRecord
from scrapers.budget import Budget
from scrapers.decode import decode_crawl
from scrapers.items import ResearchOutput
from scrapers.profiles import part_of
from scrapers.registry import Source, source_by_id
from tests.scrapers.openalex_days import HOST, Clock, Publisher, clock_of, crawl_day

NOW = datetime(2026, 9, 1, 3, tzinfo=UTC)


def source_of(first: int, last: int, **params: Any) -> Source:
    given = {"country": "LU", "first_year": first, "last_year": last, "per_page": 10, **params}
    return source_by_id("openalex_works").model_copy(update={"params": given, "delay_seconds": 0.0})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with clock_of(monkeypatch) as clock:
        yield clock


def works_of(root: Path, source: Source, record: CrawlRecord) -> list[ResearchOutput]:
    found = decode_crawl(Archive(root), source, record.crawl_id).records
    return [work for work in found if isinstance(work, ResearchOutput)]


def filled(years: range, each: int, limit: int = 1_000) -> Publisher:
    publisher = Publisher(limit=limit, remaining=limit)
    for year in years:
        for _ in range(each):
            publisher.put(year, NOW)
    return publisher


# -- the budget --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"limit": "100", "remaining": "51", "credits-used": "1"}, None),
        ({"limit": "100", "remaining": "50", "credits-used": "1"}, "2026-09-02 00:00 UTC"),
        ({"limit": "100", "remaining": "50", "credits-used": "1", "reset": "3600"}, "2026-09-01 04:00 UTC"),
        ({"limit-usd": "1", "remaining-usd": "0.5001", "cost-usd": "0.0001", "remaining": "0"}, None),
        ({"limit-usd": "1", "remaining-usd": "0.5", "cost-usd": "0.0001"}, "2026-09-02 00:00 UTC"),
        ({"remaining": "1", "credits-used": "1"}, None),  # without a limit nothing is kept back
        ({"remaining": "9", "credits-used": "10"}, "2026-09-02 00:00 UTC"),
        ({"remaining": "-1"}, None),
        ({"remaining": "nan", "limit": "x"}, None),
        ({}, None),
    ],
)
def test_what_an_answer_says_of_the_budget(fields: dict[str, str], said: str | None) -> None:
    budget = Budget(HOST, share=0.5)
    budget.seen({f"x-ratelimit-{name}": value for name, value in fields.items()}, NOW)
    expected = None if said is None else f"the day's budget is spent; goes on at {said}"
    assert budget.refusal(NOW) == expected
    assert budget.refusal(NOW + timedelta(days=1)) is None


def test_a_budget_that_only_bodies_speak_of() -> None:
    budget = Budget(HOST, share=0.5, day_usd=0.001)
    for _ in range(4):
        budget.charged(0.0001)
    budget.charged("0.1")
    budget.charged(-5)
    assert budget.refusal(NOW) is None
    budget.charged(0.0001)
    assert budget.refusal(NOW) == "the day's budget is spent; goes on at 2026-09-02 00:00 UTC"
    assert Budget(HOST).refusal(NOW) is None


def test_a_crawl_keeps_to_its_share_and_the_next_goes_on(tmp_path: Path, clock: Clock) -> None:
    publisher, source = filled(range(2024, 2026), 35, limit=18), source_of(2024, 2025)
    first = crawl_day(tmp_path, source, publisher, clock)
    assert (publisher.asked, publisher.remaining, first.requests) == (9, 9, 9)
    assert (first.complete, first.trouble, first.whole) == (False, "refused", ["2025"])
    assert first.problems[HOST] == "the day's budget is spent; goes on at 2026-09-02 00:00 UTC"
    assert first.complete_keys == [
        "works/2024", "works/2024/page-2", "works/2024/page-3", "works/2024/page-4",
        "works/2025", "works/2025/page-2", "works/2025/page-3", "works/2025/page-4", "works/2025/page-5",
    ]  # fmt: skip

    again = crawl_day(tmp_path, source, publisher, clock)
    assert (publisher.asked, again.requests, again.captures) == (9, 0, 0), "the archive remembers what was told"

    clock.now += timedelta(days=1)
    publisher.new_day()
    second = crawl_day(tmp_path, source, publisher, clock)
    assert (second.complete, second.whole, second.problems) == (True, ["2024", "2025"], {})
    assert publisher.asked == 7, "two pages of 2024, and all of the newest year"


def test_a_list_goes_on_from_its_last_page(tmp_path: Path, clock: Clock) -> None:
    publisher, source = filled(range(2024, 2026), 35, limit=16), source_of(2024, 2025)
    first = crawl_day(tmp_path, source, publisher, clock)
    assert first.whole == ["2025"]
    assert [key for key in first.complete_keys if "2024" in key] == [
        "works/2024", "works/2024/page-2", "works/2024/page-3",
    ]  # fmt: skip
    assert len(works_of(tmp_path, source, first)) == 65

    clock.now += timedelta(days=1)
    publisher.new_day()
    second = crawl_day(tmp_path, source, publisher, clock)
    assert second.remarks == {"works/2024": "goes on at page 3, the last that is archived"}
    assert [key for key in second.complete_keys if "2024" in key] == [
        "works/2024/page-3", "works/2024/page-4", "works/2024/page-5",
    ]  # fmt: skip
    assert (second.complete, second.whole, publisher.asked) == (True, ["2024", "2025"], 8)
    # All works of the list are of this crawl, those of the first two pages as they were read the day before.
    works = [work for work in works_of(tmp_path, source, second) if work.publication_year == 2024]
    assert len({work.work_id for work in works}) == len(works) == 35
    assert {work.crawl_id for work in works} == {second.crawl_id}
    assert sum(work.retrieved_at.day == 1 for work in works) == 20

    # What is read whole begins anew.
    publisher.limit = 1_000
    clock.now += timedelta(days=1)
    publisher.new_day()
    third = crawl_day(tmp_path, source, publisher, clock)
    assert (len(third.complete_keys), third.remarks) == (10, {})


def test_a_killed_crawl_goes_on_too_and_an_old_one_does_not(tmp_path: Path, clock: Clock) -> None:
    publisher, source = filled(range(2025, 2026), 35), source_of(2025, 2025)
    killed = crawl_day(tmp_path, source, publisher, clock, killed_after=2)
    assert (killed.finish_reason, killed.whole) == ("interrupted", None)
    clock.now += timedelta(days=3)
    publisher.new_day()
    for _ in range(2):  # and killed again, twice on the same page
        killed = crawl_day(tmp_path, source, publisher, clock, killed_after=1)
        clock.now += timedelta(hours=1)
    second = crawl_day(tmp_path, source, publisher, clock)
    assert second.remarks == {"works/2025": "goes on at page 2, the last that is archived"}
    assert (second.whole, len(works_of(tmp_path, source, second))) == (["2025"], 35)

    clock.now += timedelta(days=1)
    crawl_day(tmp_path, source, publisher, clock, killed_after=2)
    clock.now += timedelta(days=15)
    publisher.new_day()
    late = crawl_day(tmp_path, source, publisher, clock)
    assert (late.remarks, len(late.complete_keys)) == ({}, 5), "half a reading of two weeks ago is none"


def test_a_refused_cursor_starts_its_list_anew(tmp_path: Path, clock: Clock) -> None:
    publisher, source = filled(range(2025, 2026), 35), source_of(2025, 2025)
    crawl_day(tmp_path, source, publisher, clock, killed_after=3)
    gone = min(publisher.works)  # on a page that was read already
    publisher.drop(gone, clock.now)
    clock.now += timedelta(days=1)
    publisher.new_day()
    publisher.cursors_since = clock.now.date().isoformat()
    record = crawl_day(tmp_path, source, publisher, clock)
    assert record.remarks == {"works/2025": "the cursor of page 3 was refused; read from the first page again"}
    assert (record.complete, record.whole, publisher.asked) == (True, ["2025"], 6)
    assert {work.work_id for work in works_of(tmp_path, source, record)} == set(publisher.works)


def test_a_list_that_does_not_add_up_is_not_whole_and_starts_anew(tmp_path: Path, clock: Clock) -> None:
    publisher, source = filled(range(2024, 2026), 35), source_of(2024, 2025)
    crawl_day(tmp_path, source, publisher, clock, killed_after=8)
    for work_id in [name for name, work in sorted(publisher.works.items()) if work["publication_year"] == 2024][:5]:
        publisher.drop(work_id, clock.now)
    clock.now += timedelta(days=1)
    publisher.new_day()
    record = crawl_day(tmp_path, source, publisher, clock)
    assert (record.complete, record.whole) == (False, ["2025"])
    assert record.problems == {"crawl": "works/2024: OpenAlex counts 30 works, its pages list 35"}
    clock.now += timedelta(days=1)
    publisher.new_day()
    again = crawl_day(tmp_path, source, publisher, clock)
    assert (again.complete, again.whole, again.remarks) == (True, ["2024", "2025"], {})


# -- the rota ----------------------------------------------------------------------------------------------------------


def test_newest_years_always_and_older_ones_by_rota(tmp_path: Path, clock: Clock) -> None:
    publisher = filled(range(2019, 2027), 5)
    source = source_of(2019, 2026, newest_years=3, older_per_crawl=2)
    read = []
    for _ in range(5):
        record = crawl_day(tmp_path, source, publisher, clock)
        assert record.complete
        read.append([year for year in record.whole or [] if year < "2024"])
        assert {"2024", "2025", "2026"} <= set(record.whole or [])
        clock.now += timedelta(days=7)
        publisher.new_day()
    # What was never read does not wait; then five older years come round within three crawls.
    assert read[0] == ["2019", "2020", "2021", "2022", "2023"]
    assert read[1:] == [["2022", "2023"], ["2020", "2021"], ["2019", "2023"], ["2021", "2022"]]


def test_works_are_judged_year_by_year(tmp_path: Path, clock: Clock) -> None:
    source = source_of(2025, 2025)
    record = crawl_day(tmp_path, source, filled(range(2025, 2026), 1), clock)
    (work,) = works_of(tmp_path, source, record)
    assert (part_of(work, (), by_year=True), part_of(work, ())) == ("2025", "")


# -- sixty days --------------------------------------------------------------------------------------------------------


@dataclass
class Ours:
    """The last reading of each work; gone is what a later whole reading of its year lacks, as in the warehouse."""

    last: dict[str, tuple[datetime, ResearchOutput]] = field(default_factory=dict)
    whole_at: dict[str, datetime] = field(default_factory=dict)  # year -> start of the last crawl that read it whole
    begun_at: dict[str, datetime] = field(default_factory=dict)  # year -> when the first page of that reading was read

    def take(self, record: CrawlRecord, works: list[ResearchOutput]) -> None:
        for work in works:
            self.last[work.work_id] = (record.started_at, work)
        for year in record.whole or []:
            self.whole_at[year] = record.started_at
            read = [work.retrieved_at for work in works if str(work.publication_year) == year]
            self.begun_at[year] = min(read, default=record.started_at)

    def held(self) -> dict[str, ResearchOutput]:
        return {
            work_id: work
            for work_id, (at, work) in self.last.items()
            if at >= self.whole_at.get(str(work.publication_year), at)
        }


def differences(ours: Ours, publisher: Publisher) -> dict[str, str]:
    """Work -> year, where what we hold is not what the publisher lists."""
    held = {work_id: (work.publication_year, work.title, _home(work)) for work_id, work in ours.held().items()}
    truth = {
        work_id: (work["publication_year"], work["title"], 1 / len(work["authorships"]))
        for work_id, work in publisher.works.items()
    }
    wrong = {name for name in held.keys() | truth.keys() if held.get(name) != truth.get(name)}
    return {name: str((truth.get(name) or held[name])[0]) for name in wrong}


def _home(work: ResearchOutput) -> float:
    assert sum(work.institution_shares.values()) == work.country_shares["LU"]
    return work.country_shares["LU"]


@pytest.mark.endurance
def test_sixty_days(tmp_path: Path, clock: Clock) -> None:
    rng = random.Random(7)
    publisher = filled(range(2018, 2027), 60, limit=80)
    source = source_of(2018, 2026, newest_years=3, older_per_crawl=2)
    ours, spent, lost, resumed, refused = Ours(), [], 0, 0, 0
    for day in range(60):
        clock.now = NOW + timedelta(days=day)
        for work_id in rng.sample(sorted(publisher.works), 8):
            what = rng.random()
            if what < 0.4:
                publisher.put(publisher.works[work_id]["publication_year"], clock.now, work_id)
            elif what < 0.55:
                publisher.drop(work_id, clock.now)
            elif what < 0.7:
                into = rng.choice(sorted(publisher.works.keys() - {work_id}))
                publisher.drop(work_id, clock.now, into)
                publisher.put(publisher.works[into]["publication_year"], clock.now, into)
            else:
                publisher.put(rng.choice([2026, 2026, 2025, rng.randrange(2018, 2027)]), clock.now)
        somebody_else = rng.choice([0, 0, 0, 25, 60, 80])
        publisher.new_day(publisher.limit - somebody_else)
        publisher.bursts = sorted(rng.sample(range(1, 30), rng.choice([0, 0, 3])))
        if day % 9 == 5:
            publisher.cursors_since = clock.now.date().isoformat()
        for crawl in range(rng.choice([1, 1, 2])):
            clock.now = NOW + timedelta(days=day, hours=6 * crawl)
            killed = rng.randrange(1, 20) if rng.random() < 0.1 else 0
            record = crawl_day(tmp_path, source, publisher, clock, killed)
            works = works_of(tmp_path, source, record)
            ours.take(record, works)
            resumed += sum("goes on at page" in remark for remark in record.remarks.values())
            refused += sum("was refused" in remark for remark in record.remarks.values())
            if not record.complete:  # each loss says so, and what is not read is not called whole
                lost += 1
                assert record.problems
                assert record.trouble in ("refused", "unreachable", "changed_shape")
                if record.trouble == "refused":
                    assert "budget" in record.problems[HOST]
        # Wrong is only what changed since the reading of its year began, or whose year was not read whole yet.
        for work_id, year in differences(ours, publisher).items():
            since = ours.begun_at.get(year)
            assert since is None or publisher.touched[work_id] >= since, (day, work_id, year)
        bursts = sum(number <= publisher.asked for number in publisher.bursts)
        spent.append(publisher.asked - publisher.over - bursts)
        allowed = max(0, publisher.limit // 2 - somebody_else)
        assert spent[-1] <= max(allowed, 1), (day, spent[-1], allowed)
        assert publisher.over <= (somebody_else == 80) * 2
    assert lost > 15
    assert resumed > 5
    assert refused > 0
    # Nothing changes any more: the rota brings everything home within three crawls of the older years.
    for day in range(60, 70):
        clock.now = NOW + timedelta(days=day)
        publisher.new_day()
        record = crawl_day(tmp_path, source, publisher, clock)
        ours.take(record, works_of(tmp_path, source, record))
    assert differences(ours, publisher) == {}
    assert not publisher.gone.keys() & ours.held().keys()
    assert len(publisher.gone) > 50
