"""The web application: `create_app(services)`; everything outside comes in through `services`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, jsonify
from flask_wtf.csrf import CSRFProtect

from bot.kb.shelf import Shelf
from desk.access import Right, may
from desk.context import Desk, desk
from desk.security import protect
from desk.sessions import Sessions
from desk.staff import Staff
from desk.views import ALL, EMBEDDED_ONLY, hooks
from desk.wording import LANGUAGE_NAMES, text
from servicedesk.keys import Purpose
from servicedesk.ticket_hooks import TicketHooks

if TYPE_CHECKING:
    from servicedesk.bootstrap import Services

ARTICLES = Path(__file__).resolve().parent.parent / "kb_articles"


def create_app(services: Services, *, articles_dir: Path = ARTICLES) -> Flask:
    settings = services.settings
    app = Flask(__name__)
    staff = Staff(services.store, services.keys, services.clock)
    shelf = Shelf(articles_dir, settings.state_dir / "cache")
    sessions = Sessions(services.store, staff, services.clock, settings)
    app.config.update(
        SECRET_KEY=services.keys.text(Purpose.SESSION),
        SESSION_COOKIE_NAME="__Host-tier0-page" if sessions.secure else "tier0-page",
        SESSION_COOKIE_SECURE=sessions.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.limits.body_bytes,
        WTF_CSRF_TIME_LIMIT=None,  # a form token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which S13 forbids: security.py checks Origin instead
    )
    ticket_hooks = _ticket_hooks(services)
    app.extensions["desk"] = Desk(
        services=services, staff=staff, sessions=sessions, shelf=shelf, ticket_hooks=ticket_hooks
    )
    protect(app, settings)
    forms = CSRFProtect(app)
    _add_to_templates(app, services)
    _add_health(app)
    forms.exempt(hooks.blueprint)
    _register(app, [*ALL, *(EMBEDDED_ONLY if settings.embedded else ())])
    _register(app, [hooks.blueprint] if ticket_hooks is not None else [])
    return app


def _ticket_hooks(services: Services) -> TicketHooks | None:
    """Where an administrator has given the secret: else nobody outside may call. Raises SettingsError."""
    settings = services.settings.outside_tickets
    if settings is None or settings.webhook_secret is None:
        return None
    settings.webhook_secret.read()  # a missing file stops the start, not the first call
    return TicketHooks(store=services.store, clock=services.clock, outbox=services.outbox, settings=settings)


def _register(app: Flask, blueprints: Iterable[Any]) -> None:
    for blueprint in blueprints:
        app.register_blueprint(blueprint)


def _add_health(app: Flask) -> None:
    @app.get("/health")
    def health() -> Response:
        with desk().services.store.transaction() as connection:
            connection.exec_driver_sql("SELECT 1")
        return jsonify(status="ok")


def _add_to_templates(app: Flask, services: Services) -> None:
    def translated(key: str, /, **values: Any) -> str:
        return text(key, g.get("language", "en"), company=services.settings.company, **values)

    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        t=translated,
        nonce=lambda: g.nonce,
        language_names=LANGUAGE_NAMES,
        company=services.settings.company,
        chat_url=services.settings.chat_url + "/webhooks/web/",
        embedded=services.settings.embedded,
        Right=Right,
        may=may,
    )
    app.jinja_env.filters["age"] = lambda moment: age(services.clock.now() - moment)
    app.jinja_env.filters["when"] = when


def age(span: timedelta) -> str:
    """How long ago, in the largest whole unit: "3 min", "5 h", "2 d"."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def when(moment: datetime) -> str:
    return moment.strftime("%d %b %Y %H:%M UTC")
