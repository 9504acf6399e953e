"""Which language a text is written in, and which languages a job asks for.

Belongs here: the vote over function words (``languages.yaml``) and the reading of language requirements. Never here:
places or nationality. Luxembourgish is a language of its own; libraries mostly call it German.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.scan import Scanner, fold

LANGUAGES = ("en", "fr", "de", "lb")
Clue = tuple[Literal["name", "all", "demand", "wish"], str]  # what a phrase says of languages; a name with its code

_HEAD = 4_000  # characters read for the vote; longer texts repeat themselves
# A text longer than this is judged by three samples first; they count with so many function words, and four to one.
_SAMPLED, _SAMPLE, _CLEAR = 1_600, 300, 12
_NO_DIGITS = bytes.maketrans(b"0123456789_", b" " * 11)
_CLAUSE = 140  # characters before and after a name that can belong to its clause


class LanguageData(BaseModel):
    """The content of languages.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stopwords: dict[str, tuple[str, ...]]
    lb_marks: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    all_three: tuple[str, ...]
    other_three: str
    wish: tuple[str, ...]
    demand: tuple[str, ...]


class _Reader:
    def __init__(self, data: LanguageData) -> None:
        self.votes: dict[bytes, tuple[str, ...]] = {}
        for language, words in data.stopwords.items():
            for word in words:
                self.votes[fold(word)] = (*self.votes.get(fold(word), ()), language)
        self.only_in = {word: languages[0] for word, languages in self.votes.items() if len(languages) == 1}
        self.marks = re.compile("|".join(map(re.escape, data.lb_marks)))
        self.other_three = re.compile(data.other_three)
        self.phrases: dict[str, tuple[Clue, ...]] = {}
        for name, code in ((name, code) for code, names in data.names.items() for name in names):
            self._add(name, ("name", code))
        for phrase in data.all_three:
            self._add(phrase, ("all", ""))
        for phrase in data.demand:
            self._add(phrase, ("demand", ""))
        for phrase in data.wish:
            self._add(phrase, ("wish", ""))
        self.weights = lru_cache(maxsize=1 << 16)(self._weights)

    def _add(self, phrase: str, clue: Clue) -> None:
        self.phrases[phrase] = tuple({*self.phrases.get(phrase, ()), clue})

    def _weights(self, word: bytes) -> tuple[tuple[str, int, int], ...]:
        """(language, weight of one occurrence, occurrences that count) of a folded word."""
        languages = self.votes.get(word)
        if languages:
            # A word that several languages share says less about each.
            return tuple((language, 3 if len(languages) == 1 else 1, 12) for language in languages)
        text = word.decode("latin-1")
        if "ë" in text:
            return (("lb", 3, 4),)
        return (("lb", 1, 4),) if self.marks.search(text) else ()


@lru_cache(maxsize=1)
def _reader() -> _Reader:
    content = read_yaml("languages.yaml")
    return _Reader(LanguageData(**content))


@lru_cache(maxsize=1)
def function_words() -> frozenset[str]:
    """The function words of all four languages, lower case."""
    return frozenset(word.decode("latin-1") for word in _reader().votes)


@lru_cache(maxsize=1)
def _scanner() -> Scanner[tuple[Clue, ...]]:
    return Scanner(_reader().phrases)


def clue_phrases() -> Mapping[str, tuple[Clue, ...]]:
    """The phrases whose hits ``required`` reads: names of languages, words of demand, words of wish."""
    return _reader().phrases


def vote(folded: bytes) -> Counter[str]:
    """Votes for each language in a folded text: function words, and spellings only Luxembourgish has (twice)."""
    weights = _reader().weights
    counts = dict.fromkeys(LANGUAGES, 0)
    for word, times in Counter(folded.translate(_NO_DIGITS).split()).items():
        for language, weight, most in weights(word):
            counts[language] += weight * (times if times < most else most)
    return Counter(counts)


def detect(lower: str, title: str = "") -> tuple[str, frozenset[str]]:
    """The main language of a text, and all that hold at least a sixth of the votes. ``en`` when nothing votes."""
    return languages_of(fold(lower[:_HEAD]), title)


def languages_of(folded: bytes, title: str) -> tuple[str, frozenset[str]]:
    """``detect`` on a folded text."""
    counts = vote(folded[:_HEAD])
    if sum(counts.values()) < 12:
        counts += vote(fold(title))
    total = sum(counts.values())
    if not total:
        return "en", frozenset(LANGUAGES)
    return _most(counts), frozenset(code for code in LANGUAGES if counts[code] * 6 >= total) | {_most(counts)}


def main_language(folded: bytes, title: str) -> str:
    """The first of ``languages_of``, from the function words of three samples of the text where these are clear."""
    if len(folded) > _SAMPLED:
        third = min(len(folded), _HEAD) // 3
        language_of, counts = _reader().only_in, dict.fromkeys(LANGUAGES, 0)
        for start in (0, third, 2 * third):
            for word in folded[start : start + _SAMPLE].split():
                if word in language_of:
                    counts[language_of[word]] += 1
        most = max(counts, key=counts.__getitem__)
        if counts[most] >= max(_CLEAR, 4 * (sum(counts.values()) - counts[most])):
            return most
    return languages_of(folded, title)[0]


def _most(counts: Counter[str]) -> str:
    return max(LANGUAGES, key=lambda language: (counts[language], -LANGUAGES.index(language)))


def languages_required(lower: str) -> list[str]:
    """Languages the holder must have, of EN, FR, DE, LB, in this order. Wishes ("an asset") do not count.

    ``lower`` is lower-cased normal text. A language counts if its name stands in a clause with a word of demand and
    without a word of wish; the three administrative languages count as French, German and Luxembourgish.
    """
    return required(lower, _scanner()(lower))


def required(lower: str, hits: Iterable[tuple[tuple[Clue, ...], int, int]]) -> list[str]:
    """``languages_required`` from the hits of ``clue_phrases`` in a text."""
    found: set[str] = set()
    spans: dict[str, list[tuple[str, int, int]]] = {"name": [], "all": [], "demand": [], "wish": []}
    for clues, start, end in hits:
        for kind, code in clues:
            spans[kind].append((code, start, end))
    demands, wishes = spans["demand"], spans["wish"]
    for _, start, end in spans["all"]:
        named_others = _reader().other_three.match(lower, end, end + 80)
        if not named_others and not _any_within(wishes, *_clause(lower, start, end)):
            found |= {"FR", "DE", "LB"}
    for code, start, end in spans["name"]:
        if code in found:
            continue
        begin, finish = _clause(lower, start, end)
        if not _any_within(demands, begin, finish) or _is_adjective(lower[start:end], lower, start, end):
            continue
        if not _any_within(wishes, begin, finish) or not _any_within(wishes, *_nearest(lower, begin, finish, start)):
            found.add(code)
    return [code for code in ("EN", "FR", "DE", "LB") if code in found]


def _any_within(spans: list[tuple[str, int, int]], begin: int, finish: int) -> bool:
    for _, start, end in spans:  # noqa: SIM110 - any() with a generator takes three times as long
        if begin <= start and end <= finish:
            return True
    return False


_STOPS = ".;\n!?"
# Where a contrast begins: "French required, any knowledge of German is a plus".
_PART = re.compile(
    r",? (?:but|mais|aber|while|tandis que|während|mä) "
    r"|, ?(?=(?:(?:la|le|les|toute|une|any|some|every|all|weitere|zusätzliche|andere|eng|eventuell) ?|l'|d')?"
    r"(?:autres? |other |further |additional |bonne |good |gute |basic )?"
    r"(?:connaissance|pratique|maîtrise|langue|notion|knowledge|command|languages|kenntnis|sprachkenntnis|sproochen|kenntnes))"
    r"|, ?(?=\w{5,20} (?:von vorteil|wünschenswert|erwünscht|an asset|a plus|un atout|e virdeel|e plus)\b)"
    r"|[,(](?= ?(?:l'|la |le |any |toute |das |every )?\w{1,20} (?:is|est|ist|ass|would|serait|wäre|constitue|étant)\b)"
)
# "marché luxembourgeois", "luxemburgischer Kontenplan", "German clients": the adjective, not the language.
_FRENCH_BEFORE = re.compile(
    r"(?:(?<!\w)(?:le|du|en|au|et|ou|de|langues?|parlé|écrit|courant|bilingue|trilingue|niveau|and|or|bon|bonne)|[,/:;(•'-]|^)\s*$"
)
_ADJECTIVE_AFTER = re.compile(
    r" (?:law|labou?r|tax|markets?|clients?|gaap|compan\w+|regulat\w+|authorit\w+|accounting|funds?|bank\w*|"
    r"subsidiar\w+|offices?|team|border|culture|government|legislation|nationality|entit\w+|desk|social|civil|commercial|corporate|"
    r"regime|financial|speaking clients)\b"
)
_GERMAN_LANGUAGE_AFTER = re.compile(r" ?(?:und|oder|,|/|sprach|kenntnis|sproochkenn|an |in wort)")


def _is_adjective(name: str, lower: str, start: int, end: int) -> bool:
    if name.startswith(("luxembourgeois", "français", "francais", "allemand", "anglais")):
        return _FRENCH_BEFORE.search(lower, max(0, start - 16), start) is None
    if name.endswith(("ische", "ischen", "utsche", "utschen", "utscher", "ësche", "ëschen")):
        return _GERMAN_LANGUAGE_AFTER.match(lower, end) is None
    return _ADJECTIVE_AFTER.match(lower, end) is not None


def _clause(lower: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause around a span begins and ends."""
    left = max(0, start - _CLAUSE)
    begin = max(left, 1 + max([lower.rfind(stop, left, start) for stop in _STOPS]))
    right = min(len(lower), end + _CLAUSE)
    ends = [position for stop in _STOPS if (position := lower.find(stop, end, right)) >= 0]
    return begin, min(ends, default=right)


def _nearest(lower: str, begin: int, finish: int, position: int) -> tuple[int, int]:
    """The part of a clause around a position, cut where a contrast begins ("French required, English is a plus")."""
    clause, shift = lower[begin:finish], begin
    for match in _PART.finditer(clause):
        if match.start() + shift < position:
            begin = match.start() + shift
        else:
            finish = min(finish, match.start() + shift)
    return begin, finish
