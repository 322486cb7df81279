"""Signing in through a provider of identities in a real browser, under the policy of our pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import Cast
from tests.web.provider import Person, Provider, running
from tests.web.test_identity_provider import use

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


@pytest.fixture
def provider(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, cast: Cast, static_files: None
) -> Iterator[Provider]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
    with running(Person(sub="alice-1", email=cast.alice.user.email)) as found:
        use(settings, found)
        yield found


@pytest.fixture
def static_files(settings: Settings) -> None:
    """The live server serves them where they are written; whitenoise wants its folder anyway."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright  # takes a second, and few tests need it

    # Playwright runs an event loop in this thread, where Django then refuses the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser.new_page()
        finally:
            browser.close()


def test_a_member_signs_in_with_the_company_identity(
    cast: Cast, provider: Provider, live_server: LiveServer, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_role("link", name="Company sign-in").click()
    page.get_by_role("button", name="Continue", exact=True).click()
    page.wait_for_url(f"{provider.url}/authorize**")
    page.get_by_role("button", name="Continue as the person I am").click()
    page.wait_for_url(f"{live_server.url}/account/")
    assert page.get_by_role("heading", level=1).inner_text() == "Alice"
    assert page.get_by_role("cell", name="Acme").is_visible()
    page.goto(f"{live_server.url}/account/sessions/")
    assert page.get_by_text("HeadlessChrome").is_visible()
    assert [text for text in complaints if "Content Security Policy" in text] == []
