"""Participants that are people: told from organisations by what their row leaves out and by what their name lacks.

Belongs here: this one guess. Never here: names of people. CORDIS has no column for it, so the guess is careful on the
side of privacy: a firm with a two-word name, no VAT number, no short name and no web site loses its name too, its
money stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TITLE = re.compile(r"(?:dr|prof|mr|mrs|ms|mme|mlle|herr|frau|monsieur|madame)\.? ", re.I)
_MARKED = re.compile(r"natural person|private individual|personne physique|nat[üu]rliche person", re.I)
_NAME_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]{2,}){0,2}\.?|[^\W\d_]\.")
# Words and endings that no person is named: legal forms, kinds of bodies, lines of business.
_BODY = re.compile(
    r"\b(?:a\.?s\.?b\.?l|s\.?[aà]\.?(?: ?r\.?l\.?)?|sarl|sas|s\.?p\.?a|srl|s\.?l\.?u?|gmbh|mbh|ag|kg|ev|e\.v|"
    r"gie|geie|eeig|"
    r"ltd|limited|plc|llc|inc|corp|bv|nv|vzw|oy|oyj|ab|as|aps|doo|d\.o\.o|sro|kft|zrt|spzoo|sp|ou|uab|sia|ooo|se|sca|scs|"
    r"scrl|coop|consult\w*|group\w*|holding\w*|solution\w*|service\w*|system\w*|tech\w*|software|data|lab\w*|"
    r"payment\w*|bank\w*|energ\w*|bio\w*|pharma\w*|medi[ack]\w*|design|studio\w*|engineer\w*|ingeni\w*|industr\w*)\b|"
    r"universi|institu|centr|center|zentrum|school|école|ecole|college|lycee|lycée|hochschule|facult|académ|academ|"
    r"associa|founda|fonda|stiftung|verein|verband|federa|fédéra|council|conseil|commission|committee|agen[cz]|"
    r"autorit|authorit|ministr|minister|government|gemeinde|commune|municip|ville|stadt|city|region|région|"
    r"hospital|hôpital|hopital|klinik|clinic|museum|musée|biblio|library|archiv|societ|sociét|gesellschaft|"
    r"compan|compagn|entrepr|network|réseau|netzwerk|europe|international|national|research|recherche|forschung|"
    r"science|innovation|luxembourg|observato|platform|alliance|union|chamber|chambre|kammer|cluster|park|hub|"
    r"organi[sz]|initiative|trust|club|church|press|edition|publi|airport|port|aero",
    re.I,
)
_OF_PEOPLE = {"", "PRC", "OTH"}


def is_natural_person(row: Mapping[str, str]) -> bool:
    """Whether a row of organization.csv looks like a person: marked or titled as one, or named like one and nothing
    else known: no VAT number, no short name of its own, no web site.
    """
    name = " ".join(row.get("name", "").split())
    if _MARKED.search(name) or (_TITLE.match(name) and not _BODY.search(name)):
        return True
    short = " ".join(row.get("shortName", "").split())
    known = row.get("vatNumber", "").strip() or row.get("organizationURL", "").strip()
    if known or (short and short.lower() != name.lower()) or row.get("activityType", "").strip() not in _OF_PEOPLE:
        return False
    words = name.replace(",", " ").split()
    return 2 <= len(words) <= 4 and all(_NAME_WORD.fullmatch(word) for word in words) and not _BODY.search(name)
