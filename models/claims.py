"""What a text says of sums of money: each sum with its kind, its parties and its day, as a claim with its span.

Belongs here: which amounts are claims, what kind each is, what is denied, put right or told twice. Never here: how an
amount is written (money.py), names and days (parties.py), phrases (claims.yaml), sums that are published: a claim is
what a machine read in a sentence, a candidate for review and never a figure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.claim_rules import Reader, load_reader
from models.money import Amount, find_amounts
from models.normalise import Normal

Status = Literal["stands", "denied", "withdrawn", "background"]
NO_EVENT = frozenset({"acquisition", "valuation", "revenue", "fine", "salary", "price", "market", "stated"})
"""Kinds of sums that are no money for anybody's AI; ``stated`` is a sum of which the text does not say what it is."""
_OF_MONEY_ALONE = frozenset(
    {"raised", "invested", "awarded", "target", "first_closing", "committed", "loan", "commitment", "envelope"}
)
"""Kinds whose words speak of money only, so that "15 million" needs no currency in the whole text."""
MAX_SENTENCE = 600


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
    sentence: Sentence
    is_each: bool = False
    equivalents: tuple[tuple[float, str], ...] = ()
    rules: tuple[str, ...] = ()


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
    return _with_currencies(_corrected(found), [*amounts, *elsewhere])


def _in_sentence(inside: list[Amount], sentence: Sentence, lower: str, part: str, reader: Reader) -> list[Claim]:
    words = lower[sentence.start : sentence.end]
    rules = reader.speaking(words)
    found: list[Claim] = []
    merged, equivalents = _merged(inside, lower, reader)
    for index, amount in enumerate(merged):
        start, end = _clause(lower, sentence, amount)
        others = [a for a in merged if a is not amount]
        kind, weight, rule = reader.kind_of(rules, amount, others, lower, start, end, words)
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
                sentence=sentence,
                is_each=_hit(reader.each, lower[start:end]),
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
        if position in inside or (
            text[position] == "." and _ABBREVIATION.search(lower[max(0, position - 9) : position])
        ):
            continue
        if position in ends and not _OPENS.match(text, border.end()):
            continue
        _cut(found, begin, position + 1, lower)
        begin = position + 1
    _cut(found, begin, len(text), lower)
    return found


_BORDER = re.compile(r"\n|[.!?](?=\s+[\"'(\[]?[A-ZÀ-Ý0-9])")
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[a-z]|e\.g|i\.e|z\.b|bzw|inkl|ca|etc|mme|dr|nr|no|st|approx|env|rd|sog|prof|art|\d{1,2})$"
)
_OPENS = re.compile(
    r"\s+(?:The|It|This|A|In|Le|La|Les|Il|Elle|Ce|Un|Une|Die|Der|Das|Es|Sie|Ein|Eine|D'|De|Den|Dat|Si|Eng)\b"
)


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
            if told_again or (
                len(gap) <= 60 and reader.in_brackets.search(gap) and lower[amount.end : amount.end + 1] == ")"
            ):
                equivalents.setdefault(len(kept) - 1, []).append(amount)
                continue
        kept.append(amount)
    return kept, equivalents


def _coordinated(gap: str) -> bool:
    return len(gap) < 90 and re.match(r"[^;.]{0,50}?(?:,| and| et| und| an| a)\b[^;.]{0,40}$", gap) is not None


def _adjusted(kind: str, amount: Amount, words: str, clause: str, reader: Reader) -> str:
    """The kind where a ceiling, equal shares or a number of takers make it another one."""
    if (
        kind in ("awarded", "invested", "loan", "envelope", "stated", "raised", "part")
        and amount.precision == "at_most"
    ):
        return "ceiling"
    if _hit(reader.each, clause):
        firm = reader.firms is not None and reader.firms.search(words) and not _hit(reader.gift, words)
        return (
            "invested"
            if firm and kind in ("awarded", "envelope", "raised", "stated")
            else "awarded"
            if kind == "aggregate"
            else kind
        )
    if kind == "price" and amount.size >= _DEAR:
        return "total_cost"
    if kind in ("awarded", "raised", "total") and reader.group.search(clause):
        return "aggregate"
    if kind == "part" and amount.precision == "about":
        return "approximate"
    return kind


_DEAR = 1e6  # what costs more is built, not bought over the counter


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


def _round(words: str, after: str, reader: Reader) -> str:
    series = _SERIES.search(words)
    if series is not None:
        name = f"series_{series.group(1)}"
        return f"{name}_extension" if _hit(reader.extension, after) else name
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
        if same is None and (claim.kind == "stated" or (source is None and claim.kind not in _OF_MONEY_ALONE)):
            continue
        if source is not None:
            amount = replace(claim.amount, currency=source.currency, is_assumed=True)
            claim = replace(claim, amount=amount, rules=(*claim.rules, "currency_of_another"))
        kept.append(claim)
    return kept


def find_undisclosed(normal: Normal, part: str, told: Sequence[Claim]) -> list[Claim]:
    """Events whose sum is kept secret, one a sentence that tells none: of a round, a grant, a partnership."""
    reader = load_reader()
    if not _hit(reader.undisclosed, normal.lower):
        return []
    found = []
    for sentence in sentences(normal.text, normal.lower, [claim.amount for claim in told]):
        words = normal.lower[sentence.start : sentence.end]
        match = reader.undisclosed.search(words) if reader.undisclosed is not None else None
        if match is None or not _hit(reader.undisclosed_of, words) or _hit(reader.undisclosed_unless, words):
            continue
        if any(
            sentence.start <= c.start < sentence.end and c.status == "stands" and c.kind not in NO_EVENT for c in told
        ):
            continue
        start, end = sentence.start + match.start(), sentence.start + match.end()
        amount = Amount(start, end, None, None, "")
        named = next((name for name, pattern in reader.instruments.items() if _hit(pattern, words)), "")
        found.append(
            Claim(
                part,
                start,
                end,
                amount,
                "undisclosed",
                "stands",
                named,
                _round(words, "", reader),
                sentence,
                rules=("undisclosed",),
            )
        )
    return found
