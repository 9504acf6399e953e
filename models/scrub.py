"""Takes people out of texts before anything is written: e-mail addresses, telephone numbers, names of contacts.

Belongs here: what a contact looks like, in English, French, German and Luxembourgish. Never here: employers, tools,
laws and places, which stay. ``scrub_text`` is pure and idempotent, and takes time in proportion to the text: every
pattern is bounded, and the costly steps run only around their triggers (an @, a run of digits, a label).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import phonenumbers
import yaml

from models.scan import Scanner

EMAIL, PHONE, CONTACT = "[email]", "[phone]", "[contact]"
_REGIONS = ("LU", "FR", "DE", "BE")

# --- e-mail ---------------------------------------------------------------------------------------------------------
# The sign between name and domain, plain or disguised; the name is read backwards from it, the domain forwards.
_AT = re.compile(
    r"@|＠|[\[({<][ ]{0,2}(?:at|arobase|ät|@)[ ]{0,2}[\])}>]|(?<=\w )(?-i:AT)(?= \w)|&#64;|&commat;|%40", re.IGNORECASE
)
_LOCAL = re.compile(r"(?:mailto:)?[\w.+%'-]{1,64}[ ]{0,2}$")
_DOMAIN = re.compile(
    r"[ ]{0,2}[\w-]{1,63}(?:(?:\.|[ ]{0,2}[\[({<][ ]{0,2}(?:dot|point|punkt|\.)[ ]{0,2}[\])}>][ ]{0,2}"
    r"|[ ](?:DOT|PUNKT|POINT)[ ])"
    r"[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)

# --- telephone ------------------------------------------------------------------------------------------------------
_DIGIT_RUN = re.compile(r"\d(?:[ \u00a0\u202f./()–-]{0,3}\d){5,16}(?![\w%€$£])")
_PREFIX = re.compile(r"(?:\(?\+[ ]?|\()$")
_PHONE_WORD = re.compile(
    r"(?<!\w)(?:tel|tél|telefon|téléphone|telephone|phone|mobile|mobil|gsm|fax|handy|call|appelez|whatsapp|hotline|ruf\w*|numéro|t|m)"
    r"\s?\.?\s?(?:nr|no|number|:|\(|au|us|sur|under|unter|ënner)?\s?[:.]?\s?(?:\(?\+?\d{0,3}\)?\s?)?$",
    re.IGNORECASE,
)
# Numbers of other kinds, told by what stands before or after them.
_NOT_PHONE_BEFORE = re.compile(
    r"(?<!\w)(?:ref|réf|référence|reference|referenz|ref\.?\s?nr|id|job|code|nace|iban|rcs|tva|vat|bic|siret|siren|isin|postcode|kennziffer|nr|no|n°|#|€|eur|euro|"
    r"salaire|salary|gehalt|loun|budget|article|art|loi|law|gesetz|règlement|regulation|iso|iec|en|din|version|v|e|f|m|b|page|§|lu\d{2}|matricule|offre|stellen-?id|requisition|req)"
    r"\s?\.?\s?[:.n°#(-]{0,3}\s?$",
    re.IGNORECASE,
)
_NOT_PHONE_AFTER = re.compile(
    r"\s?(?:€|eur|euro|\$|£|chf|usd|gbp|k\b|%|mio|million|m²|m2|km|kg|heures|hours|stunden|stonnen|h/|employees|employés|collaborateurs|mitarbeit|personnes|clients|brut|gross|per|par|pro|indice|kwh|mw)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^\(?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d{2}\s?[-/–]\s?(?:19|20)\d{2})\b"
)
_LU_PAIRS = re.compile(
    r"^(?:2\d|[3-9]\d)(?:[ .\u00a0\u202f-]\d{2}){2,4}$"
    r"|^6[2679]1(?:(?:[ .\u00a0\u202f-]?\d{3}){2}|(?:[ .\u00a0\u202f-]?\d{2}){3})$"
)
_THOUSANDS = re.compile(r"^\d{1,3}(?:[ .\u00a0\u202f]\d{3})+$")

# --- names ----------------------------------------------------------------------------------------------------------
_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞŒŠŽ", "a-zà-öø-ÿœšž"
_WORD = (
    rf"(?:(?:[{_UPPER}][{_LOWER}]{{1,24}}|[{_UPPER}]{{2,25}})(?:[-'’][{_UPPER}]?[{_LOWER}{_UPPER}]{{1,24}})?"
    rf"|(?:[dDlLO]['’])[{_UPPER}][{_LOWER}]{{1,24}}|Mc[{_UPPER}][{_LOWER}]{{1,20}})"
)
_PARTICLE = r"(?:de|da|do|dos|del|della|di|van|von|vom|zu|zur|der|den|la|le|du|des|el|al|ter|ten|vander|dos)"


_TITLED = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mme|Mlle|M\.|Monsieur|Madame|Mademoiselle|Herrn?|Frau|Här|Hären|Madamm|Joffer|Dr|Prof|Ing"
    r"|Me|Maître)\b\.?[ ]{1,2}){1,3}"
)
_NEXT = rf"[ ](?:{_PARTICLE}[ ]){{0,2}}(?:{_WORD}|[{_UPPER}]\.?(?=[ ]))"
_NAME = rf"(?:[{_UPPER}]\.[ ]?){{0,2}}{_WORD}(?:{_NEXT}){{0,3}}"
_AFTER_LABEL = re.compile(
    rf"(?P<gap>[ ]?(?:\([^()\n]{{0,30}}\)[ ]?)?[:–-]?[ ]{{0,3}}\n{{0,2}}[ ]{{0,3}}"
    rf"(?:(?i:is|est|ist|ass)[ ])?[*_]{{0,2}})"
    rf"(?P<name>(?:{_TITLED})?{_NAME})"
)
_AFTER_CLOSING = re.compile(rf"(?P<gap>[,.]?[ ]{{0,3}}\n{{1,3}}[ ]{{0,3}})(?P<name>(?:{_TITLED})?{_NAME})")
# A name that leads to a telephone or an address: "Marie Exemple (HR) will be glad to help: [email]".
_BEFORE_MARK = re.compile(
    rf"(?P<name>{_WORD}(?:{_NEXT}){{1,3}})"
    r"(?P<link>[ ]?(?:\([^()\n\[\]]{0,40}\))?[ ]?(?:[,:;–|/-]|\[(?:email|phone)\]"
    r"|(?i:(?:tel|tél|telefon|phone|e-?mail|mail|mobile|gsm|t|m)\b\.?)"
    r"|(?i:(?:vous|will|is|would|répond|renseigne|renseignera|répondra|reste|se tient|be|glad|happy|pleased|to|help"
    r"|answer"
    r"|your|questions?|à|votre|disposition|au|ou|l'adresse|numéro|unter|steht|ihnen|gerne|hilft|beantwortet|ihre|fragen"
    r"|zur|verfügung|und|freut|sich|auf|erreichen|per|or|on|at|by|via|and|et|für|fir|pour|äntwert|iech|gär|hëlleft|ënner"
    r"|op|är|froen|steet|zur|a|dir|dech|der|nummer|adress|sur|par|courriel|le|the|number)\b)"
    r"|[ ]){1,24}$)"
)
_MARK = re.compile(r"\[(?:email|phone)\]")
_AFTER_TITLE = re.compile(rf"(?P<gap>)(?P<name>{_TITLED}{_NAME})")
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "m",
        "mme",
        "mlle",
        "monsieur",
        "madame",
        "mademoiselle",
        "maître",
        "herr",
        "herrn",
        "frau",
        "här",
        "hären",
        "madamm",
        "joffer",
        "ing",
        "dipl",
        "me",
    ]
)
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "del",
        "della",
        "di",
        "van",
        "von",
        "vom",
        "zu",
        "zur",
        "der",
        "den",
        "la",
        "le",
        "du",
        "des",
        "el",
        "al",
        "ter",
        "ten",
        "vander",
    ]
)


class _Triggers:
    """Where a name may follow: labels, closings of a letter, forms of address; and what is never a name."""

    def __init__(self) -> None:
        data = yaml.safe_load((Path(__file__).parent / "contacts.yaml").read_text(encoding="utf-8"))
        table: dict[str, re.Pattern[str]] = {title: _AFTER_TITLE for title in data["titles"]}
        table |= {closing.lower(): _AFTER_CLOSING for closing in data["closings"]}
        table |= {label.lower(): _AFTER_LABEL for label in data["labels"]}
        self.scan = Scanner(table)
        self.not_names = frozenset(word.lower() for word in data["not_names"]) - _PARTICLES
        self.never_first = frozenset(word.lower() for word in data["not_names"])


@lru_cache(maxsize=1)
def _triggers() -> _Triggers:
    return _Triggers()


def scrub_text(text: str) -> str:
    """The text without contacts: e-mails become ``[email]``, telephones ``[phone]``, names of contacts ``[contact]``.

    Salaries, dates, years, reference numbers, laws, IBANs and NACE codes stay, as do companies, tools and places.
    Scrubbing a scrubbed text changes nothing.
    """
    return _scrub_names(_scrub_phones(_scrub_emails(text))) if text else text


def _scrub_emails(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for sign in _AT.finditer(text):
        if sign.start() < position:
            continue
        domain = _DOMAIN.match(text, sign.end())
        local = _LOCAL.search(text, max(position, sign.start() - 76), sign.start()) if domain else None
        if local and domain:
            pieces += [text[position : local.start()], EMAIL]
            position = domain.end()
    return "".join(pieces) + text[position:] if pieces else text


def _scrub_phones(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for run in _DIGIT_RUN.finditer(text):
        start, end = run.span()
        prefix = _PREFIX.search(text, max(position, start - 3), start)
        if prefix:
            start = prefix.start() + (prefix.group().startswith("(") and ")" not in run.group())
        # A digit that continues a word, a decimal or a longer reference is no start of a telephone number.
        if start and not prefix and (text[start - 1].isalnum() or text[start - 1] in "_.,/-"):
            continue
        if _is_phone(text, start, end):
            pieces += [text[position:start], PHONE]
            position = end
    return "".join(pieces) + text[position:] if pieces else text


def _is_phone(text: str, start: int, end: int) -> bool:
    raw = text[start:end]
    before = text[max(0, start - 24) : start]
    after = text[end : end + 14]
    digits = sum(character.isdigit() for character in raw)
    international = raw.startswith("+") or raw.startswith("00") or raw.startswith("(+")
    labelled = _PHONE_WORD.search(before) is not None
    if _DATE.match(raw) or digits > 15:
        return False
    if not international and (_NOT_PHONE_AFTER.match(after) or (not labelled and _NOT_PHONE_BEFORE.search(before))):
        return False
    if labelled and digits >= 6:
        return True
    if international:
        return digits >= 8
    if _THOUSANDS.match(raw.strip()) and not raw.startswith("0"):
        # "621 123 456" is a mobile number in Luxembourg and "100 000" an amount.
        return digits == 9 and raw[:3] in {"621", "661", "671", "691"}
    if _LU_PAIRS.match(raw.strip()):
        return True
    if digits < 9 or not raw.lstrip("(").startswith("0"):
        return False
    return any(_parses(raw, region) for region in _REGIONS)


@lru_cache(maxsize=4096)
def _parses(raw: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(raw, region))
    except phonenumbers.NumberParseException:
        return False


def _scrub_names(text: str) -> str:
    triggers = _triggers()
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    found: list[tuple[int, int, str]] = []
    for pattern, start, end in triggers.scan(lower):
        match = pattern.match(text, start if pattern is _AFTER_TITLE else end)
        if match is None:
            continue
        length = _name_length(match.group("name"), triggers)
        if length:
            found.append((match.start("name"), match.start("name") + length, CONTACT))
    for mark in _MARK.finditer(text):
        window = max(0, mark.start() - 120)
        window = max(window, text.rfind("\n", window, mark.start()))
        # The window may begin within a word; a name is looked for from the next one on.
        match = _BEFORE_MARK.search(text, window, mark.start())
        length = _name_length(match.group("name"), triggers) if match else 0
        if match and length == len(match.group("name")):
            found.append((match.start("name"), match.start("name") + length, CONTACT))
    if not found:
        return text
    # Overlapping finds ("Contact: Mme Marie Exemple" is found by the label and by "Mme") become one.
    found.sort(key=lambda span: (span[0], -span[1]))
    pieces: list[str] = []
    position = 0
    for start, end, replacement in found:
        if start < position:
            continue
        pieces += [text[position:start], replacement]
        position = end
    return "".join(pieces) + text[position:]


def _name_length(name: str, triggers: _Triggers) -> int:
    """How many characters of the match are a person's name with its form of address; 0 if it is none."""
    end = titles = words = 0
    for word in re.finditer(r"[^ ]+", name):
        plain = word.group().strip(".,").lower()
        if not words and plain in _TITLES:
            titles += 1
            continue
        if plain in (triggers.not_names if words else triggers.never_first):
            break
        words += 1
        end = word.end()
    # One capitalised word alone after "contact" may be anything: a company, a city, a noun.
    return end if words >= (1 if titles else 2) else 0
