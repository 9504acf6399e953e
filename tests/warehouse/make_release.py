"""One small but whole release from hand-made records, for the tests of every room that reads releases.

Belongs here: invented postings and a few official cells, laid out as record files, and the path load, build, estimate,
publish over them. Never here: assertions.

    from tests.warehouse.make_release import make_release
    release = make_release(tmp_path)          # tmp_path/releases/<id>/..., about ten seconds
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from scrapers.items import RECORD_KINDS, JobPosting, Observation, Record, Reject, arrow_schema
from warehouse.build import dbt_build
from warehouse.estimate import estimate
from warehouse.load import LoadReport, load
from warehouse.release import Release, publish

BOARDS, STATISTICS = "greenhouse_sample", "eurostat_isoc_eb_ai"
MODEL_VERSION, TAXONOMY_VERSION = "test-model-1", "test-taxonomy-1"
PUBLISHED_AT = datetime(2026, 1, 6, 8, tzinfo=UTC)

CONCEPTS = pd.DataFrame(
    [
        ("python", "Python", "Python", "Python", "Python", "tools", "tool"),
        ("machine_learning", "machine learning", "apprentissage", "maschinelles Lernen", None, "ml", "core"),
        ("llm", "large language models", "grands modèles de langage", "große Sprachmodelle", None, "genai", "core"),
        ("ai_act", "AI Act compliance", "conformité AI Act", "KI-Verordnung", None, "governance", "core"),
    ],
    columns=["concept_id", "label_en", "label_fr", "label_de", "label_lb", "group_name", "tier"],
)


def sha(text: str) -> str:
    """SHA-256 of a text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def crawl_id(day: date) -> str:
    """The id of a crawl at 03:00 UTC of a day."""
    return f"{day:%Y%m%d}T030000Z-{sha(str(day))[:8]}"


def at(day: date) -> datetime:
    """03:00 UTC of a day."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def source(source_id: str, record: str, *, redistribute: bool = True) -> dict[str, Any]:
    """A registry entry, as the registry dumps it."""
    return {
        "id": source_id,
        "title": f"Title of {source_id}",
        "publisher": "Publisher",
        "url_main": f"https://example.org/{source_id}",
        "record": record,
        "format": "any",
        "licence": {
            "name": "CC BY 4.0",
            "url": "https://creativecommons.org/licenses/by/4.0/",
            "redistribute": redistribute,
            "attribution": "Publisher",
        },
        "access": "documented_api",
        "access_note": "Open interface",
        "terms": {"url": f"https://example.org/{source_id}/terms", "note": "Read before use."},
        "personal_data": "none kept",
        "universe": f"What {source_id} knows of",
        "watch": {"kind": "none", "every_minutes": 1440},
        "fresh_within_hours": 400,
    }


def posting(number: int, day: date, **changes: Any) -> JobPosting:
    """A posting as listed on a day; fields by keyword, the rest made up from its number."""
    board = changes.pop("board_id", f"board{number % 40:02d}")
    posting_id = changes.pop("posting_id", str(number))
    source_id = changes.pop("source_id", BOARDS)
    values: dict[str, Any] = {
        "record_id": f"{source_id}:{board}:{posting_id}",
        "source_id": source_id,
        "crawl_id": crawl_id(day),
        "capture_id": sha(f"{source_id} {board} {day}"),
        "url": f"https://boards.example/{board}",
        "retrieved_at": at(day),
        "is_sample": True,
        "locator": f"$.jobs[{number}]",
        "board_id": board,
        "posting_id": posting_id,
        "employer": f"Employer {board} S.A.",
        "title": "Accountant",
        "text": words(number),
        "location_raw": "Luxembourg",
        "is_luxembourg": True,
        "luxembourg_basis": "name",
    }
    return JobPosting(**{**values, **changes})


def key_of(record: Any) -> str:
    """The key of a record's text."""
    return sha("\x1f".join((record.title, getattr(record, "employer", ""), record.text)))


def words(number: int) -> str:
    """Sixty made-up words that no other number shares."""
    digest = "".join(sha(f"{number}/{part}") for part in range(6)).translate(str.maketrans("0123456789", "ghijklmnop"))
    return " ".join(digest[start : start + 6] for start in range(0, 360, 6))


def cell(day: date, indic: str, size: str, geo: str, period: str, value: float | None, **changes: Any) -> Observation:
    """A cell of isoc_eb_ai as read on a day."""
    dimensions = {
        "freq": "A",
        "size_emp": size,
        "nace_r2": "C10-S951_X_K",
        "indic_is": indic,
        "unit": "PC_ENT",
        "geo": geo,
    }
    key = ".".join(dimensions.values())
    values: dict[str, Any] = {
        "record_id": f"{STATISTICS}:{key}:{period}",
        "source_id": STATISTICS,
        "crawl_id": crawl_id(day),
        "capture_id": sha(f"{STATISTICS} {day}"),
        "url": "https://statistics.example/isoc_eb_ai",
        "retrieved_at": at(day),
        "is_sample": True,
        "locator": f"cell {size} {geo} {period}",
        "dataset_id": "isoc_eb_ai",
        "series_key": key,
        "dimensions": dimensions,
        "time_period": period,
        "value": value,
        "unit": "PC_ENT",
        "universe": "Enterprises with 10 or more persons employed",
        "published_at": at(day) - timedelta(days=1),
    }
    return Observation(**{**values, **changes})


@dataclass
class World:
    """A data root under construction: records, classes of texts, crawl records; ``write`` lays the files out."""

    root: Path
    target: Path | None = None  # where dbt keeps what it parsed; shared by worlds, later builds are faster
    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    crawls: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    classes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by kind and key of the text
    ads: dict[str, str] = field(default_factory=dict)  # the ad of a text, by key
    terms: list[dict[str, Any]] = field(default_factory=list)  # emerging terms, as models keep them
    sources: list[dict[str, Any]] = field(
        default_factory=lambda: [source(BOARDS, "job_posting"), source(STATISTICS, "observation")]
    )

    @property
    def warehouse_file(self) -> Path:
        return self.root / "warehouse" / "observatory.duckdb"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    def crawl(self, source_id: str, day: date, *, complete: bool = True, keys: Sequence[str] = ()) -> None:
        """Sign off a crawl of a source."""
        self.crawls[source_id, crawl_id(day)] = {
            "crawl_id": crawl_id(day),
            "source_id": source_id,
            "mode": "live",
            "started_at": at(day),
            "finished_at": at(day) + timedelta(minutes=1),
            "finish_reason": "finished" if complete else "interrupted",
            "complete": complete,
            "is_reconstructed": True,
            "captures": 1,
            "new_captures": 1,
            "whole": list(keys) or [""] * complete,
            "statuses": {"200": 1},
        }

    def classify(self, record: Any, ai_class: str = "none", **changes: Any) -> None:
        """What the classifier says of the text of a posting, a work, a project or an announcement."""
        key = key_of(record)
        self.classes[record.kind, key] = {
            "text_sha256": key,
            "lang": "en",
            "ai_class": ai_class,
            "is_ai": ai_class in {"practitioner", "user", "governance"},
            "ai_score": 0.9 if ai_class != "none" else 0.01,
            "skills": [],
            "evidence": [],
            "sector": "K",
            "sector_basis": "register",
            "sector_nace21": "L",
            "occupation": "2",
            "occupation_sub_major": "24",
            "languages_required": ["EN"],
            "model_version": MODEL_VERSION,
            **changes,
        }

    def link(self, *variants: JobPosting) -> None:
        """Say that the texts of these postings are one ad."""
        keys = sorted(map(key_of, variants))
        self.ads |= dict.fromkeys(keys, keys[0])

    def emerge(self, term: str, example: JobPosting) -> None:
        """Say that a term is new in AI postings, and name one that holds it."""
        key = sha("\x1f".join((example.title, example.employer or "", example.text)))
        counts = {"texts_ai": 7, "texts_other": 1, "employers_ai": 4, "languages": ["en", "fr"], "log_odds_z": 4.5}
        self.terms.append({"term": term, **counts, "example_sha256": key, "model_version": MODEL_VERSION})

    def list_between(self, first: JobPosting, days: Iterable[date], **classified: Any) -> None:
        """List a posting at each of the given crawl days, and classify its text."""
        self.classify(first, **classified)
        for day in days:
            moved = {"crawl_id": crawl_id(day), "retrieved_at": at(day)}
            capture = sha(f"{first.source_id} {first.board_id} {day}")
            self.records.append(first.model_copy(update={**moved, "capture_id": capture}))

    def write(self) -> None:
        """Write record and classification files; files that are not wanted any more disappear."""
        for old in [*self.root.glob("records/*/*/*"), *self.root.glob("classified/*/*/*")]:
            old.unlink()
        groups: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        for record in self.records:
            groups[record.kind, record.source_id, record.crawl_id].append(record)
        for reject in self.rejects:
            groups["quarantine", reject.source_id, reject.crawl_id].append(reject)
        for source_id, crawl in self.crawls:
            groups["quarantine", source_id, crawl] += []
        models: dict[str, type[BaseModel]] = {**RECORD_KINDS, Reject.kind: Reject}
        for (kind, source_id, crawl), rows in sorted(groups.items()):
            table = pa.Table.from_pylist([row.model_dump() for row in rows], schema=arrow_schema(models[kind]))
            write_parquet(self.root / "records" / kind / source_id / f"{crawl}.parquet", table)
        if self.classes:
            text, place = pa.string(), pa.int64()
            span = pa.struct({"concept": text, "text": text, "start": place, "end": place, "part": text})
            schema = pa.schema(
                {
                    **dict.fromkeys(("text_sha256", "lang", "ai_class"), pa.string()),
                    "is_ai": pa.bool_(),
                    "ai_score": pa.float64(),
                    "skills": pa.list_(pa.string()),
                    "evidence": pa.list_(span),
                    **dict.fromkeys(("sector", "sector_basis", "sector_nace21"), pa.string()),
                    **dict.fromkeys(("occupation", "occupation_sub_major"), pa.string()),
                    "languages_required": pa.list_(pa.string()),
                    "organisations": pa.list_(pa.string()),
                    "model_version": pa.string(),
                }
            )
            for kind in sorted({kind for kind, _ in self.classes}):
                rows = [reading for (of_kind, _), reading in self.classes.items() if of_kind == kind]
                table = pa.Table.from_pylist(rows, schema=schema)
                write_parquet(self.root / "classified" / kind / MODEL_VERSION / "part-1.parquet", table)

        if self.ads:
            linked = [
                {"text_sha256": key, "ad_id": ad, "has_text": True, "similarity": 1.0, "model_version": MODEL_VERSION}
                for key, ad in self.ads.items()
            ]
            names = ("text_sha256", "ad_id", "translation_of", "evidence", "model_version")
            types = dict.fromkeys(names, pa.string()) | {"has_text": pa.bool_(), "similarity": pa.float64()}
            table = pa.Table.from_pylist(linked, schema=pa.schema(types))
            write_parquet(self.root / "classified" / "duplicate" / MODEL_VERSION / "shard-000-1.parquet", table)
        if self.terms:
            folder = self.root / "classified" / "emerging_term" / MODEL_VERSION
            write_parquet(folder / "part-1.parquet", pa.Table.from_pylist(self.terms))

    def load(self, drift: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> LoadReport:
        """Load what was written, with a judgement of its crawls."""
        return load(
            self.warehouse_file,
            self.root / "records",
            self.root / "classified",
            MODEL_VERSION,
            list(self.crawls.values()),
            self.sources,
            CONCEPTS,
            drift,
        )

    def build(self, *, unit_tests: bool = False) -> None:
        """Write, load, build and estimate."""
        self.write()
        self.load()
        dbt_build(self.warehouse_file, self.target or self.root / "target", unit_tests=unit_tests)
        estimate(self.warehouse_file)

    def publish(self, now: datetime = PUBLISHED_AT) -> Release | None:
        """Publish what was estimated."""
        return publish(
            self.warehouse_file,
            self.releases,
            code_version="test-code-1",
            model_version=MODEL_VERSION,
            taxonomy_version=TAXONOMY_VERSION,
            inputs={"crawls": len(self.crawls)},
            now=now,
        )


def write_parquet(path: Path, table: pa.Table) -> None:
    """A Parquet file with its checksum file beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(path.name + ".sha256").write_text(f"{checksum}  {path.name}\n", encoding="ascii")


def add_statistics(world: World) -> None:
    """Official cells in two readings; EU27 2023 is revised from 8.0 to 8.1 between them, one cell is confidential."""
    first, second = date(2025, 2, 1), date(2025, 12, 20)
    for day in (first, second):
        world.crawl(STATISTICS, day)
        years = ("2021", "2023", "2024") if day == first else ("2021", "2023", "2024", "2025")
        for geo, base in (("LU", 13.0), ("EU27_2020", 7.6), ("BE", 10.3), ("DE", 10.6)):
            for index, year in enumerate(years):
                total = base + 4.5 * index
                if (geo, year) == ("EU27_2020", "2023"):
                    total = 8.0 if day == first else 8.1
                world.records.append(cell(day, "E_AI_TANY", "GE10", geo, year, total))
                world.records.append(cell(day, "E_AI_TTM", "GE10", geo, year, round(total * 0.6, 2)))
                for size, factor in (("10-49", 0.8), ("50-249", 1.4)):
                    world.records.append(cell(day, "E_AI_TANY", size, geo, year, round(total * factor, 2)))
                hidden = {"value": None, "obs_status": "C"} if geo == "LU" else {}
                large = cell(day, "E_AI_TANY", "GE250", geo, year, round(total * 2, 2))
                world.records.append(large.model_copy(update=hidden))
    broken = posting(1, first)
    world.rejects.append(
        Reject(
            source_id=BOARDS,
            crawl_id=crawl_id(first),
            capture_id=broken.capture_id,
            url=broken.url,
            retrieved_at=broken.retrieved_at,
            is_sample=True,
            record_kind="job_posting",
            locator="$.jobs[3]",
            reason="missing_title",
            detail="no title",
        )
    )


def add_postings(world: World, *, quarters: int = 5, per_quarter: int = 200) -> None:
    """Postings of forty invented employers from 2024-10-01 on, listed by fortnightly crawls for about five weeks."""
    start = date(2024, 9, 30)
    crawl_days = [start + timedelta(days=14 * index) for index in range(int(quarters * 92 / 14) + 2)]
    for day in crawl_days:
        world.crawl(BOARDS, day)
    sections = ("K", "K", "K", "J", "J", "M", "C", "Q")
    for number in range(quarters * per_quarter):
        published = date(2024, 10, 1) + timedelta(days=int(number * 91.5 / per_quarter))
        listed = [day for day in crawl_days if published <= day <= published + timedelta(days=35)]
        ai_class = {0: "practitioner", 1: "practitioner", 2: "user", 3: "governance", 4: "mention"}.get(
            (number * 7) % 23, "none"
        )
        skills = {"practitioner": ["python", "machine_learning"], "user": ["llm"], "governance": ["ai_act"]}
        first = posting(number, listed[0], published_on=published, title=f"{'AI ' if ai_class != 'none' else ''}Role")
        world.list_between(
            first,
            listed,
            ai_class=ai_class,
            skills=skills.get(ai_class, []) + (["llm"] if ai_class == "practitioner" and number % 2 else []),
            sector=sections[number % 40 % len(sections)],
            languages_required=[["EN"], ["EN", "FR"], ["FR"], ["DE", "FR", "LB"], []][number // 3 % 5],
            evidence=[{"concept": "python", "text": "Python", "start": 0, "end": 6, "part": "tasks"}]
            if ai_class == "practitioner"
            else [],
        )


def whole_world(root: Path, target: Path | None = None) -> World:
    """Statistics and five quarters of postings, not yet written."""
    world = World(root, target)
    add_statistics(world)
    add_postings(world)
    return world


def make_release(root: Path) -> Release:
    """Build and publish the whole world under ``root``; its releases are in ``root/releases``."""
    world = whole_world(root)
    world.build()
    release = world.publish()
    assert release is not None, "a first publication always publishes"
    return release
