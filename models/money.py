"""Amounts of money in prose of four languages: the number, the currency, and the exact span they are written in.

Belongs here: the grammar of one amount (signs, codes, factors, decimal and thousands marks, ranges, ceilings, numbers
in words). Never here: what the money is for, or who gets it (claims.py); words (money.yaml).

The grammar is one regular expression over characters and not a spaCy Matcher over tokens: what decides stands within
and across words ("€2.5m", "28.5MEUR", "9 568 €", "500.000,50"), where a token pattern would need every split of every
spelling. Each part of it is bounded, so a text is read in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.cues import phrases
from models.data import read_yaml

MAX_AMOUNTS = 400  # of one text; a report has dozens
MAX_VALUE = 1e13
_BEFORE = 44  # characters in which a word such as "almost" speaks of the amount behind it

Precision = Literal["exact", "about", "at_least", "at_most"]


class MoneyData(BaseModel):
    """The content of money.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scales: dict[int, tuple[str, ...]]
    glued: dict[int, tuple[str, ...]]
    signs: dict[str, str]
    codes: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    between: tuple[str, ...]
    dollars: dict[str, tuple[str, ...]]
    numbers: dict[float, tuple[str, ...]]
    rough_numbers: dict[float, tuple[str, ...]]
    and_a_half: tuple[str, ...]
    times: dict[int, tuple[str, ...]]
    about: tuple[str, ...]
    at_least: tuple[str, ...]
    at_most: tuple[str, ...]
    range_intro: tuple[str, ...]
    range_and: tuple[str, ...]
    range_to: tuple[str, ...]
    grows: tuple[str, ...]
    function_words: tuple[str, ...]
    secret: tuple[str, ...]


@dataclass(frozen=True)
class Amount:
    """One amount at characters [start, end) of a text.

    ``value`` is the sum, or the lower end of a range; None under a bare ceiling ("up to"). ``value_max`` is the upper
    end of a range or the ceiling. ``currency`` is an ISO 4217 code, "" where none is written; ``is_assumed`` tells that
    a bare dollar was read by its context. ``times`` counts equal instalments ("deux fois"). ``rules`` name what was
    read.
    """

    start: int
    end: int
    value: float | None
    value_max: float | None
    currency: str
    is_assumed: bool = False
    precision: Precision = "exact"
    times: int = 1
    rules: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        """The sum, or the ceiling where only that is told."""
        return self.value if self.value is not None else self.value_max or 0.0


class _Grammar:
    def __init__(self, data: MoneyData) -> None:
        self.scale_of = {word: factor for factor, words in data.scales.items() for word in words}
        self.glued_of = {word: factor for factor, words in data.glued.items() for word in words}
        self.number_of = {phrase: value for value, texts in data.numbers.items() for phrase in texts}
        self.rough_of = {phrase: value for value, texts in data.rough_numbers.items() for phrase in texts}
        self.currency_of = {word: code for code, words in data.words.items() for word in words}
        self.currency_of |= data.signs | {code.lower(): code for code in data.codes}
        self.times_of = {phrase: times for times, texts in data.times.items() for phrase in texts}
        self.codes = frozenset(code.lower() for code in data.codes)
        self.euro_words = frozenset(data.words["EUR"])
        signs, codes = _longest(data.signs), _longest(self.codes)
        words = _longest([word for texts in data.words.values() for word in texts])
        scales, glued = _longest(self.scale_of), _longest(self.glued_of)
        between = _longest(data.between)
        currency = rf"(?:{signs}|(?:{codes}|{words})(?!\w))"
        in_words = _longest({**self.number_of, **self.rough_of})
        number = rf"(?P<digits>{_DIGITS})|(?P<words>{in_words})(?=[ -]?(?:{scales})(?!\w))"
        scale = rf"[ -]?(?:(?P<scale>{scales})(?!\w)|(?P<glued>{glued})(?=\b| ?{currency}))"
        half = rf"(?P<half> (?:{_longest(data.and_a_half)})(?!\w))?"
        post = rf"[ -]?(?:{between})?(?P<post>{currency})"
        pre = rf"(?P<pre>(?<![\w$])(?:{signs})|€|(?<!\w)(?:{codes}|euro)) ?"
        self.amount = re.compile(rf"(?:{pre}|{_NUMBER_START})(?:{number})(?:{scale}{half})?(?:{post})?")
        # What opens the text before an amount; each is searched in a slice of fixed length that ends at the amount.
        lead = r" ?(?:(?:the|a|les?|la|des?|du|den|déi|d'|l'|vun|von) ?)?$"
        self.about, self.at_least, self.at_most = (
            re.compile(rf"(?:(?<!\w)(?:{_longest(items)})){lead}")
            for items in (data.about, data.at_least, data.at_most)
        )
        self.times = re.compile(rf"(?<!\w)(?P<times>{_longest(self.times_of)}) ?$")
        digits = r"(?:\d{1,3}(?:[ .,']\d{3}){1,4}|\d{1,6}(?:[.,]\d{1,6})?)"
        low = rf"(?P<low>(?P<sign>{signs}|(?:{codes}))? ?{digits})"
        unit = rf"(?: ?(?P<lowscale>{scales}|{glued}))?(?: ?(?:{between})?{currency})?"
        self.range = re.compile(
            rf"(?<![\w.,])(?:(?P<intro>{_longest(data.range_intro)}) )?{low}{unit}"
            rf"(?: (?P<and>{_longest(data.range_and)}) | ?(?P<to>{_longest(data.range_to)}) ?)$"
        )
        self.grows = phrases(data.grows)
        self.dollars = {code: phrases(names) for code, names in data.dollars.items()}
        self.hint = re.compile(rf"(?i)[€$£¥\d]|milli|billion|εκατ|{_longest(data.secret)}")
        self.function_words = frozenset(data.function_words)


_DIGITS = (
    r"\d{1,3}(?:(?P<sep>[ .,'])\d{3})(?:(?P=sep)\d{3}){0,4}(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{1,15}(?:[.,]\d{1,6})?(?!\d)"
)
# A number begins behind nothing that could be a part of it or of a word; behind a sign or a code it may.
_NUMBER_START = r"(?<![^\W_])(?<!\d[.,])"


def _longest(items: object) -> str:
    return "|".join(re.escape(str(item)) for item in sorted(items, key=lambda i: (-len(str(i)), str(i))))  # type: ignore[call-overload]


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    content = read_yaml("money.yaml")
    return _Grammar(MoneyData(**content))


def find_amounts(text: str, lower: str, language: str = "en") -> list[Amount]:
    """The amounts of a normalised text in order, none overlapping; at most MAX_AMOUNTS.

    ``lower`` is ``text`` in lower case, of the same length. ``language`` (en, fr, de, lb) decides what a single mark
    before three digits means beside a factor: "1.806 million" is 1.806 million in English, "1.806 Millionen" are 1,806
    million in German. An amount without currency is given only if it has a factor and nothing that is counted follows.
    """
    grammar = _grammar()
    found: list[Amount] = []
    for match in grammar.amount.finditer(lower):
        amount = _amount(match, text, lower, language, grammar)
        if amount is None:
            continue
        found.append(amount)
        if len(found) == MAX_AMOUNTS:
            break
    return _without_slips(_joined(found))


def may_name_money(raw: str) -> bool:
    """A cheap look before anything else: whether a text has a sign, digit or factor, or words of a sum kept secret."""
    return _grammar().hint.search(raw) is not None


def parse_amount(expression: str, language: str = "en") -> Amount | None:
    """The first amount of a short expression, or None."""
    from models.normalise import normalise

    normal = normalise(expression)
    found = find_amounts(normal.text, normal.lower, language)
    return found[0] if found else None


def _amount(match: re.Match[str], text: str, lower: str, language: str, grammar: _Grammar) -> Amount | None:
    rules: list[str] = []
    start, end = match.span()
    factor, is_word = _factor(match, grammar)
    currency, is_assumed, told = _currency(match, text, lower, grammar)
    if currency is None or (match["pre"] == "euro" and not is_word):  # "Euro 2024", "Euro 6"
        return None
    if not currency:
        shout = match["glued"] == "m" and text[match.end("glued") - 1] == "M" and " " not in match.group()
        if not (is_word or shout) or not _is_open(lower, end, grammar):
            return None
        rules.append("no_currency")
    precision: Precision = "exact"
    if match["digits"]:
        number = read_number(match["digits"], language, scaled=factor > 1)
        if number is None:
            return None
    else:
        rules.append("words")
        if match["words"] in grammar.rough_of:
            number, precision = grammar.rough_of[match["words"]], "about"
        else:
            number = grammar.number_of[match["words"]]
    value = number * factor + (factor / 2 if match["half"] else 0)
    value = round(value, 2)
    if not 0 < value <= MAX_VALUE:
        return None
    if told:
        rules.append(told)
    return _qualified(
        Amount(start, end, value, None, currency, is_assumed, precision, rules=tuple(rules)), lower, language, grammar
    )


def _factor(match: re.Match[str], grammar: _Grammar) -> tuple[int, bool]:
    if match["scale"]:
        return grammar.scale_of[match["scale"]], True
    if match["glued"] and (match["pre"] or match["post"] or match["glued"] == "m"):
        return grammar.glued_of[match["glued"]], False
    return 1, False


def _currency(match: re.Match[str], text: str, lower: str, grammar: _Grammar) -> tuple[str | None, bool, str]:
    """Code ("" where none is written, None where what looks like one is none), whether it is assumed, and the rule."""
    for group in ("pre", "post"):
        written = match[group]
        if not written:
            continue
        if written in grammar.codes and written != "eur" and text[match.start(group) : match.end(group)].islower():
            return None, False, ""
        code = grammar.currency_of[written]
        if code not in ("EUR", "USD", "GBP", "CHF", "$") and re.fullmatch(r"(?:19|20)\d\d", match["digits"] or ""):
            return None, False, ""  # "CAD 2024"
        if code != "$":
            return code, False, f"currency_{group}"
        around = lower[max(0, match.start() - 400) : match.end() + 400]
        named = [code for code, pattern in grammar.dollars.items() if pattern is not None and pattern.search(around)]
        return (named[0] if len(named) == 1 else "USD"), True, "bare_dollar"
    return "", False, ""


def _is_open(lower: str, end: int, grammar: _Grammar) -> bool:
    """Whether nothing that is counted follows a factor without currency ("5 Millionen Menschen")."""
    after = _NEXT.match(lower, end)
    return after is None or after.group(1) in grammar.function_words


_NEXT = re.compile(r"[ -]?([^\W\d_]['\w-]{0,30})")


def _qualified(amount: Amount, lower: str, language: str, grammar: _Grammar) -> Amount:
    """The amount with what the words right before and behind it say."""
    before = lower[max(0, amount.start - _BEFORE) : amount.start]
    times = grammar.times.search(before)
    if times is not None:
        before = before[: times.start()]
        amount = replace(amount, times=grammar.times_of[times["times"]], rules=(*amount.rules, "times"))
    if grammar.at_most.search(before):
        return replace(
            amount, value=None, value_max=amount.value, precision="at_most", rules=(*amount.rules, "at_most")
        )
    if grammar.at_least.search(before):
        return replace(amount, precision="at_least", rules=(*amount.rules, "at_least"))
    if grammar.about.search(before):
        return replace(amount, precision="about", rules=(*amount.rules, "about"))
    span = grammar.range.search(before)
    if span is not None and (span["to"] or span["intro"]):
        low = read_number(re.sub(r"[^\d.,' ]", "", span["low"]).strip(), language, scaled=True)
        scale = span["lowscale"]
        factor = {**grammar.scale_of, **grammar.glued_of}.get(scale, 1) if scale else _shared_factor(amount)
        moved = span["intro"] in ("from", "de", "von", "vun") and _found(
            grammar.grows, lower[max(0, amount.start - 120) : amount.start]
        )
        is_year = not scale and low is not None and 1900 <= low <= 2100
        if low is not None and not moved and not is_year and 0 < low * factor < amount.size:
            start = amount.start - len(before) + span.start("low")
            top = amount.value
            currency = amount.currency or grammar.currency_of.get(span["sign"] or "", "")
            currency = "USD" if currency == "$" else currency
            rules = (*amount.rules, "range")
            amount = replace(
                amount, start=start, value=round(low * factor, 2), value_max=top, currency=currency, rules=rules
            )
    return amount


def _shared_factor(amount: Amount) -> float:
    for factor in (1e9, 1e6, 1e3):
        if amount.size >= factor:
            return factor
    return 1.0


def _joined(found: list[Amount]) -> list[Amount]:
    """Without the amounts that turned out to be the lower end of the range behind them."""
    kept: list[Amount] = []
    for amount in found:
        while kept and kept[-1].end > amount.start:
            kept.pop()
        kept.append(amount)
    return kept


def _without_slips(found: list[Amount]) -> list[Amount]:
    """With a slip of the pen righted: a billion whose parts, three or more and told in the same text, add up to as many
    millions ("€94.8bn" beside four quarters of some €24m)."""
    if len(found) < 4 or not any(amount.size >= 1e9 for amount in found):
        return found
    out = []
    for i, amount in enumerate(found):
        parts = [other.size for j, other in enumerate(found) if j != i and other.size < 1e9]
        thousandth = amount.size / 1000
        if amount.size >= 1e9 and amount.value and len(parts) >= 3 and abs(sum(parts) - thousandth) < 0.01 * thousandth:
            amount = replace(amount, value=thousandth, rules=(*amount.rules, "scale_slip"))
        out.append(amount)
    return out


def read_number(digits: str, language: str = "en", *, scaled: bool = False) -> float | None:
    """The value of a number as printed; ``scaled`` tells that a factor ("million") follows it.

    Two marks: the last one is the decimal mark. One mark before exactly three digits: thousands, unless a factor
    follows and the mark is the language's decimal one. Anything else: decimal.
    """
    plain = digits.strip().replace(" ", "").replace("'", "")
    marks = [c for c in plain if c in ".,"]
    if not marks:
        return float(plain) if plain else None
    last = marks[-1]
    head, _, tail = plain.rpartition(last)
    if len(set(marks)) == 2:
        whole, fraction = re.sub(r"[.,]", "", head), tail
    elif len(marks) > 1:
        whole, fraction = re.sub(r"[.,]", "", plain), ""
    else:
        decimal = "." if language == "en" else ","
        grouped = len(tail) == 3 and head not in ("", "0") and len(head) <= 3 and not (scaled and last == decimal)
        whole, fraction = (head + tail, "") if grouped else (head, tail)
    try:
        return float(f"{whole or 0}.{fraction or 0}")
    except ValueError:
        return None


def _found(pattern: re.Pattern[str] | None, words: str) -> bool:
    return pattern is not None and pattern.search(words) is not None
