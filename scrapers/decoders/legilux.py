"""Bills and acts of Legilux, from results of SPARQL queries in its vocabulary (JOLux), to steps of law.

Belongs here: what the variables of such a query mean. Never here: the shape of results (``sparql``), the questions
(``scrapers.plan.law``), which words are which stage (``scrapers.legal_stages``).

A row is one value of everything it holds: a title in two languages makes two rows of one step. Rows of a step are put
together, the French title first. Variables are known by several names, so that a query of somebody else is read too.
An act without its bill's number goes by its own identifier (ELI).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line, parse_day, parse_moment
from scrapers.decoders.sparql import Term, results_of
from scrapers.html import TooLongError, to_text
from scrapers.items import LegalStep
from scrapers.legal_stages import stage_of
from scrapers.pages import web_address

_NAMES = {
    "draft": "draft dossier bill projet initialdraft",
    "number": "number billnumber parliamentdraftid numero num dossiernumber draftid",
    "title": "title titledraft titre acttitle label",
    "step": "step task event evenement etape",
    "type": "type eventtype tasktype steptype typelabel eventlabel eventtitle stage legislativetasktype etapelabel",
    "date": "date eventdate eventstartdate startdate stepdate",
    "institution": "institution institutionlabel body institutioninchargeoftheevent",
    "document": "document documenturl file pdf",
    "act": "act eli work legalresource resource acte loi uri",
    "url": "url parliamentdrafturl page link",
    "accepted": "accepted acceptancecgdate",
    "signed": "documentdate datedocument signed datesignature",
    "published": "published publicationdate datepublication",
    "entry": "entry dateentryinforce entryinforce inforce entryintoforce",
    "end": "end datenolongerinforce repealed abrogation",
    "kind": "kind typedocument documenttype acttype",
    "modified": "modified datemodified updated",
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names.split()}
_IGNORED = frozenset({"rows"})
_OF_ACTS = {"signed": "signed", "published": "published", "entry": "in_force", "end": "repealed"}
_EVENT = re.compile(r"/evenement/([a-z0-9_-]{1,40})(?:/|$)", re.I)
_NUMBER = re.compile(r"\d{3,6}[A-Z]?", re.I | re.ASCII)
_MAX_TITLE = 2_000
_PREFERRED = ("fr", "fra", "fre")
_UNTOLD = {"accepted": "acceptanceCGDate", "signed": "dateDocument"}  # published words of steps that only a date tells


@dataclass
class _Step:
    """One step as far as its rows tell."""

    locator: str
    fields: dict[str, Any] = field(default_factory=dict)
    tongue: str = ""


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Steps of one result. Raises UnreadableError: what ``results_of`` raises, not_legilux."""
    names, rows, remarks = results_of(body)
    sink = Sink(context, "legal_step")
    sink.note_all(remarks)
    roles = {name: _ROLES.get(_folded(name), "") for name in {*names, *(name for row in rows for name in row)}}
    for name in sorted(name for name, role in roles.items() if not role and name not in _IGNORED):
        sink.note(f"variable {name[:60]!r} is not kept")
    if rows and not _IGNORED & set(roles) and not any(role in ("draft", "number", "act") for role in roles.values()):
        raise UnreadableError("not_legilux", f"rows of neither bills nor acts: {', '.join(sorted(roles))[:200]}")
    steps: dict[str, _Step] = {}
    for number, row in enumerate(rows):
        found: dict[str, Term] = {}
        for name, term in row.items():
            if roles[name]:
                found.setdefault(roles[name], term)
        if not found and set(row) <= _IGNORED:
            continue
        _take(found, f"row {number + 1}", context, sink, steps)
    for record_id, step in steps.items():
        record = sink.build(LegalStep, step.locator, {"record_id": record_id, **step.fields})
        if record is not None:
            sink.records.append(record)
    if not steps:
        sink.note(f"{len(rows)} rows and no step of a bill or an act")
    return sink.decoded()


def _take(found: dict[str, Term], locator: str, context: DecodeContext, sink: Sink, steps: dict[str, _Step]) -> None:
    title, tongue = _title(found.get("title"), sink)
    number = _value(found, "number")
    draft, act = _path(_value(found, "draft")), _path(_value(found, "act"))
    dossier = (number if _NUMBER.fullmatch(number) else one_line(number)[:60]) or draft or act
    if not dossier:
        sink.reject(locator, "missing_id", "neither a bill nor an act")
        return
    if not title:
        sink.reject(locator, "missing_title", f"{dossier} has no title")
        return
    shared = {
        "dossier_id": dossier,
        "title": title,
        "language_declared": tongue[:2] or None,
        "document_type": _last(_value(found, "kind")),
        "act_id": act,
        "page_url": web_address(_value(found, "url"), "")
        or web_address(_value(found, "draft") or _value(found, "act"), ""),
        "document_url": web_address(_value(found, "document"), ""),
        "updated_at": parse_moment(_value(found, "modified")),
    }
    count = 0
    for step_id, stage, said, day in _steps(found, draft or act or dossier):
        count += 1
        record_id = f"{context.source_id}:{dossier}:{step_id}"[:400]
        fields = {
            **shared,
            "step_id": step_id,
            "stage": stage,
            "stage_published": said,
            "happened_on": day,
            "body": _last(_value(found, "institution")) if "step" in found else "",
        }
        _merge(steps.setdefault(record_id, _Step(locator)), fields, tongue)
    if not count:
        sink.reject(locator, "missing_step", f"{dossier} has neither a step nor a day")


def _steps(found: dict[str, Term], root: str) -> Iterator[tuple[str, str, str, date | None]]:
    """(identifier, stage, published words, day) of each step that a row tells of."""
    address, said = _value(found, "step"), _last(_value(found, "type"))
    day = _day(found, "date")
    is_bill = "draft" in found or "number" in found
    if address or said or (day and is_bill):
        event = _EVENT.search(address)
        code = event[1].lower() if event else ""
        stage = stage_of(said, code or said)
        if not (address or said):
            stage = "filed"  # a bill and its day
        told = said or code or _last(address)
        step_id = _within(_path(address), root) or f"{told or stage}/{day or ''}"
        yield step_id[:200], stage, told, day
    if is_bill and (accepted := _day(found, "accepted")):
        yield "accepted", "other", _UNTOLD["accepted"], accepted
    for role, stage in _OF_ACTS.items():
        if moment := _day(found, role):
            if is_bill and "act" not in found:
                if role == "signed" and not address and not said:
                    yield "filed", "filed", _UNTOLD["signed"], moment
                continue
            yield role, stage, role, moment


def _merge(step: _Step, fields: dict[str, Any], tongue: str) -> None:
    """The row's word where the step has none yet; a French title before any other."""
    is_better = tongue in _PREFERRED and step.tongue not in _PREFERRED
    for name, value in fields.items():
        if not step.fields.get(name):
            step.fields[name] = value
    if is_better:
        step.fields["title"], step.fields["language_declared"] = fields["title"], fields["language_declared"]
        step.tongue = tongue
    step.tongue = step.tongue or tongue


def _title(term: Term | None, sink: Sink) -> tuple[str, str]:
    """A title without its markup, and its language."""
    if term is None:
        return "", ""
    try:
        return " ".join(to_text(term.value).split())[:_MAX_TITLE], term.language
    except TooLongError:
        sink.note("a title that is too long is left out")
        return "", ""


def _day(found: dict[str, Term], role: str) -> date | None:
    return parse_day(_value(found, role)[:10])


def _value(found: dict[str, Term], role: str) -> str:
    term = found.get(role)
    return " ".join(term.value[:2_000].split()) if term is not None else ""


def _last(said: str) -> str:
    """The name at the end of an address; words as they are."""
    if not said.startswith(("http://", "https://")):
        return said[:200]
    return re.split(r"[/#]", said.rstrip("/#"))[-1][:200]


def _path(address: str) -> str:
    """An address of Legilux without its host: its ELI."""
    if not address.startswith(("http://", "https://")):
        return address[:200]
    try:
        return urlsplit(address).path.strip("/")[:200]
    except ValueError:
        return ""


def _within(path: str, root: str) -> str:
    return path[len(root) + 1 :] if path.startswith(f"{root}/") else path


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name[:100].lower())
