"""The guard before Dagster's web interface: its own pages pass, what another site makes a browser ask does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipelines.webserver import LOOPBACK_NAMES, Guard

OWN = {"host": "127.0.0.1:3000"}
JSON = OWN | {"content-type": "application/json"}


def asked(
    method: str, path: str, headers: dict[str, str], names: frozenset[str] | None = LOOPBACK_NAMES, kind: str = "http"
) -> int | str:
    """Status of the answer to one request, or what became of a websocket."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "passed", "status": 200})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    path, _, query = path.partition("?")
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Guard(app, names)(scope, receive, send))
    return int(sent[0]["status"]) if "status" in sent[0] else str(sent[0]["type"])


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", OWN),
        ("GET", "/graphql", OWN),
        ("GET", "/runs/x?tab=query", OWN | {"sec-fetch-site": "cross-site"}),  # a link from a mail
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}),
        ("POST", "/graphql", JSON | {"host": "[::1]:3000"}),
    ],
)
def test_what_the_interface_asks_passes(method: str, path: str, headers: dict[str, str]) -> None:
    assert asked(method, path, headers) == 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/graphql?query=mutation{setAutoMaterializePaused(paused:true)}", OWN),
        ("GET", "/prefix/graphql?query=x", OWN),
        ("POST", "/graphql", JSON | {"origin": "http://evil.example"}),
        ("POST", "/graphql", JSON | {"origin": "null"}),
        ("POST", "/graphql", JSON | {"sec-fetch-site": "cross-site"}),
        ("POST", "/graphql", OWN | {"content-type": "text/plain"}),
        ("POST", "/graphql", OWN | {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql", OWN),
        ("POST", "/report_asset_materialization/x", OWN | {"content-type": "multipart/form-data; boundary=x"}),
        ("GET", "/", {"host": "evil.example"}),
        ("GET", "/", {}),
        ("DELETE", "/x", JSON | {"origin": "http://evil.example"}),
    ],
)
def test_what_another_site_makes_a_browser_ask_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    assert asked(method, path, headers) == 403


def test_a_websocket_of_another_site_is_closed() -> None:
    assert asked("GET", "/graphql", OWN | {"origin": "http://127.0.0.1:3000"}, kind="websocket") == 200
    assert asked("GET", "/graphql", OWN | {"origin": "http://evil.example"}, kind="websocket") == "websocket.close"


def test_behind_a_proxy_any_host_name_is_served_but_no_other_site() -> None:
    headers = JSON | {"host": "observatory.example.lu"}
    assert asked("POST", "/graphql", headers, names=None) == 200
    assert asked("POST", "/graphql", headers | {"origin": "https://evil.example"}, names=None) == 403
