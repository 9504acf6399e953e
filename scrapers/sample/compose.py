"""The wording of one ad: sections, sentences, and the HTML they stand in.

Belongs here: how an ad reads. Never here: which openings exist (``plan.py``), variants of an ad, or the board's JSON.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scrapers.sample.grammar import capitalised, elided, ended, enumerated, escaped, with_article, without_accents
from scrapers.sample.material import Family, Line, Material, Speech, expand
from scrapers.sample.plan import Opening

# Where a trap's sentence stands; anything else goes into the profile.
_IN_TASKS = {"ia_acte", "internal_audit_ia", "transformer", "agent_word", "agent_administratif", "apprentissage"}
_IN_CLOSING = {"cv", "ml_domain"}
_REQUIRED = {"en": "EN", "fr": "FR", "de": "DE", "lb": "LB"}
# How often an ad in one language also requires another, and how often by section where it differs from the rest.
_ALSO: dict[str, dict[str, float]] = {
    "en": {"FR": 0.30, "DE": 0.07, "LB": 0.01},
    "fr": {"EN": 0.30, "DE": 0.18, "LB": 0.15},
    "de": {"FR": 0.45, "EN": 0.28, "LB": 0.12},
    "lb": {"FR": 0.90, "DE": 0.85, "EN": 0.12},
}
_ALSO_IN: dict[tuple[str, str], dict[str, float]] = {
    ("fr", "O"): {"EN": 0.25, "DE": 0.92, "LB": 0.95},
    ("fr", "K"): {"EN": 0.70, "DE": 0.10, "LB": 0.06},
    ("fr", "J"): {"EN": 0.65, "DE": 0.08, "LB": 0.05},
    ("fr", "M"): {"EN": 0.65, "DE": 0.10, "LB": 0.05},
    ("fr", "Q"): {"EN": 0.03, "DE": 0.35, "LB": 0.40},
    ("fr", "G"): {"EN": 0.08, "DE": 0.22, "LB": 0.30},
    ("fr", "F"): {"EN": 0.02, "DE": 0.10, "LB": 0.10},
    ("de", "O"): {"FR": 0.95, "EN": 0.10, "LB": 0.95},
    ("de", "Q"): {"FR": 0.55, "EN": 0.03, "LB": 0.40},
    ("en", "M"): {"FR": 0.35, "DE": 0.08, "LB": 0.01},
}
_PLACE_NAMES = {
    ("de", "Luxembourg"): "Luxemburg",
    ("lb", "Luxembourg"): "Lëtzebuerg",
    ("fr", "Brussels"): "Bruxelles",
    ("de", "Brussels"): "Brüssel",
    ("fr", "Trier"): "Trèves",
}
# Sentences about desks, files and offices, which an ad for a cook or a mason would not hold.
_DESK_SETTING = re.compile(
    "office|desk|files|dossiers, les|heures passées|Stunden im Haus|Werkzeuge und Ansprech|"
    "nouvel outil|new system|neues System"
)
_DESK_OFFER = re.compile("telework|télétravail|Homeoffice|car according|Voiture|Certif|certif|Flexible working|vélo")
# Languages that a task or profile line of the phrase files may name by itself.
_NAMED = {"EN": re.compile("English|anglais|EN-FR|FR-EN"), "FR": re.compile("French|français|EN-FR|FR-EN")}
_NO_LANGUAGE_LINE = {"mason_carpenter", "cleaner", "warehouse_worker", "production_operator"}


@dataclass
class Ad:
    """One composed ad: ``content`` is plain HTML, not yet escaped for the board."""

    title: str
    content: str
    skills: list[str] = field(default_factory=list)
    languages_required: list[str] = field(default_factory=list)
    has_contact: bool = False


class _Writer:
    """Composes one ad; ``used`` gathers the concepts of the lines that were taken."""

    def __init__(self, material: Material, opening: Opening, seed: int) -> None:
        self.material, self.opening = material, opening
        self.rng = random.Random(f"{seed}/ad/{opening.number}")
        self.speech: Speech = material.speech[opening.lang]
        self.shared: Mapping[str, Any] = self.speech.shared
        self.used: dict[str, None] = {}

    def say(self, line: Line | str, **values: str) -> str:
        if isinstance(line, Line):
            self.used.update(dict.fromkeys(line.concepts))
            line = line.text
        return expand(line, self.rng, {"employer": self.opening.employer.name, **values})

    def one_of(self, block: str, **values: str) -> str:
        return self.say(self.rng.choice(block.strip().splitlines()), **values)

    def some_of(self, family_lines: tuple[Line, ...], low: int, high: int) -> list[str]:
        count = min(len(family_lines), self.rng.randint(low, high))
        chosen = sorted(self.rng.sample(range(len(family_lines)), count))
        return [self.say(family_lines[n]) for n in chosen]


def compose(material: Material, opening: Opening, seed: int) -> Ad:
    """The ad of an opening. Equal arguments give equal words."""
    writer = _Writer(material, opening, seed)
    family = _family(writer.speech, opening)
    title = writer.say(writer.rng.choice(family.titles))
    tasks, profile = _drawn_lines(writer, family)
    languages = _languages_required(writer, " ".join([title, *tasks, *profile]))
    tasks, profile = _completed_lists(writer, tasks, profile, languages)
    sections = _sections(writer, title, tasks, profile)
    has_contact = _closing(writer, sections)
    gender = writer.rng.choice(writer.shared["gender"])
    ad = Ad(
        title=f"{title} {gender}".strip(),
        content="" if "empty_content" in opening.traps else _page(writer, sections),
        skills=sorted(writer.used) if opening.is_ai else [],
        languages_required=languages,
        has_contact=has_contact,
    )
    if "empty_content" in opening.traps:
        ad.languages_required, ad.has_contact = [], False
    return ad


def _family(speech: Speech, opening: Opening) -> Family:
    if opening.ai_class in ("practitioner", "governance"):
        return speech.ai_roles[opening.family]
    return speech.families[opening.family]


def _languages_required(writer: _Writer, said: str) -> list[str]:
    """Languages the ad will ask for: its own, some others by sector, and those that ``said`` asks for already."""
    opening, rng = writer.opening, writer.rng
    own = _REQUIRED[opening.lang]
    also = _ALSO_IN.get((opening.lang, opening.employer.nace_section), _ALSO[opening.lang])
    required = {own} | {code for code, chance in also.items() if rng.random() < chance}
    required |= {code for code, name in _NAMED.items() if name.search(said)}
    if opening.family in _NO_LANGUAGE_LINE and rng.random() < 0.4:
        return []
    return sorted(required, key=["EN", "FR", "DE", "LB"].index)


def _language_line(writer: _Writer, required: list[str]) -> str:
    rng, spoken = writer.rng, writer.shared["languages"]
    own = _REQUIRED[writer.opening.lang]
    order = [own, *[code for code in required if code != own]]
    line = writer.one_of(spoken["need"], langs=enumerated([spoken["names"][c] for c in order], spoken["and"]))
    missing = [code for code in ("FR", "DE", "LB", "EN") if code not in required]
    if missing and rng.random() < 0.55:
        asset = rng.choice(spoken["asset"].strip().splitlines())
        wanted = missing[: rng.choice((1, 1, 2))]
        names = enumerated([spoken["names"][code] for code in wanted], spoken["and"])
        asset = asset.replace("{is|are}", "is" if len(wanted) == 1 else "are")
        if writer.opening.lang == "lb" and len(wanted) == 2:
            asset = asset.replace("ass vu", "si vu")
        clause = writer.say(asset, langs=names)
        line += clause if clause[0] in ",;" and (writer.opening.lang != "fr" or clause[0] == ",") else " " + clause
    return line


def _drawn_lines(writer: _Writer, family: Family) -> tuple[list[str], list[str]]:
    """Tasks and profile lines of the role, with the line on AI tools where the work calls for them."""
    opening, rng = writer.opening, writer.rng
    tasks = writer.some_of(family.tasks, 3 if len(family.tasks) <= 4 else 4, 7)
    profile = writer.some_of(family.profile, 4, 6)
    if opening.ai_class == "user":
        line = rng.choice(writer.speech.user_lines[opening.family])
        (tasks if rng.random() < 0.5 else profile).insert(1, writer.say(line))
    return tasks, profile


def _completed_lists(
    writer: _Writer, tasks: list[str], profile: list[str], languages: list[str]
) -> tuple[list[str], list[str]]:
    """The lists with a general line, the languages, and the sentences of the opening's traps."""
    opening, rng, traps = writer.opening, writer.rng, writer.shared["traps"]
    general = writer.shared["level"].strip().splitlines()
    profile += [writer.say(raw) for raw in rng.sample(general, rng.choice((0, 1, 1, 2)))]
    if languages:
        profile.insert(rng.randint(1, len(profile)), _language_line(writer, languages))
    for trap in opening.traps:
        if trap in traps and trap not in _IN_CLOSING:
            target = tasks if trap in _IN_TASKS else profile
            target.insert(rng.randint(1, len(target)), writer.one_of(traps[trap]))
    return [capitalised(text) for text in tasks], [capitalised(text) for text in profile]


def _sections(writer: _Writer, title: str, tasks: list[str], profile: list[str]) -> list[tuple[str, list[str], bool]]:
    """(heading, texts, is a list) from the introduction to the offer."""
    opening, rng, shared = writer.opening, writer.rng, writer.shared
    if "mixed_language" in opening.traps:
        return _in_shell(writer, tasks, profile)
    heads = shared["headings"]
    about = [writer.say(opening.employer.about[opening.lang])]
    known = _known_facts(opening)
    culture = shared["culture"].strip().splitlines()
    about += [writer.say(raw, **known) for raw in rng.sample(culture, rng.choice((1, 2, 2, 3)))]
    notices: list[str] = []
    if opening.mention:
        said = writer.one_of(shared["mention"][opening.mention])
        if opening.mention in ("mention_boilerplate", "mention_product"):
            about.append(said)
        elif opening.mention == "mention_team":
            tasks.append(said.rstrip("."))
        else:
            notices.append(said)
    introduction = with_article(rng.choice(shared["intro"].strip().splitlines()), title)
    place = _PLACE_NAMES.get((opening.lang, opening.place), opening.place)
    if opening.lang == "fr":
        introduction = elided(introduction, title, place)
    month = rng.choice(shared["months"])
    introduction = writer.say(introduction, title=title, place=place, n=str(rng.randint(4, 14)), month=month)
    setting = _setting(writer, rng.choice((1, 2, 2, 3, 4)))
    sections = [
        (rng.choice(heads["about"]), about, False),
        ("", [ended(introduction), *setting], False),
        (rng.choice(heads["tasks"]), tasks, True),
        (rng.choice(heads["profile"]), profile, True),
        (rng.choice(heads["offer"]), _offers(writer), True),
    ]
    if rng.random() < 0.3:
        sections[0], sections[1] = sections[1], sections[0]
    if rng.random() < 0.18 and len("".join(tasks)) > 300:
        del sections[4]
    for trap in ("remote_lu", "remote_abroad"):
        if trap in opening.traps:
            sections.insert(2, ("", [writer.one_of(shared[trap])], False))
    return [*sections, ("", notices, False)] if notices else sections


def _known_facts(opening: Opening) -> dict[str, str]:
    """What an employer says of itself alike in all of its ads: colleagues, nationalities, year of foundation."""
    rng = random.Random(opening.employer.board)
    low, high = {"small": (14, 60), "medium": (80, 320), "large": (380, 900), "xlarge": (1100, 2400)}[
        opening.employer.size
    ]
    colleagues = rng.randint(low, high) // 10 * 10
    return {
        "n": str(colleagues),
        "m": str(rng.randint(5, min(40, 6 + colleagues // 12))),
        "year": str(rng.randint(1962, 2016)),
    }


def _is_at_hand(writer: _Writer) -> bool:
    """Whether the work is done on the spot: in a kitchen, on a site, at a bed, at a machine."""
    family = writer.opening.family
    return writer.material.isco.get(family, 2) >= 5 or writer.opening.employer.nace_section in "QIF"


def _setting(writer: _Writer, count: int) -> list[str]:
    lines = writer.shared["context"].strip().splitlines()
    if _is_at_hand(writer):
        lines = [raw for raw in lines if not _DESK_SETTING.search(raw)]
    return [writer.say(raw) for raw in writer.rng.sample(lines, min(count, len(lines)))]


def _offers(writer: _Writer) -> list[str]:
    """Three to six things offered: one contract, no telework or company car where the work cannot have it."""
    rng, shared, opening = writer.rng, writer.shared, writer.opening
    found = shared["offer"].strip().splitlines()
    at_hand = _is_at_hand(writer) or opening.employer.nace_section == "O"
    at_hand |= bool({"remote_lu", "remote_abroad"} & set(opening.traps))  # telework is the rule there, not an extra
    contract, rest = found[:2], [raw for raw in found[2:] if not (at_hand and _DESK_OFFER.search(raw))]
    salary = rng.random() < 0.04
    if salary:
        rest = rest[:-1]  # the last line speaks of pay
    chosen = rng.sample(rest, min(len(rest), rng.choice((3, 4, 4, 5))))
    if rng.random() < 0.8:
        chosen.insert(0, contract[0] if rng.random() < 0.8 else contract[1])
    leave = str(rng.choice((26, 27, 28, 29, 30, 32)))
    offers = [writer.say(raw, leave=leave) for raw in chosen]
    if salary:
        low = rng.randrange(2900, 6200, 100)
        offers.insert(0, writer.one_of(shared["salary"], low=str(low), high=str(low + rng.randrange(400, 1600, 100))))
    return [capitalised(text) for text in offers]


def _in_shell(writer: _Writer, tasks: list[str], profile: list[str]) -> list[tuple[str, list[str], bool]]:
    """The French frame that public ads keep around a body in another language."""
    french = writer.material.speech["fr"].shared
    general, missions, conditions, documents = french["shell_headings"]
    frame = [writer.say(raw).split(" : ", 1)[1] for raw in french["shell"].strip().splitlines()]
    known, culture = _known_facts(writer.opening), writer.shared["culture"].strip().splitlines()
    about = [writer.say(writer.opening.employer.about[writer.opening.lang])]
    about += [writer.say(raw, **known) for raw in writer.rng.sample(culture, 2)]
    setting = _setting(writer, 2)
    return [
        (general, [capitalised(frame[0])], False),
        ("Qui recrute ?", about, False),
        ("", setting, False),
        (missions, tasks, True),
        ("Profil", profile, True),
        (conditions, [capitalised(frame[1])], False),
        (documents, [capitalised(frame[2])], False),
    ]


def _closing(writer: _Writer, sections: list[tuple[str, list[str], bool]]) -> bool:
    """Add how to apply; whether it names an (invented) contact."""
    rng, shared = writer.rng, writer.shared
    *ways, privacy = shared["closing"].strip().splitlines()
    texts = [ended(writer.say(rng.choice(ways)))]
    for block, chance in ((shared["process"], 0.35), (shared["equality"], 0.3), (privacy, 0.3)):
        if rng.random() < chance:
            texts.append(ended(writer.one_of(block)))
    for trap in _IN_CLOSING & set(writer.opening.traps):
        texts.append(ended(writer.one_of(shared["traps"][trap])))
    has_contact = rng.random() < 0.35
    if has_contact:
        people = writer.material.people
        first, last = rng.choice(list(people["first"])), rng.choice(people["last"])
        honorific = shared["honorific"][people["first"][first]]
        phone = rng.choice(people["phones"]).format(n=rng.randint(10, 99))
        local = re.sub(r"[^a-z.]", "", without_accents(f"{first}.{last.split('-')[0]}".lower()))
        mail = f"{local}@{rng.choice(people['mail_domains'])}"
        texts.append(
            writer.one_of(shared["contact"], person=f"{first} {last}", email=mail, phone=phone, honorific=honorific)
        )
    sections.append((rng.choice(shared["headings"]["apply"]), texts, False))
    return has_contact


def _page(writer: _Writer, sections: list[tuple[str, list[str], bool]]) -> str:
    """HTML in one of the habits that boards show: strong or h3 headings, lists or dashes."""
    rng = writer.rng
    heading = rng.choice(("<p><strong>{}</strong></p>", "<h3>{}</h3>", "<p><strong>{}:</strong></p>", "<h2>{}</h2>"))
    dashes = rng.random() < 0.1
    parts: list[str] = []
    for number, (head, texts, is_list) in enumerate(sections):
        colon = "" if head.endswith("?") else (" :" if writer.opening.lang == "fr" else ":")
        shown = heading.replace("{}:", "{}" + colon)
        block = shown.format(escaped(head)) if head else ""
        if is_list and dashes:
            block += "<p>" + "<br>".join(f"- {escaped(text)}" for text in texts) + "</p>"
        elif is_list:
            block += "<ul>\n" + "\n".join(f"<li>{escaped(text)}</li>" for text in texts) + "\n</ul>"
        else:
            block += "<p>" + " ".join(escaped(text) for text in texts) + "</p>"
        if number == 0 and head:
            block = f'<div class="content-intro">{block}</div>'
        parts.append(block)
    return "\n".join(parts)
