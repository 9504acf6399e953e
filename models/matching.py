"""Finding concepts in text: the prefilter that spares most ads a spaCy document, and the exact matcher.

Belongs here: aliases turned into patterns, word borders, case, longest span wins. Never here: what a mention means.
Both matchers read the same alias table, so what the prefilter lets go the matcher would not have found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from models.scan import Scanner
from models.taxonomy import AliasLanguage, Concept, load_taxonomy, spellings

_TOKEN = re.compile(r"([^\W_]+|[\W_])( ?)")


class RegexTokenizer:
    """Words and single signs, nothing else: six times faster than spaCy's rules, and the same for all languages.

    The text of the document is the input, character by character, so offsets stay true.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Tokenises a text."""
        found = _TOKEN.findall(text)
        return Doc(self.vocab, words=[word for word, _ in found], spaces=[bool(space) for _, space in found])

    def to_disk(self, path: object, **_: object) -> None:
        """Nothing to write: the tokenizer has no state."""

    def from_disk(self, path: object, **_: object) -> RegexTokenizer:
        """Nothing to read."""
        return self

    def to_bytes(self, **_: object) -> bytes:
        """No state."""
        return b""

    def from_bytes(self, _data: bytes, **_: object) -> RegexTokenizer:
        """No state."""
        return self


@dataclass(frozen=True)
class Alias:
    """One way to write a concept."""

    concept: Concept
    text: str
    language: AliasLanguage
    cased: bool
    weak: bool

    @property
    def decisive(self) -> bool:
        """Can make a text an AI text: of a core or tool concept."""
        return self.concept.tier != "adjacent"


@dataclass(frozen=True)
class Hit:
    """An alias found at characters [start, end) of a document."""

    alias: Alias
    start: int
    end: int


@lru_cache(maxsize=1)
def aliases() -> tuple[Alias, ...]:
    """Every alias of the taxonomy in each of its spellings; one that several languages share appears once for each."""
    found = []
    for concept in load_taxonomy():
        weak = set(concept.ambiguous.weak) if concept.ambiguous else set()
        for language, texts in concept.aliases.items():
            for text in texts:
                cased = concept.is_cased(text)
                found += [Alias(concept, form, language, cased, text in weak) for form in spellings(text, language)]
    return tuple(found)


@lru_cache(maxsize=1)
def alias_phrases() -> Mapping[str, tuple[Alias, ...]]:
    """The lower-case phrases to scan for, and the aliases that each may be."""
    table: dict[str, list[Alias]] = {}
    for alias in aliases():
        table.setdefault(alias.text.lower(), []).append(alias)
    return {phrase: tuple(group) for phrase, group in table.items()}


@lru_cache(maxsize=1)
def _scanner() -> Scanner[tuple[Alias, ...]]:
    return Scanner(alias_phrases())


def may_concern_ai(text: str, lower: str) -> bool:
    """Whether a text holds a strong alias, or weak ones of two concepts. False ends the reading: the text is not AI."""
    return concerns_ai(_scanner()(lower), text)


def concerns_ai(hits: Iterable[tuple[tuple[Alias, ...], int, int]], text: str) -> bool:
    """``may_concern_ai`` from the hits of ``alias_phrases`` in a text."""
    weak: set[str] = set()
    for candidates, start, end in hits:
        for alias in candidates:
            if not alias.decisive or (alias.cased and text[start:end] != alias.text):
                continue
            if in_address(text, start, end):
                continue
            if not alias.weak or (alias.concept.ambiguous and alias.concept.ambiguous.scope == "none"):
                return True
            weak.add(alias.concept.id)
            if len(weak) > 1:
                return True
    return False


def in_address(text: str, start: int, end: int) -> bool:
    """Whether a span is a part of an e-mail or web address, or of a domain name ("@ml.etat.lu", "forma.ai")."""
    before = text[start - 1] if start else " "
    if before in "@_" or (before == "." and start > 1 and text[start - 2].isalnum()):
        return True
    after = text[end : end + 2]
    return after[:1] in ("@", "_") or (
        after[:1] == "." and len(after) > 1 and after[1].isalnum() and after[1].islower()
    )


class ConceptMatcher:
    """Exact matching on a document: case-sensitive aliases on ORTH, the others on LOWER; the longest span wins."""

    def __init__(self, nlp: Language) -> None:
        self._lower = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._exact = PhraseMatcher(nlp.vocab, attr="ORTH")
        self._by_key: dict[int, list[Alias]] = {}
        patterns: dict[tuple[bool, str], list[Alias]] = {}
        for alias in aliases():
            patterns.setdefault((alias.cased, alias.text if alias.cased else alias.text.lower()), []).append(alias)
        for (cased, text), group in patterns.items():
            key = f"{'=' if cased else '~'}{text}"
            (self._exact if cased else self._lower).add(key, [nlp.make_doc(text)])
            self._by_key[nlp.vocab.strings[key]] = group

    def __call__(
        self, doc: Doc, text: str, languages: frozenset[str], lines: Sequence[tuple[int, int]] = ()
    ) -> list[Hit]:
        """Hits in a document, in order of position, none overlapping, of aliases of the languages it is written in.

        ``lines``: start and end in ``text`` of each line of the document, where it holds some lines of the text only.
        """
        allowed = {"en", "any"} | languages | ({"fr", "de"} if "lb" in languages else set())
        spans: list[tuple[int, int, Alias]] = []
        for matcher in (self._lower, self._exact):
            for key, start, end in matcher(doc):
                alias = next((a for a in self._by_key[key] if a.language in allowed), None)
                if alias is not None:
                    spans.append((start, end, alias))
        spans.sort(key=lambda span: (span[0] - span[1], span[0]))
        taken = bytearray(len(doc))
        hits: list[Hit] = []
        shifts = _Shifts(lines)
        for start, end, alias in spans:
            if any(taken[start:end]):
                continue
            taken[start:end] = b"\x01" * (end - start)
            begin, finish = doc[start].idx, doc[end - 1].idx + len(doc[end - 1])
            shift = shifts.at(begin)
            if not in_address(text, begin + shift, finish + shift):
                hits.append(Hit(alias, begin + shift, finish + shift))
        return sorted(hits, key=lambda hit: hit.start)


class _Shifts:
    """How far the characters of a document stand from their place in the text that its lines are taken from."""

    def __init__(self, lines: Sequence[tuple[int, int]]) -> None:
        self._lines = lines
        sizes = (end - start + 1 for start, end in lines)
        self._starts = list(accumulate(sizes, initial=0))[:-1]

    def at(self, position: int) -> int:
        if not self._lines:
            return 0
        line = bisect_right(self._starts, position) - 1
        return self._lines[line][0] - self._starts[line]
