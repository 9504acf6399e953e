"""The archive: what goes in comes out, nothing secret goes in, damage is found and named, a kill loses no record."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from scrapers.archive import (
    Archive,
    ArchiveBusyError,
    ArchiveError,
    ArchiveWriter,
    CrawlRecord,
    DamagedCaptureError,
    canonical_url,
    request_key,
    strip_body,
    strip_url,
)
from scrapers.archive import warc as warc_module
from scrapers.archive.keys import sha256_hex
from scrapers.archive.store import scan
from scrapers.archive.warc import inflate, parse

SOURCE = "some_source"
T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def crawl_id(number: int) -> str:
    return f"{T0 + timedelta(days=number):%Y%m%dT%H%M%SZ}-{number:08x}"


def writer(root: Path, number: int = 1, source_id: str = SOURCE, **more: bool) -> ArchiveWriter:
    return ArchiveWriter(root, source_id, crawl_id(number), T0 + timedelta(days=number), **more)


def put(w: ArchiveWriter, url: str, body: bytes, status: int = 200, **headers: str):
    return w.write_response("GET", url, {"User-Agent": "test"}, b"", status, headers, body, w.started_at)


def small_crawl(root: Path, number: int = 1, pages: int = 6) -> CrawlRecord:
    with writer(root, number) as w:
        for page in range(pages):
            put(w, f"https://site.example/{page}", f"page {page} of crawl {number} ".encode() * (page * 40 + 1))
        return w.sign_off()


def test_round_trip(tmp_path: Path) -> None:
    body = bytes(range(256)) * 20
    with writer(tmp_path) as w:
        entry = w.write_response(
            "GET",
            "https://site.example/a?b=2&a=1",
            {"User-Agent": "test"},
            b"",
            200,
            [("Content-Type", "application/json"), ("ETag", '"v1"'), ("Link", "<https://x.example/>"), ("Link", "b")],
            body,
            T0,
        )
        put(w, "https://site.example/gone", b"gone", 410)
        record = w.sign_off("finished", True, {"planned": 2, "complete_keys": ["b", "a"], "unknown": 1})
    archive = Archive(tmp_path)
    assert archive.crawls() == [record]
    first, second = archive.captures(SOURCE, record.crawl_id)
    assert (first.body, first.status, first.kind, first.retrieved_at) == (body, 200, "response", T0)
    assert first.capture_id == entry.capture_id == sha256_hex(body)
    assert first.headers["content-type"] == "application/json"
    assert (second.status, second.body) == (410, b"gone")
    assert archive.find(first.capture_id) == first
    assert archive.find("0" * 64) is None
    assert record.statuses == {"200": 1, "410": 1}
    assert (record.captures, record.new_captures, record.revisits, record.requests) == (2, 2, 0, 2)
    assert record.complete_keys == ["a", "b"]
    proof = archive.prove(first.capture_id)
    assert proof.verified
    assert (proof.url, proof.warc) == (first.url, f"{SOURCE}/{record.crawl_id}.warc.gz")


def test_other_readers_of_the_format_agree(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        entry = put(w, "https://site.example/", b"hello")
        put(w, "https://site.example/again", b"hello")
        w.sign_off()
    with (tmp_path / SOURCE / f"{crawl_id(1)}.warc.gz").open("rb") as file:
        records = []
        for record in WarcioIterator(file, check_digests="raise"):
            records.append((record.rec_type, record.rec_headers.protocol, record.content_stream().read()))
            if record.rec_type == "revisit":
                assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{entry.capture_id}"
                assert record.rec_headers.get_header("WARC-Refers-To-Target-URI") == "https://site.example/"
    kinds = [kind for kind, _, _ in records]
    assert kinds == ["warcinfo", "response", "request", "revisit", "request"]
    assert {protocol for _, protocol, _ in records} == {"WARC/1.1"}
    assert records[1][2] == b"hello"


def test_the_same_crawl_written_again_is_the_same_file(tmp_path: Path) -> None:
    assert small_crawl(tmp_path / "a").warc_sha256 == small_crawl(tmp_path / "b").warc_sha256


def test_equal_body_becomes_a_revisit_and_resolves(tmp_path: Path) -> None:
    with writer(tmp_path, 1) as w:
        put(w, "https://site.example/a", b"same")
        w.sign_off()
    with writer(tmp_path, 2) as w:
        entry = put(w, "https://site.example/b", b"same", 404, etag='"b"')
        record = w.sign_off()
    assert entry.kind == "revisit"
    assert (record.new_captures, record.revisits) == (0, 1)
    (capture,) = Archive(tmp_path).captures(SOURCE, crawl_id(2))
    assert (capture.kind, capture.status, capture.body, capture.url) == (
        "revisit",
        404,
        b"same",
        "https://site.example/b",
    )


def test_not_modified_resolves_to_the_answer_it_confirms(tmp_path: Path) -> None:
    url = "https://site.example/a"
    with writer(tmp_path, 1) as w:
        first = put(w, url, b"body", etag='"1"', date="yesterday")
        w.sign_off()
    archive = Archive(tmp_path)
    fields, confirmed = archive.validators("GET", url)
    assert fields == {"If-None-Match": '"1"'}
    with writer(tmp_path, 2) as w:
        w.write_revisit("GET", url, fields, b"", {"Date": "today"}, w.started_at, confirmed.capture_id)
        record = w.sign_off()
    (capture,) = archive.captures(SOURCE, crawl_id(2))
    assert (capture.status, capture.wire_status, capture.body, capture.capture_id) == (
        200,
        304,
        b"body",
        first.capture_id,
    )
    assert capture.retrieved_at == T0 + timedelta(days=2)
    assert capture.headers["date"] == "today"
    assert record.statuses == {"304": 1}
    assert archive.latest("GET", url) == capture
    assert archive.validators("GET", url)[0] == {"If-None-Match": '"1"'}  # a 304 without ETag does not lose it


def test_validators_belong_to_exactly_one_request(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        headers = {"Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT"}
        w.write_response("GET", "https://site.example/?q=1", {}, b"", 200, headers, b"one", T0)
        w.write_response("POST", "https://site.example/?q=1", {}, b'{"page":1}', 200, {"ETag": '"p1"'}, b"p1", T0)
        w.write_response("GET", "https://site.example/err", {}, b"", 500, {"ETag": '"e"'}, b"err", T0)
        w.sign_off()
    archive = Archive(tmp_path)
    assert archive.validators("GET", "https://site.example/?q=1")[0] == {"If-Modified-Since": headers["Last-Modified"]}
    assert archive.validators("GET", "https://site.example/?q=2") is None
    assert archive.validators("POST", "https://site.example/?q=1", b'{"page":1}')[0] == {"If-None-Match": '"p1"'}
    assert archive.validators("POST", "https://site.example/?q=1", b'{"page":2}') is None
    assert archive.validators("GET", "https://site.example/err") is None


def test_latest_prefers_a_healthy_answer(tmp_path: Path) -> None:
    url = "https://site.example/a"
    for number, (status, body) in enumerate([(200, b"old"), (200, b"new"), (503, b"busy")], start=1):
        with writer(tmp_path, number) as w:
            put(w, url, body, status)
            w.sign_off()
    archive = Archive(tmp_path)
    assert archive.latest("GET", url).body == b"new"
    assert archive.latest("GET", url, source_id="other_source") is None
    assert [archive.read(entry).body for entry in archive.answers("GET", url)] == [b"busy", b"new", b"old"]
    assert [record.crawl_id for record in archive.crawls(SOURCE)] == [crawl_id(n) for n in (1, 2, 3)]


def test_posts_are_told_apart_by_their_bodies(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        for page in (1, 2):
            w.write_response(
                "POST", "https://api.example/s", {}, b'{"page":%d}' % page, 200, {}, b"answer %d" % page, T0
            )
        w.sign_off()
    archive = Archive(tmp_path)
    assert archive.latest("POST", "https://api.example/s", b'{"page":2}').body == b"answer 2"
    assert archive.latest("POST", "https://api.example/s", b'{"page":3}') is None
    assert archive.latest("GET", "https://api.example/s") is None


# -- credentials -------------------------------------------------------------------------------------------------------

SECRET = "s3cr3tvalue"


CREDENTIALS = "accesskey access_key secretkey jwt bearer AWSAccessKeyId credential credentials apitoken private-token"


def test_credentials_reach_no_file(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        w.write_response(
            "POST",
            f"https://user:{SECRET}@api.example/x?api_key={SECRET}&q=1&Access-Token={SECRET}",
            {
                "Authorization": f"Bearer {SECRET}",
                "Cookie": f"sid={SECRET}",
                "X-Api-Key": SECRET,
                "Referer": f"https://api.example/?token={SECRET}&keep=1",
                "Content-Type": "application/json",
                "PRIVATE-TOKEN": SECRET,
                "X-Client-Credential": SECRET,
                "X-Origin": f"see HTTPS://u:{SECRET}@api.example/?a=1,2&jwt={SECRET}",
            },
            f'{{"q": [{{"password": "{SECRET}"}}], "apiKey": "{SECRET}", "page": 3}}'.encode(),
            302,
            {
                "Set-Cookie": f"sid={SECRET}",
                "Location": f"/next?key={SECRET}&page=2",
                "X-Bad\r\nName": SECRET,
                "WWW-Authenticate": SECRET,
                "Content-Security-Policy": f"report-uri https://api.example/?access_key={SECRET}&x=1",
                "X-Next": f"https://[{SECRET}/",
            },
            b"moved",
            T0,
        )
        w.write_response(
            "POST",
            "https://api.example/form",
            {"Content-Type": "application/x-www-form-urlencoded"},
            (f"q=ai&client_secret={SECRET}" + "".join(f"&{name}={SECRET}" for name in CREDENTIALS.split())).encode(),
            200,
            {},
            b"form",
            T0,
        )
        w.sign_off()
    for path in (tmp_path / SOURCE).iterdir():
        data = path.read_bytes()
        text = gzip.decompress(data) if path.name.endswith(".gz") else data
        assert SECRET.encode() not in text, path.name
    first = next(Archive(tmp_path).captures(SOURCE, crawl_id(1)))
    assert first.url == "https://api.example/x?q=1"
    assert first.headers["location"] == "/next?page=2"


def test_the_key_of_a_request_does_not_depend_on_its_credentials() -> None:
    assert request_key("GET", "https://A.example:443/x?b=1&a=2&api_key=1#f") == "GET https://a.example/x?a=2&b=1"
    assert request_key("get", "https://a.example/x?a=2&token=2&b=1") == "GET https://a.example/x?a=2&b=1"
    assert request_key("POST", "https://a.example", b'{"token":"1","q":2}') == request_key(
        "POST", "https://a.example/", b'{"token":"9","q":2}'
    )
    assert request_key("POST", "https://a.example", b"1") != request_key("POST", "https://a.example", b"2")
    assert canonical_url("http://a.example:8080/%7Ex?q=") == canonical_url("http://a.example:8080/~x?q=")
    assert strip_url("https://a.example/x?keyword=ai&monkey=1") == "https://a.example/x?keyword=ai&monkey=1"
    assert strip_body(b"not json {", "text/plain") == b"not json {"


# -- reconstructed -----------------------------------------------------------------------------------------------------


def test_resources_say_that_the_project_made_them(tmp_path: Path) -> None:
    url = "https://site.example/a"
    with writer(tmp_path, 1, is_reconstructed=True) as w:
        entry = w.write_resource(url, b"figures", "application/json", T0, "Report of 2025,\n p. 3")
        w.write_resource(url + "2", b"figures", "application/json", T0, "Report of 2025, p. 3")
        record = w.sign_off()
    assert record.is_reconstructed
    assert record.finished_at == T0
    proof = Archive(tmp_path).prove(entry.capture_id)
    assert (proof.verified, proof.is_reconstructed, proof.reconstructed_from) == (True, True, "Report of 2025, p. 3")
    text = gzip.decompress((tmp_path / proof.warc).read_bytes())
    assert b"reconstructed by the project from Report of 2025, p. 3" in text
    assert b"WARC-Type: response" not in text
    first, again = Archive(tmp_path).captures(SOURCE, crawl_id(1))
    assert (first.kind, again.kind, again.body, again.is_reconstructed) == ("resource", "revisit", b"figures", True)
    assert first.headers["content-type"] == "application/json"


def test_a_genuine_answer_never_leans_on_a_reconstructed_one(tmp_path: Path) -> None:
    url = "https://site.example/a"
    with writer(tmp_path, 5, is_reconstructed=True) as w:
        w.write_resource(url, b"figures", "application/json", T0 + timedelta(days=5), "a report")
        w.sign_off()
    assert Archive(tmp_path).validators("GET", url) is None
    with writer(tmp_path, 1) as w:
        entry = put(w, url, b"figures")
        w.sign_off()
    archive = Archive(tmp_path)
    assert entry.kind == "response"
    assert not archive.prove(entry.capture_id).is_reconstructed
    assert not archive.latest("GET", url).is_reconstructed
    with writer(tmp_path, 2) as w, pytest.raises(ArchiveError, match="reconstructed crawl only"):
        w.write_resource(url, b"x", "text/plain", T0, "a report")


def test_an_unfinished_reconstruction_may_begin_again_a_signed_crawl_never(tmp_path: Path) -> None:
    with writer(tmp_path, is_reconstructed=True) as w:
        w.write_resource("https://site.example/a", b"one", "text/plain", T0, "a report")
    with writer(tmp_path, is_reconstructed=True) as w:  # without recovery: begun again
        w.write_resource("https://site.example/a", b"two", "text/plain", T0, "a report")
    assert Archive(tmp_path).recover() == [crawl_id(1)]
    assert [path.name for path in (tmp_path / SOURCE).iterdir()] == [".lock"]  # with it: gone, to be built again
    archive = Archive(tmp_path)
    assert archive.crawls() == []
    with writer(tmp_path, is_reconstructed=True) as w:
        w.write_resource("https://site.example/a", b"two", "text/plain", T0, "a report")
        w.sign_off()
    assert [capture.body for capture in archive.captures(SOURCE, crawl_id(1))] == [b"two"]
    assert archive.find(sha256_hex(b"one")) is None
    with pytest.raises(ArchiveError, match="already"), writer(tmp_path, is_reconstructed=True):
        pass


# -- damage ------------------------------------------------------------------------------------------------------------


def test_any_flipped_byte_of_a_member_is_found_and_named(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        other = put(w, "https://site.example/other", b"untouched")
        entry = put(w, "https://site.example/page", b"some text that is compressed " * 3, etag='"x"')
        w.sign_off()
    path = tmp_path / SOURCE / f"{crawl_id(1)}.warc.gz"
    whole = path.read_bytes()
    archive = Archive(tmp_path)
    rng = random.Random(20261122)
    for position in range(entry.offset, entry.offset + entry.length):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        proof = archive.prove(entry.capture_id)
        assert not proof.verified, f"byte {position - entry.offset} of the member"
        assert entry.capture_id[:12] in proof.problem
        assert "https://site.example/page" in proof.problem
        assert "\n" not in proof.problem
    assert archive.prove(other.capture_id).verified
    with pytest.raises(DamagedCaptureError, match=entry.capture_id[:12]):
        archive.find(entry.capture_id)
    assert archive.validators("GET", "https://site.example/page") is None  # only a full answer helps
    path.write_bytes(whole)
    assert archive.prove(entry.capture_id).verified


def test_a_damaged_body_that_comes_again_is_archived_again(tmp_path: Path) -> None:
    with writer(tmp_path, 1) as w:
        entry = put(w, "https://site.example/page", b"worth keeping")
        w.sign_off()
    path = tmp_path / SOURCE / f"{crawl_id(1)}.warc.gz"
    data = bytearray(path.read_bytes())
    data[entry.offset + 30] ^= 0xFF
    path.write_bytes(data)
    with writer(tmp_path, 2) as w:
        assert put(w, "https://site.example/page", b"worth keeping").kind == "response"
        w.sign_off()
    proof = Archive(tmp_path).prove(entry.capture_id)
    assert (proof.verified, proof.crawl_id) == (True, crawl_id(2))


def test_a_lost_index_is_rebuilt_and_does_not_hide_damage(tmp_path: Path) -> None:
    record = small_crawl(tmp_path)
    before = list(Archive(tmp_path).captures(SOURCE, record.crawl_id))
    path = tmp_path / SOURCE / f"{record.crawl_id}.cdxj"
    for content in (b"", b"no index at all\n", path.read_bytes().replace(b'"offset":', b'"offset":1')):
        path.write_bytes(content)
        archive = Archive(tmp_path)
        assert list(archive.captures(SOURCE, record.crawl_id)) == before
        assert archive.prove(before[0].capture_id).verified
    path.unlink()
    # A member replaced by another valid one: its own digests are right, only the signed hash of the file is not.
    with writer(tmp_path / "forged") as w:
        put(w, "https://site.example/0", b"forged")
        w.sign_off()
    forged = (tmp_path / "forged" / SOURCE / f"{record.crawl_id}.warc.gz").read_bytes()
    (tmp_path / SOURCE / f"{record.crawl_id}.warc.gz").write_bytes(forged)
    proof = Archive(tmp_path).prove(sha256_hex(b"forged"))
    assert not proof.verified
    assert "not the one signed off" in proof.problem


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    record = small_crawl(tmp_path)
    archive = Archive(tmp_path)
    capture = next(archive.captures(SOURCE, record.crawl_id))
    (tmp_path / SOURCE / f"{record.crawl_id}.warc.gz").unlink()
    proof = archive.prove(capture.capture_id)
    assert not proof.verified
    assert "cannot be read" in proof.problem
    assert not archive.prove("f" * 64).verified


def test_hostile_members_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_module, "MAX_RECORD_BYTES", 100_000)
    bomb = gzip.compress(b"WARC/1.1\r\n" + b"0" * 50_000_000, mtime=0)
    with pytest.raises(DamagedCaptureError, match="larger than"):
        inflate(bomb)
    for data in (b"", b"WARC/1.1\r\n\r\n", b"WARC/1.1\r\nContent-Length: 99\r\n\r\nshort", b"\x00" * 500):
        with pytest.raises(DamagedCaptureError):
            parse(data)
    with pytest.raises(DamagedCaptureError):
        inflate(b"not gzip")


# -- kills -------------------------------------------------------------------------------------------------------------


def test_a_file_cut_anywhere_keeps_its_whole_records(tmp_path: Path) -> None:
    record = small_crawl(tmp_path / "whole")
    source = tmp_path / "whole" / SOURCE / f"{record.crawl_id}.warc.gz"
    data = source.read_bytes()
    whole = list(Archive(tmp_path / "whole").captures(SOURCE, record.crawl_id))
    ends = [entry.offset + entry.length for entry in _entries(tmp_path / "whole", record)]
    rng = random.Random(7)
    begun = len(next(warc_module.members(source))[1])
    cuts = sorted(
        {0, 1, begun - 1, begun, len(data) - 1, len(data), *ends, *(rng.randrange(len(data)) for _ in range(60))}
    )
    for cut in sorted(cuts):
        root = tmp_path / f"cut{cut}"
        folder = root / SOURCE
        folder.mkdir(parents=True)
        path = folder / source.name
        path.write_bytes(data[:cut])
        assert Archive(root).crawls() == []
        assert Archive(root).recover() == [record.crawl_id]
        assert Archive(root).recover() == []
        archive = Archive(root)
        torn = folder / f"{source.name}.torn"
        aside = torn.read_bytes() if torn.exists() else b""
        if cut < begun:  # not even its first record was whole: it never began
            assert (archive.crawls(), path.exists(), aside) == ([], False, data[:cut])
            continue
        (mended,) = archive.crawls()
        assert (mended.finish_reason, mended.complete) == ("interrupted", False)
        kept = list(archive.captures(SOURCE, record.crawl_id))
        assert kept == whole[: sum(end <= cut for end in ends)]
        assert all(archive.prove(capture.capture_id).verified for capture in kept)
        assert path.read_bytes() + aside == data[:cut]  # nothing is lost, only set aside
        assert mended.warc_sha256 == sha256_hex(path.read_bytes())


def _entries(root: Path, record: CrawlRecord):
    return scan(root / SOURCE / f"{record.crawl_id}.warc.gz", SOURCE, record.crawl_id)[0]


def test_recovery_leaves_a_living_writer_alone(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        put(w, "https://site.example/a", b"a")
        assert Archive(tmp_path).recover() == []
        with pytest.raises(ArchiveBusyError, match="another process"):
            writer(tmp_path, 2).__enter__()
        w.sign_off()
    assert Archive(tmp_path).crawls()[0].finish_reason == "finished"


def test_the_next_crawl_builds_on_what_an_interrupted_one_kept(tmp_path: Path) -> None:
    with writer(tmp_path, 1) as w:
        put(w, "https://site.example/a", b"a", etag='"1"')
    archive = Archive(tmp_path)
    assert archive.validators("GET", "https://site.example/a") is None  # not signed, so not known
    archive.recover()
    assert archive.validators("GET", "https://site.example/a")[0] == {"If-None-Match": '"1"'}


def test_recovery_clears_what_a_killed_sign_off_left(tmp_path: Path) -> None:
    """Killed between index and crawl record, or while either was written: the same as before the sign-off."""
    record = small_crawl(tmp_path)
    folder = tmp_path / SOURCE
    (folder / f"{record.crawl_id}.crawl.json").rename(folder / f".{record.crawl_id}.crawl.json.99.tmp")
    assert Archive(tmp_path).recover() == [record.crawl_id]
    (mended,) = Archive(tmp_path).crawls()
    assert (mended.finish_reason, mended.captures, mended.new_captures) == ("interrupted", 6, 6)
    assert mended.cdxj_sha256 == record.cdxj_sha256
    assert not list(folder.glob(".*.tmp"))


def test_unusual_answers_round_trip(tmp_path: Path) -> None:
    """Empty, header-less, huge-headed, odd statuses, and text that other encodings would break."""
    many = [(f"X-Field-{number}", "v" * 900) for number in range(100)]
    endless = [(f"X-Field-{number}", "v" * 9000) for number in range(100)]
    answers = [
        (204, [], b""),
        (200, many, b"many"),
        (599, [("X", "é\u20ac\x00\r\nY: 1")], b"odd"),
        (200, endless, b"\r\n\r\n"),
    ]
    with writer(tmp_path) as w:
        for number, (status, headers, body) in enumerate(answers):
            w.write_response("GET", f"https://site.example/{number}", {}, b"", status, headers, body, T0)
        confirmed = w.write_response("GET", "https://site.example/n", {}, b"", 200, {"ETag": "x"}, b"n", T0)
        w.write_revisit("GET", "https://site.example/n", {}, b"", {}, T0, confirmed.capture_id)
        with pytest.raises(ArchiveError, match="lacks"):
            w.write_revisit("GET", "https://site.example/n", {}, b"", {}, T0, "0" * 64)
        record = w.sign_off()
    captures = list(Archive(tmp_path).captures(SOURCE, record.crawl_id))
    assert [(c.status, c.body) for c in captures[:4]] == [(status, body) for status, _, body in answers]
    assert all(captures[1].headers[name.lower()] == value for name, value in many)
    assert "y" not in captures[2].headers
    assert (captures[5].status, captures[5].wire_status, captures[5].body) == (200, 304, b"n")
    rebuilt = scan(tmp_path / SOURCE / f"{record.crawl_id}.warc.gz", SOURCE, record.crawl_id)[0]
    assert rebuilt == w.entries  # what recovery would make of the file is what the writer knew


def test_ids_cannot_leave_the_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        ArchiveWriter(tmp_path, "../evil", crawl_id(1), T0)
    with pytest.raises(ArchiveError):
        ArchiveWriter(tmp_path, SOURCE, "../../x", T0)
    with pytest.raises(ArchiveError, match="no crawl"):
        list(Archive(tmp_path).captures(SOURCE, crawl_id(9)))


def test_a_writer_looks_at_the_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path)  # has seen nothing yet
    small_crawl(tmp_path, 1)
    looks, real = [], Archive.refresh

    def refresh(self: Archive) -> None:
        looks.append(1)
        real(self)

    monkeypatch.setattr(Archive, "refresh", refresh)
    with ArchiveWriter(tmp_path, SOURCE, crawl_id(2), T0, archive=archive) as w:
        kinds = [put(w, f"https://site.example/{page}", b"page 0 of crawl 1 ").kind for page in range(5)]
    assert kinds == ["revisit"] * 5
    assert len(looks) == 1
