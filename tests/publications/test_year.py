"""A simulated year of weekly editions: each says exactly what was planted, and nobody gets one twice."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from publications import digest
from publications.calendar import ZONE, is_due, next_slot, slot_of
from publications.edition import unexplained
from publications.members import Member
from publications.memory import read_account
from publications.outbox import deliver
from publications.transport import Mail, TryLaterError
from state import db
from tests.publications.year import EUROSTAT, FIRST, PLANTS, Plant, World
from warehouse.reading import open_release
from warehouse.reading.statistics import count_p_value, difference_p_value, discoveries

WEEKS = 52
MEMBERS = [
    Member("first@example.org", "en"),
    Member("second@example.org", "en", ("techwatch",)),
    Member("third@example.org", "fr", ("talent",)),
]


@dataclass
class Recorder:
    """A transport that keeps what it is handed; now and then a server asks to come back later."""

    name: str = "smtp"
    mails: list[tuple[str, str]] = field(default_factory=list)
    moody: bool = False

    def send(self, mail: Mail) -> None:
        if self.moody and mail.recipient == "second@example.org":
            raise TryLaterError("451 come back later")
        self.mails.append((mail.recipient, re.findall(rb"Message-ID: (<[^>]+>)", mail.content)[0].decode()))

    def close(self) -> None:
        return


def slots() -> list[datetime]:
    found = [FIRST]
    while len(found) < WEEKS:
        found.append(next_slot(found[-1]))
    return found


def health(week: int, now: datetime) -> dict[str, SimpleNamespace]:
    """All sources well, but for the planted outage of weeks 22 to 24."""
    well = SimpleNamespace(last_checked_at=now, last_ok_at=now, trouble=None, trouble_since=None)
    found = {source_id: well for source_id in (EUROSTAT, "greenhouse_sample", "greenhouse_boards")}
    if PLANTS.get(week, Plant()).trouble:
        began = slots()[21] - timedelta(days=2)
        found[EUROSTAT] = SimpleNamespace(
            last_checked_at=now, last_ok_at=began - timedelta(days=1), trouble="unreachable", trouble_since=began
        )
    return found


def section(text: str, heading: str, end: str) -> str:
    return text.split(f"\n{heading}\n", 1)[1].split(f"\n{end}", 1)[0]


def items(part: str) -> list[str]:
    """The entries of a section: each with its lines, without the counts below them."""
    return [re.split(r"\n\n", entry)[0] for entry in part.split("\n- ")[1:]]


def matches(found: list[str], patterns: tuple[str, ...], where: str) -> None:
    assert len(found) == len(patterns), (where, found)
    for pattern in patterns:
        assert any(re.search(pattern, entry) for entry in found), (where, pattern, found)


def check(text: str, subject: str, plant: Plant, week: int) -> None:
    """That an edition's text says what was planted, section by section, and nothing else."""
    where = f"week {week}"
    news = (
        plant.changed or plant.corrections or plant.rollback or any("rests on other" in said for said in plant.sources)
    )
    if not news:
        lines = text.split("minutes to read\n")[-1].split("minute to read\n")[-1].split("***")[-1]
        lines = lines.split("\n-- \n")[0].strip().splitlines()
        assert len(lines) == 4, (where, lines)
        assert "nothing material changed" in subject, where
        assert ("source late or broken" in subject) == plant.trouble, where
        matches([lines[1]] if "No change detected" in lines[1] else [], plant.still, where)
        for pattern in plant.sources or (r"None \(\d sources? on time(; \d source not collected yet)?\)\.$",):
            assert re.search(pattern, lines[2]), (where, lines[2])
        assert ("in order again" in lines[2]) == any("in order again" in said for said in plant.sources), where
        return
    matches(items(section(text, "WHAT CHANGED", "NO CHANGE DETECTED\n")), plant.changed, where)
    matches(items(section(text, "NO CHANGE DETECTED", "CORRECTIONS AND REVISIONS\n")), plant.still, where)
    revisions = section(text, "CORRECTIONS AND REVISIONS", "SOURCES LATE OR BROKEN\n")
    matches(items(revisions), plant.corrections, where)
    assert ("was withdrawn" in revisions) == plant.rollback, where
    said = [line for line in section(text, "SOURCES LATE OR BROKEN", "-- ").splitlines() if line.strip()]
    matches(said, plant.sources or (r"^None \(",), where)


@pytest.mark.endurance
def test_a_year_of_editions_says_what_was_planted(tmp_path: Path) -> None:
    folder, releases = tmp_path / "editions", tmp_path / "releases"
    engine = db.open_state(tmp_path / "state.sqlite")
    world, transport = World(), Recorder()
    current = world.write(releases, FIRST - timedelta(days=1))
    before_bad = current
    issued: dict[int, digest.IssuedEdition] = {}
    for week, slot in enumerate(slots(), start=1):
        assert slot.astimezone(ZONE).strftime("%a %H:%M") == "Mon 07:00"
        plant = PLANTS.get(week, Plant())
        if plant.happens is not None:
            at = slot - timedelta(days=2)
            plant.happens(world, at)
            before_bad, current = current, world.write(releases, at)
        if plant.rollback:
            current = before_bad
        if plant.off and week == 40:
            continue
        now = slot + (timedelta(days=2) if plant.off else timedelta(minutes=1))
        for turn in range(2):  # the second time in the week there is nothing to do
            due = is_due(db.last_edition(engine), now)
            assert due == (turn == 0)
            number = len(issued) + (1 if due else 0)
            if due:
                reader = open_release(releases, current)
                cited = db.release_of_previous_edition(engine, slot_of(now))
                previous = open_release(releases, cited) if cited else None
                languages = ("en", "fr", "de", "lb") if week in (1, 9, 30) else ("en",)
                issued[week] = digest.issue(
                    reader,
                    previous,
                    folder,
                    engine=engine,
                    slot=slot_of(now),
                    sender="observatory@example.lu",
                    health=health(week, now),
                    languages=languages,
                    now=now,
                )
                assert issued[week].number == number
            transport.moody = week % 9 == 0 and turn == 0
            report = deliver(
                engine,
                number,
                MEMBERS,
                issued[week].render,
                transport,
                now=now,
                sender="observatory@example.lu",
            )
            assert report.sent == (3 - transport.moody if due else week % 9 == 0)
            now += timedelta(days=1)
        text = next(folder.glob(f"edition-{number:04d}-*-en.txt")).read_text()
        account = read_account(folder / f"edition-{number:04d}.account.json")
        assert account is not None
        edition = issued[week].render("en")
        assert edition.text == text
        assert unexplained(edition.text, edition) == []
        if week == 1:
            assert "first edition" in text
            assert "Signals counted" in text
        else:
            check(text, edition.subject, plant, week)
        # What was left out has a reason, and everything that changed is either told or left out.
        assert all(item["reason"] for item in account["suppressed"])
    assert len(issued) == WEEKS - 1
    assert db.last_edition(engine).number == WEEKS - 1  # type: ignore[union-attr]
    assert len(transport.mails) == len(set(transport.mails)) == 3 * (WEEKS - 1)
    assert len({identity for _, identity in transport.mails}) == len(transport.mails)
    weeks = {(later - earlier) for earlier, later in zip(slots(), slots()[1:], strict=False)}
    assert {span.total_seconds() / 3600 for span in weeks} == {167, 168, 169}  # both changes of the clocks
    index = (folder / "index.html").read_text()
    assert index.count("<li>") == WEEKS - 1


def noise_only_edition(chance: random.Random) -> list[tuple[float, float]]:
    """p-values and relative sizes of one edition's tests in a world where nothing ever changes."""
    found = []
    for share, n, relevant in ((0.03, 480, 0.005), (0.03, 2000, 0.005), (0.28, 1700, 0.05), (0.6, 1700, 0.05)):
        for _ in range(3):
            k_now, k_before = (sum(chance.random() < share for _ in range(n // 4)) for _ in range(2))
            values = k_now / (n // 4), k_before / (n // 4)
            p_value = difference_p_value(values[0], n // 4, values[1], n // 4)
            found.append((p_value, abs(values[0] - values[1]) / relevant))
    for mean in (4, 12, 30):
        now, before = (poisson(chance, mean) for _ in range(2))
        found.append((count_p_value(now, before), abs(now - before) / (0.2 * before) if before else 9.0))
    return found


def poisson(chance: random.Random, mean: float) -> int:
    """One draw, by waiting times."""
    total, count = chance.expovariate(1), 0
    while total < mean:
        total += chance.expovariate(1)
        count += 1
    return count


@pytest.mark.endurance
def test_noise_alone_seldom_makes_news(record_property: pytest.RecordProperty) -> None:  # type: ignore[name-defined]
    """The share of editions with a false alarm in a world of noise: at most the false discovery rate, q = 0.10."""
    chance, editions = random.Random(20261122), 1500
    alarms = tests_hit = 0
    for _ in range(editions):
        tests = noise_only_edition(chance)
        found = discoveries([p_value for p_value, _ in tests])
        alarms += any(hit and size >= 1 for hit, (_, size) in zip(found, tests, strict=True))
        tests_hit += any(p_value < 0.05 for p_value, _ in tests)
    record_property("false_alarms", alarms / editions)
    print(
        f"{alarms / editions:.3f} of editions with a false alarm; {tests_hit / editions:.3f} if each were tested at 5 %"
    )
    assert alarms / editions < 0.10 + 3 * (0.1 * 0.9 / editions) ** 0.5
    assert tests_hit / editions > 0.3  # what untamed tests would have announced
