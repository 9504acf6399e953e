"""Which format a payload is in, told by its marks.

Belongs here: one line of marks a format, for whoever holds a file and wonders what it is (``observatory survey``).
Never here: decoding, and nothing that a crawl depends on: a source says its format.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scrapers.challenge import challenge_of
from scrapers.column_tables import declared, match_header
from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.decoders.board_answers import failure_of
from scrapers.decoders.chamber import is_dossiers
from scrapers.decoders.cordis_documents import is_document
from scrapers.decoders.cordis_tables import members_of
from scrapers.decoders.json_stream import Value, pieces, values
from scrapers.spreadsheet import Row, read_sheets

_HEAD = 256 * 1024  # bytes that marks are looked for in
_MAX_MEMBERS = 10_000
_HEADER_WITHIN = 30  # rows of a sheet


@dataclass(frozen=True)
class Guess:
    """A format's name, or None with one line why there is none."""

    format: str | None
    why: str = ""


def guess(body: bytes) -> Guess:
    """The format whose marks a payload carries; never raises."""
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(body)
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return Guess(None, "empty")
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(body)
    if head.startswith(b"%PDF"):
        return Guess("cssf-review-pdf")
    if head[:1] in b"{[":
        return _of_json(body)
    text = _text(head)
    if _SPARQL.search(text[:2_000]):  # results have a <head>, as pages do
        return Guess("legilux")
    is_page = re.match(r"<!doctype html|<html", text, re.I) or re.search(
        r"<(body|head|div|section|article)[\s>]", text, re.I
    )
    if is_page and not _FEED_ROOT.match(text):
        return _of_html(text)
    return _of_xml(text) if text.startswith("<") else _of_table(text, head)


def _text(head: bytes) -> str:
    """The head of a text, whose encoding shows in its first bytes."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\0", "utf-16-le")):
        if head.startswith(mark):
            return head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    return head.decode("utf-16-be" if head.startswith(b"\0<") else "utf-8", "replace").lstrip()


def _of_json(body: bytes) -> Guess:
    try:
        value, _ = load_json(body)
    except UnreadableError as error:
        if b'"https://openalex.org/' in body[:_HEAD].partition(b"\n")[0] and body.startswith(b"{"):
            return Guess("openalex")  # a partition of its snapshot, one object a line
        value = _first_glued(body) if error.reason in ("not_json", "too_many_elements") else None
        if value is None:
            return Guess(None, str(error))
    if value == []:
        return Guess("lever")  # the only board that answers with a bare list; so does one without jobs
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return Guess(None, f"JSON of no known shape (a {type(first).__name__})")
    marks = _LISTED if isinstance(value, list) else _OBJECTS
    found = next((name for name, fits in marks if fits(first)), None)
    if found is None:
        if service := challenge_of(body):
            return Guess(None, f"a bot challenge ({service}), which holds no data")
        said = failure_of(first) if isinstance(value, dict) else None
        if said is not None:
            return Guess(None, one_line(f"a message of failure, which holds no data: {said}"))
        why = next((reason for reason, fits in _LEFT_ALONE if fits(first)), "JSON of no known shape")
        return Guess(None, f"{why}: {', '.join(list(first)[:6])}")
    return Guess(found)


def _first_glued(body: bytes) -> Any:
    """The first of several values one after another; None where there are not several."""
    try:
        found = list(itertools.islice(values(pieces(body)), 2))
    except UnreadableError:
        return None
    return found[0].value if len(found) == 2 and isinstance(found[0], Value) else None


def _has(*names: str, within: str | None = None) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an object has these fields; ``within``: whether the first element of its list ``within`` has them."""

    def fits(value: Mapping[str, Any]) -> bool:
        if within is None:
            return all(name in value for name in names)
        inner = value.get(within)
        element = inner[0] if isinstance(inner, list) and inner else inner
        return isinstance(element, dict) and all(name in element for name in names)

    return fits


def _empty(name: str, *others: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an object has an empty list of that name, and these fields: a board without jobs."""
    return lambda value: value.get(name) == [] and all(other in value for other in others)


def _counts_openings(value: Mapping[str, Any]) -> bool:
    meta = value.get("meta")
    return value.get("result") == [] and isinstance(meta, dict) and "totalCount" in meta


def _names_openalex(value: Mapping[str, Any]) -> bool:
    """One entity of OpenAlex, or a list of them."""
    listed = value.get("results")
    first = listed[0] if isinstance(listed, list) and listed else value
    return isinstance(first, dict) and str(first.get("id")).startswith("https://openalex.org/")


def _any_cube(value: Mapping[str, Any]) -> bool:
    """JSON-stat before 2.0: an object of data sets by name."""
    return any(isinstance(part, dict) and {"dimension", "value"} <= set(part) for part in value.values())


def _stat(value: Mapping[str, Any]) -> bool:
    return value.get("class") in ("dataset", "collection", "dimension") or {"dimension", "value"} <= set(value)


def _is_ror_index(value: Mapping[str, Any]) -> bool:
    """An answer of the search index behind ROR's API."""
    hits = value.get("hits")
    first = hits["hits"][0] if isinstance(hits, dict) and isinstance(hits.get("hits"), list) and hits["hits"] else None
    return isinstance(first, dict) and str(first.get("_id", "")).startswith("https://ror.org/")


Marks = tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...]

_OBJECTS: Marks = (
    ("jsonstat", _stat),
    ("jsonstat", _any_cube),
    ("jsonstat", _has("status", "label", within="warning")),  # Eurostat's overload message
    ("jsonstat", _has("status", "label", within="error")),
    ("sdmx-json", lambda value: "dataSets" in value and "structure" in value),
    ("sdmx-json", lambda value: isinstance(value.get("data"), dict) and isinstance(value.get("meta"), dict)),
    ("openalex", _has("next_cursor", within="meta")),
    ("crossref", _has("message-type", "message")),
    ("crossref", _has("DOI", "prefix", "is-referenced-by-count")),
    ("crossref", _has("DOI", "prefix", within="items")),
    ("ror", lambda value: str(value.get("id", "")).startswith("https://ror.org/")),
    ("ror", _has("number_of_results", "items")),
    ("ror", _is_ror_index),
    ("semantic-scholar", _has("paperId")),
    ("semantic-scholar", _has("paperId", within="data")),
    ("semantic-scholar", _has("citingPaper", within="data")),
    ("semantic-scholar", _has("citedPaper", within="data")),
    ("semantic-scholar", _has("paperId", within="recommendedPapers")),
    ("semantic-scholar", lambda value: value.get("total") == 0 and set(value) <= {"total", "offset", "data", "token"}),
    ("openalex", _has("db_response_time_ms", within="meta")),
    ("openalex", _names_openalex),
    ("ashby", _has("jobUrl", within="jobs")),
    ("ashby", _has("apiVersion", "jobs")),
    ("workable", _has("shortcode", within="jobs")),
    ("workable", _has("shortcode", within="results")),
    ("workable", _has("shortcode", "title")),
    ("greenhouse", _has("absolute_url", within="jobs")),
    ("workable", _empty("jobs", "name", "description")),
    ("workable", lambda value: value.get("results") == [] and set(value) <= {"total", "results", "nextPage"}),
    ("greenhouse", _has("jobs", within="departments")),
    ("greenhouse", _has("departments", "name", within="offices")),
    ("greenhouse", _has("absolute_url", "id", "title")),
    ("greenhouse", lambda value: isinstance(value.get("jobs"), list) and isinstance(value.get("meta"), dict)),
    ("workday", _has("jobPostings", "total")),
    ("workday", _has("jobPostingInfo")),
    ("bamboohr", _has("jobOpeningName", within="result")),
    ("bamboohr", _has("jobOpening", within="result")),
    ("bamboohr", _counts_openings),
    ("smartrecruiters", _has("totalFound", "content")),
    ("smartrecruiters", _has("sections", within="jobAd")),
    ("recruitee", _has("careers_url", within="offers")),
    ("recruitee", _has("translations", within="offers")),
    ("recruitee", lambda value: value == {"offers": []}),
    ("teamtailor", _has("_jobposting", within="items")),
    ("teamtailor", _empty("items", "version", "feed_url")),
    ("feed", lambda value: "jsonfeed.org/version/" in str(value.get("version")) and "items" in value),
    ("eures", _has("jvs", "numberRecords")),
    ("arbeitnow", _has("slug", "company_name", within="data")),
    ("arbeitnow", _empty("data", "links", "meta")),
    ("themuse", _has("landing_page", within="refs")),
    ("themuse", _empty("results", "page", "page_count")),
    ("lever", _has("text", "hostedUrl")),
    ("lever", _has("text", "categories")),
    ("themuse", _has("refs", "contents", within="results")),
    ("udata", _has("resources", within="data")),
    ("udata", _has("resources", "title", "id")),
    ("udata", _has("datasets")),
    ("cordis-json", is_document),
    ("cordis-json", _has("projectID", "organisationID")),
    ("eu-portal", _has("metadata", "reference", within="results")),
    ("eu-portal", _empty("results", "totalResults", "apiVersion")),
    ("eu-portal", _has("topicId", "callIdentifier")),
    ("fnr", _has("permalink", within="actus")),
    ("fnr", _empty("actus")),
    ("ted-search", lambda value: isinstance(value.get("notices"), list) and "totalNoticeCount" in value),
    ("ted-search", _has("publication-number", within="notices")),
    ("ted-search", _has("ND", within="notices")),
    ("ted-search", _has("ND", "PD", within="results")),
    ("ted-search", _has("took", "total", "results")),
    ("legilux", _has("bindings", within="results")),
    ("legilux", lambda value: isinstance(value.get("results"), dict) and value["results"].get("bindings") == []),
)
_LISTED: Marks = (
    ("semantic-scholar", _has("paperId")),
    ("ror", lambda value: str(value.get("id", "")).startswith("https://ror.org/")),
    ("udata", _has("dataset", "resources")),
    ("udata", lambda value: {"id", "title", "slug", "image_url"} <= value.keys()),  # suggestions, which it refuses
    ("lever", _has("text", "categories")),
    ("lever", _has("hostedUrl", "text")),
    ("wp-posts", lambda value: isinstance(value.get("title"), dict) and {"link", "date"} <= value.keys()),
    ("lever", _has("title", "postings")),  # grouped by team or place
    ("cordis-json", is_document),
    ("cordis-json", _has("projectID", "organisationID")),
    ("eu-portal", _has("topicId", "callIdentifier")),
    ("chamber", is_dossiers),
)
# Shapes that are known and not read, and why.
_ABROAD = "of another country's labour market; no source in Luxembourg gives it"
_LEFT_ALONE: Marks = (
    (
        "Oracle Recruiting Cloud; no decoder yet",
        _has("requisitionList", within="items"),
    ),
    ("Eightfold careers site; no board of an employer in Luxembourg is known", _has("domain", "positions")),
    (f"France Travail's list of offers, {_ABROAD}", _has("intitule", "romeCode")),
    (f"an export for the French employment service, {_ABROAD}", _has("reference", "isTopOffer")),
    (f"an employer's feed for a French portal, {_ABROAD}", _has("ads", "spontaneousApplyUrl")),
    (f"the Norwegian employment service's advertisement, {_ABROAD}", _has("activationOnPublishingDate")),
    (f"the Norwegian employment service's list, {_ABROAD}", _has("activationOnPublishingDate", within="content")),
    (f"the Norwegian employment service's feed, {_ABROAD}", _has("uuid", "businessName", within="content")),
    (f"No Fluff Jobs, {_ABROAD}", _has("criteriaSearch", "postings")),
    (f"StartupJobs, {_ABROAD}", _has("startup", within="offers")),
    (f"a jobs.cz widget, {_ABROAD}", _has("widget", within="data")),
    ("Adzuna's search; needs an agreement with the aggregator", _has("redirect_url", within="results")),
    ("what somebody else's program made of GovJobs pages, not what GovJobs publishes", _has("Title", "Link")),
    ("a change log of calls that somebody's collector keeps, not what the portal publishes", _has("summary", "events")),
    ("a record of a request's headers; it holds no data", _has("request_headers", "status_code")),
    ("what somebody else's program made of regulators' feeds, not what they publish", _has("total_events", "events")),
    ("a receipt of a download; it holds no data", _has("raw_sha256", "request_url")),
)
_ROOTS = {
    "workzag-jobs": "personio",
    "PositionOpening": "eures",
    "RDF": "udata",
    **dict.fromkeys(("OAI-PMH", "arXiv", "arXivRaw", "dc"), "oai-dc"),
    "ContractNotice": "ted-eforms",
    "ContractAwardNotice": "ted-eforms",
    "PriorInformationNotice": "ted-eforms",
    "BusinessRegistrationInformationNotice": "ted-eforms",  # which it refuses
    "TED_EXPORT": "ted-eforms",
}
_SPARQL = re.compile(r"<sparql[^>]{0,300}w3\.org/2005/sparql-results")
_COURSE = re.compile(
    r"(?:schema\.org/|[\"']@type[\"']\s*:\s*(?:\[[^\]]{0,100})?[\"'](?:schema:)?)"
    r"(?:Course|CourseInstance|EducationEvent|EducationalOccupationalProgram)[\"']"
)
_SDMX = re.compile(r"sdmx\.org/resources/sdmxml", re.I)
_OWN_LIST = re.compile(r"^list: (actor|initiative|recommendation|funding_claim)$", re.M)
_FEED_ROOT = re.compile(
    r"\s*(?:<\?[^>]{0,500}>\s*|<!--.{0,2000}?-->\s*|<!DOCTYPE rss[^>]{0,500}>\s*)*<(?:rss|feed|(?:\w{1,40}:)?RDF)[\s>]",
    re.S,
)
_FEEDS = (
    ("successfactors", re.compile(r'xmlns:g="http://base\.google\.com')),
    ("teamtailor", re.compile(r"xmlns:tt=|teamtailor", re.I)),
    ("arxiv-atom", re.compile(r"<(?:\w+:)?id>https?://(?:export\.)?arxiv\.org/(?:api/|</)")),
    ("eurostat-rss", re.compile(r"<(link|title)>[^<]{0,200}eurostat", re.I)),
)


def _of_xml(text: str) -> Guess:
    root = re.search(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s>/]", re.sub(r"<[?!][^>]*>", "", text))
    name = root[1] if root else ""
    if _SDMX.search(text):
        return Guess("sdmx-ml")
    if name == "Envelope" and re.search(r"gesmes|ecb\.int/vocabulary", text):
        return Guess("ecb-fx")
    if name in ("Envelope", "Fault") and re.search(r"estat\.ec\.europa\.eu|<faultcode", text):
        return Guess("sdmx-ml")  # Eurostat's answer that the query is queued, or refused
    if name in ("record", "metadata") and re.search(r"openarchives\.org/OAI|lyncode\.com/xoai", text):
        return Guess("oai-dc")  # without its envelope
    if name in ("rss", "feed", "RDF") and (name != "RDF" or re.search(r"purl\.org/rss/1\.0|netscape\.com/rdf", text)):
        found = next((format for format, mark in _FEEDS if mark.search(text)), "feed")
        extra = re.search(r'xmlns:(joblisting|job)="', text)
        return Guess(None, "an RSS feed of jobs in a vocabulary of its own") if extra else Guess(found)
    if name == "project" and "cordis" in text:
        return Guess("cordis-xml")
    if name in ("urlset", "sitemapindex"):
        return Guess(None, "a sitemap: it lists pages and holds no records; the spider of careers pages reads it")
    if name in ("Export_offres", "offers", "root", "jobs"):
        return Guess(
            None, f"a feed that an employer or portal makes for its partners (root {name}); each has its own shape"
        )
    return Guess(_ROOTS.get(name), "" if name in _ROOTS else f"XML of no known shape, root {name or '?'}")


def _of_html(text: str) -> Guess:
    if "__NUXT_DATA__" in text and "skeeled" in text.lower():
        return Guess("skeeled")
    if "library-element" in text or re.search(r"<link[^>]{1,200}//www\.cssf\.lu/", text):
        return Guess("cssf-page")
    if _COURSE.search(text) and "JobPosting" not in text:
        return Guess("course-html")
    return Guess("govjobs" if "search-result--job" in text else "jobposting-html")


_REGISTERS = (
    ("cordis-csv", re.compile(r"^\W*(projectRcn\W+)?project(ID|Reference)\b", re.I)),
    ("kohesio", re.compile(r"Operation_Start_Date.*(Total_Eligible_Expenditure|Beneficiary)", re.I)),
    ("erc", re.compile(r"^(?=.*(acronym|title)).*(host institution|main_researcher|principal investigator)", re.I)),
)


def _of_table(text: str, head: bytes) -> Guess:
    header = text.splitlines()[0][:5000] if text.splitlines() else ""
    if _OWN_LIST.search(text):
        return Guess("curated")
    if "\\TIME_PERIOD" in header or re.match(r"[a-z0-9_,]+\\time\b", header, re.I):
        return Guess("eurostat-tsv")
    if re.match(r"\"?(DATAFLOW|STRUCTURE)\b|KEY,FREQ,", header) or "TIME_PERIOD,OBS_VALUE" in header:
        return Guess("sdmx-csv")
    if header.replace(" ", "").startswith("date,jobcountry,"):
        return Guess("indeed-ai-tracker")
    if re.match(r"Date\s*,\s*[A-Z]{3}\s*(,|$)", header):
        return Guess("ecb-fx")
    if header.startswith(("work_id,deleted_date", "merge_date,id,merge_into_id")):
        return Guess("openalex")
    if found := next((format for format, mark in _REGISTERS if mark.search(header)), None):
        return Guess(found)
    if _is_declared(head):
        return Guess("adem")
    if is_dossiers(re.split(r"[;,\t|]", header.replace('"', ""))):
        return Guess("chamber")
    return Guess(None, f"a table whose columns nobody declared: {header[:80]}" if header else "no known shape")


def _of_zip(body: bytes) -> Guess:
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        names = archive.namelist()[:_MAX_MEMBERS]
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError):
        return Guess(None, "a damaged zip file")
    if any(name.startswith("eurofxref") for name in names):
        return Guess("ecb-fx")
    if any("ror-data" in name.rpartition("/")[2] for name in names):
        return Guess("ror")
    plain = [name.rpartition("/")[2].lower() for name in names]
    for ending, format in (("csv", "cordis-csv"), ("json", "cordis-json"), ("xlsx", "cordis-csv")):
        if members_of(plain, ending):
            return Guess(format)
    if any(name.startswith("project-rcn-") for name in plain):
        return Guess("cordis-json" if plain[0].endswith(".json") else "cordis-xml")
    if "xl/workbook.xml" in names:
        if _has_project_rows(body):
            return Guess("cordis-csv")
        return Guess("adem") if _is_declared(body) else Guess(None, "a spreadsheet whose columns nobody declared")
    if len(names) == 1:
        try:
            with archive.open(names[0]) as member:
                inner = member.read(_HEAD)
        except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, EOFError):
            return Guess(None, "a damaged zip file")
        if not inner.startswith((b"PK", b"\x1f\x8b")):
            return guess(inner)
    return Guess(None, f"a zip file of no known shape: {', '.join(names[:4])}")


def _has_project_rows(body: bytes) -> bool:
    """Whether the first row of a workbook is the header of a table of CORDIS."""
    try:
        sheets, _ = read_sheets(body)
        first = next((row for sheet in sheets for row in itertools.islice(sheet.rows(), 1)), None)
    except UnreadableError:
        return False
    return isinstance(first, Row) and str(first.cells[0]).lower() in ("projectid", "projectrcn")


def _is_declared(body: bytes) -> bool:
    """Whether one of the first rows of a table or workbook is the header of a declared table."""
    try:
        sheets, _ = read_sheets(body)
        rows = (row for sheet in sheets for row in itertools.islice(sheet.rows(), _HEADER_WITHIN))
        found = ([str(cell or "") for cell in row.cells] for row in rows if isinstance(row, Row))
        return any(match_header(cells, declared("adem")) is not None for cells in found)
    except UnreadableError:
        return False


def _unpacked(body: bytes) -> bytes:
    """The head of a gzipped payload; as it is where it cannot be unpacked."""
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _HEAD)
    except zlib.error:
        return body
