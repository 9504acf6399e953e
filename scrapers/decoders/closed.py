"""Pages of advertisements that are over: told by what they say to a reader, in the languages of Luxembourg's sites.

Belongs here: the words, and where in a page they count. Never here: closing days, pages that are gone (their status
says so).

A page that keeps its structured data after the post is filled looks open to a machine. Its words count only where a
site puts such a notice: a short line near the top of the main part, or an alert; the text of the ad itself never does
("the role is closed to internal candidates").
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from scrapers.html import node_text

_POST = "job|position|vacancy|posting|offer|role|opportunity|advertisement|advert|ad|listing"
# Each alternative begins with a word or a line, so that none is tried twice.
_CLOSED = re.compile(
    rf"\b(?:{_POST}) (?:(?:that )?you(?: are|.re| have|.ve)? (?:trying to (?:apply (?:for|to)|view|reach)|looking for"
    r"|requested|searched for) )?(?:is|are|has|was) (?:(?:now|been|already|unfortunately|currently) ){0,3}"
    r"(?:no longer (?:available|active|open|online|accepting|advertised)|expired"
    # Filled with joy, closed to internal candidates: no notice; closed to applications: one.
    r"|(?:filled|closed|removed)\b(?! (?:to|for|with|by|on|from|in|when|if|as)\b(?! (?:new |further |any )?appli)))"
    r"|\bno longer accepting applications"
    r"|\bapplications (?:for this \w{1,20} )?(?:are|have) (?:(?:now|been|already) ){0,2}closed\b"
    rf"|^(?:sorry\W{{1,3}})?(?:this |the |your )?(?:{_POST}) (?:was |could |can)?(?:not |no longer )(?:be )?found"
    r"\W{0,3}$"
    r"|\b(?:offre|annonce|poste)\b[^.\n]{0,40}?(?:n.est (?:plus|pas) (?:disponible|en ligne|active|ouverte?\b"
    r"|d.actualité|à pourvoir)|a expiré|est expirée?|a été pourvu|est (?:déjà )?pourvu|est clôturée?|n.existe plus)"
    r"|\b(?:stelle|stellen(?:anzeige|ausschreibung|angebot)|job(?:angebot|anzeige)?|ausschreibung|anzeige|position)\b"
    r"[^.\n]{0,40}?(?:nicht mehr (?:verfügbar|online|aktiv|ausgeschrieben|aktuell|offen|vakant)|bereits besetzt"
    r"|abgelaufen)"
    r"|\bnet méi (?:disponibel|online)",
    re.I | re.M,
)
_MAX_WORDS = 20_000  # characters of a page that are looked at
_TOP, _ABOVE = 2_000, 600  # characters from the beginning of the main part, and above the heading where none is marked
_NOTICE = 200  # characters of one line; more are the ad's text
_MAIN = "main, [role=main]"
_ALERTS = "[role=alert], h1, h2"
_MAX_ALERTS = 20


def says_closed(words: str) -> bool:
    """Whether words say that an advertisement is over."""
    return _CLOSED.search(words[:_MAX_WORDS].replace("\u2019", "'")) is not None


def notices(tree: LexborHTMLParser) -> list[str]:
    """Lines that tell the reader of a page, where such a notice stands, that its advertisement is over."""
    main = tree.css_first(_MAIN) or tree.body
    if main is None:
        return []
    words = node_text(main)[:_MAX_WORDS]
    heading = main.css_first("h1")
    title = node_text(heading)[:_NOTICE].split("\n")[0] if heading is not None else ""
    at = max(0, words.find(title)) if title and main.tag == "body" else 0
    lines = words[max(0, at - _ABOVE) : at + _TOP].split("\n")
    lines += [line for node in main.css(_ALERTS)[:_MAX_ALERTS] for line in node_text(node)[:_TOP].split("\n")]
    return [line for line in lines if len(line) <= _NOTICE and says_closed(line)]
