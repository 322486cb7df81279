"""The API's own page in a real browser, under the policy of our pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.api.conftest import static_folder
from tests.browser.test_sign_in import CHROMIUM, page

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["page", "static_folder"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


def test_the_docs_are_drawn_without_anything_from_elsewhere(
    live_server: LiveServer, page: Page
) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/docs")
    page.locator(".opblock-summary-path").first.wait_for(timeout=60_000)
    # Swagger UI styles an element in place; the policy says no, and the page is drawn anyway.
    blocked = [text for text in complaints if "Content Security Policy" in text]
    assert all(text.startswith("Applying inline style") for text in blocked), blocked
    elsewhere = [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert elsewhere == []
