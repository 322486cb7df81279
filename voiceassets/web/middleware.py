"""What every page of a browser gets: a policy for its content, and a session key that moves on."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
SEEN_KEY = "privileges_seen"
Answer = Callable[[HttpRequest], HttpResponse]


class ContentSecurity:
    """Pages load what this platform serves and nothing else, and nobody frames them.

    Chromium applies `form-action` to where a form is redirected to, so the provider of identities
    is named there. A view that sends a policy of its own keeps it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy())
        return response


def policy() -> str:
    issuer = urlsplit(settings.OIDC_ISSUER)
    provider = f" {issuer.scheme}://{issuer.netloc}" if issuer.netloc else ""
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'{provider}; frame-ancestors 'none'"
    )


class RotateSessions:
    """Gives a session a new key when the person's privileges changed since its last request.

    Signing in gives it one, too; here follow roles, a second factor and the like, whoever changed
    them. Requests without a session cookie, such as those of programs, cost nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            seen = request.session.get(SEEN_KEY)
            current = request.user.privileges_changed_at.isoformat()
            if seen != current:
                request.session[SEEN_KEY] = current
                if seen is not None:
                    request.session.cycle_key()
        return self.get_response(request)
