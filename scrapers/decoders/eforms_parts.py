"""Texts, identifiers and organisations of a notice in eForms, as its other elements refer to them.

Belongs here: finding what a reference means. Never here: which references make a buyer or a winner (``ted_eforms``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapers.countries import country_code
from scrapers.decoders.base import Sink, one_line
from scrapers.decoders.tenders import MAX_NAME, Party, line, winner
from scrapers.decoders.xml_boards import child, children, text

if TYPE_CHECKING:
    from lxml import etree

_SHORT = 500


class Texts:
    """Texts of a notice in its own language; how many others there were is told at the end."""

    def __init__(self, sink: Sink, tongue: str) -> None:
        self.sink, self.tongue = sink, tongue
        self._others: set[str] = set()

    def of(self, holder: etree._Element | None, *names: str) -> str:
        """The first text at the end of a path in the language of the notice, else the first one there is. Languages
        are told apart by several elements of one name, at any step of the path.
        """
        best = other = ""
        found = [holder] if holder is not None else []
        for name in names:
            found = [part for element in found for part in children(element, name)]
        for element in found:
            said = text(element)
            spoken = element.get("languageID", "")
            if spoken in ("", self.tongue):
                best = best or said
            else:
                if len(self._others) < 100:
                    self._others.add(spoken[:10])
                other = other or said
        return best or other

    def tell(self) -> None:
        if self._others:
            self.sink.note(f"texts in {len(self._others)} other languages are not kept")


class Organisations:
    """The organisations of a notice by identifier; a contact point counts as the organisation that it belongs to."""

    def __init__(self, extension: etree._Element | None, texts: Texts) -> None:
        self._texts = texts
        self._by_id: dict[str, tuple[etree._Element, etree._Element]] = {}  # -> organisation, its company
        for organisation in children(first_of(extension, "Organizations"), "Organization"):
            company = child(organisation, "Company")
            if company is None:
                continue
            for party in (company, *children(organisation, "TouchPoint")):
                identity = short_text(child(party, "PartyIdentification"), "ID")
                if identity:
                    self._by_id.setdefault(identity, (organisation, company))

    def party(self, identity: str) -> Party | None:
        """Name and country of an organisation."""
        if identity not in self._by_id:
            return None
        _, company = self._by_id[identity]
        name = line(self._texts.of(company, "PartyName", "Name"), MAX_NAME)
        return Party(name, self._country(company)) if name else None

    def winner(self, sink: Sink, identity: str) -> Party | None:
        """The same, for one that won; None for a natural person."""
        if identity not in self._by_id:
            return None
        organisation, company = self._by_id[identity]
        person = {"true": True, "false": False}.get(short_text(organisation, "NaturalPersonIndicator").lower())
        if person is None and child(organisation, "UltimateBeneficialOwner") is not None:
            person = False  # a person is owned by nobody
        name = self._texts.of(company, "PartyName", "Name")
        website = short_text(company, "WebsiteURI")
        return winner(sink, name, self._country(company), person=person, website=website)

    def _country(self, company: etree._Element) -> str:
        return country_code(short_text(first_of(company, "PostalAddress", "Country"), "IdentificationCode"))


def ids_of(holder: etree._Element | None, name: str) -> list[str]:
    return [found for part in children(holder, name) if (found := short_text(part, "ID"))]


def extension_of(element: etree._Element | None) -> etree._Element | None:
    """What eForms add to an element of UBL."""
    for part in children(first_of(element, "UBLExtensions"), "UBLExtension"):
        found = first_of(part, "ExtensionContent", "EformsExtension")
        if found is not None:
            return found
    return None


def first_of(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first element at the end of a path of children."""
    for name in names:
        if element is None:
            return None
        element = child(element, name)
    return element


def short_text(element: etree._Element | None, name: str = "") -> str:
    """A code or identifier: short, on one line; "" where there is none."""
    return one_line(text(element, name)[:_SHORT])
