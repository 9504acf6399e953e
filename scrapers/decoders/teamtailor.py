"""Teamtailor career sites to postings: the JSON feed (``jobs.json``) and the RSS feed (``jobs.rss``).

Belongs here: the shape of the two feeds. Never here: requests, what a text means, which places are Luxembourg
(``scrapers/places.py``).

The JSON feed carries a schema.org ``JobPosting`` in each item (``_jobposting``), the RSS feed elements of its own. Both
name a job by the number that begins the last part of its address, so a job is one record whichever feed it came by.
Format: JSON feed recorded in 2026; RSS written from programs of others that read it in 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, unknown_fields
from scrapers.decoders.postings import (
    PostingBuilder,
    Salary,
    Workplace,
    board_at,
    clean,
    identifier,
    mapping,
    moment_of_mail,
    names,
    only_once,
    page,
    place,
    read_board,
    salary,
    vacancies_of,
    workplace_of,
)
from scrapers.decoders.xml_boards import child, children, jobs, text
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

_BOARD = re.compile(r"//([A-Za-z0-9\-]{1,100})(?:\.[a-z]{2})?\.teamtailor\.com/")
_NUMBER = re.compile(r"/jobs/(\d{1,12})(?:-|/|$)")
_NO_PLACE = re.compile(r"(?:fully |100 ?% )?remote\b|anywhere\b", re.I)
_STATUS: dict[str, Workplace] = {  # the board's own words for remote work
    "none": "on_site",
    "temporary": "hybrid",
    "hybrid": "hybrid",
    "fully": "remote",
    "fully-remote": "remote",
}
_KNOWN_ITEM_FIELDS = (
    "_jobposting attachments author authors banner_image content_html content_text date_modified date_published "
    "external_url id image language summary tags title url"
)
_KNOWN_ITEM = frozenset(_KNOWN_ITEM_FIELDS.split())
_KNOWN_POSTING_FIELDS = (
    "@context @id @type applicantLocationRequirements applicationContact baseSalary datePosted description directApply "
    "educationRequirements employmentType estimatedSalary experienceRequirements hiringOrganization identifier image "
    "industry inLanguage jobBenefits jobImmediateStart jobLocation jobLocationType jobStartDate mainEntityOfPage "
    "occupationalCategory qualifications responsibilities skills title totalJobOpenings url validThrough workHours"
)
_KNOWN_POSTING = frozenset(_KNOWN_POSTING_FIELDS.split())
_KNOWN_RSS_FIELDS = (
    "author category company_name department description encoded guid link locations pubDate remoteStatus role title"
)
_KNOWN_RSS = frozenset(_KNOWN_RSS_FIELDS.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one career site, from either feed.

    Raises UnreadableError: what ``load_json`` and ``scrapers.safe_xml`` raise, upstream_error, not_a_board,
    too_many_elements.
    """
    if _is_xml(body):
        sink = Sink(context, "job_posting")
        builder = PostingBuilder(context, sink, board_at(context, _BOARD))
        for locator, item in jobs(body, "item", ("rss",), sink):
            if not builder.records and not _is_job(item):
                raise UnreadableError("not_a_board", "a feed whose items are no jobs of Teamtailor")
            _read_rss(builder, locator, item)
        return builder.decoded()
    payload, builder = read_board(body, context, _BOARD)
    if not isinstance(payload, dict) or not isinstance(payload.get("items"), list):
        raise UnreadableError("not_a_board", "neither a JSON feed nor an RSS feed")
    for locator, item in builder.objects(payload["items"], "$.items"):
        _read_json(builder, locator, item, clean(payload.get("title")))
    return builder.decoded()


def _is_xml(body: bytes) -> bool:
    """Whether the answer is XML, whatever its encoding, and no page."""
    start = body[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return start.startswith(b"<") and not start.startswith((b"<!doctype html", b"<html"))


def _is_job(item: etree._Element) -> bool:
    """Whether an item of a feed is a job and no news: it has elements of the feed's own, or a job's address."""
    named = {local_name(part) for part in item}
    return not named.isdisjoint(("remoteStatus", "locations", "role")) or bool(_NUMBER.search(text(item, "link")))


def _read_json(builder: PostingBuilder, locator: str, item: dict[str, Any], site: str) -> None:
    unknown_fields(builder.sink, item, _KNOWN_ITEM, "of an item: ")
    said = mapping(item.get("_jobposting"))
    unknown_fields(builder.sink, said, _KNOWN_POSTING, "of a posting: ")
    address = page(item.get("url")) or page(said.get("url"))
    number = mapping(said.get("identifier"))
    first, *others = only_once(_schema_place(spot) for spot in _list(said.get("jobLocation"))) or [""]
    remote = "TELECOMMUTE" in clean(said.get("jobLocationType")).upper()
    # A site's own name for itself is no worse than the board's id, but the registry's is better.
    named = mapping(said.get("hiringOrganization")).get("name") or (
        None if builder.listed.get("employer") else number.get("name") or site
    )
    builder.build(
        locator,
        posting_id=_posting_id(address, number.get("value"), item.get("id")),
        title=item.get("title") or said.get("title"),
        employer=named,
        url=address,
        html=said.get("description") or item.get("content_html") or item.get("content_text"),
        location=first,
        offices=others,
        # Telework of schema.org does not exclude days on site: it is remote only where no place stands beside it.
        workplace=("hybrid" if first and not _NO_PLACE.match(first) else "remote") if remote else "",
        departments=[clean(part) for part in _list(said.get("occupationalCategory"))],
        employment_type=", ".join(names(_list(said.get("employmentType")))),
        vacancies=vacancies_of(said.get("totalJobOpenings")),
        pay=_pay(said.get("baseSalary")),
        language=builder.language(said.get("inLanguage") or item.get("language")),
        industry=", ".join(names(_list(said.get("industry")))),
        published_on=builder.day(item.get("date_published") or said.get("datePosted"), "date_published"),
        updated_at=builder.moment(item.get("date_modified"), "date_modified"),
        deadline_on=builder.day(said.get("validThrough"), "validThrough"),
    )


def _read_rss(builder: PostingBuilder, locator: str, item: etree._Element) -> None:
    unknown_fields(builder.sink, (local_name(part) for part in item), _KNOWN_RSS, "of an item: ")
    address = page(text(item, "link"))
    spots = [_rss_place(spot) for spot in children(child(item, "locations"), "location")]
    first, *others = only_once(spots) or [""]
    status = clean(text(item, "remoteStatus")).lower()
    channel = item.getparent()
    named = text(item, "company_name") or (None if builder.listed.get("employer") else text(channel, "title"))
    builder.build(
        locator,
        posting_id=_posting_id(address, text(item, "guid")),
        title=text(item, "title"),
        employer=named,
        url=address,
        html=text(item, "encoded") or text(item, "description"),
        location=first,
        offices=others,
        workplace=_STATUS.get(status, workplace_of(status)),
        departments=[clean(text(item, "department")), clean(text(item, "role"))],
        published_on=builder.day(text(item, "pubDate"), "pubDate", moment_of_mail),
    )


def _posting_id(address: str, *others: object) -> str | None:
    """The number in the address, which both feeds have, else the first id that is one."""
    found = _NUMBER.search(urlsplit(address).path)
    return found[1] if found else next((known for other in others if (known := identifier(other))), None)


def _schema_place(spot: object) -> str:
    address = mapping(spot).get("address")
    if isinstance(address, str):
        return clean(address)
    country = mapping(address).get("addressCountry")
    return place(
        city=mapping(address).get("addressLocality"),
        region=_region(mapping(address).get("addressRegion")),
        postcode=mapping(address).get("postalCode"),
        country=mapping(country).get("name") if isinstance(country, dict) else country,
    )


def _region(said: object) -> str:
    """The region, unless it is a part of the world: sites fill in "Europe"."""
    region = clean(said)
    return "" if region.lower() in ("europe", "emea", "world", "global") else region


def _rss_place(spot: etree._Element) -> str:
    parts = place(city=text(spot, "city"), postcode=text(spot, "zip"), country=text(spot, "country"))
    name = clean(text(spot, "name"))
    return f"{name} ({parts})" if name and parts and name.lower() not in parts.lower() else parts or name


def _pay(said: object) -> Salary | None:
    base = mapping(said)
    value = base.get("value")
    if not isinstance(value, dict):
        return salary(value, value, base.get("currency"), base.get("unitText"))
    low, high = value.get("minValue", value.get("value")), value.get("maxValue", value.get("value"))
    return salary(low, high, base.get("currency") or value.get("currency"), value.get("unitText"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value not in (None, "") else []
