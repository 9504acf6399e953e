"""The sample's works: pages as OpenAlex lists them, of invented institutions, in three vintages.

Belongs here: which works there are, what changed between vintages, and the layout as the API gives it. Never here:
words (``phrases/research.yaml``), real institutions or numbers of topics.

Staged: hard negatives (works whose words sound like artificial intelligence), works in French and German with the
default topic, works on it in medicine and finance that its topics miss, a work with a hundred authors, paratext, an
entry without an id; later a retraction, two works merged into one, corrected affiliations, and a new topic model.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import yaml

from scrapers.archive import Archive, ArchiveWriter, CrawlStats
from scrapers.plan import openalex_next, planned_requests
from scrapers.registry import source_by_id
from scrapers.sample.grammar import capitalised
from scrapers.sample.material import HERE

SOURCE_ID = "openalex_sample"
GENERATED = "the generator of the sample: institutions and works are invented (scrapers/sample)"
FIRST_YEAR, LAST_YEAR = 2020, 2025
PER_PAGE = 100
VINTAGES = (  # when, and which shape of the API
    (datetime(2024, 11, 5, 3, tzinfo=UTC), "2024"),
    (datetime(2025, 11, 4, 3, tzinfo=UTC), "2026"),
    (datetime(2026, 10, 13, 3, tzinfo=UTC), "2026"),
)
LANGUAGES = {"en": 0.8, "fr": 0.12, "de": 0.08}
_HOME = ("Arveole University", "Valmorin Institute of Technology", "Orbisend Centre for Health", "Kelmond Institute")
_ABROAD = (
    ("Fretal University", "DE"),
    ("Institut Lavaudreuil", "FR"),
    ("Brabelle College", "BE"),
    ("Ostmark Lab", "US"),
)
_DEFAULT = ("Military Technology and Strategies", "2202")
_OTHER_DEFAULTS = (("Legal and Regulatory Analysis", "3308"), ("Linguistic, Cultural, and Literary Studies", "3310"))


@dataclass
class Work:
    """One invented work. ``authors`` lists institutions by number: home from 0, abroad from 100; [] is unknown."""

    number: int
    lang: str
    day: date
    kind: str  # ai | other | hard
    title: str
    text: str
    topic: tuple[str, str] | None
    authors: list[list[int]]
    is_default: bool = False
    retracted_from: int = 99  # vintage
    gone_from: int = 99
    moved_from: int = 99  # from then on the first author is abroad
    has_abstract: bool = True
    vintages: list[int] = field(default_factory=list)

    @property
    def work_id(self) -> str:
        return f"W99{self.number:08d}"


def works(seed: int) -> list[Work]:
    """Every work of the six years, by day of publication and number."""
    rng = random.Random(f"research/{seed}")
    phrases = yaml.safe_load((HERE / "phrases" / "research.yaml").read_text(encoding="utf-8"))
    found: list[Work] = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        growth = year - FIRST_YEAR
        for _ in range(110 + 12 * growth):
            found.append(_work(rng, phrases, len(found) + 1, year, 0.10 + 0.025 * growth))
    for work in rng.sample(found, 3):
        work.retracted_from = 2
    for work in rng.sample(found, 2):
        work.gone_from = 2
    for work in rng.sample([work for work in found if work.authors[0]], 3):
        work.moved_from = 1
    found[7].authors = [[number % 4 if number < 40 else 100 + number % 4] for number in range(100)]
    return sorted(found, key=lambda work: (work.day, work.number))


def _work(rng: random.Random, phrases: dict[str, Any], number: int, year: int, ai_share: float) -> Work:
    lang = rng.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
    words = phrases[lang]
    kind = rng.choices(("ai", "hard", "other"), (ai_share, 0.05, 0.95 - ai_share))[0]
    subject = rng.choice(words[kind])
    count = f"{rng.randrange(20, 900)}"
    if kind == "hard":
        title, text = subject["title"], subject["text"].replace("<n>", count)
    else:
        fill = {"<m>": rng.choice(subject["m"]), "<o>": rng.choice(subject["o"]), "<s>": rng.choice(words["settings"])}
        title, text = rng.choice(words["titles"]), rng.choice(words["frames"]).replace("<n>", count)
        for slot, value in fill.items():
            title, text = title.replace(slot, value), text.replace(slot, value)
        text = ". ".join(capitalised(part) for part in text.split(". "))
    authors = [
        rng.choice(([], [rng.randrange(4)], [100 + rng.randrange(4)], [rng.randrange(4), 100 + rng.randrange(4)]))
        for _ in range(rng.randrange(0, 5))
    ]
    is_default = lang != "en" and rng.random() < 0.4
    topic = (subject["topic"][0], str(subject["topic"][1])) if rng.random() > 0.1 else None
    return Work(
        number=number,
        lang=lang,
        day=date(year, 1, 1) + timedelta(days=rng.randrange(365)),
        kind=kind,
        title=capitalised(title),
        text=text,
        topic=_DEFAULT if is_default else topic,
        authors=[[rng.randrange(4)], *authors],
        is_default=is_default,
        has_abstract=rng.random() > 0.15,
    )


def listed(work: Work, vintage: int, generation: str, number_of: dict[str, int]) -> dict[str, Any]:
    """The work as the API lists it at one vintage."""
    new_model = vintage == 2  # works that nothing could be read of have no topic any more
    topics = [] if work.topic is None or (work.is_default and new_model) else [_topic(work.topic, work, number_of)]
    topics += [_topic(other, work, number_of) for other in _OTHER_DEFAULTS if work.is_default and topics]
    index: dict[str, list[int]] = {}
    for place, word in enumerate(work.text.split()):
        index.setdefault(word, []).append(place)
    authors = [list(places) for places in work.authors]
    if vintage >= work.moved_from:
        authors[0] = [100]
    given: dict[str, Any] = {
        "id": f"https://openalex.org/{work.work_id}",
        "doi": f"https://doi.org/10.99999/sample.{work.number:05d}",
        "title": work.title,
        "display_name": work.title,
        "publication_year": work.day.year,
        "publication_date": work.day.isoformat(),
        "language": work.lang,
        "type": "article",
        "authorships": [_authorship(work, at, places) for at, places in enumerate(authors)],
        "is_retracted": vintage >= work.retracted_from,
        "is_paratext": False,
        "primary_topic": topics[0] if topics else None,
        "topics": topics,
        "concepts": [],
        "abstract_inverted_index": index if work.has_abstract else None,
    }
    shape: dict[str, Any] = {"is_xpac": False} if generation == "2026" else {"grants": []}
    return given | shape


def _topic(topic: tuple[str, str], work: Work, number_of: dict[str, int]) -> dict[str, Any]:
    name, subfield = topic
    score = 0.0184 if work.is_default else 0.9 + work.number % 10 / 100
    number = number_of.setdefault(name, 99001 + len(number_of))
    return {
        "id": f"https://openalex.org/T{number}",
        "display_name": name,
        "score": score,
        "subfield": {"id": f"https://openalex.org/subfields/{subfield}", "display_name": ""},
    }


def _authorship(work: Work, at: int, places: list[int]) -> dict[str, Any]:
    institutions = []
    for place in places:
        name, country = _ABROAD[place - 100] if place >= 100 else (_HOME[place], "LU")
        number = f"https://openalex.org/I99{place:08d}"
        institutions.append({"id": number, "display_name": name, "ror": None, "country_code": country})
    author = {"id": f"https://openalex.org/A99{work.number:05d}{at:03d}", "display_name": f"Author {at + 1}"}
    return {"author_position": "first" if at == 0 else "middle", "author": author, "institutions": institutions}


def write_research(root: Path, seed: int, name: Callable[[datetime, str], str]) -> tuple[list[str], bytes]:
    """All vintages into the archive; crawl ids in time order, and the truth as JSON lines of the works they list."""
    every, source, number_of = works(seed), source_by_id(SOURCE_ID), dict[str, int]()
    archive, written = Archive(root), []
    for vintage, (started, generation) in enumerate(VINTAGES):
        identity = name(started, SOURCE_ID)
        written.append(identity)
        online = [w for w in every if w.day < started.date() and vintage < w.gone_from]
        for work in online:
            work.vintages.append(vintage)
        given = [listed(work, vintage, generation, number_of) for work in online]
        if (root / SOURCE_ID / f"{identity}.crawl.json").exists():
            continue
        with ArchiveWriter(root, SOURCE_ID, identity, started, is_reconstructed=True, archive=archive) as writer:
            keys, at = [], started
            for request in planned_requests(source):
                year = int(request.key.removeprefix("works/"))
                of_year: list[Any] = [item for item in given if item["publication_year"] == year]
                if year == FIRST_YEAR:
                    of_year += [{"title": "Entry without an id", "publication_year": year}, _paratext(year)]
                for key, url, body in _pages(request.key, request.url, of_year):
                    writer.write_resource(url, body, "application/json", at, GENERATED)
                    keys.append(key)
                    at += timedelta(seconds=1)
            writer.sign_off(
                "finished", True, CrawlStats(requests=len(keys), planned=len(keys), complete_keys=sorted(keys))
            )
    return written, b"".join(orjson.dumps(_truth(work)) + b"\n" for work in every)


def _paratext(year: int) -> dict[str, Any]:
    return {
        "id": "https://openalex.org/W9900999999",
        "title": "Contents",
        "publication_year": year,
        "is_paratext": True,
    }


def _pages(key: str, url: str, items: list[Any]) -> list[tuple[str, str, bytes]]:
    """(planned key, address, body) of each page of a year; the last is empty and names no next one."""
    pages = []
    for start in range(0, len(items) + PER_PAGE, PER_PAGE):
        part = items[start : start + PER_PAGE]
        place = orjson.dumps([key, start + PER_PAGE])
        cursor = base64.b64encode(place).decode() if part else None
        meta = {"count": len(items), "db_response_time_ms": 12, "page": None, "per_page": PER_PAGE}
        body = orjson.dumps({"meta": {**meta, "next_cursor": cursor}, "results": part, "group_by": []})
        number = start // PER_PAGE + 1
        pages.append((key if number == 1 else f"{key}/page-{number}", url, body))
        if cursor is None:
            break
        url = openalex_next(url, cursor)
    return pages


def _truth(work: Work) -> dict[str, Any]:
    """One line of the truth file: what a perfect reader would say of this work, as the last vintage lists it."""
    return {
        "source_id": SOURCE_ID,
        "work_id": work.work_id,
        "is_ai": work.kind == "ai",
        "is_ai_by_topic": work.topic is not None and work.topic[1] in ("1702", "1707"),
        "kind": work.kind,
        "lang": work.lang,
        "publication_year": work.day.year,
        "title": work.title,
        "has_abstract": work.has_abstract,
        "is_default_topic_until": 1 if work.is_default else None,  # the last vintage that gives it
        "is_retracted": work.retracted_from in work.vintages,
        "luxembourg_share": round(_home_share(work), 9),  # of the last vintage that lists it
        "vintages": work.vintages,
    }


def _home_share(work: Work) -> float:
    authors = [list(places) for places in work.authors]
    if work.vintages and work.vintages[-1] >= work.moved_from:
        authors[0] = [100]
    shares = [sum(place < 100 for place in places) / len(places) if places else 0.0 for places in authors]
    return sum(shares) / len(shares)
