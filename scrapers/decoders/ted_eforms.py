"""One notice of TED in XML: eForms (UBL, SDK 1.3 and later), or what was published before them (``ted_export``).

Belongs here: the elements of eForms and how they refer to each other. Never here: what holds for all notices
(``tenders``), the older shape.

Who is who is told by references alone: a notice lists its organisations without their part in it, and a review body
or a service provider may stand before the buyer. Buyers are what ``ContractingParty`` names; winners lead from the
result of a lot over its contract and tender to the party that tendered. Names of contacts and of beneficial owners are
not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from scrapers.countries import country_code
from scrapers.decoders import ted_export
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.decoders.eforms_parts import Organisations, Texts, extension_of, first_of, ids_of, short_text
from scrapers.decoders.tenders import (
    EU_BODY,
    Money,
    Notice,
    Party,
    add,
    cpv,
    day,
    description,
    is_eu_body,
    language,
    money,
    number_in,
    place,
    publication_number,
    total,
)
from scrapers.decoders.xml_boards import child, children, text
from scrapers.safe_xml import local_name, parse_tree

if TYPE_CHECKING:
    from lxml import etree

ROOTS = frozenset({"ContractNotice", "ContractAwardNotice", "PriorInformationNotice"})
FORMS = {
    "planning": "planning",
    "competition": "competition",
    "result": "result",
    "change": "change",
    "cont-modif": "modification",
}
_DEADLINES = (  # the first kind that a lot has
    "TenderSubmissionDeadlinePeriod",
    "ParticipationRequestReceptionPeriod",
    "InterestExpressionReceptionPeriod",
)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """The notice of one document. Raises UnreadableError: what ``safe_xml`` raises, not_a_tender, not_a_notice."""
    remarks: list[str] = []
    root = parse_tree(body, remarks)
    sink = Sink(context, "tender")
    sink.note_all(remarks)
    read(root, context, sink, local_name(root))
    return sink.decoded()


def read(root: etree._Element, context: DecodeContext, sink: Sink, locator: str) -> None:
    """The notice of a whole document, into ``sink``. Raises UnreadableError: not_a_tender, not_a_notice."""
    name = local_name(root)
    if name == ted_export.ROOT:
        ted_export.read(root, context, sink, locator)
    elif name in ROOTS:
        _read(root, context, sink, locator)
    elif name == "BusinessRegistrationInformationNotice":
        raise UnreadableError("not_a_tender", "a notice of the registration of a European company or grouping")
    else:
        raise UnreadableError("not_a_notice", f"the root element is <{name[:60]}>")


def _read(root: etree._Element, context: DecodeContext, sink: Sink, locator: str) -> None:
    extension = extension_of(root)
    identity = short_text(root, "ID")
    if problem := _invalid(root, extension):
        sink.note("the notice is set aside as a whole")
        record_id = f"{context.source_id}:{identity}" if identity else None
        sink.reject(locator, "invalid_notice", problem, record_id)
        return
    tongue = short_text(root, "NoticeLanguageCode")
    reader = Texts(sink, tongue)
    organisations = Organisations(extension, reader)
    publication = first_of(extension, "Publication")
    project = child(root, "ProcurementProject")
    lots = children(root, "ProcurementProjectLot")
    form = child(root, "NoticeTypeCode")
    notice = Notice(
        notice_id=identity,
        publication_number=publication_number(short_text(publication, "NoticePublicationID")) or number_in(context.url),
        notice_version=short_text(root, "VersionID"),
        procedure_id=short_text(root, "ContractFolderID"),
        form=FORMS.get(form.get("listName", ""), "other") if form is not None else "",
        notice_type=short_text(root, "NoticeTypeCode"),
        notice_subtype=short_text(first_of(extension, "NoticeSubType"), "SubTypeCode"),
        language=language(tongue),
        published_on=day(short_text(publication, "PublicationDate")),
        dispatched_on=day(short_text(root, "IssueDate")),
        procedure_type=short_text(child(root, "TenderingProcess"), "ProcedureCode"),
        buyers=list(_buyers(root, organisations)),
        lots=_count_lots(lots),
        deadlines=[found for lot in lots if (found := _deadline(lot))],
    )
    projects = [part for holder in (root, *lots) if (part := child(holder, "ProcurementProject")) is not None]
    notice.title = _first_text(reader, projects, "Name")
    notice.text = description(_first_text(reader, projects, "Description"), sink)
    notice.cpv_codes = list(_cpv(projects))
    notice.places = list(_places(projects))
    notice.test_texts = [reader.of(project, "Note"), reader.of(child(root, "TenderingProcess"), "Description")]
    notice.estimated = _estimate(sink, project, lots)
    result = first_of(extension, "NoticeResult")
    if result is not None:
        tenders = _winning_tenders(result)
        notice.awarded = _award(sink, result, tenders)
        notice.winners = list(_winners(sink, result, tenders, organisations))
    if changed := short_text(first_of(extension, "Changes"), "ChangedNoticeIdentifier"):
        sink.note(f"changes notice {one_line(changed)[:100]}")
    reader.tell()
    before = len(sink.records)
    add(sink, context, locator, notice)
    if len(sink.records) == before:
        sink.note("the notice is set aside as a whole")
    elif any(is_eu_body(buyer) and buyer.country == "LU" for buyer in notice.buyers):
        sink.note("a buyer in Luxembourg is a body of the European Union")


def _invalid(root: etree._Element, extension: etree._Element | None) -> str:
    """What no notice that passed TED's own checks shows; "" where nothing is wrong."""
    for number, organisation in enumerate(children(first_of(extension, "Organizations"), "Organization"), start=1):
        if not short_text(first_of(organisation, "Company", "PartyIdentification"), "ID"):
            return f"organisation {number} has no identifier"
    for holder in (root, *children(root, "ProcurementProjectLot")):
        if len(children(child(holder, "ProcurementProject"), "MainCommodityClassification")) > 1:
            return "a procurement has more than one main classification"
    return ""


def _buyers(root: etree._Element, organisations: Organisations) -> Iterator[Party]:
    for holder in children(root, "ContractingParty"):
        types = [
            text(code)
            for part in children(holder, "ContractingPartyType")
            for code in children(part, "PartyTypeCode")
            if code.get("listName", "buyer-legal-type") == "buyer-legal-type"
        ]
        for identity in ids_of(child(holder, "Party"), "PartyIdentification"):
            party = organisations.party(identity)
            if party is not None:
                yield Party(party.name, party.country, (EU_BODY in types) if types else None)


def _count_lots(lots: list[etree._Element]) -> int:
    """Lots, or the parts of a plan that has no lots yet; groups of lots are neither."""
    kinds = [(child(lot, "ID"), text(child(lot, "ID"))) for lot in lots]
    named = [(element.get("schemeName", "") if element is not None else "", said) for element, said in kinds]
    own = sum(kind == "Lot" or (not kind and said.startswith("LOT-")) for kind, said in named)
    return own or sum(kind == "Part" or (not kind and said.startswith("PAR-")) for kind, said in named)


def _deadline(lot: etree._Element) -> date | None:
    process = child(lot, "TenderingProcess")
    for holder in (process, extension_of(process)):
        for name in _DEADLINES:
            found = day(short_text(first_of(holder, name), "EndDate"))
            if found:
                return found
    return None


def _cpv(projects: list[etree._Element]) -> Iterator[str]:
    for project in projects:
        for kind in ("MainCommodityClassification", "AdditionalCommodityClassification"):
            for part in children(project, kind):
                yield cpv(short_text(part, "ItemClassificationCode"))


def _places(projects: list[etree._Element]) -> Iterator[str]:
    for project in projects:
        for location in children(project, "RealizedLocation"):
            for address in children(location, "Address"):
                nuts = place(short_text(address, "CountrySubentityCode"))
                yield nuts or country_code(short_text(child(address, "Country"), "IdentificationCode"))


def _estimate(sink: Sink, project: etree._Element | None, lots: list[etree._Element]) -> Money | None:
    whole = _amount(
        sink, first_of(project, "RequestedTenderTotal"), "EstimatedOverallContractAmount", "estimated value"
    )
    if whole is not None:
        return whole
    wanted = [lot for lot in lots if short_text(child(lot, "ID")).startswith("LOT-")]
    parts = [child(lot, "ProcurementProject") for lot in wanted]
    name = "EstimatedOverallContractAmount"
    return total(
        sink,
        [_amount(sink, first_of(part, "RequestedTenderTotal"), name, "estimated value of a lot") for part in parts],
        "estimated values of lots",
    )


def _winning_tenders(result: etree._Element) -> list[etree._Element]:
    """Tenders of the contracts of lots that were awarded; where no contract is named, the tenders of such lots."""
    contracts = {short_text(each, "ID"): ids_of(each, "LotTender") for each in children(result, "SettledContract")}
    chosen: dict[str, None] = {}
    taken: set[str] = set()
    for lot in children(result, "LotResult"):
        if short_text(lot, "TenderResultCode") not in ("selec-w", ""):
            continue
        named = [key for key in ids_of(lot, "SettledContract") if contracts.get(key)]
        for key in named:
            if key not in taken:  # one contract can be that of many lots
                taken.add(key)
                chosen |= dict.fromkeys(contracts[key])
        if not named:
            chosen |= dict.fromkeys(ids_of(lot, "LotTender"))
    tenders = {short_text(each, "ID"): each for each in children(result, "LotTender")}
    return [tenders[key] for key in chosen if key in tenders]


def _award(sink: Sink, result: etree._Element, tenders: list[etree._Element]) -> Money | None:
    whole = _amount(sink, result, "TotalAmount", "awarded value")
    if whole is not None:
        return whole
    amounts = [
        _amount(sink, child(each, "LegalMonetaryTotal"), "PayableAmount", "value of a tender") for each in tenders
    ]
    return total(sink, amounts, "values of tenders")


def _winners(
    sink: Sink, result: etree._Element, tenders: list[etree._Element], organisations: Organisations
) -> Iterator[Party]:
    parties = {short_text(each, "ID"): each for each in children(result, "TenderingParty")}
    named = dict.fromkeys(key for tender in tenders for key in ids_of(tender, "TenderingParty"))
    for identity in dict.fromkeys(found for key in named for found in ids_of(parties.get(key), "Tenderer")):
        party = organisations.winner(sink, identity)
        if party is not None:
            yield party


def _amount(sink: Sink, holder: etree._Element | None, name: str, what: str) -> Money | None:
    element = first_of(holder, name)
    return money(sink, text(element), element.get("currencyID"), what) if element is not None else None


def _first_text(reader: Texts, holders: Iterable[etree._Element], name: str) -> str:
    return next((found for holder in holders if (found := reader.of(holder, name))), "")
