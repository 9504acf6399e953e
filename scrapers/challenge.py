"""Bot challenges that arrive as an answer like any other: told from the page that was asked for.

Belongs here: the marks of the services that put a test in front of a site. Never here: what follows from it
(``scrapers.spiders.base``): nobody is disguised and no test is solved; the host is asked nothing more in this crawl,
and what was open stays open.

Ordinary pages carry scripts of such services too, so a mark alone says nothing: a page is a challenge if, beside the
mark, it has next to no words and links of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = 256 * 1024  # bytes looked at; challenges are a few kilobytes, some carry a script of 100
_SMALL = 32 * 1024  # bytes of a challenge whose maker is not known
_MAX_OWN_WORDS = 150  # of a challenge's page: a notice in a few languages
_FEW_LINKS = 3  # a test links to its maker, a page of a site to others of it
_HIDDEN = re.compile(r"<(?:(script|style|svg|noscript|title)(?=[\s>])|!--)")
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})")
_LINK = re.compile(r"<a\s[^<>]{0,500}?href=[\"']?(?!#|mailto:|javascript:)")
# What says in a machine's terms what it holds is no challenge, whatever scripts it carries.
_SUBSTANCE = re.compile(r"\"@type\"\s*:\s*\[?\s*\"jobposting|<(?:urlset|sitemapindex|rss|feed|channel)[\s>]")


@dataclass(frozen=True)
class _Service:
    """Patterns are for lower case. A page that carries ``marks`` and is nearly empty is a challenge; one that carries
    ``scripts``, which stand on ordinary pages too, must ask for the test in words.
    """

    name: str
    marks: re.Pattern[str] | None
    title: re.Pattern[str] | None
    scripts: re.Pattern[str] | None


def _service(name: str, marks: str = "", title: str = "", scripts: str = "") -> _Service:
    return _Service(name, *(re.compile(pattern) if pattern else None for pattern in (marks, title, scripts)))


_SERVICES = (
    _service(
        "Akamai",
        r"sec-cpt-if|sec-if-cpt|cp_clge_done|/_sec/cp_challenge|errors(?:\.|&#46;)edgesuite(?:\.|&#46;)net",
        r"^challenge validation$",
        "bm-verify=",
    ),
    _service(
        "Cloudflare",
        r"_cf_chl_opt|cf-chl-|/cdn-cgi/challenge-platform/h/|cf-browser-verification",
        r"^(?:just a moment|attention required! \| cloudflare|un instant…|nur einen moment…)",
        r"challenges\.cloudflare\.com/turnstile|/cdn-cgi/challenge-platform/",
    ),
    _service("DataDome", r"captcha-delivery\.com", scripts="datadome"),
    _service("HUMAN", "px-captcha", "^access to this page has been denied", r"_pxappid|perimeterx"),
    _service("Imperva", r"incapsula incident|<iframe[^<>]{0,500}_incapsula_resource", "^pardon our interruption"),
    _service("AWS WAF", r"awswafcookiedomainlist|gokuprops|captcha\.awswaf\.com", scripts=r"token\.awswaf\.com"),
    _service("Sucuri", r"sucuri_cloudproxy_js"),
    _service("Anubis", r"anubis_challenge|/\.within\.website/x/cmd/anubis", "^making sure you.{1,6}re not a bot"),
    _service("Radware", "radware bot manager|radware captcha", scripts=r"perfdrive\.com"),
    _service("Kasada", r"kpsdk", scripts="/149e9513-01fa-4fb0-aad4-566afd725d1b/"),
    _service(
        "F5",
        r"/tspd/\?type=\d|the requested url was rejected\. please consult",
        "^request rejected$",
        "tspd_101|apm_do_not_touch",
    ),
    _service("DDoS-Guard", "ddos-guard/js-challenge|/.well-known/ddos-guard/", "^ddos-guard$"),
    _service("Vercel", r"/\.well-known/vercel/security/", "^vercel security checkpoint"),
    _service("hCaptcha", scripts="h-?captcha"),
    _service("reCAPTCHA", scripts=r"google\.com/recaptcha|g-recaptcha|unusual traffic from your computer"),
    _service("GeeTest", scripts=r"geetest\.com|initgeetest"),
)
_ASKS = re.compile(
    r"checking your browser|verif(?:y|ying) (?:that )?you are (?:a )?human|are you a (?:robot|human)|not a (?:ro)?bot\b"
    r"|unusual traffic from your|enable javascript and cookies to continue|complete the security check"
    r"|vérifi(?:er|ez|ons|cation) que vous (?:êtes|n.êtes pas)|n.êtes pas un robot|vérification de sécurité"
    r"|sie (?:ein mensch|kein roboter) sind|sicherheitsüberprüfung|überprüfung ihres browsers"
)


def challenge_of(body: bytes) -> str | None:
    """Whose challenge stands where an answer is due ("an unknown service" where the page does not tell); None if the
    body is an answer. Takes time in proportion to the first 256 KiB.
    """
    start = body[:4096].lstrip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe")
    if start.startswith(b"{"):
        return "DataDome" if len(body) < 4096 and b"captcha-delivery.com/captcha" in body else None
    if not start.startswith(b"<"):
        return None
    text = body[:_HEAD].lower().decode("utf-8", "replace")
    marked = next((service for service in _SERVICES if service.marks and service.marks.search(text)), None)
    found = _TITLE.search(text)
    title = " ".join(found[1].split()) if found else ""
    titled = next((service for service in _SERVICES if service.title and service.title.search(title)), None)
    scripted = next((service for service in _SERVICES if service.scripts and service.scripts.search(text)), None)
    if not (marked or titled or scripted or len(body) <= _SMALL) or _SUBSTANCE.search(text):
        return None
    words = _own_words(text)
    if len(words.split()) > _MAX_OWN_WORDS or sum(1 for _ in _LINK.finditer(text)) >= _FEW_LINKS:
        return None
    certain = titled or marked
    if certain is not None:
        return certain.name
    if not (_ASKS.search(words) or _ASKS.search(title)):
        return None
    return scripted.name if scripted else "an unknown service" if len(body) <= _SMALL else None


def _own_words(text: str) -> str:
    """The words that a reader would see, roughly: enough to count them."""
    pieces: list[str] = []
    position = 0
    absent: set[str] = set()  # ends that do not come any more, so that each is looked for to the end once
    while hidden := _HIDDEN.search(text, position):
        pieces.append(text[position : hidden.start()])
        end = f"</{hidden[1]}" if hidden[1] else "-->"
        at = -1 if end in absent else text.find(end, hidden.end())
        if at < 0:
            absent.add(end)
        position = hidden.end() if at < 0 else at + len(end)
    pieces.append(text[position:])
    return " ".join(_TAG.sub(" ", " ".join(pieces)).split())
