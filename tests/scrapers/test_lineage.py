"""The lineage of Luxembourg's research organisations: what it answers, and tables that do not hold together."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scrapers.lineage import TABLE, has_good_check, lineage, load_lineage, ror_id
from scrapers.registry import RegistryError

TUDOR, LIPPMANN, LIST = "02689jc25", "04f391x22", "01t178j62"


@pytest.mark.parametrize(
    ("old", "today"),
    [
        (TUDOR, LIST),
        (LIPPMANN, LIST),
        ("02485re30", "012m8gv78"),
        ("03jsxvr85", "040jf9322"),
        ("04ys0ah18", "04cqhc152"),
        (LIST, LIST),
        ("036x5ad56", "036x5ad56"),
    ],
)
def test_which_organisation_stands_today(old: str, today: str) -> None:
    assert lineage().today(old) == today
    assert lineage().today(f"https://ror.org/{old}") == today


def test_an_organisation_that_nobody_listed_stands_for_itself() -> None:
    assert lineage().today("0demxa196") == "0demxa196"
    assert not lineage().is_luxembourg("0demxa196")
    assert lineage().forerunners(LIST) == [TUDOR, LIPPMANN]
    assert lineage().forerunners("0demxa196") == []


def test_bodies_of_the_eu_are_told_from_those_of_the_country() -> None:
    assert lineage().is_eu_body("https://ror.org/04dvh0v63")
    assert lineage().is_luxembourg("04dvh0v63")  # by its seat
    assert not lineage().is_eu_body(LIST)
    assert not lineage().is_eu_body("")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("https://ror.org/01t178j62", LIST),
        ("ROR.org/01T178J62/", LIST),
        ("01t178j62", LIST),
        ("01t178j6", None),
        ("11t178j62", None),
        ("01u178j62", None),  # the alphabet has no u
        (None, None),
        (17, None),
    ],
)
def test_ids(given: object, known: str | None) -> None:
    assert ror_id(given) == known


def test_check_digits() -> None:
    assert has_good_check(LIST)
    assert not has_good_check("01t178j63")
    assert not has_good_check("01t187j62")


def changed(tmp_path: Path, **changes: object) -> Path:
    content = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    path = tmp_path / "lineage.yaml"
    path.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
    return path


def link(old: str, new: str) -> dict[str, str]:
    return {"from": old, "to": new, "in_ror": "none", "source": "a test", "note": "for a test"}


def organisation(known: str, status: str = "inactive") -> dict[str, str]:
    return {"id": known, "name": "Demo", "status": status}


@pytest.mark.parametrize(
    ("organisations", "successors", "said"),
    [
        ([organisation("01t178j63")], [], "is no ROR id"),
        ([organisation(LIST)] * 2, [], "01t178j62: stands twice"),
        ([organisation(TUDOR)], [link(TUDOR, LIST)], "01t178j62: is linked, and no organisation"),
        ([organisation(TUDOR), organisation(LIST)], [link(TUDOR, LIST), link(LIST, TUDOR)], "the links go round"),
        ([organisation(TUDOR)], [link(TUDOR, TUDOR)], "the links go round"),
        ([organisation(TUDOR), organisation(LIST)], [link(TUDOR, LIST)], "01t178j62: stands for others today and is"),
        ([organisation(TUDOR, "active"), organisation(LIST, "active")], [link(TUDOR, LIST)], "has a successor and is"),
        (
            [organisation(TUDOR), organisation(LIST, "active"), organisation(LIPPMANN, "active")],
            [link(TUDOR, LIST), link(TUDOR, LIPPMANN)],
            "02689jc25: has two successors",
        ),
    ],
)
def test_a_table_that_does_not_hold_together(
    organisations: list[dict], successors: list[dict], said: str, tmp_path: Path
) -> None:
    path = changed(tmp_path, organisations=organisations, successors=successors, eu_bodies=[])
    with pytest.raises(RegistryError, match=r"^lineage\.yaml: [^\n]+$") as caught:
        load_lineage(path)
    assert said in str(caught.value)


def test_an_eu_body_is_on_the_list(tmp_path: Path) -> None:
    body = {"id": "0demxa196", "source": "a test", "note": "for a test"}
    with pytest.raises(RegistryError, match="0demxa196: is an EU body, and no organisation of the table"):
        load_lineage(changed(tmp_path, eu_bodies=[body]))
