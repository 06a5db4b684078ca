"""What every response carries (S13), and which requests are taken at all (S12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from desk.app import create_app
from desk.staff import Role
from servicedesk.bootstrap import Services
from servicedesk.settings import Mode
from servicedesk.store import StoreUnavailable
from tests.desk.conftest import BASE, Browser

PATHS = (
    "/health",
    "/reset",
    "/reset/unknown-token",
    "/not-me/unknown-token",
    "/articles/nb",
    "/articles/en/vpn-connect",
    "/articles/xx",
    "/demo/phone",
    "/demo/signin",
    "/desk/sign-in",
    "/desk/tickets",
    "/desk/setup/unknown-token",
    "/static/desk.css",
    "/nowhere",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_response_carries_the_headers(path: str, browser: Browser) -> None:
    """S13, errors and files included."""
    headers = browser.get(path).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/health", "/static/desk.css")])
def test_pages_load_nothing_from_elsewhere_and_hold_no_inline_code(path: str, browser: Browser) -> None:
    page = browser.get(path)
    nonce = re.search(r"script-src 'nonce-([^']+)'", page.headers["Content-Security-Policy"])
    assert nonce is not None
    for tag in re.findall(r"<(?:script|link|img)[^>]*>", page.text):
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", tag), tag
    for tag in re.findall(r"<(?:script|link rel=\"stylesheet\")[^>]*>", page.text):
        assert f'nonce="{nonce[1]}"' in tag
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", page.text)


def test_each_response_has_a_nonce_of_its_own(browser: Browser) -> None:
    policies = {browser.get("/reset").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


def unsafe_routes(app: Flask) -> list[str]:
    return sorted(
        re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "x", rule.rule))
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods
    )


@pytest.fixture
def posts(app: Flask) -> list[str]:
    return unsafe_routes(app)


def test_no_form_is_taken_without_its_token(browser: Browser, posts: list[str]) -> None:
    """S12: CSRF, on every route that takes a form."""
    assert len(posts) > 12
    for path in posts:
        browser.get("/reset")
        assert browser.post(path, {"csrf_token": "", "username": "x"}).status_code == 400, path


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8091"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:8090.evil.example"},
    ],
)
def test_no_form_is_taken_from_another_site(
    headers: dict[str, str], browser: Browser, posts: list[str]
) -> None:
    """S12: Origin, though the token is right."""
    browser.get("/reset")
    for path in posts:
        assert browser.post(path, headers=headers).status_code == 403, path


def test_a_form_from_a_page_without_referrer_is_ours(browser: Browser) -> None:
    """Browsers send `Origin: null` because of our own no-referrer; Sec-Fetch-Site tells them from strangers."""
    browser.get("/reset")
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/reset", {"username": "x", "factor": "sms"}, headers=headers).status_code == 303


def test_a_form_token_of_another_visitor_is_refused(app: Flask) -> None:
    mine, theirs = Browser(app.test_client()), Browser(app.test_client())
    mine.get("/reset")
    theirs.get("/reset")
    mine.token = theirs.token
    assert mine.post("/reset", {"username": "x"}).status_code == 400


def test_a_form_made_before_the_sign_in_is_refused_after_it(signed_in: Callable[..., Browser]) -> None:
    """S12: a new token with every sign-in."""
    browser = signed_in(Role.LEAD)
    with browser.client.session_transaction(base_url=BASE) as page_session:
        page_session["csrf_token"] = "0" * 40
    browser.get("/desk/outages")
    assert browser.post("/desk/outages", {"service": "teams"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "tier0.example:8090"])
def test_a_foreign_host_name_is_refused(host: str, app: Flask) -> None:
    """DNS rebinding: the browser would think that we are another site."""
    assert app.test_client().get("/reset", base_url=f"http://{host}").status_code == 400


def test_the_probe_may_use_any_host_name(app: Flask) -> None:
    answer = app.test_client().get("/health", base_url="http://10.0.0.7:8090")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_database_that_takes_nothing_is_said_so(
    browser: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> object:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(type(services.store), "transaction", locked)
    answer = browser.get("/reset/some-token?lang=nb")
    assert answer.status_code == 503
    assert "Ingenting er endret" in answer.text
    assert browser.get("/health").status_code == 503


def test_a_body_that_is_too_large_is_refused(browser: Browser) -> None:
    """S9."""
    browser.get("/reset")
    assert browser.post("/reset", {"username": "x" * 70_000}).status_code == 413


@pytest.fixture
def production(services: Services) -> Flask:
    settings = replace(services.settings, mode=Mode.PRODUCTION, desk_url="https://desk.example")
    return create_app(replace(services, settings=settings))


def test_cookies_are_bound_to_the_host_on_https(production: Flask) -> None:
    """S12: `__Host-`, Secure, HttpOnly, SameSite."""
    cookie = production.test_client().get("/reset", base_url="https://desk.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-tier0-page=")
    assert "Domain" not in cookie
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie


@pytest.mark.parametrize("path", ["/demo/phone", "/demo/signin", "/demo/phone/x/screen"])
def test_the_demo_does_not_exist_in_production(path: str, production: Flask) -> None:
    assert production.test_client().get(path, base_url="https://desk.example").status_code == 404


HOSTILE = (
    "<script>alert(1)</script>",
    "{{7*7}}",
    "\x00",
    "\ud800",
    "%00",
    "../../etc/passwd",
    "' OR 1=1 --",
    "a" * 5_000,
    "\r\nSet-Cookie: x=1",
    "*)(uid=*",
    "ﷺ" * 20,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_never_an_error(text: str, browser: Browser) -> None:
    """U10: on every page that anybody can reach."""
    safe = text.encode("utf-8", "replace").decode()
    for path in (
        "/reset/{}",
        "/articles/nb/{}",
        "/articles/{}",
        "/desk/setup/{}",
        "/not-me/{}",
        "/demo/phone/{}/screen",
    ):
        assert (
            browser.get(path.format(safe.replace("/", "%2F").replace("\r\n", "%0D%0A"))).status_code < 500
        ), path
    for path, fields in (
        ("/reset", {"username": safe, "factor": safe}),
        ("/reset/code", {"code": safe}),
        ("/demo/signin", {"username": safe, "password": safe}),
        ("/desk/sign-in", {"username": safe, "password": safe, "code": safe}),
    ):
        browser.get("/reset")
        answer = browser.post(f"{path}?lang={safe[:20]!r}", fields)
        assert answer.status_code < 500, path
        assert "<script>alert" not in answer.text
