"""Records on disk: scrubbed, immutable, checksummed, and whole whatever moment a writer dies at."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scrapers import records as store
from scrapers.decode import DecodeContext, Decoded, decode
from scrapers.items import (
    RECORD_KINDS,
    SCHEMA_VERSION,
    Announcement,
    FundingEvent,
    JobPosting,
    Observation,
    Record,
    Reject,
    ResearchOutput,
    arrow_schema,
)
from scrapers.records import RecordsConflictError, decoded_crawls, read_metadata, scrub, verify, write_crawl

FIXTURES = Path(__file__).parent / "fixtures"
CRAWL = "20260601T000000Z-00000000"


@dataclass(frozen=True)
class Entry:
    """What writing reads of a registry entry."""

    id: str
    record: str


JOBS, FIGURES = Entry("greenhouse_test", "job_posting"), Entry("eurostat_test", "observation")


def decoded(entry: Entry = JOBS, crawl_id: str = CRAWL, **changes: Any) -> Decoded:
    format, file = ("greenhouse", "jobs.json") if entry is JOBS else ("jsonstat", "cube.json")
    context = DecodeContext(
        source_id=entry.id,
        crawl_id=crawl_id,
        capture_id="d" * 64,
        url="https://boards-api.greenhouse.io/v1/boards/fernhollow/jobs",
        retrieved_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    )
    found = decode(format, (FIXTURES / format / file).read_bytes(), context)
    found.records = [record.model_copy(update=changes) for record in found.records]
    return found


def test_a_crawl_is_written_with_checksums_quarantine_and_metadata(tmp_path: Path) -> None:
    written = write_crawl(tmp_path, JOBS, CRAWL, decoded(), code_version="1.2.3")
    assert [path.relative_to(tmp_path).as_posix() for path in written.files] == [
        f"job_posting/greenhouse_test/{CRAWL}.parquet",
        f"quarantine/greenhouse_test/{CRAWL}.parquet",
    ]
    assert (written.records, written.rejects, written.new) == (5, 6, True)
    for path in written.files:
        line = path.with_name(path.name + ".sha256").read_text(encoding="ascii")
        assert line == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    said = read_metadata(written.files[0])
    digest = said.pop("rows_sha256")
    assert len(digest) == 64
    assert said == {
        "schema_version": str(SCHEMA_VERSION),
        "source_id": "greenhouse_test",
        "crawl_id": CRAWL,
        "retrieved_first": "2026-06-01T12:00:00+00:00",
        "retrieved_last": "2026-06-01T12:00:00+00:00",
        "code_version": "1.2.3",
    }
    assert verify(tmp_path) == []
    assert (
        decoded_crawls(tmp_path, "job_posting", JOBS.id) == decoded_crawls(tmp_path, "quarantine", JOBS.id) == {CRAWL}
    )


@pytest.mark.parametrize(("entry", "model"), [(JOBS, JobPosting), (FIGURES, Observation)])
def test_every_field_comes_back_as_it_was(tmp_path: Path, entry: Entry, model: type[JobPosting | Observation]) -> None:
    source = decoded(entry)
    written = write_crawl(tmp_path, entry, CRAWL, source)
    table = pq.read_table(written.files[0])
    assert table.schema.remove_metadata() == arrow_schema(model).remove_metadata()
    maps = [field.name for field in table.schema if pa.types.is_map(field.type)]
    rows = [{**row, **{name: dict(row[name]) for name in maps}} for row in table.to_pylist()]
    assert rows == [record.model_dump() for record in sorted(source.records, key=lambda record: record.record_id)]
    rejects = pq.read_table(written.files[1]).to_pylist()
    assert rejects == [reject.model_dump() for reject in source.rejects]


def test_a_crawl_without_records_or_rejects_is_still_marked_as_decoded(tmp_path: Path) -> None:
    written = write_crawl(tmp_path, JOBS, CRAWL, Decoded())
    assert [pq.read_table(path).num_rows for path in written.files] == [0, 0]
    assert [pq.read_schema(path).names for path in written.files] == [
        arrow_schema(m).names for m in (JobPosting, Reject)
    ]
    assert decoded_crawls(tmp_path, "job_posting", JOBS.id) == {CRAWL}
    assert decoded_crawls(tmp_path, "job_posting", "nobody") == set()


def test_the_same_rows_are_left_alone_and_other_rows_refused(tmp_path: Path) -> None:
    write_crawl(tmp_path, JOBS, CRAWL, decoded(), code_version="1")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")}
    again = write_crawl(tmp_path, JOBS, CRAWL, decoded(), code_version="2")  # a new version that reads the same
    assert not again.new
    with pytest.raises(RecordsConflictError, match="rebuild"):
        write_crawl(tmp_path, JOBS, CRAWL, decoded(title="Another title"))
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")} == before


def test_rows_of_another_crawl_or_source_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        write_crawl(tmp_path, JOBS, "20260615T000000Z-00000000", decoded())
    with pytest.raises(ValueError, match="does not belong"):
        write_crawl(tmp_path, FIGURES, CRAWL, decoded())
    with pytest.raises(ValueError, match="file name"):
        write_crawl(tmp_path, JOBS, "../up", Decoded())
    assert list(tmp_path.rglob("*.parquet")) == []


def test_contacts_leave_every_free_text_before_anything_is_written(tmp_path: Path) -> None:
    asked: list[str] = []

    def hide(text: str) -> str:
        asked.append(text)
        return text.replace("jo@x.lu", "[email]")

    mail = "ask jo@x.lu"
    source = decoded(title=mail, text=mail, location_raw=mail, offices=[mail], departments=[mail, "Ops"])
    source.rejects = [reject.model_copy(update={"detail": mail}) for reject in source.rejects]
    clean = scrub(source, hide)
    for record in clean.records:
        assert isinstance(record, JobPosting)
        assert {record.title, record.text, record.location_raw, *record.offices} == {"ask [email]"}
        assert record.departments == ["ask [email]", "Ops"]
    assert {reject.detail for reject in clean.rejects} == {"ask [email]"}
    assert {record.content_sha256 for record in clean.records}.isdisjoint(r.content_sha256 for r in source.records)
    write_crawl(tmp_path, JOBS, CRAWL, clean)
    assert not any(b"jo@x.lu" in path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    scrub(decoded(title=mail), hide)
    assert asked.count(mail) == 1  # one look at each text, however often it comes


def test_scrubbing_leaves_figures_alone() -> None:
    source = decoded(FIGURES)
    assert scrub(source, lambda text: pytest.fail(f"asked about {text!r}")) == source


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "bytes do not match"),
        (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "bytes do not match"),
        (lambda path: path.with_name(path.name + ".sha256").unlink(), "no checksum"),
        (lambda path: path.unlink(), "is gone"),
    ],
)
def test_verify_names_each_damage(tmp_path: Path, damage: Callable[[Path], Any], problem: str) -> None:
    written = write_crawl(tmp_path, JOBS, CRAWL, decoded())
    damage(written.files[0])
    problems = verify(tmp_path)
    assert [problem in line and line.startswith("job_posting/greenhouse_test/") for line in problems] == [True]


def test_a_crawl_whose_quarantine_is_missing_was_not_decoded_to_its_end(tmp_path: Path) -> None:
    written = write_crawl(tmp_path, JOBS, CRAWL, decoded())
    for path in (tmp_path / "quarantine").rglob("*.*"):
        path.unlink()
    assert decoded_crawls(tmp_path, "job_posting", JOBS.id) == set()
    assert verify(tmp_path) == [
        f"job_posting/greenhouse_test/{CRAWL}.parquet: no quarantine file (a crawl not decoded to its end)"
    ]
    # It may be written anew, with what the decoder gives today.
    rewritten = write_crawl(tmp_path, JOBS, CRAWL, decoded(title="Another title"))
    assert verify(tmp_path) == []
    assert set(pq.read_table(written.files[0]).column("title").to_pylist()) == {"Another title"}
    assert rewritten.new


def test_leftovers_of_dead_writers_are_ignored_and_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "job_posting" / JOBS.id
    folder.mkdir(parents=True)
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    dead, living = folder / f".x.parquet.{done.pid}.tmp", folder / f".y.parquet.{os.getppid()}.tmp"
    for path in (dead, living):
        path.write_bytes(b"half a file")
    assert decoded_crawls(tmp_path, "job_posting", JOBS.id) == set()
    assert verify(tmp_path) == []
    write_crawl(tmp_path, JOBS, CRAWL, decoded())
    assert (dead.exists(), living.exists()) == (False, True)


@pytest.mark.parametrize("stop_at", range(1, 9))
def test_a_writer_stopped_between_any_two_steps_leaves_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    """Each write has two steps (temporary file, rename); four writes make a crawl."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == stop_at:
            raise KeyboardInterrupt

    real_replace, real_fsync = Path.replace, os.fsync

    def fsync(handle: int) -> None:
        real_fsync(handle)
        step()

    def replace(self: Path, target: Path) -> Path:
        return real_replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(store.os, "fsync", fsync)
        patched.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            write_crawl(tmp_path, JOBS, CRAWL, decoded())
    for path in tmp_path.rglob("*.parquet"):
        pq.read_table(path)  # whole
    finished = stop_at == 8  # only the last folder sync was missing
    assert decoded_crawls(tmp_path, "job_posting", JOBS.id) == ({CRAWL} if finished else set())
    write_crawl(tmp_path, JOBS, CRAWL, decoded())
    assert verify(tmp_path) == []
    assert decoded_crawls(tmp_path, "job_posting", JOBS.id) == {CRAWL}
    assert list(tmp_path.rglob("*.tmp")) == []


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.scrapers.test_records import JOBS, decoded
from scrapers.records import write_crawl
for number in range(100_000):
    crawl = f"20260601T000000Z-{number:08x}"
    write_crawl(Path(sys.argv[1]), JOBS, crawl, decoded(crawl_id=crawl))
    if number == 0:
        print("go", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_kill_9_at_any_moment_leaves_whole_files_only(tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    for delay in (0.05, 0.13, 0.31):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(project)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=project)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"go\n"
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        whole = decoded_crawls(tmp_path, "job_posting", JOBS.id)
        assert whole
        for path in tmp_path.rglob("*.parquet"):
            assert pq.read_table(path).num_rows in (5, 6)
        unfinished = {line.split(":")[0] for line in verify(tmp_path)}
        assert len({Path(name).stem.removesuffix(".parquet") for name in unfinished}) <= 1
        for crawl in sorted({Path(name).stem for name in unfinished}):
            write_crawl(tmp_path, JOBS, crawl, decoded(crawl_id=crawl))
        assert verify(tmp_path) == []
    write_crawl(tmp_path, JOBS, "20260701T000000Z-00000000", decoded(crawl_id="20260701T000000Z-00000000"))
    assert list(tmp_path.rglob("*.tmp")) == []


def test_employers_and_addresses_lose_their_contacts() -> None:
    asked: list[str] = []

    def hide(text: str) -> str:
        asked.append(text)
        return text.replace("jo@x.lu", "[email]").replace("+352 26 12 34 56", "[phone]")

    def scrubbed(**changes: str) -> JobPosting:
        record = scrub(decoded(**changes), hide).records[0]
        assert isinstance(record, JobPosting)
        return record

    assert scrubbed(employer="Fernhollow jo@x.lu").employer == "Fernhollow [email]"
    assert scrubbed(employer="Fernhollow +352 26 12 34 56").employer == "Fernhollow [phone]"
    assert scrubbed(employer="Studio 54 & Cie").employer == "Studio 54 & Cie"
    assert "Studio 54 & Cie" not in asked
    for before, after in (
        ("https://x.lu/a?gh_jid=7", "https://x.lu/a?gh_jid=7"),
        ("https://u:p@x.lu/a?gh_jid=7&api_key=1&to=jo%40x.lu&cc=jo@x.lu#top", "https://x.lu/a?gh_jid=7#top"),
        ("https://[x@?", ""),
        ("https://x.lu/p/jo@x.lu/", ""),
        ("https://x.lu/p/jo%40x.lu/", ""),
        ("https://x.lu/p?tel=%2B352621123456&id=20260712345678", "https://x.lu/p?id=20260712345678"),
        ("https://x.lu/p?c=+352%20621%20123456&gsm_nr=621123&a=b", "https://x.lu/p?a=b"),
    ):
        assert scrubbed(posting_url=before).posting_url == after


PROVENANCE: dict[str, Any] = {
    "record_id": "x:1",
    "source_id": "some_source",
    "crawl_id": CRAWL,
    "capture_id": "d" * 64,
    "url": "https://example.org/",
    "retrieved_at": datetime(2026, 6, 1, 12, tzinfo=UTC),
}
CONTACT = "write to jane@example.org"
PAGE = "https://example.org/p?id=3&mail=jane@example.org"


@pytest.mark.parametrize(
    ("record", "changed"),
    [
        (
            ResearchOutput(**PROVENANCE, work_id="W1", title=CONTACT, text=CONTACT, doi="10.1000/123456789"),
            {"title", "text"},
        ),
        (
            FundingEvent(
                **PROVENANCE,
                programme="HORIZON",
                project_id="101000001",
                title=CONTACT,
                text=CONTACT,
                organisation_id="999999001",
                organisation=CONTACT,
            ),
            {"title", "text", "organisation"},
        ),
        (
            Announcement(
                **PROVENANCE,
                item_id="1",
                title=CONTACT,
                text=CONTACT,
                page_url=PAGE,
                categories=[CONTACT],
                alternates=["https://news.example/fr/", PAGE],
                documents=[PAGE],
            ),
            {"title", "text", "page_url", "categories", "alternates", "documents"},
        ),
    ],
)
def test_every_kind_is_scrubbed_in_its_free_text_and_nowhere_else(record: Record, changed: set[str]) -> None:
    def scrub_text(text: str) -> str:
        return text.replace("jane@example.org", "[email]")

    (clean,) = scrub(Decoded([record], [], []), scrub_text).records
    assert "jane@example.org" not in str(clean.model_dump())
    before, after = record.model_dump(), clean.model_dump()
    assert {name for name in before if before[name] != after[name]} == changed | {"content_sha256"}
    plain = record.model_copy(update={name: type(before[name])() for name in changed})
    assert scrub(Decoded([plain], [], []), scrub_text).records[0] is plain  # nothing to take out


def test_names_of_organisations_stay_unless_they_look_like_a_contact() -> None:
    event = FundingEvent(
        **PROVENANCE, programme="HORIZON", project_id="1", organisation_id="1", organisation="Kelmond Consulting"
    )
    (clean,) = scrub(Decoded([event], [], []), lambda text: "[contact]").records
    assert isinstance(clean, FundingEvent)
    assert clean.organisation == "Kelmond Consulting"


def test_what_is_scrubbed_names_fields_that_there_are() -> None:
    for model in RECORD_KINDS.values():
        named = [*model.FREE_TEXT, *model.NAMES, *model.PAGES]
        assert set(named) <= set(model.model_fields)
        assert len(named) == len(set(named))
