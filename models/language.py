"""Which language a text is written in, and which languages a job asks for.

Belongs here: the vote over function words (``languages.yaml``) and the reading of language requirements. Never here:
places or nationality. Luxembourgish is a language of its own; libraries mostly call it German.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from models.scan import Scanner

LANGUAGES = ("en", "fr", "de", "lb")
_WORD = re.compile(r"[a-zà-öø-ÿ]+")
_HEAD = 4_000  # characters read for the vote; longer texts repeat themselves


class LanguageData(BaseModel):
    """The content of languages.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stopwords: dict[str, tuple[str, ...]]
    lb_marks: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    all_three: tuple[str, ...]
    wish: tuple[str, ...]
    demand: tuple[str, ...]


class _Reader:
    def __init__(self, data: LanguageData) -> None:
        self.votes: dict[str, tuple[str, ...]] = {}
        for language, words in data.stopwords.items():
            for word in words:
                self.votes[word] = (*self.votes.get(word, ()), language)
        self.marks = re.compile("|".join(map(re.escape, data.lb_marks)))
        self.name_of = {name: code for code, names in data.names.items() for name in names}
        self.all_three = re.compile(r"(?<!\w)(?:" + "|".join(data.all_three) + r")(?!\w)")
        self.wish = _any_of(data.wish)
        self.demand = _any_of(data.demand)
        self.names = Scanner(self.name_of)

    @staticmethod
    def may_be_all_three(lower: str) -> bool:
        """A cheap look before the costly patterns: each of them holds one of these."""
        return any(word in lower for word in ("langues", "sprachen", "sproochen", "languages", "triling", "dräisp"))


@lru_cache(maxsize=1)
def _reader() -> _Reader:
    content = yaml.safe_load((Path(__file__).parent / "languages.yaml").read_text(encoding="utf-8"))
    return _Reader(LanguageData(**content))


@lru_cache(maxsize=1)
def function_words() -> frozenset[str]:
    """The function words of all four languages, lower case."""
    return frozenset(_reader().votes)


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(set(phrases), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def vote(lower: str) -> Counter[str]:
    """Votes for each language in lower-cased text: function words, and spellings only Luxembourgish has (twice)."""
    reader = _reader()
    counts: Counter[str] = Counter()
    for word, times in Counter(_WORD.findall(lower)).items():
        languages = reader.votes.get(word)
        if languages:
            # A word that several languages share says less about each.
            for language in languages:
                counts[language] += min(times, 12) * (3 if len(languages) == 1 else 1)
        elif "ë" in word or reader.marks.search(word):
            counts["lb"] += min(times, 4) * (3 if "ë" in word else 1)
    return counts


def detect(lower: str, title: str = "") -> tuple[str, frozenset[str]]:
    """The main language of a text, and all that hold at least a sixth of the votes. ``en`` when nothing votes."""
    counts = vote(lower[:_HEAD])
    if sum(counts.values()) < 12:
        counts += vote(title.lower())
    total = sum(counts.values())
    if not total:
        return "en", frozenset(LANGUAGES)
    main = max(LANGUAGES, key=lambda language: (counts[language], -LANGUAGES.index(language)))
    return main, frozenset(code for code in LANGUAGES if counts[code] * 6 >= total) | {main}


def languages_required(lower: str) -> list[str]:
    """Languages the holder must have, of EN, FR, DE, LB, in this order. Wishes ("an asset") do not count.

    ``lower`` is lower-cased normal text. A language counts if its name stands in a clause with a word of demand and
    without a word of wish; the three administrative languages count as French, German and Luxembourgish.
    """
    reader = _reader()
    found: set[str] = set()
    for match in reader.all_three.finditer(lower) if reader.may_be_all_three(lower) else ():
        clause, _ = _clause(lower, match.start(), match.end())
        if not reader.wish.search(clause):
            found |= {"FR", "DE", "LB"}
    for code, start, end in reader.names(lower):
        if code in found or _is_adjective(lower[start:end], lower, start, end):
            continue
        clause, offset = _clause(lower, start, end)
        if reader.demand.search(clause) and not reader.wish.search(_nearest(clause, start - offset)):
            found.add(code)
    return [code for code in ("EN", "FR", "DE", "LB") if code in found]


_STOP = re.compile(r"[.;\n!?]")
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


def _clause(lower: str, start: int, end: int) -> tuple[str, int]:
    left = lower[max(0, start - 140) : start]
    right = lower[end : end + 140]
    cut = max((m.end() for m in _STOP.finditer(left)), default=0)
    stop = _STOP.search(right)
    begin = max(0, start - 140) + cut
    return lower[begin : end + (stop.start() if stop else len(right))], begin


def _nearest(clause: str, position: int) -> str:
    """The part of the clause around a position, cut where a contrast begins ("French required, English is a plus")."""
    begin, finish = 0, len(clause)
    for match in _PART.finditer(clause):
        if match.start() < position:
            begin = match.start()
        else:
            finish = min(finish, match.start())
    return clause[begin:finish]
