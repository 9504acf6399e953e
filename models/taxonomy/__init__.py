"""The taxonomy of AI concepts: what the observatory calls a skill, in four languages.

Belongs here: the concept model, its validation, and access by id, alias or label. The concepts themselves are the YAML
files beside this module, one a group; what changed and why is in ``CHANGELOG.md``. Never here: matching, scoring, texts
to be read. Nothing is read at import; ``load_taxonomy`` reads the files once a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from models.data import read_yaml

TAXONOMY_VERSION = "2026.11.2"  # raised with every entry in CHANGELOG.md

ConceptId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,40}$")]
AliasLanguage = Literal["en", "fr", "de", "lb", "any"]
Tier = Literal["core", "tool", "adjacent"]
Kind = Literal["build", "use", "govern", "open"]
HERE = Path(__file__).parent
_JOINT = re.compile(r"(?<=[^\W_])[ -](?=[^\W_])")
MAX_JOINTS = 2  # nobody writes longer terms as one word
_KI = re.compile(r"\bKI\b")


class TaxonomyError(ValueError):
    """A taxonomy file is wrong: one line that names file, concept and fault."""


class Ambiguity(BaseModel):
    """How an alias that has other meanings is decided.

    ``weak`` aliases count only beside another concept, in the same sentence or anywhere in the document (``scope``;
    ``none`` = they count alone). A sentence that matches ``unless`` is about something else, except where ``rescue``
    matches too. Patterns are regular expressions on lower-cased text, without nested repetition; they speak of weak and
    case-sensitive aliases, with ``whole`` of all aliases of the concept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hint: str
    weak: tuple[str, ...] = ()
    scope: Literal["sentence", "document", "none"] = "document"
    unless: tuple[str, ...] = ()
    rescue: tuple[str, ...] = ()
    whole: bool = False

    @model_validator(mode="after")
    def _patterns_compile(self) -> Ambiguity:
        for pattern in self.unless + self.rescue:
            re.compile(pattern)
        return self


class Labels(BaseModel):
    """A concept's name on screens, in the four languages of the observatory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    fr: str
    de: str
    lb: str


class Concept(BaseModel):
    """One concept.

    ``tier``: core and tool concepts can make a text an AI text, adjacent ones never do alone. ``kind``: what demand for
    it says about the holder (builds AI, uses it, governs it; ``open`` = the sentence decides). ``weight``: how far
    demand for this concept is demand for AI (1 = fully). ``parent``: the next broader concept. ``umbrella``: a word for
    the whole field ("AI systems"), which says nothing more once a narrower concept is named. ``beside_ai``: an adjacent
    concept that is a skill in an AI ad. ``first_seen``: the year in which the term came into use as a technology or a
    label (null = not known). ``replaced_by``: what a dropped concept is reported as today. ``aliases``: how texts of a
    language write it; English ones are read in every text, so the other lists do not repeat them, and ``spellings``
    adds what hyphens and blanks do to them. ``names``: what lists of skills call it, too short or too common a word to
    be looked for in texts ("forecasting", "GEO").
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ConceptId
    labels: Labels
    group: str
    tier: Tier
    parent: ConceptId | None = None
    kind: Kind = "build"
    weight: Annotated[float, "0..1"] = 1.0
    first_seen: Annotated[int, Field(ge=1800, le=2100)] | None = None
    esco_uri: str | None = None
    ambiguous: Ambiguity | None = None
    aliases: dict[AliasLanguage, tuple[str, ...]]
    names: tuple[str, ...] = ()
    umbrella: bool = False
    beside_ai: bool = False
    replaced_by: ConceptId | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Concept:
        if not 0.0 < self.weight <= 1.0:
            raise ValueError(f"weight {self.weight} is not in (0, 1]")
        if not any(self.aliases.values()) and self.replaced_by is None:
            raise ValueError("no alias")
        known = {alias for aliases in self.aliases.values() for alias in aliases}
        for alias in self.ambiguous.weak if self.ambiguous else ():
            if alias not in known:
                raise ValueError(f"weak alias {alias!r} is not an alias")
        return self

    def is_cased(self, alias: str) -> bool:
        """Whether the alias is matched in its exact case: short capitals, and single words that are also common words.

        ``AI`` and ``LoRA`` must be written so; ``machine learning`` and ``PyTorch`` may be written in any case.
        """
        letters = [c for c in alias if c.isalpha()]
        if not letters:
            return False
        if len(alias) <= 6 and all(c.isupper() for c in letters) and " " not in alias:
            return True
        if alias == "dbt":
            return True
        weak = self.ambiguous is not None and alias in self.ambiguous.weak
        special = self.id in {"lora", "spacy", "ms_copilot"} and " " not in alias
        return (
            (weak or special)
            and not set(" -") & set(alias)
            and any(c.isupper() for c in letters)
            and not _german_noun(alias)
        )


class Taxonomy:
    """All concepts, validated together, and indexed. Immutable after construction."""

    def __init__(self, concepts: list[Concept]) -> None:
        self.concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self.concepts:
                raise TaxonomyError(f"concept {concept.id} is defined twice")
            self.concepts[concept.id] = concept
        for concept in concepts:
            self._check(concept)
        self._by_name = self._index_names()

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts.values())

    def __len__(self) -> int:
        return len(self.concepts)

    def __getitem__(self, concept_id: str) -> Concept:
        return self.concepts[concept_id]

    def ancestors(self, concept_id: str) -> tuple[str, ...]:
        """Broader concepts, nearest first."""
        found: list[str] = []
        parent = self.concepts[concept_id].parent
        while parent is not None:
            found.append(parent)
            parent = self.concepts[parent].parent
        return tuple(found)

    def without_parents(self, concept_ids: set[str]) -> set[str]:
        """The given concepts without the umbrellas that a narrower one makes redundant.

        Umbrellas go when any concept is not one; of umbrellas alone, those above another go. Other parents stay: an ad
        that asks for "machine learning" and "PyTorch" asks for both (people label it so; dropping every parent costs
        0.19 of closed micro-F1 on the development sample).
        """
        narrow = {concept_id for concept_id in concept_ids if not self.concepts[concept_id].umbrella}
        if narrow:
            return narrow
        return self.narrowest(concept_ids)

    def narrowest(self, concept_ids: set[str]) -> set[str]:
        """The given concepts without each that is broader than another: the strict reading, for comparison."""
        return concept_ids - {ancestor for concept_id in concept_ids for ancestor in self.ancestors(concept_id)}

    def resolve(self, name: str) -> str | None:
        """The id of a concept from its id, one of its labels, aliases or names; None if nothing fits."""
        key = _key(name)
        found = name if name in self.concepts else self._by_name.get(key)
        return self.current(found) if found is not None else None

    def current(self, concept_id: str) -> str:
        """The concept that stands for the given one today: itself, or what replaced it."""
        return self.concepts[concept_id].replaced_by or concept_id

    def _check(self, concept: Concept) -> None:
        for field in ("parent", "replaced_by"):
            target = getattr(concept, field)
            if target is not None and target not in self.concepts:
                raise TaxonomyError(f"concept {concept.id}: {field} {target!r} does not exist")
        if concept.replaced_by is not None and self.concepts[concept.replaced_by].replaced_by is not None:
            raise TaxonomyError(f"concept {concept.id}: replaced_by {concept.replaced_by!r}, itself replaced")
        seen = {concept.id}
        parent = concept.parent
        while parent is not None:
            if parent in seen:
                raise TaxonomyError(f"concept {concept.id}: its parents form a circle at {parent!r}")
            seen.add(parent)
            parent = self.concepts[parent].parent

    def _index_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        # Labels first, then aliases, then other names and ids: an earlier entry is the more deliberate one.
        for concept in self:
            for label in (concept.labels.en, concept.labels.fr, concept.labels.de, concept.labels.lb):
                names.setdefault(_key(label), concept.id)
        for concept in self:
            for aliases in concept.aliases.values():
                for alias in aliases:
                    names.setdefault(_key(alias), concept.id)
        for concept in self:
            for name in (*concept.names, concept.id.replace("_", " ")):
                names.setdefault(_key(name), concept.id)
        return names


def read_taxonomy(directory: Path) -> Taxonomy:
    """Reads and validates all ``*.yaml`` of a directory. Raises TaxonomyError: one line with file and fault."""
    concepts: list[Concept] = []
    for path in sorted(directory.glob("*.yaml")):
        try:
            content = read_yaml(path)
            group = content["group"]
            concepts += [Concept(group=group, **entry) for entry in content["concepts"]]
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise TaxonomyError(f"{path.name}: concept {len(concepts)}+: {where}: {first['msg']}") from error
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise TaxonomyError(f"{path.name}: {error}") from error
    if not concepts:
        raise TaxonomyError(f"no taxonomy file in {directory.name}")
    return Taxonomy(concepts)


@lru_cache(maxsize=1)
def load_taxonomy() -> Taxonomy:
    """The taxonomy of this version, read once a process."""
    return read_taxonomy(HERE)


def concepts_frame() -> pd.DataFrame:
    """One row a concept: concept_id, label_en/_fr/_de/_lb, group_name, tier, parent_id, first_seen (a year), esco_uri,
    taxonomy_version; None = no parent, year or link.
    """
    rows = [
        {
            "concept_id": c.id,
            "label_en": c.labels.en,
            "label_fr": c.labels.fr,
            "label_de": c.labels.de,
            "label_lb": c.labels.lb,
            "group_name": c.group,
            "tier": c.tier,
            "parent_id": c.parent,
            "first_seen": c.first_seen,
            "esco_uri": c.esco_uri,
            "taxonomy_version": TAXONOMY_VERSION,
        }
        for c in load_taxonomy()
    ]
    # As objects: a year without a value must not turn the others into decimals.
    return pd.DataFrame(rows, dtype=object).where(lambda frame: frame.notna(), None)


def spellings(alias: str, language: AliasLanguage) -> tuple[str, ...]:
    """An alias as listed, and as it is also written: with blanks for hyphens, with hyphens for blanks.

    German writes one compound in many ways ("Machine-Learning-Modelle", "Machine Learning-Modelle", "Machine Learning
    Modelle") and borrows English terms with hyphens ("AI-Tools"); French only drops hyphens. In German and
    Luxembourgish whatever is written with KI is also written with AI; Luxembourgish words lose their last n before most
    consonants ("KI-Uwendunge fir").
    """
    found = [alias]
    for form in (alias, _KI.sub("AI", alias)) if language in ("de", "lb") else (alias,):
        found.append(form)
        joints = [match.start() for match in _JOINT.finditer(form)]
        if language == "fr":
            joints = [joint for joint in joints if form[joint] == "-"]
        if joints:
            spaced = _joined(form, joints, " ")
            found.append(spaced)
            if language != "fr" and len(joints) <= MAX_JOINTS:
                found += [
                    _joined(form, joints, "-"),
                    _joined(spaced, joints[:1], "-"),
                    _joined(spaced, joints[-1:], "-"),
                ]
    if language == "lb":
        found += [form[:-1] for form in found if form.endswith("en")]
    return tuple(dict.fromkeys(found))


def _joined(text: str, joints: list[int], sign: str) -> str:
    return "".join(sign if place in joints else character for place, character in enumerate(text))


def _key(name: str) -> str:
    return " ".join(name.replace("’", "'").replace("-", " ").lower().split())


def _german_noun(alias: str) -> bool:
    # German nouns are written with a capital; in capitals-only headings and in lower-case typing they are still meant.
    return alias[:1].isupper() and alias[1:].islower() and len(alias) > 10
