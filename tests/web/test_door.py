"""What every page carries, and what none of them lets in: frames, forged forms, redirects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from tests.factories import Cast, Person
from tests.web.conftest import PASSWORD, actions, is_in, sign_in
from voiceassets.web.middleware import policy

PLACEHOLDERS = {
    "secret": "made-up",
    "uidb36": "1",
    "key": "made-up",
    "provider_id": "company",
    "app_label": "tenants",
    "object_id": "1",
    "content_type_id": "1",
    "url": "none",
}
ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    r"\\evil.example",
    r"/\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "\thttps://evil.example",
]


def pages() -> Iterator[str]:
    """An address for every page of the two doors for browsers."""
    for pattern in get_resolver().url_patterns:
        prefix = str(pattern.pattern)
        if isinstance(pattern, URLResolver) and prefix in {"account/", "operators/"}:
            yield from _walk(pattern.url_patterns, f"/{prefix}")


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        (template, names), *_ = _possibilities(pattern)
        here = prefix + template % {name: PLACEHOLDERS[name] for name in names}
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here


def _possibilities(pattern: Any) -> list[tuple[str, list[str]]]:
    from django.urls.resolvers import RegexPattern
    from django.utils.regex_helper import normalize

    regex = pattern.pattern.regex.pattern
    if not isinstance(pattern.pattern, RegexPattern):
        regex = regex.removesuffix(r"\Z")
    return normalize(regex)


PAGES = sorted(set(pages()))


def test_there_are_pages_to_look_at() -> None:
    assert {"/account/login/", "/account/oidc/company/login/", "/operators/"} <= set(PAGES)
    assert len(PAGES) > 40


def test_every_page_keeps_frames_scripts_and_sniffing_out(alice: Person) -> None:
    client = Client()
    for page in [*PAGES, "/v1/me", "/healthz", "/docs", "/nothing"]:
        answer = client.get(page)
        assert answer.status_code < 500, page
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';"), page
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_form_that_is_not_ours_is_refused_everywhere_and_on_record(alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    tokenless = Client()
    sign_in(tokenless, alice)
    client.cookies = tokenless.cookies
    for page in PAGES:
        answer = client.post(page, {"x": "y"})
        assert answer.status_code in {403, 404, 405}, page
    assert "access.denied" in actions(alice)
    assert is_in(client), "nothing of it took effect"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(alice: Person, target: str) -> None:
    client = Client()
    form = {"login": alice.user.email, "password": PASSWORD, "next": target}
    assert client.post("/account/login/", form).headers["Location"] == "/account/"
    again = client.get("/account/login/", {"next": target})
    assert again.headers["Location"] == "/account/"
    out = client.post("/account/logout/", {"next": target})
    assert out.headers["Location"] == "/account/login/"


def test_a_line_break_in_a_target_starts_no_header(alice: Person) -> None:
    form = {"login": alice.user.email, "password": PASSWORD, "next": "/\r\nX-Evil: 1"}
    answer = Client().post("/account/login/", form)
    assert answer.headers["Location"] == "/%0D%0AX-Evil:%201"
    assert "X-Evil" not in answer.headers


def test_cookies_are_kept_from_scripts_and_other_sites(alice: Person) -> None:
    client = Client()
    client.get("/account/login/")
    sign_in(client, alice)
    assert set(client.cookies) >= {"va_session", "va_csrf"}
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax"


def test_programs_get_no_cookie(cast: Cast) -> None:
    answer = Client(headers=cast.alice.headers).get("/v1/me")
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_over_tls_cookies_are_bound_to_the_host() -> None:
    import os
    import subprocess
    import sys

    wanted = "SESSION_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_SECONDS"
    code = (
        "from django.conf import settings as s;"
        f"print([getattr(s, name) for name in {wanted.split()!r}])"
    )
    env = os.environ | {"VOICEASSETS_PUBLIC_URL": "https://voices.example"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "['__Host-va_session', True, True, 31536000]"


def test_the_provider_of_identities_is_the_one_place_a_form_may_lead_to(settings: Settings) -> None:
    settings.OIDC_ISSUER = "https://id.example:8443/realm/one"
    assert "form-action 'self' https://id.example:8443;" in policy()
