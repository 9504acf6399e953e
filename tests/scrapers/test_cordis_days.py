"""CORDIS over sixty days: monthly files of a programme that changes, and days on which something else is served."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import FundingEvent
from tests.scrapers.site import Answer, Asked, Site
from tests.scrapers.test_crawl_cordis import PATH, projects_source, run
from tests.scrapers.test_decode_cordis import of, part, project

pytestmark = pytest.mark.endurance

FIRST = date(2026, 8, 31)
PROJECTS, PARTNERS = 40, 4


@dataclass(frozen=True)
class Part:
    """One participation as it is in truth."""

    project: str
    organisation: str
    country: str
    net: float


@dataclass
class World:
    """The programme, and what the publisher serves of it on a day."""

    parts: list[Part] = field(default_factory=list)
    served: bytes = b""
    stamp: str = ""

    def publish(self, day: date) -> None:
        projects = sorted({one.project for one in self.parts})
        rows = [
            part(one.project, one.organisation, "FIRM SA", one.country, str(one.net), order=str(order))
            for order, one in enumerate(self.parts, start=1)
        ]
        self.serve(of(rows, [project(number) for number in projects], topics=[]), day)

    def serve(self, body: bytes, day: date) -> None:
        self.served = body
        self.stamp = format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC), usegmt=True)

    def truth(self) -> dict[str, float]:
        """The participations in projects with one here: record id -> contribution."""
        here = {one.project for one in self.parts if one.country == "LU"}
        return {f"cordis_horizon:{p.project}:{p.organisation}": p.net for p in self.parts if p.project in here}

    def answer(self, asked: Asked) -> Answer:
        known = asked.headers.get("if-modified-since") == self.stamp
        return Answer(b"" if known else self.served, 304 if known else 200, {"Last-Modified": self.stamp}, etag=False)


def started() -> World:
    dice = random.Random(60)
    parts = [
        Part(f"{101_000_000 + number}", f"{999_000_000 + number * 10 + seat}", country, float(dice.randrange(10**6)))
        for number in range(PROJECTS)
        for seat, country in enumerate(
            ("LU" if number % 4 == 0 else "FR", *dice.choices(("DE", "EL", "UK"), k=PARTNERS))
        )
    ]
    return World(parts)


def test_after_sixty_days_the_records_are_the_truth_and_every_loss_was_told(tmp_path: Path, site: Site) -> None:
    world, source, archive = started(), projects_source(), Archive(tmp_path)
    site.serve("/robots.txt", b"")
    site.pages[PATH] = world.answer
    here = [one.project for one in world.parts if one.country == "LU"]

    def amended() -> None:
        """A project changes its contribution."""
        world.parts = [replace(one, net=one.net + 1000.5) if one.project == here[1] else one for one in world.parts]

    def left() -> None:
        """A participant leaves, and one project is gone."""
        world.parts = [one for one in world.parts if one.project != here[2]]
        world.parts.remove(next(one for one in world.parts if one.project == here[3] and one.country != "LU"))

    def damaged(body: bytes) -> bytes:
        """A file whose first table cannot be unpacked to its end, though its list of members is whole."""
        return body[:300] + b"\xff" * 40 + body[340:]

    changes: dict[int, Callable[[], None]] = {29: amended, 55: left}
    wrong: dict[int, tuple[Callable[[bytes], bytes], str]] = {
        12: (lambda body: body[: len(body) // 2], "cannot be opened"),
        18: (lambda body: b"<html><body>planned maintenance</body></html>", "HTML"),
        40: (damaged, "is damaged"),
    }
    whole, told = [], []
    for day in range(60):
        today = FIRST + timedelta(days=day)
        good = today.day == 1 or day in changes
        if day in changes:
            changes[day]()
        if good:
            world.publish(today)
        elif day in wrong:
            before = world.served
            world.serve(wrong[day][0](before), today)
        elif day - 1 in wrong:  # the day after, the file is back under a new date
            world.publish(today)
        else:
            continue  # the head says what it said the day before: nothing is asked
        outcome = run(tmp_path, site, source)
        if day in wrong:
            assert not outcome.complete, day
            assert outcome.trouble == "changed_shape", day
            assert wrong[day][1] in str(outcome.problem), (day, outcome.problem)
            told.append(day)
            continue
        assert (outcome.complete, outcome.problem) == (True, None), day
        whole.append(outcome.crawl_id)
        decoded = decode_crawl(archive, source, str(outcome.crawl_id))
        found = {one.record_id: one.net_contribution for one in decoded.records if isinstance(one, FundingEvent)}
        assert found == world.truth(), day
        assert decoded.rejects == [], day
    assert told == [12, 18, 40]
    assert len(whole) == len(set(whole)) == 7
    assert not any(here[2] in record_id for record_id in world.truth())
