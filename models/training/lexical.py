"""``python -m models.training.lexical``: the texts of the categorisers ``sector`` and ``occupation``.

Belongs here: how phrases of ``sources/`` become rows of ``texts/``. Never here: phrases (data), training (build.py).
Every fifth phrase goes to the development split, in rows of its own, so that no phrase stands on both sides. Seeds are
fixed: the same sources give the same bytes.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from models.occupation import load_lexicon
from models.training.corpus import HERE, Row, Split

_SEED = 20261122
_ROWS = {"train": 44, "dev": 6}  # a section and language; Luxembourgish has fewer phrases and gets half
_ROWS_OF_WORDS = 40
_ODDS_COMMON = 0.6


def sector_rows(source: Mapping[str, Any]) -> Iterator[Row]:
    """Paragraphs in which an employer of a section introduces itself, among sentences that any employer writes."""
    rng = random.Random(_SEED)
    for section, languages in source["sections"].items():
        for lang, phrases in languages.items():
            for split in ("train", "dev"):
                who, does = (_side(phrases[key], split) for key in ("who", "does"))
                count = _ROWS[split] // (2 if lang == "lb" else 1)
                for _ in range(count if who and does else 0):
                    yield Row(
                        text=_paragraph(rng, source, lang, split, rng.choice(who), does),
                        cats=(section,),
                        lang=lang,
                        split=split,
                        group=f"{section}-{lang}-{split}",
                    )
    for section, by_language in source["vocabulary"].items():
        for lang, words in by_language.items():
            for _ in range(_ROWS_OF_WORDS // (3 if lang == "lb" else 1)):
                chosen = rng.sample(words.split(), k=min(len(words.split()), rng.choice((2, 3, 4, 6))))
                text = ", ".join(chosen) + ". " + rng.choice(_side(source["common"][lang], "train"))
                yield Row(text=text, cats=(section,), lang=lang, split="train")


def _paragraph(
    rng: random.Random, source: Mapping[str, Any], lang: str, split: Split, who: str, does: Sequence[str]
) -> str:
    template = rng.choice(source["templates"][lang])
    intro = template.format(
        who=who, name=rng.choice(source["names"]), n=rng.choice((12, 60, 180, 900)), year=rng.randint(1950, 2023)
    )
    facts = rng.sample(list(does), k=min(len(does), rng.choice((0, 1, 1, 2, 2))))
    # A quarter says nothing of who the employer is: what it does must tell.
    sentences = facts if facts and rng.random() < 0.25 else [intro, *facts]
    common = _side(source["common"][lang], split)
    sentences += [rng.choice(common) for _ in range(3) if rng.random() < _ODDS_COMMON]
    return " ".join(sentences)


def occupation_rows(source: Mapping[str, Any]) -> Iterator[Row]:
    """Titles: the words of the lexicon in common shapes, and fields of work that name no trade."""
    rng = random.Random(_SEED)
    templates = source["templates"]
    for code, words in load_lexicon().items():
        for position, word in enumerate(words):
            title = word.removesuffix("*").capitalize()
            split: Split = "dev" if position % 12 == 11 else "train"
            for template in {templates[0], rng.choice(templates)}:
                yield Row(text=template.format(title=title), cats=(code,), lang="en", split=split)
    for code, languages in source["fields"].items():
        for lang, fields in languages.items():
            for position, phrase in enumerate(fields):
                for template in source["field_templates"][lang]:
                    split = "dev" if position % 5 == 4 else "train"
                    yield Row(text=template.format(field=phrase), cats=(code,), lang=lang, split=split)


def _side(phrases: Sequence[str], split: Split) -> list[str]:
    return [phrase for position, phrase in enumerate(phrases) if (position % 5 == 4) == (split == "dev")]


def main() -> int:
    """Writes texts/sector.jsonl and texts/occupation.jsonl."""
    for name, rows in (("sector", sector_rows), ("occupation", occupation_rows)):
        source = yaml.safe_load((HERE / "sources" / f"{name}.yaml").read_text(encoding="utf-8"))
        lines = [
            json.dumps(row.model_dump(exclude_defaults=True), ensure_ascii=False) + "\n"
            for row in sorted(rows(source), key=lambda row: (row.split, row.cats, row.lang, row.text))
        ]
        path = HERE / "texts" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(dict.fromkeys(lines)), encoding="utf-8", newline="\n")
        print(f"{name}: {len(dict.fromkeys(lines))} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
