"""What CONTRIBUTING.md says about adding a source, done to a copy of the package and run against a loopback board."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.scrapers.site import CONTACT, Site

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^`(?P<path>[^`]+)`, (?P<what>[^\n]*)\n\n```\w+\n(?P<code>.*?)^```$", re.M | re.S)
_TABLE = re.compile(r"one line of `(\w+)`")

SCRIPT = """
import json, sys
from pathlib import Path
from scrapers import registry, run
from scrapers.archive import Archive
from scrapers.decode import decode_crawl

source = registry.source_by_id("toyboard_boards").model_copy(update={"delay_seconds": 0.0})
host_map = {"api.toyboard.example": sys.argv[2]}
outcome = run.crawl(source, Path(sys.argv[1]), mode="live", contact=sys.argv[3], host_map=host_map)
archive = Archive(Path(sys.argv[1]))
crawl_id = archive.crawls(source.id)[-1].crawl_id
found = decode_crawl(archive, source, crawl_id)
print(json.dumps({
    "complete": outcome.complete,
    "problem": outcome.problem,
    "records": sorted((record.record_id, record.employer, record.is_luxembourg) for record in found.records),
    "rejects": [reject.reason for reject in found.rejects],
}))
"""


def applied(folder: Path) -> list[str]:
    """Every block of the guide written into a copy of the package; gives the paths."""
    shutil.copytree(ROOT / "scrapers", folder / "scrapers", ignore=shutil.ignore_patterns("__pycache__"))
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    touched = []
    for block in _BLOCK.finditer(guide):
        path, what, code = folder / block["path"], block["what"], block["code"]
        touched.append(block["path"])
        if what.startswith("new"):
            assert not path.exists(), f"the guide would overwrite {block['path']}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
        elif table := _TABLE.search(what):
            text = path.read_text(encoding="utf-8")
            opening = re.search(rf"^{table[1]}\b[^\n]*{{\n", text, re.M)
            assert opening, f"no table {table[1]} in {block['path']}"
            path.write_text(text[: opening.end()] + code + text[opening.end() :], encoding="utf-8")
        else:
            assert what.startswith("one more line"), what
            path.write_text(path.read_text(encoding="utf-8") + code, encoding="utf-8")
    return touched


def test_the_guide_adds_a_board_a_source_and_a_shape(tmp_path: Path, site: Site) -> None:
    folder = tmp_path / "project"
    touched = applied(folder)
    assert len(touched) == 9
    assert sum(path.startswith("scrapers/") and path.endswith(".py") for path in touched) == 5
    spider = (folder / "scrapers/spiders/toyboard.py").read_text(encoding="utf-8")
    assert len(spider.splitlines()) <= 35

    fixture = (folder / "tests/scrapers/fixtures/toyboard/page.json").read_text(encoding="utf-8")
    expected = json.loads((folder / "tests/scrapers/fixtures/toyboard/page.expected.json").read_text(encoding="utf-8"))
    first = json.dumps({**json.loads(fixture), "next": 2}).encode()
    second = b'{"jobs": [{"id": 9, "title": "Nurse", "body": "Care.", "city": "Arlon, Belgium"}]}'
    site.serve("/v1/acme/jobs")  # replaced below by a page a query
    one_page = site.pages["/v1/acme/jobs"]
    site.pages["/v1/acme/jobs"] = lambda asked: type(one_page(asked))(second if "page=2" in asked.path else first)

    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "archive"), site.base, CONTACT],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert (said["complete"], said["problem"]) == (True, None)
    wanted = expected["records"][0]
    assert said["records"] == [
        ["toyboard_boards:acme:7", wanted["employer"], wanted["is_luxembourg"]],
        ["toyboard_boards:acme:9", "Acme Demo", False],
    ]
    assert said["rejects"] == [reject["reason"] for reject in expected["rejects"]]
