"""GovJobs, the job board of Luxembourg's public service: result pages and posts to postings.

Belongs here: the shape of the board's HTML, as far as it is known. Never here: requests, folding one post that appears
under several references (the warehouse does), which places are Luxembourg (``scrapers/places.py``).

No HTML of the board was seen by us: element names come from programs of others that read it in 2025 and 2026, labels
and headings from the texts they kept. What a label says is therefore found in the text itself, however it is marked up:
table, list, or words that stand glued to each other. A result page gives a posting without text for each post, a post's
page the whole; ``finish`` adds the text of pages that an earlier crawl read.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers import pages, places
from scrapers.archive import canonical_url
from scrapers.charset import read_text
from scrapers.decoders import listed
from scrapers.decoders.around import Around
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, refuse_too_large
from scrapers.decoders.closed import notices, says_closed
from scrapers.decoders.posting_values import vacancies_of
from scrapers.html import node_text
from scrapers.items import JobPosting
from scrapers.pages import one_line, same_host, web_address

BOARD = "govjobs"
HOST = "govjobs.public.lu"
_MAX_TITLE = 500
_MAX_LISTED = 200  # posts of one result page; it shows 20
_RESULT = "article.search-result--job"
_LABELS = {
    "statut": ("Statut", "Status"),
    "group": ("Groupe de traitement", "Groupe d'indemnité", "Groupe de salaire", "Groupe", "Gruppe"),
    "deadline": ("Date limite de candidature", "Bewerbungsfrist", "Application deadline"),
    "ministry": ("Ministère", "Ministerium", "Ministry"),
    "body": ("Administration/Organisme", "Verwaltung/Einrichtung", "Administration/Organisation"),
    "commune": ("Commune/Syndicat de communes",),
    "district": ("Circonscription", "Région"),
    "place": ("Lieu", "Ort", "Location"),
    "service": ("Service/Département",),
    "task": ("Tâche", "Arbeitszeit"),
    "vacancies": ("Nombre de postes vacants", "Zahl der freien Stellen", "Number of vacancies"),
    "contract": ("Type de contrat", "Vertragsart", "Type of contract"),
    "nationality": ("Nationalité", "Nationalität", "Nationality"),
    "category": ("Catégorie de métiers", "Berufsgruppe", "Job category"),
    "education": ("Niveau d'études", "Bildungsniveau", "Education level"),
    "reference": ("Réf.", "Référence"),
}
_NAME_OF = {label: name for name, labels in _LABELS.items() for label in labels}
_LABEL = re.compile("|".join(re.escape(label) for label in sorted(_NAME_OF, key=len, reverse=True)))
_FACTS = re.compile(r"Informations générales|Allgemeine Informationen|General information")
_SECTION = re.compile(
    r"Qui recrute|Missions?\b|Profil\b|Détail du poste|Conditions d[’']admission|Documents à fournir|Postuler\b|"
    r"D[ée]p[ôo]t de candidature|Wer stellt ein|Aufgaben\b|Who is recruiting|Tasks\b"
)
_NO_BODY = re.compile(r"département ministériel", re.I)  # the ministry itself recruits
_REFERENCE = re.compile(r"\(?\b(?:réf|ref)\.?\s*:?\s*([A-Z]\d{5,10})\)?", re.I)
_BARE_REFERENCE = re.compile(r"\b[EFM]\d{8}\b")
_NUMBER = re.compile(r"-(\d{3,12})(?:\.html)?$")
_DAY_IN_PATH = re.compile(r"/(\d{4})(\d{2})(\d{2})-")
_DATE = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
# Posts of the State abroad: representations and embassies. Everything else on this board is in Luxembourg.
_ABROAD = re.compile(
    r"\b(?:bruxelles|brussels?|brüssel|strasbourg|gen[èe]ve|geneva|genf|paris|berlin|bonn|londres|london|la haye|rome|"
    r"vienne|wien|madrid|lisbonne|ath[èe]nes|prague|varsovie|moscou|washington|new[ -]york|p[ée]kin|beijing|shanghai|"
    r"tokyo|new delhi|dakar|praia|hano[iï]|bangkok|kigali|abu dhabi|ottawa|belgique|france|allemagne|suisse|"
    r"étranger)\b",
    re.I,
)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a result page, or the one posting of a post's page.

    Raises UnreadableError: empty, too_large, text_too_long, too_deep, tdm_reserved, not_govjobs,
    expired (a post's page that says that the post is over).
    """
    tree = read_tree(body, context.content_type)
    sink = Sink(context, "job_posting")
    if is_listing(tree):
        _listing(tree, context, sink)
    elif (words := tree.css_first("div.page-text")) is not None:
        _post(tree, words, context, sink)
    else:
        raise UnreadableError("not_govjobs", "neither a result page nor a post of the board")
    return sink.decoded()


def finish(found: Decoded, around: Around) -> Decoded:
    """The crawl's postings; those whose page was not asked for again get its text from the last crawl that read it."""
    return listed.finish(found, around, wants=lambda record: True)


def read_tree(body: bytes, content_type: str = "") -> LexborHTMLParser:
    """The page's tree; raises UnreadableError."""
    refuse_too_large(body)
    return pages.read_tree(read_text(body, content_type)[0])


def is_listing(tree: LexborHTMLParser) -> bool:
    """Whether this is a result page, perhaps an empty one; pages of errors and of maintenance have no such list."""
    return tree.css_first(f"ol.search-results, {_RESULT}") is not None


def links(tree: LexborHTMLParser, base: str) -> list[str]:
    """Addresses of the posts on a result page, in its order, on the board's own host."""
    found = (_link(article, base) for article in tree.css(_RESULT)[:_MAX_LISTED])
    return list(dict.fromkeys(link for link in found if link and same_host(link, base)))


def stated_count(tree: LexborHTMLParser) -> int | None:
    """How many posts the board says it has; None where it does not."""
    node = tree.css_first(".search-meta-count")
    digits = re.search(r"\d{1,6}", re.sub(r"(?<=\d)[\s.\u202f\xa0](?=\d{3})", "", node.text())) if node else None
    return int(digits[0]) if digits else None


def facts(text: str) -> dict[str, str]:
    """What the block of labels says, by field (``deadline``, ``body``, ``place``…), however the labels are set."""
    begin = _FACTS.search(text)
    block = text[begin.end() if begin else 0 :][:6000]
    end = _SECTION.search(block)
    return _segments(" ".join(block[: end.start() if end else 3000].split()))


def _segments(block: str) -> dict[str, str]:
    """Values between labels. A value may begin with its own label's word ("Tâche Tâche complète")."""
    found: dict[str, str] = {}
    marks = list(_LABEL.finditer(block))
    name, start = "", 0
    for mark in marks:
        before = block[mark.start() - 1 : mark.start()]
        if before in ("-", "'", "’", "(") or (before.isupper() and len(mark[0]) < 8):
            continue  # inside a word, not glued to the value before it
        inside = block[start : mark.start()].strip(" |:-–")
        if _NAME_OF[mark[0]] == name or _NAME_OF[mark[0]] in found:
            continue  # a label stands once; again, its word belongs to a value
        if name:
            found.setdefault(name, inside[:500])
        name, start = _NAME_OF[mark[0]], mark.end()
    if name:
        found.setdefault(name, block[start:].strip(" |:-–")[:500])
    return {key: value for key, value in found.items() if value}


def _listing(tree: LexborHTMLParser, context: DecodeContext, sink: Sink) -> None:
    articles = tree.css(_RESULT)
    if not articles:
        sink.note("a result page without posts")
    if len(articles) > _MAX_LISTED:
        sink.note(f"result page with {len(articles)} posts: the first {_MAX_LISTED} are read")
    seen: set[str] = set()
    base = web_address(context.url, "") or f"https://{HOST}/"  # a page that came from a file
    for number, article in enumerate(articles[:_MAX_LISTED]):
        locator = f"article {number + 1}"
        link, heading = _link(article, base), article.css_first("h2, h3, .article-title")
        if not link or not (same_host(link, base) or urlsplit(link).hostname == HOST):
            sink.reject(locator, "missing_link", "the post has no address on the board")
            continue
        stated: dict[str, str] = {}
        for item in article.css("footer li, ul.article-custom li"):
            stated |= {
                k: v for k, v in _segments(" ".join(item.text(separator=" ").split())).items() if k not in stated
            }
        record = _posting(link, heading.text() if heading else "", stated, "", locator, context, sink)
        if record is not None and record.record_id not in seen:
            seen.add(record.record_id)
            sink.records.append(record)


def _post(tree: LexborHTMLParser, words: LexborNode, context: DecodeContext, sink: Sink) -> None:
    heading = tree.css_first("h1")
    title = heading.text() if heading else ""
    if not title.strip():
        head = tree.css_first("title")
        title = re.split(r"\s[-–|]\s(?=[^-–|]*$)", head.text())[0] if head else ""
    if says_closed(title) or notices(tree):
        raise UnreadableError("expired", "the page says that its post is over")
    text = node_text(words)
    address = web_address(context.url, "")
    if not text:
        sink.reject("", "no_words", "the post's page has no words", _record_id(address, context))
        return
    record = _posting(address, title, facts(text), text, "", context, sink)
    if record is not None:
        sink.records.append(record)


def _posting(
    link: str, raw_title: str, said: dict[str, str], text: str, locator: str, context: DecodeContext, sink: Sink
) -> JobPosting | None:
    whole = one_line(raw_title)
    title = " ".join(_REFERENCE.sub(" ", whole).split()).strip(" -–,;")
    if not title:
        sink.reject(locator, "missing_title", "the post has no title", _record_id(link, context))
        return None
    if len(title) > _MAX_TITLE:
        sink.reject(locator, "title_too_long", f"{len(title)} characters", _record_id(link, context))
        return None
    body, ministry = said.get("body", ""), said.get("ministry", "")
    employer = said.get("commune") or (ministry if ministry and (not body or _NO_BODY.search(body)) else body)
    if not employer:
        sink.note("post without an administration: the board stands for the employer")
    references = [*_REFERENCE.findall(whole), *_BARE_REFERENCE.findall(said.get("reference", ""))]
    posting_id = _posting_id(link) or next((reference.upper() for reference in references), None)
    if posting_id is None:
        sink.reject(locator, "missing_id", "the post has no reference, its address no number and no name")
        return None
    place = said.get("place", "")
    found = places.luxembourg(place, text=text, employer_country="LU")
    here, basis = found.is_luxembourg, found.basis
    if not here and not _ABROAD.search(place):
        # A place that is not known by name: the board's posts are the State's and the communes'.
        here, basis = True, "country"
    published_on = _day_in_path(link)
    terms = [said[name] for name in ("contract", "task", "statut") if name in said]
    fields: dict[str, Any] = {
        "record_id": f"{context.source_id}:{BOARD}:{posting_id}",
        "board_id": BOARD,
        "posting_id": posting_id,
        "requisition_id": ", ".join(dict.fromkeys(ref.upper() for ref in references)) or None,
        "employer": employer or "GovJobs",
        "title": title,
        "posting_url": link,
        "text": text,
        "location_raw": place or said.get("district", ""),
        "departments": list(dict.fromkeys(x for x in (ministry, said.get("service", "")) if x and x != employer)),
        "employment_type": "; ".join(dict.fromkeys(terms))[:200] or None,
        "vacancies": vacancies_of(said.get("vacancies", "").partition(" ")[0]),
        "published_on": published_on,
        "published_precision": "day" if published_on else "",
        "deadline_on": _day(said.get("deadline", ""), sink),
        "is_luxembourg": here,
        "luxembourg_basis": basis,
        "is_remote": found.is_remote,
    }
    record = sink.build(JobPosting, locator, fields)
    return record if isinstance(record, JobPosting) else None


def _record_id(link: str, context: DecodeContext) -> str | None:
    posting_id = _posting_id(link)
    return posting_id and f"{context.source_id}:{BOARD}:{posting_id}"


def _link(article: LexborNode, base: str) -> str:
    node = article.css_first("h2 a[href], h3 a[href], .article-title a[href]") or article.css_first("a[href]")
    return web_address(node.attributes.get("href"), base) if node is not None else ""


def _posting_id(link: str) -> str | None:
    """The number at the end of a post's address, else the name of its last part."""
    path = urlsplit(canonical_url(link)).path if link else ""
    if found := _NUMBER.search(path):
        return found[1]
    name = path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return name[:120] if re.fullmatch(r"[\w.%~-]{1,300}", name) else None


def _day_in_path(link: str) -> date | None:
    found = _DAY_IN_PATH.search(link)
    return _date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _day(said: str, sink: Sink) -> date | None:
    if not said:
        return None
    found = _DATE.search(said)
    day = _date(int(found[3]), int(found[2]), int(found[1])) if found else None
    if day is None:
        sink.note(f"deadline {said[:40]!r} is no date")
    return day


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1990 <= year <= 2100 else None
    except ValueError:
        return None
