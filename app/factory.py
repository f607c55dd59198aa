"""Puts the web application together; the only place where its parts meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from app import database
from app.administration import SiegelBuilder, add_administration
from app.api.blueprint import make_api
from app.api.serving import LIMIT_SETTING
from app.errors import answer_errors
from app.health import health
from app.metrics import metrics
from app.security.access import resolve_requests
from app.security.headers import protect_responses
from app.security.login import throttle_confirmation
from app.security.manager import TenantSecurityManager
from app.security.sessions import EncryptedSessions
from app.shell import furnish_pages
from app.tenant_path import TenantPath
from app.views import all_blueprints
from app.views.answering import answering
from app.views.answering.throttling import throttle_answering
from app.views.file_verification import file_verification
from app.views.uploads import allow_uploads
from app.views.verification_throttling import throttle_verification
from tenants.case_keys import CaseKeyRing
from tenants.isolation import TenantSession
from tenants.settings import Settings
from tenants.storage.encrypted import EncryptedObjectStore
from tenants.storage.objects import ObjectStore

LARGEST_REQUEST_BYTES = 12 * 1024 * 1024
MOST_FORM_FIELDS = 25_000
SESSION_HOURS = 8
API_CALLS_PER_MINUTE = 600


@dataclass(frozen=True)
class Siegel:
    """What the pages reach through ``current_app.extensions["siegel"]``."""

    settings: Settings
    engine: Engine
    store: ObjectStore


def _object_store(settings: Settings, engine: Engine) -> ObjectStore:
    sessions: sessionmaker[Session] = sessionmaker(
        engine, class_=TenantSession, expire_on_commit=False
    )
    return EncryptedObjectStore(settings.object_store(), CaseKeyRing(sessions, settings.master_key))


def create_app(settings: Settings) -> Flask:
    """Return the web application for ``settings``."""
    app = Flask("app")
    app.config.update(_flask_settings(settings))
    app.session_interface = EncryptedSessions()
    engine = database.connect(settings.database_url)
    app.extensions["siegel"] = Siegel(settings, engine, _object_store(settings, engine))
    allow_uploads(app, largest_request=LARGEST_REQUEST_BYTES, megabytes=settings.upload_megabytes)
    csrf = CSRFProtect(app)
    resolve_requests(app)
    with app.app_context():
        builder = SiegelBuilder(
            app,
            database.session,
            security_manager_class=TenantSecurityManager,
            update_perms=False,
        )
        add_administration(builder)
    for blueprint in (*all_blueprints(), health, metrics):
        app.register_blueprint(blueprint)
    api = make_api(builder.sm.limiter)
    # Programs show a token with every call, which no other site can make a browser send.
    csrf.exempt(api)
    # Who answers has no session; its cookie comes along from our own pages alone (SameSite).
    csrf.exempt(answering)
    # A file to examine changes nothing and belongs to no session; programs send it as well.
    csrf.exempt(file_verification)
    throttle_answering(builder.sm.limiter, app)
    with app.app_context():
        throttle_confirmation(builder.sm.limiter, "signings.sign")
    throttle_verification(builder.sm.limiter, app)
    app.register_blueprint(api)
    furnish_pages(app)
    answer_errors(app)
    protect_responses(app, secure=settings.secure_cookies)
    app.wsgi_app = TenantPath(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    return app


def _flask_settings(settings: Settings) -> dict[str, object]:
    prefix = "__Host-" if settings.secure_cookies else ""
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": f"{prefix}siegel",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=SESSION_HOURS),
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": LARGEST_REQUEST_BYTES,
        "MAX_FORM_PARTS": MOST_FORM_FIELDS,
        # The token lives as long as the session: nobody loses a long report to its age.
        "WTF_CSRF_TIME_LIMIT": None,
        "APP_NAME": "Brief & Siegel",
        "BABEL_DEFAULT_LOCALE": "de",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Berlin",
        "LANGUAGES": {"de": {"flag": "de", "name": "Deutsch"}},
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_API_SHOW_STACKTRACE": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_BASE_TEMPLATE": "administration/base.html",
        LIMIT_SETTING: API_CALLS_PER_MINUTE,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_STORAGE_URI": settings.redis_url,
        # Without Redis each process counts for itself instead of refusing everybody.
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_SWALLOW_ERRORS": True,
    }
