"""Takes people out of texts before anything is written: e-mail addresses, telephone numbers, names of contacts.

Belongs here: what a contact looks like, in English, French, German and Luxembourgish. Never here: employers, tools,
laws and places, which stay. ``scrub_text`` is pure and idempotent, and takes time in proportion to the text: every
pattern is bounded, and the costly steps run only around their triggers (an @, a run of digits, a label).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

import phonenumbers
import yaml

from models.person_names import (
    LOWER,
    NAME,
    NEXT,
    TITLED,
    UPPER,
    WORD,
    Span,
    given_names,
    inverted_length,
    lower_length,
    name_length,
    other_before,
    others,
)
from models.scan import Tables, fold

EMAIL, PHONE, CONTACT = "[email]", "[phone]", "[contact]"
_REGIONS = ("LU", "FR", "DE", "BE")

# Where a label lost the space before it: "26 12 34 56Mail:".
_NEXT_LABEL = r"(?=(?-i:(?:E-?)?[Mm]ail|T[ée]l|Fax|GSM|Mobil|Phone))"

# --- e-mail ---------------------------------------------------------------------------------------------------------
# The sign between name and domain, plain or disguised; the name is read backwards from it, the domain forwards.
_UNSEEN = "\u200b-\u200d\u2060\ufeff\u00ad"  # zero-width characters and the soft hyphen
_GAP = rf"[ \u00a0{_UNSEEN}]{{0,3}}\n?[ {_UNSEEN}]{{0,3}}"
_KNOWN_DOMAIN = r"[ ]?(?:[\w-]{1,60}\.){1,4}(?:lu|com|org|net|eu|fr|de|be|nl|uk|ch|at|it|es|pt|ie|io|ai|info)"
_KNOWN_DOMAIN = rf"{_KNOWN_DOMAIN}(?:(?!\w)|{_NEXT_LABEL})"
_AT = re.compile(
    rf"@|＠|[\[({{<][ ]{{0,2}}(?:at|arobase|ät|@)[ ]{{0,2}}[\])}}>]|(?<=\w )(?-i:AT|ÄT)(?= \w)"
    rf"|(?<=\w)\(a\)(?=\w)|[_-]at[_-](?={_KNOWN_DOMAIN})|&#64;|&commat;|%40",
    re.IGNORECASE,
)
_AT_STARTS = ("@", "＠", "[", "(", "{", "<", "&", "%", "_at_", "-at-")  # and the word AT
_LOCAL = re.compile(
    rf"(?:(?:mailto:)?[\w.+%'{_UNSEEN}-]{{1,64}}|\"[\w.+'-]{{1,30}}(?:[ ][\w.+'-]{{1,30}}){{0,2}}\"){_GAP}$"
)
_DOMAIN = re.compile(
    rf"{_GAP}[\w{_UNSEEN}-]{{1,63}}(?:(?:[{_UNSEEN}]?\.[{_UNSEEN}]?"
    r"|[ ]{0,2}[\[({<][ ]{0,2}(?:dot|point|punkt|\.)[ ]{0,2}[\])}>][ ]{0,2}|[ ](?:DOT|PUNKT|POINT)[ ])"
    r"[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)
# "jean.dupont at firm.lu": a plain "at" counts only between a name with a dot and a known ending.
_PLAIN_AT = re.compile(rf"(?<=\w )at(?={_KNOWN_DOMAIN})")
_DOTTED_LOCAL = re.compile(r"(?<![\w.])[^\W\d_][^\W\d_]{0,40}(?:[._-][^\W\d_]{1,40}){1,3}[ ]$")
# Written out in words: "jean dot dupont at firm dot lu". "at" alone is an everyday word, so the ending must be known.
_SPOKEN_LOCAL = re.compile(r"(?:[\w.+%'-]{1,40}[ ](?:dot|point|punkt)[ ]){0,3}[\w.+%'-]{1,40}[ ]$", re.IGNORECASE)
_SPOKEN_AT = re.compile(r"(?<=\w )(?:at|AT|At|ät|arobase)(?= \w)")
_SPOKEN_DOMAIN = re.compile(
    r"[ ][\w-]{1,63}(?:[ ](?:dot|point|punkt)[ ][\w-]{1,63}){0,3}[ ]"
    r"(?:(?:dot|point|punkt)[ ](?:lu|com|org|net|eu|fr|de)|dot[ ](?:be|nl|uk|ch|at|it|es|pt|ie|io|ai|info|biz))"
    rf"(?:(?!\w)|{_NEXT_LABEL})"
    r"|(?<=arobase)[ ][\w-]{1,63}(?:[ ]point[ ][\w-]{1,63}){0,3}[ ]point[ ][a-z]{2,5}(?!\w)",
    re.IGNORECASE,
)
_SPOKEN_REACH = 270  # characters from the word "at" to the last "dot" of the domain, at most
_PROFILE = re.compile(
    r"(?:https?://)?(?:[\w-]{1,12}\.)?(?:linkedin\.com/(?:in|pub)|xing\.com/profile)/[\w%./~-]{0,120}[\w%/]"
)
_CHAT = re.compile(
    r"(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?(?:[\w=%]{1,40}&){0,5}phone=)(?:\+|%2B|00)?\d{6,15}"
    r"(?:[?&/][\w%=&.+~-]{0,300})?",
    re.IGNORECASE,
)
_SKYPE = re.compile(
    r"(?i:(?<!\w)skype)(?:[ ]?(?i:id|name|user|handle|address)[ ]?:?|[ ]?:(?=[ ]?[\w-]{0,40}[.:_\d]\w))[ ]{0,2}"
    r"(?P<id>(?:live:)?[A-Za-z][\w.:-]{2,40}\w)"
)

# --- telephone ------------------------------------------------------------------------------------------------------
# On the folded text, with 0 for a digit (or anything of another alphabet, which may be one) and a blank for all else.
_DIGITS = bytes(0x30 if code in b"0123456789\x80" else 0x20 for code in range(256))
_FOUR_DIGITS = re.compile(rb"0(?: {0,3}0){3}")
_TAIL = 24  # up to three more digits can follow the last group of four, and what tells what they are
_DIGIT_RUN = re.compile(rf"\d(?:[ \u00a0\u202f./()–-]{{0,3}}\d){{5,16}}(?:(?![\w%€$£])|{_NEXT_LABEL})")
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
    rf"(?:(?![\w%€])|{_NEXT_LABEL})\)?",
    re.IGNORECASE,
)
# Short numbers (a switchboard's "4796-1") are telephones only straight after a label.
_SHORT_RUN = re.compile(rf"\d(?:(?:[ \u00a0./-]|[ ]-[ ])?\d){{3,6}}(?:(?![\w%€$£]|[ .,/-]\d)|{_NEXT_LABEL})")
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

# --- names ----------------------------------------------------------------------------------------------------------
# What may stand between a label and a name: signs and tags, what the contact is for, a verb, an article.
_SIGN = r"(?:[ \t\u00a0]|&nbsp;|</?[A-Za-z][^<>\n]{0,60}>|[*_|:;–—>-])"
_GAP_TO_NAME = (
    r"(?:[/*:_]-?in(?!\w))?(?:[ ]?\([^()\n]{0,30}\))?"
    r"(?:[ ](?:für|fir|for|pour|zu|bei|im|in|of|du|de la|HR|RH)[ ][^\n:.]{1,40}(?=:))?"
    rf"{_SIGN}{{0,10}}(?:\n{{1,2}}{_SIGN}{{0,10}}(?:(?:Nom|Name|Numm)[ ]?:[ ]?)?)?"
    r"(?:(?i:is|est|ist|ass|ihnen|dir|iech)[ ])?(?:(?:(?<=ass )|(?<=un ))de[ ]|de[nmr][ ]|d['’])?[*_]{0,2}"
)
_AFTER_LABEL = re.compile(_GAP_TO_NAME)
# The same as an object of its own, by which the labels of people are told.
_AFTER_PERSON = re.compile(rf"(?:){_GAP_TO_NAME}")
_AFTER_CLOSING = re.compile(r"[,.!]?[ ]{0,3}\n{1,3}[ ]{0,3}[*_]{0,2}")
_NAMED = re.compile(rf"(?P<name>(?:{TITLED})?{NAME})")
_AFTER_TITLE = re.compile(rf"(?P<name>{TITLED}{NAME})")
# A label that lost the space before it: "PythonContact: Marie Exemple".
_GLUED = ("Contact", "Kontakt", "Ansprechpartner", "Recruiter", "Recruteur", "Interlocut", "Uspriechpartner")
_GLUED_LABEL = re.compile(rf"(?<=[{LOWER}])(?:{'|'.join(_GLUED)})(?:in|rice|eur|euse|person|persoun)?(?=[ ]?:)")
# A name that leads to a telephone or an address: "Marie Exemple (HR) will be glad to help: [email]".
# A word that lost its space goes too ("IhnenMarie Exemple unter [phone]"), so that what remains has whole words.
_BEFORE_MARK = re.compile(
    rf"(?<!\w)(?P<name>(?:{TITLED}|[{UPPER}]?[{LOWER}]{{2,20}}(?=[{UPPER}]))?{WORD}(?:{NEXT}){{1,3}}|{TITLED}{WORD}"
    rf"|[{UPPER}]\.[ ]?(?:[{UPPER}]\.[ ]?)?{WORD})"
    r"(?P<link>[ ]?(?:\([^()\n\[\]]{0,40}\))?[ ]?(?:[,:;–|/-]|\[(?:email|phone)\]"
    r"|(?i:(?:tel|tél|telefon|phone|e-?mail|mail|mobile|gsm|t|m)\b\.?)"
    r"|(?i:(?:vous|will|is|would|répond|renseigne|renseignera|répondra|reste|se tient|be|glad|happy|pleased|to|help"
    r"|answer"
    r"|your|questions?|à|votre|disposition|au|ou|l'adresse|numéro|unter|steht|ihnen|gerne|hilft|beantwortet|ihre|fragen"
    r"|zur|verfügung|und|freut|sich|auf|erreichen|per|or|on|at|by|via|and|et|für|fir|pour|äntwert|iech|gär|hëlleft|ënner"
    r"|op|är|froen|steet|zur|a|dir|dech|der|nummer|adress|sur|par|courriel|le|the|number|unterlagen|bewerbung|weider"
    r"|them|weiter)\b)"
    r"|[ ]){1,24}$)"
)
_MARK = re.compile(r"\[(?:email|phone)\]")
_THROUGH = re.compile(r"(?<!\w)(?i:via|through|chez|über)[ ]$")  # what follows is a firm or a site
# The line of an office, between the line of a name and those of its addresses.
_OFFICE = re.compile(
    r"(?<!\w)(?:hr|rh|human|people|talent|recru|personal|manager|direct|direkt|leit|chef|head|respons|charg|referent"
    r"|assistant|officer|lead|secr|sekr|gestionnaire|geschäftsf|partner)",
    re.IGNORECASE,
)
_LINES_ABOVE = 3
_LONGEST_LINE = 80


class _Triggers:
    """Where a name may follow: labels, closings of a letter, forms of address; and what is never a name."""

    def __init__(self) -> None:
        data = yaml.safe_load((Path(__file__).parent / "contacts.yaml").read_text(encoding="utf-8"))
        table: dict[str, re.Pattern[str]] = {title: _AFTER_TITLE for title in data["titles"]}
        table |= {closing.lower(): _AFTER_CLOSING for closing in data["closings"]}
        table |= {label.lower(): _AFTER_LABEL for label in data["labels"]}
        table |= {label.lower(): _AFTER_PERSON for label in data["person_labels"]}
        spoken = (("at", "arobase", "ät"), ("dot", "point", "punkt"), ("skype*",))
        self.scan = Tables(table, *map(dict.fromkeys, spoken))


@lru_cache(maxsize=1)
def _triggers() -> _Triggers:
    return _Triggers()


# A name taken out may have hidden a telephone ("ID Marie: 26 12 34 56"), which a second look finds.
_PASSES = 4


def scrub_text(text: str) -> str:
    """The text without contacts: e-mails become ``[email]``, telephones ``[phone]``, names of contacts ``[contact]``.

    Salaries, dates, years, reference numbers, laws, IBANs and NACE codes stay, as do companies, tools and places.
    Scrubbing a scrubbed text changes nothing.
    """
    for _ in range(_PASSES):
        view = _View(text)
        plain = _EXTENSION.sub(PHONE, _scrub_phones(_scrub_profiles(_scrub_emails(text, view), view), view))
        named = _scrub_names(plain, view.of(plain))
        if named == plain:
            return named
        text = named
    return text


class _View:
    """A text as the steps look at it, made once as long as nothing is taken out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        self.names, ats, dots, self.skype = _triggers().scan(text, self.folded)
        # What " at " and " dot " say in words is looked at only where the second follows the first.
        self.ats = [start for _, start, _ in ats]
        self.spoken = (
            [at for at in self.ats if any(at < dot <= at + _SPOKEN_REACH for _, dot, _ in dots)] if dots else []
        )

    def of(self, text: str) -> _View:
        """The view of a text that may have changed since."""
        return self if text == self.text else _View(text)


def _scrub_emails(text: str, view: _View) -> str:
    if view.spoken:
        spoken = (sign for start in view.spoken if (sign := _SPOKEN_AT.match(text, start)))
        text = _replace_addresses(text, spoken, _SPOKEN_LOCAL, _SPOKEN_DOMAIN)
    if view.ats:
        plain = [sign for start in view.of(text).ats if (sign := _PLAIN_AT.match(text, start))]
        text = _replace_addresses(text, plain, _DOTTED_LOCAL, _DOMAIN)
    return _replace_addresses(text, _signs(text, view.of(text)), _LOCAL, _DOMAIN)


def _signs(text: str, view: _View) -> Iterator[re.Match[str]]:
    """The matches of ``_AT``. As a whole it is slow, so it is tried only where one of its first characters stands."""
    starts = sorted([position for sign in _AT_STARTS for position in _positions(text, sign)] + view.ats)
    after = 0
    for start in starts:
        if start >= after and (sign := _AT.match(text, start)):
            after = sign.end()
            yield sign


def _positions(text: str, part: str) -> Iterator[int]:
    position = text.find(part)
    while position >= 0:
        yield position
        position = text.find(part, position + 1)


def _replace_addresses(
    text: str, signs: Iterable[re.Match[str]], before: re.Pattern[str], after: re.Pattern[str]
) -> str:
    pieces: list[str] = []
    position = 0
    for sign in signs:
        if sign.start() < position:
            continue
        domain = after.match(text, sign.end())
        local = before.search(text, max(position, sign.start() - 76), sign.start()) if domain else None
        if local and domain:
            pieces += [text[position : local.start()], EMAIL]
            position = domain.end()
    return "".join(pieces) + text[position:] if pieces else text


def _scrub_profiles(text: str, view: _View) -> str:
    folded = view.folded  # of the text before e-mails went; what is looked for here is in both
    if b"linkedin com " in folded or b"xing com " in folded:
        text = _PROFILE.sub(CONTACT, text)
    if b"whatsapp com " in folded or b"wa me " in folded:
        text = _CHAT.sub(PHONE, text)
    if view.skype:
        text = _SKYPE.sub(lambda found: found.group()[: found.start("id") - found.start()] + CONTACT, text)
    return text


def _scrub_phones(text: str, view: _View) -> str:
    if "247" in text:
        text = _STATE.sub(_state_phone, text)
    zones = _digit_zones(view.folded if text == view.text else fold(text))
    short = _replaced(text, ((*found.span(), _short_phone(found)) for found in _within(zones, _SHORT_RUN, text)))
    return _replaced(short, _long_phones(short, zones if short == text else _digit_zones(fold(short))))


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


def _replaced(text: str, found: Iterable[tuple[int, int, str]]) -> str:
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


def _scrub_names(text: str, view: _View) -> str:
    found: list[tuple[int, int]] = []
    for pattern, start, end in chain(view.names, _glued_labels(text)):
        found += _names_after(text, pattern, start, end)
    for mark in _MARK.finditer(text):
        found += _names_before(text, mark.start())
    if not found:
        return text
    # Overlapping finds ("Contact: Mme Marie Exemple" is found by the label and by "Mme") become one.
    found.sort()
    merged = [found[0]]
    for start, end in found[1:]:
        if start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return _replaced(text, ((start, end, CONTACT) for start, end in merged))


def _glued_labels(text: str) -> Iterator[tuple[re.Pattern[str], int, int]]:
    if any(label in text for label in _GLUED):
        for label in _GLUED_LABEL.finditer(text):
            yield _AFTER_PERSON, *label.span()


def _names_after(text: str, trigger: re.Pattern[str], start: int, end: int) -> list[Span]:
    """The names that follow a label or a closing, or stand at a form of address."""
    if trigger is _AFTER_TITLE:
        match = trigger.match(text, start)
        length = name_length(match, alone=False) if match else 0
    else:
        gap = trigger.match(text, end)
        if gap is None or not gap.group():
            return []
        start = gap.end()
        sure = trigger is _AFTER_CLOSING or (trigger is _AFTER_PERSON and any(sign in gap.group() for sign in ":;|>\t"))
        match = _NAMED.match(text, start)
        length = (
            inverted_length(text, start, sure=sure)
            or (name_length(match, sure=sure) if match else 0)
            or lower_length(text, start, sure=sure)
        )
    return [(start, start + length), *others(text, start + length)] if length else []


def _names_before(text: str, mark: int) -> list[Span]:
    """The names that lead to a telephone or an address: on its line, or on a line of their own above."""
    window = max(0, mark - 120)
    window = max(window, text.rfind("\n", window, mark) + 1)
    match = _BEFORE_MARK.search(text, window, mark)
    found: list[Span] = []
    if match is not None and not _is_through(text, match.start()) and name_length(match) == len(match["name"]):
        found.append(match.span("name"))
    found += [span for span in given_names(text, window, mark) if not _is_through(text, span[0])]
    joined = [other for start, _ in found for other in other_before(text, window, start)]
    return found + joined + _names_above(text, window)


def _is_through(text: str, start: int) -> bool:
    return _THROUGH.search(text, max(0, start - 9), start) is not None


def _names_above(text: str, start: int) -> list[Span]:
    """The names on a line of their own above the line at ``start``, at most an office and two more lines apart."""
    office = False
    for _ in range(_LINES_ABOVE):
        end = start - 1
        start = text.rfind("\n", max(0, end - _LONGEST_LINE), end) + 1 if end > 0 else 0
        line = text[start:end].strip() if end > 0 else ""
        if not line or (start == 0 and end > _LONGEST_LINE):
            return []
        names = _names_only(line, text.index(line, start), sure=office)
        if names:
            return names
        office = office or _OFFICE.search(line) is not None
    return []


def _names_only(line: str, start: int, *, sure: bool) -> list[Span]:
    """The names that a line is made of, as spans from ``start`` on; none if anything else stands there."""
    match = _NAMED.match(line)
    length = (name_length(match) if match else 0) or lower_length(line, 0, sure=sure)
    length = inverted_length(line, 0, sure=sure) or length
    names = [(0, length), *others(line, length)] if length else []
    if not names or names[-1][1] < len(line) or not (sure or any(given_names(line, 0, len(line)))):
        return []
    return [(start + first, start + last) for first, last in names]
