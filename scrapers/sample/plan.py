"""Which openings there are: employer, role, language, dates, AI class and traps, drawn from one seed.

Belongs here: the draws and their shares. Never here: wording (``compose.py``) or the layout of a board (``board.py``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from scrapers.sample.material import AiClass, AiRole, Employer, Material

FIRST_DAY, LAST_DAY = date(2024, 10, 1), date(2026, 9, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
OPENINGS = 4000
LANGUAGE_SHARES = {"en": 0.45, "fr": 0.40, "de": 0.12, "lb": 0.03}
AI_SHARES: dict[AiClass, float] = {"practitioner": 0.026, "user": 0.010, "governance": 0.004, "mention": 0.06}
# Month by month weight of a start date: quiet in August and December, busy in January and September.
_SEASON = (1.15, 1.05, 1.10, 1.00, 1.00, 0.95, 0.80, 0.65, 1.15, 1.10, 1.00, 0.70)
_AI_SECTION = {"J": 3.0, "M": 1.6, "K": 1.2, "C": 0.8, "P": 1.0, "O": 0.6, "Q": 0.4}
# Places outside the Grand Duchy from which the same boards advertise.
ELSEWHERE = {
    "belgian_province": ("Arlon", "Bastogne", "Libramont"),
    "foreign_office": ("Paris", "Trier", "Metz", "Brussels"),
}
_LATE_BOARD, LATE_FROM = "sample-quaylight-apps", date(2025, 7, 1)  # a board that joins midway

# Traps in the wording, and the families in which they sound natural (None: any).
_OFFICE = {
    "office_assistant",
    "accountant",
    "hr_officer",
    "commune_admin",
    "policy_officer",
    "insurance_claims",
    "transfer_agent",
    "property_manager",
    "marketing_comm",
    "medical_secretary",
}
_FINANCE = {"compliance_aml", "risk_manager", "fund_accountant", "depositary_officer", "accountant", "credit_analyst"}
_CRAFT = {
    "electrician",
    "heating_plumber",
    "mason_carpenter",
    "car_mechanic",
    "cook",
    "maintenance_electrician",
    "site_manager",
    "educator",
    "care_assistant",
    "nurse",
    "shop_assistant",
    "gardener_winegrower",
}
_POWER = {"maintenance_electrician", "grid_technician", "electrician", "production_operator", "process_engineer"}
WORD_TRAPS: dict[str, tuple[float, set[str] | None]] = {
    "cv": (0.8, None),
    "llm_degree": (4.0, {"lawyer", "corporate_secretary", "compliance_aml", "tax_adviser", "policy_officer"}),
    "ia_acte": (8.0, {"policy_officer", "lawyer", "compliance_aml"}),
    "internal_audit_ia": (3.0, _FINANCE | {"internal_auditor"}),
    "agent_administratif": (3.0, {"commune_admin", "office_assistant", "medical_secretary", "school_teacher"}),
    "agent_word": (2.0, {"insurance_claims", "sales_b2b", "freight_forwarder", "actuary", "transfer_agent"}),
    "apprentissage": (2.0, _CRAFT),
    "apprenticeship": (0.3, None),
    "ml_domain": (0.5, None),
    "driving_licence": (1.0, _CRAFT | {"truck_driver", "waste_worker", "commune_worker", "security_guard", "physio"}),
    "copilot_office": (2.0, _OFFICE),
    "transformer": (4.0, _POWER | {"site_manager"}),
    "prompt": (0.6, None),
    "generative_cad": (8.0, {"process_engineer", "quality_engineer", "satellite_engineer"}),
}
# What happens to the ad rather than in its words: share of openings.
_SITUATIONS = {
    "repost": 0.05,
    "multi_city": 0.015,
    "belgian_province": 0.012,
    "foreign_office": 0.014,
    "remote_lu": 0.012,
    "remote_abroad": 0.006,
    "empty_content": 0.006,
}


_Days = tuple[list[date], list[float], list[float]]  # the days, weights of any ad, weights of an AI ad


@dataclass(eq=False)
class Opening:
    """One vacancy. ``traps`` names what may mislead a reader; variants of its ad share ``number``."""

    number: int
    lang: str
    employer: Employer
    family: str  # role family, or the AI role's name
    ai_class: AiClass
    first_on: date
    days: int  # days online
    place: str
    traps: list[str] = field(default_factory=list)
    mention: str | None = None

    @property
    def is_ai(self) -> bool:
        return self.ai_class in ("user", "practitioner", "governance")


def plan(material: Material, seed: int, openings: int = OPENINGS) -> list[Opening]:
    """All openings in number order; AI shares and language shares hold for any size, up to rounding."""
    rng = random.Random(f"{seed}/plan")
    days = _days(rng)
    found: list[Opening] = []
    left = {lang: round(openings * share) for lang, share in LANGUAGE_SHARES.items()}
    for ai_class in ("practitioner", "governance", "user"):
        for _ in range(max(1, round(openings * AI_SHARES[ai_class]))):
            opening = _ai_opening(material, rng, ai_class, days, left)
            left[opening.lang] -= 1
            found.append(opening)
    for lang, count in left.items():
        found += [_ordinary(material, rng, lang, days) for _ in range(count)]
    _mislead(material, rng, [o for o in found if not o.is_ai], len(found))
    rng.shuffle(found)
    for number, opening in enumerate(found, start=1):
        opening.number = number
        _situation(rng, opening, material.isco.get(opening.family, 2))
    return found


def _days(rng: random.Random) -> _Days:
    """Possible first days, their weight for any ad, and for an AI ad: a slow rise that quarters blur."""
    noise = [rng.uniform(0.85, 1.15) for _ in range(9)]
    days = [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    plain = [_SEASON[day.month - 1] * (0.06 if day.weekday() >= 5 else 1.0) for day in days]
    rising = [w * (0.65 + 0.7 * n / DAYS) * noise[n // 91] for n, w in enumerate(plain)]
    return days, plain, rising


def _start(rng: random.Random, employer: Employer, days: Sequence[date], weights: Sequence[float]) -> date:
    day = rng.choices(days, weights)[0]
    while employer.board == _LATE_BOARD and day < LATE_FROM:
        day = rng.choices(days, weights)[0]
    return day


def _online(rng: random.Random) -> int:
    """Two to ten weeks, five on average."""
    return round(rng.triangular(14, 70, 28))


def _place(rng: random.Random, employer: Employer) -> str:
    return employer.places[0] if rng.random() < 0.6 else rng.choice(employer.places)


def _ordinary(
    material: Material, rng: random.Random, lang: str, days: tuple[list[date], list[float], list[float]]
) -> Opening:
    offering = [e for e in material.employers if lang in e.langs]
    employer = rng.choices(offering, [e.weight * e.langs[lang] / sum(e.langs.values()) for e in offering])[0]
    known = material.speech[lang].families
    families = {name: weight for name, weight in material.profiles[employer.profile].items() if name in known}
    family = rng.choices(list(families), list(families.values()))[0]
    start = _start(rng, employer, days[0], days[1])
    return Opening(0, lang, employer, family, "none", start, _online(rng), _place(rng, employer))


def _ai_opening(
    material: Material,
    rng: random.Random,
    ai_class: AiClass,
    days: _Days,
    left: dict[str, int],
) -> Opening:
    day = rng.choices(days[0], days[2])[0]
    progress = (day - FIRST_DAY).days / DAYS
    options: list[tuple[float, str, Employer, str]] = []
    for employer in material.employers:
        total = sum(employer.langs.values())
        for lang, share in employer.langs.items():
            if left[lang] <= 0 or (employer.board == _LATE_BOARD and day < LATE_FROM):
                continue
            base = employer.weight * share / total
            speech = material.speech[lang]
            if ai_class == "user":
                families = material.profiles[employer.profile]
                options += [
                    (base * families[f] / sum(families.values()), lang, employer, f)
                    for f in speech.user_lines
                    if f in families and f in speech.families
                ]
                continue
            for name in speech.ai_roles:
                weight = _role_weight(material.ai_roles[name], employer, ai_class, progress)
                if weight:
                    options.append((base * weight, lang, employer, name))
    _, lang, employer, family = rng.choices(options, [option[0] for option in options])[0]
    return Opening(0, lang, employer, family, ai_class, day, _online(rng), _place(rng, employer))


def _role_weight(role: AiRole, employer: Employer, ai_class: AiClass, progress: float) -> float:
    """How likely this employer is to advertise the role at that time; 0: never."""
    if role.ai_class != ai_class or (role.only and role.only not in employer.tags):
        return 0.0
    section = employer.nace_section
    if employer.size == "small" and section not in "JC":
        return 0.0
    if section in role.sections:
        return role.weight * role.growth**progress * _AI_SECTION.get(section, 0.3)
    return 0.03 * role.weight if "*" in role.sections and employer.size in ("large", "xlarge") else 0.0


def _mislead(material: Material, rng: random.Random, plain: list[Opening], total: int) -> None:
    """Turn some of the openings without AI into mentions, and one in ten of the rest into hard negatives."""
    native = [o for o in plain if "compute" in o.employer.tags and o.employer.size == "small"]
    for opening in native:  # a firm that lives on AI and here wants something else
        opening.ai_class, opening.mention = "mention", "mention_boilerplate"
        opening.traps.append("ai_native_employer")
    rest = [o for o in plain if o not in native]
    rng.shuffle(rest)
    wanted = max(0, round(total * AI_SHARES["mention"]) - len(native))
    for opening in rest[:wanted]:
        kinds = list(material.speech[opening.lang].shared["mention"])
        opening.ai_class, opening.mention = "mention", rng.choice(kinds)
        opening.traps.append(opening.mention)
    for opening in rest[wanted : wanted + round(len(rest) / 10)]:
        known = material.speech[opening.lang].shared["traps"]
        options = {
            name: weight
            for name, (weight, families) in WORD_TRAPS.items()
            if name in known and (families is None or opening.family in families)
        }
        opening.traps.append(rng.choices(list(options), list(options.values()))[0])


def _situation(rng: random.Random, opening: Opening, isco: int) -> None:
    """What happens to the ad: at most one of repost, clone, other place, remote work, no text; more if public."""
    public = opening.employer.nace_section == "O"
    draw = rng.random()
    for name, share in _SITUATIONS.items():
        if (public or opening.lang == "lb") and (name in ELSEWHERE or name.startswith("remote")):
            continue
        if name.startswith("remote") and (isco > 3 or opening.employer.nace_section not in "JKM"):
            continue
        if name == "foreign_office" and (isco > 4 or opening.employer.nace_section not in "JKMN"):
            continue
        if name == "empty_content" and (opening.is_ai or opening.mention or opening.traps):
            continue
        if draw < share:
            opening.traps.append(name)
            if name in ELSEWHERE:
                opening.place = rng.choice(ELSEWHERE[name])
            break
        draw -= share
    if not public or "empty_content" in opening.traps:
        return
    if rng.random() < 0.22 and "repost" not in opening.traps:
        opening.traps.append("efm_duplicate")
    if opening.lang != "fr" and not opening.mention and rng.random() < 0.6:
        opening.traps.append("mixed_language")
