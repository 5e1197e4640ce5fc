"""Debian's Chromium, driven by Playwright; tests that want it are skipped, with the reason, where there is none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .waiting import PATIENCE

_ARGUMENTS = [
    "--disable-gpu",
    # Pages that the test answers itself belong to no network; Chromium would ask a person whether they may reach ours.
    "--disable-features=LocalNetworkAccessChecks",
    "--autoplay-policy=no-user-gesture-required",
]

_PATIENCE = PATIENCE * 1000  # ms
expect.set_options(timeout=_PATIENCE)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A Chromium with a fresh profile and without a window; `arguments` are further ones of its command line."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium: `make chromium` as root installs Debian's")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *as_root, *arguments])
        yield browser
        browser.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """A page with cookies and cache of its own; `options` are Playwright's of a context. Nothing there is hurried."""
    context = browser.new_context(**options)
    context.set_default_timeout(_PATIENCE)
    return context.new_page()
