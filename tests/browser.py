"""Debian's Chromium, driven by Playwright; tests that want it are skipped, with the reason, where there is none."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
from playwright import async_api
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .waiting import PATIENCE

MILLISECONDS = PATIENCE * 1000
"""As Playwright has PATIENCE."""
expect.set_options(timeout=MILLISECONDS)

_ARGUMENTS = [
    "--disable-gpu",
    "--disable-software-rasterizer",  # in its place a process that imitates one is started, for what no page draws
    # Pages that the test answers itself belong to no network; Chromium would ask a person whether they may reach ours.
    "--disable-features=LocalNetworkAccessChecks",
    "--autoplay-policy=no-user-gesture-required",
]
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{zh}</dir></fontconfig>"""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A Chromium with a fresh profile and without a window; `arguments` are further ones of its command line."""
    options = _options(arguments)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@asynccontextmanager
async def chromium_beside(*arguments: str, fonts: Path | None = None) -> AsyncIterator[async_api.Browser]:
    """Likewise for tests with an event loop, which serve what it opens; with Chinese `fonts`, by a file made there."""
    options = _options(arguments, fonts)
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(**options)
        yield browser
        await browser.close()


def _options(arguments: tuple[str, ...], fonts: Path | None = None) -> dict[str, Any]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium: `make chromium` as root installs Debian's")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    options = {"executable_path": program, "args": [*_ARGUMENTS, *as_root, *arguments]}
    if fonts is None:
        return options
    fonts.write_text(_FONTS.format(zh=Path(pylopdf_fonts_zh_cn.__file__).parent), encoding="utf-8")
    return options | {"env": os.environ | {"FONTCONFIG_FILE": str(fonts)}}


def new_page(browser: Browser, **options: Any) -> Page:
    """A page with cookies and cache of its own; `options` are Playwright's of a context. Nothing there is hurried."""
    context = browser.new_context(**options)
    context.set_default_timeout(MILLISECONDS)
    return context.new_page()
