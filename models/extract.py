"""A batch of texts in, a batch of claims of money out.

Belongs here: the columns of claims, titles beside texts, events that are told without a sum. Never here: files
(store.py), how a claim is read (claims.py). Like ``classify`` a pure function from frame to frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

import pandas as pd

from models.claims import NO_EVENT, Claim, Sentence, find_claims, find_undisclosed
from models.language import LANGUAGES, detect
from models.money import find_amounts, may_name_money
from models.normalise import Normal, normalise
from models.parties import Parties, find_day, find_parties
from models.version import model_version

CLAIM_COLUMNS = (
    "id", "claim_no", "part", "start_at", "end_at", "phrase", "sentence_start", "sentence_end", "sentence", "amount",
    "amount_max", "currency", "currency_assumed", "precision", "times", "is_each", "kind", "is_event", "status",
    "round", "instrument", "organisations", "givers", "lead", "date_written", "happened_on", "equivalents", "repeats",
    "rules", "model_version",
)  # fmt: skip
MAX_CLAIMS = 200  # of one text
MAX_QUOTE = 400  # characters of the sentence that is kept as evidence


class Equivalent(TypedDict):
    """The same sum in another currency, as the text tells it."""

    amount: float
    currency: str


def extract_claims(frame: pd.DataFrame) -> pd.DataFrame:
    """Every claim of money in a frame of texts.

    Columns in: ``id``, ``text``; optional ``title``, ``lang`` (en, fr, de, lb), ``published`` (ISO day, for days
    without year). Columns out, one row a claim in the order of the text (``claim_no`` from 0, the title first):

    - ``part`` (title or text) and ``start_at``, ``end_at``: the characters [start_at, end_at) of the given title or
      text that ``phrase`` is; ``sentence_start``, ``sentence_end``, ``sentence``: the same of the sentence, cut at 400.
    - ``amount``: the sum, or the lower end of a range; None under a bare ceiling. ``amount_max``: upper end or ceiling.
      ``currency``: ISO 4217 or None; ``currency_assumed``: a bare dollar, or taken from another sum of the text.
    - ``precision`` exact, about, at_least, at_most; ``times`` equal instalments; ``is_each`` everyone named gets it.
    - ``kind``: raised, committed, first_closing, target, ceiling, awarded, invested, loan, contract, commitment,
      envelope, fund_size, total_cost, total, part, approximate (a rough part), instalment, aggregate, proposed,
      undisclosed (no sum), or what is no event: revenue, valuation, price, salary, fine, market, acquisition, stated.
    - ``status``: stands, denied, withdrawn (a figure that the text corrects), background (an aggregate in passing).
      ``is_event``: it stands, is told for the first time and is of a kind that is one.
    - ``round``, ``instrument``, ``organisations`` (who gets), ``givers``, ``lead``: as written, empty where unsure.
    - ``date_written``, ``happened_on``: the one day of the sentence, as ISO day, month or year.
    - ``equivalents``: the same sum in other currencies; ``repeats``: the ``claim_no`` that told it before; ``rules``.
    """
    rows: list[dict[str, Any]] = []
    for given in frame.to_dict("records"):
        rows += claims_of(given)
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS), dtype=object)


def claims_of(row: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The claims of one row with the keys of ``extract_claims``, as dicts."""
    raw = {"title": _string(row.get("title")), "text": _string(row.get("text"))}
    if not any(may_name_money(part) for part in raw.values()):
        return []
    parts = {name: normalise(part) for name, part in raw.items()}
    language = _string(row.get("lang"))
    if language not in LANGUAGES:
        language, _ = detect(parts["text"].lower, parts["title"].lower)
    published = _day(row.get("published"))
    amounts = {name: find_amounts(part.text, part.lower, language) for name, part in parts.items()}
    out: list[dict[str, Any]] = []
    for name, other in (("title", "text"), ("text", "title")):
        normal = parts[name]
        told = find_claims(normal, name, language, amounts[other])
        told += find_undisclosed(normal, name, told)
        out += _rows(sorted(told, key=lambda claim: claim.start), normal, raw[name], published)
    out = out[:MAX_CLAIMS]
    _mark_repeats(out)
    return [{"id": row.get("id"), "claim_no": number, **claim} for number, claim in enumerate(out)]


def _rows(claims: list[Claim], normal: Normal, raw: str, published: date | None) -> list[dict[str, Any]]:
    out = []
    known: dict[Sentence, tuple[Parties, tuple[str, str]]] = {}
    for claim in claims[:MAX_CLAIMS]:
        start, end = normal.source_span(claim.start, claim.end)
        sentence_start, sentence_end = normal.source_span(claim.sentence.start, claim.sentence.end)
        if claim.sentence not in known:
            start_end = (claim.sentence.start, claim.sentence.end)
            known[claim.sentence] = (
                find_parties(normal.text, normal.lower, *start_end),
                find_day(normal.lower, *start_end, published),
            )
        parties, (written, happened) = known[claim.sentence]
        amount = claim.amount
        out.append(
            {
                "part": claim.part,
                "start_at": start,
                "end_at": end,
                "phrase": raw[start:end],
                "sentence_start": sentence_start,
                "sentence_end": sentence_end,
                "sentence": raw[sentence_start:sentence_end].strip()[:MAX_QUOTE],
                "amount": amount.value,
                "amount_max": amount.value_max,
                "currency": amount.currency or None,
                "currency_assumed": amount.is_assumed,
                "precision": amount.precision,
                "times": amount.times,
                "is_each": claim.is_each,
                "kind": claim.kind,
                "is_event": claim.status == "stands" and claim.kind not in NO_EVENT,
                "status": claim.status,
                "round": claim.round or None,
                "instrument": claim.instrument or None,
                "organisations": list(parties.organisations),
                "givers": list(parties.givers),
                "lead": parties.lead or None,
                "date_written": written or None,
                "happened_on": happened or None,
                "equivalents": [Equivalent(amount=value, currency=currency) for value, currency in claim.equivalents],
                "repeats": None,
                "rules": list(claim.rules),
                "model_version": model_version(),
            }
        )
    return out


def _mark_repeats(claims: list[dict[str, Any]]) -> None:
    """The same sum of the same kind, told again in title or text, is no further event."""
    first: dict[tuple[Any, ...], int] = {}
    for number, claim in enumerate(claims):
        if claim["kind"] == "undisclosed":
            continue
        key = (claim["amount"], claim["amount_max"], claim["currency"], claim["kind"], claim["status"])
        if key in first:
            claim["repeats"], claim["is_event"] = first[key], False
        else:
            first[key] = number


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(_string(value)[:10])
    except ValueError:
        return None
