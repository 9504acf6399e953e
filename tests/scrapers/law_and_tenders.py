"""Invented publishers of notices and of law: TED's search and the SPARQL endpoint of Legilux, with their failings.

Belongs here: what they hold, how they answer, how they fail. Never here: expectations. All content is invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

ROOT = "http://data.legilux.public.lu/eli/dl/pl"


class Ted:
    """Notices by publication number; ``faults`` are used up one an answer: timeout, error, loses_one, no_token,
    same_page, grows.
    """

    def __init__(self) -> None:
        self.notices: dict[str, dict[str, Any]] = {}
        self.faults: dict[int, str] = {}  # number of the answer within a crawl, from 1 -> what goes wrong
        self.asked: list[dict[str, Any]] = []
        self._served = 0

    def publish(self, number: int, title: str = "", **fields: Any) -> str:
        key = f"{number}-2026"
        self.notices[key] = {
            "publication-number": key,
            "notice-title": {"fra": title or f"Avis inventé {number}"},
            "publication-date": "2026-03-02+01:00",
            "buyer-name": {"fra": ["Commune inventée"]},
            "buyer-country": ["LUX"],
            **fields,
        }
        return key

    def begin(self, **faults: int) -> None:
        """A new crawl; ``timeout=2`` makes its second answer fail."""
        self.faults = {at: name for name, at in faults.items()}
        self._served = 0

    def answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
        asked = orjson.loads(body)
        self.asked.append(asked)
        self._served += 1
        fault = self.faults.get(self._served)
        if fault == "error":
            return 200, {"message": "Search is down", "error": {"type": "UPSTREAM"}}
        if fault == "grows":
            self.publish(900_000 + len(self.notices))
        every = sorted(self.notices.values(), key=lambda one: int(one["publication-number"].partition("-")[0]))
        size = asked["limit"]
        by_token = asked["paginationMode"] == "ITERATION"
        token = asked.get("iterationNextToken", "0")
        start = int(token) if by_token else (asked["page"] - 1) * size
        if fault == "same_page":
            start = 0
        part = every[start : start + size]
        said = {"notices": part, "totalNoticeCount": len(every), "iterationNextToken": None, "timedOut": False}
        if by_token and fault != "no_token":
            said["iterationNextToken"] = str(start + size)
        if fault == "timeout":
            said |= {"timedOut": True, "notices": part[:1]}
        if fault == "loses_one":
            said["notices"] = part[1:]
        return 200, said


@dataclass
class Bill:
    """A bill with titles by language and steps: (code, number) -> (words, day)."""

    number: str
    titles: dict[str, str]
    accepted: str
    steps: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)


class Legilux:
    """Bills and laws; ``faults``: cut (a page without its last row), error, grows (a bill more after the count)."""

    def __init__(self) -> None:
        self.bills: dict[str, Bill] = {}
        self.acts: dict[str, dict[str, str]] = {}  # ELI -> title, documentdate, published, entry, end
        self.faults: set[str] = set()
        self.asked: list[str] = []

    def rows(self, what: str, year: str) -> list[dict[str, Any]]:
        rows = []
        if what == "bills":
            for path, bill in sorted(self.bills.items()):
                if not bill.accepted.startswith(year):
                    continue
                for language, title in sorted(bill.titles.items()):
                    shared = {
                        "draft": _uri(f"{ROOT}/{path}"),
                        "number": _text(bill.number),
                        "title": _text(title, language),
                        "accepted": _text(bill.accepted),
                    }
                    for (code, number), (words, day) in sorted(bill.steps.items()):
                        step = {"step": _uri(f"{ROOT}/{path}/evenement/{code}/{number}"), "date": _text(day)}
                        rows.append(shared | step | ({"type": _text(words)} if words else {}))
                    if not bill.steps:
                        rows.append(shared)
        else:
            for path, said in sorted(self.acts.items()):
                if said["documentdate"].startswith(year):
                    values = {name: _text(value) for name, value in said.items()}
                    rows.append({"act": _uri(f"http://data.legilux.public.lu/{path}")} | values)
        return rows

    def answer(self, url: str) -> tuple[int, bytes]:
        question = parse_qs(urlsplit(url).query)["query"][0]
        self.asked.append(question)
        what = "bills" if "InitialDraft" in question else "acts"
        found = re.search(r'>= "(\d{4})-01-01"', question)
        assert found, question
        rows = self.rows(what, found[1])
        if "COUNT(" in question:
            count = len(rows)
            if "grows" in self.faults and what == "bills" and count:
                self.bills[f"{found[1]}/999"] = Bill("9999", {"fr": "Projet tardif"}, f"{found[1]}-12-31")
            return 200, _results([{"rows": _text(str(count))}])
        if "error" in self.faults:
            return 200, b"Virtuoso 22023 Error SR353: too many rows"
        limit = re.search(r"LIMIT (\d+) OFFSET (\d+)", question)
        assert limit, question
        part = rows[int(limit[2]) : int(limit[2]) + int(limit[1])]
        return 200, _results(part[:-1] if "cut" in self.faults else part)


def _results(rows: list[dict[str, Any]]) -> bytes:
    names = sorted({name for row in rows for name in row})
    return orjson.dumps({"head": {"vars": names}, "results": {"bindings": rows}})


def _uri(value: str) -> dict[str, str]:
    return {"type": "uri", "value": value}


def _text(value: str, language: str = "") -> dict[str, str]:
    return {"type": "literal", "value": value} | ({"xml:lang": language} if language else {})
