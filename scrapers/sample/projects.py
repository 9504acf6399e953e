"""The sample's projects: zips of CSV tables as CORDIS publishes them, of invented organisations, in three vintages.

Belongs here: which projects there are, who takes part with which money, what changed between vintages, the layout of
the tables. Never here: words (``phrases/projects.yaml``), real organisations.

Staged: decimal points and commas in one table, EL, UK and XK, a natural person, a byte order mark, text encoded twice,
a row with cells too few, a participant without money, projects without a participant in Luxembourg, words that only
sound like artificial intelligence; later new projects, amended contributions, a participant who left, closed projects.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import yaml

from scrapers.archive import Archive, ArchiveWriter, CrawlStats
from scrapers.plan import planned_requests
from scrapers.registry import source_by_id
from scrapers.sample.grammar import capitalised
from scrapers.sample.material import HERE

SOURCE_ID = "cordis_sample"
GENERATED = "the generator of the sample: projects and organisations are invented (scrapers/sample)"
PROJECTS = 64
FIRST_ID = 999_900_001  # CORDIS has come to 101 million
VINTAGES = tuple(datetime(*day, 4, tzinfo=UTC) for day in ((2025, 5, 6), (2025, 11, 11), (2026, 6, 2)))
_HOME = (
    ("ARVEOLE UNIVERSITY", "ARVEOLE", "HES"),
    ("VALMORIN INSTITUTE OF TECHNOLOGY", "VIT", "REC"),
    ("ORBISEND SA", "", "PRC"),
    ("KELMOND SARL", "KELMOND", "PRC"),
    ("QUAYLIGHT SERVICES GIE", "", "OTH"),
)
_ABROAD = (
    ("FRETAL UNIVERSITAET", "DE", "HES"),
    ("INSTITUT LAVAUDREUIL", "FR", "REC"),
    ("PANEPISTIMIO OSTRALIS", "EL", "HES"),
    ("BRABELLE COLLEGE", "UK", "HES"),
    ("NOVAK DRENICA SHPK", "XK", "PRC"),
    ("TALVENKOSKI OY", "FI", "PRC"),
)
_PERSON = "MARLOW QUENDREL"  # invented; a participant on her own account
_OF_ORGANISATIONS = (
    "projectID projectAcronym organisationID vatNumber name shortName SME activityType street postCode city country "
    "nutsCode geolocation organizationURL contactForm contentUpdateDate rcn order role ecContribution "
    "netEcContribution totalCost endOfParticipation active"
)
_OF_PROJECTS = (
    "id acronym status title startDate endDate totalCost ecMaxContribution legalBasis topics ecSignatureDate "
    "frameworkProgramme masterCall subCall fundingScheme objective contentUpdateDate rcn grantDoi keywords"
)
_ORGANISATION, _PROJECT = _OF_ORGANISATIONS.split(), _OF_PROJECTS.split()


@dataclass
class Part:
    """One participation. ``net`` is what stays with the participant, in euros."""

    organisation: str
    name: str
    country: str
    activity: str
    role: str
    net: float | None
    left_from: int = 99  # vintage


@dataclass
class Project:
    """One invented project; ``vintage`` is the first that lists it."""

    number: int
    kind: str  # ai | other | hard
    acronym: str
    title: str
    text: str
    topics: list[tuple[str, str]]
    signed: date
    months: int
    parts: list[Part] = field(default_factory=list)
    vintage: int = 0
    amended_from: int = 99

    @property
    def ends(self) -> date:
        return self.signed + timedelta(days=30 * self.months)

    @property
    def has_home(self) -> bool:
        return any(part.country == "LU" for part in self.parts)


def projects(seed: int) -> list[Project]:
    """Every project, by number."""
    rng = random.Random(f"projects/{seed}")
    phrases = yaml.safe_load((HERE / "phrases" / "projects.yaml").read_text(encoding="utf-8"))
    found = [_project(rng, phrases, FIRST_ID + at) for at in range(PROJECTS)]
    home = [project for project in found if project.has_home]
    for project in rng.sample(home, 3):
        project.amended_from = 2
    home[3].parts.append(Part("", _PERSON, "LU", "PRC", "participant", 15_000.0))
    home[5].parts[-1].left_from = 1
    return found


def _project(rng: random.Random, phrases: dict[str, Any], number: int) -> Project:
    kind = rng.choices(("ai", "hard", "other"), (0.25, 0.08, 0.67))[0]
    words = phrases[kind]
    thing = rng.choice(words["objects"])
    signed = date(2021, 6, 1) + timedelta(days=rng.randrange(1_750))
    tags = [tuple(tag) for tag in rng.sample(words["topics"], rng.choice((1, 2)))]
    given = Project(
        number=number,
        kind=kind,
        acronym="".join(rng.choice(("BA", "DE", "LI", "MO", "NU", "RE", "SO", "TA", "VI")) for _ in range(3)),
        title=capitalised(rng.choice(words["titles"]).replace("<o>", thing)),
        text=rng.choice(words["texts"]).replace("<o>", thing),
        topics=tags,
        signed=signed,
        months=rng.choice((24, 36, 48)),
    )
    # Signed late, listed late: CORDIS shows a project some weeks after its signature.
    given.vintage = next((at for at, day in enumerate(VINTAGES) if signed < day.date() - timedelta(days=30)), 2)
    at_home = rng.sample(range(len(_HOME)), rng.choice((0, 1, 1, 1, 2)))
    for at in at_home:
        given.parts.append(_part(rng, 900_000_001 + at, _HOME[at][0], "LU", _HOME[at][2]))
    for at in rng.sample(range(len(_ABROAD)), rng.choice((1, 2, 3, 4))):
        given.parts.append(_part(rng, 910_000_001 + at, *_ABROAD[at]))
    rng.shuffle(given.parts)
    given.parts[0].role = "coordinator"
    if len(given.parts) > 3:
        given.parts[3].role, given.parts[3].net = "associatedPartner", None
    return given


def _part(rng: random.Random, number: int, name: str, country: str, activity: str) -> Part:
    return Part(str(number), name, country, activity, "participant", round(rng.uniform(60_000, 900_000), 2))


def net(project: Project, part: Part, vintage: int) -> float | None:
    """The net contribution that a vintage gives."""
    if part.net is None or vintage < project.amended_from:
        return part.net
    return round(part.net * 1.1, 2)


def file_of(every: list[Project], vintage: int) -> bytes:
    """The zip of one vintage; equal input gives equal bytes."""
    day = VINTAGES[vintage]
    listed = [project for project in every if project.vintage <= vintage]
    organisations, rows, topics = [], [], []
    for project in listed:
        stamp = f"{VINTAGES[_touched(project, vintage)] - timedelta(days=3):%Y-%m-%d} 10:15:00"
        nets = [value for part in project.parts if (value := net(project, part, vintage)) is not None]
        status = "CLOSED" if project.ends < day.date() else "SIGNED"
        started, cost = project.signed + timedelta(days=45), f"{sum(nets) * 1.2:.2f}".replace(".", ",")
        text = project.text.replace("'", "\u2019") if project.number % 9 else "Caf\u00c3\u00a9 project. " + project.text
        rows.append(
            f"{project.number}|{project.acronym}|{status}|{project.title}|{started}|{project.ends}|{cost}|"
            f"{sum(nets):.2f}|HORIZON.2.4|HORIZON-SAMPLE|{project.signed}|HORIZON|HORIZON-SAMPLE|HORIZON-SAMPLE|RIA|{text}|"
            f"{stamp}|{project.number}|10.99999/{project.number}|".split("|")
        )
        topics += [[str(project.number), code, f"/{title}", title, ""] for code, title in project.topics]
        for order, part in enumerate(project.parts, start=1):
            organisations.append(_organisation(project, part, order, vintage, stamp))
    broken = organisations[4][:-2]
    files = {
        "project.csv": _table(_PROJECT, rows),
        "organization.csv": b"\xef\xbb\xbf" + _table(_ORGANISATION, [*organisations, broken]),
        "euroSciVoc.csv": _table(
            ["projectID", "euroSciVocCode", "euroSciVocPath", "euroSciVocTitle", "euroSciVocDescription"], topics
        ),
        "topics.csv": _table(["projectID", "topic", "title"], [[str(p.number), "HORIZON-SAMPLE", ""] for p in listed]),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            info = zipfile.ZipInfo(f"csv/{name}", (day.year, day.month, day.day, 4, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            zipped.writestr(info, content)
    return packed.getvalue()


def _touched(project: Project, vintage: int) -> int:
    """The last vintage, up to this one, that changed anything of a project."""
    closed = next((at for at, day in enumerate(VINTAGES) if project.ends < day.date()), 99)
    turns = [project.vintage, project.amended_from, closed, *(part.left_from for part in project.parts)]
    return max(turn for turn in turns if turn <= vintage)


def _organisation(project: Project, part: Part, order: int, vintage: int, stamp: str) -> list[str]:
    value = net(project, part, vintage)
    money = "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
    known = dict(zip((name for name, _, _ in _HOME), (short for _, short, _ in _HOME), strict=True))
    is_person = part.name == _PERSON
    cells = {
        "projectID": str(project.number),
        "projectAcronym": project.acronym,
        "organisationID": part.organisation or "998877665",
        "vatNumber": "" if is_person else f"{part.country}{part.organisation}",
        "name": part.name,
        "shortName": known.get(part.name, ""),
        "SME": "true" if part.activity == "PRC" else "false",
        "activityType": part.activity,
        "city": "Sampleville",
        "country": part.country,
        "contentUpdateDate": stamp,
        "rcn": part.organisation,
        "order": str(order),
        "role": part.role,
        "ecContribution": money,
        "netEcContribution": money,
        "totalCost": "" if value is None else f"{value * 1.25:.2f}".replace(".", ","),
        "endOfParticipation": "true" if vintage >= part.left_from else "false",
    }
    return [cells.get(column, "") for column in _ORGANISATION]


def _table(columns: list[str], rows: list[list[str]]) -> bytes:
    lines = (";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [columns, *rows])
    return ("\n".join(lines) + "\n").encode("utf-8")


def write_projects(root: Path, seed: int, name: Callable[[datetime, str], str]) -> tuple[list[str], bytes]:
    """All vintages into the archive; crawl ids in time order, and the truth as JSON lines, one a participation."""
    every, (request,) = projects(seed), planned_requests(source_by_id(SOURCE_ID))
    archive, written = Archive(root), []
    for vintage, started in enumerate(VINTAGES):
        identity = name(started, SOURCE_ID)
        written.append(identity)
        if (root / SOURCE_ID / f"{identity}.crawl.json").exists():
            continue
        with ArchiveWriter(root, SOURCE_ID, identity, started, is_reconstructed=True, archive=archive) as writer:
            writer.write_resource(request.url, file_of(every, vintage), "application/zip", started, GENERATED)
            writer.sign_off("finished", True, CrawlStats(requests=1, planned=1, complete_keys=[request.key]))
    rows = [_truth(project, part) for project in every if project.has_home for part in project.parts]
    return written, b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _truth(project: Project, part: Part) -> dict[str, Any]:
    """One line of the truth file: what the last vintage says of this participation, read without error."""
    country = {"EL": "GR", "UK": "GB"}.get(part.country, part.country)
    return {
        "source_id": SOURCE_ID,
        "project_id": str(project.number),
        "organisation_id": part.organisation,  # "" for a natural person
        "organisation": "" if part.name == _PERSON else part.name,
        "country": country,
        "role": part.role,
        "is_ai": project.kind == "ai",  # by text and by topic alike
        "kind": project.kind,
        "signed_on": project.signed.isoformat(),
        "ends_on": project.ends.isoformat(),
        "net_contribution": net(project, part, len(VINTAGES) - 1),
        "first_vintage": project.vintage,
        "amended_from": project.amended_from if project.amended_from < 99 else None,
        "has_ended": part.left_from < 99,
    }
