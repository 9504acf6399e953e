"""Metadata formats of OAI-PMH records to the fields of a work: Dublin Core, DSpace's xoai, arXiv's own two.

Belongs here: which value of a description is which field. Never here: the envelope (``oai_pmh``), readings of one value
(``work_values``). Creators are counted, their names are not kept; affiliations are free text and say no country.

- Dublin Core says everything with fifteen repeatable names: which ``identifier`` is the DOI shows in its form. A
  ``relation`` names other works, so only what is marked as another id of this one (altIdentifier) is taken from it; but
  EPrints writes a work's own DOI there, so that the only DOI of a record is read as its own.
- xoai is DSpace's own tree of names (``dc / date / issued / none``); a leaf is read as the Dublin Core name that it
  stands below, and ``issued`` is known for what it is.
- arXiv gives a day of the first version (``created``) and of the last one (``updated``); arXivRaw a list of versions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scrapers.decoders.arxiv_atom import is_withdrawn
from scrapers.decoders.base import Sink, parse_day, parse_moment, unknown_fields
from scrapers.decoders.work_ids import arxiv_id_of, doi_of
from scrapers.decoders.work_values import MAX_TITLE, handle_of, language_of, plain_text, published
from scrapers.decoders.xml_boards import child, children, text
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

Fields = dict[str, Any]
Values = dict[str, list[str]]  # Dublin Core name, with its qualifier behind a dot where it has one -> values
_MAX_VALUES, _MAX_SUBJECTS, _MAX_AUTHORS = 10_000, 100, 100_000
_DC_NAMES = (
    "title creator subject description publisher contributor date type format identifier source language relation "
    "coverage rights"
)
# What the aggregator BASE adds in a name space of its own.
_BASE_NAMES = (
    "typenorm oa collection collname continent country lang year link autoclasscode source publisher contributor "
    "relation rights subject"
)
_EU_REPO = "info:eu-repo/semantics/"
_VERSIONS = {"draft", "submittedVersion", "acceptedVersion", "publishedVersion", "updatedVersion"}
_GENERIC = frozenset({"text", "peerreviewed", "nonpeerreviewed", "peer reviewed", "not peer reviewed"})
# The vocabulary of COAR, of which repositories give addresses alone.
_COAR = {
    "c_6501": "journal article", "c_2df8fbb1": "research article", "c_5794": "conference paper",
    "c_c94f": "conference output", "c_f744": "conference proceedings", "c_2f33": "book", "c_3248": "book part",
    "c_db06": "doctoral thesis", "c_bdcc": "master thesis", "c_7a1f": "bachelor thesis", "c_46ec": "thesis",
    "c_816b": "preprint", "c_8042": "working paper", "c_93fc": "report", "c_18gh": "technical report",
    "c_ddb1": "dataset", "c_5ce6": "software", "c_1843": "other",
}  # fmt: skip
_COAR_URI = re.compile(r"https?://purl\.org/coar/resource_type/(c_[0-9a-z]{3,10})/?", re.I)
_GRANT = re.compile(r"info:eu-repo/grantAgreement/([^/\s]{1,60})/([^/\s]{0,100})/([^/\s]{1,60})(?:/.*)?", re.I | re.S)
_NO_TITLE_OF_SOURCE = re.compile(r"https?://|urn:|issn\b|isbn\b|hdl:|doi:|10\.\d{4}", re.I)
_REMARK = re.compile(r"comments?:", re.I)  # arXiv's comments stand beside the abstract
_OTHER_ID = re.compile(r"(pmid|pmcid|urn|isbn|ark|purl|wos|scopus|hal|bibcode):", re.I)
_ARXIV_NAMES = (
    "id created updated authors title categories comments journal-ref doi license abstract acm-class msc-class "
    "report-no proxy submitter version"
)
_DC, _BASE, _ARXIV = frozenset(_DC_NAMES.split()), frozenset(_BASE_NAMES.split()), frozenset(_ARXIV_NAMES.split())


def dublin_core(root: etree._Element, sink: Sink) -> Fields:
    """oai_dc, and what is made of it in other name spaces (BASE)."""
    values: Values = defaultdict(list)
    tongues: list[tuple[str, str]] = []  # language and text of titles and descriptions
    for part in list(root)[:_MAX_VALUES]:
        name = local_name(part)
        if "base-search" in part.tag:
            unknown_fields(sink, [name], _BASE, "base_dc:")
            continue
        unknown_fields(sink, [name], _DC, "dc:")
        said = text(part)
        if name not in _DC or not said:
            continue
        values[name].append(said)
        tongue = part.get("{http://www.w3.org/XML/1998/namespace}lang")
        if name in ("title", "description") and tongue:
            tongues.append((str(tongue), said))
    return _of_values(values, tongues, sink)


def xoai(root: etree._Element, sink: Sink) -> Fields:
    """DSpace's own tree. Files (``bundles``) and its internals (``repository``, ``license``) are left alone."""
    values: Values = defaultdict(list)
    handles: list[str] = []
    tongues: list[tuple[str, str]] = []
    for schema in children(root, "element"):
        name = str(schema.get("name") or "")
        if name == "others":
            handles += [f"hdl:{text(field)}" for field in children(schema, "field") if field.get("name") == "handle"]
        if name in ("dc", "dcterms"):
            for leaf, path, said in _leaves(schema, ()):
                qualified = ".".join(path[:2])
                if path[0] != "relation" or qualified in ("relation", "relation.uri", "relation.isversionof"):
                    values[path[0]].append(said)  # other relations say that they are other works'
                if len(path) > 1:
                    values[qualified].append(said)
                if path[0] in ("title", "description") and leaf != "none":
                    tongues.append((leaf, said))
    for name in ("abstract", "issued"):  # of dcterms
        if values.get(name):
            values[{"abstract": "description.abstract", "issued": "date.issued"}[name]] += values[name]
    values["identifier"] += [handle for handle in handles if handle_of(handle)]
    return _of_values(values, tongues, sink)


def _leaves(element: etree._Element, path: tuple[str, ...]) -> Iterable[tuple[str, tuple[str, ...], str]]:
    """(name of the leaf, path of names above it, value); a leaf is named by its language or "none"."""
    for part in children(element, "element")[:_MAX_VALUES]:
        name = str(part.get("name") or "none")[:60]
        for field in children(part, "field")[:_MAX_VALUES]:
            said = text(field)
            if field.get("name") == "value" and said and (path or name != "none"):
                yield name, path or (name,), said
        if len(path) < 4:
            yield from _leaves(part, (*path, name))


def _of_values(values: Values, tongues: list[tuple[str, str]], sink: Sink) -> Fields:
    language = language_of([*values.get("language.iso", ()), *values.get("language", ())])
    identifiers, relations = values.get("identifier", []), values.get("relation", [])
    same = [said for said in relations if "/altidentifier/" in said.lower()]
    ids = [*identifiers, *same]
    issued = values.get("date.issued")
    day, year = published(issued or values.get("date", []))
    grants = [found for said in relations if (found := _GRANT.fullmatch(said.strip()[:600]))]
    sources = [said for said in [*values.get("relation.ispartof", ()), *values.get("source", ())]
               if not _NO_TITLE_OF_SOURCE.match(said)]  # fmt: skip
    creators = values.get("contributor.author") or values.get("creator.author") or values.get("creator", [])
    return {
        "doi": next((doi for said in ids if (doi := doi_of(said))), None) or _only_doi(relations),
        "arxiv_id": next((known for said in ids if (known := arxiv_id_of(said, named=True))), ""),
        "other_ids": list(dict.fromkeys(known for said in ids if (known := _other_id(said))))[:_MAX_SUBJECTS],
        "title": plain_text(_in_language(values.get("title", []), tongues, language), sink)[:MAX_TITLE],
        "text": plain_text(_abstract(values, tongues, language), sink),
        "work_type": _type(values.get("type", [])),
        "language_declared": language,
        "published_on": day,
        "publication_year": year,
        "authors_total": min(len(creators), _MAX_AUTHORS),
        "container": plain_text(sources[0], sink)[:300] if sources else "",
        "subjects": _texts(values.get("subject", []), sink),
        "funders": list(dict.fromkeys(found[1] for found in grants))[:_MAX_SUBJECTS],
        "awards": list(dict.fromkeys(f"{found[1]} {found[3]}" for found in grants))[:_MAX_SUBJECTS],
    }


def _only_doi(relations: Iterable[str]) -> str | None:
    found = {doi for said in relations if (doi := doi_of(said))}
    return found.pop() if len(found) == 1 else None


def _own(tongues: list[tuple[str, str]], language: str | None) -> set[str]:
    """Texts in the work's own language."""
    return {part for tongue, part in tongues if language and language_of([tongue]) == language}


def _in_language(said: list[str], tongues: list[tuple[str, str]], language: str | None) -> str:
    """Of several the one in the work's own language, where that shows; else the first."""
    own = _own(tongues, language)
    return next((part for part in said if part in own), said[0] if said else "")


def _abstract(values: Values, tongues: list[tuple[str, str]], language: str | None) -> str:
    """The abstract among all descriptions: the one that is called so, or the longest in the work's own language."""
    said = values.get("description.abstract") or [
        part for part in values.get("description", ()) if not _REMARK.match(part)
    ]
    own = _own(tongues, language)
    return max([part for part in said if part in own] or said, key=len, default="")


def _type(said: Iterable[str]) -> str:
    """The type as published, without the address of its vocabulary; not the word for its version, nor "text"."""
    found = []
    for value in said:
        plain = value.strip()
        coar = _COAR_URI.fullmatch(plain)
        term = _COAR.get(coar[1].lower(), coar[1]) if coar else plain.removeprefix(_EU_REPO)
        if term and term not in _VERSIONS and term.lower() not in _GENERIC and not term.startswith("doc-type:"):
            found.append((0 if plain.startswith(_EU_REPO) else 1, term[:60]))
    return min(found, key=lambda pair: pair[0])[1] if found else ""


def _other_id(said: str) -> str:
    plain = said.strip().replace(f"{_EU_REPO}altIdentifier/", "").replace(f"{_EU_REPO}altidentifier/", "")
    if handle := handle_of(said):
        return handle
    scheme, slash, rest = plain.partition("/")
    if said.strip() != plain and slash and scheme.isalpha():
        plain = f"{scheme.lower()}:{rest}"
    return plain[:200] if _OTHER_ID.match(plain) and " " not in plain else ""


def _texts(said: Iterable[str], sink: Sink) -> list[str]:
    found = (plain_text(part, sink)[:200] for part in list(said)[:_MAX_SUBJECTS])
    return [part for part in dict.fromkeys(found) if part]


def arxiv(root: etree._Element, sink: Sink) -> Fields:
    """arXiv's own format, arXivRaw with its versions, and arXivOld, which has neither days nor single authors."""
    unknown_fields(sink, (local_name(part) for part in root), _ARXIV, "")
    is_raw = local_name(root) != "arXiv"  # authors are one line
    versions = [text(part, "date") for part in children(root, "version")[:_MAX_VALUES]]
    first, last = (versions[0], versions[-1]) if versions else (text(root, "created"), "")
    day = parse_day(_iso(first))
    abstract, comments = plain_text(text(root, "abstract"), sink), plain_text(text(root, "comments"), sink)
    authors = child(root, "authors")
    counted = _listed_authors(text(authors)) if is_raw else len(children(authors, "author"))
    arxiv_id = arxiv_id_of(text(root, "id"))
    return {
        "doi": next((doi for said in text(root, "doi").split() if (doi := doi_of(said))), None),
        "arxiv_id": arxiv_id,
        "title": plain_text(text(root, "title"), sink)[:MAX_TITLE],
        "text": abstract,
        "work_type": "preprint",
        "published_on": day,
        "publication_year": day.year if day else None,
        "updated_at": parse_moment(_iso(last or text(root, "updated") or first)),
        "authors_total": min(counted, _MAX_AUTHORS),
        "container": plain_text(text(root, "journal-ref"), sink)[:300],
        "subjects": list(dict.fromkeys(part[:200] for part in text(root, "categories").split()))[:_MAX_SUBJECTS],
        "is_retracted": is_withdrawn(abstract, comments),
    }


def _iso(said: str) -> str:
    """arXivRaw writes its days as mails do: "Mon, 2 Apr 2007 19:18:42 GMT"."""
    if not said[:1].isalpha():
        return said
    try:
        return parsedate_to_datetime(said[:60]).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _listed_authors(said: str) -> int:
    """How many names a line of names holds: "A. One (1), B. Two (1 and 2) and C. Three ((1) Somewhere, (2) There)"."""
    depth, plain = 0, []
    for char in said:
        depth = max(0, depth + (char == "(") - (char == ")"))
        plain.append(char if depth == 0 and char != ")" else " ")
    names = re.split(r",|;|\band\b", " ".join("".join(plain).split()))
    return sum(
        1 for name in names if re.search(r"\w{2}", name) and not re.fullmatch(r"\s*(?:Jr|Sr|II|III|IV)\.?\s*", name)
    )


FORMATS: dict[str, Callable[[etree._Element, Sink], Fields]] = {
    "dc": dublin_core,
    "arXiv": arxiv,
    "arXivOld": arxiv,
    "arXivRaw": arxiv,
    "metadata": xoai,
}
