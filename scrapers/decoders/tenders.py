"""What the shapes of notices of public procurement share: one notice gathered, judged and written once.

Belongs here: placeholders for money, marks of tests, whose notice it is, codes of languages. Never here: XML or JSON of
one shape (``ted_eforms``, ``ted_export``, ``ted_search``).

- A notice is Luxembourg's if a buyer is in Luxembourg and is no body of the European Union. Where the notice has no
  type of its buyers, the names of the institutions decide.
- A form that demands a number gets one from people who have none: 9.99, 0.01, 1.00, 999999999. Such a number is no
  value. A record has one currency: of the award where there is one, and an estimate in another is left out.
- Tests that reached publication say that they are tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from scrapers.decoders.base import DecodeContext, Sink, one_line, parse_day
from scrapers.decoders.natural_persons import is_natural_person
from scrapers.html import TooLongError, to_text
from scrapers.items import Tender

EU_BODY = "eu-ins-bod-ag"  # type of a buyer in eForms
MAX_NAMES, MAX_CODES = 300, 300  # buyers or winners, places or classes of one notice
MAX_TITLE, MAX_NAME, MAX_TEXT = 1_000, 300, 50_000
_MOST = 1e13
_LEAST = 10.0  # a value below it is a placeholder: no contract that is published in the Union costs less
_FILLER = re.compile(r"(?:9{6,}|1{6,}|1234567(?:8(?:9(?:0)?)?)?)(?:\.(?:9+|1+|0+))?|9{2,5}\.99")
_NUMBER = re.compile(r"\+?(?:\d{1,18}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PUBLICATION = re.compile(r"0*(\d{1,8})-((?:19|20)\d{2})", re.ASCII)
_IN_ADDRESS = re.compile(r"(?<![\d-])(\d{1,8}-(?:19|20)\d{2})(?![\d-])", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?!\d)|(\d{4})(\d\d)(\d\d)(?!\d)", re.ASCII)
_TEST_TEXT = re.compile(
    r"\bthis is (?:only )?a test(?: notice)?\b|\btest notice\b.{0,40}\bdisregard\b|^\W*test(?:[ -]notice)?\W*$"
    r"|\bceci est un (?:avis de )?test\b|\bdies ist (?:nur )?(?:ein test|eine test\w*bekanntmachung)\b",
    re.I | re.S,
)
_TEST_BUYER = re.compile(r"^\W*(?-i:TEST)\b.{0,30}\b(?:buyer|authority|organi[sz]ation|company)\b|^\W*ted test\b", re.I)
_EU_NAMES = re.compile(
    r"\b(?:european (?:commission|parliament|council|union|investment (?:bank|fund)|court of auditors|central bank|"
    r"public prosecutor|data protection|economic and social committee|committee of the regions|chemicals agency|"
    r"high.performance computing)|publications office|court of justice of the european|general court|"
    r"translation cent(?:re|er) for the bodies|joint research cent(?:re|er)|eurojust|europol|eurostat|eurohpc|"
    r"commission europ[ée]enne|parlement europ[ée]en|conseil de l['’]union|union europ[ée]enne|"
    r"banque europ[ée]enne d['’]investissement|fonds europ[ée]en d['’]investissement|"
    r"cour (?:de justice de l['’]union|des comptes europ)|office des publications|parquet europ[ée]en|"
    r"centre de traduction des organes|europ[äa]ische(?:s|n|r)? (?:kommission|parlament|union|"
    r"investitions(?:bank|fonds)|rechnungshof|staatsanwaltschaft|zentralbank)|"
    r"gerichtshof der europ|amt f[üu]r ver[öo]ffentlichungen)",
    re.I,
)
_CODES = (  # ISO 639: three letters, then two
    "bulbg cescs danda deude ellel engen estet finfi frafr glega hrvhr hunhu islis itait lavlv litlt ltzlb mkdmk mltmt "
    "nldnl nobnb nnonn norno polpl porpt ronro slksk slvsl spaes sqisq srpsr swesv turtr ukruk"
)
_LANGUAGES = {pair[:3].upper(): pair[3:] for pair in _CODES.split()}


@dataclass(frozen=True)
class Money:
    """A sum and its currency as published."""

    value: float
    currency: str


@dataclass(frozen=True)
class Party:
    """A buyer or a winner. ``is_eu``: a body of the European Union; None where the notice does not say what it is."""

    name: str
    country: str = ""
    is_eu: bool | None = None


@dataclass
class Notice:
    """One notice as far as it was read."""

    notice_id: str = ""
    publication_number: str = ""
    notice_version: str = ""
    procedure_id: str = ""
    form: str = ""
    notice_type: str = ""
    notice_subtype: str = ""
    title: str = ""
    text: str = ""
    language: str = ""
    published_on: date | None = None
    dispatched_on: date | None = None
    deadlines: list[date] = field(default_factory=list)
    buyers: list[Party] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    cpv_codes: list[str] = field(default_factory=list)
    procedure_type: str = ""
    lots: int = 0
    estimated: Money | None = None
    awarded: Money | None = None
    winners: list[Party] = field(default_factory=list)
    test_texts: list[str] = field(default_factory=list)  # where a test says that it is one


def add(sink: Sink, context: DecodeContext, locator: str, notice: Notice) -> None:
    """The record of a notice, or why there is none: missing_id, missing_title, test_notice, and what the model says."""
    identity = notice.publication_number or ":".join(filter(None, (notice.notice_id, notice.notice_version)))
    if not identity:
        sink.reject(locator, "missing_id", "neither a notice identifier nor a publication number")
        return
    record_id = f"{context.source_id}:{identity[:300]}"
    if is_test(notice):
        sink.reject(locator, "test_notice", f"{identity} says that it is a test", record_id)
        return
    title = line(notice.title, MAX_TITLE)
    if not title:
        sink.reject(locator, "missing_title", "the notice has no title", record_id)
        return
    if len(set(notice.deadlines)) > 1:
        sink.note("lots have different deadlines: the first is kept")
    if not notice.buyers:
        sink.note("a notice names no buyer")
    estimated, awarded = notice.estimated, notice.awarded
    if estimated and awarded and estimated.currency != awarded.currency:
        sink.note(f"an estimate in {estimated.currency} is not kept beside an award in {awarded.currency}")
        estimated = None
    main = awarded or estimated
    number = notice.publication_number
    record = sink.build(
        Tender,
        locator,
        {
            "record_id": record_id,
            "notice_id": notice.notice_id or number,
            "publication_number": number,
            "notice_version": notice.notice_version,
            "procedure_id": notice.procedure_id,
            "form": notice.form,
            "notice_type": notice.notice_type,
            "notice_subtype": notice.notice_subtype,
            "title": title,
            "text": notice.text[:MAX_TEXT],
            "language_declared": notice.language or None,
            "published_on": notice.published_on,
            "dispatched_on": notice.dispatched_on,
            "deadline_on": min(notice.deadlines, default=None),
            "buyers": once((party.name for party in notice.buyers), MAX_NAMES),
            "buyer_countries": once((party.country for party in notice.buyers), MAX_NAMES),
            "is_luxembourg": any(party.country == "LU" and not is_eu_body(party) for party in notice.buyers),
            "places": once(notice.places, MAX_CODES),
            "cpv_codes": once(notice.cpv_codes, MAX_CODES),
            "procedure_type": notice.procedure_type,
            "lots": notice.lots,
            "estimated_value": estimated.value if estimated else None,
            "awarded_value": awarded.value if awarded else None,
            "currency": main.currency if main else "",
            "winners": once((party.name for party in notice.winners), MAX_NAMES),
            "winner_countries": once((party.country for party in notice.winners), MAX_NAMES),
            "page_url": f"https://ted.europa.eu/en/notice/-/detail/{number}" if number else "",
        },
    )
    if record is not None:
        sink.records.append(record)


def is_test(notice: Notice) -> bool:
    """Whether a notice says of itself that it is a test."""
    texts = (notice.title, notice.text[:2_000], *notice.test_texts)
    return any(_TEST_TEXT.search(text[:2_000]) for text in texts if text) or any(
        _TEST_BUYER.search(party.name) for party in notice.buyers
    )


def is_eu_body(party: Party) -> bool:
    """Whether a buyer is an institution, body or agency of the European Union, wherever it has its seat."""
    return party.is_eu if party.is_eu is not None else _EU_NAMES.search(party.name) is not None


def money(sink: Sink, value: object, currency: object, what: str) -> Money | None:
    """A sum that is one; None with a remark for a placeholder and for what is no sum."""
    if value in (None, ""):
        return None
    text = plain_number(value)
    code = currency.strip().upper() if isinstance(currency, str) else ""
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        sink.note(f"{what}: {one_line(text[:40])!r} is no sum, it is left out")
        return None
    number = float(text)
    if number < _LEAST or number > _MOST or _FILLER.fullmatch(text):
        sink.note(f"{what}: {text[:20]} is a placeholder, it is left out")
        return None
    if not _CURRENCY.fullmatch(code):
        sink.note(f"{what}: a sum without its currency is left out")
        return None
    return Money(number, code)


def plain_number(value: object) -> str:
    """A number in digits: JSON writes a million as 1000000.0 or 1e6."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < _MOST * 10 else ""
    return str(value).strip()[:100] if isinstance(value, (str, int)) else ""


def total(sink: Sink, parts: Iterable[Money | None], what: str) -> Money | None:
    """The sum of parts that are all there and in one currency; None otherwise."""
    every = list(parts)
    known = [part for part in every if part is not None]
    if not known:
        return None
    if len(known) < len(every) or len({part.currency for part in known}) > 1:
        sink.note(f"{what} are not added up: some are missing, or in another currency")
        return None
    value = round(sum(part.value for part in known), 2)
    return Money(value, known[0].currency) if value <= _MOST else None


def winner(sink: Sink, name: str, country: str, *, person: bool | None = None, website: str = "") -> Party | None:
    """A winner that is an organisation; None for a natural person. ``person``: what the notice says of it itself."""
    plain = line(name, MAX_NAME)
    if not plain:
        return None
    if person or (person is None and is_natural_person({"name": plain, "organizationURL": website})):
        sink.note("a winner that is or could be a natural person is left out")
        return None
    return Party(plain, country)


def publication_number(*said: object) -> str:
    """The number under which a notice was published ("643121-2023") as the first of these texts says it."""
    for text in said:
        if isinstance(text, str) and (found := _PUBLICATION.fullmatch(text.strip())):
            return f"{found[1]}-{found[2]}"
    return ""


def number_in(address: str) -> str:
    """The publication number in an address or name of a file, as near to its end as there is one."""
    for part in reversed(address[-2_000:].partition("?")[0].split("/")):
        found = {publication_number(number) for number in _IN_ADDRESS.findall(part)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def day(said: object) -> date | None:
    """The day of "2023-05-25Z", "2024-01-02+01:00" or "20210204 12:00", as the publisher's clock had it."""
    found = _DAY.match(said.strip()[:40]) if isinstance(said, str) else None
    return parse_day(found[1] or f"{found[2]}-{found[3]}-{found[4]}") if found else None


def language(said: object) -> str:
    """The code of two letters of a language ("FRA", "fra", "FR"); as published in lower case where none is known."""
    code = said.strip().upper() if isinstance(said, str) else ""
    if not re.fullmatch(r"[A-Z]{2,3}", code):
        return ""
    return _LANGUAGES.get(code, code.lower())


def cpv(said: object) -> str:
    """A code of the procurement vocabulary in eight digits; "" for anything else."""
    found = re.fullmatch(r"(\d{8})(?:-\d)?", said.strip()) if isinstance(said, str) else None
    return found[1] if found else ""


def place(said: object) -> str:
    """A NUTS code, or the ISO code of a country; "" for anything else."""
    code = said.strip().upper() if isinstance(said, str) else ""
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{0,5}", code) else ""


def line(said: str, most: int) -> str:
    """A text on one line of at most so many characters."""
    return " ".join(said[: most * 4].split())[:most].strip()


def description(said: str, sink: Sink) -> str:
    """A text without markup; "" where it is too long to be one."""
    try:
        return to_text(said)
    except TooLongError:
        sink.note("a description that is too long is left out")
        return ""


def once(values: Iterable[str], most: int) -> list[str]:
    """Each text once, in order, empty ones left out, at most so many."""
    return list(dict.fromkeys(value for value in values if value))[:most]
