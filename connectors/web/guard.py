"""What the browser is told (S13), and which requests may change something (CSRF)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.http import BadRequest
from servicedesk.settings import Settings

CUSTOM_HEADER = "x-tier0-chat"


def add_headers(response: HTTPResponse, *, nonce: str | None, https: bool) -> HTTPResponse:
    """S13. Nothing is loaded from anywhere else; a page's own scripts and styles carry the nonce."""
    own = f"'nonce-{nonce}'" if nonce else "'none'"
    policy = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": own,
        "img-src": "'self'" if nonce else "'none'",
        "connect-src": "'self'" if nonce else "'none'",
        "form-action": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    response.headers.update(
        {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cache-Control": "no-store",
        }
    )
    if https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def refuse_foreign(request: Request, settings: Settings) -> None:
    """Only our own page, in the employee's own browser, may change something. Raises BadRequest (403)."""
    if request.headers.get(CUSTOM_HEADER) != "1" or not _is_our_origin(request, settings):
        raise BadRequest("This request does not come from the chat page.", 403)


def _is_our_origin(request: Request, settings: Settings) -> bool:
    origin = request.headers.get("origin", "")
    if origin == _origin_of(settings.chat_url):
        return True
    # On the embedded default the page is also reached as localhost and over another port; never from
    # elsewhere.
    return settings.embedded and origin == f"http://{request.host}" and _is_loopback(request.host)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"http://{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
