"""Gold cases of the rule "what counts as Luxembourg": English, French, German and Luxembourgish place texts."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scrapers.places import Place, communes, luxembourg
from tests.shared import shared_path

HERE = [
    # Postcodes
    ("12, rue Erasme, L-1468 Luxembourg", "postcode"),
    ("L-8070 Bertrange", "postcode"),
    ("L - 4361 Esch-sur-Alzette", "postcode"),
    ("LU-1855 Luxembourg", "postcode"),
    ("45, rue de Luxembourg, L-8077 Bertrange", "postcode"),
    ("1 rue du Moulin, L-6914 Roodt-sur-Syre", "postcode"),
    # Communes and localities, four languages
    ("Remich", "commune"),
    ("Esch-sur-Alzette", "commune"),
    ("Esch/Alzette", "commune"),
    ("Esch an der Alzette", "commune"),
    ("Esch-Uelzecht", "commune"),
    ("Pétange, Luxembourg", "commune"),
    ("PETANGE", "commune"),
    ("Péiteng", "commune"),
    ("Düdelingen", "commune"),
    ("Duedelingen", "commune"),
    ("Diddeleng", "commune"),
    ("Ettelbruck", "commune"),
    ("Ettelbréck", "commune"),
    ("Ettelbrück, Luxemburg", "commune"),
    ("Ulflingen", "commune"),
    ("Käerjeng", "commune"),
    ("Bascharage", "commune"),
    ("Leideleng", "commune"),
    ("Mondorf-les-Bains", "commune"),
    ("Betzdorf, Luxembourg", "commune"),
    ("Betzdorf", "commune"),
    ("Strassen", "commune"),
    ("Bettendorf", "commune"),
    ("Fischbach, Luxembourg", "commune"),
    ("Beaufort (LU)", "commune"),
    ("Dalheim, Grand-Duché de Luxembourg", "commune"),
    ("Luxembourg-Kirchberg", "commune"),
    ("Luxembourg, Cloche d'Or", "commune"),
    ("Cloche d’Or", "commune"),
    ("Munsbach", "commune"),
    ("Windhof (Koerich)", "commune"),
    ("Luxembourg City", "commune"),
    ("Luxembourg-Ville", "commune"),
    ("Luxemburg-Stadt", "commune"),
    ("Stad Lëtzebuerg", "commune"),
    ("Erpeldange/Sûre", "commune"),
    ("6795 Grevenmacher", "commune"),
    ("Rue de Luxembourg 12, Esch-sur-Alzette", "commune"),
    ("Arlon / Steinfort", "commune"),
    ("Paris, Bertrange", "commune"),
    ("Metz, France, Bertrange", "commune"),
    ("Bertrange, Metz, France", "commune"),
    ("Arlon, Belgium, Steinfort", "commune"),
    # Cantons
    ("Canton de Clervaux", "canton"),
    ("Kanton Esch", "canton"),
    ("Capellen", "canton"),
    # The country said for certain
    ("Grand Duchy of Luxembourg", "country"),
    ("Grand-Duché", "country"),
    ("Großherzogtum Luxemburg", "country"),
    ("LU", "country"),
    ("Luxembourg, LU", "country"),
    ("LUX", "country"),
    ("Luxembourg (LU), Arlon (BE)", "country"),
    # The bare name
    ("Luxembourg", "name"),
    ("Luxemburg", "name"),
    ("Lëtzebuerg", "name"),
    ("LUXEMBOURG", "name"),
    ("Luxembourg, Luxembourg", "name"),
    # Several places count once, with the Luxembourg one
    ("Paris, Luxembourg, London", "name"),
    ("Brussels, Luxembourg", "name"),
    ("Luxembourg / Arlon (BE)", "name"),
    ("Luxembourg or Brussels, Belgium", "name"),
    ("Belgium, Luxembourg, Netherlands", "name"),
    ("Luxembourg, Belgium, France", "name"),
    ("Belgium, Luxembourg", "name"),
    ("Trier oder Luxemburg", "name"),
    ("Metz; Thionville; Luxembourg", "name"),
    ("Frankfurt | Luxembourg | Dublin", "name"),
    ("Paris, France, Luxembourg", "name"),
    ("Hybrid - Luxembourg", "name"),
    ("2520 Luxembourg", "name"),
    ("L1855 Luxembourg", "name"),
    ("Gare de Luxembourg", "name"),
    ("Luxembourg et Arlon", "name"),
    ("Luxembourg, Belgium & Netherlands", "name"),
    ("Luxembourg, Belgique et France", "name"),
    ("BeLux", "name"),
    ("Hybrid - BeLux", "name"),
    ("Luxembourg, near Arlon", "name"),
    ("82, route d'Arlon, Luxembourg", "name"),
    ("Rue de Bastogne 3, Luxembourg", "name"),
    ("Namur, Luxembourg", "name"),
    ("Luxembourg, LU, BE", "country"),
    ("Virton, Luxembourg, Belgium; Luxembourg", "name"),
    # As the public service's own posts write it
    ("Wickrange", "commune"),
    ("Schrassig", "commune"),
    ("Dreiborn - Schrassig", "commune"),
    ("Luxembourg-Hamm", "commune"),
    ("Marienthal, Luxembourg", "commune"),
    ("Le nord du pays (Ettelbruck, Marnach et Wiltz)", "commune"),
    ("Schifflange/Dudelange", "commune"),
    ("Bartreng", "commune"),
    ("Nidderkäerjeng", "commune"),
    ("Aubange - Pétange", "commune"),
    ("Strassen im Großherzogtum Luxemburg", "commune"),
    ("Esch an der Sauer", "commune"),
    ("Canton d'Esch", "canton"),
    ("LU-Luxembourg", "country"),
    ("LU-1855", "postcode"),
]

ELSEWHERE = [
    # The Belgian province
    "Arlon",
    "Arlon, Luxembourg",
    "Arlon, Luxembourg, Belgium",
    "Arel, Belgien",
    "Bastogne, Luxembourg",
    "Libramont-Chevigny, Luxembourg",
    "Marche-en-Famenne (Luxembourg)",
    "Neufchâteau, Province de Luxembourg",
    "Virton, Luxembourg, Belgique",
    "Luxembourg, Belgium",
    "Luxembourg, Belgique",
    "Luxemburg, Belgien",
    "Luxembourg (BE)",
    "Province de Luxembourg",
    "Luxembourg Province, Wallonia",
    "B-6700 Luxembourg",
    "6600 Luxembourg",
    "6800 Libramont, Luxembourg",
    "Provinz Luxemburg",
    "Saint-Hubert, Luxembourg",
    "Luxembourg, Wallonia, Belgium",
    "Luxembourg, Walloon Region, Belgium",
    "Luxembourg, Région wallonne",
    "Provinces de Namur et Luxembourg",
    "Provinces de Namur et de Luxembourg (Belgique)",
    "Provincies Luik en Luxemburg",
    "Habay-la-Neuve, Luxembourg",
    "Hotton, Luxembourg, BE",
    "B-6850 Paliseul, Luxembourg",
    "Luxembourg, BEL",
    "Rue de Luxembourg 12, Arlon",
    "Luxembourg, Belgium, BE",
    "Belgium, Luxembourg, BE",
    "Luxembourg, Luxembourg, BE",
    "Luxembourg, BE, Belgium, BEL",
    "Luxembourg, WLX, Belgium",
    "Luxembourg, WLX",
    "Luxembourg, BE-WLX",
    "Prov. de Luxembourg",
    "Prov. Luxembourg",
    "Luxembourg (Prov.)",
    "Prov. de Namur et de Luxembourg",
    "Luxembourg, Namur, Liège",
    "Saint-Mard, Luxembourg",
    "Latour, Luxembourg",
    "Weyler, Luxembourg",
    "Recogne, Luxembourg",
    "Rulles, Luxembourg",
    "Route d'Arlon 3, Bastogne, Luxembourg, Belgium",
    "Brussels, BeLux",
    # Streets, squares, stations, gardens
    "Gare de Luxembourg, Bruxelles",
    "Luxembourg Station, Brussels",
    "Bruxelles, quartier Luxembourg",
    "Place du Luxembourg, Bruxelles",
    "Rue du Luxembourg 3, 1000 Brussels",
    "Jardin du Luxembourg, Paris",
    "Luxembourg Gardens, Paris",
    "Luxemburger Straße 12, Köln",
    "Rosa-Luxemburg-Platz, Berlin",
    "Bruxelles-Luxembourg",
    "Avenue de Luxembourg, Namur",
    # Other Luxemburgs and homonyms of communes
    "Kirchberg an der Jagst",
    "Kirchberg in Tirol",
    "Strassen bei Lienz",
    "Hamm",
    "Marienthal",
    "Luxemburg, WI",
    "Luxemburg, Wisconsin, United States",
    "Luxemburg, IA, USA",
    "Bettendorf, IA",
    "Beaufort, SC",
    "Beaufort",
    "Betzdorf, Germany",
    "Fischbach",
    "Fischbach, Deutschland",
    "Rédange, France",
    "Redange, Moselle, France",
    "Bertrange, Belgium",
    "Canton de Clervaux, Belgique",
    "Dalheim, Rheinland-Pfalz",
    "Luzern, LU",
    "Sursee LU, Schweiz",
    # Nothing of ours
    "",
    "London, UK",
    "Trier",
    "Metz, France",
    "Lux-Hotel Wien",
    "Lu Wei Building, Shanghai",
    "Benelux",
    "Esch, Netherlands",
]


@pytest.mark.parametrize(("text", "basis"), HERE)
def test_a_place_in_luxembourg_counts_with_its_evidence(text: str, basis: str) -> None:
    assert luxembourg(text) == Place(True, basis)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_place_elsewhere_does_not_count(text: str) -> None:
    assert luxembourg(text) == Place(False, "none")


@pytest.mark.parametrize(
    ("location", "offices", "options", "expected"),
    [
        # Wholly remote: the contract or the employer must be stated to be Luxembourg's.
        ("Remote", (), {}, Place(False, "none", True)),
        ("Remote - Europe", (), {}, Place(False, "none", True)),
        ("Télétravail", (), {}, Place(False, "none", True)),
        ("Remote, Luxembourg", (), {}, Place(True, "remote_contract", True)),
        ("Luxembourg (Remote)", (), {}, Place(True, "remote_contract", True)),
        ("Remote - Luxembourg", (), {}, Place(True, "remote_contract", True)),
        ("Remote", (), {"employer_country": "LU"}, Place(True, "remote_contract", True)),
        ("Remote", (), {"employer_country": "BE"}, Place(False, "none", True)),
        ("Remote", (), {"text": "You get a Luxembourg contract."}, Place(True, "remote_contract", True)),
        ("Télétravail", (), {"text": "CDI, contrat luxembourgeois."}, Place(True, "remote_contract", True)),
        ("Homeoffice", (), {"text": "Luxemburgischer Arbeitsvertrag."}, Place(True, "remote_contract", True)),
        (
            "Remote",
            (),
            {"text": "Mir bidden e lëtzebuergeschen Aarbechtskontrakt."},
            Place(True, "remote_contract", True),
        ),
        ("Remote", (), {"text": "Our clients are in Luxembourg."}, Place(False, "none", True)),
        ("Remote - BeLux", (), {}, Place(False, "none", True)),
        ("Remote", ("Luxembourg",), {}, Place(True, "remote_contract", True)),
        ("Remote", ("Luxembourg", "Paris"), {}, Place(False, "none", True)),
        ("Remote - Germany", ("Luxembourg",), {}, Place(False, "none", True)),
        ("Remote, Arlon, Belgium", (), {}, Place(False, "none", True)),
        ("Luxembourg", (), {"workplace": "Remote"}, Place(True, "remote_contract", True)),
        # With other countries beside it nobody says whose the contract is.
        ("Remote (Luxembourg or Belgium)", (), {}, Place(False, "none", True)),
        ("Remote - Luxembourg, Germany, France", (), {}, Place(False, "none", True)),
        ("Remote - Luxembourg, Germany", (), {"employer_country": "LU"}, Place(True, "remote_contract", True)),
        # Not wholly remote
        ("Remote-friendly, Luxembourg", (), {}, Place(True, "name")),
        ("Luxembourg, 2 jours de télétravail par semaine", (), {}, Place(True, "name")),
        ("Luxemburg, 2 Tage Homeoffice", (), {}, Place(True, "name")),
        ("Paris, 2 days remote", (), {}, Place(False, "none")),
        ("Luxembourg (hybrid, 2 days remote)", (), {}, Place(True, "name")),
        ("Luxembourg, télétravail possible", (), {}, Place(True, "name")),
        ("Remote Sensing Centre, Betzdorf", (), {}, Place(True, "commune")),
        # Offices are places of work too
        ("London", ("London (London, England)", "Luxembourg (Luxembourg)"), {}, Place(True, "name")),
        ("London", ("London (London, England)",), {}, Place(False, "none")),
        ("Luxembourg", ("Luxembourg office (2 rue X, L-2449 Luxembourg)",), {}, Place(True, "postcode")),
        ("", ("Luxembourg (Arlon, Belgium)",), {}, Place(False, "none")),
        # An employer known to be here vouches for names that are common abroad, not for other countries.
        ("Fischbach", (), {"employer_country": "LU"}, Place(True, "commune")),
        ("Fischbach, Germany", (), {"employer_country": "LU"}, Place(False, "none")),
        ("Betzdorf, Germany", (), {"employer_country": "LU"}, Place(False, "none")),
    ],
)
def test_remote_work_offices_and_employers(
    location: str, offices: tuple[str, ...], options: dict[str, str], expected: Place
) -> None:
    assert luxembourg(location, offices, **options) == expected


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("CDI de droit luxembourgeois", True),
        ("Contrat à durée indéterminée luxembourgeois", True),
        ("Lëtzebuerger Aarbechtskontrakt", True),
        ("A contract governed by Luxembourg law", True),
        ("Your contract is with us: a contract with our Luxembourg company", True),
        ("Unbefristeter Vertrag nach luxemburgischem Recht", True),
        ("A Luxembourg-based contract", True),
        ("No visa, no relocation. Luxembourg contract.", True),
        ("Not only a Luxembourg contract, also a car", True),
        ("We offer no car but a Luxembourg contract", True),
        ("No Luxembourg contract is offered", False),
        ("Nous n'offrons pas de contrat luxembourgeois", False),
        ("Wir bieten keinen luxemburgischen Arbeitsvertrag", False),
        ("Keen Lëtzebuerger Aarbechtskontrakt", False),
        ("A Luxembourg contract is unfortunately not possible", False),
        ("Head of Luxembourg contract management", False),
        ("Knowledge of contract law in Luxembourg", False),
    ],
)
def test_whose_the_contract_of_remote_work_is(text: str, stated: bool) -> None:
    assert luxembourg("Remote", text=text).is_luxembourg is stated


def test_all_hundred_communes_and_twelve_cantons_are_known() -> None:
    by_canton = Counter(commune.canton for commune in communes())
    assert len(communes()) == 100
    assert by_canton == {
        "Capellen": 9,
        "Clervaux": 5,
        "Diekirch": 10,
        "Echternach": 7,
        "Esch-sur-Alzette": 14,
        "Grevenmacher": 8,
        "Luxembourg": 11,
        "Mersch": 10,
        "Redange": 9,
        "Remich": 7,
        "Vianden": 3,
        "Wiltz": 7,
    }


def test_every_commune_and_every_variant_is_found_beside_the_country() -> None:
    missed = [
        name
        for commune in communes()
        if commune.name != "Luxembourg"
        for name in (commune.name, *commune.names)
        if luxembourg(f"{name}, Luxembourg").basis not in ("commune", "canton")
    ]
    assert missed == []


def test_communes_agree_with_the_recorded_code_list_of_statec() -> None:
    text = shared_path("recordings/stats/lustat/cl_canton_commune_excerpt_sdmxml21.xml").read_text(encoding="utf-8")
    listed = set(re.findall(r'<common:Name xml:lang="fr">([^<]+)', text)) - {"CL_CANTON_COMMUNE", "Total", "Esch"}
    ours = {commune.name for commune in communes()} | {commune.canton for commune in communes()}
    assert len(listed) > 30
    assert listed - ours == set()
