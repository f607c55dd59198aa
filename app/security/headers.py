"""HTTP headers that protect pages: no foreign request, no inline script, no framing."""

from __future__ import annotations

from flask import Flask, Response, request

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Flask-AppBuilder's pages carry style attributes; only they may.
ADMINISTRATION_SEGMENT = "/verwaltung/"
_ADMINISTRATION_POLICY = {**_POLICY, "style-src-attr": "'unsafe-inline'"}


def _policy_text(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def protect_responses(app: Flask, *, secure: bool) -> None:
    """Add the protecting headers to every response of ``app``."""
    strict = _policy_text(_POLICY)
    administration = _policy_text(_ADMINISTRATION_POLICY)

    @app.after_request
    def _add_headers(response: Response) -> Response:
        in_administration = request.path.startswith(ADMINISTRATION_SEGMENT)
        headers = response.headers
        headers.setdefault(
            "Content-Security-Policy", administration if in_administration else strict
        )
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
        return response
