"""What the name of a person looks like beside a label, a form of address, a telephone or an address.

Belongs here: the grammar of names and the words that are none; where a name ends. Never here: the places to look
(scrub.py). Every pattern is bounded, so reading a name takes time in proportion to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.language import function_words

Span = tuple[int, int]

_LETTERS = [chr(code) for block in (range(0x41, 0x530), range(0x1E00, 0x2000)) for code in block]  # Latin to Cyrillic
UPPER = "".join(letter for letter in _LETTERS if letter.isupper())
LOWER = "".join(letter for letter in _LETTERS if letter.islower()) + "\u0300-\u036f"
_S = r"[ \u00a0]"
# A word ends at its end, or where a label lost its space: "WeberTel:".
_END = r"(?:(?!\w)|(?=(?:T[ée]l|Phone|E-?[Mm]ail|Mail|Fax|GSM|Mobil)))"
WORD = (
    rf"(?:(?:(?:Ma?c|De|Di|La|Le|Van)?[{UPPER}][{LOWER}]{{1,24}}|[{UPPER}]{{2,25}})"
    rf"(?:[-'’][{UPPER}]?[{LOWER}{UPPER}]{{1,24}}){{0,2}}"
    rf"|[d{UPPER}]['’][{UPPER}](?:[{LOWER}]{{1,24}}|[{UPPER}]{{1,24}})){_END}"
)
PARTICLES = frozenset([
    "de", "da", "do", "dos", "das", "del", "della", "di", "lo", "van", "von", "vom", "zu", "zur", "der", "den", "la",
    "le", "du", "des", "el", "al", "ter", "ten", "vander", "ben", "bin",
])  # fmt: skip
_PARTICLE = rf"(?:{'|'.join(sorted(PARTICLES))})"
TITLED = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Mme|Mlle|M|Monsieur|Madame|Mademoiselle|Herrn?|Frau|Här|Hären|Madamm|Joffer|Dr|Prof|Ing"
    rf"|Me|Maître)\b\.?{_S}{{1,2}}){{1,3}}"
)
NEXT = rf"{_S}{{1,3}}(?:{_PARTICLE}{_S}){{0,2}}(?:{WORD}|[{UPPER}]\.?(?={_S}))"
NAME = rf"(?:[{UPPER}]\.[ -]?){{0,2}}(?:{_PARTICLE}{_S}){{0,2}}{WORD}(?:{NEXT}){{0,4}}"
# "Weber, Marie": the name of the family first.
_INVERTED = re.compile(
    rf"(?:{_PARTICLE}{_S}){{0,2}}{WORD}(?P<second>{NEXT})?,{_S}{{1,2}}(?P<given>{WORD})(?P<more>{_S}(?:{_PARTICLE}{_S}){{0,2}}{WORD})?"
)
_LOWER_WORD = rf"(?:[{LOWER}]['’])?[{LOWER}]{{2,25}}(?:[-'’][{LOWER}]{{2,25}}){{0,2}}"
_LOWER_NAME = re.compile(rf"(?:{TITLED})?(?P<words>{_LOWER_WORD}(?:{_S}{{1,2}}{_LOWER_WORD}){{1,4}}){_END}")
_LINE_OR_MARK = re.compile(r"[ \t]*(?:$|[\n,;(|<–/]|-[ ]|\[(?:email|phone)\])")
# "Contact: Jean Exemple, Anna Muster and Marie Weber": the others of a list whose first is a name.
_JOIN = rf"(?:{_S}?(?:,{_S})?(?:/|&|(?:and|or|et|ou|und|oder|an|a|resp\.|bzw\.)(?={_S}))|,){_S}?"
_ARTICLE = r"(?:de[nmr]?[ ]|d['’])?"
_ALSO = re.compile(rf"(?P<join>{_JOIN}){_ARTICLE}(?P<name>(?:{TITLED})?{NAME})")
_BEFORE_OTHER = re.compile(rf"(?<![\w@.])(?P<name>(?:{TITLED})?{NAME}){_JOIN}$")
_MOST_OTHERS = 8
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
_CAPITALISED = re.compile(rf"(?<![\w@.])(?P<name>(?:{TITLED})?{NAME})")
_LOWER_TOKEN = re.compile(rf"(?<![\w@.'’-]){_LOWER_WORD}(?![\w@])")


_NAME_PART = re.compile(rf"[{UPPER}]\.-?(?=[{UPPER}])|[^ \u00a0]+")
_ARTICLES = frozenset(["le", "la", "der", "den", "du", "des"])


class NameData(BaseModel):
    """What contacts.yaml says of names."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    titles: frozenset[str]
    weak_titles: frozenset[str]
    not_names: frozenset[str]
    organisations: frozenset[str]
    firms: tuple[str, ...]
    given_names: frozenset[str]
    given_names_and_words: frozenset[str]


class Known:
    """The words that make a name or rule it out, in lower case."""

    def __init__(self, data: NameData) -> None:
        self.titles = frozenset(title.strip(".") for title in data.titles)
        self.weak_titles = data.weak_titles
        self.organisations = frozenset(word.lower() for word in data.organisations)
        self.never_first = frozenset(word.lower() for word in data.not_names) | self.organisations
        self.not_names = self.never_first - PARTICLES
        self.given = data.given_names | data.given_names_and_words
        self.only_given = data.given_names
        self.firms = re.compile(r"(?:" + "|".join(re.escape(firm) for firm in data.firms) + r")(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=1)
def known() -> Known:
    """The words of contacts.yaml."""
    content = read_yaml("contacts.yaml")
    return Known(NameData(**content))


def name_length(match: re.Match[str], *, alone: bool = True, sure: bool = False) -> int:
    """How many characters of the group ``name`` are a person's name with its form of address; 0 if it is none.

    ``alone``: whether one word after a form of address that also begins brands will do. ``sure``: whether one word
    without any will.
    """
    words_known, name = known(), match["name"]
    end = words = 0
    titles: list[str] = []
    given = False
    if words_known.firms.match(match.string, match.start("name")):
        return 0
    for word in _NAME_PART.finditer(name):
        plain = word.group().strip(".,").lower()
        if not words and plain in words_known.titles:
            titles.append(plain)
            continue
        as_written = word.group().strip(",")
        is_initial = len(plain.strip("-.")) == 1 and "." in as_written
        allowed = words or titles or sure or as_written.isupper()
        if not is_initial and plain in (words_known.not_names if allowed else words_known.never_first):
            if plain in words_known.organisations:
                return 0
            break
        # "Monsieur le ..." is followed by an office; and "Kontakt zu ..." by no name.
        if not end and plain in PARTICLES and plain == as_written and (plain in _ARTICLES or not (titles or sure)):
            break
        words += plain not in PARTICLES
        given = given or plain in words_known.only_given
        end = word.end()
    after = match.start("name") + end
    if end == len(name):
        organisation = _ORGANISATION_AFTER.match(match.string, after)
        if organisation and (organisation["word"] is None or organisation["word"].lower() in words_known.organisations):
            return 0
    # One capitalised word alone after "contact" may be anything: a company, a city, a noun.
    if words != 1:
        return end if words >= 2 else 0
    if not titles:
        return end if given or (sure and _LINE_OR_MARK.match(match.string, after)) else 0
    return end if alone or not words_known.weak_titles.issuperset(titles) or _HELPS.match(match.string, after) else 0


def inverted_length(text: str, start: int, *, sure: bool) -> int:
    """The length of "Weber, Marie" at a place; 0 if none. ``sure``: whether any word will do for a given name."""
    found = _INVERTED.match(text, start)
    if found is None:
        return 0
    words = [part.lower() for part in re.findall(r"[^ \u00a0,]+", found.group())]
    if known().not_names.intersection(words) or known().firms.match(found.group()):
        return 0
    if found["second"] and found["more"]:
        return 0  # a list of names
    given = _is_given(found["given"])
    ends = _LINE_OR_MARK.match(text, found.end()) is not None
    return found.end() - start if given or (sure and ends and found["more"] is None) else 0


def lower_length(text: str, start: int, *, sure: bool) -> int:
    """The length of a name in lower case at a place; 0 if none. ``sure``: whether any words will do, up to a sign."""
    found = _LOWER_NAME.match(text, start)
    if found is None:
        return 0
    first, words = found.start("words"), 0
    end = first
    for word in re.finditer(r"[^ \u00a0]+", found["words"]):
        plain = word.group()
        if plain in PARTICLES and words:
            continue
        if _is_word(plain):
            break
        words, end = words + 1, first + word.end()
    if words < 2:
        return 0
    given = _is_given(found["words"].split()[0], lower=True)
    if not given and not (sure and _LINE_OR_MARK.match(text, end)):
        return 0
    return end - start


def _is_given(word: str, *, lower: bool = False) -> bool:
    """Whether a word, or its part before a hyphen, is a given name; in lower case it may be no other word."""
    given = known().only_given if lower else known().given
    return not given.isdisjoint((word.lower(), word.lower().split("-")[0]))


def _is_word(plain: str) -> bool:
    """Whether a word in lower case says that no name stands here."""
    return plain in known().not_names or (plain in function_words() and plain not in PARTICLES)


def others(text: str, end: int) -> list[Span]:
    """The further names of a list whose first name ends at ``end``."""
    found: list[Span] = []
    while len(found) < _MOST_OTHERS and (match := _ALSO.match(text, end)):
        # Behind a comma alone may stand an office or a town: two words at least, or a form of address.
        length = name_length(match, sure=False)
        if not length:
            break
        found.append((match.start("name"), match.start("name") + length))
        end = found[-1][1]
    return found


def other_before(text: str, window: int, start: int) -> list[Span]:
    """The name before the one at ``start``, if the two are joined."""
    match = _BEFORE_OTHER.search(text, max(window, start - 60), start)
    length = name_length(match) if match else 0
    return [(match.start("name"), match.start("name") + length)] if match and length == len(match["name"]) else []


_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def given_names(text: str, start: int, end: int) -> Iterator[Span]:
    """The names in a stretch of text that hold a known given name, and at least one word more."""
    words = _WORDS.findall(text[start:end].lower())
    if known().given.isdisjoint(words) and known().given.isdisjoint(word.split("-")[0] for word in words):
        return
    for match in _CAPITALISED.finditer(text, start, end):
        length = name_length(match)
        parts = [word.strip(".,") for word in match["name"][:length].split()]
        if len(parts) > 1 and any(map(_is_given, parts)):
            yield match.start("name"), match.start("name") + length
    for token in _LOWER_TOKEN.finditer(text, start, end):
        if _is_given(token.group(), lower=True) and (length := lower_length(text, token.start(), sure=False)):
            yield token.start(), token.start() + length
