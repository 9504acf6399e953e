"""Small releases for tests: the tables of the contract filled with hand-made values.

TEST DATA. A1 values are published Eurostat figures where they exist (Luxembourg 2021 and 2024, EU 2021 to 2025, sizes
and text mining); everything about postings is invented. Nothing here may be quoted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

RELEASE_A = "20261115T060000Z-aaaaaaaa"
RELEASE_B = "20261122T060000Z-bbbbbbbb"
STAMPS = {
    RELEASE_A: datetime(2026, 11, 15, 6, 0, tzinfo=UTC),
    RELEASE_B: datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
}
Z = 1.959963984540054

DDL = """
CREATE TABLE indicator_value(indicator_code VARCHAR, geo VARCHAR, period VARCHAR, dimensions MAP(VARCHAR, VARCHAR),
  value DOUBLE, low DOUBLE, high DOUBLE, level DOUBLE, n BIGINT, k BIGINT, n_effective DOUBLE, unit VARCHAR,
  estimator VARCHAR, flags VARCHAR,
  suppressed_because VARCHAR, known_from TIMESTAMPTZ, release_id VARCHAR, is_sample BOOLEAN);
CREATE TABLE indicator(code VARCHAR, family VARCHAR, status VARCHAR, name_en VARCHAR, name_fr VARCHAR, name_de
  VARCHAR, name_lb VARCHAR,
  question_en VARCHAR, question_fr VARCHAR, question_de VARCHAR, question_lb VARCHAR, formula VARCHAR, unit VARCHAR,
  numerator VARCHAR, denominator VARCHAR, population VARCHAR, sources VARCHAR[], comparability_class VARCHAR,
  estimator VARCHAR,
  minimum_n BIGINT, window_quarters INTEGER, breaks VARCHAR, revision_policy VARCHAR, recommendations BIGINT[],
  dimensions VARCHAR[], waits_for VARCHAR,
  caveat_en VARCHAR, caveat_fr VARCHAR, caveat_de VARCHAR, caveat_lb VARCHAR);
CREATE TABLE source(source_id VARCHAR, title VARCHAR, publisher VARCHAR, url_main VARCHAR, licence_name VARCHAR,
  licence_url VARCHAR,
  attribution VARCHAR, redistribute BOOLEAN, access VARCHAR, personal_data VARCHAR, last_checked_at TIMESTAMPTZ,
  last_changed_at TIMESTAMPTZ, fresh_within_hours BIGINT, records BIGINT, rejects BIGINT, is_sample BOOLEAN,
  record_kind VARCHAR, format VARCHAR, format_verified BOOLEAN, evidence VARCHAR, disabled VARCHAR);
CREATE TABLE project(programme VARCHAR, project_id VARCHAR, acronym VARCHAR, title VARCHAR, status VARCHAR,
  signed_on DATE, starts_on DATE, ends_on DATE, organisation_id VARCHAR, organisation VARCHAR, activity_type VARCHAR,
  role VARCHAR, contribution DOUBLE, net_contribution DOUBLE, project_contribution DOUBLE, total_cost DOUBLE,
  currency VARCHAR, is_ai BOOLEAN, is_ai_text BOOLEAN, period VARCHAR, known_from TIMESTAMPTZ, record_id VARCHAR,
  capture_id VARCHAR, source_id VARCHAR, is_sample BOOLEAN);
CREATE TABLE announcement(source_id VARCHAR, title VARCHAR, page_url VARCHAR, published_at TIMESTAMPTZ,
  published_on DATE, period VARCHAR, lang VARCHAR, is_ai BOOLEAN, is_counted BOOLEAN, known_from TIMESTAMPTZ,
  record_id VARCHAR, capture_id VARCHAR, is_sample BOOLEAN);
CREATE TABLE revision(dataset_id VARCHAR, series_key VARCHAR, dimensions MAP(VARCHAR, VARCHAR), time_period
  VARCHAR, old_value DOUBLE,
  new_value DOUBLE, old_flag VARCHAR, new_flag VARCHAR, known_from_old TIMESTAMPTZ, known_from_new TIMESTAMPTZ,
  published_at TIMESTAMPTZ);
CREATE TABLE concept(concept_id VARCHAR, label_en VARCHAR, label_fr VARCHAR, label_de VARCHAR, label_lb VARCHAR,
  group_name VARCHAR,
  tier VARCHAR, parent_id VARCHAR, first_seen SMALLINT, esco_uri VARCHAR);
CREATE TABLE quarantine(source_id VARCHAR, record_kind VARCHAR, reason VARCHAR, n BIGINT);
CREATE TABLE release(release_id VARCHAR, published_at TIMESTAMPTZ, content_digest VARCHAR, code_version VARCHAR,
  model_version VARCHAR,
  taxonomy_version VARCHAR, is_sample BOOLEAN);
CREATE TABLE code_label(codelist VARCHAR, code VARCHAR, label_en VARCHAR, label_fr VARCHAR, label_de VARCHAR,
  label_lb VARCHAR);
"""

PARTS_DDL = """
CREATE TABLE board(source_id VARCHAR, board_id VARCHAR, employer VARCHAR, completeness VARCHAR, evidence VARCHAR,
  checked_on VARCHAR, state VARCHAR, what VARCHAR, since TIMESTAMPTZ, last_good_at TIMESTAMPTZ, fallen_to DOUBLE);
CREATE TABLE remark(source_id VARCHAR, what VARCHAR, name VARCHAR, usual DOUBLE, found DOUBLE,
  first_seen_at TIMESTAMPTZ, last_seen_at TIMESTAMPTZ);
"""
SOURCE_COLUMNS = 21

LABELS = [
    ("geo", "LU", "Luxembourg", "Luxembourg", "Luxemburg", "Lëtzebuerg"),
    ("geo", "EU27_2020", "EU27", "UE27", "EU27", "EU27"),
    ("geo", "BE", "Belgium", "Belgique", "Belgien", "Belsch"),
    ("geo", "DK", "Denmark", "Danemark", "Dänemark", "Dänemark"),
    ("geo", "SE", "Sweden", "Suède", "Schweden", "Schweden"),
    ("geo", "PL", "Poland", "Pologne", "Polen", "Polen"),
    ("geo", "RO", "Romania", "Roumanie", "Rumänien", "Rumänien"),
    (
        "indic_is",
        "E_AI_TANY",
        "at least one AI technology",
        "au moins une technologie d'IA",
        "mindestens eine KI-Technologie",
        None,
    ),
    ("indic_is", "E_AI_TTM", "analysis of written language", "analyse de textes", "Textanalyse", None),
    (
        "indic_is",
        "E_AI_TNLG",
        "generation of text or speech",
        "génération de textes ou de parole",
        "Text- oder Spracherzeugung",
        None,
    ),
    ("size_emp", "GE10", "10 or more employees", "10 salariés ou plus", "10 und mehr Beschäftigte", None),
    ("size_emp", "10-49", "10 to 49 employees", "10 à 49 salariés", "10 bis 49 Beschäftigte", None),
    ("size_emp", "50-249", "50 to 249 employees", "50 à 249 salariés", "50 bis 249 Beschäftigte", None),
    ("size_emp", "GE250", "250 or more employees", "250 salariés ou plus", "250 und mehr Beschäftigte", None),
    (
        "nace_section",
        "J",
        "Information and communication",
        "Information et communication",
        "Information und Kommunikation",
        None,
    ),
    (
        "nace_section",
        "K",
        "Financial and insurance activities",
        "Activités financières et d'assurance",
        "Finanz- und Versicherungsdienstleistungen",
        None,
    ),
    (
        "nace_section",
        "M",
        "Professional, scientific and technical activities",
        "Activités spécialisées, scientifiques et techniques",
        "Freiberufliche, wissenschaftliche und technische Dienstleistungen",
        None,
    ),
    (
        "nace_section",
        "Q",
        "Human health and social work",
        "Santé humaine et action sociale",
        "Gesundheits- und Sozialwesen",
        None,
    ),
    ("nace_section", "O", "Public administration", "Administration publique", "Öffentliche Verwaltung", None),
]
CONCEPTS = [
    ("machine_learning", "machine learning", "apprentissage automatique", "maschinelles Lernen", None),
    ("python", "Python", "Python", "Python", None),
    ("llm", "large language models", "grands modèles de langage", "große Sprachmodelle", None),
    ("mlops", "MLOps", "MLOps", "MLOps", None),
    ("evil", '=HYPERLINK("http://x")', "=1+1", "=1+1", None),
]
A1_BREAKS = [
    {
        "period": "2025",
        "applies_to": {"indic_is": ["E_AI_TANY"]},
        "text": {"en": "The list of technologies was widened.", "fr": "La liste des technologies a été élargie."},
    }
]
QUARTERS = ["2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]


def wilson(k: int, n: int, design_effect: float = 1.0) -> tuple[float, float]:
    """95 % Wilson interval of k of n with the effective sample size n / design_effect."""
    p, m = k / n, n / design_effect
    centre, half = p + Z**2 / (2 * m), Z * math.sqrt(p * (1 - p) / m + Z**2 / (4 * m**2))
    return (centre - half) / (1 + Z**2 / m), (centre + half) / (1 + Z**2 / m)


class Builder:
    """Collects the rows of one release and writes its folder; tests change rows before writing."""

    def __init__(self, release_id: str, *, is_sample: bool = True) -> None:
        self.release_id = release_id
        self.stamp = STAMPS[release_id]
        self.is_sample = is_sample
        self.values: list[dict[str, Any]] = []
        self.revisions: list[tuple[Any, ...]] = []
        self.sources: list[list[Any]] = []
        self.boards: list[tuple[Any, ...]] = []  # none: a release from before parts were judged
        self.remarks: list[tuple[Any, ...]] = []
        self.quarantine: list[tuple[Any, ...]] = []
        self.projects: list[tuple[Any, ...]] = []
        self.announcements: list[tuple[Any, ...]] = []
        self.more_indicators: list[tuple[Any, ...]] = []
        self.without: set[str] = set()

    def official(self, geo: str, year: str, value: float | None, flags: str | None = None, **dims: str) -> None:
        self.values.append(self._row("A1", geo, year, dims, value, unit="PC_ENT", estimator="published", flags=flags))

    def share(
        self,
        code: str,
        period: str,
        k: int,
        n: int,
        *,
        design_effect: float = 1.3,
        because: str | None = None,
        **dims: str,
    ) -> None:
        low, high = wilson(k, n, design_effect)
        flags = "u" if n < 100 or k < 10 else None
        if (n < 30 or k < 5) and not (k == 0 and n >= 100):
            because = because or "too_few"
        cell: dict[str, Any] = {"value": k / n, "low": low, "high": high, "k": k, "n": n, "flags": flags}
        cell["n_effective"] = n / design_effect
        if because:
            cell = dict.fromkeys(cell)
        self.values.append(
            self._row(code, "LU", period, dims, unit="share", estimator="wilson", level=0.95, because=because, **cell)
        )

    def count(self, code: str, period: str, value: float, **dims: str) -> None:
        self.values.append(self._row(code, "LU", period, dims, value, unit="employers", estimator="count"))

    def estimate(self, code: str, period: str, value: float | None, unit: str, estimator: str, **cell: Any) -> None:
        """Any other cell for Luxembourg; ``dims`` in ``cell`` are its dimensions, the rest columns of the row."""
        dims = cell.pop("dims", {})
        self.values.append(self._row(code, "LU", period, dims, value, unit=unit, estimator=estimator, **cell))

    def _row(
        self,
        code: str,
        geo: str,
        period: str,
        dims: dict[str, str],
        value: float | None,
        *,
        unit: str,
        estimator: str,
        low: float | None = None,
        high: float | None = None,
        level: float | None = None,
        n: int | None = None,
        k: int | None = None,
        n_effective: float | None = None,
        flags: str | None = None,
        because: str | None = None,
    ) -> dict[str, Any]:
        return {
            "indicator_code": code,
            "geo": geo,
            "period": period,
            "dimensions": dict(sorted(dims.items())),
            "value": value,
            "low": low,
            "high": high,
            "level": level,
            "n": n,
            "k": k,
            "n_effective": n_effective,
            "unit": unit,
            "estimator": estimator,
            "flags": flags,
            "suppressed_because": because,
            "known_from": self.stamp,
            "release_id": self.release_id,
            "is_sample": self.is_sample,
        }

    def write(self, root: Path, *, point: bool = True) -> Path:
        folder = root / self.release_id
        folder.mkdir(parents=True)
        connection = duckdb.connect(str(folder / "observatory.duckdb"))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(DDL)
        if self.values:
            columns = {name: [row[name] for row in self.values] for name in self.values[0]}
            columns["dimensions"] = pa.array(
                [list(d.items()) for d in columns["dimensions"]], pa.map_(pa.string(), pa.string())
            )
            connection.register("rows", pa.table(columns))
            connection.execute("INSERT INTO indicator_value SELECT * FROM rows")
        _many(
            connection, "indicator", [*indicators(), *self.more_indicators] if "indicator" not in self.without else []
        )
        _many(connection, "source", [[*row, *[None] * (SOURCE_COLUMNS - len(row))] for row in self.sources])
        if self.boards or self.remarks:
            connection.execute(PARTS_DDL)
            _many(connection, "board", self.boards)
            _many(connection, "remark", self.remarks)
        _many(connection, "project", self.projects)
        _many(connection, "announcement", self.announcements)
        _many(connection, "concept", [(*row, "AI", "core", None, None, None) for row in CONCEPTS])
        _many(connection, "quarantine", self.quarantine)
        _many(connection, "code_label", LABELS)
        for row in self.revisions:
            connection.execute(
                "INSERT INTO revision SELECT ?, ?, MAP(?::VARCHAR[], ?::VARCHAR[]), ?, ?, ?, ?, ?, ?, ?, ?",
                [*row[:2], list(row[2]), list(row[2].values()), *row[3:]],
            )
        digest = hashlib.sha256(repr(self.values).encode()).hexdigest()
        _many(
            connection,
            "release",
            [(self.release_id, self.stamp, digest, "test", "test-model", "test-taxonomy", self.is_sample)],
        )
        for table in self.without:
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.close()
        (folder / "manifest.json").write_text(json.dumps({"release_id": self.release_id}), encoding="utf-8")
        if point:
            (root / "current.json").write_text(json.dumps({"release_id": self.release_id}), encoding="utf-8")
        return folder


def _many(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Iterable[Any]]) -> None:
    for row in rows:
        filled = list(row)
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(filled))})", filled)


def indicators() -> list[tuple[Any, ...]]:
    """Metadata rows in the shape of the indicator table."""

    def one(
        code: str,
        family: str,
        name: tuple[str, str],
        unit: str,
        sources: list[str],
        breaks: list[dict[str, Any]],
        minimum: int | None,
        window: int = 1,
    ) -> tuple[Any, ...]:
        return (
            code,
            family,
            "live",
            name[0],
            name[1],
            name[0],
            None,
            name[0] + "?",
            name[1] + " ?",
            name[0] + "?",
            None,
            "k / n",
            unit,
            "k",
            "n",
            "population of the test",
            sources,
            "B",
            "test",
            minimum,
            window,
            json.dumps(breaks),
            "all vintages kept",
            [1, 2],
            [],
            None,
            None,
            None,
            None,
            None,
        )

    return [
        one(
            "A1", "adoption", ("Enterprise AI use", "Usage de l'IA"), "PC_ENT", ["eurostat_isoc_eb_ai"], A1_BREAKS, None
        ),
        one("T1", "talent", ("AI share of new postings", "Part de l'IA"), "share", ["greenhouse_sample"], [], 100),
        one(
            "T5",
            "talent",
            ("Skill breadth", "Étendue"),
            "share",
            ["greenhouse_boards", "greenhouse_sample"],
            [],
            100,
            4,
        ),
        one(
            "T12",
            "talent",
            ("Language demand", "Langues"),
            "share",
            ["greenhouse_boards", "greenhouse_sample"],
            [],
            100,
            4,
        ),
    ]


def filled(release_id: str = RELEASE_B, *, is_sample: bool = True) -> Builder:
    """A release with values in every view. Release A ends a quarter earlier and has the EU's old figure for 2023."""
    b = Builder(release_id, is_sample=is_sample)
    newest = release_id == RELEASE_B
    b.official("EU27_2020", "2021", 7.7)
    b.official("EU27_2020", "2023", 8.1 if newest else 8.0)
    b.official("EU27_2020", "2024", 13.48)
    b.official("EU27_2020", "2025", 19.95, flags="b")
    b.official("LU", "2021", 13.2)
    b.official("LU", "2024", 24.0)
    for geo, value in (("DK", 27.6), ("SE", 25.1), ("BE", 24.7), ("PL", 5.9), ("RO", 3.1)):
        b.official(geo, "2024", value)
    for geo, values in (("LU", (15.1, 24.13, 29.06)), ("EU27_2020", (5.9, 10.38, 21.44))):
        for size, value in zip(("10-49", "50-249", "GE250"), values, strict=True):
            b.official(geo, "2024", value, indic_is="E_AI_TTM", size_emp=size)
    b.official("LU", "2024", 17.59, indic_is="E_AI_TTM")
    b.official("EU27_2020", "2024", 6.88, indic_is="E_AI_TTM")
    b.official("EU27_2020", "2024", 5.4, indic_is="E_AI_TNLG")
    b.official("EU27_2020", "2024", None, flags="c", size_emp="10-49")
    quarters = QUARTERS if newest else QUARTERS[:-1]
    totals = [(9, 420), (11, 455), (13, 470), (14, 430), (16, 480), (18, 505), (17, 490), (33, 520)]
    for quarter, (k, n) in zip(quarters, totals, strict=False):
        b.share("T1", quarter, k, n)
        b.share("T1", quarter, k + 6, n, ai_class="user")
        b.share("T1", quarter, 3 if quarter == "2025-Q1" else 6, n, ai_class="governance")
        b.share("T1", quarter, 31, n, ai_class="mention")
    last = quarters[-1]
    if newest:
        b.share("T1", last, 92, 2005, window="4q")
        for section, k, n in (("J", 46, 420), ("K", 31, 610), ("M", 12, 300), ("O", 9, 240), ("Q", 2, 380)):
            b.share(
                "T1", last, k, n, window="4q", nace_section=section, because="dominance" if section == "O" else None
            )
    b.share("T1", last, 14, 120, nace_section="J")
    b.share("T1", last, 12, 150, nace_section="K")
    b.share("T1", last, 6, 70, nace_section="M")
    b.share("T1", last, 1, 90, nace_section="Q")
    b.share("T1", last, 8, 60, because="dominance", nace_section="O")
    for skill, k, employers in (
        ("python", 22, 14),
        ("machine_learning", 19, 12),
        ("llm", 12, 9),
        ("mlops", 6, 4),
        ("evil", 5, 1),
    ):
        b.share("T5", last, k, 33 + 70, skill=skill)
        b.count("T5", last, employers, skill=skill, measure="employers")
        b.count("T5", last, employers * 0.8, skill=skill, measure="effective_employers")
        b.count("T5", last, min(employers, 6), skill=skill, measure="sectors")
    for language, k, every in (("EN", 95, 310), ("FR", 52, 330), ("DE", 20, 170), ("LB", 4, 90)):
        b.share("T12", last, k, 110, language=language)
        b.share("T12", last, every, 520, language=language, base="all")
    checked = STAMPS[RELEASE_B] - timedelta(hours=2)
    b.sources = [
        [
            "eurostat_isoc_eb_ai",
            "Artificial intelligence by size class of enterprise (isoc_eb_ai)",
            "Eurostat",
            "https://ec.europa.eu/eurostat",
            "CC BY 4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            "Eurostat",
            True,
            "documented_api",
            "none",
            checked,
            datetime(2026, 6, 15, tzinfo=UTC),
            192,
            len(b.values),
            2,
            is_sample,
        ],
        [
            "greenhouse_sample",
            "Job boards of the sample",
            "LuxAI Observatory (invented employers)",
            "https://example.org/boards",
            "EUPL-1.2",
            "https://eupl.eu/1.2/en/",
            "LuxAI Observatory",
            True,
            "documented_api",
            "none: invented",
            checked,
            checked,
            48,
            4000,
            12,
            is_sample,
        ],
    ]
    b.quarantine = [
        ("greenhouse_sample", "job_posting", "no title", 12),
        ("eurostat_isoc_eb_ai", "observation", "unknown flag", 2),
    ]
    if newest:
        dims = {"freq": "A", "geo": "EU27_2020", "indic_is": "E_AI_TANY", "size_emp": "GE10", "unit": "PC_ENT"}
        old, new = datetime(2024, 1, 15, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
        b.revisions = [("isoc_eb_ai", "A.GE10.E_AI_TANY.EU27_2020", dims, "2023", 8.0, 8.1, None, "r", old, new, new)]
    return b


def two_releases(root: Path, *, is_sample: bool = True) -> Path:
    """Releases A and B under a root, the pointer on B."""
    filled(RELEASE_A, is_sample=is_sample).write(root)
    filled(RELEASE_B, is_sample=is_sample).write(root)
    return root


def empty_release(root: Path) -> Path:
    """A release whose tables hold no row but the release's own."""
    builder = Builder(RELEASE_B)
    builder.write(root)
    return root
