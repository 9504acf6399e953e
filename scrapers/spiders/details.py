"""Lists that name pages, and the pages when they are due: what spiders of such sources share.

Belongs here: which of the named pages a crawl asks for. Never here: reading a list or a page, putting readings of
several crawls together (``scrapers.decoders.listed``, ``jobposting_html``).

A page is due if it was never asked for, if its list says that it changed since, if no answer of it was healthy, or
after ``refresh_days``. That it is gone (404, 410) or elsewhere (a redirect) is an answer too, and as good for as long:
a list that lags behind must not spend each crawl on pages that are over. A crawl asks for so many and no more, those
never asked first, then those that changed, then the others, the one longest not asked first, so that none waits for
ever.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from scrapy.http import Request, Response

from scrapers.items import utc_now
from scrapers.plan import Planned
from scrapers.spiders.base import PlannedSpider

GONE = (404, 410)
MOVED = (301, 302, 303, 307, 308)
_NEVER = datetime.min.replace(tzinfo=UTC)
Urgency = tuple[int, datetime]  # the least first
ALWAYS: Urgency = (0, _NEVER)


class DetailSpider(PlannedSpider):
    """A subclass says in ``is_list`` which keys are the list's, and in ``follow`` offers the other requests to ``due``.

    Parameters of a source: the one that ``most`` names bounds what is asked for, ``refresh_days``.
    """

    most: ClassVar[tuple[str, int]]  # name of the parameter, and its value where the source gives none
    refresh_days: ClassVar[int] = 14  # where the source gives none

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._asked: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    @abstractmethod
    def is_list(self, key: str) -> bool:
        """As in the base; here nothing can be said for all."""

    def request(self, planned: Planned) -> Request:
        request = super().request(planned)
        if not self.is_list(planned.key):
            request.meta["dont_redirect"] = True  # where it leads is an answer
        return request

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        if not self.is_list(key) and response.status in GONE:
            self.session.settle(key, hashlib.sha256(b"gone").hexdigest())  # closed since the list was made
            return
        yield from super().parse(response, key)

    def due(self, named: Iterable[tuple[Planned, Urgency | None]], what: str) -> Iterator[Planned]:
        """Of the pages that a list named those that are asked for now, the most urgent first.

        The bound is for all calls with the same ``what`` together, a word for people ("pages", "acme: pages").
        """
        most = self.allowed(*self.most)
        for planned, _ in sorted(((p, u) for p, u in named if u is not None), key=lambda pair: pair[1]):
            if self._asked[what] < most:
                self._asked[what] += 1
                yield planned
            else:
                self._left[what] += 1
                self.session.remarks[what] = f"{self._left[what]} pages are left for the next crawl"

    def urgency(self, planned: Planned, changed: datetime | None = None) -> Urgency | None:
        """How urgent a page is; None if it need not be asked for. ``changed``: when its list says that it did."""
        if self.session.mode == "replay":
            return ALWAYS
        answers = self.session.archive.answers(planned.method, planned.url, planned.body, self.session.source.id)
        if not answers:
            return ALWAYS
        asked = answers[0].retrieved_at
        over = [entry.retrieved_at for entry in answers if entry.status in (*GONE, *MOVED)][:1]
        healthy = self.last_healthy(planned)
        known = max([*over, *([healthy.retrieved_at] if healthy else [])], default=None)
        if known is not None and changed is not None and changed > known:
            return 1, asked
        oldest = utc_now() - timedelta(days=self.allowed("refresh_days", self.refresh_days))
        return (2, asked) if known is None or known < oldest else None

    def allowed(self, name: str, default: int) -> int:
        """A whole number among the source's parameters."""
        value = self.session.source.params.get(name, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else default
