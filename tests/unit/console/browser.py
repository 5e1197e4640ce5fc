"""Debian's Chromium without a window, over the DevTools protocol: it opens pages, is looked at, and is typed into."""

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import websockets

from ...waiting import PATIENCE

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{zh}</dir></fontconfig>"""
CHROMIUM = shutil.which("chromium")


class Browser:
    """One page."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a command; what the page tells meanwhile is noted."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while (answer := await self._next()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            told: dict[str, Any] = json.loads(await self._socket.recv())
            return told

    async def begin(self) -> None:
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        self._session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{part}.enable")

    async def open(self, url: str) -> None:
        """Loads a page to its end."""
        self.events.clear()
        await self.call("Page.navigate", url=url)
        await self.loaded()

    async def loaded(self) -> None:
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(await self._next())

    async def run(self, script: str) -> Any:
        """The value of a script."""
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        code = {"Enter": 13}.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key)
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    async def look(self, file: Path, *, width: int = 1280, dark: bool = False, language: str = "en") -> None:
        """Loads the page anew as such a device would, and takes a picture of all of it."""
        scheme = "dark" if dark else "light"
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        await self.call("Network.setExtraHTTPHeaders", headers={"accept-language": language})
        self.events.clear()
        await self.call("Page.reload")
        await self.loaded()
        taken = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(taken["data"]))

    def complaints(self) -> list[str]:
        """What the browser has said of the page: violations of its policy, exceptions, dialogs."""
        return [
            json.dumps(event)[:500]
            for event in self.events
            if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
        ]


def _fonts(home: Path) -> Path:
    """Makes the profile's directory, with a list of fonts that has Chinese ones."""
    home.mkdir()
    fonts = home / "fonts.conf"
    fonts.write_text(_FONTS.format(zh=Path(pylopdf_fonts_zh_cn.__file__).parent), encoding="utf-8")
    return fonts


@asynccontextmanager
async def open_browser(home: Path) -> AsyncIterator[Browser]:
    """A new browser with a profile of its own."""
    assert CHROMIUM is not None
    environment = os.environ | {"FONTCONFIG_FILE": str(_fonts(home))}
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
        f"--user-data-dir={home}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while b"DevTools listening on " not in (line := await process.stderr.readline()):
                assert line, "Chromium has ended"
        drained = asyncio.create_task(process.stderr.read())
        address = line.decode().rpartition(" ")[2].strip()
        async with websockets.connect(address, max_size=None, proxy=None) as socket:
            browser = Browser(socket)
            await browser.begin()
            yield browser
        drained.cancel()
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
