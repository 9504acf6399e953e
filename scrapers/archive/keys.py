"""What an archived request is known by: method, canonical URL and body hash, all without credentials.

Belongs here: the one place that decides what a credential is and takes it out before anything is fingerprinted,
archived or logged. Never here: files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from w3lib.url import canonicalize_url

# Header fields that carry a secret of ours or a session of theirs.
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "proxy-authenticate",
        "authentication-info",
        "cookie",
        "cookie2",
        "set-cookie",
        "set-cookie2",
        "x-api-key",
        "api-key",
        "apikey",
        "x-auth-token",
        "x-access-token",
        "x-csrf-token",
        "x-xsrf-token",
        "x-amz-security-token",
        "ocp-apim-subscription-key",
    }
)
_SECRET_HEADER = re.compile(r"token|secret|auth|credential", re.I)  # www-authenticate too
# Header fields whose value is an address, perhaps a relative one, which may carry a secret in its query.
ADDRESS_HEADERS = frozenset({"location", "content-location", "referer", "link", "refresh"})
SECRET_NAMES = frozenset(
    {
        "apikey",
        "key",
        "token",
        "accesstoken",
        "apitoken",
        "privatetoken",
        "accesskey",
        "secretkey",
        "awsaccesskeyid",
        "jwt",
        "bearer",
        "credential",
        "credentials",
        "authtoken",
        "refreshtoken",
        "idtoken",
        "auth",
        "authorization",
        "secret",
        "clientsecret",
        "password",
        "passwd",
        "pwd",
        "sig",
        "signature",
        "subscriptionkey",
        "session",
        "sessionid",
        "jsessionid",
        "sid",
        "xamzsignature",
        "xamzcredential",
        "xamzsecuritytoken",
    }
)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://[^\s<>\"';]+", re.I)


def is_secret_name(name: str) -> bool:
    """Whether a query parameter or form field carries a credential, whatever its case and separators."""
    return re.sub(r"[-_.\s]", "", name).lower() in SECRET_NAMES


def strip_url(url: str) -> str:
    """The URL without user information and credential parameters; nothing else is changed."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    query = parts.query
    if query and any(is_secret_name(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not is_secret_name(name)]
        query = urlencode(kept)
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _strip_or_drop(address: str) -> str:
    try:
        return strip_url(address)
    except ValueError:  # no address after all, and so nothing says where its secrets would be
        return ""


@lru_cache(maxsize=1024)  # asked for on the way out and on the way in
def canonical_url(url: str) -> str:
    """The address under which a capture is found: without credentials, fragment, default port; query sorted."""
    parts = urlsplit(strip_url(url))
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    netloc = host if parts.port in (None, default) else f"{host}:{parts.port}"
    plain = urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))
    return str(canonicalize_url(plain, keep_blank_values=True))


def strip_headers(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Header fields without credentials and without line breaks (a value with one would forge another field)."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    kept: list[tuple[str, str]] = []
    for name, value in pairs:
        lowered = name.strip().lower()
        if lowered in SECRET_HEADERS or _SECRET_HEADER.search(lowered):
            continue
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name.strip()):
            continue
        if "://" in value:
            value = _ADDRESS.sub(lambda match: _strip_or_drop(match.group()), value)
        elif lowered in ADDRESS_HEADERS and "?" in value:  # a relative address
            value = _strip_or_drop(value)
        kept.append((name.strip(), re.sub(r"[\r\n\x00]+", " ", value).strip()))
    return kept


def strip_body(body: bytes, content_type: str = "") -> bytes:
    """A request body without credential fields: JSON objects at any depth, and forms. Other bodies stay as they are."""
    if not body:
        return body
    if body[:1] in (b"{", b"["):
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        cleaned, found = _without_secrets(value)
        return orjson.dumps(cleaned) if found else body
    if "form-urlencoded" in content_type.lower():
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        if any(is_secret_name(name) for name, _ in pairs):
            return urlencode([(name, value) for name, value in pairs if not is_secret_name(name)]).encode()
    return body


def _without_secrets(value: object) -> tuple[object, bool]:
    if isinstance(value, dict):
        kept = {name: _without_secrets(item) for name, item in value.items() if not is_secret_name(name)}
        found = len(kept) < len(value) or any(inner for _, inner in kept.values())
        return {name: item for name, (item, _) in kept.items()}, found
    if isinstance(value, list):
        items = [_without_secrets(item) for item in value]
        return [item for item, _ in items], any(found for _, found in items)
    return value, False


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def request_key(method: str, url: str, body: bytes = b"", content_type: str = "") -> str:
    """``GET https://host/path?a=1``, and for a request with a body its hash behind it: POST APIs keep apart."""
    key = f"{method.upper()} {canonical_url(url)}"
    body = strip_body(body, content_type)
    return f"{key} {sha256_hex(body)}" if body else key
