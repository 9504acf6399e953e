"""What readers may know of the sources: state, terms, counts, what was set aside, what is not collected, and why.

Belongs here: facts of the source table in words. Never here: asking a source, or the event log (the faces read it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from warehouse.reading import cells, drift, formats
from warehouse.reading.compare import rows_of
from warehouse.reading.freshness import Checked, Freshness, freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc
from warehouse.reading.texts import either, t

KINDS = (
    "job_posting",
    "observation",
    "research_output",
    "funding_event",
    "announcement",
    "catalogue_entry",
    "tender",
    "funding_call",
    "legal_step",
    "course",
    "organisation",
    "code_label",
    "funding_claim",
    "actor",
    "initiative",
    "recommendation",
)
NOT_COLLECTED = Path(__file__).parent / "not_collected.yaml"


@dataclass(frozen=True)
class Absent:
    """A publisher that is not collected, and why."""

    publisher: str
    url: str
    because: str


@dataclass(frozen=True)
class SourceFacts:
    """One source: how it is cited, its state, and facts as (name, text) in the order to show."""

    source_id: str
    name: str
    url: str
    kind: str  # of its records
    state: Freshness
    state_text: str
    is_unverified: bool  # its address or format was seen in public code only
    is_held: bool  # a part of it is held back
    disabled: str  # why it is not collected; empty if it is
    facts: tuple[tuple[str, str], ...]
    licence: tuple[str, str]  # (name, address)
    terms: tuple[str, str]  # of service: (note, address), empty in releases that did not hold them


def facts_of(row: Row, reader: ReleaseReader, lang: str, now: datetime, checked: Checked | None = None) -> SourceFacts:
    """Facts of one row of the source table, judged now."""
    state, source_id = freshness(row, now, checked), str(row["source_id"])
    changed = as_utc(row["last_changed_at"])
    later = getattr(checked, "last_changed_at", None)
    changed = max((moment for moment in (changed, later) if moment is not None), default=None)
    records, rejects = _count(row["records"]), _count(row["rejects"])
    found = records + rejects
    kind, evidence = cells.text(row.get("record_kind")), cells.text(row.get("evidence"))
    boards = drift.boards_of(reader, source_id)
    facts = (
        ("sources.publisher", cells.text(row["publisher"])),
        ("sources.kind", kind_text(kind, lang) if kind else ""),
        ("sources.evidence", either([f"evidence.{evidence}", "evidence.other"], lang, code=evidence)),
        ("sources.format", _format(row, lang)),
        ("sources.parts", drift.parts_text(boards, lang)),
        ("sources.checked", _moment(state.last_checked_at, lang)),
        ("sources.changed", _moment(changed, lang)),
        ("sources.trouble", _trouble(state, lang)),
        ("sources.universe", cells.text(row.get("universe"))),
        ("sources.next", _next(row, state, checked, lang)),
        ("sources.records", formats.integer(records, lang)),
        (
            "sources.rejects",
            t(
                "sources.rejects_of",
                lang,
                n=formats.integer(rejects, lang),
                share=formats.number(rejects / found, "share", lang),
            )
            if found
            else formats.integer(rejects, lang),
        ),
        ("sources.used_by", ", ".join(used_by(reader, source_id)) or t("sources.used_by_none", lang)),
        ("sources.attribution", cells.text(row["attribution"])),
        (
            "sources.redistribute",
            t("sources.redistribute_yes" if bool(row["redistribute"]) else "sources.redistribute_no", lang),
        ),
        ("sources.access", either([f"access.{row['access']}", "access.other"], lang, code=cells.text(row["access"]))),
        ("sources.access_note", cells.text(row.get("access_note"))),
        ("sources.personal_data", cells.text(row["personal_data"])),
    )
    return SourceFacts(
        source_id=source_id,
        name=cells.publisher(reader, source_id),
        url=cells.text(row["url_main"]),
        kind=kind,
        state=state,
        state_text=_state_text(state, evidence, lang),
        is_unverified=evidence == "unverified",
        is_held=drift.is_held(boards),
        disabled=cells.text(row.get("disabled")),
        facts=tuple((t(name, lang), text) for name, text in facts if text),
        licence=(cells.text(row["licence_name"]), cells.text(row["licence_url"])),
        terms=(cells.text(row.get("terms_note")), cells.text(row.get("terms_url"))),
    )


def all_facts(
    reader: ReleaseReader, lang: str, now: datetime, health: Mapping[str, Checked] | None = None
) -> list[SourceFacts]:
    """Every source of the release; broken ones first, then late, the others by name, what is not collected last."""
    place = {"broken": 0, "late": 1, "never": 3, "disabled": 4}
    found = [
        facts_of(row, reader, lang, now, (health or {}).get(str(row["source_id"]))) for row in rows_of(reader.sources())
    ]
    return sorted(found, key=lambda one: (place.get(one.state.state, 2), one.name))


def by_kind(found: Iterable[SourceFacts]) -> dict[str, list[SourceFacts]]:
    """The sources that are collected, by the kind of their records, in the order of the kinds."""
    groups: dict[str, list[SourceFacts]] = {kind: [] for kind in KINDS}
    for one in found:
        if one.state.state != "disabled":
            groups.setdefault(one.kind, []).append(one)
    return {kind: group for kind, group in groups.items() if group}


def kind_text(kind: str, lang: str) -> str:
    """A kind of record in words."""
    return either([f"record.{kind}", "record.other"], lang, code=kind)


def coverage(reader: ReleaseReader, lang: str) -> str:
    """How many of the registered sources gave records to this release, and how many of these are samples."""
    frame = reader.sources()
    gave = frame[frame["records"].fillna(0) > 0]
    return t(
        "sources.coverage",
        lang,
        live=formats.integer(len(gave), lang),
        all=formats.integer(len(frame), lang),
        sample=formats.integer(int(gave["is_sample"].fillna(False).astype(bool).sum()), lang),
    )


def used_by(reader: ReleaseReader, source_id: str) -> list[str]:
    """Codes of the live indicators that rest on a source in this release."""
    codes = reader.indicators()
    live = [str(code) for code, status in zip(codes["code"], codes["status"], strict=True) if status == "live"]
    return [code for code in live if source_id in cells.cited_sources(reader, code)]


def quarantine(reader: ReleaseReader, lang: str, source_id: str = "all") -> pd.DataFrame:
    """What was set aside, counted by source, kind and reason, in words; of one source or of all."""
    frame = reader.quarantine()
    if source_id != "all":
        frame = frame[frame["source_id"].eq(source_id)]
    if frame.empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            t("table.source", lang): [cells.publisher(reader, str(name)) for name in frame["source_id"]],
            t("table.kind", lang): [kind_text(str(kind), lang) for kind in frame["record_kind"]],
            t("table.reason", lang): [reason_text(str(reason), lang) for reason in frame["reason"]],
            t("table.count", lang): [formats.integer(n, lang) for n in frame["n"]],
        }
    )


def reason_text(reason: str, lang: str) -> str:
    """Why input was set aside, in words where the catalogues have them, else the code with spaces."""
    return either([f"set_aside.{reason}", "set_aside.other"], lang, code=reason.replace("_", " "))


@cache
def _absent() -> tuple[tuple[str, str, str], ...]:
    found = yaml.safe_load(NOT_COLLECTED.read_text(encoding="utf-8"))
    return tuple((item["id"], item["publisher"], item["url"]) for item in found)


def not_collected(lang: str, found: Iterable[SourceFacts] = ()) -> list[Absent]:
    """Publishers that readers miss, and why they are not collected; then sources that are registered but disabled.

    Of a disabled source that is one of these publishers the reason is said once, in the reader's language.
    """
    listed = [Absent(publisher, url, t(f"sources.absent.{name}", lang)) for name, publisher, url in _absent()]
    known = {name for name, _, _ in _absent()}
    return listed + [
        Absent(one.name, one.url, one.disabled) for one in found if one.disabled and one.source_id not in known
    ]


def _state_text(state: Freshness, evidence: str, lang: str) -> str:
    """The state, with a mark where nobody has seen a real answer of the source."""
    said = state.text(lang)
    return t("sources.unverified_mark", lang, state=said) if evidence == "unverified" else said


def _format(row: Row, lang: str) -> str:
    name, verified = cells.text(row.get("format")), row.get("format_verified")
    if not name or not formats.is_present(verified) or bool(verified):
        return name
    return t("sources.format_unverified", lang, format=name)


def _trouble(state: Freshness, lang: str) -> str:
    if state.trouble is None:
        return t("sources.no_trouble", lang)
    since = formats.moment(state.trouble_since, lang) if state.trouble_since else "–"
    return t("sources.trouble_since", lang, trouble=state.trouble_text(lang), moment=since)


def _next(row: Row, state: Freshness, checked: Checked | None, lang: str) -> str:
    """When the next look is expected, by the source's own rhythm, and from when on it counts as late."""
    if state.state == "sample":
        return t("sources.next_never", lang)
    if state.due_at is None:
        return ""
    due, every = formats.moment(state.due_at, lang), _count(row.get("watch_every_minutes"))
    if row.get("access") == "own_list":
        return t("sources.next_review", lang, moment=due)
    last = (checked.last_checked_at if checked is not None else None) or state.last_checked_at
    if last is None or not every:
        return t("sources.next_due", lang, moment=due)
    span = timedelta(minutes=every)
    said = {"next": formats.moment(last + span, lang), "every": formats.duration(span.total_seconds(), lang)}
    return t("sources.next_expected", lang, moment=due, **said)


def _moment(value: datetime | None, lang: str) -> str:
    return formats.moment(value, lang) if value is not None else t("sources.not_yet", lang)


def _count(value: object) -> int:
    return int(value) if formats.is_present(value) else 0  # type: ignore[call-overload]
