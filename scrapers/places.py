"""What counts as Luxembourg: one rule for the place of work of an advertisement, with the reason it was decided by.

Belongs here: reading short place texts ("Luxembourg / Arlon (BE)"), homonyms, remote work. Never here: any other
geography, the words for contracts (``contracts``). The names are data (``places.yaml``). In order of evidence:

* postcode ``L-dddd``; a commune or one of its localities; a canton; "Grand Duchy" or the code LU; the bare name;
* the bare name does not count where the same place text shows the Belgian province (its communes, BE or Belgium after
  the name, B-dddd, a bare code 66xx to 69xx, "Province de Luxembourg"), an American Luxemburg, or a street or station
  of that name;
* a commune yields to a foreign country beside it, and one whose name is common abroad needs a sign of Luxembourg;
* of several places one in Luxembourg is enough, and the posting counts once;
* work that is wholly remote counts only if its contract or employer is stated to be Luxembourg's, and is flagged; a
  Luxembourg place beside it states that, unless other countries stand there too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from scrapers.contracts import offers_luxembourg_contract

_SEPARATORS = re.compile(
    r"\s*(?:[;|•\n]|\s/\s|/|\s+(?:or|oder|ou|and|und|et|an(?!\s+der)|&)\s+|\s[-–—]\s(?=remote))\s*", re.I
)
_POSTCODE = re.compile(r"\bL(?:U|UX)?\s?[-–‑]\s?([1-9]\d{3})\b|\bL ([1-9]\d{3}) (?=[^\W\d_])")
_BELGIAN_POSTCODE = re.compile(r"\bB(?:E)?\s?[-–‑ ]\s?[1-9]\d{3}\b|(?<![\d-])6[6-9]\d\d\b")
# Streets, squares, stations and gardens named after Luxembourg, wherever they are; and Rosa Luxemburg.
_NAMED_AFTER = re.compile(
    r"\b(?:rue|place|square|avenue|av|boulevard|bd|chaussee|quai|porte|route|jardins?|palais|hotel|theatre|musee|esplanade|carre|"
    r"platz|plein)\s+(?:du|de|de la|of|van)\s+(?:luxembourg|luxemburg)\b"
    r"|\b(?:luxembourg|luxemburg)\s+(?:gardens?|palace|street|square|avenue|museum)\b"
    r"|\b(?:luxembourg|luxemburg)(?:er|se)?(?:plein|platz|strasse|str|straat|laan)\b"
    r"|\b(?:luxemburger|luxembourger)\s+(?:strasse|str|platz|allee|ring)\b"
    r"|\brosa[ -]+luxemburg(?:[ -]+(?:strasse|str|platz|stiftung))?\b"
    r"|\b(?:bruxelles|brussels?|brussel)-luxembourg\b"
)
# The quarter and the station of that name in Brussels; a "gare de Luxembourg" elsewhere is the capital's.
_IN_BRUSSELS = re.compile(
    r"\b(?:gare|station|quartier|wijk)\b.{0,40}\bluxemb(?:ou|u)rg\b.{0,40}\b(?:bruxelles|brussels?|ixelles|etterbeek)\b"
    r"|\b(?:bruxelles|brussels?|ixelles)\b.{0,40}\b(?:gare|station|quartier|wijk|place)\b.{0,40}\bluxemb(?:ou|u)rg\b"
    r"|\bluxemb(?:ou|u)rg (?:station|quarter)\b.{0,40}\b(?:bruxelles|brussels?)\b"
)
# "Provinces de Namur et Luxembourg": the second name belongs to the first word.
_PROVINCES = re.compile(
    r"\b(?:provin(?:ces?|cies?|zen?)|prov\.?)\s+(?:(?:de|du|of|van)\s+)?[^;|•\n/]{3,60}?\s(?:et|and|en|und|&)\s+"
    r"(?:de\s+|du\s+|la\s+province\s+de\s+)?luxemb(?:ou|u)rg\b",
    re.I,
)
# "Kirchberg an der Jagst", "Strassen bei Lienz": a place that is told from others of its name, and so from ours.
_TOLD_APART = re.compile(r" (?:an der|am|im|in|bei|ob|unter|vor der|i|a d|b) \w")
_AND = re.compile(r"\s+(?:or|oder|ou|and|und|et|an|&)\s+", re.I)
_BELUX_NAMED = re.compile(r"\bbe[ -]?lux\b", re.I)
_BELUX = re.compile(r"(?:(?:remote|hybrid|region|area|home office) )*be ?lux(?: (?:remote|hybrid|region|area))*")
# Streets are named after the towns they lead to ("Route d'Arlon, Luxembourg"), and some ads say what is near.
_WAY_TO = re.compile(
    r"\b(?:rue|route|rte|avenue|av|boulevard|bd|chaussee|place|near|close to|pres|proche|nahe|bei|no bei) "
    r"(?:(?:de la|de|d|du|von|vun|to|of) )?[\w-]+"
)
_BELGIAN_CODE = re.compile(r"\b(?:BE|BEL)\b")
_CANTON = re.compile(r"\b(?:canton|kanton)\s+(?:de |d |du |vun |von )?$")


@dataclass(frozen=True)
class Place:
    """The verdict on a posting: whether it is Luxembourg's, by which evidence, and whether it is wholly remote.

    ``basis`` is one of commune, canton, postcode, country, name, remote_contract, none.
    """

    is_luxembourg: bool
    basis: str
    is_remote: bool = False


@dataclass(frozen=True)
class Commune:
    """A commune of Luxembourg as the data file names it."""

    name: str
    canton: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Names:
    communes: tuple[Commune, ...]
    certain: re.Pattern[str]  # names that only Luxembourg has
    shared: re.Pattern[str]
    cantons: re.Pattern[str]
    country: re.Pattern[str]
    grand_duchy: re.Pattern[str]
    country_codes: re.Pattern[str]
    province: re.Pattern[str]
    province_codes: re.Pattern[str]
    province_communes: re.Pattern[str]
    other_provinces: re.Pattern[str]
    belgium: re.Pattern[str]
    elsewhere: re.Pattern[str]
    elsewhere_codes: re.Pattern[str]
    american: re.Pattern[str]
    remote: re.Pattern[str]
    not_remote: re.Pattern[str]


_STRENGTH = ("postcode", "commune", "canton", "country", "name")


def communes() -> tuple[Commune, ...]:
    """The communes of Luxembourg with the names they are known by."""
    return _names().communes


def luxembourg(
    location: str, offices: tuple[str, ...] = (), *, text: str = "", workplace: str = "", employer_country: str = ""
) -> Place:
    """Whether a posting is Luxembourg's.

    ``location`` and ``offices`` are place texts as published, ``workplace`` what the board says on remote work,
    ``text`` the advertisement (read only for a Luxembourg contract of remote work), ``employer_country`` two letters.
    """
    names = _names()
    remote = (
        _is_remote(location, names) or _is_remote(workplace, names) or (not location and _all_remote(offices, names))
    )
    best = _best((location, *offices), employer_country.upper() == "LU")
    if not remote:
        return Place(best != "none", best)
    # Remote work has no place: a Luxembourg place beside it says where the contract is.
    # With other countries beside it the text says where the work may be done from, not whose contract it is.
    abroad = any(_is_foreign(part, names) for part in _parts(location))
    named = _best((location,), False) != "none" and not abroad
    stated = named or employer_country.upper() == "LU" or _offers_contract(text)
    stated = stated or (best != "none" and not abroad and _all_luxembourg(offices))
    return Place(stated, "remote_contract" if stated else "none", is_remote=True)


def _offers_contract(text: str) -> bool:
    # A line is a clause of its own. Whole texts are not worth remembering.
    return bool(re.search(r"lux|tzebuerg", text, re.I)) and offers_luxembourg_contract(
        _fold.__wrapped__(text.replace("\n", " ; "))
    )


@lru_cache(maxsize=8192)
def _best(texts: tuple[str, ...], employer_here: bool) -> str:
    """The strongest evidence in several place texts, or "none"."""
    found = {_evidence(part, employer_here) for text in texts for part in _parts(text)}
    return next((basis for basis in _STRENGTH if basis in found), "none")


def _all_luxembourg(offices: tuple[str, ...]) -> bool:
    return bool(offices) and all(_best((office,), False) != "none" for office in offices)


def _parts(text: str) -> list[str]:
    """The places of a text that lists several; what stands between commas stays together ("Arlon, Luxembourg")."""
    # "Esch/Alzette" is one place: its slash is no separator.
    text = _PROVINCES.sub("Province of Luxembourg", text)
    if (pair := _BELUX_NAMED.search(text)) and _BELUX.fullmatch(_plain(text)):
        text = text.replace(pair[0], "Belgium; Luxembourg")
    if _lists_countries(text):
        return [_AND.sub(", ", text)]
    text = re.sub(r"\b(Esch|Erpeldange|Redange|Roodt)\s?(?:s/|/)\s?(?=[A-ZÀ-Ý])", r"\1-", text)
    return [part for part in _SEPARATORS.split(text) if part.strip()]


def _lists_countries(text: str) -> bool:
    """Whether it is "Luxembourg, Belgium & Netherlands": countries, of which none is the province of another."""
    if "," not in text or _AND.search(text) is None:
        return False
    names = _names()
    said = [_plain(token) for token in re.split(r",|" + _AND.pattern, text, flags=re.I) if token.strip()]
    countries = (names.country, names.belgium, names.elsewhere)
    return len(said) > 2 and all(any(known.fullmatch(one) for known in countries) for one in said)


def _evidence(part: str, employer_here: bool) -> str:
    names = _names()
    if _POSTCODE.search(part):
        return "postcode"
    plain = _NAMED_AFTER.sub(" ", _fold(part))
    plain = _hyphens(plain)
    if names.province.search(plain) or names.province_codes.search(part) or _IN_BRUSSELS.search(plain):
        return "none"
    coded = bool(names.country_codes.search(part)) and not names.elsewhere.search(plain)
    grand = bool(names.grand_duchy.search(plain))
    named = bool(names.country.search(plain)) and not _belgian(part, plain, names) and not _american(part, plain, names)
    sign = coded or grand or named
    canton = names.cantons.search(plain)
    if canton and _CANTON.search(plain[: canton.start()]) and not _is_foreign(part, names):
        return "canton"
    if _has_commune(part, names.certain, names, sign=sign):
        return "commune"
    if (sign or employer_here) and _has_commune(part, names.shared, names, sign=sign):
        return "commune"
    if re.search(r"\bcapellen\b", plain) and (sign or not _is_foreign(part, names)):
        return "canton"  # no commune: the locality lies in Mamer
    if coded or grand:
        return "country"
    return "name" if named else "none"


def _has_commune(part: str, communes: re.Pattern[str], names: _Names, *, sign: bool) -> bool:
    """Whether a commune stands there and no other country beside it: in the same words or right after the comma.

    ``sign``: Luxembourg is named too, so that another country belongs to another place ("Metz, France, Bertrange").
    """
    tokens = _tokens(part)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        plain = _hyphens(_NAMED_AFTER.sub(" ", _fold(token)))
        found = communes.search(plain)
        if found is None or (not sign and _TOLD_APART.match(plain, found.end())):
            continue
        if sign or not _is_foreign(f"{token}, {following}", names):
            return True
    return False


def _is_foreign(part: str, names: _Names) -> bool:
    """Whether another country, or one of its states or regions, is named."""
    plain = _plain(part)
    if names.elsewhere.search(plain) or names.elsewhere_codes.search(part):
        return True
    return names.belgium.search(plain) is not None or _BELGIAN_CODE.search(part) is not None


def _tokens(part: str) -> list[str]:
    return [token.strip() for token in re.split(r"[,()]", part) if token.strip()]


def _belgian(part: str, plain: str, names: _Names) -> bool:
    """Whether the bare name Luxembourg means the Belgian province."""
    stated = bool(names.belgium.search(plain) or _BELGIAN_CODE.search(part))
    if names.province_communes.search(plain if stated else _WAY_TO.sub(" ", plain)) or _BELGIAN_POSTCODE.search(part):
        return True
    # "Luxembourg, Belgium" is a province and its country; "Belgium, Luxembourg" and lists of three are countries.
    tokens = _tokens(part)
    ours = [bool(names.country.search(_hyphens(_fold(token)))) for token in tokens]
    if not stated:
        others = [_hyphens(_fold(token)) for token, our in zip(tokens, ours, strict=True) if not our]
        return len(set(others)) > 1 and all(names.other_provinces.fullmatch(other) for other in others)
    if re.search(r"\bwall?o{1,2}n", plain):
        return True  # a region stands in no list of countries
    if len(tokens) < 2:
        return True
    if not _is_belgium(tokens[-1], names):
        return False
    # A country said twice is one, and stands where it was said last: "Luxembourg, Belgium, BE".
    before = [our for token, our in zip(tokens, ours, strict=True) if not _is_belgium(token, names)]
    return bool(before) and before[-1]


def _is_belgium(token: str, names: _Names) -> bool:
    return token in ("BE", "BEL") or names.belgium.fullmatch(_hyphens(_fold(token))) is not None


def _american(part: str, plain: str, names: _Names) -> bool:
    """Whether the bare name is followed by one of the United States: Luxemburg, WI."""
    name = names.country.search(plain)
    if name is None:
        return False
    coded = re.search(r"\b(?:WI|IA|MO|MN|PA|US|USA)\b", part)
    return coded is not None or names.american.search(plain[name.end() :]) is not None


def _is_remote(text: str, names: _Names) -> bool:
    plain = _plain(text)
    return bool(names.remote.search(plain)) and not names.not_remote.search(plain)


def _all_remote(offices: tuple[str, ...], names: _Names) -> bool:
    return bool(offices) and all(_is_remote(office, names) for office in offices)


@lru_cache(maxsize=8192)
def _fold(text: str) -> str:
    """Lower case without accents; hyphens stay."""
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss").casefold())
    return " ".join("".join(char for char in folded if not unicodedata.combining(char)).split())


def _hyphens(folded: str) -> str:
    return " ".join(re.sub(r"[-–—‑'’`./]", " ", folded).split())


def _plain(text: str) -> str:
    return _hyphens(_fold(text))


def _any(names: list[str]) -> re.Pattern[str]:
    """A pattern for any of the names as whole words, longest first."""
    forms = {_plain(name) for name in names}
    # Everyday German spelling writes umlauts out: Duedelingen, Roeser.
    forms |= {_plain(name.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")) for name in names}
    longest = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{longest})(?!\w)")


@cache
def _names() -> _Names:
    data: dict[str, Any] = yaml.safe_load(
        resources.files("scrapers").joinpath("places.yaml").read_text(encoding="utf-8")
    )
    found: list[Commune] = []
    certain: list[str] = []
    shared: list[str] = []
    for canton, entry in data["cantons"].items():
        for row in entry["communes"]:
            found.append(Commune(row["name"], canton, tuple(row["names"])))
            ambiguous = set(row.get("shared_names", row["names"] if row.get("shared") else []))
            ambiguous |= {row["name"]} if row.get("shared") else set()
            # The commune of Luxembourg shares its name with country and province: it has rules of its own.
            own = [] if row["name"] == "Luxembourg" else [row["name"]]
            for name in (*own, *row["names"]):
                (shared if name in ambiguous else certain).append(name)
    province = data["belgian_province"]
    return _Names(
        communes=tuple(found),
        certain=_any(certain),
        shared=_any(shared),
        cantons=_any([name for canton, entry in data["cantons"].items() for name in (canton, *entry["names"])]),
        country=_any(data["luxembourg"]),
        grand_duchy=_any(data["grand_duchy"]),
        country_codes=re.compile(rf"(?<![\w.@&-])(?:{'|'.join(data['country_codes'])})(?![\w@&'’])"),
        province=_any(province["province"]),
        province_codes=re.compile(rf"\b(?:{'|'.join(province['codes'])})\b"),
        province_communes=_any([*province["communes"], *province["localities"]]),
        other_provinces=_any(province["others"]),
        belgium=_any(data["belgium"]),
        elsewhere=_any(data["elsewhere"]),
        elsewhere_codes=re.compile(rf"(?<![\w.@-])(?:{'|'.join(data['elsewhere_codes'])})(?![\w@-])"),
        american=_any([name for name in data["american"] if len(name) > 2]),
        remote=_any(data["remote"]),
        not_remote=_any(data["not_remote"]),
    )
