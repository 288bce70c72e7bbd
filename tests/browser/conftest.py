"""Pages in a real Chromium. What a page writes to the console, an error in its script and any request fail the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import NAMES, chromium, executable

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if executable() is None:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)}): the HTML reports are NOT tested in a browser")
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the text of a page, at a width and in a colour scheme, and waits until its script has run."""
    said: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        text: str, width: int = 1280, scheme: Any = "light", fragment: str = "", *, watched: bool = True
    ) -> Page:
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(text, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        if watched:
            page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
            page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("html[data-ready]", timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
