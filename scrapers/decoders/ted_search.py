"""Answers of TED's search to notices: version 3 (fields named as in eForms), and version 2 before it.

Belongs here: the fields of an answer and the shapes that their values take. Never here: requests
(``scrapers/spiders/ted.py``), what holds for all notices (``tenders``), the notice itself in XML (``ted_eforms``).

A value is a text, a number, a list of them, or an object of languages that holds any of these: one field comes as a
text today and as a list tomorrow, so each is read as a list. An answer of version 2 carries the notice in XML, packed
in base 64; where it does, the notice is read from it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from scrapers.countries import country_code
from scrapers.decoders import ted_eforms, ted_export
from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    unknown_fields,
)
from scrapers.decoders.ted_eforms import FORMS
from scrapers.decoders.ted_values import names_of, strings_of, text_of, values_of
from scrapers.decoders.tenders import (
    EU_BODY,
    Money,
    Notice,
    Party,
    add,
    cpv,
    day,
    description,
    language,
    money,
    place,
    publication_number,
    total,
    winner,
)
from scrapers.safe_xml import parse_tree

MAX_NOTICES = 20_000  # of one answer: TED gives 250
_MAX_INNER = 4 * 1024 * 1024  # of a notice in base 64
_FIELDS = (
    "publication-number notice-identifier notice-version procedure-identifier form-type notice-type notice-subtype "
    "notice-title title-proc title-lot title-part title-glo description-proc description-lot description-part "
    "description-glo buyer-name organisation-name-buyer buyer-country organisation-country-buyer buyer-legal-type "
    "official-language publication-date dispatch-date deadline deadline-receipt-tender-date-lot "
    "deadline-receipt-request-date-lot deadline-receipt-request deadline-date-lot "
    "deadline-receipt-expressions-date-lot classification-cpv main-classification-proc "
    "additional-classification-proc main-classification-lot "
    "additional-classification-lot procedure-type identifier-lot internal-identifier-lot contract-nature legal-basis "
    "links ojs-number estimated-value-proc estimated-value-cur-proc estimated-value-glo estimated-value-cur-glo "
    "estimated-value-lot estimated-value-cur-lot total-value total-value-cur result-value-notice "
    "result-value-cur-notice tender-value tender-value-cur winner-name organisation-name-tenderer winner-country "
    "organisation-country-tenderer"
)
_OLD_FIELDS = (
    "AA AC AU BI CY DD DI DS DT FT HA IA LG MA NC ND NL OC OJ OL OY PC PD PR RC RG RN RP RR SC TD TI TVH TVL TW TY URI "
    "content"
)
_PLACES = (
    "place-of-performance",
    "place-of-performance-subdiv-proc",
    "place-of-performance-subdiv-lot",
    "place-of-performance-country-proc",
    "place-of-performance-country-lot",
)
_CLASSES = (
    "main-classification-proc",
    "classification-cpv",
    "main-classification-lot",
    "additional-classification-proc",
    "additional-classification-lot",
)
_KNOWN, _OLD = frozenset({*_FIELDS.split(), *_PLACES}), frozenset(_OLD_FIELDS.split())
_ALIASES = {  # short names of version 2 that version 3 knows too
    "ND": "publication-number",
    "TI": "notice-title",
    "PD": "publication-date",
    "DS": "dispatch-date",
    "DT": "deadline",
    "CY": "buyer-country",
    "AU": "buyer-name",
    "OL": "official-language",
    "TD": "notice-type",
    "PR": "procedure-type",
    "PC": "classification-cpv",
    "RC": "place-of-performance",
}
_DEADLINES = (
    "deadline-receipt-tender-date-lot",
    "deadline-receipt-request-date-lot",
    "deadline-receipt-request",
    "deadline-receipt-expressions-date-lot",
    "deadline-date-lot",
    "deadline",
)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Notices of one answer. Raises UnreadableError: what ``load_json`` raises, upstream_error, timed_out,
    not_an_answer, too_many_elements.
    """
    payload, remarks = load_json(body)
    listed, is_old = notices_of(payload)
    if len(listed) > MAX_NOTICES:
        raise UnreadableError("too_many_elements", f"more than {MAX_NOTICES} notices")
    sink = Sink(context, "tender")
    sink.note_all(remarks)
    where = "results" if is_old else "notices"
    for number, element in enumerate(listed):
        locator = f"$.{where}[{number}]"
        if not isinstance(element, dict):
            sink.reject(locator, "not_an_object", f"a {type(element).__name__} stands where a notice is due")
        elif is_old:
            _old(element, context, sink, locator)
        else:
            _new(element, context, sink, locator)
    if not listed:
        sink.note("the search finds no notice")
    return _without_doubles(sink).decoded()


def notices_of(payload: Any) -> tuple[list[Any], bool]:
    """The list of an answer, and whether it is one of version 2. Raises UnreadableError."""
    if not isinstance(payload, dict):
        raise UnreadableError("not_an_answer", "an object with notices is due")
    if payload.get("timedOut") is True:
        raise UnreadableError("timed_out", "TED says that the search timed out: what it lists is not all")
    for name, is_old in (("notices", False), ("results", True)):
        if isinstance(payload.get(name), list):
            return payload[name], is_old
    if "error" in payload or "message" in payload:
        said = payload.get("message") or payload.get("error")
        raise UnreadableError("upstream_error", one_line(f"TED answers with an error: {said}"))
    raise UnreadableError("not_an_answer", "an object with notices is due")


def _without_doubles(sink: Sink) -> Sink:
    """Each notice once: pages overlap where a notice is published while they are read."""
    kept = {record.record_id: record for record in reversed(sink.records)}
    if len(kept) < len(sink.records):
        sink.note("a notice that is listed twice", len(sink.records) - len(kept))
        sink.records[:] = reversed(kept.values())
    return sink


def _new(found: Mapping[str, Any], context: DecodeContext, sink: Sink, locator: str) -> None:
    found = {_ALIASES.get(name, name): found[name] for name in sorted(found, key=lambda name: name not in _ALIASES)}
    unknown_fields(sink, found, _KNOWN, "notice.")
    spoken = strings_of(found, "official-language")
    own = [code.lower() for code in spoken]
    tongue = own[0] if len(set(own)) == 1 else ""
    buyers = names_of(found, own, "buyer-name", "organisation-name-buyer")
    countries = [country_code(code) for code in strings_of(found, "buyer-country", "organisation-country-buyer")]
    types = strings_of(found, "buyer-legal-type")
    form = next(iter(strings_of(found, "form-type")), "")
    notice = Notice(
        notice_id=next(iter(strings_of(found, "notice-identifier")), ""),
        publication_number=publication_number(*strings_of(found, "publication-number")),
        notice_version=_version(next(iter(strings_of(found, "notice-version")), "")),
        procedure_id=next(iter(strings_of(found, "procedure-identifier")), ""),
        form=FORMS.get(form, "other") if form else "",
        notice_type=next(iter(strings_of(found, "notice-type")), ""),
        notice_subtype=next(iter(strings_of(found, "notice-subtype")), ""),
        title=text_of(found, own, "title-proc", "notice-title", "title-lot", "title-part"),
        text=description(text_of(found, own, "description-proc", "description-lot", "description-part"), sink),
        language=language(tongue),
        published_on=day(next(iter(strings_of(found, "publication-date")), "")),
        dispatched_on=day(next(iter(strings_of(found, "dispatch-date")), "")),
        procedure_type=next(iter(strings_of(found, "procedure-type")), ""),
        lots=len(set(strings_of(found, "identifier-lot", "internal-identifier-lot"))),
        buyers=_parties(buyers, countries, types),
    )
    dates = next((said for name in _DEADLINES if (said := strings_of(found, name))), [])
    notice.deadlines = [moment for said in dates if (moment := day(said))]
    notice.cpv_codes = [cpv(code) for name in _CLASSES for code in strings_of(found, name)]
    notice.places = [_place(code) for name in _PLACES for code in strings_of(found, name)]
    notice.estimated = _whole(sink, found, "estimated value", "estimated-value-proc", "estimated-value-glo")
    notice.estimated = notice.estimated or _of_lots(sink, found, notice.lots)
    # Values of tenders are not added up: an answer does not say which of them won, and lists one twice for two lots.
    notice.awarded = _whole(sink, found, "awarded value", "total-value", "result-value-notice", "tender-value")
    winning = strings_of(found, "winner-country") or strings_of(found, "organisation-country-tenderer")
    for name in dict.fromkeys(names_of(found, own, "winner-name", "organisation-name-tenderer")):
        party = winner(sink, name, "")
        if party is not None:
            notice.winners.append(party)
    notice.winners += [Party("", country_code(code)) for code in winning] if notice.winners else []
    add(sink, context, locator, notice)


def _old(found: Mapping[str, Any], context: DecodeContext, sink: Sink, locator: str) -> None:
    unknown_fields(sink, found, _OLD, "result.")
    content = found.get("content")
    if isinstance(content, str) and content.strip():
        try:
            ted_eforms.read(_unpacked(content), context, sink, locator)
            return
        except UnreadableError as error:
            sink.note(one_line(f"the notice inside an answer cannot be read ({error.reason}): its fields are read"))
    document = next(iter(strings_of(found, "TD")), "")
    procedure = next(iter(strings_of(found, "PR")), "")
    tongue = next(iter(strings_of(found, "OL")), "").lower()
    authority = strings_of(found, "AA")
    own = [tongue] if tongue else []
    is_eu = ted_export.EU_AUTHORITY in authority if authority else None
    countries = [country_code(code) for code in strings_of(found, "CY")]
    names = names_of(found, own, "AU")
    add(
        sink,
        context,
        locator,
        Notice(
            publication_number=publication_number(*strings_of(found, "ND")),
            form=ted_export.FORMS.get(document, "other") if document else "",
            notice_type=document,
            title=text_of(found, own, "TI"),
            language=language(tongue),
            published_on=day(next(iter(strings_of(found, "PD")), "")),
            dispatched_on=day(next(iter(strings_of(found, "DS")), "")),
            deadlines=[moment for said in strings_of(found, "DT") or strings_of(found, "DD") if (moment := day(said))],
            procedure_type=ted_export.PROCEDURES.get(procedure, procedure),
            buyers=[Party(name, of, is_eu) for name, of in _paired(names, countries)],
            places=[place(code) for code in strings_of(found, "RC")],
            cpv_codes=[cpv(code) for name in ("OC", "PC") for code in strings_of(found, name)],
        ),
    )


def _unpacked(content: str) -> Any:
    """The root of the notice in a field of base 64. Raises UnreadableError."""
    if len(content) > _MAX_INNER:
        raise UnreadableError("too_large", f"{len(content)} characters of base 64")
    try:
        packed = base64.b64decode(content, validate=False)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not_base64", one_line(str(error))) from None
    return parse_tree(packed)


def _parties(names: list[str], countries: list[str], types: list[str]) -> list[Party]:
    """Buyers with their countries. Types are listed without their buyers: they decide only where they all agree."""
    eu = None
    if types and all(kind == EU_BODY for kind in types):
        eu = True
    elif types and EU_BODY not in types:
        eu = False
    return [Party(name, of, eu) for name, of in _paired(names, countries)]


def _paired(names: list[str], countries: list[str]) -> list[tuple[str, str]]:
    """Names and countries side by side where there are as many; else every name with the one country, or apart."""
    if len(names) == len(countries):
        return list(zip(names, countries, strict=True))
    if len(set(countries)) == 1:
        return [(name, countries[0]) for name in names] or [("", countries[0])]
    return [*((name, "") for name in names), *(("", code) for code in countries)]


def _whole(sink: Sink, found: Mapping[str, Any], what: str, *names: str) -> Money | None:
    """The first sum of a notice as a whole; a currency stands in a field of its own, or beside the sum in an object."""
    for name in names:
        sums = list(_sums(sink, found, what, name))
        if len(sums) == 1 and sums[0] is not None:
            return sums[0]
    return None


def _of_lots(sink: Sink, found: Mapping[str, Any], lots: int) -> Money | None:
    """The sum of the estimates of lots, where each lot has one."""
    what = "estimated values of lots"
    sums = list(_sums(sink, found, what, "estimated-value-lot"))
    if len(sums) != max(lots, 1):
        sums = [*sums, None] if sums else []
    return total(sink, sums, what)


def _sums(sink: Sink, found: Mapping[str, Any], what: str, name: str) -> Iterator[Money | None]:
    stem, _, of = name.partition("-value")
    currencies = strings_of(found, f"{stem}-value-cur{of}")
    value = found.get(name)
    if isinstance(value, dict) and {"amount", "currency"} <= set(value):
        value = [value]
    for number, part in enumerate(values_of(value)):
        if isinstance(part, dict):
            yield money(sink, part.get("amount"), part.get("currency"), what)
            continue
        currency = currencies[number] if number < len(currencies) else next(iter(currencies), "")
        yield money(sink, part, currency, what)


def _place(code: str) -> str:
    return country_code(code) if len(code) == 3 and code.isalpha() and country_code(code) else place(code)


def _version(said: str) -> str:
    """ "1" and "01" are one version: eForms writes two digits."""
    return said.zfill(2) if said.isdigit() and len(said) < 2 else said
