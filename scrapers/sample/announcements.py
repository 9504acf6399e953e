"""The sample's announcements: feeds and pages of an invented authority, polled every fortnight for two years.

Belongs here: what was announced when, the layout as RSS 2.0 and pages, and what a poll missed. Never here: words
(``phrases/announcements.yaml``), real publishers.

Staged: one poll without any answer, a rush of items that the feed is too short for (so that a possible loss is found),
items whose page changes later, an entry without title, and contacts that have to be scrubbed.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import orjson
import yaml

from scrapers.archive import Archive, ArchiveWriter, CrawlStats
from scrapers.plan import planned_requests
from scrapers.registry import source_by_id
from scrapers.sample.material import HERE

SOURCE_ID = "announcements_sample"
GENERATED = "the generator of the sample: the authority and its announcements are invented (scrapers/sample)"
SITE = "https://cours-mesures.sample.invalid"
FIRST_MONTH, MONTHS = (2024, 10), 24
FIRST_POLL, POLLS, EVERY = date(2024, 10, 15), 52, timedelta(days=14)
FEED_LENGTH = 10  # items that a feed shows
LANGUAGES = ("en", "fr", "de")
MISSED_POLL = 27  # no feed answered
RUSH = (date(2025, 11, 1), "en", 14)  # first day, language, items within three weeks around the missed poll
BROKEN_POLL = 15  # the English feed also lists an entry without title
_QUARTERS = {
    "en": ("first", "second", "third", "fourth"),
    "fr": ("1er", "2e", "3e", "4e"),
    "de": ("1.", "2.", "3.", "4."),
}
_MONTH_NAMES = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_FIRMS = ("Quarvell Partners", "Obrent Capital", "Lumifax Invest", "Tessaride", "Norvane Trading", "Pelligrad Finance")
_SITES = ("quarvell-invest", "obrent-trade", "lumifax-capital", "tessaride-fx", "norvane-coins", "pelligrad-bonds")


@dataclass
class Announced:
    """One item as the authority published it, and whether any poll saw it."""

    number: int
    lang: str
    topic: str
    is_ai: bool
    category: str
    trap: str | None
    title: str
    paragraphs: tuple[str, ...]
    at: datetime
    amended_on: date | None = None  # the page gets a further paragraph
    captured: bool = field(default=False, compare=False)

    @property
    def guid(self) -> str:
        return f"{SITE}/?p={self.number}"

    @property
    def url(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:60]
        return f"{SITE}/{self.lang}/{self.at:%Y/%m}/{slug}-{self.number}/"


def poll_days() -> list[date]:
    """The fortnightly days of polling; the last one is after every item."""
    return [FIRST_POLL + EVERY * number for number in range(POLLS)]


def announced(seed: int) -> list[Announced]:
    """Every item of the two years in the order of publication: 10 to 25 a month, and the rush."""
    rng = random.Random(f"announcements/{seed}")
    topics = yaml.safe_load((HERE / "phrases" / "announcements.yaml").read_text("utf-8"))
    moments: list[tuple[datetime, str]] = []
    for number in range(MONTHS):
        year, month = divmod(FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1 + number, 12)
        for _ in range(rng.randint(10, 18)):
            day = date(year, month + 1, rng.randint(1, 28))
            moments.append((_moment(day, rng), rng.choices(LANGUAGES, (5, 4, 3))[0]))
    start, lang, count = RUSH
    moments += [(_moment(start + timedelta(days=rng.randint(0, 14)), rng), lang) for _ in range(count)]
    moments.sort()
    # AI becomes a more frequent subject over the two years.
    items = []
    for number, (at, lang) in enumerate(moments):
        growth = 1 + 2.5 * number / len(moments)
        weights = [topic["weight"] * (growth if topic.get("ai") else 1) for topic in topics]
        items.append(_written(rng.choices(topics, weights)[0], 1000 + number, lang, at, rng))
    return items


def _moment(day: date, rng: random.Random) -> datetime:
    return datetime.combine(day, time(rng.randint(6, 15), rng.randint(0, 59), rng.randint(0, 59)), UTC)


def _written(topic: dict[str, Any], number: int, lang: str, at: datetime, rng: random.Random) -> Announced:
    due = at.date() + timedelta(days=rng.randint(20, 90))
    firm = rng.randrange(len(_FIRMS))
    months = _MONTH_NAMES[lang].split()
    slots = {
        "year": str(at.year),
        "quarter": _QUARTERS[lang][rng.randrange(4)],
        "number": str(rng.randint(100, 999)),
        "count": str(rng.randint(300, 900)),
        "day": f"{due.day}{'.' if lang == 'de' else ''} {months[due.month - 1]} {due.year}",
        "site": f"www.{_SITES[firm]}{rng.randint(2, 99)}.example",
        "firm": _FIRMS[firm],
    }

    def filled(text: str) -> str:
        return re.sub(r"<(\w+)>", lambda slot: slots[slot[1]], text)

    words = topic[lang]
    amended = at.date() + timedelta(days=rng.randint(10, 25)) if rng.random() < 0.04 else None
    return Announced(
        number=number,
        lang=lang,
        topic=topic["id"],
        is_ai=bool(topic.get("ai")),
        category=topic.get("category", "news"),
        trap=topic.get("trap"),
        title=filled(words["title"]),
        paragraphs=tuple(filled(text) for text in words["text"]),
        at=at,
        amended_on=amended,
    )


def feed(lang: str, listed: list[Announced], broken: bool = False) -> bytes:
    """One feed as RSS 2.0, the newest item first; descriptions are empty, as WordPress sites often leave them."""
    entries = [
        f"<item><title>{html.escape(item.title, quote=False)}</title><link>{item.url}</link>"
        f"<pubDate>{format_datetime(item.at)}</pubDate><category>{item.category}</category>"
        f'<guid isPermaLink="false">{item.guid}</guid><description><![CDATA[]]></description></item>'
        for item in listed
    ]
    if broken:
        entries.insert(1, f'<item><title></title><guid isPermaLink="false">{SITE}/?p=draft</guid></item>')
    built = format_datetime(listed[0].at) if listed else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>Valmorin Supervisory Office (sample)</title><link>{SITE}/{lang}/</link>"
        f"<description>Invented announcements</description><language>{lang}</language>"
        f"<lastBuildDate>{built}</lastBuildDate>\n" + "\n".join(entries) + "\n</channel></rss>\n"
    ).encode()


def page(item: Announced, day: date) -> bytes:
    """The page of an item as it was on a day."""
    added = {"en": "Correction: the day given above is final.", "fr": "Rectificatif : la date indiquée est définitive."}
    words = list(item.paragraphs)
    if item.amended_on and day >= item.amended_on:
        words.append(added.get(item.lang, "Berichtigung: Der genannte Tag ist endgültig."))
    body = "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in words)
    return (
        f'<!doctype html>\n<html lang="{item.lang}"><head><meta charset="utf-8">'
        f"<title>{html.escape(item.title)}</title></head><body><nav>"
        f'<a href="/{item.lang}/">Valmorin Supervisory Office</a> <a href="/{item.lang}/news/">News</a>'
        f"</nav><main><h1>{html.escape(item.title, quote=False)}</h1>{body}</main>"
        "<footer>Invented authority. Sample of the LuxAI Observatory.</footer></body></html>\n"
    ).encode()


def write_announcements(root: Path, seed: int, name: Callable[[datetime, str], str]) -> tuple[list[str], bytes]:
    """All polls into the archive; crawl ids in time order, and the truth as JSON lines of the items some poll saw."""
    items = announced(seed)
    source = source_by_id(SOURCE_ID)
    archive, written = Archive(root), []
    for number, day in enumerate(poll_days()):
        started = datetime.combine(day, time(5, 0), UTC)
        identity = name(started, SOURCE_ID)
        written.append(identity)
        shown = {lang: _shown(items, lang, started) for lang in LANGUAGES} if number != MISSED_POLL else {}
        for item in (item for listed in shown.values() for item in listed):
            item.captured = True
        if (root / SOURCE_ID / f"{identity}.crawl.json").exists():
            continue
        with ArchiveWriter(root, SOURCE_ID, identity, started, is_reconstructed=True, archive=archive) as writer:
            keys, feeds = [], planned_requests(source)
            for order, request in enumerate(feeds):
                if request.key in shown:
                    body = feed(request.key, shown[request.key], broken=number == BROKEN_POLL and request.key == "en")
                    at = started + timedelta(seconds=order)
                    writer.write_resource(request.url, body, "application/rss+xml; charset=UTF-8", at, GENERATED)
                    keys.append(request.key)
            pages = [item for listed in shown.values() for item in listed]
            for order, item in enumerate(pages):
                at = started + timedelta(seconds=10 + 2 * order)
                writer.write_resource(item.url, page(item, day), "text/html; charset=utf-8", at, GENERATED)
                keys.append(item.url)
            planned = len(feeds) + len(pages)
            missed = {} if shown else {r.key: "HTTP 503: no answer (staged gap of the sample)" for r in feeds}
            stats = CrawlStats(
                requests=planned, errors=len(missed), planned=planned, complete_keys=sorted(keys), problems=missed
            )
            writer.sign_off("finished", bool(shown), stats)
    truth = b"".join(orjson.dumps(_truth(item)) + b"\n" for item in items)
    return written, truth


def _shown(items: list[Announced], lang: str, at: datetime) -> list[Announced]:
    return [item for item in reversed(items) if item.lang == lang and item.at <= at][:FEED_LENGTH]


def _truth(item: Announced) -> dict[str, Any]:
    """One line of the truth file: what a perfect reader would say of this item, and whether any poll showed it."""
    return {
        "source_id": SOURCE_ID,
        "item_id": item.guid,
        "lang": item.lang,
        "topic": item.topic,
        "is_ai": item.is_ai,
        "trap": item.trap,
        "title": item.title,
        "page_url": item.url,
        "published_at": item.at.isoformat(),
        "captured": item.captured,
    }
