"""Takes people out of texts before anything is written: e-mail addresses, telephone numbers, names of contacts.

Belongs here: what a contact looks like, in English, French, German and Luxembourgish. Never here: employers, tools,
laws and places, which stay. ``scrub_text`` is pure and idempotent, and takes time in proportion to the text: every
pattern is bounded, and the costly steps run only around their triggers (an @, a run of digits, a label).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from models.data import read_yaml
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
from models.telephones import NEXT_LABEL, PHONE, replaced, scrub_phones

EMAIL, CONTACT = "[email]", "[contact]"

# --- e-mail ---------------------------------------------------------------------------------------------------------
# The sign between name and domain, plain or disguised; the name is read backwards from it, the domain forwards.
_UNSEEN = "\u200b-\u200d\u2060\ufeff\u00ad"  # zero-width characters and the soft hyphen
_GAP = rf"[ \u00a0{_UNSEEN}]{{0,3}}\n?[ {_UNSEEN}]{{0,3}}"
_KNOWN_DOMAIN = r"[ ]?(?:[\w-]{1,60}\.){1,4}(?:lu|com|org|net|eu|fr|de|be|nl|uk|ch|at|it|es|pt|ie|io|ai|info)"
_KNOWN_DOMAIN = rf"{_KNOWN_DOMAIN}(?:(?!\w)|{NEXT_LABEL})"
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
    rf"(?:(?!\w)|{NEXT_LABEL})"
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
        data = read_yaml("contacts.yaml")
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
        plain = scrub_phones(_scrub_profiles(_scrub_emails(text, view), view), view.text, view.folded)
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
    return replaced(text, ((start, end, CONTACT) for start, end in merged))


def _glued_labels(text: str) -> Iterator[tuple[re.Pattern[str], int, int]]:
    # Looked for one by one: the pattern with its look-behind is tried at every character.
    for start in (start for label in _GLUED for start in _positions(text, label)):
        if label := _GLUED_LABEL.match(text, start):
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
