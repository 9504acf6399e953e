"""The registry: what a source must say before it loads, and errors that name file and field."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scrapers.plan import eurostat_url, greenhouse_url, planned_requests
from scrapers.registry import SOURCES, RegistryError, load_sources, resolved_params, sample_boards, source_by_id
from scrapers.spiders import SPIDERS, spider_class


@pytest.fixture
def content() -> dict:
    return yaml.safe_load((SOURCES / "greenhouse_boards.yaml").read_text(encoding="utf-8"))


def write(folder: Path, content: dict, name: str = "greenhouse_boards") -> Path:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_the_bundled_sources_load_and_are_whole() -> None:
    sources = {source.id: source for source in load_sources()}
    assert {"eurostat_isoc_eb_ai", "greenhouse_boards", "greenhouse_sample"} <= set(sources)
    for source in sources.values():
        if source.access != "own_list":  # of which nobody is asked
            assert source.spider in SPIDERS
            assert spider_class(source.spider).name == source.spider
        assert source.licence.attribution
        assert source.personal_data
    assert sources["eurostat_isoc_eb_ai"].licence.redistribute
    assert not sources["greenhouse_boards"].licence.redistribute
    assert sources["greenhouse_boards"].retention_days == 730
    assert sources["greenhouse_sample"].is_sample
    assert sources["greenhouse_sample"].modes == ("replay",)


@pytest.mark.parametrize(
    "field", ["licence", "terms", "access", "access_note", "personal_data", "retention_days", "retention_note"]
)
def test_a_source_without_its_legal_notes_does_not_load(tmp_path: Path, content: dict, field: str) -> None:
    del content[field]
    with pytest.raises(RegistryError) as caught:
        load_sources(write(tmp_path, content))
    message = str(caught.value)
    assert message.startswith(f"greenhouse_boards.yaml: {field}: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"modes": ["live", "guess"]}, "modes.1"),
        ({"modes": ["live", "live"]}, "modes"),
        ({"is_sample": True}, "modes"),
        ({"access": "own_list"}, "access"),
        ({"spider": "curated", "access": "own_list"}, "access"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({"reads": "some"}, "reads"),
        ({"watch": {"kind": "conditional_get", "every_minutes": 1}}, "watch.every_minutes"),
        (
            {"licence": {"name": "x y z", "url": "nowhere", "redistribute": False, "attribution": "x y z"}},
            "licence.url",
        ),
        ({"id": "another"}, "id"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, content: dict, change: dict, field: str) -> None:
    with pytest.raises(RegistryError, match=rf"^greenhouse_boards\.yaml: {field}: [^\n]+$"):
        load_sources(write(tmp_path, content | change))


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list", "", "id: \x00"])
def test_a_file_that_is_no_mapping_gives_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=r"^broken\.yaml:[^\n]+$"):
        load_sources(tmp_path)


def test_an_unknown_id_lists_the_known_ones() -> None:
    with pytest.raises(RegistryError, match="eurostat_isoc_eb_ai"):
        source_by_id("nobody")


def test_sample_boards_are_read_lazily_and_tolerate_other_fields(tmp_path: Path) -> None:
    path = tmp_path / "employers.yaml"
    path.write_text(
        "employers: [{board: acme, name: Acme, nace_section: C, mascot: owl}, {board: bco}]", encoding="utf-8"
    )
    assert sample_boards(path) == [
        {"board": "acme", "employer": "Acme", "nace_section": "C"},
        {"board": "bco", "employer": "bco", "nace_section": None},
    ]
    path.write_text("employers: [{name: Acme}]", encoding="utf-8")
    with pytest.raises(RegistryError, match=r"employers\.0\.board"):
        sample_boards(path)


def test_planned_requests_are_the_publishers_addresses() -> None:
    eurostat = planned_requests(source_by_id("eurostat_isoc_eb_ai"))
    assert [request.key for request in eurostat] == ["isoc_eb_ai"]
    assert eurostat[0].url == (
        "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data/isoc_eb_ai"
        "?freq=A&lang=en&nace_r2=C10-S951_X_K&sinceTimePeriod=2021&unit=PC_ENT"
    )
    boards = {request.key: request.url for request in planned_requests(source_by_id("greenhouse_boards"))}
    assert boards["spire"] == "https://boards-api.greenhouse.io/v1/boards/spire/jobs?content=true"
    assert greenhouse_url("x", "departments").endswith("/boards/x/departments")
    assert eurostat_url("d", {"geo": ["LU", "DE"]}).endswith("/d?geo=DE&geo=LU&lang=en")


@pytest.mark.parametrize(
    "boards", [None, [], [{"board": "../x"}], [{"board": "a"}, {"board": "a"}], [{"board": "a", "endpoint": "users"}]]
)
def test_parameters_that_cannot_be_planned_are_refused(boards: object) -> None:
    source = source_by_id("greenhouse_boards")
    with pytest.raises(RegistryError, match=r"^greenhouse_boards\.yaml: params"):
        planned_requests(source.model_copy(update={"params": {"boards": boards}}))


def test_params_without_reference_stay_as_they_are() -> None:
    source = source_by_id("eurostat_isoc_eb_ai")
    assert resolved_params(source) == source.params
