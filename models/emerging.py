"""Terms that AI texts hold more often than others and that the taxonomy lacks: candidates for its editors.

Belongs here: candidate phrases, their counts, and how surprising they are. Never here: adding a concept; that is an
editor's decision. Phrases are runs of one to four words within a clause that neither begin nor end with a function
word: the blank pipeline has no parser for noun chunks, and in four languages this finds the same names.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from models.language import function_words
from models.normalise import normalise
from models.taxonomy import load_taxonomy

COLUMNS = ("term", "texts_ai", "texts_other", "employers_ai", "languages", "log_odds_z", "example_id")
MIN_TEXTS = 5
MIN_EMPLOYERS = 3
MIN_Z = 3.0
MAX_OTHER_SHARE = 0.02  # a term of a trade is rare outside it; what is not is everyday language
MAX_TEXTS = 20_000  # of each kind: the counts of more say the same
_LONGEST = 4
_PRIOR = 0.05  # of the texts: how much background a term is given before it is seen
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[-'+#./][^\W_]+)*[+#]*")
_CLAUSE = re.compile(r"[\n.!?;:,()\[\]{}\"|•·*]+(?=\s|$)|[\n()\[\]{}\"|•·*]|\s[-/]\s")


Term = tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    term: Term
    texts_ai: int
    texts_other: int
    log_odds_z: float

    def joined(self, other: _Candidate | None) -> _Candidate:
        """The same term over two languages: counts add up, the more surprising language speaks."""
        if other is None:
            return self
        texts_ai, texts_other = self.texts_ai + other.texts_ai, self.texts_other + other.texts_other
        return _Candidate(self.term, texts_ai, texts_other, max(self.log_odds_z, other.log_odds_z))


@dataclass(frozen=True)
class _Text:
    id: str
    employer: str
    lang: str
    clauses: tuple[Term, ...]


def emerging_terms(frame: pd.DataFrame) -> pd.DataFrame:
    """Candidates for the taxonomy, the most surprising first.

    Columns in: ``id``, ``title``, ``text``, ``employer``, ``lang``, ``is_ai`` (one row a text). Columns out:
    ``COLUMNS``: the term in lower case; how many AI texts, other texts and employers of AI texts hold it; the languages
    of the AI texts; the largest z-score within a language of the log-odds ratio with an informative Dirichlet prior
    (Monroe, Colaresi and Quinn, Political Analysis 16, 2008, eq. 15-22, on document counts); one AI text that holds it.
    Only terms of at least ``MIN_TEXTS`` AI texts of a language and ``MIN_EMPLOYERS`` employers: what one employer
    repeats is its boilerplate.
    """
    everywhere = _texts(frame[frame["is_ai"]]), _texts(frame[~frame["is_ai"]])
    best: dict[Term, _Candidate] = {}
    for lang in sorted({text.lang for text in everywhere[0]}):
        ai, other = ([text for text in texts if text.lang == lang] for texts in everywhere)
        for candidate in _without_parts(_candidates(ai, other)):
            best[candidate.term] = candidate.joined(best.get(candidate.term))
    return _described(list(best.values()), everywhere[0])


def _candidates(ai: Sequence[_Text], other: Sequence[_Text]) -> list[_Candidate]:
    """Candidates among the texts of one language: over all, the words of the language of most AI texts would lead."""
    found: list[_Candidate] = []
    frequent: set[Term] = set()
    for length in range(1, _LONGEST + 1):
        counts = _document_counts(ai, length, frequent)
        frequent = {term for term, times in counts.items() if times >= MIN_TEXTS}
        kept = {term for term in frequent if _is_candidate(term)}
        background = _document_counts(other, length, None, kept)
        for term in sorted(kept):
            z = _log_odds_z(counts[term], len(ai), background[term], len(other))
            if z >= MIN_Z and background[term] <= MAX_OTHER_SHARE * len(other):
                found.append(_Candidate(term, counts[term], background[term], z))
    return found


def _texts(frame: pd.DataFrame) -> list[_Text]:
    chosen = frame.sort_values("id").head(MAX_TEXTS)[["id", "title", "text", "employer", "lang"]]
    return [
        _Text(row["id"], row["employer"] or "", row["lang"], tuple(_clauses(f"{row['title'] or ''}\n{row['text']}")))
        for row in chosen.to_dict("records")
    ]


def _clauses(text: str) -> Iterator[Term]:
    for clause in _CLAUSE.split(normalise(text).lower):
        words = tuple(_WORD.findall(clause))
        if words:
            yield words


def _terms(text: _Text, length: int) -> set[Term]:
    return {run for clause in text.clauses for run in _runs(clause, length)}


def _runs(words: Term, length: int) -> list[Term]:
    return [words[i : i + length] for i in range(len(words) - length + 1)]


def _document_counts(
    texts: Sequence[_Text],
    length: int,
    shorter: set[Term] | None,
    only: set[Term] | None = None,
) -> Counter[Term]:
    """In how many texts each term of a length stands.

    A term is frequent only if both shorter terms in it are (Agrawal and Srikant, VLDB 1994), so memory stays bounded.
    """
    counts: Counter[Term] = Counter()
    for text in texts:
        found: Iterable[Term] = _terms(text, length)
        if only is not None:
            found = only.intersection(found)
        elif shorter and length > 1:
            found = [term for term in found if term[1:] in shorter and term[:-1] in shorter]
        counts.update(found)
    return counts


def _is_candidate(term: Term) -> bool:
    ends = (term[0], term[-1])
    if any(word in function_words() or len(word) < 2 for word in ends):
        return False
    joined = " ".join(term)
    known = _alias_words().issuperset(term) or load_taxonomy().resolve(joined) is not None
    return len(joined) > 2 and not known


@lru_cache(maxsize=1)
def _alias_words() -> frozenset[str]:
    """The words of all aliases: a term of nothing else is a piece or a variant of what is known."""
    aliases = (alias for concept in load_taxonomy() for texts in concept.aliases.values() for alias in texts)
    return frozenset(word for alias in aliases for word in _WORD.findall(alias.lower()))


def _log_odds_z(k: int, n: int, k_other: int, n_other: int) -> float:
    prior = _PRIOR * (n + n_other)
    share = (k + k_other + 1) / (n + n_other + 2)  # never 0 or 1: a word of every text has odds too
    a, rest = prior * share, prior * (1 - share)
    delta = math.log((k + a) / (n - k + rest)) - math.log((k_other + a) / (n_other - k_other + rest))
    return round(delta / math.sqrt(1 / (k + a) + 1 / (k_other + a)), 2)


def _without_parts(found: list[_Candidate]) -> list[_Candidate]:
    """Without the terms that stand nearly always (80 %) within one longer candidate."""
    covered: dict[Term, int] = defaultdict(int)
    for candidate in found:
        for length in range(1, len(candidate.term)):
            for part in _runs(candidate.term, length):
                covered[part] = max(covered[part], candidate.texts_ai)
    return [candidate for candidate in found if covered[candidate.term] < 0.8 * candidate.texts_ai]


def _described(found: list[_Candidate], ai: Sequence[_Text]) -> pd.DataFrame:
    wanted = {candidate.term for candidate in found}
    employers: dict[Term, set[str]] = defaultdict(set)
    languages: dict[Term, set[str]] = defaultdict(set)
    example: dict[Term, str] = {}
    for text in ai:
        for length in range(1, _LONGEST + 1):
            for term in wanted.intersection(_terms(text, length)):
                employers[term].add(text.employer)
                languages[term].add(text.lang)
                example.setdefault(term, text.id)
    rows = [
        (
            " ".join(c.term),
            c.texts_ai,
            c.texts_other,
            len(employers[c.term]),
            sorted(languages[c.term]),
            c.log_odds_z,
            example[c.term],
        )
        for c in sorted(found, key=lambda c: (-c.log_odds_z, c.term))
        if len(employers[c.term]) >= MIN_EMPLOYERS
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
