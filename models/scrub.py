"""Takes people out of texts before anything is written: e-mail addresses, telephone numbers, names of contacts.

Belongs here: what a contact looks like, in English, French, German and Luxembourgish. Never here: employers, tools,
laws and places, which stay. ``scrub_text`` is pure and idempotent, and takes time in proportion to the text: every
pattern is bounded, and the costly steps run only around their triggers (an @, a run of digits, a label).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import phonenumbers
import yaml

from models.scan import Tables, fold

EMAIL, PHONE, CONTACT = "[email]", "[phone]", "[contact]"
_REGIONS = ("LU", "FR", "DE", "BE")

# --- e-mail ---------------------------------------------------------------------------------------------------------
# The sign between name and domain, plain or disguised; the name is read backwards from it, the domain forwards.
_UNSEEN = "\u200b-\u200d\u2060\ufeff\u00ad"  # zero-width characters and the soft hyphen
_GAP = rf"[ \u00a0{_UNSEEN}]{{0,3}}\n?[ {_UNSEEN}]{{0,3}}"
_AT = re.compile(
    r"@|＠|[\[({<][ ]{0,2}(?:at|arobase|ät|@)[ ]{0,2}[\])}>]|(?<=\w )(?-i:AT)(?= \w)|&#64;|&commat;|%40",
    re.IGNORECASE,
)
_AT_STARTS = ("@", "＠", "[", "(", "{", "<", "&", "%")  # and the word AT
_LOCAL = re.compile(
    rf"(?:(?:mailto:)?[\w.+%'{_UNSEEN}-]{{1,64}}|\"[\w.+'-]{{1,30}}(?:[ ][\w.+'-]{{1,30}}){{0,2}}\"){_GAP}$"
)
_DOMAIN = re.compile(
    rf"{_GAP}[\w{_UNSEEN}-]{{1,63}}(?:(?:[{_UNSEEN}]?\.[{_UNSEEN}]?"
    r"|[ ]{0,2}[\[({<][ ]{0,2}(?:dot|point|punkt|\.)[ ]{0,2}[\])}>][ ]{0,2}|[ ](?:DOT|PUNKT|POINT)[ ])"
    r"[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)
# Written out in words: "jean dot dupont at firm dot lu". "at" alone is an everyday word, so the ending must be known.
_SPOKEN_LOCAL = re.compile(r"(?:[\w.+%'-]{1,40}[ ](?:dot|point|punkt)[ ]){0,3}[\w.+%'-]{1,40}[ ]$", re.IGNORECASE)
_SPOKEN_AT = re.compile(r"(?<=\w )(?:at|AT|At|ät|arobase)(?= \w)")
_SPOKEN_DOMAIN = re.compile(
    r"[ ][\w-]{1,63}(?:[ ](?:dot|point|punkt)[ ][\w-]{1,63}){0,3}[ ]"
    r"(?:(?:dot|point|punkt)[ ](?:lu|com|org|net|eu|fr|de)|dot[ ](?:be|nl|uk|ch|at|it|es|pt|ie|io|ai|info|biz))(?!\w)",
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
_TAIL = 16  # up to three more digits can follow the last group of four, and a sign that tells what they are
_DIGIT_RUN = re.compile(r"\d(?:[ \u00a0\u202f./()–-]{0,3}\d){5,16}(?![\w%€$£])")
_PREFIX = re.compile(r"(?:\(?[+＋][ ]?|\()$")
_PHONE_WORD = re.compile(
    r"(?<!\w)(?:tel|tél|telefon|téléphone|telephone|phone|mobile|mobil|gsm|fax|handy|call|appelez|whatsapp|hotline|ruf\w*|numéro|t|m)"
    r"\s?\.?\s?(?:nr|no|number|:|\(|au|us|sur|under|unter|ënner)?\s?[:.]?\s?(?:\(?\+?\d{0,3}\)?\s?)?$",
    re.IGNORECASE,
)
# Short numbers (a switchboard's "4796-1") are telephones only straight after a label.
_SHORT_RUN = re.compile(r"\d(?:[ \u00a0./-]?\d){3,6}(?![\w%€$£]|[ .,/-]\d)")
_SHORT_LABEL = re.compile(
    r"(?<!\w)(?:t[ée]l\.?[ ]?:?|(?:t[ée]l[ée]phone|telefon|telefoon|phone|fax|gsm|mobile?|hotline|standard)[ ]?:)"
    r"[ ]{0,2}$",
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
_LETTERS = [chr(code) for block in (range(0x41, 0x530), range(0x1E00, 0x2000)) for code in block]  # Latin to Cyrillic
_UPPER = "".join(letter for letter in _LETTERS if letter.isupper())
_LOWER = "".join(letter for letter in _LETTERS if letter.islower()) + "\u0300-\u036f"
_WORD = (
    rf"(?:(?:(?:Ma?c|De|Di|La|Le|Van)?[{_UPPER}][{_LOWER}]{{1,24}}|[{_UPPER}]{{2,25}})"
    rf"(?:[-'’][{_UPPER}]?[{_LOWER}{_UPPER}]{{1,24}}){{0,2}}|(?:[dDlLO]['’])[{_UPPER}][{_LOWER}]{{1,24}})(?!\w)"
)
_PARTICLES = frozenset([
    "de", "da", "do", "dos", "del", "della", "di", "van", "von", "vom", "zu", "zur", "der", "den", "la", "le", "du",
    "des", "el", "al", "ter", "ten", "vander",
])  # fmt: skip
_PARTICLE = rf"(?:{'|'.join(sorted(_PARTICLES))})"


_TITLED = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mme|Mlle|M|Monsieur|Madame|Mademoiselle|Herrn?|Frau|Här|Hären|Madamm|Joffer|Dr|Prof|Ing"
    r"|Me|Maître)\b\.?[ ]{1,2}){1,3}"
)
_NEXT = rf"[ ](?:{_PARTICLE}[ ]){{0,2}}(?:{_WORD}|[{_UPPER}]\.?(?=[ ]))"
_NAME = rf"(?:[{_UPPER}]\.[ ]?){{0,2}}{_WORD}(?:{_NEXT}){{0,3}}"
_AFTER_LABEL = re.compile(
    rf"(?P<gap>[ ]?(?:\([^()\n]{{0,30}}\)[ ]?)?[:–-]?[ ]{{0,3}}\n{{0,2}}[ ]{{0,3}}"
    rf"(?:(?i:is|est|ist|ass)[ ])?(?:(?:(?<=ass )|(?<=un ))de[ ]|de[nm][ ]|d['’])?[*_]{{0,2}})"
    rf"(?P<name>(?:{_TITLED})?{_NAME})"
)
_AFTER_CLOSING = re.compile(rf"(?P<gap>[,.]?[ ]{{0,3}}\n{{1,3}}[ ]{{0,3}})(?P<name>(?:{_TITLED})?{_NAME})")
# A name that leads to a telephone or an address: "Marie Exemple (HR) will be glad to help: [email]".
_MOST_OTHERS = 8
_LISTED = re.compile(rf",[ ](?P<name>(?:{_TITLED})?{_NAME})")
# "Contact: Jean Exemple, Anna Muster and Marie Weber": the others of a list whose first is a name.
_ALSO = re.compile(
    rf"(?P<more>(?:,[ ](?:{_TITLED})?{_NAME}){{0,3}})[ ]?(?:,[ ])?(?:/|&|(?:and|or|et|ou|und|oder|an|a|resp\.)(?=[ ]))"
    rf"[ ]?(?P<name>(?:{_TITLED})?{_NAME})"
)
# A word that lost its space goes too ("IhnenMarie Exemple unter [phone]"), so that what remains has whole words.
_BEFORE_MARK = re.compile(
    rf"(?<!\w)(?P<name>(?:{_TITLED}|[{_UPPER}]?[{_LOWER}]{{2,20}}(?=[{_UPPER}]))?{_WORD}(?:{_NEXT}){{1,3}}|{_TITLED}{_WORD})"
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
_THROUGH = re.compile(r"(?<!\w)(?i:via|through|chez|über)[ ]$")  # what follows is a firm or a site
# What "Dr Weber" does and "Dr. Oetker" does not.
_HELPS = re.compile(
    r"[ ](?:\([^()\n]{0,40}\)[ ])?(?:vous (?:répond|renseign|accueill)|will (?:be (?:glad|happy|pleased)|help|answer)"
    r"|is (?:glad|happy|pleased)|steht (?:Ihnen|dir)|hilft|beantwortet|freut sich|äntwert|hëlleft|steet (?:Iech|dir))"
)
_ORGANISATION_AFTER = re.compile(
    r"(?:[ ]|,[ ])(?:S\.?[ ]?A\.?(?:[ ]?R\.?L\.?|S\.?)?|S\.?[ ]?à[ ]?r\.?[ ]?l\.?|S\.?C\.?[AS]?\.?|GmbH|AG|SE|Ltd|Inc"
    r"|LLC|LLP|B\.?V\.?|N\.?V\.?|a\.?s\.?b\.?l\.?|e\.V\.|& (?:Co|Cie|Partners?|Associates|Associés|Partner))(?!\w)"
    r"|[ ](?P<word>[^\W\d_]{2,25})"
)
_AFTER_TITLE = re.compile(rf"(?P<gap>)(?P<name>{_TITLED}{_NAME})")


class _Triggers:
    """Where a name may follow: labels, closings of a letter, forms of address; and what is never a name."""

    def __init__(self) -> None:
        data = yaml.safe_load((Path(__file__).parent / "contacts.yaml").read_text(encoding="utf-8"))
        table: dict[str, re.Pattern[str]] = {title: _AFTER_TITLE for title in data["titles"]}
        table |= {closing.lower(): _AFTER_CLOSING for closing in data["closings"]}
        table |= {label.lower(): _AFTER_LABEL for label in data["labels"]}
        spoken = (("at", "arobase", "ät"), ("dot", "point", "punkt"), ("skype*",))
        self.scan = Tables(table, *map(dict.fromkeys, spoken))
        self.titles = frozenset(title.strip(".") for title in data["titles"])
        self.weak_titles = frozenset(data["weak_titles"])
        self.organisations = frozenset(word.lower() for word in data["organisations"])
        self.never_first = frozenset(word.lower() for word in data["not_names"]) | self.organisations
        self.not_names = self.never_first - _PARTICLES


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
        plain = _scrub_phones(_scrub_profiles(_scrub_emails(text, view), view), view)
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
    labelled = _SHORT_LABEL.search(text, max(0, start - 16), start)
    return PHONE if labelled and not _NOT_PHONE_AFTER.match(text, end) else found.group()


def _is_phone(text: str, start: int, end: int) -> bool:
    raw = text[start:end].replace("＋", "+")
    before = text[max(0, start - 24) : start]
    after = text[end : end + 14]
    digits = sum(character.isdigit() for character in raw)
    international = raw.startswith("+") or raw.startswith("00") or re.match(r"\(\+|\(00[1-9]", raw) is not None
    labelled = _PHONE_WORD.search(before) is not None
    if (_DATE.match(raw) and not _FR_PAIRS.match(raw)) or digits > 15:
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
    triggers = _triggers()
    found: list[tuple[int, int]] = []
    for pattern, start, end in view.names:
        match = pattern.match(text, start if pattern is _AFTER_TITLE else end)
        if match is None:
            continue
        length = _name_length(match, triggers, alone=pattern is not _AFTER_TITLE)
        if length:
            begin = match.start("name")
            found.append((begin, begin + length))
            if pattern is _AFTER_LABEL:
                found += _others(text, begin + length, triggers)
    for mark in _MARK.finditer(text):
        window = max(0, mark.start() - 120)
        window = max(window, text.rfind("\n", window, mark.start()))
        match = _BEFORE_MARK.search(text, window, mark.start())
        if match is None or _THROUGH.search(text, max(0, match.start() - 9), match.start()):
            continue
        if _name_length(match, triggers) == len(match.group("name")):
            found.append(match.span("name"))
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


def _others(text: str, end: int, triggers: _Triggers) -> list[tuple[int, int]]:
    """The further names of a list whose first name ends at ``end``; none if one of them is no name."""
    found: list[tuple[int, int]] = []
    while len(found) < _MOST_OTHERS and (match := _ALSO.match(text, end)):
        names = [*_LISTED.finditer(text, match.start("more"), match.end("more")), match]
        lengths = [_name_length(name, triggers) for name in names]
        if not all(lengths):
            break
        found += [
            (name.start("name"), name.start("name") + length) for name, length in zip(names, lengths, strict=True)
        ]
        end = found[-1][1]
    return found


def _name_length(match: re.Match[str], triggers: _Triggers, *, alone: bool = True) -> int:
    """How many characters of the match are a person's name with its form of address; 0 if it is none.

    ``alone``: whether one word after a form of address that also begins brands will do.
    """
    name = match.group("name")
    end = words = 0
    titles: list[str] = []
    for word in re.finditer(r"[^ ]+", name):
        plain = word.group().strip(".,").lower()
        if not words and plain in triggers.titles:
            titles.append(plain)
            continue
        if plain in (triggers.not_names if words else triggers.never_first):
            if plain in triggers.organisations:
                return 0
            break
        words += plain not in _PARTICLES
        end = word.end()
    after = match.start("name") + end
    if end == len(name):
        organisation = _ORGANISATION_AFTER.match(match.string, after)
        if organisation and (organisation["word"] is None or organisation["word"].lower() in triggers.organisations):
            return 0
    # One capitalised word alone after "contact" may be anything: a company, a city, a noun.
    if not titles or words != 1:
        return end if words >= 2 else 0
    return end if alone or not triggers.weak_titles.issuperset(titles) or _HELPS.match(match.string, after) else 0
