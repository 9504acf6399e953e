"""The employer's NACE Rev. 2 section, with the basis on which it was told.

Belongs here: the order of evidence (register, name, words of the text) and its arithmetic. Never here: names and cues
(sectors.yaml). The section is the employer's, not the task's: a nurse in a bank's infirmary works in section K. A
staffing agency that hides its client is N, unless the text says what the client is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from models.scan import Tables, fold

Basis = Literal["register", "name", "cues", "agency", "agency_client", "none"]
Cue = tuple[str, tuple[tuple[str, float], ...]]  # the phrase, and how much it says for which sections
Hits = Sequence[tuple[Any, int, int]]  # (Cue, start, end); those of agencies have no payload
UNKNOWN = "unknown"
_SENTENCE_END = re.compile(r"[.\n;]")


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
    legal_forms: tuple[str, ...]
    weights: dict[str, float]


class SectorReader:
    """Tells sections. Build once a process (``load_sectors``)."""

    def __init__(self, data: SectorData) -> None:
        self._weights = data.weights
        self.labels = {section.section: section.labels for section in data.sections}
        self._legal = re.compile(
            r"(?<![\w.])(?:" + "|".join(map(re.escape, sorted(data.legal_forms, key=len, reverse=True))) + r")(?![\w])"
        )
        self._register = {self._key(n): s.section for s in data.sections for n in s.register_}
        self._names = [
            (s.section, weight, _parts(parts))
            for s in data.sections
            for weight, parts in ((data.weights["name_part"], s.name_parts), (data.weights["name_hint"], s.name_hints))
            if parts
        ]
        sections_of: dict[str, tuple[tuple[str, float], ...]] = {}
        for section in data.sections:
            for weight, cues in (("weak_cue", section.weak_cues), ("strong_cue", section.strong_cues)):
                for cue in map(str.lower, cues):
                    said = (section.section, data.weights[weight])
                    sections_of[cue] = (*sections_of.get(cue, ()), said)
        self.cues: dict[str, Cue] = {cue: (cue, sections) for cue, sections in sections_of.items()}
        self.agency_cues = dict.fromkeys(data.agencies.cues)
        self._scan = Tables(self.cues, self.agency_cues)
        self._agencies = {self._key(name) for name in data.agencies.names}
        self._agency_part = _parts(data.agencies.name_parts)
        self._employer = lru_cache(maxsize=8_192)(self._read_employer)  # boards hold many ads of one employer

    def read(self, employer: str, title: str, lower: str) -> tuple[str, Basis]:
        """Section letter (or ``unknown``) and basis, from the employer's name, the title and the lower-cased text."""
        in_title, _ = self._scan(title.lower(), fold(title.lower()))
        in_text, agency = self._scan(lower, fold(lower))
        return self.read_hits(employer, in_title, in_text, agency, lower)

    def read_hits(self, employer: str, in_title: Hits, in_text: Hits, agency: Hits, lower: str) -> tuple[str, Basis]:
        """``read`` from the hits of ``cues`` in title and text, and of ``agency_cues`` in the text."""
        is_agency, section, scores = self._employer(employer)
        if is_agency:
            return self._client(in_text, agency, lower)
        if section is not None:
            return section, "register"
        from_name = max(scores.values(), default=0.0)
        scores = dict(scores)
        self._count(scores, in_text, 1.0)
        self._count(scores, in_title, self._weights["title_factor"])
        hidden = not employer and bool(agency)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        best, value = ranked[0] if ranked else (UNKNOWN, 0.0)
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        # Clear of the floor, and clear of the next section: otherwise it is honest to say unknown.
        if value >= self._weights["floor"] and value >= self._weights["margin"] * second:
            return best, "name" if from_name >= self._weights["name_part"] else "cues"
        return ("N", "agency") if hidden else (UNKNOWN, "none")

    def _read_employer(self, employer: str) -> tuple[bool, str | None, dict[str, float]]:
        """Whether it is an agency, the registered section, and what the words of the name say for each section."""
        name = employer.lower()
        key = self._key(employer) if employer else ""
        if key and (key in self._agencies or self._agency_part.search(name) is not None):
            return True, None, {}
        scores: dict[str, float] = {}
        for section, weight, pattern in self._names if name else ():
            if pattern.search(name):
                scores[section] = scores.get(section, 0.0) + weight
        return False, self._registered(key), scores

    def _client(self, in_text: Hits, agency: Hits, lower: str) -> tuple[str, Basis]:
        """An agency's ad: the client's section if the sentence that introduces the client says it, else N."""
        scores: dict[str, float] = {}
        done = 0
        for _, start, end in sorted(agency, key=lambda hit: (hit[1], -hit[2])):
            if start < done:
                continue
            done = end
            stop = _SENTENCE_END.search(lower, end, end + 200)
            finish = stop.start() if stop else end + 200
            self._count(scores, [hit for hit in in_text if end <= hit[1] and hit[2] <= finish], 1.0)
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

    def _count(self, scores: dict[str, float], hits: Hits, factor: float) -> None:
        for (_, sections), times in Counter(cue for cue, _, _ in hits).items():
            for section, weight in sections:
                scores[section] = scores.get(section, 0.0) + factor * weight * (1.0 + 0.25 * min(times - 1, 3))

    def _key(self, name: str) -> str:
        stripped = self._legal.sub(" ", name.lower().replace("’", "'"))
        return " ".join(re.sub(r"[^\w&+' ]", " ", stripped).split())


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
