"""Takes telephone numbers out of texts: what is one, and what only looks like one (references, sums, dates, laws).

Belongs here: numbers, their labels, and the libraries' opinion of them. Never here: other contacts (scrub.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import phonenumbers

from models.scan import fold

PHONE = "[phone]"
_REGIONS = ("LU", "FR", "DE", "BE")

# Where a label lost the space before it: "26 12 34 56Mail:".
NEXT_LABEL = r"(?=(?-i:(?:E-?)?[Mm]ail|T[ée]l|Fax|GSM|Mobil|Phone))"

# On the folded text, with 0 for a digit (or anything of another alphabet, which may be one) and a blank for all else.
_DIGITS = bytes(0x30 if code in b"0123456789\x80" else 0x20 for code in range(256))
_FOUR_DIGITS = re.compile(rb"0(?: {0,3}0){3}")
_TAIL = 24  # up to three more digits can follow the last group of four, and what tells what they are
_DIGIT_RUN = re.compile(rf"\d(?:[ \u00a0\u202f./()–-]{{0,3}}\d){{5,16}}(?:(?![\w%€$£])|{NEXT_LABEL})")
_PREFIX = re.compile(r"(?:\(?[+＋][ ]?|\()$")
_PHONE_WORD = re.compile(
    r"(?<!\w)(?:tel|tél|telefon|téléphone|telephone|phone|mobile|mobil|gsm|fax|handy|durchwahl"
    r"|direct line|ligne directe|direktwahl|direkt linn|(?:call|ring|dial|phone)(?: us)? (?:on|at)"
    r"|call|appelez|(?:appelez|joindre|joignable|téléphon\w*)(?:-nous)? (?:le|au)|whatsapp|hotline|ruf\w*|numéro|t|m)"
    r"\s?\.?\s?[|;]?\s?(?:nr|no|number|:|\(|au|us|sur|under|unter|ënner|eis un:|(?:sie )?uns an:)?"
    r"\s?[:.]?\s?(?:\(?\+?\d{0,3}\)?\s?)?$",
    re.IGNORECASE,
)
# Beside a contact that is found already a number is a telephone.
_BESIDE_CONTACT = re.compile(
    r"\[(?:contact|email)\][ ]?[,;:|(–/-]{0,2}\s?"
    r"(?:(?:(?:ist|is|est) )?(?:au|unter|on|at|sous|um|ënner|ou au|or|oder|ou)\s)?"
    r"(?:(?:le )?(?:numéro|num[ée]ro de téléphone|der nummer|the number)\s)?\(?$"
    r"|\[(?:contact|email)\][^\n]{0,20}\n(?:[^\n\d]{0,60}\n)?$",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"\[phone\][ ]?,?[ ]?\(?(?:ext(?:ension)?|int(?:erne)?|poste|durchwahl|dw|app|apparat)\b"
    r"\.?[ ]?:?[ ]?\d{1,5}"
    rf"(?:(?![\w%€])|{NEXT_LABEL})\)?",
    re.IGNORECASE,
)
# Short numbers (a switchboard's "4796-1") are telephones only straight after a label.
_SHORT_RUN = re.compile(rf"\d(?:(?:[ \u00a0./-]|[ ]-[ ])?\d){{3,6}}(?:(?![\w%€$£]|[ .,/-]\d)|{NEXT_LABEL})")
_SHORT_LABEL = re.compile(
    r"(?<!\w)(?:t[ée]l\.?[ ]?[:|;\t]?|(?:t[ée]l[ée]phone|telefon|telefoon|phone|fax|gsm|mobile?|hotline|standard)"
    r"[ ]?[:|;\t]"
    r"|(?:(?:call|ring)(?: us)?(?: on| at)|appelez(?:-nous)?(?: le| au)|rufft eis un|(?:rufen sie|ruft) uns an)[ ]?:?)"
    r"[ ]{0,2}$",
    re.IGNORECASE,
)
_SHORT_BESIDE = re.compile(
    r"(?:\[(?:contact|email)\](?:[ ](?:au|unter|on|at|sous|um|ënner)[ ]|[ ]?[,:–(|/;][ ]?\(?"
    r"|[ ]?\n(?:[^\n\d]{0,60}\n)?)"
    r"|(?<!\w)(?:telefon|t[ée]l[ée]phone|phone)[ ])$",
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
    r"[ \u00a0\u202f]?(?:€|eur|euro|\$|£|chf|usd|gbp|k\b|%|mio|million|m²|m2|km|kg|heures|hours|stunden|stonnen"
    r"|h/|employees|employés|collaborateurs|mitarbeit|personnes"
    r"|clients|brut|gross|(?:per|par|pro)\b|indice|kwh|mw)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^\(?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d{2}\s?[-/–]\s?(?:19|20)\d{2})\b"
)
_LU_PAIRS = re.compile(
    r"^(?:2\d|[3-9]\d)(?:[ .\u00a0\u202f-]\d{2}){2,4}$"
    r"|^6[2679]1(?:(?:[ .\u00a0\u202f-]?\d{3}){2}|(?:[ .\u00a0\u202f-]?\d{2}){3})$"
)
_LU_DOTS = re.compile(r"^[2-9]\d(?:\.\d\d){3}$")
# The State's exchange in Luxembourg: 247 and five digits, however they are grouped. With a hyphen they are a telephone;
# without one only beside a contact or behind a word that leads to one.
_STATE = re.compile(
    r"(?<![\w.,/-])(?<!352 )(?<!352\) )(?:247[ \u00a0-]?\d{5}|2478[ \u00a0-]\d{4}|247[ -]\d{2}[ -]\d{3})"
    r"(?![\w%€$£]|[.,/-]\d)"
)
_STATE_BEFORE = re.compile(
    r"(?:\[(?:contact|email|phone)\][^\n\[\]]{0,40}|(?<!\w)(?:au|unter|sous|ënner|under|le|num[ée]ro|nummer|infos?"
    r"|informations?|renseignements?|auskunft|auskünfte|appel\w*|ruf\w*|contact|kontakt|poste|standard)\b"
    r"[ ]?[:.(]?[ ]?)$",
    re.IGNORECASE,
)
_STATE_AFTER = re.compile(r"[^\n\[\]\d]{0,20}\[(?:contact|email|phone)\]")
_FR_PAIRS = re.compile(r"^0[1-9](?:([ .\u00a0\u202f-])\d{2})(?:\1\d{2}){3}$")
_COUNTRY_CODE = re.compile(
    r"^(?:\((?:0{2})?(?P<code>[1-9]\d{1,2})\)|(?P<bare>352)[ .\u00a0\u202f-])[ ]?(?P<rest>\d.*)$"
)
_THOUSANDS = re.compile(r"^\d{1,3}(?:[ .\u00a0\u202f]\d{3})+$")


def scrub_phones(text: str, known: str, folded: bytes) -> str:
    """The text with ``[phone]`` for each telephone number and what extends it; ``folded`` is of the text ``known``."""
    if "247" in text:
        text = _STATE.sub(_state_phone, text)
    zones = _digit_zones(folded if text == known else fold(text))
    short = replaced(text, ((*found.span(), _short_phone(found)) for found in _within(zones, _SHORT_RUN, text)))
    long = _long_phones(short, zones if short == text else _digit_zones(fold(short)))
    return _EXTENSION.sub(PHONE, replaced(short, long))


def _long_phones(text: str, zones: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    position = 0
    for run in _within(zones, _DIGIT_RUN, text):
        start, end = run.span()
        prefix = _PREFIX.search(text, max(position, start - 3), start)
        if prefix:
            start = prefix.start() + (prefix.group().startswith("(") and ")" not in run.group())
        # A digit that continues a word, a decimal or a longer reference is no start of a telephone number.
        if start and not prefix and (text[start - 1].isalnum() or text[start - 1] in "_.,/-"):
            continue
        if _is_phone(text, start, end):
            yield start, end, PHONE
            position = end


def _digit_zones(folded: bytes) -> list[tuple[int, int]]:
    """Where a text has four digits or more, at most three signs apart: every number of a telephone stands in one."""
    zones: list[tuple[int, int]] = []
    for four in _FOUR_DIGITS.finditer(folded.translate(_DIGITS)):
        start, end = four.span()
        if zones and start <= zones[-1][1]:
            start = zones.pop()[0]
        zones.append((start, end + _TAIL))
    return zones


def _within(zones: list[tuple[int, int]], pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for start, end in zones:
        yield from pattern.finditer(text, start, end)


def replaced(text: str, found: Iterable[tuple[int, int, str]]) -> str:
    """The text with spans replaced, given in order as start, end and what takes their place."""
    pieces: list[str] = []
    position = 0
    for start, end, instead in found:
        pieces += [text[position:start], instead]
        position = end
    return "".join(pieces) + text[position:] if pieces else text


def _state_phone(found: re.Match[str]) -> str:
    text, (start, end) = found.string, found.span()
    before = text[max(0, start - 60) : start]
    if _NOT_PHONE_AFTER.match(text, end) or (_NOT_PHONE_BEFORE.search(before) and not _PHONE_WORD.search(before)):
        return found.group()
    led = "-" in found.group() or _STATE_BEFORE.search(before) or _STATE_AFTER.match(text, end)
    return PHONE if led or (before.endswith("(") and text[end : end + 1] == ")") else found.group()


def _short_phone(found: re.Match[str]) -> str:
    text, (start, end) = found.string, found.span()
    window = max(0, start - 80)
    labelled = _SHORT_LABEL.search(text, window, start)
    if not labelled and "-" in found.group():  # of the others a switchboard's number is told by its hyphen
        labelled = _SHORT_BESIDE.search(text, window, start)
    return PHONE if labelled and not _NOT_PHONE_AFTER.match(text, end) else found.group()


def _is_phone(text: str, start: int, end: int) -> bool:
    raw = text[start:end].replace("＋", "+")
    before = text[max(0, start - 24) : start]
    after = text[end : end + 14]
    digits = sum(character.isdigit() for character in raw)
    international = raw.startswith("+") or raw.startswith("00") or re.match(r"\(\+|\(00[1-9]", raw) is not None
    beside = _BESIDE_CONTACT.search(text, max(0, start - 100), start)
    labelled = (_PHONE_WORD.search(before) or beside) is not None
    if (_DATE.match(raw) and not _FR_PAIRS.match(raw) and not _LU_DOTS.match(raw)) or digits > 15:
        return False
    if not international and (_NOT_PHONE_AFTER.match(after) or (not labelled and _NOT_PHONE_BEFORE.search(before))):
        return False
    if labelled and digits >= 6:
        return True
    if international:
        return digits >= 8
    code = _COUNTRY_CODE.match(raw if raw.startswith("(") or start == 0 or text[start - 1] != "(" else "(" + raw)
    if code and (code["bare"] or code["code"] == "352"):
        return _LU_PAIRS.match(code["rest"].strip()) is not None
    if code:
        return digits >= 9 and _parses(f"+{code['code']} {code['rest']}", "LU")
    if _THOUSANDS.match(raw.strip()) and not raw.startswith("0"):
        # "621 123 456" is a mobile number in Luxembourg and "100 000" an amount.
        return digits == 9 and raw[:3] in {"621", "661", "671", "691"}
    if _LU_PAIRS.match(raw.strip()):
        return not _counts(raw)
    if digits < 9 or not raw.lstrip("(").startswith("0"):
        return False
    return any(_parses(raw, region) for region in _REGIONS)


def _counts(raw: str) -> bool:
    """Whether pairs of digits are a plain sequence: "35 40 50 60", "26 27 28 29"."""
    numbers = [int(pair) for pair in re.findall(r"\d\d", raw)]
    steps = {after - before for before, after in pairwise(numbers)}
    return min(steps) > 0 and (len(steps) == 1 or all(number % 5 == 0 for number in numbers))


@lru_cache(maxsize=4096)
def _parses(raw: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(raw, region))
    except phonenumbers.NumberParseException:
        return False
