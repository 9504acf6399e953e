"""Skeeled's boards (a Luxembourg system) to postings: the data that a board's page carries for its own program.

Belongs here: that data's shape, and its packing. Never here: requests, what a text means.

The page holds ``<script id="__NUXT_DATA__">``: one flat JSON array in which every number within an object or a list is
the place of a value in that array (``devalue``); lists that begin with a word ("Reactive", "Ref") wrap one value. An ad
is an object with ``information`` and ``url``. Titles and texts are maps from language to text. No date is published.
Format: as public code describes it; no page was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapers.charset import read_text
from scrapers.decoders.base import MAX_ELEMENTS, DecodeContext, Decoded, UnreadableError, load_json
from scrapers.decoders.listed import Listing, builder_of, id_of
from scrapers.decoders.postings import PostingBuilder, board_in, clean, names, only_once, page, place, salary

_BOARD = re.compile(r"/board/([0-9a-fA-F]{24})(?:[/?]|$)")
_OFFER = re.compile(r"/offer/c/([0-9a-fA-F]{24})(?:[/?]|$)")
_ISLAND = re.compile(r"<script\b[^>]{0,400}\bid\s*=\s*[\"']?__NUXT_DATA__\b[^>]{0,400}>", re.I)
_WRAPPERS = frozenset(("Reactive", "ShallowReactive", "Ref", "ShallowRef", "EmptyRef", "EmptyShallowRef"))
_MAX_PAGE = 8 * 1024 * 1024  # bytes; a board of 44 ads has some hundred thousand
_MAX_LANGUAGES = 30  # of one ad
_MAX_HOPS = 10  # from wrapper to wrapper


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a board's page.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, changed_shape, too_many_elements.
    """
    values, remarks = _values(body, context.content_type)
    builder = builder_of(context, board_in(context.url, _BOARD), remarks)
    for at, offer in _offers(values):
        _build(builder, f"__NUXT_DATA__[{at}]", values, offer)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """The ads of a board, all on one page; raises UnreadableError for anything else."""
    values, _ = _values(body)
    return Listing(tuple(str(at) for at, _ in _offers(values)))


class _Values:
    """The flat array, read by place. A place that does not exist, and a ring of wrappers, are None."""

    def __init__(self, flat: list[Any]) -> None:
        self.flat = flat

    def at(self, place: object) -> Any:
        """The value at a place, without wrappers; its inner values are places again."""
        for _ in range(_MAX_HOPS):
            if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(self.flat):
                return None
            value = self.flat[place]
            if not (isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)):
                return value
            if value[0] not in _WRAPPERS:
                return None
            place = value[1]
        return None

    def object(self, holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = self.at(holder.get(name))
        return value if isinstance(value, dict) else {}

    def text(self, holder: Mapping[str, Any], name: str) -> str:
        return clean(self.at(holder.get(name)))

    def texts(self, holder: Mapping[str, Any], name: str) -> list[str]:
        value = self.at(holder.get(name))
        return names([self.at(inner) for inner in value[:20]]) if isinstance(value, list) else []


def _values(body: bytes, content_type: str = "") -> tuple[_Values, list[str]]:
    if len(body) > _MAX_PAGE:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {_MAX_PAGE} are read")
    markup, _ = read_text(body, content_type)
    if not markup.strip():
        raise UnreadableError("empty", "the body is empty")
    island = _ISLAND.search(markup)
    if island is None:
        raise UnreadableError("not_a_board", "the page carries no __NUXT_DATA__")
    end = markup.find("</script", island.end())
    if end < 0:
        raise UnreadableError("cut_off", "the page ends within its data")
    data = markup[island.end() : end].encode("utf-8", "replace")
    flat, remarks = load_json(data)
    if not isinstance(flat, list):
        raise UnreadableError("not_a_board", f"__NUXT_DATA__ is a {type(flat).__name__} where an array is due")
    if any(isinstance(value, list) and value[:1] == ["NuxtError"] for value in flat):
        raise UnreadableError("upstream_error", "the page is a message of failure")
    values = _Values(flat)
    if next(_offers(values), None) is None:
        _refuse_without(values, bool(_OFFER.search(markup)))
    return values, remarks


def _refuse_without(values: _Values, has_links: bool) -> None:
    """Raises UnreadableError unless a page without ads holds the empty list of them, and no message of failure."""
    holds_list = False
    for value in values.flat:
        if not isinstance(value, dict):
            continue
        status = values.at(value.get("statusCode"))
        if isinstance(status, int) and status >= 400:
            raise UnreadableError("upstream_error", f"the page says {status} {values.text(value, 'message')}")
        offers = values.at(value["offers"]) if "offers" in value else None
        if offers:
            raise UnreadableError("changed_shape", "the page's list of ads holds none that has information and url")
        holds_list = holds_list or offers == []
    if has_links:
        raise UnreadableError("changed_shape", "the page links to ads that its data does not hold")
    if not holds_list:
        raise UnreadableError("not_a_board", "the page's data holds no list of ads")


def _offers(values: _Values) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(place, ad) of each ad of the array."""
    found = 0
    for at, value in enumerate(values.flat):
        if isinstance(value, dict) and "information" in value and "url" in value:
            found += 1
            if found > MAX_ELEMENTS:
                raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} ads")
            yield at, value


def _build(builder: PostingBuilder, locator: str, values: _Values, offer: Mapping[str, Any]) -> None:
    information = values.object(offer, "information")
    address, contract = values.object(information, "address"), values.object(information, "contract")
    link = page(values.at(values.object(offer, "url").get("canonical")))
    known = _OFFER.search(urlsplit(link).path)
    language, title, text = _words(values, information)
    terms = [values.text(contract, "type"), *values.texts(contract, "employmentTypes")]
    hours = values.at(contract.get("hoursPerWeek"))
    if isinstance(hours, (int, float)) and not isinstance(hours, bool) and 0 < hours <= 168:
        terms.append(f"{hours:g} hours a week")
    pay = values.object(information, "salary")
    builder.build(
        locator,
        posting_id=known[1].lower() if known else id_of(values.at(offer.get("_id"))),
        title=title,
        employer="" if builder.listed.get("employer") else _brand(values, offer),
        url=link,
        html=text,
        location=_place(values, address),
        departments=[values.text(information, "jobCategory").replace("_", " ")],
        employment_type="; ".join(only_once(term.replace("_", " ") for term in terms)),
        pay=salary(
            values.at(pay.get("min")),
            values.at(pay.get("max")),
            values.at(pay.get("currency")),
            values.text(pay, "interval"),
        ),
        language=builder.language(language),
    )


def _words(values: _Values, information: Mapping[str, Any]) -> tuple[str, object, object]:
    """Language, title and text of the first language that has both; else of the first that has a title."""
    titles, texts = values.object(information, "title"), values.object(information, "description")
    named = [code for code in list(titles)[:_MAX_LANGUAGES] if values.text(titles, code)]
    both = [code for code in named if clean(values.at(texts.get(code)))]
    chosen = next(iter([*both, *named]), "")
    if not chosen:
        return "", "", None
    return chosen, values.at(titles[chosen]), values.at(texts.get(chosen))


def _place(values: _Values, address: Mapping[str, Any]) -> str:
    country, postcode = values.text(address, "country").upper(), values.at(address.get("postCode"))
    number = str(postcode) if isinstance(postcode, int) and not isinstance(postcode, bool) else clean(postcode)
    # The postcode of Luxembourg is known by its letter, which addresses in parts leave out.
    if country == "LU" and re.fullmatch(r"\d{4}", number):
        number = f"L-{number}"
    return place(city=values.at(address.get("city")), postcode=number, country=country)


def _brand(values: _Values, offer: Mapping[str, Any]) -> str:
    """The employer as its logo is called ("Acme Logo"): the page has no better name."""
    logo = values.object(values.object(offer, "presentation"), "logo")
    return re.sub(
        r"[\s_-]*\blogo\b[\s_-]*|\.(?:png|jpe?g|svg|webp|gif)$", " ", values.text(logo, "name"), flags=re.I
    ).strip()
