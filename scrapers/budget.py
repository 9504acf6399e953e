"""A publisher's daily budget: what its answers say remains of it, and when a crawl has to stop.

Belongs here: reading the fields in which OpenAlex says so, and the share of the day that is ours. Never here: the two
kinds of 429 (``scrapers.netguard``), HTTP.

Answers carry ``X-RateLimit-Limit``, ``-Remaining``, ``-Credits-Used`` and ``-Reset`` (seconds), and the same in dollars
(``-Limit-USD``, ``-Remaining-USD``, ``-Cost-USD``); the body repeats the price (``meta.cost_usd``). A crawl stops while
a part of the day is left for looks and for whoever shares the key: it never comes to a refusal. What an earlier crawl
or look of the day was told holds for the next one too; the archive remembers it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_PREFIX = "x-ratelimit-"
_UNITS = (("-usd", "cost-usd"), ("", "credits-used"))  # dollars are what is charged; credits are being given up
_MOST_RESET = 48 * 3600.0
_EXACT = 1e-9


@dataclass
class Budget:
    """What is known of the budget of one host. ``share`` of the day may be spent; the rest stays."""

    host: str
    share: float = 0.5
    day_usd: float | None = None  # of a day, where answers do not say
    limit: float | None = None
    remaining: float | None = None
    cost: float = 0.0  # the dearest request so far
    spent_usd: float = 0.0  # of this crawl, as bodies say; used where header fields say nothing
    resets_at: datetime | None = None

    def seen(self, headers: Mapping[str, str], at: datetime) -> None:
        """Take in the fields of an answer (names in lower case) that came at ``at``."""
        for unit, price in _UNITS:
            remaining = _number(headers.get(f"{_PREFIX}remaining{unit}"))
            if remaining is None:
                continue
            self.remaining, self.limit = remaining, _number(headers.get(f"{_PREFIX}limit{unit}"))
            asked = headers.get(f"{_PREFIX}{price}") or headers.get(f"{_PREFIX}credits-required")
            self.cost = max(self.cost, _number(asked) or 0.0)
            reset = _number(headers.get(f"{_PREFIX}reset"))
            until = timedelta(seconds=reset) if reset is not None and reset <= _MOST_RESET else None
            self.resets_at = _midnight(at) if until is None else at + until
            return

    def charged(self, usd: object) -> None:
        """Take in the price that the body of an answer names."""
        if isinstance(usd, (int, float)) and not isinstance(usd, bool) and 0 <= usd < 1_000:
            self.spent_usd += usd
            if self.remaining is None:
                self.cost = max(self.cost, float(usd))

    def refusal(self, now: datetime) -> str | None:
        """One line why nothing more may be asked today; None while there is something left."""
        if self.resets_at is not None and now >= self.resets_at:
            self.remaining = self.limit = self.resets_at = None
        if self.remaining is not None:
            kept = (1 - self.share) * self.limit if self.limit is not None else 0.0
            over = self.remaining - self.cost < kept - _EXACT
        else:
            over = self.day_usd is not None and self.spent_usd + self.cost > self.share * self.day_usd + _EXACT
        at = self.resets_at or _midnight(now)
        return f"the day's budget is spent; goes on at {at:%Y-%m-%d %H:%M} UTC" if over else None


def _midnight(at: datetime) -> datetime:
    return (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text.strip()) else None
