"""The members' digest: one edition of one release in one language, and writing the editions that are due.

Belongs here: wording an edition and publishing its files. Never here: choosing (selection.py), layout (templates),
transport (mail.py). ``render`` is pure: the same releases, language, moment and number give the same edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from publications.edition import Edition, Ledger
from publications.mail import message_bytes, message_id, write_atomically
from publications.selection import Change, Selection, select
from state import db
from warehouse.reading import adoption, cells, formats
from warehouse.reading.compare import Movement
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.texts import reviewed, t, typeset

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class PublishedEdition:
    """What publish_edition left behind: the edition's number, its files, and which of them this call wrote."""

    number: int
    release_id: str
    files: tuple[Path, ...]
    written: tuple[Path, ...]


def render(
    reader: ReleaseReader, previous: ReleaseReader | None, lang: str, now: datetime, *, number: int = 1
) -> Edition:
    """One edition: subject, HTML and plain text, and the account of every number in them.

    ``previous`` is the release that the edition before cites; None for the first edition. ``now`` decides only whether
    sources are late.
    """
    chosen = select(reader, previous, now)
    ledger = Ledger(reader, lang)
    is_sample = bool(reader.values()["is_sample"].any())
    context = _context(ledger, chosen, number, is_sample)
    subject = _subject(ledger, chosen, number, is_sample)
    context["subject"] = subject
    html = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False).inline(
        _environment(True).get_template("digest.html.j2").render(context)
    )
    text = _environment(False).get_template("digest.txt.j2").render(context)
    return Edition(
        number=number,
        lang=lang,
        release_id=reader.release_id,
        previous_release_id=previous.release_id if previous is not None else None,
        published_at=reader.info.published_at,
        subject=subject,
        html=html,
        text=text.strip() + "\n",
        numbers=tuple(dict.fromkeys(ledger.numbers)),
        fixed=tuple(sorted(ledger.fixed.items())),
        is_sample=is_sample,
    )


@cache
def _environment(html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _subject(ledger: Ledger, chosen: Selection, number: int, is_sample: bool) -> str:
    """The single most material fact with number and period; never a teaser."""
    said = ledger.allow(formats.integer(number, ledger.lang), "edition number")
    lead = next(iter(chosen.changes or (chosen.standing if chosen.is_first else ())), None)
    if lead is not None:
        subject = _lead(ledger, lead)
    elif chosen.is_first:
        subject = t("digest.subject_empty", ledger.lang, number=said)
    elif chosen.revisions:
        subject = _revision(ledger, chosen.revisions[0])
    else:
        subject = t("digest.subject_no_news", ledger.lang, number=said)
    return f"{t('digest.subject_sample', ledger.lang)} {subject}" if is_sample else subject


def _context(ledger: Ledger, chosen: Selection, number: int, is_sample: bool) -> dict[str, Any]:
    lang, reader = ledger.lang, ledger.reader
    for level in (f"95{formats.NBSP}%", f"80{formats.NBSP}%", f"10{formats.NBSP}%", "95 %", "80 %", "10 %", "95-%"):
        ledger.allow(level, "confidence level, power or false discovery rate")
    edition = ledger.allow(formats.integer(number, lang), "edition number")
    release = ledger.allow(reader.release_id, "release id")
    issued, cut_off = ledger.day(reader.info.published_at), ledger.day(reader.info.data_until)
    comparison = chosen.comparison
    items = chosen.standing if chosen.is_first else chosen.changes
    context: dict[str, Any] = {
        "lang": lang,
        "t": lambda key, **filled: t(key, lang, **filled),
        "is_first": chosen.is_first,
        "opening": t("digest.first" if number == 1 else "digest.not_compared", lang) if chosen.is_first else "",
        "is_quiet": chosen.is_quiet,
        "is_sample": is_sample,
        "sample": t("sample.banner", lang),
        "title": t("app.title", lang),
        "edition": t("digest.edition", lang, number=edition),
        "issued": issued,
        # Without anything to compare with, a summary would only repeat what stands below it.
        "three": [] if chosen.is_first else _three_lines(ledger, chosen),
        "items": [_item(ledger, change) for change in items],
        "more": _more(ledger, chosen),
        "unmoved": [_unmoved(ledger, move) for move in chosen.unmoved],
        "unchanged_cells": t("digest.unchanged_cells", lang, n=ledger.count(comparison.unchanged, "unchanged_cells"))
        if comparison
        else "",
        "revisions": [_revision(ledger, row) for row in chosen.revisions],
        "sources": _sources(ledger, chosen),
        "no_news": [
            t("digest.no_news" if comparison.changed == 0 else "digest.no_news_material", lang),
            t(
                "digest.no_news_cells",
                lang,
                n=ledger.count(comparison.unchanged, "unchanged_cells"),
                changed=ledger.count(comparison.changed, "changed_cells"),
            ),
            t("digest.no_news_late", lang, state=_watch(ledger, chosen)),
        ]
        if comparison and chosen.is_quiet
        else [],
        "footer": [
            t("digest.footer_edition", lang, number=edition, cut_off=cut_off, release=release),
            t("digest.footer_reply", lang),
            t("digest.footer_why", lang),
            t("digest.footer_stop", lang),
            *([] if reviewed(lang) else [t("meta.unreviewed", lang)]),
        ],
    }
    return context


def _three_lines(ledger: Ledger, chosen: Selection) -> list[tuple[str, str]]:
    lang = ledger.lang
    moved = _lead(ledger, chosen.changes[0]) + "." if chosen.changes else t("digest.moved_none", lang)
    if chosen.unmoved:
        first = chosen.unmoved[0]
        before = ledger.period(first.before["period"])
        before = t("digest.was_at", lang, period=before, value=ledger.value(first.before))
        unmoved = f"{_statement(ledger, first.now)} ({before})."
    else:
        unmoved = t("digest.unmoved_none", lang)
    return [
        (t("digest.moved", lang), moved),
        (t("digest.unmoved", lang), unmoved),
        (t("digest.watch", lang), _watch(ledger, chosen)),
    ]


def _watch(ledger: Ledger, chosen: Selection) -> str:
    lang = ledger.lang
    if chosen.late:
        return t(
            "digest.watch_late",
            lang,
            sources=", ".join(ledger.allow(str(source["title"]), "title of a source") for source, _ in chosen.late),
        )
    states = {state.state for _, state in chosen.sources}
    everything_sample = "sample" in states and states <= {"sample", "never"}
    return t("digest.watch_sample" if everything_sample else "digest.watch_none", lang)


def _statement(ledger: Ledger, row: Row) -> str:
    return f"{ledger.value(row)} {ledger.phrase(row)}"


def _lead(ledger: Ledger, change: Change) -> str:
    """A change in one line; a revision says from what, because the new value alone is no news."""
    said = _statement(ledger, change.now)
    if change.why == "revised" and change.before is not None:
        return f"{said} ({t('digest.revised_from', ledger.lang, value=_value_before(ledger, change.before))})"
    return said


def _item(ledger: Ledger, change: Change) -> dict[str, str]:
    """One change: statement, value before, why it counts, how sure, where from."""
    lang, row = ledger.lang, change.now
    before = ""
    if change.before is not None and change.before_is_earlier_period:
        before = t(
            "digest.was_at", lang, period=ledger.period(change.before["period"]), value=ledger.value(change.before)
        )
    elif change.before is not None:
        before = t("digest.was", lang, value=_value_before(ledger, change.before))
    official = not cells.interval_text(row, lang)
    badge = "official" if official else "few" if cells.state(row) == "uncertain" else "firm"
    sources = cells.cited_sources(ledger.reader, row["indicator_code"])
    cited = ", ".join(
        ledger.allow(cells.publisher(ledger.reader, source_id), "title of a source") for source_id in sources
    )
    earlier = str(change.before["period"]) if change.before is not None and change.before_is_earlier_period else ""
    notes = [
        before,
        ledger.allow(cells.break_text(ledger.reader, row, lang, earlier), "period of a break in the series"),
        ledger.size(row),
        t("cell.official", lang) if official else "",
        *(cells.flag_texts(row["flags"], lang)),
    ]
    return {
        "number": ledger.value(row),
        "phrase": ledger.phrase(row),
        "notes": typeset("; ".join(note for note in notes if note), lang),
        "why": t(f"digest.why_{change.why}", lang) if change.why != "first" else "",
        "badge": t(f"digest.badge_{badge}", lang),
        "source": sentence_case(t("cell.source", lang, source=cited or t("cell.unknown_source", lang))),
    }


def sentence_case(text: str) -> str:
    """The first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def _value_before(ledger: Ledger, before: Row) -> str:
    """The value of the same cell in the previous release: noted under that release."""
    return ledger.value(before, str(before["release_id"]))


def _more(ledger: Ledger, chosen: Selection) -> str:
    if chosen.comparison is None or chosen.comparison.changed <= len(chosen.changes):
        return ""
    rest = chosen.comparison.changed - len(chosen.changes)
    return t("digest.more", ledger.lang, n=ledger.count(rest, "changed_cells"))


def _unmoved(ledger: Ledger, move: Movement) -> dict[str, str]:
    lang = ledger.lang
    phrase = ledger.phrase(move.now)
    return {
        "within": t(
            "digest.within",
            lang,
            phrase=f"{ledger.value(move.now)} {phrase}",
            before=ledger.value(move.before),
            size=ledger.size(move.now),
        ),
        "detectable": t("digest.detectable", lang, difference=ledger.detectable(move)),
    }


def _revision(ledger: Ledger, row: Row) -> str:
    lang = ledger.lang
    dimensions: Mapping[str, Any] = row["dimensions"] if isinstance(row["dimensions"], dict) else {}
    unit = str(dimensions.get("unit") or "PC_ENT")
    said = {
        "indicator_code": row["dataset_id"],
        "geo": str(dimensions.get("geo", "")),
        "period": row["time_period"],
        "dimensions": {"series_key": row["series_key"]},
    }
    for column in ("old_value", "new_value"):
        if formats.is_present(row[column]):
            ledger.note(adoption.revision_value(row[column], unit, lang), said, column)
    ledger.period(str(row["time_period"]))
    ledger.allow(cells.publisher_of_dataset(ledger.reader, str(row["dataset_id"])), "publisher of a dataset")
    for name, otherwise in (("geo", "–"), ("indic_is", str(row["series_key"])), ("size_emp", cells.DEFAULT_SIZE)):
        ledger.allow(cells.label(ledger.reader, name, str(dimensions.get(name, otherwise)), lang), f"label of {name}")
    known = as_utc(row["known_from_new"])
    if known is not None:
        ledger.day(known)
    return adoption.revision_text(ledger.reader, row, lang)


def _sources(ledger: Ledger, chosen: Selection) -> list[str]:
    lang = ledger.lang
    for _, state in chosen.sources:
        if state.last_checked_at is not None:
            ledger.day(state.last_checked_at)
    titles = [
        ledger.allow(cells.publisher(ledger.reader, str(source["source_id"])), "title of a source")
        for source, _ in chosen.sources
    ]
    if chosen.late:
        return [
            f"{ledger.allow(str(source['title']), 'title of a source')}: {state.text(lang)}"
            for source, state in chosen.late
        ]
    checked = "; ".join(
        typeset(f"{title}: {state.text(lang)}", lang) for title, (_, state) in zip(titles, chosen.sources, strict=True)
    )
    return [t("digest.sources_fine", lang, sources=checked or "–")]


def publish_edition(
    reader: ReleaseReader,
    previous: ReleaseReader | None,
    out_dir: Path,
    languages: Sequence[str] = ("en", "fr"),
    *,
    engine: Engine,
    sender: str,
    recipient: str,
    now: datetime | None = None,
) -> PublishedEdition:
    """Write the edition of a release in each language as .eml and .html, once; log it in the operational database.

    Safe to call after every run. ``now`` defaults to the time the release was published, so that the same release
    gives the same bytes whenever this runs. Editions are cited: one whose delivery is confirmed is never rewritten,
    whatever has changed since in wording or in ``previous``; only a file that is gone is written again.
    """
    moment = now or reader.info.published_at
    number = db.claim_edition(
        engine, reader.release_id, previous.release_id if previous is not None else None, reader.info.data_until
    )
    files: list[Path] = []
    written: list[Path] = []
    for lang in languages:
        edition = render(reader, previous, lang, moment, number=number)
        content = message_bytes(edition, sender=sender, recipient=recipient)
        identity = message_id(edition, sender)
        to_send = db.claim_delivery(
            engine,
            message_id=identity,
            recipient=recipient,
            edition_number=number,
            lang=lang,
            channel="file",
            subject=edition.subject,
        )
        stem = out_dir / f"edition-{number:04d}-{reader.release_id}-{lang}"
        for path, body in (
            (stem.with_name(stem.name + ".eml"), content),
            (stem.with_name(stem.name + ".html"), edition.html.encode()),
        ):
            files.append(path)
            if (to_send or not path.exists()) and write_atomically(path, body):
                written.append(path)
        if to_send:
            db.confirm_delivery(engine, message_id=identity, recipient=recipient, content_sha256=db.sha256(content))
    return PublishedEdition(number=number, release_id=reader.release_id, files=tuple(files), written=tuple(written))
