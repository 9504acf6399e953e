"""Whether an advertisement says that the contract it offers is Luxembourg's, in the country's languages and English.

Belongs here: the words for such a contract, and for its denial. Never here: places (``scrapers/places.py``).
"""

from __future__ import annotations

import re

_OURS = r"(?:luxemb(?:ou|u)rg\w*|letzebuerg\w*)"
_CONTRACT = re.compile(
    rf"\b{_OURS} (?:based )?(?:(?:employment|work|labou?r|permanent|indefinite|local) )?"
    r"(?:contract|contrat|cdi|cdd|arbeitsvertrag|aarbechtskontrakt|aarbechtsvertrag|vertrag|kontrakt|payroll)\b"
    r"(?! (?:manage\w*|law\w*|negotia\w*|draft\w*|review\w*|administrat\w*|notes?|staff\w*))"
    r"|\b(?:contrat|cdi|cdd)(?: de travail)?(?: a duree (?:in)?determinee)?(?: de droit)? "
    rf"(?:luxembourgeois|au {_OURS})\b"
    r"|\b(?:contract|contrat|arbeitsvertrag|vertrag|kontrakt|aarbechtskontrakt) (?:(?:governed|regi|soumis|based) )?"
    r"(?:under|of|in|by|nach|zu|no|par le droit|au droit|with our|with the|avec notre|mit unserer) "
    rf"(?:the laws? of )?{_OURS}"
    rf"|\b(?:employed|hired|engaged) (?:by|through) (?:our|the) {_OURS} (?:entity|company|office|subsidiary|branch)\b"
    r"|\bcontrat avec notre (?:entite|societe|filiale) luxembourgeoise\b"
)
_CLAUSE = re.compile(r"[.!?;,()•]| (?:but|mais|aber|sondern|mee|ma) ")
_DENIED_BEFORE = re.compile(
    r"\b(?:no|not|never|without|cannot|pas|aucune?|sans|jamais|kein\w*|nicht|ohne|keen\w*|net|ouni)\b"
    r"(?! (?:only|seulement|uniquement|nur|nemmen|just)\b)"
)
_DENIED_AFTER = re.compile(
    r"(?:\W+\w+){0,3}?\W+(?:not|cannot|pas|nicht|net|impossible|excluded|exclue?|ausgeschlossen)\b"
)
_NEAR = 80  # characters before the contract in which its denial stands


def offers_luxembourg_contract(folded: str) -> bool:
    """Whether a text in lower case without accents states such a contract, and does not deny it in the same clause."""
    for clause in _CLAUSE.split(folded):
        plain = " ".join(re.sub(r"[-–—‑'’`/:*]", " ", clause).split())
        for found in _CONTRACT.finditer(plain):
            begin, end = found.span()
            if not _DENIED_BEFORE.search(plain, max(0, begin - _NEAR), begin) and not _DENIED_AFTER.match(plain, end):
                return True
    return False
