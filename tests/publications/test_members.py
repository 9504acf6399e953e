"""The members' list as people really save it, and as somebody hostile would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publications.mail import message_bytes
from publications.members import MAX_BYTES, Member, MembersError, read_members, usable_address
from tests.publications.mailbox import SENDER, edition, parsed


def listed(tmp_path: Path, content: bytes | str, **more: object) -> tuple[list[Member], list[str]]:
    file = tmp_path / "members.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_members(file, **more)  # type: ignore[arg-type]


PLAIN = "address,language,topics\nanna@example.org,fr,talent;adoption\nbob@example.org,de,\n"
EXPECTED = [Member("anna@example.org", "fr", ("adoption", "talent")), Member("bob@example.org", "de")]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("talent;adoption", '"talent;adoption"').replace(",", ";").encode(),  # a spreadsheet in French
        PLAIN.replace(",", "\t").encode(),
        b"Topics,Address , LANGUAGE\ntalent|adoption,anna@example.org,FR-lu\n,bob@example.org,de_DE\n\n,,\n",
        b'address,language,topics,"remark"\nanna@example.org,fr,"adoption, talent",x\nbob@example.org,de\n',
    ],
)
def test_a_list_is_read_however_a_spreadsheet_saved_it(tmp_path: Path, content: bytes) -> None:
    assert listed(tmp_path, content) == (EXPECTED, [])


def test_windows_1252_is_read(tmp_path: Path) -> None:
    found, problems = listed(
        tmp_path, "address,language,topics,name\nanna@example.org,fr,,Zoé Müller\n".encode("cp1252")
    )
    assert (found, problems) == ([Member("anna@example.org", "fr", (), "Zoé Müller")], [])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("=cmd|' /C calc'!A0@example.org", "like a formula"),
        ("+anna@example.org", "like a formula"),
        ("@SUM(1+1)@example.org", "like a formula"),
        ('"anna@example.org\nBcc: all@example.org"', "line break"),
        ('"anna@example.org\r\nSubject: x"', "line break"),
        ("anna@example.org\x00", "control character"),
        ("an\u200bna@example.org", "control character"),
        ("anna", "no address"),
        ("anna@", "not valid"),
        ("anna@localhost", "domain is not valid"),
        ("anna@exa mple.org", "domain is not valid"),
        ("anna@-example.org", "domain is not valid"),
        ("anna bob@example.org", "before the @ is not valid"),
        ("anna.@example.org", "before the @ is not valid"),
        ("anna@bob@example.org", "before the @ is not valid"),
        ('"Anna <anna@example.org>"', "not valid"),
        ('"anna@example.org,bob@example.org"', "not valid"),
        ("änna@example.org", "not ASCII"),
        ("a" * 65 + "@example.org", "not valid"),
        ("a@" + "b" * 64 + ".org", "domain is not valid"),
    ],
)
def test_a_bad_address_costs_only_its_line(tmp_path: Path, address: str, reason: str) -> None:
    found, problems = listed(
        tmp_path, f"address,language,topics\nfirst@example.org,en,\n{address},en,\nlast@example.org,en,\n"
    )
    assert [member.address for member in found] == ["first@example.org", "last@example.org"]
    assert len(problems) == 1
    assert reason in problems[0]
    assert "\n" not in problems[0]
    assert "anna" not in problems[0], "problems name the line, not the person"


def test_domains_of_other_scripts_are_written_in_ascii(tmp_path: Path) -> None:
    found, _ = listed(tmp_path, "address,language\nanna@bücher.example\nbob@STRASSE.example\ncarl@straße.example\n")
    domains = [member.address.partition("@")[2] for member in found]
    assert domains == ["xn--bcher-kva.example", "strasse.example", "xn--strae-oqa.example"]


def test_the_same_address_twice_is_one_member(tmp_path: Path) -> None:
    found, problems = listed(
        tmp_path,
        "address,language,topics\nAnna@Example.org,fr,talent\nbob@example.org,en,\nanna@example.ORG,de,research;talent\n",
    )
    assert found == [Member("Anna@example.org", "fr", ("talent", "research")), Member("bob@example.org", "en")]
    assert problems == ["line 4: this address stands in an earlier line; their topics are joined"]


def test_unknown_wishes_cost_nobody_the_mail(tmp_path: Path) -> None:
    found, problems = listed(
        tmp_path,
        "address,language,topics,name\na@example.org,klingon,talent;astrology\nb@example.org,lb,,=1+1\nc@example.org,,,\n",
        languages=("en", "fr", "de"),
    )
    assert [(member.lang, member.topics, member.name) for member in found] == [
        ("en", ("talent",), ""),
        ("en", (), ""),
        ("en", (), ""),
    ]
    assert [problem.partition(":")[0] for problem in problems] == ["line 2", "line 2", "line 3", "line 3"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"anna@example.org,fr,\n", "no column 'address'"),
        (b"name;language\nx;fr\n", "no column 'address'"),
        (b"x" * (MAX_BYTES + 1), "larger than 5 MB"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no column 'address'"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(MembersError, match=reason) as caught:
        listed(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_missing_list_is_said(tmp_path: Path) -> None:
    with pytest.raises(MembersError, match="cannot be read"):
        read_members(tmp_path / "none.csv")


def test_a_huge_cell_costs_its_line_and_problems_are_bounded(tmp_path: Path) -> None:
    bad = "x\n" * 5000
    found, problems = listed(tmp_path, f"address\na@example.org\n{'y' * 200_000}\n{bad}b@example.org\n")
    assert [member.address for member in found] == ["a@example.org", "b@example.org"]
    assert len(problems) == 101
    assert all(len(problem) < 200 for problem in problems)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(b"address,language,topics\n" + content)
    found, problems = read_members(file)
    assert all(usable_address(member.address)[0] == member.address for member in found)
    assert all("\n" not in problem for problem in problems)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_passes_cannot_break_out_of_a_header(local: str, domain: str) -> None:
    address, wrong = usable_address(f"{local}@{domain}")
    if address is None:
        assert wrong
        return
    message = parsed(message_bytes(edition(), sender=SENDER, recipient=address))
    assert message["To"].addresses[0].addr_spec == address
    assert len(message["To"].addresses) == 1
