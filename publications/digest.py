"""The members' digest: one edition of one release in one language, and issuing the edition that is due.

Belongs here: rendering for a caller, and writing an edition's own files once. Never here: choosing (selection.py),
putting together (composing.py), the index of all editions (archive.py), members' copies (outbox.py). ``render`` is
pure: the same releases, language, moment, health and memory give the same edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from publications import archive
from publications.composing import SHORT_LANGUAGES, Brief, Composed, choose, compose
from publications.edition import Edition
from publications.files import write_atomically
from publications.mail import message_bytes
from publications.memory import ACCOUNT, Memory, account_of, health_of, read_account, remember, snapshot
from publications.selection import Selection, Suppressed
from publications.sources import as_health
from state import db
from warehouse.reading.compare import key_of
from warehouse.reading.reader import ReleaseReader
from warehouse.reading.statistics import FALSE_DISCOVERY_RATE

LANGUAGES = ("en", "fr", "de")


@dataclass(frozen=True)
class IssuedEdition:
    """An edition whose files stand in the archive, and which of them this call wrote.

    ``render(lang, topics)`` gives a member's copy: from the same releases and the same brief as the archived one.
    """

    number: int
    release_id: str
    files: tuple[Path, ...]
    written: tuple[Path, ...]
    reader: ReleaseReader = field(repr=False)
    previous: ReleaseReader | None = field(repr=False)
    brief: Brief = field(repr=False)
    chosen: Selection | None = field(default=None, repr=False)  # None: not made again, all files stood

    def render(self, lang: str, topics: tuple[str, ...] = ()) -> Edition:
        chosen = self.chosen or choose(self.reader, self.previous, self.brief)
        return compose(self.reader, self.previous, lang, topics, self.brief, chosen).edition


def render(
    reader: ReleaseReader,
    previous: ReleaseReader | None,
    lang: str,
    now: datetime,
    *,
    number: int = 1,
    topics: tuple[str, ...] = (),
    health: Mapping[str, Any] | None = None,
    slot: datetime | None = None,
    memory: Memory | None = None,
    public_url: str = "",
) -> Edition:
    """One edition: subject, HTML and plain text, and the account of every number in them.

    ``previous`` is the release that the edition before cites; None for the first edition. ``now`` decides only whether
    sources are late. ``topics`` are families of indicators that come first; they change the order, never what can be
    read. ``health`` is what the event log knows of the sources, by id; ``memory`` what earlier editions said.
    """
    brief = Brief(number, slot or now, now, snapshot(health), memory or Memory(), public_url)
    return compose(reader, previous, lang, topics, brief, choose(reader, previous, brief)).edition


def issue(
    reader: ReleaseReader,
    previous: ReleaseReader | None,
    folder: Path,
    *,
    engine: Engine,
    slot: datetime,
    sender: str,
    health: Mapping[str, Any] | None = None,
    languages: Sequence[str] = LANGUAGES,
    public_url: str = "",
    now: datetime | None = None,
) -> IssuedEdition:
    """Issue the edition of a slot: its files and the archive's index under ``folder``, each written once.

    Safe to call at any time: a slot keeps the release, and the brief, that it was issued with, and a file that stands
    is never rewritten; one that is gone is written again. ``now`` (default: the clock) decides whether sources are
    late, at the first call. The readers are those of ``state.db.edition_of`` where the slot has an edition; raises
    ValueError for another release than it was logged with.
    """
    number = db.claim_edition(
        engine, slot, reader.release_id, previous.release_id if previous is not None else None, reader.info.data_until
    )
    row = db.edition_of(engine, slot)
    if row is None or row.release_id != reader.release_id:
        raise ValueError(f"edition {number} cites another release than {reader.release_id}")
    if previous is not None and row.previous_release_id != previous.release_id:
        raise ValueError(f"edition {number} compares with another release than {previous.release_id}")
    account = read_account(folder / ACCOUNT.format(number=number))
    memory = remember(folder, number)
    if account is None:
        moment = max(now or datetime.now(UTC), slot)
        brief = Brief(number, slot, moment, snapshot(health), memory, public_url)
    else:  # the rest as it was when the edition was issued
        moment = datetime.fromisoformat(account["moment"])
        brief = Brief(number, slot, moment, health_of(account), memory, str(account.get("public_url", "")))
    files = _own_files(folder, number, reader.release_id, languages)
    written: list[Path] = []
    chosen = None
    if account is None or not all(path.exists() for path in files):
        chosen = choose(reader, previous, brief)
        composed = {lang: compose(reader, previous, lang, (), brief, chosen) for lang in languages}
        contents = [_account(composed, chosen, brief, reader, previous)]
        for made in composed.values():
            copy = message_bytes(made.edition, sender=sender, recipient=sender)
            contents += [made.page.encode(), made.edition.text.encode(), copy]
        pairs = zip(files, contents, strict=True)  # the account first: what it freezes holds for the files after it
        written = [path for path, body in pairs if not path.exists() and write_atomically(path, body)]
    index = archive.write_index(folder, languages)
    return IssuedEdition(
        number=number,
        release_id=reader.release_id,
        files=files_of(folder, number, reader.release_id, languages),
        written=(*written, *index.written),
        reader=reader,
        previous=previous,
        brief=brief,
        chosen=chosen,
    )


def files_of(folder: Path, number: int, release_id: str, languages: Sequence[str]) -> tuple[Path, ...]:
    """Every file that stands once an edition is issued: its account, its pages and mails, the index of all editions."""
    return (*_own_files(folder, number, release_id, languages), *archive.index_files(folder, languages))


def _own_files(folder: Path, number: int, release_id: str, languages: Sequence[str]) -> tuple[Path, ...]:
    """The files that are an edition's own, its account first."""
    stems = [f"edition-{number:04d}-{release_id}-{lang}" for lang in languages]
    pages = (folder / f"{stem}.{kind}" for stem in stems for kind in archive.KINDS)
    return (folder / ACCOUNT.format(number=number), *pages)


def _account(
    composed: Mapping[str, Composed],
    chosen: Selection,
    brief: Brief,
    reader: ReleaseReader,
    previous: ReleaseReader | None,
) -> bytes:
    full = next((made for lang, made in composed.items() if lang not in SHORT_LANGUAGES), next(iter(composed.values())))
    reported = chosen.standing if chosen.is_first else chosen.changes
    moves = {key_of(move.now): move for move in chosen.unmoved}
    return account_of(
        number=brief.number,
        slot=brief.slot,
        moment=brief.moment,
        release_id=reader.release_id,
        previous_release_id=previous.release_id if previous is not None else None,
        public_url=brief.public_url,
        health=as_health(chosen.sources, brief.health),
        troubled=[state.source_id for state in chosen.troubled],
        cited=full.cited,
        announced=[key_of(change.now) for change in reported],
        source_changes=chosen.source_changes,
        suppressed=[one.as_json() for one in chosen.suppressed],
        reported=[Suppressed(change.now, change.why, size=change.score).as_json() for change in reported]
        + [Suppressed(move.now, "no_change_detected", move.p_value).as_json() for move in moves.values()],
        tests={"made": chosen.tests, "false_discovery_rate": FALSE_DISCOVERY_RATE},
        subjects={lang: made.edition.subject for lang, made in composed.items()},
        numbers={lang: archive.as_json(made.edition.numbers) for lang, made in composed.items()},
    )
