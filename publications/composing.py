"""Putting an edition together: subject, sections, reading time, footer, as HTML and plain text from one context.

Belongs here: which sentence stands where. Never here: choosing (selection.py), the sentences (wording.py), layout
(templates), files (digest.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publications import archive, wording
from publications.calendar import next_slot
from publications.edition import Edition, Ledger
from publications.members import TOPICS
from publications.memory import Health, Memory
from publications.selection import Selection, select
from warehouse.reading import formats
from warehouse.reading.reader import ReleaseReader, Row
from warehouse.reading.texts import reviewed, t, tn, typeset

TEMPLATES = Path(__file__).parent / "templates"
SHORT_LANGUAGES = ("lb",)  # headline and three lines; the full edition is in the others
WORDS_A_MINUTE = 220
MOST_NAMED = 2  # sources in trouble that the summary names


@dataclass(frozen=True)
class Brief:
    """What an edition is made from beside the two releases; kept in its account, so that each copy says the same."""

    number: int
    slot: datetime
    moment: datetime
    health: Mapping[str, Health]
    memory: Memory
    public_url: str = ""


@dataclass(frozen=True)
class Composed:
    """An edition with what its account needs beside it: the page for the archive, the cells it cites."""

    edition: Edition
    page: str
    cited: tuple[Row, ...]


def choose(reader: ReleaseReader, previous: ReleaseReader | None, brief: Brief) -> Selection:
    """What the edition of a brief reports; the same for every language and every order of topics."""
    return select(reader, previous, brief.moment, health=brief.health, memory=brief.memory)


def compose(
    reader: ReleaseReader,
    previous: ReleaseReader | None,
    lang: str,
    topics: tuple[str, ...],
    brief: Brief,
    chosen: Selection,
) -> Composed:
    """One edition in one language, with the topics that come first."""
    ledger = Ledger(reader, lang)
    is_sample = bool(reader.values()["is_sample"].any())
    reclassified = previous is not None and previous.info.model_version != reader.info.model_version
    context = _context(ledger, chosen, topics, brief, previous, is_sample=is_sample, reclassified=reclassified)
    subject = _subject(ledger, chosen, brief.number, is_sample)
    text = _environment(False).get_template("digest.txt.j2").render(context | {"subject": subject})
    numbers = tuple(dict.fromkeys(ledger.numbers))
    if lang in SHORT_LANGUAGES:  # what the short form leaves out was worded, but is not shown
        numbers = tuple(number for number in numbers if number.text in text)
    edition = Edition(
        number=brief.number,
        lang=lang,
        slot=brief.slot,
        topics=tuple(topics),
        release_id=reader.release_id,
        previous_release_id=previous.release_id if previous is not None else None,
        published_at=reader.info.published_at,
        subject=subject,
        html=_html(context | {"subject": subject, "proofs": []}),
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        numbers=numbers,
        fixed=tuple(sorted(ledger.fixed.items())),
        is_sample=is_sample,
    )
    page = _html(context | {"subject": subject, "proofs": archive.proofs(numbers, lang)})
    return Composed(edition, page, tuple(ledger.cited[key] for key in sorted(ledger.cited)))


@cache
def _environment(html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _html(context: dict[str, Any]) -> str:
    page = _environment(True).get_template("digest.html.j2").render(context)
    inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
    return inliner.inline(page)


def _subject(ledger: Ledger, chosen: Selection, number: int, is_sample: bool) -> str:
    """The single most material fact with number and period; never a teaser."""
    lang = ledger.lang
    said = ledger.allow(formats.integer(number, lang), "edition number")
    first = next(iter(chosen.standing if chosen.is_first else chosen.changes), None)
    if first is not None:
        subject = wording.lead(ledger, first)
    elif chosen.is_first:
        subject = t("digest.subject_empty", lang, number=said)
    elif chosen.is_rollback:
        subject = t("digest.subject_rollback", lang, number=said)
    elif chosen.corrections:
        subject = t("digest.subject_correction", lang, number=said)
    elif chosen.revisions:
        subject = wording.revision(ledger, chosen.revisions[0])
    elif chosen.source_changes:
        subject = t("digest.subject_sources", lang, number=said)
    elif chosen.troubled:
        count = len(chosen.troubled)
        subject = tn("digest.subject_trouble", lang, count, number=said, n=ledger.count(count, "sources"))
    else:
        subject = t("digest.subject_no_news", lang, number=said)
    return f"{t('digest.subject_sample', lang)} {subject}" if is_sample else subject


def _context(
    ledger: Ledger,
    chosen: Selection,
    topics: tuple[str, ...],
    brief: Brief,
    previous: ReleaseReader | None,
    *,
    is_sample: bool,
    reclassified: bool,
) -> dict[str, Any]:
    lang, reader, url = ledger.lang, ledger.reader, brief.public_url
    for level in (f"95{formats.NBSP}%", f"80{formats.NBSP}%", f"10{formats.NBSP}%", "95-%"):
        ledger.allow(level, "confidence level, power or false discovery rate")
    edition = ledger.allow(formats.integer(brief.number, lang), "edition number")
    release = ledger.allow(reader.release_id, "release id")
    items = chosen.standing if chosen.is_first else chosen.changes
    comparison = chosen.comparison
    more = max(0, comparison.changed - len(chosen.changes)) if comparison else 0
    corrections = [wording.correction(ledger, one, chosen, reclassified=reclassified) for one in chosen.corrections]
    context: dict[str, Any] = {
        "lang": lang,
        "t": lambda key, **filled: t(key, lang, **filled),
        "is_first": chosen.is_first,
        "is_short": lang in SHORT_LANGUAGES,
        "is_quiet": chosen.is_quiet,
        "is_sample": is_sample,
        "opening": t("digest.first" if brief.number == 1 else "digest.not_compared", lang) if chosen.is_first else "",
        "sample": t("sample.banner", lang),
        "title": t("app.title", lang),
        "edition": t("digest.edition", lang, number=edition),
        "issued": ledger.day(brief.moment),
        "three": _three_lines(ledger, chosen),
        "items": grouped([wording.change_item(ledger, one, chosen, url) for one in items], topics, lang),
        "more": tn("digest.more", lang, more, n=ledger.count(more, "more_changes")) if more else "",
        "unmoved": grouped([wording.unmoved_item(ledger, move) for move in chosen.unmoved], topics, lang),
        "tested": wording.tested(ledger, chosen) if chosen.tests else "",
        "unchanged_cells": t("digest.unchanged_cells", lang, n=ledger.count(comparison.unchanged, "unchanged_cells"))
        if comparison
        else "",
        "rollback": _rollback(ledger, chosen, brief, previous),
        "reclassified": t("digest.reclassified", lang) if reclassified and not chosen.is_rollback else "",
        "corrections": corrections,
        "more_corrections": tn(
            "digest.more_corrections",
            lang,
            chosen.more_corrections,
            n=ledger.count(chosen.more_corrections, "more_corrections"),
        )
        if chosen.more_corrections
        else "",
        "no_revisions": wording.no_revisions(ledger, chosen),
        "revisions": [wording.revision(ledger, row) for row in chosen.revisions],
        "more_revisions": tn(
            "digest.more_revisions",
            lang,
            chosen.more_revisions,
            n=ledger.count(chosen.more_revisions, "more_revisions"),
        )
        if chosen.more_revisions
        else "",
        "sources": wording.sources(ledger, chosen),
        "no_news": _no_news(ledger, chosen, brief),
        "footer": _footer(ledger, brief, edition, release),
        "links": _links(lang, url, reader.release_id),
    }
    context["reading_time"] = _reading_time(ledger, context)
    return context


def grouped(items: list[dict[str, str]], topics: Sequence[str], lang: str) -> list[tuple[str, list[dict[str, str]]]]:
    """Items under headings: those of a member's topics first, then the others. Nothing is left out."""
    mine = [item for item in items if item["family"] in topics]
    others = [item for item in items if item["family"] not in topics]
    if not topics or not items:
        return [("", items)] if items else []
    names = ", ".join(t(f"digest.topic_{topic}", lang) for topic in topics if topic in TOPICS)
    heading = t("digest.your_topics" if mine else "digest.your_topics_none", lang, topics=names)
    rest = t("digest.other_topics", lang)
    return [(heading, mine), *([(rest, others)] if others else [])]


def _three_lines(ledger: Ledger, chosen: Selection) -> list[tuple[str, str]]:
    lang = ledger.lang
    items = chosen.standing if chosen.is_first else chosen.changes
    if items:
        moved = wording.sentence(wording.lead(ledger, items[0]))
    elif chosen.is_rollback or chosen.corrections:
        moved = t("digest.moved_corrections", lang)
    elif chosen.revisions:
        moved = wording.revision(ledger, chosen.revisions[0])
    else:
        moved = t("digest.moved_none", lang)
    if chosen.unmoved:
        first = chosen.unmoved[0]
        period = ledger.period(first.before["period"])
        before = t("digest.was_at", lang, period=period, value=ledger.value(first.before))
        unmoved = f"{wording.statement(ledger, first.now)} ({before})."
    else:
        unmoved = t("digest.unmoved_none" if chosen.is_first else "digest.unmoved_no_new_data", lang)
    if chosen.troubled:
        count = len(chosen.troubled)
        named = "; ".join(ledger.source(state.source_id) for state in chosen.troubled[:MOST_NAMED])
        many = tn("digest.watch_many", lang, count, n=ledger.count(count, "sources"))
        watch = many if count > MOST_NAMED else t("digest.watch_trouble", lang, sources=typeset(named, lang))
    else:
        watch = t(f"digest.watch_{_mood(chosen)}", lang)
    opening = "digest.stands" if chosen.is_first else "digest.moved"
    return [(t(opening, lang), moved), (t("digest.unmoved", lang), unmoved), (t("digest.watch", lang), watch)]


def _mood(chosen: Selection) -> str:
    kinds = {state.kind for state in chosen.sources}
    return "sample" if "sample" in kinds and kinds <= {"sample", "never", "disabled"} else "none"


def _no_news(ledger: Ledger, chosen: Selection, brief: Brief) -> list[str]:
    """The four lines of a quiet edition: no news, what was tested, the sources, when the next one comes."""
    lang, comparison = ledger.lang, chosen.comparison
    if comparison is None or not chosen.is_quiet:
        return []
    counts = {
        "n": ledger.count(comparison.unchanged, "unchanged_cells"),
        "changed": ledger.count(comparison.changed, "changed_cells"),
    }
    if chosen.unmoved:
        first = wording.unmoved_item(ledger, chosen.unmoved[0])
        tested = wording.tested(ledger, chosen)
        still = f"{first['within']} {first['detectable']} {tested}"
    else:
        still = t("digest.no_news_cells", lang, **counts)
    return [
        t("digest.no_news" if comparison.changed == 0 else "digest.no_news_material", lang),
        still,
        " ".join([t("digest.no_news_sources", lang), *wording.sources(ledger, chosen)]),
        t("digest.next", lang, day=ledger.day(next_slot(brief.slot))),
    ]


def _rollback(ledger: Ledger, chosen: Selection, brief: Brief, previous: ReleaseReader | None) -> str:
    if not chosen.is_rollback or previous is None:
        return ""
    return t(
        "digest.rollback",
        ledger.lang,
        old=ledger.allow(previous.release_id, "release id"),
        release=ledger.allow(ledger.reader.release_id, "release id"),
        day=ledger.day(ledger.reader.info.published_at),
    )


def _reading_time(ledger: Ledger, context: Mapping[str, Any]) -> str:
    """Minutes to read the body, at a usual pace, at least one."""
    body = _environment(False).get_template("digest.txt.j2").render({**context, "subject": "", "reading_time": ""})
    minutes = max(1, round(len(body.partition("\n-- \n")[0].split()) / WORDS_A_MINUTE))
    said = ledger.allow(formats.integer(minutes, ledger.lang), "reading time")
    return tn("digest.reading_time", ledger.lang, minutes, n=said)


def _links(lang: str, public_url: str, release_id: str) -> list[tuple[str, str]]:
    if not public_url:
        return []
    return [(t("digest.open_dashboards", lang), f"{public_url.rstrip('/')}/overview?lang={lang}&v={release_id}")]


def _footer(ledger: Ledger, brief: Brief, edition: str, release: str) -> list[str]:
    lang = ledger.lang
    cut_off, day = ledger.day(ledger.reader.info.data_until), ledger.day(brief.moment)
    lines = [
        t("digest.footer_edition", lang, number=edition, day=day, cut_off=cut_off, release=release),
        t("digest.footer_archive", lang),
        t("digest.footer_languages", lang),
        t("digest.footer_reply", lang),
        t("digest.footer_why", lang),
        t("digest.footer_stop", lang),
    ]
    return lines if reviewed(lang) else [*lines, t("meta.unreviewed", lang)]
