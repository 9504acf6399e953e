"""An invented OAI-PMH server and an invented arXiv API, told day by day what happens to them.

Belongs here: how such servers answer, with what goes wrong at them. Never here: what a harvest is to make of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from tests.scrapers.site import Answer, Asked

FIRST_DAY = datetime(2026, 7, 1, 5, 0, tzinfo=UTC)
XML = {"Content-Type": "text/xml"}
PAGE_FOR_PEOPLE = b"<!DOCTYPE html>\n<html><body><h1>Example repository</h1><p>We are busy.</p></body></html>"
Trouble = Callable[[bytes], Answer]


@dataclass
class Item:
    changed_at: datetime
    title: str
    is_deleted: bool = False


@dataclass
class Repository:
    """A server with one set of items. Tokens are offsets into the list as it is when they are used, as many servers
    make them: what changes meanwhile shifts the rest.
    """

    page_size: int = 20
    by_day: bool = True  # lists are in the order of change; else in that of ids
    counts: bool = True  # tokens say how many records the list has
    now: datetime = FIRST_DAY
    items: dict[str, Item] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    # What happens to the next requests: their number (from 1) of the day -> what is answered in place of the answer.
    troubles: dict[int, Trouble] = field(default_factory=dict)
    expires: set[int] = field(default_factory=set)  # numbers of the day's requests whose token is refused
    between: dict[int, Callable[[], None]] = field(default_factory=dict)  # what happens before a request of the day
    _made: dict[str, dict[str, str]] = field(default_factory=dict)
    _today: int = 0

    def put(self, name: str, title: str) -> None:
        self.items[name] = Item(self.now, title)

    def delete(self, name: str) -> None:
        self.items[name] = Item(self.now, "", is_deleted=True)

    def forget(self, name: str) -> None:
        """Deleted without a word, as most servers do."""
        del self.items[name]

    def next_day(self) -> None:
        self.now += timedelta(days=1)
        self._today = 0
        self.troubles, self.expires, self.between = {}, set(), {}

    def truth(self) -> dict[str, str]:
        return {name: item.title for name, item in self.items.items() if not item.is_deleted}

    def answer(self, asked: Asked | str) -> Answer:
        address = asked if isinstance(asked, str) else asked.path
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        self._today += 1
        self.between.get(self._today, lambda: None)()
        body = self._list(query)
        trouble = self.troubles.get(self._today)
        return trouble(body) if trouble else Answer(body, headers=XML, etag=False)

    def _list(self, query: dict[str, str]) -> bytes:
        offset = 0
        if "resumptionToken" in query:
            made = self._made.get(query["resumptionToken"])
            if made is None or self._today in self.expires:
                return error("badResumptionToken")
            query, offset = made, int(made["offset"])
        since, until = (query.get(name, "") for name in ("from", "until"))
        found = [
            (name, item)
            for name, item in self.items.items()
            if f"{item.changed_at:%Y-%m-%d}" >= since and (not until or f"{item.changed_at:%Y-%m-%d}" <= until)
        ]
        found.sort(key=lambda pair: (pair[1].changed_at, pair[0]) if self.by_day else (pair[0],))
        part = found[offset : offset + self.page_size]
        if not part:
            return error("noRecordsMatch")
        token = ""
        if offset + self.page_size < len(found):
            token = f"token-{len(self._made) + 1}"
            self._made[token] = {**query, "offset": str(offset + self.page_size)}
        size = f' completeListSize="{len(found)}"' if self.counts else ""
        ends = f"<resumptionToken{size} cursor='{offset}'>{token}</resumptionToken>" if token or offset else ""
        return envelope("<ListRecords>" + "".join(record(*pair) for pair in part) + ends + "</ListRecords>")


def record(name: str, item: Item) -> str:
    status = ' status="deleted"' if item.is_deleted else ""
    header = (
        f"<header{status}><identifier>oai:repository.example:{name}</identifier><datestamp>{item.changed_at:%Y-%m-%d}"
    )
    if item.is_deleted:
        return f"<record>{header}</datestamp></header></record>"
    said = f"<dc:title>{item.title}</dc:title><dc:creator>Sampleperson, A.</dc:creator><dc:date>2026-01-01</dc:date>"
    opened = '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    return f"<record>{header}</datestamp></header><metadata>{opened}{said}</oai_dc:dc></metadata></record>"


def error(code: str) -> bytes:
    return envelope(f'<error code="{code}">invented</error>')


def envelope(inner: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    said = '<responseDate>2026-07-01T05:00:00Z</responseDate><request verb="ListRecords">https://repository.example/oai</request>'
    return f"{head}{said}{inner}</OAI-PMH>".encode()


def busy(seconds: str = "0") -> Trouble:
    return lambda body: Answer(b"busy", 503, {"Retry-After": seconds}, etag=False)


def page_for_people(body: bytes) -> Answer:
    return Answer(PAGE_FOR_PEOPLE, headers={"Content-Type": "text/html"}, etag=False)


def cut_off(body: bytes) -> Answer:
    return Answer(body[: len(body) // 2], headers=XML, etag=False)


def said_as(code: str, status: int = 200) -> Trouble:
    return lambda body: Answer(error(code), status, {**XML, "Retry-After": "60"}, etag=False)


def without_token(body: bytes) -> Answer:
    """The end of the list is dropped: nothing leads on, though more records are counted."""
    head, mark, rest = body.partition(b"<resumptionToken")
    attributes = rest.partition(b">")[0]
    ended = head + (mark + attributes + b"/></ListRecords></OAI-PMH>" if mark else b"")
    return Answer(ended, headers=XML, etag=False)


@dataclass
class Papers:
    """arXiv's query API over invented papers, the oldest first."""

    now: datetime = FIRST_DAY
    papers: dict[str, tuple[int, str]] = field(default_factory=dict)  # id -> version, title
    asked: list[dict[str, str]] = field(default_factory=list)
    troubles: dict[int, Trouble] = field(default_factory=dict)  # number of the day's request -> what comes instead
    _today: int = 0

    def next_day(self) -> None:
        self.now += timedelta(days=1)
        self._today, self.troubles = 0, {}

    def truth(self) -> dict[str, str]:
        return {name: title for name, (_, title) in self.papers.items()}

    def answer(self, asked: Asked | str) -> Answer:
        address = asked if isinstance(asked, str) else asked.path
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        self._today += 1
        start, most = int(query["start"]), int(query["max_results"])
        part = list(self.papers.items())[start : start + most]
        body = self.page(start, len(self.papers), part)
        trouble = self.troubles.get(self._today)
        return trouble(body) if trouble else Answer(body, etag=False)

    def page(self, start: int, total: int, part: list[tuple[str, tuple[int, str]]]) -> bytes:
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/{name}v{version}</id><title>{title}</title>"
            f"<updated>2026-07-{version:02}T00:00:00Z</updated><published>2026-07-01T00:00:00Z</published></entry>"
            for name, (version, title) in part
        )
        return (
            '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">'
            f"<id>https://arxiv.org/api/Example</id><updated>{self.now.isoformat()}</updated>"
            f"<opensearch:totalResults>{total}</opensearch:totalResults>"
            f"<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"
        ).encode()

    def hollow(self, body: bytes) -> Answer:
        """Results are counted, none is listed."""
        start = int(self.asked[-1]["start"])
        return Answer(self.page(start, len(self.papers), []), etag=False)


def failed(body: bytes) -> Answer:
    entry = "<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>max_results</summary></entry>"
    said = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
    return Answer(f"{said}<o:totalResults>1</o:totalResults>{entry}</feed>".encode(), etag=False)
