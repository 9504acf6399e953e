"""Dagster's web interface behind a guard: what another site's page makes a browser ask is refused.

Belongs here: the guard, and starting Dagster's own web server behind it. Never here: what it serves.

Dagster's server takes mutations by plain GET, with any Host and Origin: an image on any page that an engineer opens
could pause automation or start runs on this machine. Nobody signs in here, so the browser's own marks have to tell
who asks.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dagster_webserver import cli

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """An ASGI application that passes on what the interface itself asks.

    ``names`` are the hosts that a request may be addressed to, None for any (another name that points here may be an
    attacker's, so on loopback it is refused).
    """

    def __init__(self, app: App, names: frozenset[str] | None) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = self.refusal(scope) if scope["type"] in ("http", "websocket") else None
        if reason is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            fields = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": fields})
            await send({"type": "http.response.body", "body": f"refused: {reason}\n".encode()})

    def refusal(self, scope: Scope) -> str | None:
        """Why a request is refused, or None."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if self._names is not None and host_name(f"//{host}") not in self._names:
            return "this host name is not served here"
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")
        if is_read:
            asks = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            return "queries are asked by POST" if scope["path"].endswith("/graphql") and "query" in asks else None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "another site asks"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "another site asks"
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["type"] == "http" and kind != "application/json":  # what forms of other sites can send is not JSON
            return "only JSON is taken"
        return None


def host_name(address: str) -> str:
    """Host of an address in lower case, without port; empty if it is none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def main() -> None:
    """Dagster's own command line (``-h``, ``-p``, ``-w``); on anything but loopback the interface only shows."""
    arguments = sys.argv[1:]
    is_loopback = arguments[arguments.index("-h") + 1] in LOOPBACK_NAMES
    make = cli.create_app_from_workspace_process_context

    def guarded(*given: Any, **named: Any) -> Any:
        return Guard(make(*given, **named), LOOPBACK_NAMES if is_loopback else None)

    cli.create_app_from_workspace_process_context = guarded
    cli.cli([*arguments, *([] if is_loopback else ["--read-only"])], auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
