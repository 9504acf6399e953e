"""The employer's NACE section, with the basis on which it was told.

Belongs here: the order of evidence (register, name, words of the text, categoriser) and its arithmetic. Never here:
names (employers.jsonl) and cues (sectors.yaml). The section is the employer's, not the task's: a nurse in a bank's
infirmary works in section K. A staffing agency that hides its client is N, unless the text says what the client is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.employers import NameKey, load_register
from models.names import fold as fold_name
from models.scan import Scanner, Tables, fold
from models.textcat import load_textcat

Basis = Literal["register", "name", "classifier", "cues", "agency", "agency_client", "none"]
UNKNOWN = "unknown"


class Revision21(BaseModel):
    """Where a section of NACE Rev. 2 went in Rev. 2.1: most of it to ``main``, parts of it to ``also``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    main: str
    also: tuple[str, ...] = ()
    note: str = ""


class SectionData(BaseModel):
    """One NACE section in sectors.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    section: str
    labels: dict[str, str]
    note: str
    nace21: Revision21
    name_parts: tuple[str, ...]
    name_hints: tuple[str, ...]
    name_endings: tuple[str, ...]
    strong_cues: tuple[str, ...]
    weak_cues: tuple[str, ...]


class AgencyData(BaseModel):
    """Staffing agencies: their names, words in names, and how their ads speak of the client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    name_parts: tuple[str, ...]
    cues: tuple[str, ...]


class Weights(BaseModel):
    """How much each kind of evidence says. Sums are compared with ``floor`` and with the next section's sum."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_part: float
    name_hint: float
    name_ending: float
    strong_cue: float
    weak_cue: float
    most_hints: float  # the most that all weak cues of a section count together
    title_cue: float  # factor of a cue in the title
    near: float  # factor of a cue where the employer speaks of itself
    far: float  # factor of a cue anywhere else
    categoriser: float  # of one unit of its log-odds against a flat guess
    clear: float  # the categoriser is not asked from this sum and lead on
    floor: float
    lead: float


class SectorData(BaseModel):
    """The content of sectors.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sections: tuple[SectionData, ...]
    agencies: AgencyData
    name_noise: tuple[str, ...]
    register_tails: tuple[str, ...]
    openers: tuple[str, ...]
    title_prior: dict[str, dict[str, float]]
    weights: Weights


class SectorReading(NamedTuple):
    """A section of NACE Rev. 2 (or ``unknown``), the basis, and the section of Rev. 2.1.

    Where Rev. 2.1 splits a section and the register does not say more, ``nace21`` is the larger part.
    """

    section: str
    basis: Basis
    nace21: str


class Cue(NamedTuple):
    """What a phrase stands for. An opener ("about us") shows where the employer speaks of itself."""

    phrase: str
    sections: tuple[tuple[str, float], ...] = ()
    opener: bool = False


Hits = Sequence[tuple[Any, int, int]]  # (Cue, start, end); those of agencies have no payload
_SENTENCE_END = re.compile(r"[.\n;]")


_OPENING = 250  # characters: the employer speaks first
_AFTER_OPENER = 200
_MAX_STRETCHES = 3
_NAME_IN_TEXT = 4  # characters; a shorter name is found in other words' company
_CLIENT = 200  # characters after "our client"
_CLIENTS = 10  # mentions of a client that are read
_REPEATS = 3
_UNSURE = 0.02  # a categoriser's score below this says nothing against a section


class SectorReader:
    """Tells sections. Build once a process (``load_sectors``)."""

    def __init__(self, data: SectorData) -> None:
        self._weights = data.weights
        self.labels = {section.section: section.labels for section in data.sections}
        self._revision21 = {section.section: section.nace21.main for section in data.sections} | {UNKNOWN: UNKNOWN}
        self._prior = data.title_prior
        self._key = NameKey(data.name_noise)
        self._register = load_register(self._key)
        self._tails = frozenset(map(fold_name, data.register_tails))
        names: dict[str, list[tuple[str, float]]] = {}
        cues: dict[str, list[tuple[str, float]]] = {}
        for section in data.sections:
            for words, weight, table in (
                (section.name_hints, data.weights.name_hint, names),
                (section.name_parts, data.weights.name_part, names),
                (section.weak_cues, data.weights.weak_cue, cues),
                (section.strong_cues, data.weights.strong_cue, cues),
            ):
                for word in words:
                    table.setdefault(word.lower(), []).append((section.section, weight))
        self._names = Scanner(names)
        self._endings = sorted(
            ((ending, section.section) for section in data.sections for ending in section.name_endings),
            key=lambda entry: -len(entry[0]),
        )
        openers = set(map(str.lower, data.openers))
        self.cues = {
            phrase: Cue(phrase, tuple(cues.get(phrase, ())), phrase in openers)
            for phrase in [*cues, *sorted(openers - cues.keys())]
        }
        self.agency_cues = dict.fromkeys(map(str.lower, data.agencies.cues))
        self._scan = Tables(self.cues, self.agency_cues)
        self._agencies = {self._key(name) for name in data.agencies.names}
        self._agency_names = Scanner(dict.fromkeys(map(str.lower, data.agencies.name_parts), True))

    def read(self, employer: str, title: str, lower: str, sub_major: str | None = None) -> SectorReading:
        """The reading of an ad from its employer's name, its title and its lower-cased text.

        ``sub_major``: the ISCO-08 group of the title, where it is known; a nurse makes a hospital likely.
        """
        in_title, _ = self._scan(title.lower(), fold(title.lower()))
        in_text, agency = self._scan(lower, fold(lower))
        return self.read_hits(employer, in_title, in_text, agency, lower, sub_major)

    def read_hits(
        self, employer: str, in_title: Hits, in_text: Hits, agency: Hits, lower: str, sub_major: str | None = None
    ) -> SectorReading:
        """``read`` from the hits of ``cues`` in title and text, and of ``agency_cues`` in the text."""
        weights = self._weights
        key, is_agency, known, from_name = self._named(employer)
        if is_agency:
            return self._client(in_title, in_text, agency, lower)
        if known is not None:
            return SectorReading(known[0], "register", known[1])
        by_name = _ranked(from_name)
        if by_name[0][1] >= weights.name_part and by_name[1][1] <= 0.0:
            return self._reading(by_name[0][0], "name")
        stretches = _stretches(lower, key, in_text)
        scores = dict(from_name)
        self._count(scores, in_text, stretches)
        for cue, _, _ in in_title:
            for section, weight in cue.sections:
                scores[section] = scores.get(section, 0.0) + weight * weights.title_cue
        for section, weight in self._prior.get(sub_major or "", {}).items():
            scores[section] = scores.get(section, 0.0) + weight
        basis: Basis = "name" if by_name[0][1] >= weights.name_part else "cues"
        ranked = _ranked(scores)
        if ranked[0][1] - ranked[1][1] >= weights.clear:
            return self._reading(ranked[0][0], basis)
        by_text = self._categorise(lower, stretches)
        for section, value in by_text.items():
            scores[section] = scores.get(section, 0.0) + value
        ranked = _ranked(scores)
        if ranked[0][1] >= weights.floor and ranked[0][1] - ranked[1][1] >= weights.lead:
            section = ranked[0][0]
            if basis == "cues" and by_text.get(section, 0.0) * 2 > ranked[0][1]:
                basis = "classifier"
            return self._reading(section, basis)
        # No name, and the ad speaks of a client: an agency that hides both.
        if not key and agency:
            return self._reading("N", "agency")
        return self._reading(UNKNOWN, "none")

    def _reading(self, section: str, basis: Basis) -> SectorReading:
        return SectorReading(section, basis, self._revision21[section])

    @lru_cache(maxsize=4096)  # noqa: B019  # one reader a process; employers repeat
    def _named(self, employer: str) -> tuple[str, bool, tuple[str, str] | None, dict[str, float]]:
        """Key, whether an agency, sections of Rev. 2 and 2.1 where registered, scores of the words of the name."""
        key = self._key(employer) if employer else ""
        if not key:
            return "", False, None, {}
        lower = employer[:200].lower().replace("’", "'")
        known = self._register.find(key)
        agency = (
            key in self._agencies
            or (known is None and next(self._agency_names(lower), None) is not None)
            or any(key.startswith(name + " ") for name in self._agencies)
        )
        scores: dict[str, float] = {}
        spans = list(self._names(lower))
        for sections, start, end in spans:
            # "assurance maladie" is not "assurance": the longest words of a name speak.
            if any(s <= start and end <= e and e - s > end - start for _, s, e in spans):
                continue
            for section, weight in sections:
                scores[section] = max(scores.get(section, 0.0), weight)
        for word in key.split():
            for ending, section in self._endings:
                if word.endswith(ending) and len(word) > len(ending) + 1:
                    scores[section] = max(scores.get(section, 0.0), self._weights.name_ending)
                    break
        if known is None:
            begun = self._register.start(key, self._tails)
            # "Mistral Joinery" is no maker of language models: what follows a known name must not speak against it.
            if begun is not None and (begun[1] or max(scores.values(), default=0.0) <= scores.get(begun[0].nace2, 0.0)):
                known = begun[0]
        return key, agency, (known.nace2, known.nace21) if known else None, scores

    def _count(self, scores: dict[str, float], hits: Hits, stretches: Sequence[tuple[int, int]]) -> None:
        """Adds the cues of a text: each phrase once, a little more for repeats, most where the employer speaks."""
        counted: dict[Cue, tuple[int, float]] = {}
        for cue, start, _ in hits:
            if cue.sections:
                near = any(begin <= start < stop for begin, stop in stretches)
                factor = self._weights.near if near else self._weights.far
                times, best = counted.get(cue, (0, 0.0))
                counted[cue] = (times + 1, max(best, factor))
        hints: dict[str, float] = {}
        for cue, (times, factor) in counted.items():
            for section, weight in cue.sections:
                value = factor * weight * (1.0 + 0.2 * min(times - 1, _REPEATS))
                table = scores if weight > self._weights.weak_cue else hints
                table[section] = table.get(section, 0.0) + value
        # Any number of hints is still a hint: a list of tools is long in every ad for programmers.
        for section, value in hints.items():
            scores[section] = scores.get(section, 0.0) + min(value, self._weights.most_hints)

    def _categorise(self, lower: str, stretches: Sequence[tuple[int, int]]) -> dict[str, float]:
        found = load_textcat("sector").quick_scores(" ".join(lower[start:end] for start, end in stretches))
        flat = 1.0 / len(found)
        return {
            section: self._weights.categoriser * math.log(max(score, _UNSURE) / flat)
            for section, score in found.items()
        }

    def _client(self, in_title: Hits, in_text: Hits, agency: Hits, lower: str) -> SectorReading:
        """An agency's ad: the client's section if the title or the sentence that introduces the client says it."""
        told = []
        for _, _, end in agency[:_CLIENTS]:
            stop = _SENTENCE_END.search(lower, end, end + _CLIENT)
            told.append((end, stop.start() if stop else end + _CLIENT))
        scores: dict[str, float] = {}
        inside = [hit for hit in in_text if any(begin <= hit[1] < stop for begin, stop in told)]
        self._count(scores, inside, told)
        for cue, _, _ in in_title:
            for section, weight in cue.sections:
                scores[section] = scores.get(section, 0.0) + weight
        scores.pop("N", None)
        ranked = _ranked(scores)
        if ranked[0][1] >= self._weights.strong_cue and ranked[0][1] > ranked[1][1]:
            return self._reading(ranked[0][0], "agency_client")
        return self._reading("N", "agency")


def _stretches(lower: str, key: str, hits: Hits) -> list[tuple[int, int]]:
    """Where the employer is likely to speak of itself: the opening, after "about us", after its own name."""
    found = [(0, _OPENING)]
    starts = [start for cue, start, _ in hits if cue.opener]
    if len(key) >= _NAME_IN_TEXT:
        at = lower.find(key, _OPENING)
        if at >= 0:
            starts.append(at)
    for start in sorted(starts):
        if start >= found[-1][1] and len(found) < _MAX_STRETCHES:
            found.append((start, start + _AFTER_OPENER))
    return found


def _ranked(scores: dict[str, float]) -> list[tuple[str, float]]:
    """Sections by falling score, at least two."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [*ranked, (UNKNOWN, 0.0), (UNKNOWN, 0.0)]


@lru_cache(maxsize=1)
def load_sectors() -> SectorReader:
    """The sector reader of this version, built once a process."""
    return SectorReader(SectorData(**read_yaml("sectors.yaml")))
