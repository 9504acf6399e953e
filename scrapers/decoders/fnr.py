"""Projects of the Luxembourg National Research Fund (FNR): its list of announcements, and the pages of results.

Belongs here: the shape of both. Never here: requests, which pages are asked for.

The list (``{"actus": [{"permalink", "title", "year"}]}``) holds no projects: it names the pages. A page of results has
one table a project, or a table of many: a header whose names differ from call to call, a row of cells, and at times
rows of two cells (keywords, abstract) below it. Projects have no number, so they are known by page, acronym and title.

Researchers are natural persons: their column is not kept, and their names are taken out of title and abstract. Where
a host institution is, is not said, so it has no country.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapers.charset import read_text
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json, refuse_too_large
from scrapers.decoders.cordis_records import MAX_NAME, MAX_TEXT
from scrapers.decoders.natural_persons import is_natural_person, without_name
from scrapers.html import TooLongError, parse_page
from scrapers.items import FundingEvent
from scrapers.pages import web_address

MAX_ENTRIES = 5_000
_MAX_TABLES, _MAX_ROWS, _MAX_CELLS = 2_000, 20_000, 20
_SOMETHING = re.compile(r"\w")
_GROUPED = re.compile(r"(\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+|\d{1,12})(?:[.,](\d{1,2}))?")
_MONEY = re.compile(r"^(?:eur|€)\s*|\s*(?:eur|€)\.?-?$", re.I)
_LARGEST = 1e10


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Projects of one page; of the list none, but the addresses of its pages.

    Raises UnreadableError: what ``load_json`` raises, not_fnr; no_projects (a page without a table of projects).
    """
    refuse_too_large(body)
    sink = Sink(context, "funding_event")
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        entries = entries_of(body)
        sink.note("a list of announcements: it names pages and holds no projects")
        decoded = sink.decoded()
        decoded.listed = [address for address, _ in entries]
        return decoded
    if start != b"<":
        raise UnreadableError("not_fnr", "neither the list nor a page" if start else "the body is empty")
    text, remarks = read_text(body, context.content_type)
    sink.note_all(remarks)
    page = _Page(context, sink)
    found = 0
    for number, rows in enumerate(_tables(text), start=1):
        found += page.add(rows, number)
    if not found:
        raise UnreadableError("no_projects", "the page has no table of projects")
    return sink.decoded()


def entries_of(body: bytes) -> list[tuple[str, str]]:
    """(address, title) of each announcement of the list. Raises UnreadableError: what ``load_json`` raises, not_fnr."""
    value, _ = load_json(body)
    actus = value.get("actus") if isinstance(value, dict) else None
    if not isinstance(actus, list):
        raise UnreadableError("not_fnr", "the answer lists no announcements")
    found: dict[str, str] = {}
    for one in actus[:MAX_ENTRIES]:
        address = web_address(one.get("permalink"), "https://www.fnr.lu/") if isinstance(one, dict) else None
        if address:
            found.setdefault(address, str(one.get("title") or "")[:MAX_NAME])
    return list(found.items())


class _Page:
    """The records of one page."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self.slug = urlsplit(context.url).path.rstrip("/").rpartition("/")[2][:80]
        self._ids: set[str] = set()

    def add(self, rows: list[list[str]], number: int) -> int:
        """The projects of one table; whether it is one of projects."""
        columns = _columns(rows[0]) if rows else {}
        if "title" not in columns or not ({"person", "amount", "institution"} & columns.keys()):
            return 0
        last: dict[str, str] = {}
        place = 0
        for at, cells in enumerate([*rows[1:], []], start=2):
            if len(cells) == len(rows[0]) and cells != rows[0]:
                self._project(last, number, place)
                last, place = {name: cells[column] for name, column in columns.items()}, at
            elif len(cells) == 2 and last and _is_abstract(cells[0]):
                last["text"] = cells[1]
        self._project(last, number, place)
        return 1

    def _project(self, row: dict[str, str], number: int, place: int) -> None:
        where = f"table {number}, row {place}"
        said = {name: value if _SOMETHING.search(value) else "" for name, value in row.items()}
        person = said.get("person", "").lstrip(": ")
        names = [person, *re.split(r"[,;/&]|\bat\b|\bfrom\b|\band\b", person)]
        title, text = said.get("title", ""), said.get("text", "")
        for name in names:
            title, text = without_name(title, name), without_name(text, name)
        acronym = said.get("acronym", "")[:MAX_NAME]
        if not (title or acronym):
            if row:
                self.sink.reject(where, "missing_title", "neither title nor acronym")
            return
        money, is_good = _amount(said.get("amount", ""))
        if not is_good:
            self.sink.reject(where, "bad_amount", f"the funding is {said['amount'][:60]!r}")
            return
        project = f"fnr-{self.slug}-{_hashed(f'{acronym}|{title}')}"
        name = f"{self.context.source_id}:{project}"
        if name in self._ids:
            self.sink.note("project that stands on the page twice")
            return
        self._ids.add(name)
        host = said.get("institution", "")[:MAX_NAME]
        is_person = is_natural_person({"name": host}) and without_name(host, person) != host
        fields: dict[str, Any] = {
            "record_id": name,
            "programme": "FNR",
            "project_id": project,
            "acronym": acronym,
            "title": title[:MAX_NAME],
            "text": text[:MAX_TEXT],
            "organisation_id": "person" if is_person else host[:60] or "unnamed",
            "organisation": "" if is_person else host,
            "role": "host institution",
            "project_contribution": money,
        }
        record = self.sink.build(FundingEvent, where, fields)
        if record is not None:
            self.sink.records.append(record)


def _tables(text: str) -> Iterator[list[list[str]]]:
    """Rows of cells of each table of a page. Raises UnreadableError (too_large)."""
    try:
        tree = parse_page(text)
    except TooLongError as error:
        raise UnreadableError("too_large", str(error)) from error
    if tree is None:
        raise UnreadableError("too_large", "the page is too deep or has too many elements")
    left = _MAX_ROWS
    for table in tree.css("table")[:_MAX_TABLES]:
        if table.css_first("table table") is not None:
            continue  # for layout; the inner one is read by itself
        rows = []
        for row in table.css("tr")[:left]:
            cells = [" ".join(cell.text(separator=" ").split()) for cell in row.css("th, td")[:_MAX_CELLS]]
            rows.append(cells)
        left -= len(rows)
        yield [cells for cells in rows if cells]
        if left <= 0:
            return


def _columns(header: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, cell in enumerate(header):
        name = _column(" ".join(cell.lower().split()).rstrip(": "))
        if name and name not in found:
            found[name] = column
    return found


def _column(said: str) -> str:
    """What a column holds, by the words that calls use for it."""
    if said in ("acronym", "project acronym"):
        return "acronym"
    if said in ("title", "project title", "project", "full title"):
        return "title"
    if re.search(r"\bpi\b|applicant|investigator|project leader|researcher|candidate|coordinator", said):
        return "person"
    if re.search(r"institution|organi[sz]ation|beneficiary|employer", said):
        return "institution"
    if re.search(r"funding|committed|budget|amount", said) and not re.search(r"period|duration|scheme", said):
        return "amount"
    return "text" if _is_abstract(said) else ""


def _is_abstract(said: str) -> bool:
    return re.match(r"\s*(abstract|summary|résumé|description)\b", said, re.I) is not None


def _amount(text: str) -> tuple[float | None, bool]:
    """(euros, whether it is none or good): "€ 1,135,000", "EUR 536,000.00", "9 568 €"; three digits are thousands."""
    bare = _MONEY.sub("", text.strip())
    if not bare:
        return None, True
    found = _GROUPED.fullmatch(bare)
    if found is None:
        return None, False
    value = float(f"{re.sub(r'[^0-9]', '', found[1])}.{found[2] or 0}")
    return (value, True) if value <= _LARGEST else (None, False)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.casefold().encode("utf-8", "replace")).hexdigest()[:12]
