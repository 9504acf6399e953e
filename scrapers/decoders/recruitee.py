"""Recruitee careers sites to postings.

Belongs here: the shape of the careers site API's answers. Never here: requests, what a text means, which places are
Luxembourg (``scrapers/places.py``).

An offer can stand there in several languages (``translations``): it is one posting, in the language that the site shows
first (the one whose words stand at the offer's top level, else the first that is listed); a note counts the others.
Format: careers site API, answers recorded in 2026.
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.postings import (
    PostingBuilder,
    Salary,
    Workplace,
    amount,
    clean,
    language_code,
    place,
    read_board,
    salary,
)

_BOARD = re.compile(r"//([A-Za-z0-9\-]{1,100})\.recruitee\.com/")
_KNOWN_FIELDS = (
    "careers_apply_url careers_url category_code city close_at company_name country country_code cover_image "
    "created_at department description dynamic_fields education_code employment_type_code experience_code guid "
    "highlight hybrid id location location_question_visible locations locations_question "
    "locations_question_required locations_question_type mailbox_email max_hours max_hours_per_week min_hours "
    "min_hours_per_week on_site open_questions options_cover_letter options_cv options_phone options_photo "
    "options_salutation options_title position postal_code published_at remote requirements salary salary_currency "
    "salary_max salary_min salary_period sharing_description sharing_image sharing_title slug state state_code "
    "state_name status street tags title translations updated_at"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one careers site.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, too_many_elements.
    """
    payload, builder = read_board(body, context, _BOARD)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_board", f"a JSON {type(payload).__name__} stands where offers are due")
    if "offers" not in payload and isinstance(payload.get("offer"), dict):
        _read(builder, "$.offer", payload["offer"])
        return builder.decoded()
    for locator, offer in builder.objects(payload.get("offers"), "$.offers"):
        _read(builder, locator, offer)
    return builder.decoded()


def _read(builder: PostingBuilder, locator: str, offer: dict[str, Any]) -> None:
    unknown_fields(builder.sink, offer, _KNOWN, "of an offer: ")
    status = clean(offer.get("status"))
    if status and status != "published":
        builder.leave_out(f"offer of status {status[:40]!r} is left out")
        return
    language, words = _language(builder, offer)
    first, *others = _places(offer) or [""]
    published = offer.get("published_at") or offer.get("created_at")
    builder.build(
        locator,
        posting_id=offer.get("id"),
        title=words.get("title") or offer.get("title"),
        employer=offer.get("company_name"),
        url=offer.get("careers_url"),
        parts=[
            ("", words.get("description", offer.get("description"))),
            ("", words.get("requirements", offer.get("requirements"))),
        ],
        location=first,
        offices=others,
        workplace=_workplace(offer),
        departments=[clean(offer.get("department"))],
        employment_type=_contract(offer),
        pay=_pay(offer),
        language=language,
        published_on=builder.day(published, "published_at"),
        updated_at=builder.moment(offer.get("updated_at"), "updated_at"),
        deadline_on=builder.day(offer.get("close_at"), "close_at"),
    )


def _language(builder: PostingBuilder, offer: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The language of the posting and its words in that language; without translations those of the top level."""
    translations = offer.get("translations")
    known = {
        code: words
        for name, words in (translations.items() if isinstance(translations, dict) else ())
        if isinstance(words, dict) and (code := language_code(name))
    }
    if not known:
        return None, {}
    shown = [
        code
        for code, words in known.items()
        if words.get("title") == offer.get("title") and words.get("description") == offer.get("description")
    ]
    titled = [code for code, words in known.items() if clean(words.get("title"))]
    chosen = (shown or titled or list(known))[0]
    if len(known) > 1:
        rest = ", ".join(sorted(code for code in known if code != chosen)[:10])
        builder.sink.note(f"offer in several languages: {chosen} is kept, {rest} left out")
    return chosen, known[chosen]


def _places(offer: dict[str, Any]) -> list[str]:
    """Every place of work once; the offer's own fields where it has no list of places."""
    listed = offer.get("locations")
    rows = [row for row in (listed if isinstance(listed, list) else []) if isinstance(row, dict)]
    found = [
        place(
            city=row.get("city") or row.get("name"),
            region=row.get("state"),
            postcode=row.get("postal_code"),
            country=row.get("country_code") or row.get("country"),
        )
        for row in rows
    ]
    if not any(found):
        parts = place(
            city=offer.get("city"),
            region=offer.get("state_name") or offer.get("state"),
            postcode=offer.get("postal_code"),
            country=offer.get("country_code") or offer.get("country"),
        )
        found = [parts if offer.get("country_code") else clean(offer.get("location")) or parts]
    return list(dict.fromkeys(where for where in found if where))


def _workplace(offer: dict[str, Any]) -> Workplace:
    """One of three flags, or the mixture of two."""
    hybrid, remote, on_site = (offer.get(name) is True for name in ("hybrid", "remote", "on_site"))
    if hybrid or (remote and on_site):
        return "hybrid"
    return "remote" if remote else "on_site" if on_site else ""


def _contract(offer: dict[str, Any]) -> str:
    """Contract and weekly hours: "fulltime_permanent, 32-40 h a week"."""
    stated = [amount(offer.get(name)) for name in ("min_hours", "max_hours")]
    hours = [f"{value:g}" for value in stated if value is not None and value <= 168]
    weekly = f"{'-'.join(dict.fromkeys(hours))} h a week" if hours else ""
    return ", ".join(part for part in (clean(offer.get("employment_type_code")), weekly) if part)


def _pay(offer: dict[str, Any]) -> Salary | None:
    pay = offer.get("salary")
    if isinstance(pay, dict):
        return salary(pay.get("min"), pay.get("max"), pay.get("currency"), pay.get("period"))
    return salary(*(offer.get(f"salary_{name}") for name in ("min", "max", "currency", "period")))
