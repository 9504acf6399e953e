"""Notices of TED as published before eForms: TED_EXPORT, R2.0.8 and R2.0.9.

Belongs here: the elements of that shape. Never here: what holds for all notices (``tenders``), eForms.

The coded section says the same for all forms: number, days, type, country of the buyer, classes, places, sums. The form
itself stands there once a language; the original is read, not the translations. Between the releases and the forms its
elements have many names, so that names, countries and lots are found by what they end in, under what buyers and
contractors are called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scrapers.countries import country_code
from scrapers.decoders.base import DecodeContext, Sink, one_line
from scrapers.decoders.eforms_parts import first_of
from scrapers.decoders.tenders import (
    MAX_NAME,
    MAX_TITLE,
    Money,
    Notice,
    Party,
    add,
    cpv,
    day,
    description,
    language,
    line,
    money,
    number_in,
    place,
    publication_number,
    winner,
)
from scrapers.decoders.xml_boards import child, children, text
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

ROOT = "TED_EXPORT"
FORMS = {
    **dict.fromkeys("0BM6", "planning"),
    **dict.fromkeys("345DEOPQY8N", "competition"),
    **dict.fromkeys("7JR", "result"),
    **dict.fromkeys("12", "change"),
    "K": "modification",
}
PROCEDURES = {"1": "open", "2": "restricted", "3": "restricted", "4": "neg-w-call", "6": "neg-w-call", "C": "comp-dial"}
PROCEDURES |= {"G": "innovation", "T": "neg-wo-call"}
EU_AUTHORITY = "5"  # European institution or agency, or an international organisation
_CONTRACTORS = frozenset({"CONTRACTOR", "ECONOMIC_OPERATOR_NAME_ADDRESS", "WINNER"})
_BUYERS = frozenset({"ADDRESS_CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY_ADDITIONAL", "CA_CE_CONCESSIONAIRE_PROFILE"})
_DESCRIPTIONS = frozenset({"SHORT_DESCR", "SHORT_CONTRACT_DESCRIPTION", "DESCRIPTION_OF_CONTRACT", "QUANTITY_SCOPE"})
_TITLES = frozenset({"TITLE", "TITLE_CONTRACT", "TITLE_DESIGN_CONTACT_NOTICE", "TITLE_RESULT_DESIGN_CONTEST"})
_LOTS = frozenset({"OBJECT_DESCR", "F02_ANNEX_B", "F01_ANNEX_B", "F05_ANNEX_B", "LOT_PRIOR_INFORMATION"})
_SHORT = 500


def read(root: etree._Element, context: DecodeContext, sink: Sink, locator: str) -> None:
    """The notice of a whole document, into ``sink``."""
    coded = child(root, "CODED_DATA_SECTION")
    data, codes = first_of(coded, "NOTICE_DATA"), first_of(coded, "CODIF_DATA")
    tongue = _text(data, "LG_ORIG").split(" ")[0]
    number = publication_number(root.get("DOC_ID")) or number_in(context.url)
    document = _code(codes, "TD_DOCUMENT_TYPE")
    form = _original(first_of(root, "FORM_SECTION"), tongue)
    procedure = _code(codes, "PR_PROC")
    notice = Notice(
        publication_number=number,
        notice_id="" if number else one_line(_text(data, "NO_DOC_OJS")),
        form=FORMS.get(document, "other") if document else "",
        notice_type=document,
        language=language(tongue),
        published_on=day(_text(first_of(coded, "REF_OJS"), "DATE_PUB")),
        dispatched_on=day(_text(codes, "DS_DATE_DISPATCH")),
        deadlines=[found for found in [day(_text(codes, "DT_DATE_FOR_SUBMISSION"))] if found],
        procedure_type=PROCEDURES.get(procedure) or one_line(_text(codes, "PR_PROC")),
        places=[place(each.get("CODE")) for each in _all(data) if _ends(each, "PERFORMANCE_NUTS", "ORIGINAL_NUTS")],
    )
    found = _Form(sink, form)
    # A text of a translation is better than none; the form's own is better than that of the index.
    notice.title = found.title or _of_language(first_of(root, "TRANSLATION_SECTION", "ML_TITLES"), "TI_TEXT", tongue)
    notice.text = found.text
    is_eu = _code(codes, "AA_AUTHORITY_TYPE") == EU_AUTHORITY or "EU_INSTITUTION" in found.types
    knows = bool(_code(codes, "AA_AUTHORITY_TYPE") or found.types)
    country = country_code(_value(data, "ISO_COUNTRY"))
    buyers = found.buyers
    if not buyers:
        named = _of_language(first_of(root, "TRANSLATION_SECTION", "ML_AA_NAMES"), "AA_NAME", tongue)
        buyers = [(named, "")] if named else []
    notice.buyers = [Party(name, of or country, is_eu if knows else None) for name, of in buyers]
    notice.cpv_codes = [cpv(each.get("CODE")) for each in _all(data) if _ends(each, "ORIGINAL_CPV")] + found.cpv_codes
    notice.lots = found.lots
    _sums(sink, notice, data)
    notice.winners = found.winners
    before = len(sink.records)
    add(sink, context, locator, notice)
    if len(sink.records) == before:
        sink.note("the notice is set aside as a whole")


class _Form:
    """One language of a form, read in one walk."""

    def __init__(self, sink: Sink, form: etree._Element | None) -> None:
        self.title = self.text = ""
        self.buyers: list[tuple[str, str]] = []
        self.winners: list[Party] = []
        self.types: set[str] = set()
        self.cpv_codes: list[str] = []
        self.lots = 0
        self._sink = sink
        self._numbers: set[str] = set()  # of lots
        for element in form.iter() if form is not None else ():
            self._take(element, local_name(element))
        self.lots = self.lots or len(self._numbers)

    def _take(self, element: etree._Element, name: str) -> None:
        if name in _TITLES:
            self.title = self.title or text(element)[:2_000]
        elif name in _DESCRIPTIONS:
            self.text = self.text or self._plain(element)
        elif name == "CPV_CODE":
            if len(self.cpv_codes) < 5_000:
                self.cpv_codes.append(cpv(element.get("CODE")))
        elif name in ("CA_TYPE", "TYPE_OF_CONTRACTING_AUTHORITY"):
            self.types.add(element.get("VALUE", "")[:60])
        elif name in _LOTS:
            self.lots += 1
        elif name in ("LOT_NUMBER", "LOT_NO"):
            if len(self._numbers) < 10_000:
                self._numbers.add(text(element)[:20])
        elif name in _BUYERS:
            said, country, _ = _address(element)
            if said and len(self.buyers) < 1_000:
                self.buyers.append((said, country))
        elif name in _CONTRACTORS:
            said, country, website = _address(element)
            party = winner(self._sink, said, country, website=website)
            if party is not None and len(self.winners) < 5_000:
                self.winners.append(party)

    def _plain(self, element: etree._Element) -> str:
        paragraphs = children(element, "P")
        said = "\n".join(text(part) for part in paragraphs) if paragraphs else text(element)
        return description(said, self._sink)


def _address(holder: etree._Element) -> tuple[str, str, str]:
    """Name, country and web site of an address, whatever its parts stand in."""
    name = country = website = ""
    for part in holder.iter():
        known = local_name(part)
        if known == "OFFICIALNAME":
            name = name or line(text(part), MAX_NAME)
        elif known == "COUNTRY":
            country = country or country_code(part.get("VALUE"))
        elif known in ("URL", "URL_GENERAL"):
            website = website or text(part)[:200]
    return name, country, website


def _sums(sink: Sink, notice: Notice, data: etree._Element | None) -> None:
    """Sums of the coded section: R2.0.9 says what each is; of R2.0.8 the form says it."""
    for holder in (first_of(data, "VALUES"), *children(first_of(data, "VALUES_LIST"), "VALUES")):
        outer = (holder.get("TYPE") or "") if holder is not None else ""
        for element in _values(holder):
            kind = element.get("TYPE") or outer
            is_award = kind == "PROCUREMENT_TOTAL" or (kind == "GLOBAL" and notice.form in ("result", "modification"))
            if not is_award and kind not in ("ESTIMATED_TOTAL", "GLOBAL"):
                continue
            what = "awarded value" if is_award else "estimated value"
            found: Money | None = money(sink, text(element), element.get("CURRENCY"), what)
            if is_award:
                notice.awarded = notice.awarded or found
            else:
                notice.estimated = notice.estimated or found


def _values(holder: etree._Element | None) -> Iterator[etree._Element]:
    for part in holder if holder is not None else ():
        if local_name(part) == "VALUE":
            yield part
        elif local_name(part) == "SINGLE_VALUE":
            yield from children(part, "VALUE")


def _original(section: etree._Element | None, tongue: str) -> etree._Element | None:
    """The form in the language it was written in."""
    forms = list(section) if section is not None else []
    for fits in (
        lambda form: form.get("CATEGORY") == "ORIGINAL" and form.get("LG") == tongue,
        lambda form: form.get("CATEGORY") == "ORIGINAL",
        lambda form: form.get("LG") == tongue,
    ):
        found = next((form for form in forms if fits(form)), None)
        if found is not None:
            return found
    return next((form for form in forms if form.get("LG")), None)


def _of_language(holder: etree._Element | None, name: str, tongue: str) -> str:
    """The text of that name in a language, else in English, else in any."""
    said: dict[str, str] = {}
    for part in holder if holder is not None else ():
        element = part if local_name(part) == name else child(part, name)
        if element is not None and (found := line(text(element), MAX_TITLE)):
            said.setdefault(part.get("LG", ""), found)
    return said.get(tongue) or said.get("EN") or next(iter(said.values()), "")


def _all(holder: etree._Element | None) -> Iterator[etree._Element]:
    yield from holder if holder is not None else ()


def _ends(element: etree._Element, *names: str) -> bool:
    return local_name(element) in names


def _code(holder: etree._Element | None, name: str) -> str:
    element = first_of(holder, name)
    return element.get("CODE", "").strip()[:20] if element is not None else ""


def _value(holder: etree._Element | None, name: str) -> str:
    element = first_of(holder, name)
    return element.get("VALUE", "")[:20] if element is not None else ""


def _text(element: etree._Element | None, name: str) -> str:
    return text(element, name)[:_SHORT].strip()
