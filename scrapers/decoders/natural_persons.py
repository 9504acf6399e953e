"""Participants that are people: told from organisations by what their row leaves out and by what their name lacks.

Belongs here: this one guess. Never here: names of people. CORDIS has no column for it, so the guess is careful on the
side of privacy: a name that could be a person's is published only if a legal form, a word that names a kind of body, a
short name or a web site vouches for it. A firm with such a name and none of these loses its name too, its money stays.
A VAT number vouches for nothing: sole traders have one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TITLE = re.compile(  # short ones need their dot: ING is a bank
    r"(?:dr|prof|mr|mrs|miss|mme|mlle|monsieur|madame|herr|frau|ma[îi]tre)(?:\.[\s-]*|\s+)"
    r"|(?:m|me|ms|ing|dipl|ir|mag|dott|dra|sig|don|sir)\.\s*|(?-i:Me)\s+(?=[^\W\d_])",
    re.I,
)
_MARKED = re.compile(r"natural person|private individual|personne physique|nat[üu]rliche person", re.I)
_NAME_WORD = re.compile(r"(?:[^\W\d_]\.?|[^\W\d_]+\.?)(?:['’`´.-][^\W\d_]+\.?){0,3}")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MOST_WORDS = 8
# Legal forms close a name or stand before a bracket; after a particle they are part of a surname (de Sa).
_LEGAL = re.compile(
    r"(?<!\bde )(?<!\bda )(?<!\bdi )\b(?:a\.?s\.?b\.?l|s\.? ?[aà](?:\.? ?r\.? ?l)?|s\.?a\.?s(?:\.?u)?|s\.?p\.?a|"
    r"s\.?r\.?l(?:\.?s)?|s\.?l(?:\.?u)?|g?mbh|ag|kg|ohg|e\.?v|gie|geie|eeig|ltd|limited|plc|llc|llp|inc|corp|"
    r"b\.?v(?:\.?b\.?a)?|n\.?v|vzw|oyj?|a/s|aps|ab|as|d\.?o\.?o|s\.?r\.?o|a\.?s|kft|zrt|sp(?:\.|"
    r"ó[łl]ka)? ?z ?o\.? ?o|o[uü]|uab|"
    r"s\.?c(?:\.?[as]|\.?r\.?l|\.?o\.?p|\.?a\.?r\.?l)?|s\.?e|s\.?e\.?c\.?s|s\.?p\.?r\.?l|coop(?:erative)?|ood|"
    r"eood|a\.?e|lda|sh\.?p\.?k|ike|m\.?o)"
    r"\.?\s*(?:$|[,(\-–])|\b(?:sarl|gmbh|asbl|gie|geie|vzw|ltd|limited|llc|plc)\b|^(?:sarl|asbl|gie|geie|vzw)\b",
    re.I,
)
# Whole words that no person is named. Words that are surnames too (Park, Port, Hub, Banks, Church) are left out.
_BODY = re.compile(
    r"\b(?:universit\w+|panepisti\w+|univerzit\w+|uniwersytet\w*|yliopisto|institu\w{1,12}|instytut|centr(?:e|um|o|al\w*)|"
    r"center|zentrum|"
    r"\w*forschungszentrum|school|school of|schule|\w+schule|école|ecole|escola|escuela|scuola|colleges?|"
    r"collège|lyc[ée]es?|"
    r"facult\w+|acad[ée]m\w+|akadem\w+|associa(?:tions?|ção|cion|ción|zione|ted|tes|ti)|associés|foundations?|"
    r"fon?dations?|fundaci[óo]n?|fundação|fondazione|stiftung|\w+stiftung|\w*verein|\w*verband|"
    r"f[ée]d[ée]rations?|federa\w{3,9}|"
    r"councils?|conseil|commission|committee|comité|agen(?:ce|cy|cies|tur|zia|cia|tschap)|authorit(?:y|ies)|"
    r"autorit(?:é|ät)|"
    r"minist(?:ry|ries|ère|ere|erium|erstvo|erio|ero)|government|gouvernement|gemeinde|commune|municipal\w*|municipio|"
    r"ville de|city of|stadt|landkreis|r[ée]gional\w*|regione|hospitals?|hospitalier\w*|h[ôo]pita(?:l|ux)|"
    r"krankenhaus|klinik\w*|clini(?:c|cs|que|ca)|"
    r"mus(?:eum|ée|eo)|biblioth\w+|librar(?:y|ies)|archives?|societ(?:y|ies|à|a)|société|soci[ée]dad\w*|"
    r"\w*gesellschaft|"
    r"compan(?:y|ies|ia)|compagnie|entreprises?|enterprises?|networks?|réseau|netz(?:werk)?|europ[ée]\w*|"
    r"international\w*|"
    r"nationa?l\w*|research|recherches?|forschung\w*|sciences?|scientifi\w+|innovat\w+|luxembourg\w*|luxemburg\w*|"
    r"observato\w+|platforms?|plateforme|alliance|union|chambers?|chambre|\w*handelskammer|clusters?|"
    r"organi[sz]ation\w*|organismo|"
    r"initiatives?|aero(?:space|nautic\w*)|airports?|aéroport|airlines?|industr\w+|consult(?:ing|ants?|ancy|oria)|"
    r"groups?|groupe|gruppe|gruppo|grupo|holdings?|solutions?|services?|systems?|systèmes?|systemes|sistem\w+|"
    r"tech|technolog\w+|"
    r"techni(?:k|que|cal)|software|data|labs?|laborator\w+|laboratoires?|payments?|banks? of|bank|banque|banco|banca|"
    r"energ(?:y|ie|ia|ies|etic\w*)|biotech\w*|biolog\w+|biomed\w*|biopharma\w*|bioscience\w*|bioenerg\w*|"
    r"pharma(?:ceutical\w*)?|"
    r"medi(?:a|cal|cine|zin)|m[ée]dic(?:al|aux)|designs?|studios?|engineering|engineers|ing[ée]ni[ée]r\w*|"
    r"ingenier\w+|digital\w*|robotics?|"
    r"logisti\w+|analytics?|partners?|partnership|ventures?|capital|invest(?:ment\w*)?|management|communications?|"
    r"electr(?:ic|onic)\w*|elektr\w+|materials?|chemi(?:cal\w*|e)|telecom\w*|t[ée]l[ée]com\w*|space|satellites?|"
    r"security|cyber\w*|"
    r"transports?|automotive|motors?|press|publi(?:shing|shers?|cations?)|editions|theat(?:er|re)|orchestra|"
    r"project|projects|"
    r"art|arts|film|films|productions?|computing|computers?|informati(?:k|que|cs|on)|intelligence|trading|trade|"
    r"steel|cloud|quantum)\b",
    re.I,
)
_OF_PEOPLE = {"", "PRC", "OTH"}


def is_natural_person(row: Mapping[str, str]) -> bool:
    """Whether a row of organization.csv looks like a person: marked or titled as one, or named as one could be with
    nothing to vouch for an organisation.
    """
    name = " ".join(row.get("name", "").split())
    if _MARKED.search(name) or _TITLE.match(name):
        return True
    if row.get("activityType", "").strip() not in _OF_PEOPLE or row.get("organizationURL", "").strip():
        return False
    if _LEGAL.search(name) or _BODY.search(name):
        return False
    words = _BRACKETS.sub(" ", name).replace(",", " ").replace(";", " ").split()
    personal = 2 <= len(words) <= _MOST_WORDS and all(_NAME_WORD.fullmatch(word) for word in words)
    return personal and not _is_own_short_name(row.get("shortName", ""), words)


def _is_own_short_name(text: str, words: list[str]) -> bool:
    """Whether a short name is one: no part of the name itself, and more than two initials."""
    short = " ".join(text.split()).casefold()
    parts = {part.strip(".,").casefold() for part in words}
    initials = "".join(word[0] for word in words).casefold()
    inside = all(piece.strip(".,") in parts or len(piece.strip(".,")) == 1 for piece in short.replace("-", " ").split())
    return bool(short) and not inside and not (len(short) <= 2 and short == initials)


def without_name(text: str, name: str) -> str:
    """A text without a person's full name, its parts in this order or the last one first."""
    words = [word for word in _TITLE.sub("", " ".join(name[:200].split())).split() if len(word) > 1]
    if len(words) < 2:
        return text
    for order in (words, [words[-1], *words[:-1]]):
        text = re.sub(r"(?<!\w)" + r"[\s,]{1,5}".join(map(re.escape, order)) + r"(?!\w)", "[…]", text, flags=re.I)
    return text
