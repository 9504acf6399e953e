"""Small rules of grammar and spelling for generated ads.

Belongs here: articles, elision, capitals, lists of words. Never here: phrases, or what an ad says.
"""

from __future__ import annotations

import html


def escaped(text: str) -> str:
    return html.escape(text, quote=False).replace(" :", "&nbsp;:").replace(" ;", "&nbsp;;")


def with_article(text: str, title: str) -> str:
    """English "a" before a title, as it is spoken."""
    first = title.split()[0]
    spelled = first[:2].isupper() and first not in ("NAV", "KYC")
    if first[0] in ("AEFHILMNORSX" if spelled else "AEIO"):
        return text.replace(" a <title>", " an <title>")
    return text


def elided(text: str, title: str, place: str) -> str:
    """French "de" before a vowel becomes "d'"."""
    for name, value in (("title", title), ("place", place)):
        if value[0] in "AEIOUYÉÈ":
            text = text.replace(f"de <{name}>", f"d'<{name}>")
    return text


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def enumerated(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + word + names[-1]


def without_accents(text: str) -> str:
    return text.translate(str.maketrans("éèêëüöäïôçñ", "eeeeuoaiocn"))
