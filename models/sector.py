"""The employer's NACE Rev. 2 section, with the basis on which it was told.

Belongs here: the order of evidence (register, name, words of the text) and its arithmetic. Never here: names and cues
(sectors.yaml). The section is the employer's, not the task's: a nurse in a bank's infirmary works in section K. A
staffing agency that hides its client is N, unless the text says what the client is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from models.names import without_legal_form
from models.scan import Scanner

Basis = Literal["register", "name", "cues", "agency", "agency_client", "none"]
UNKNOWN = "unknown"


class SectionData(BaseModel):
    """One NACE section in sectors.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    section: str
    labels: dict[str, str]
    note: str
    register_: tuple[str, ...]
    name_parts: tuple[str, ...]
    name_hints: tuple[str, ...]
    strong_cues: tuple[str, ...]
    weak_cues: tuple[str, ...]


class AgencyData(BaseModel):
    """Staffing agencies: their names, words in names, and how their ads speak of the client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    name_parts: tuple[str, ...]
    cues: tuple[str, ...]


class SectorData(BaseModel):
    """The content of sectors.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sections: tuple[SectionData, ...]
    agencies: AgencyData
    name_noise: frozenset[str]
    weights: dict[str, float]


class SectorReader:
    """Tells sections. Build once a process (``load_sectors``)."""

    def __init__(self, data: SectorData) -> None:
        self._weights = data.weights
        self.labels = {section.section: section.labels for section in data.sections}
        self._noise = data.name_noise
        self._register = {self._key(n): s.section for s in data.sections for n in s.register_}
        self._names = [
            (s.section, weight, _parts(parts))
            for s in data.sections
            for weight, parts in ((data.weights["name_part"], s.name_parts), (data.weights["name_hint"], s.name_hints))
            if parts
        ]
        table: dict[str, list[tuple[str, float]]] = {}
        for section in data.sections:
            for cue in section.weak_cues:
                table.setdefault(cue.lower(), []).append((section.section, data.weights["weak_cue"]))
            for cue in section.strong_cues:
                table.setdefault(cue.lower(), []).append((section.section, data.weights["strong_cue"]))
        self._cues = Scanner(table)
        self._agencies = {self._key(name) for name in data.agencies.names}
        self._agency_part = _parts(data.agencies.name_parts)
        self._agency_cue = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, data.agencies.cues)) + r")(?!\w)")

    def read(self, employer: str, title: str, lower: str) -> tuple[str, Basis]:
        """Section letter (or ``unknown``) and basis, from the employer's name, the title and the lower-cased text."""
        name = employer.lower()
        key = self._key(employer) if employer else ""
        agency = bool(key) and (key in self._agencies or self._agency_part.search(name) is not None)
        if agency:
            return self._client(lower)
        if key:
            section = self._registered(key)
            if section is not None:
                return section, "register"
        scores: dict[str, float] = {}
        if name:
            for section, weight, pattern in self._names:
                if pattern.search(name):
                    scores[section] = scores.get(section, 0.0) + weight
        from_name = max(scores.values(), default=0.0)
        self._count(scores, lower, 1.0)
        self._count(scores, title.lower(), self._weights["title_factor"])
        hidden = not name and self._agency_cue.search(lower) is not None
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        best, value = ranked[0] if ranked else (UNKNOWN, 0.0)
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        # Clear of the floor, and clear of the next section: otherwise it is honest to say unknown.
        if value >= self._weights["floor"] and value >= self._weights["margin"] * second:
            return best, "name" if from_name >= self._weights["name_part"] else "cues"
        return ("N", "agency") if hidden else (UNKNOWN, "none")

    def _client(self, lower: str) -> tuple[str, Basis]:
        """An agency's ad: the client's section if the sentence that introduces the client says it, else N."""
        scores: dict[str, float] = {}
        for match in self._agency_cue.finditer(lower):
            stop = re.search(r"[.\n;]", lower[match.end() : match.end() + 200])
            self._count(scores, lower[match.end() : match.end() + (stop.start() if stop else 200)], 1.0)
        scores.pop("N", None)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        if ranked and ranked[0][1] >= 1.0 and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
            return ranked[0][0], "agency_client"
        return "N", "agency"

    def _registered(self, key: str) -> str | None:
        if not key:
            return None
        if key in self._register:
            return self._register[key]
        # "Cargolux Airlines International": the register's name stands at the start, and is long enough to be one.
        words = key.split()
        for size in range(len(words) - 1, 0, -1):
            start = " ".join(words[:size])
            if len(start) >= 6 and start in self._register:
                return self._register[start]
        return None

    def _count(self, scores: dict[str, float], lower: str, factor: float) -> None:
        hits: dict[tuple[str, str], tuple[int, float]] = {}
        for sections, start, end in self._cues(lower):
            for section, weight in sections:
                phrase = (section, lower[start:end])
                times, _ = hits.get(phrase, (0, weight))
                hits[phrase] = (times + 1, weight)
        for (section, _), (times, weight) in hits.items():
            scores[section] = scores.get(section, 0.0) + factor * weight * (1.0 + 0.25 * min(times - 1, 3))

    def _key(self, name: str) -> str:
        return " ".join(word for word in without_legal_form(name).split() if word not in self._noise)


def _parts(parts: tuple[str, ...]) -> re.Pattern[str]:
    words = [re.escape(p[:-1]) + r"\w*" if p.endswith("*") else re.escape(p) for p in parts]
    return re.compile(r"(?<!\w)(?:" + "|".join(sorted(words, key=len, reverse=True)) + r")(?!\w)")


@lru_cache(maxsize=1)
def load_sectors() -> SectorReader:
    """The sector reader of this version, built once a process."""
    content = yaml.safe_load((Path(__file__).parent / "sectors.yaml").read_text(encoding="utf-8"))
    for section in content["sections"]:
        section["register_"] = section.pop("register")
    return SectorReader(SectorData(**content))
