"""What holds for every page: headers (S13), who may send a form (S12), and how an error looks."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from desk.wording import choose_language
from servicedesk.settings import Settings
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MACHINES = ("hooks.changed",)  # they bring no cookie, and prove themselves otherwise
LOOPBACK = ("127.0.0.1", "localhost")
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def protect(app: Flask, settings: Settings) -> None:
    """Add headers, host and origin checks, and error pages to the whole application."""
    origins = _own_origins(settings)

    @app.before_request
    def check_request() -> None:
        g.nonce = secrets.token_urlsafe(16)
        if request.endpoint == "health":
            return
        if request.host not in {urlsplit(origin).netloc for origin in origins}:
            abort(400)  # a foreign Host name: DNS rebinding, or a wrong proxy
        from_a_page = request.method not in SAFE_METHODS and request.endpoint not in MACHINES
        if from_a_page and not _comes_from_us(origins):
            abort(403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = _content_policy(
            g.get("nonce") or secrets.token_urlsafe(16)
        )
        return response

    app.register_error_handler(Exception, show_error)


def _own_origins(settings: Settings) -> frozenset[str]:
    parts = urlsplit(settings.desk_url)
    own = {f"{parts.scheme}://{parts.netloc}"}
    if settings.embedded:
        own |= {f"http://{host}:{settings.desk_port}" for host in LOOPBACK}
    return frozenset(own)


def _comes_from_us(origins: frozenset[str]) -> bool:
    """Browsers send `Origin: null` from a page with no-referrer; there Sec-Fetch-Site tells."""
    origin = request.headers.get("Origin", "null")
    if origin != "null":
        return origin in origins
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _content_policy(nonce: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def show_error(error: Exception) -> tuple[str, int]:
    """A page for every error. The log names the route and never the path, which may hold a token (D1)."""
    status = _status(error)
    if status >= 500:
        route = request.url_rule.rule if request.url_rule else "unknown"
        logger.error("%s %s failed", request.method, route, exc_info=error)
    reason = "csrf" if isinstance(error, CSRFError) else str(status)
    known = reason if reason in ("csrf", "400", "403", "404", "405", "413", "503") else "500"
    language = g.get("language") or choose_language()
    return render_template("error.html", reason=known, language=language), status


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException) and error.code is not None:
        return error.code
    return 503 if isinstance(error, StoreUnavailable) else 500
