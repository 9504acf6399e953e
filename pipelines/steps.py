"""The steps of one run, each a few library calls: what assets, the command line and ``rebuild`` share.

Belongs here: which room is called with what, and what to report. Never here: Dagster, parsing, SQL, statistics.

What reads texts or estimates is imported where it is called: two code servers import this module and stay up for
months, and spaCy, statsmodels and their like are most of the memory that they would hold for nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

import warehouse.release
from pipelines import judgement, mailing, stages
from scrapers import profiles
from scrapers import records as record_files
from scrapers import run as crawling
from scrapers import watch as watching
from scrapers.archive import Archive, ArchiveError, Trouble
from scrapers.decode import decode_crawl
from scrapers.drift import Drift
from scrapers.items import utc_now
from scrapers.lineage import lineage
from scrapers.registry import Source, load_sources
from state import db, events
from state.settings import Settings
from warehouse.lock import writer

if TYPE_CHECKING:
    import models.card
    import models.duplicate_store
    import models.store
    import scrapers.sample
    import warehouse.load

ROOMS = ("scrapers", "models", "warehouse")  # what the content of a release depends on
LOOK_SECONDS = 40.0  # for all looks of a tick together; a sensor's tick dies at 60
CODE_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".json", ".jsonl", ".cfg"}
"""Files whose text can change a number."""
UNFORESEEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a decoder raises, beside its rejects, on an answer of a shape that nobody thought of."""


@dataclass(frozen=True)
class RecordsReport:
    """What decoding one source gave: what this run added, and the totals over all its crawls."""

    source_id: str
    new_crawls: int
    new_records: int
    crawls: int
    records: int
    rejects: int
    problem: str | None = None
    trouble: Trouble | None = None  # the kind of the problem


@dataclass(frozen=True)
class ReleaseReport:
    """The release that is current after a run (None before the first), and whether this run made it."""

    release_id: str | None
    is_new: bool
    tables: dict[str, int]


class LookFailedError(RuntimeError):
    """A look by hand found no version; the message says why."""


def sources_of(settings: Settings, mode: str | None = None) -> tuple[Source, ...]:
    """The registered sources, or those that take part in one mode; a disabled one takes part in none."""
    sources = load_sources(settings.sources_dir)
    return tuple(s for s in sources if mode is None or (mode in s.modes and s.disabled is None))


@cache
def code_version() -> str:
    """Version of the code that numbers depend on: the package's, and a hash over its rooms. Needs no git."""
    digest_ = hashlib.sha256()
    base = Path(__file__).parents[1]
    for room in ROOMS:
        for path in sorted((base / room).rglob("*")):
            if path.suffix in CODE_SUFFIXES and "target" not in path.parts and "__pycache__" not in path.parts:
                digest_.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('luxai-observatory')}+{digest_.hexdigest()[:12]}"


def build_sample(settings: Settings) -> scrapers.sample.SampleReport:
    """The bundled sample in the archive; does nothing if it is there already."""
    import scrapers.sample

    return scrapers.sample.build(settings.root)


def state_engine(settings: Settings) -> Engine:
    return db.open_state(settings.state_db)


def api_keys(settings: Settings) -> dict[str, str]:
    """Keys of publishers' APIs by the name of their setting, for ``scrapers.keyring``."""
    given = {"openalex_key": settings.openalex_key}
    return {name: key.get_secret_value() for name, key in given.items() if key is not None}


def crawl(settings: Settings, source: Source, run_id: str | None = None) -> crawling.CrawlOutcome:
    """One crawl of one source in a child process; a live one is noted in the event log."""
    outcome = crawling.crawl(
        source,
        settings.archive,
        mode=settings.mode,
        contact=settings.contact,
        host_map=settings.host_map or None,
        keys=api_keys(settings),
    )
    if settings.mode == "live":
        note_crawl(settings, outcome, run_id)
    return outcome


def note_crawl(settings: Settings, outcome: crawling.CrawlOutcome, run_id: str | None) -> None:
    """The crawl, and whether it brought a change, in the event log. That all is well is for the decoding to say."""
    engine, now, detail = state_engine(settings), utc_now(), outcome.problem or ""
    about: dict[str, Any] = {"at": now, "source_id": outcome.source_id, "run_id": run_id}
    name = outcome.crawl_id or f"{run_id}:{now.isoformat()}"
    events.record(
        engine, "crawled", **about, trouble=outcome.trouble, detail=detail, key=f"crawled:{outcome.source_id}:{name}"
    )
    if outcome.problem is None and not outcome.unchanged:
        said = "other answers than at the last complete crawl"
        events.record(engine, "changed", **about, detail=said, key=f"changed:{outcome.source_id}:{name}")
    if outcome.trouble is not None:
        events.note_check(engine, outcome.source_id, by="crawl", at=now, trouble=outcome.trouble, detail=detail)


def look_version(settings: Settings, source: Source) -> str:
    """The version of one source now; raises :class:`LookFailedError`."""
    if source.watch.kind == "none":
        raise LookFailedError(f"{source.id} is not looked at: the clock is its version")
    found = look(settings, [source])[source.id]
    if found.version is None:
        unnamed = f"the feed of updates does not name it, so it is unchanged since {found.heard_since}"
        otherwise = unnamed if found.heard_since else "a crawl of it is under way"
        raise LookFailedError(f"{source.id}: {found.problem or otherwise}")
    return found.version


def look(settings: Settings, sources: Iterable[Source]) -> dict[str, watching.Look]:
    """Look at sources side by side in one child process, within one deadline."""
    return watching.look(
        sources,
        settings.archive,
        contact=settings.contact,
        host_map=settings.host_map or None,
        keys=api_keys(settings),
        timeout_s=LOOK_SECONDS,
    )


def decode_new(settings: Settings, source: Source) -> RecordsReport:
    """Decode, scrub and write every crawl of a source that has no records yet, in time order, with its profile."""
    from models.scrub import scrub_text

    archive = Archive(settings.archive)
    archive.recover()  # what a killed crawl left is signed off as interrupted, and decoded like any other
    done = record_files.decoded_crawls(settings.records, source.record, source.id)
    crawls = archive.crawls(source.id)
    counts: list[int] = []
    problem: str | None = None
    trouble: Trouble | None = None
    for item in crawls:
        if item.crawl_id in done:
            continue
        try:
            decoded = record_files.scrub(decode_crawl(archive, source, item.crawl_id), scrub_text)
            # Before the records: a crawl with records has a profile.
            profiles.write(settings.records, settings.archive, source, item, decoded)
            counts.append(record_files.write_crawl(settings.records, source, item.crawl_id, decoded).records)
        except (ArchiveError, record_files.RecordsConflictError, *UNFORESEEN) as error:
            # One crawl that cannot be read must not hold up the others, nor other sources; it is tried again next time.
            problem = f"{source.id}: crawl {item.crawl_id} is not decoded: {type(error).__name__}: {error}"
            trouble = "changed_shape" if isinstance(error, UNFORESEEN) else "damaged"
    if problem is None and crawls:
        problem, trouble = newest_crawl(settings, source, crawls[-1].crawl_id)
    if problem is None and crawls:
        problem = judgement.fallen(source, profiles.judged(settings.records, source, crawls))
        trouble = "fell" if problem else None
    # A crawl in trouble of its own has said so; that a part fell is said all the same, since an engineer has to look.
    if settings.mode == "live" and (counts or problem) and (crawls[-1].trouble is None or trouble == "fell"):
        events.note_check(
            state_engine(settings), source.id, by="crawl", at=utc_now(), trouble=trouble, detail=problem or ""
        )
    return RecordsReport(
        source_id=source.id,
        new_crawls=len(counts),
        new_records=sum(counts),
        crawls=len(crawls),
        records=record_files.count_all(settings.records, source.record, source.id),
        rejects=record_files.count_all(settings.records, record_files.QUARANTINE, source.id),
        problem=problem,
        trouble=trouble,
    )


def newest_crawl(settings: Settings, source: Source, crawl_id: str) -> tuple[str | None, Trouble | None]:
    """What is wrong with the records of a source's newest crawl, at whatever run it was decoded."""
    records = record_files.count_records(settings.records, source.record, source.id, crawl_id)
    if records == 0 and record_files.count_records(settings.records, record_files.QUARANTINE, source.id, crawl_id):
        return f"{source.id}: nothing that the newest crawl brought could be read", "changed_shape"
    short = judgement.too_few(source, records)
    return short, "too_few" if short else None


def drift_of(settings: Settings, source: Source) -> Drift:
    """The judgement of all crawls of a source so far."""
    return profiles.judged(settings.records, source, Archive(settings.archive).crawls(source.id))


def evaluated(settings: Settings) -> models.card.Verdict:
    """The present model version on its gold sets: measured once, kept beside what was read with it."""
    import models.card

    return models.card.verdict(settings.classified / "evaluation")


def classify_new(settings: Settings) -> models.store.ClassifyReport:
    """Classify every text that this model version has not read yet, and read the claims of announcements.

    Refused if the model is below a floor.
    """
    import models.card
    import models.claim_store
    import models.emerging_store
    import models.store

    models.card.require(settings.classified / "evaluation")
    report = models.store.classify_records(settings.records, settings.classified, workers=settings.workers)
    claims = models.claim_store.extract_new(settings.records, settings.classified)
    models.emerging_store.count_terms(settings.records, settings.classified)
    return replace(report, files=(*report.files, *claims))


def link_new(settings: Settings) -> models.duplicate_store.DuplicateReport:
    """Find texts of postings that are one ad, for every employer that has something new."""
    import models.duplicate_store

    return models.duplicate_store.link_duplicates(settings.records, settings.classified, workers=settings.workers)


def inputs_fingerprint(settings: Settings) -> str:
    """Hash over everything a release is made of: record and classified files, crawl records, sources, code."""
    import models.claim_store
    import models.duplicate_store
    import models.emerging_store
    import models.store

    digest_ = hashlib.sha256(code_version().encode())
    roots = (
        settings.records,
        *models.store.classified_folders(settings.classified),
        models.claim_store.claim_folder(settings.classified),
        models.duplicate_store.duplicate_folder(settings.classified),
        models.emerging_store.term_folder(settings.classified),
    )
    for root in roots:
        for sidecar in sorted(root.rglob("*.sha256")):
            digest_.update(sidecar.relative_to(settings.root).as_posix().encode() + sidecar.read_bytes())
    for item in Archive(settings.archive).crawls():  # not the looks of the watch: nothing is made of those
        digest_.update(item.model_dump_json().encode())
    for source in sources_of(settings):
        digest_.update(source.model_dump_json().encode())
    return digest_.hexdigest()


def is_current(settings: Settings) -> bool:
    """True if today's inputs have gone all the way to a release, so that nothing needs to be built."""
    if not (settings.releases / "current.json").exists() or not settings.warehouse_file.exists():
        return False
    return stages.progress(settings).get("published") == inputs_fingerprint(settings)


def load(settings: Settings) -> warehouse.load.LoadReport:
    """Bring new record files, classifications, crawl records and the registry into the warehouse."""
    import models.classify
    import models.taxonomy
    import warehouse.load

    sources = sources_of(settings)
    with writer(settings.warehouse_file.parent):
        fingerprint = inputs_fingerprint(settings)  # before: what arrives meanwhile is the next run's
        crawls = Archive(settings.archive).crawls()
        drifts = {
            source.id: profiles.judged(settings.records, source, [c for c in crawls if c.source_id == source.id])
            for source in sources
        }
        report = warehouse.load.load(
            settings.warehouse_file,
            settings.records,
            settings.classified,
            models.classify.model_version(),
            crawls=[judgement.crawl_row(settings, c, sources, drifts) for c in crawls],
            sources=[judgement.source_row(source) for source in sources],
            concepts=models.taxonomy.concepts_frame(),
            drift=judgement.drift_rows(drifts),
            lineage=lineage().rows(),
        )
        stages.advance(settings, "loaded", fingerprint)
    return report


@contextmanager
def building(settings: Settings) -> Iterator[None]:
    """The writer's lock while dbt builds; a build that ends well has reached what was loaded."""
    with writer(settings.warehouse_file.parent):
        yield
        stages.advance(settings, "built")


def estimate(settings: Settings) -> int:
    """Turn the marts into indicator values; gives their number."""
    import warehouse.estimate

    with writer(settings.warehouse_file.parent):
        values = warehouse.estimate.estimate(settings.warehouse_file)
        stages.advance(settings, "estimated")
    return values


def publish(settings: Settings, run_id: str | None = None) -> ReleaseReport:
    """Publish a release if its content changed, and log that.

    Does nothing while another run has built marts that the values are not yet of: that run publishes both.
    """
    import models.classify
    import models.taxonomy

    made = None
    with writer(settings.warehouse_file.parent):
        if stages.are_values_of_marts(settings):
            made = warehouse.release.publish(
                settings.warehouse_file,
                settings.releases,
                code_version=code_version(),
                model_version=models.classify.model_version(),
                taxonomy_version=models.taxonomy.TAXONOMY_VERSION,
                inputs=input_summary(settings),
            )
            stages.advance(settings, "published")
    if warehouse.release.current_id(settings.releases) is None:
        return ReleaseReport(None, False, {})
    current = warehouse.release.show(settings.releases)
    name = current.release_id  # logged once, by its key: also if a run died between publishing and logging
    about: dict[str, Any] = {"run_id": run_id, "release_id": name, "key": f"published:{name}"}
    events.record(state_engine(settings), "published", at=current.published_at, **about)
    return ReleaseReport(name, made is not None, current.tables)


def input_summary(settings: Settings) -> dict[str, Any]:
    """What went into a release, for its manifest: crawls per source and the span of their knowledge times."""
    summary: dict[str, Any] = {}
    for item in Archive(settings.archive).crawls():
        entry = summary.setdefault(
            item.source_id, {"crawls": 0, "captures": 0, "first": item.started_at.isoformat(), "reconstructed": 0}
        )
        entry["crawls"] += 1
        entry["captures"] += item.captures
        entry["reconstructed"] += int(item.is_reconstructed)
        entry["last"] = item.started_at.isoformat()
    return summary


def publish_digest(settings: Settings, now: datetime | None = None) -> mailing.IssueReport:
    """The edition of this week, issued if it is due: mail and page files in the outbox, written once; mails nobody."""
    return mailing.issue(settings, now or datetime.now(UTC))


def derived_folders(settings: Settings) -> tuple[Path, ...]:
    """What ``rebuild`` makes again from the archive. Releases stay: a digest may cite them."""
    return settings.records, settings.classified, settings.warehouse_file.parent


def remove_derived(settings: Settings) -> None:
    for folder in derived_folders(settings):
        shutil.rmtree(folder, ignore_errors=True)


def jsonable(value: Any) -> Any:
    """The value in JSON types: times in ISO form, everything else that JSON lacks as text."""
    return json.loads(json.dumps(value, default=lambda o: o.isoformat() if isinstance(o, datetime) else str(o)))
