"""HTTP headers that protect pages: no foreign request, no inline script, no framing."""

from __future__ import annotations

from flask import Flask, Response, g, request

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


def let_forms_lead_to(origin: str) -> None:
    """Let a form of the page that is being made end at another ``origin``, by a redirection."""
    g.form_target = origin


def protect_responses(app: Flask, *, secure: bool) -> None:
    """Add the protecting headers to every response of ``app``."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        headers = response.headers
        target = f" {g.form_target}" if "form_target" in g else ""
        policy = {**_POLICY, "form-action": _POLICY["form-action"] + target}
        headers.setdefault(
            "Content-Security-Policy", "; ".join(f"{one} {what}" for one, what in policy.items())
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
