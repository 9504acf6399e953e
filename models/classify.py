"""A batch of texts in, a batch of readings out: language, AI class, skills, sector, occupation, languages asked for.

Belongs here: the order of the steps for one text, and the worker processes. Never here: files (store.py), rules (data).
A frame goes in and a frame comes out, so the same function can run under any engine that maps over batches.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypedDict

import pandas as pd

from models import pipeline
from models.decide import IS_AI, AiClass
from models.language import LANGUAGES, languages_of, main_language, required
from models.matching import concerns_ai
from models.normalise import Normal, normalise
from models.occupation import load_occupations
from models.onepass import Passed, look
from models.organisations import named_organisations
from models.sector import load_sectors
from models.version import model_version

COLUMNS = (
    "id", "lang", "ai_class", "is_ai", "ai_score", "skills", "evidence", "sector", "sector_basis",
    "sector_nace21", "occupation", "occupation_sub_major", "languages_required", "organisations", "model_version",
)  # fmt: skip
FIELDS = ("id", "text", "title", "employer", "kind", "lang")  # what a row to be read holds, all strings
MAX_EVIDENCE = 60
MAX_TITLE = 500  # characters; what is longer is no title
_CHUNK = 200  # texts a worker reads before it reports: small enough to share fairly, large enough to be cheap
_JOB_KINDS = frozenset({"", "job_posting"})


class Evidence(TypedDict):
    """A mention: where it stands in the title (part ``title``) or in the text (all other parts), as characters."""

    concept: str
    text: str
    start: int
    end: int
    part: str


class Reading(TypedDict):
    """What is known of one text.

    ``sector`` and ``sector_nace21``: section letter of NACE Rev. 2 and Rev. 2.1, or ``unknown``; ``occupation`` and
    ``occupation_sub_major``: one and two digits of ISCO-08, or None; ``organisations``: known actors that a text
    other than a posting names, by the ids of actors.yaml.
    """

    id: str
    lang: str
    ai_class: AiClass
    is_ai: bool
    ai_score: float
    skills: list[str]
    evidence: list[Evidence]
    sector: str
    sector_basis: str
    sector_nace21: str
    occupation: str | None
    occupation_sub_major: str | None
    languages_required: list[str]
    organisations: list[str]
    model_version: str


def __getattr__(name: str) -> str:
    # The version is a hash over files, so it is computed when asked for and not at import.
    if name == "MODEL_VERSION":
        return model_version()
    raise AttributeError(name)


def classify(frame: pd.DataFrame, *, workers: int = 1) -> pd.DataFrame:
    """Reads every row of a frame.

    Columns in: ``id``, ``text``; optional ``title``, ``employer``, ``kind`` (a record kind; job postings have sections,
    other texts have not), ``lang`` (a declared language, used where it is one of en, fr, de, lb). Columns out:
    ``COLUMNS``, one row for each row in, in the same order. A text longer than 60,000 characters is read up to there.
    With ``workers`` above 1, that many own processes read chunks and return small dicts.
    """
    missing = {"id", "text"} - set(frame.columns)
    if missing:
        raise ValueError(f"classify needs the columns id and text; missing: {', '.join(sorted(missing))}")
    rows = rows_of(frame)
    chunks = [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]
    readings: list[Reading] = []
    if workers > 1 and len(chunks) > 1:
        with worker_pool(min(workers, len(chunks))) as pool:
            for part in pool.map(read_chunk, chunks):
                readings += part
    else:
        for chunk in chunks:
            readings += read_chunk(chunk)
    out = pd.DataFrame(readings, columns=list(COLUMNS))
    # pandas would turn None into NaN in a column of strings
    for name in ("occupation", "occupation_sub_major"):
        out[name] = pd.Series([reading[name] for reading in readings], dtype=object, index=out.index)
    return out


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Processes for ``read_chunk``. The first pool takes as long as building the readers, others are quick.

    Workers are forked from a server process that has built the readers and runs nothing else: a fork of this process,
    which may have threads (DuckDB, Dagster), can hang. Where there is none (Windows), each worker builds them.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["models.warm"])
    return ProcessPoolExecutor(workers, mp_context=context)


def warm_up() -> None:
    """Builds all readers of this process, which the first text would do else."""
    read_chunk([dict.fromkeys(FIELDS, "") | {"title": "AI Engineer", "text": "You train neural networks in English."}])


def read_chunk(rows: Sequence[dict[str, str]]) -> list[Reading]:
    """The readings of a few rows; strings of rare words are given back to the system after each chunk."""
    nlp = pipeline.load_pipeline()
    with nlp.memory_zone():
        return [read_one(row) for row in rows]


def read_one(row: dict[str, str]) -> Reading:
    """The reading of one row with the keys id, text, title, employer, kind, lang (all strings, maybe empty)."""
    body, title, passed = _looked_at(row)
    folded = passed.folded[passed.title_end :]
    declared = row["lang"] if row["lang"] in LANGUAGES else ""
    sub_major = load_occupations().read(passed.title)
    sector = load_sectors().read_hits(
        row["employer"], passed.sector_in_title, passed.sector, passed.agency, passed.lower, sub_major
    )
    ai_class: AiClass = "none"
    score, skills, evidence = 0.0, list[str](), list[Evidence]()
    if concerns_ai(passed.aliases, passed.text):
        lang, languages = languages_of(folded, passed.title)
        read = _read(row, title, body, passed, languages, sub_major)
        lang = declared or lang
        if read.state.decision is not None:
            ai_class, score = read.state.decision.ai_class, read.state.decision.score
            evidence = _evidence(read, row)
            if ai_class in IS_AI:
                skills = read.state.skills()
    else:
        lang = declared or main_language(folded, passed.title)
    return Reading(
        id=row["id"],
        lang=lang,
        ai_class=ai_class,
        is_ai=ai_class in IS_AI,
        ai_score=score,
        skills=skills,
        evidence=evidence,
        sector=sector.section,
        sector_basis=sector.basis,
        sector_nace21=sector.nace21,
        occupation=sub_major[0] if sub_major else None,
        occupation_sub_major=sub_major,
        languages_required=required(passed.lower, passed.languages),
        # The employer of a posting is known; whom else it names says nothing about it.
        organisations=[] if row["kind"] in _JOB_KINDS else named_organisations(title, body),
        model_version=model_version(),
    )


@dataclass(frozen=True)
class Read:
    """A text that went through the pipeline, and the way back from it to the characters of its row."""

    state: pipeline.State
    title: Normal
    body: Normal

    def source_span(self, mention: pipeline.Mention) -> tuple[int, int]:
        """Start and end of a mention in the row's title (part ``title``) or text."""
        source, shift = (self.title, 0) if mention.part == "title" else (self.body, self.state.title_end)
        return source.source_span(mention.start - shift, mention.end - shift)


def read_again(row: dict[str, str]) -> Read | None:
    """The text of a row through the pipeline, for its account; None if no decisive term stands in it."""
    body, title, passed = _looked_at(row)
    if not concerns_ai(passed.aliases, passed.text):
        return None
    languages = languages_of(passed.folded[passed.title_end :], passed.title)[1]
    return _read(row, title, body, passed, languages, load_occupations().read(passed.title))


def _looked_at(row: dict[str, str]) -> tuple[Normal, Normal, Passed]:
    body, title = normalise(row["text"]), normalise(row["title"][:MAX_TITLE])
    return body, title, look(title, body)


def _read(
    row: dict[str, str],
    title: Normal,
    body: Normal,
    passed: Passed,
    languages: frozenset[str],
    occupation: str | None,
) -> Read:
    declared = {row["lang"]} if row["lang"] in LANGUAGES else set[str]()
    state = pipeline.read_passed(
        passed,
        languages=languages | declared,
        employer=row["employer"],
        sections=row["kind"] in _JOB_KINDS,
        kind=row["kind"],
        occupation=occupation,
    )
    return Read(state, title, body)


def _evidence(read: Read, row: dict[str, str]) -> list[Evidence]:
    found: list[Evidence] = []
    for mention in read.state.mentions:
        if mention.tier == "adjacent":
            continue
        start, end = read.source_span(mention)
        raw = row["title" if mention.part == "title" else "text"]
        found.append(Evidence(concept=mention.concept_id, text=raw[start:end], start=start, end=end, part=mention.part))
        if len(found) == MAX_EVIDENCE:
            break
    return found


def rows_of(frame: pd.DataFrame) -> list[dict[str, str]]:
    """One dict a row with the keys ``FIELDS``, all strings; what is missing is empty."""
    nothing = [""] * len(frame)
    columns = [[_string(value) for value in frame[n].tolist()] if n in frame.columns else nothing for n in FIELDS]
    return [dict(zip(FIELDS, values, strict=True)) for values in zip(*columns, strict=True)]


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value != value else str(value)
