"""A CORDIS zip of any size, written in a stream: for measuring what a decoder takes, never for what it says.

Belongs here: tables in the publisher's layout with as many rows as it takes. Never here: hostile bytes (``bombs``).

As in the real files, one project in forty has a participant in Luxembourg, a project has five participants, an
objective 2,000 characters, and deflate makes about a tenth of it. Everything is invented.
"""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

_OF_PROJECTS = (
    "id acronym status title startDate endDate totalCost ecMaxContribution legalBasis topics ecSignatureDate "
    "frameworkProgramme masterCall subCall fundingScheme objective contentUpdateDate rcn grantDoi keywords"
)
PROJECT = _OF_PROJECTS.split()
_OF_ORGANISATIONS = (
    "projectID projectAcronym organisationID vatNumber name shortName SME activityType street postCode city "
    "country nutsCode geolocation organizationURL contactForm contentUpdateDate rcn order role ecContribution "
    "netEcContribution totalCost endOfParticipation active"
)
ORGANISATION = _OF_ORGANISATIONS.split()
TOPIC = ["projectID", "euroSciVocCode", "euroSciVocPath", "euroSciVocTitle", "euroSciVocDescription"]
HOME_EVERY, PARTICIPANTS = 40, 5
BYTES_A_PROJECT = 4_016  # of all three tables
FIRST_ID = 100_000_000
_ABROAD = ("DE", "FR", "EL", "UK", "XK", "IT", "ES", "NL")
_BLOCK = 500  # projects that are made at one time


def write(path: Path, size: int) -> int:
    """Write a zip whose members unpack to about ``size`` bytes; gives the number of projects."""
    projects = max(1, size // BYTES_A_PROJECT)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name, columns, rows in (
            ("organization.csv", ORGANISATION, _participations),
            ("project.csv", PROJECT, _project),
            ("euroSciVoc.csv", TOPIC, _topics),
        ):
            with target.open(f"csv/{name}", "w", force_zip64=True) as member:
                member.write(_line(columns).encode())
                for block in _blocks(projects, rows):
                    member.write(block)
    return projects


def participations(projects: int) -> int:
    """How many rows of the file belong to projects with a participant in Luxembourg."""
    return -(-projects // HOME_EVERY) * PARTICIPANTS


def _blocks(projects: int, rows: Callable[[int, random.Random], str]) -> Iterator[bytes]:
    for begin in range(0, projects, _BLOCK):
        dice = random.Random(begin)
        numbers = range(begin, min(begin + _BLOCK, projects))
        yield "".join(rows(number, dice) for number in numbers).encode()


def _line(cells: list[str]) -> str:
    return ";".join(f'"{cell}"' for cell in cells) + "\n"


def _sentences() -> list[str]:
    dice = random.Random(7)
    syllables = [a + b for a in "bdfklmnprstv" for b in ("a", "e", "i", "o", "an", "er")]
    words = ["".join(dice.choices(syllables, k=dice.choice((1, 2, 3)))) for _ in range(900)]
    return [" ".join(dice.choices(words, k=18)).capitalize() + ". " for _ in range(120)]


_SENTENCES = _sentences()


def _project(number: int, dice: random.Random) -> str:
    cost = 100_000 + number % 900_000
    return _line(
        [
            str(FIRST_ID + number), f"LARGE{number}", "SIGNED", f"An invented project, number {number}", "2024-02-01",
            "2027-01-31", f"{cost},5", f"{cost - 1}.25", "HORIZON.2.4", "HORIZON-CL4-2023", "2023-12-15", "HORIZON",
            "HORIZON-CL4", "HORIZON-CL4-2023", "HORIZON-RIA", "".join(dice.choices(_SENTENCES, k=19)),
            "2024-03-01 00:00:00", str(number), f"10.3030/{FIRST_ID + number}", "",
        ]
    )  # fmt: skip


def _participations(number: int, dice: random.Random) -> str:
    rows = []
    for order in range(1, PARTICIPANTS + 1):
        country = "LU" if order == 1 and number % HOME_EVERY == 0 else _ABROAD[(number + order) % len(_ABROAD)]
        organisation = 900_000_000 + (number * 7 + order) % 60_000
        rows.append(
            _line(
                [
                    str(FIRST_ID + number), f"LARGE{number}", str(organisation), f"{country}{organisation}",
                    f"INSTITUTE {organisation}", f"I{organisation}", "false", "REC", "RUE DU QUAI 1", "L-1000", "QUAY",
                    country, f"{country}00", "49.6,6.1", "https://institute.example",
                    f"https://ec.europa.eu/info/contact-form/project/{organisation}/{FIRST_ID + number}",
                    "2024-01-02 03:04:05", str(number), str(order), "coordinator" if order == 1 else "participant",
                    f"{dice.randrange(10**6)}.5", f"{dice.randrange(10**6)}", f"{dice.randrange(10**6)},25", "false",
                    "",
                ]
            )
        )  # fmt: skip
    return "".join(rows)


def _topics(number: int, dice: random.Random) -> str:
    code = dice.choice(("/23/47/297", "/23/47/299/939", "/21/39/225", "/25/61/199"))
    name = "/natural sciences/computer and information sciences"
    return _line([str(FIRST_ID + number), code, name, "a subject", ""])


if __name__ == "__main__":  # path, bytes unpacked
    print(write(Path(sys.argv[1]), int(sys.argv[2])))
