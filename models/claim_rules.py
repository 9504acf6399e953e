"""Reading of ``claims.yaml``: the rules that tell what a sum in a sentence is.

Belongs here: the shape of the rules, their compilation, and which one speaks loudest of an amount. Never here: phrases
(they are data), what becomes of a kind afterwards (claims.py). All patterns are alternations of phrases without nested
repetition, run on clauses of bounded length.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from models.cues import phrases as cue_phrases
from models.data import read_yaml
from models.money import Amount

_BETWEEN = 0.5  # what another amount between a phrase and its amount takes from the phrase's weight
_REACH = 150.0  # characters that take one point of weight
_TIGHT = 2  # characters that may stand between a tight phrase and its amount
_ABOUT_SENTENCE = 0.1  # what a phrase anywhere in the sentence weighs less than one beside the amount


class KindRule(BaseModel):
    """One rule as written in claims.yaml: the kind of an amount by the phrases around it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: str
    weight: float
    within: int = 80
    both: bool = False
    tight: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class ClaimData(BaseModel):
    """The content of claims.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[KindRule, ...]
    denied: tuple[str, ...]
    denied_unless: tuple[str, ...]
    withdrawn_before: tuple[str, ...]
    withdrawn_after: tuple[str, ...]
    correction: tuple[str, ...]
    background: tuple[str, ...]
    background_needs: tuple[str, ...]
    group: tuple[str, ...]
    several: tuple[str, ...]
    firms: tuple[str, ...]
    each: tuple[str, ...]
    extension: tuple[str, ...]
    equivalent: tuple[str, ...]
    instruments: dict[str, tuple[str, ...]]
    instrument_of_kind: dict[str, str]
    instrument_near: dict[str, tuple[str, ...]]
    rounds: dict[str, tuple[str, ...]]
    undisclosed: tuple[str, ...]
    undisclosed_of: tuple[str, ...]
    undisclosed_unless: tuple[str, ...]


class Rule:
    """A compiled rule."""

    def __init__(self, data: KindRule) -> None:
        self.data = data
        self._before, self._after, self._sentence = phrases(data.before), phrases(data.after), phrases(data.sentence)
        self._needs, self._unless = phrases(data.needs), phrases(data.unless)

    def speaks(self, words: str) -> bool:
        """Whether a sentence has what the rule needs, and nothing that silences it."""
        if self._needs is not None and not self._needs.search(words):
            return False
        return self._unless is None or self._unless.search(words) is None

    def weigh(self, amount: Amount, others: list[Amount], lower: str, start: int, end: int, words: str) -> float:
        """How loud the rule speaks of an amount in the clause [start, end) of a sentence; 0 where it does not."""
        ahead, behind = self._ahead(amount, others, lower, start), self._behind(amount, others, lower, end)
        if self.data.both and not (ahead and behind):
            return 0.0
        anywhere = self._sentence is not None and self._sentence.search(words) is not None
        return max([*ahead, *behind, *([self.data.weight - _ABOUT_SENTENCE] if anywhere else []), 0.0])

    def _ahead(self, amount: Amount, others: list[Amount], lower: str, start: int) -> list[float]:
        if self._before is None:
            return []
        begin = amount.start - self.data.within
        begin = start if begin <= start else _word_start(lower, begin)
        return [
            self._score(match.end(), amount.start, others)
            for match in self._before.finditer(lower, begin, amount.start)
            if not (self.data.tight and amount.start - match.end() > _TIGHT)
        ]

    def _behind(self, amount: Amount, others: list[Amount], lower: str, end: int) -> list[float]:
        if self._after is None:
            return []
        match = self._after.search(lower, amount.end, min(end, amount.end + self.data.within))
        if match is None or (self.data.tight and "," in lower[amount.end : match.start()]):
            return []
        return [self._score(amount.end, match.start(), others)]

    def _score(self, start: int, end: int, others: list[Amount]) -> float:
        between = sum(start <= other.start < end for other in others)
        return self.data.weight - (end - start) / _REACH - _BETWEEN * between


def _word_start(lower: str, position: int) -> int:
    space = lower.find(" ", position, position + 40)
    return position if space < 0 else space


class Reader:
    """claims.yaml, compiled."""

    def __init__(self, data: ClaimData) -> None:
        self.rules = tuple(Rule(rule) for rule in data.rules)
        self.denied, self.denied_unless = phrases(data.denied), phrases(data.denied_unless)
        self.withdrawn_after, self.correction = phrases(data.withdrawn_after), phrases(data.correction)
        near = _any(data.withdrawn_before)
        self.withdrawn_near = re.compile(rf"(?<!\w)(?:{near}) ?$")
        self.withdrawn_far = phrases(tuple(p for p in data.withdrawn_before if len(p) > 14))
        self.background, self.background_needs = phrases(data.background), phrases(data.background_needs)
        several = _any(data.several)
        group = _any(data.group)
        self.group = re.compile(
            rf"(?<!from )(?<!by )(?<!de )(?<!von )(?<!vun )(?<![\w.,])(?:\d{{1,4}}|{several}) "
            rf"(?:[^\W\d]{{2,20}}[ -]){{0,2}}?(?:{group})(?!\w)"
        )
        self.firms, self.each, self.extension = phrases(data.firms), phrases(data.each), phrases(data.extension)
        self.gift = phrases(tuple(data.instrument_near["grant"]))
        equivalent = _any(data.equivalent)
        self.equivalent = re.compile(rf" ?(?:\(|, ?|- )? ?(?:(?:{equivalent}) ?){{0,2}}")
        self.in_brackets = re.compile(rf"^[^()]*\((?:(?:{equivalent}) ?){{0,2}}$")
        self.instruments = {name: phrases(items) for name, items in data.instruments.items()}
        self.instrument_near = {name: phrases(items) for name, items in data.instrument_near.items()}
        self.instrument_of_kind = data.instrument_of_kind
        self.rounds = {name: phrases(items) for name, items in data.rounds.items()}
        self.undisclosed, self.undisclosed_of = phrases(data.undisclosed), phrases(data.undisclosed_of)
        self.undisclosed_unless = phrases(data.undisclosed_unless)

    def speaking(self, words: str) -> list[Rule]:
        """The rules that may speak in a sentence."""
        return [rule for rule in self.rules if rule.speaks(words)]

    @staticmethod
    def kind_of(
        rules: list[Rule], amount: Amount, others: list[Amount], lower: str, start: int, end: int, words: str
    ) -> tuple[str, float, str]:
        """Kind, weight and id of the rule that speaks loudest of an amount; ``stated`` where none does."""
        best = ("stated", 0.0, "")
        for rule in rules:
            weight = rule.weigh(amount, others, lower, start, end, words)
            if weight > best[1]:
                best = (rule.data.kind, weight, rule.data.id)
        return best


def _any(items: tuple[str, ...]) -> str:
    return "|".join(re.escape(item) for item in sorted(set(items), key=len, reverse=True))


def phrases(items: tuple[str, ...]) -> re.Pattern[str] | None:
    """As for the cues, and ``+word`` stands for any compound that ends in the word ("Wandeldarlehen")."""
    compounds = [item for item in items if item.startswith("+")]
    plain = cue_phrases(tuple(item for item in items if not item.startswith("+")))
    parts = [plain.pattern] if plain is not None else []
    parts += [rf"(?<!\w)[\w-]{{0,30}}?{re.escape(item[1:])}(?!\w)" for item in compounds]
    return re.compile("|".join(parts)) if parts else None


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    """The phrases of this version, read and compiled once a process."""
    content = read_yaml("claims.yaml")
    return Reader(ClaimData(**content))
