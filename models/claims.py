"""What a text says of sums of money: each sum with its kind, its parties and its day, as a claim with its span.

Belongs here: which amounts are claims, what kind each is, what is denied, put right or told twice. Never here: how an
amount is written (money.py), names and days (parties.py), phrases (claims.yaml), sums that are published: a claim is
what a machine read in a sentence, a candidate for review and never a figure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from models.cues import phrases as _phrases
from models.money import Amount, find_amounts
from models.normalise import Normal, normalise

Status = Literal["stands", "denied", "withdrawn", "background"]
NO_EVENT = frozenset({"acquisition", "valuation", "revenue", "fine", "salary", "price", "market", "stated"})
"""Kinds of sums that are no money for anybody's AI; ``stated`` is a sum of which the text does not say what it is."""
_BETWEEN = 0.5  # what another amount between a phrase and its amount takes from the phrase's weight
_REACH = 150.0  # characters that take one point of weight
MAX_SENTENCE = 600


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
    equivalent: tuple[str, ...]
    instruments: dict[str, tuple[str, ...]]
    instrument_of_kind: dict[str, str]
    instrument_near: dict[str, tuple[str, ...]]
    rounds: dict[str, tuple[str, ...]]
    undisclosed: tuple[str, ...]
    undisclosed_of: tuple[str, ...]
    undisclosed_unless: tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of a normalised text at [start, end), and where its clauses end."""

    start: int
    end: int


@dataclass(frozen=True)
class Claim:
    """A sum that a sentence speaks of, at [start, end) of the part (title or text) that it stands in."""

    part: str
    start: int
    end: int
    amount: Amount
    kind: str
    status: Status
    instrument: str
    round: str
    equivalents: tuple[tuple[float, str], ...] = ()
    organisations: tuple[str, ...] = ()
    givers: tuple[str, ...] = ()
    lead: str = ""
    date_written: str = ""
    happened_on: str = ""
    repeats: int | None = None
    rules: tuple[str, ...] = field(default=())


class _Rule:
    def __init__(self, data: KindRule) -> None:
        self.id, self.kind, self.weight, self.within, self.both = data.id, data.kind, data.weight, data.within, data.both
        self.tight = data.tight
        self.before, self.after, self.sentence = phrases(data.before), phrases(data.after), phrases(data.sentence)
        self.needs, self.unless = phrases(data.needs), phrases(data.unless)


class Reader:
    """claims.yaml, compiled."""

    def __init__(self, data: ClaimData) -> None:
        self.rules = tuple(_Rule(rule) for rule in data.rules)
        self.denied, self.denied_unless = phrases(data.denied), phrases(data.denied_unless)
        self.withdrawn_after, self.correction = phrases(data.withdrawn_after), phrases(data.correction)
        near = "|".join(re.escape(p) for p in sorted(data.withdrawn_before, key=len, reverse=True))
        self.withdrawn_near = re.compile(rf"(?<!\w)(?:{near}) ?$")
        self.withdrawn_far = phrases(tuple(p for p in data.withdrawn_before if len(p) > 14))
        self.background, self.background_needs = phrases(data.background), phrases(data.background_needs)
        several = "|".join(re.escape(p) for p in sorted(data.several, key=len, reverse=True))
        group = "|".join(re.escape(p) for p in sorted(data.group, key=len, reverse=True))
        self.group = re.compile(
            rf"(?<!from )(?<!by )(?<!de )(?<!von )(?<!vun )(?<![\w.,])(?:\d{{1,4}}|{several}) (?:[^\W\d]{{2,20}}[ -]){{0,2}}?(?:{group})(?!\w)"
        )
        self.firms = phrases(data.firms)
        self.gift = phrases(tuple(data.instrument_near["grant"]))
        equivalent = "|".join(re.escape(p) for p in sorted(data.equivalent, key=len, reverse=True))
        self.equivalent = re.compile(rf" ?(?:\(|, ?|- )? ?(?:(?:{equivalent}) ?){{0,2}}")
        self.in_brackets = re.compile(rf"^[^()]*\((?:(?:{equivalent}) ?){{0,2}}$")
        self.instruments = {name: phrases(items) for name, items in data.instruments.items()}
        self.instrument_near = {name: phrases(items) for name, items in data.instrument_near.items()}
        self.instrument_of_kind = data.instrument_of_kind
        self.rounds = {name: phrases(items) for name, items in data.rounds.items()}
        self.undisclosed, self.undisclosed_of = phrases(data.undisclosed), phrases(data.undisclosed_of)
        self.undisclosed_unless = phrases(data.undisclosed_unless)


def phrases(items: tuple[str, ...]) -> re.Pattern[str] | None:
    """As for the cues, and ``+word`` stands for any compound that ends in the word ("Wandeldarlehen")."""
    compounds = [item for item in items if item.startswith("+")]
    plain = _phrases(tuple(item for item in items if not item.startswith("+")))
    parts = [plain.pattern] if plain is not None else []
    parts += [rf"(?<!\w)[\w-]{{0,30}}?{re.escape(item[1:])}(?!\w)" for item in compounds]
    return re.compile("|".join(parts)) if parts else None


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    """The phrases of this version, read and compiled once a process."""
    content = yaml.safe_load((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
    return Reader(ClaimData(**content))


def find_claims(normal: Normal, part: str, language: str, elsewhere: Sequence[Amount] = ()) -> list[Claim]:
    """The claims of one part of a text in order, without parties and days. Spans count in the normalised text.

    ``elsewhere`` are amounts of the text's other part: one without currency takes that of an equal sum.
    """
    reader = load_reader()
    lower = normal.lower
    amounts = find_amounts(normal.text, lower, language)
    if not amounts:
        return []
    found: list[Claim] = []
    for sentence in sentences(normal.text, lower, amounts):
        inside = [a for a in amounts if sentence.start <= a.start < sentence.end]
        if inside:
            found += _in_sentence(inside, sentence, lower, part, reader)
    found = _with_currencies(_corrected(found), [*amounts, *elsewhere])
    return _repeated(found)


def _in_sentence(inside: list[Amount], sentence: Sentence, lower: str, part: str, reader: Reader) -> list[Claim]:
    words = lower[sentence.start : sentence.end]
    found: list[Claim] = []
    merged, equivalents = _merged(inside, lower, reader)
    for index, amount in enumerate(merged):
        start, end = _clause(lower, sentence, amount)
        others = [a for a in merged if a is not amount]
        kind, weight, rule = _kind(amount, others, lower, start, end, words, reader)
        previous = found[-1] if found else None
        if previous is not None and weight < 0.75 and _coordinated(lower[previous.amount.end : amount.start]):
            kind, rule = previous.kind, "coordinated"
        if previous is not None and kind == "stated" and "of_the" in previous.rules:
            kind, rule = "part", "part_of_the"
        kind = _adjusted(kind, amount, words, lower[start:end], reader)
        following = min((a.start for a in others if a.start >= amount.end), default=end)
        status = _status(amount, kind, start, min(end, following), lower, words, reader)
        found.append(
            Claim(
                part, amount.start, amount.end, amount, kind, status,
                instrument=_instrument(kind, amount, lower, words, reader),
                round=_round(words, lower[amount.end : amount.end + 60], reader),
                equivalents=tuple((other.size, other.currency) for other in equivalents.get(index, ())),
                rules=(*amount.rules, *((rule,) if rule else ())),
            )
        )  # fmt: skip
    return found


def sentences(text: str, lower: str, amounts: Sequence[Amount]) -> list[Sentence]:
    """The sentences of a text; a full stop within an amount ("11,1 Mio. Euro") ends none. Long ones are cut."""
    inside = {position for amount in amounts for position in range(amount.start, amount.end - 1)}
    ends = {amount.end - 1 for amount in amounts if lower[amount.end - 1] == "."}
    found: list[Sentence] = []
    begin = 0
    for border in _BORDER.finditer(text):
        position = border.start()
        if position in inside or (text[position] == "." and _ABBREVIATION.search(lower[max(0, position - 9) : position])):
            continue
        if position in ends and not _OPENS.match(text, border.end()):
            continue
        _cut(found, begin, position + 1, lower)
        begin = position + 1
    _cut(found, begin, len(text), lower)
    return found


_BORDER = re.compile(r"\n|[.!?](?=\s+[\"'(\[]?[A-ZÀ-Ý0-9])")
_ABBREVIATION = re.compile(r"(?<!\w)(?:[a-z]|e\.g|i\.e|z\.b|bzw|inkl|ca|etc|mme|dr|nr|no|st|approx|env|rd|sog|prof|art|\d{1,2})$")
_OPENS = re.compile(r"\s+(?:The|It|This|A|In|Le|La|Les|Il|Elle|Ce|Un|Une|Die|Der|Das|Es|Sie|Ein|Eine|D'|De|Den|Dat|Si|Eng)\b")


def _cut(found: list[Sentence], start: int, end: int, lower: str) -> None:
    while end - start > MAX_SENTENCE:
        cut = lower.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        found.append(Sentence(start, cut))
        start = cut
    if end > start:
        found.append(Sentence(start, end))


def _clause(lower: str, sentence: Sentence, amount: Amount) -> tuple[int, int]:
    """The stretch between semicolons, or an opening colon's, around an amount."""
    start = max(sentence.start, lower.rfind(";", sentence.start, amount.start) + 1)
    end = lower.find(";", amount.end, sentence.end)
    return start, end if end >= 0 else sentence.end


def _merged(inside: list[Amount], lower: str, reader: Reader) -> tuple[list[Amount], dict[int, list[Amount]]]:
    """One sum told in two currencies is one amount: the first is kept, the others are its equivalents."""
    kept: list[Amount] = []
    equivalents: dict[int, list[Amount]] = {}
    for amount in inside:
        before = kept[-1] if kept else None
        if before is not None and amount.currency and before.currency not in ("", amount.currency):
            gap = lower[max(before.end, 0) : amount.start]
            told_again = reader.equivalent.fullmatch(gap) if len(gap) <= 30 and gap.strip(" ,") else None
            if told_again or (len(gap) <= 60 and reader.in_brackets.search(gap) and lower[amount.end : amount.end + 1] == ")"):
                equivalents.setdefault(len(kept) - 1, []).append(amount)
                continue
        kept.append(amount)
    return kept, equivalents


def _kind(
    amount: Amount, others: list[Amount], lower: str, start: int, end: int, words: str, reader: Reader
) -> tuple[str, float, str]:
    """The kind of an amount, how sure the rule is, and the rule."""
    best = ("stated", 0.0, "")
    for rule in reader.rules:
        if rule.needs is not None and not rule.needs.search(words):
            continue
        if rule.unless is not None and rule.unless.search(words):
            continue
        scores = []
        if rule.before is not None:
            begin = max(start, amount.start - rule.within)
            begin = begin if begin == start else _word_start(lower, begin)
            for match in rule.before.finditer(lower, begin, amount.start):
                if rule.tight and amount.start - match.end() > 2:
                    continue
                scores.append(_score(rule.weight, match.end(), amount.start, others))
        ahead = scores[:]
        if rule.after is not None and (ahead or not rule.both):
            behind = rule.after.search(lower, amount.end, min(end, amount.end + rule.within))
            if behind is not None and not (rule.tight and "," in lower[amount.end : behind.start()]):
                scores.append(_score(rule.weight, amount.end, behind.start(), others))
            elif rule.both:
                scores = []
        if rule.sentence is not None and rule.sentence.search(words):
            scores.append(rule.weight - 0.1)
        if scores and max(scores) > best[1]:
            best = (rule.kind, max(scores), rule.id)
    return best


def _score(weight: float, start: int, end: int, others: list[Amount]) -> float:
    between = sum(start <= other.start < end for other in others)
    return weight - (end - start) / _REACH - _BETWEEN * between


def _word_start(lower: str, position: int) -> int:
    space = lower.find(" ", position, position + 40)
    return position if space < 0 else space


def _coordinated(gap: str) -> bool:
    return len(gap) < 90 and re.match(r"[^;.]{0,50}?(?:,| and| et| und| an| a)\b[^;.]{0,40}$", gap) is not None


def _adjusted(kind: str, amount: Amount, words: str, clause: str, reader: Reader) -> str:
    """The kind where a ceiling, equal shares or a number of takers make it another one."""
    if kind in ("awarded", "invested", "loan", "envelope", "stated", "raised", "part") and amount.precision == "at_most":
        return "ceiling"
    each = amount.each or _each(clause)
    if each:
        firm = reader.firms is not None and reader.firms.search(words) and not _hit(reader.gift, words)
        return "invested" if firm and kind in ("awarded", "envelope", "raised", "stated") else "awarded" if kind == "aggregate" else kind
    if kind == "price" and amount.size >= _DEAR:
        return "total_cost"
    if kind in ("awarded", "raised", "total") and reader.group.search(words):
        return "aggregate"
    if kind == "part" and amount.precision == "about":
        return "approximate"
    return kind


_DEAR = 1e6  # what costs more is built, not bought over the counter
_EACH = re.compile(r"(?<!\w)(?:each|apiece|je|jeweils|chacune?|jeeweils|kréien all|krut all|chaque)(?!\w)")


def _each(clause: str) -> bool:
    return _EACH.search(clause) is not None


def _status(amount: Amount, kind: str, start: int, end: int, lower: str, words: str, reader: Reader) -> Status:
    if _hit(reader.withdrawn_after, lower[amount.end : min(end, amount.end + 40)]):
        return "withdrawn"
    before = lower[start : amount.start]
    if reader.withdrawn_near.search(before[-30:]) or _hit(reader.withdrawn_far, before):
        return "withdrawn"
    if kind == "aggregate" and _hit(reader.background, words[:40]) and _hit(reader.background_needs, words):
        return "background"
    left = max(before.rfind(", "), before.rfind(": "), -1) + 1
    right = lower.find(", ", amount.end, end)
    behind = lower[amount.end : right if right >= 0 else end]
    near = before[left:] + "\x1f" + reader.withdrawn_near.sub("", behind)
    if reader.denied is not None and reader.denied.search(near) and not _hit(reader.denied_unless, near):
        return "denied"
    return "stands"


def _hit(pattern: re.Pattern[str] | None, words: str) -> bool:
    return pattern is not None and pattern.search(words) is not None


def _instrument(kind: str, amount: Amount, lower: str, words: str, reader: Reader) -> str:
    after = lower[amount.end : amount.end + 22]
    for name, pattern in reader.instrument_near.items():
        if _hit(pattern, after):
            return name
    if kind in ("raised", "loan", "contract", "fund_size", "awarded", "valuation"):
        return reader.instrument_of_kind.get(kind, "")
    for name, pattern in reader.instruments.items():
        if _hit(pattern, words):
            return name
    return reader.instrument_of_kind.get(kind, "")


_SERIES = re.compile(r"(?<!\w)s[ée]rie[sn]?[ -]([a-f])(?!\w)")
_EXTENSION = re.compile(r"(?<!\w)(?:extension|extends|erweiterung|prolongement|erweiderung)(?!\w)")


def _round(words: str, after: str, reader: Reader) -> str:
    series = _SERIES.search(words)
    if series is not None:
        name = f"series_{series.group(1)}"
        return f"{name}_extension" if _EXTENSION.search(after) else name
    return next((name for name, pattern in reader.rounds.items() if _hit(pattern, words)), "")


def _corrected(found: list[Claim]) -> list[Claim]:
    """The right figure of a correction is of the kind of the wrong one, where its own words do not say."""
    wrong = next((claim for claim in found if claim.status == "withdrawn" and claim.kind != "stated"), None)
    if wrong is None:
        return found
    return [replace(c, kind=wrong.kind) if c.kind == "stated" and c.status == "stands" else c for c in found]


def _with_currencies(found: list[Claim], amounts: Sequence[Amount]) -> list[Claim]:
    """Sums without currency get that of an equal sum, else of the nearest one; those that nothing speaks for go."""
    known = [a for a in amounts if a.currency]
    kept = []
    for claim in found:
        if claim.amount.currency:
            kept.append(claim)
            continue
        same = next((a for a in known if a.size == claim.amount.size), None)
        nearest = min(known, key=lambda a: abs(a.start - claim.start), default=None)
        source = same or nearest
        if claim.kind == "stated" and same is None:
            continue
        if source is not None:
            amount = replace(claim.amount, currency=source.currency, is_assumed=True)
            claim = replace(claim, amount=amount, rules=(*claim.rules, "currency_of_another"))
        kept.append(claim)
    return kept


def _repeated(found: list[Claim]) -> list[Claim]:
    """Marks a sum that the same part told before: same size, currency and kind."""
    first: dict[tuple[float, str, str], int] = {}
    out = []
    for index, claim in enumerate(found):
        key = (claim.amount.size, claim.amount.currency, claim.kind)
        out.append(replace(claim, repeats=first.get(key)))
        first.setdefault(key, index)
    return out


def read_claims(text: str, part: str = "text", language: str = "en") -> list[Claim]:
    """The claims of a text, without parties and days; spans count in the text as it is given."""
    normal = normalise(text)
    out = []
    for claim in find_claims(normal, part, language):
        start, end = normal.source_span(claim.start, claim.end)
        out.append(replace(claim, start=start, end=end))
    return out
