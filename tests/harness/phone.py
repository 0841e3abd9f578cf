"""A phone: Anki's own reviewer and MathJax in a headless Chromium of a phone's size.

The browser sees nothing but 127.0.0.1. ``android`` and ``iphone`` are emulated: their screen, user
agent, classes and AnkiDroid's additions to the style sheet, over the same Blink.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from xml.sax.saxutils import escape

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.harness.anki_learner import RenderedCard
from tests.harness.card_server import CardServer, anki_web_folder
from tests.harness.card_text import faults_in

Side: TypeAlias = Literal["question", "answer"]

_PROBE = Path(__file__).with_name("probe.js").read_text("utf-8")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_UNFOLD = """
document.querySelectorAll("#qa details").forEach((details) => (details.open = true));
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => document.fonts.ready.then(() => done())));
"""
_SECONDS_A_CARD = 30
_TALLEST_SHOT = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """A device: screen in CSS pixels, what it calls itself, what its Anki adds to the page."""

    name: str
    user_agent: str = ""
    document_classes: str = ""
    card_classes: str = ""
    style: str = ""
    width: int = 390
    height: int = 844
    scale: float = 2.0

    @property
    def mobile(self) -> bool:
        """Whether the browser obeys the page's viewport and touch as phones do."""
        return bool(self.user_agent)


ANDROID = Profile(
    "android",
    user_agent="Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36",
    document_classes="mobile android linux js",
    style="video,img{max-width:100%}img{max-height:100%}#typeans{width:100%}",
)
IPHONE = Profile(
    "iphone",
    user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148",
    document_classes="mobile iphone",
)
DESKTOP = Profile("desktop", card_classes="isLin")


@dataclass(frozen=True, slots=True)
class Report:
    """What one side of a card is like on a phone; every tuple of texts names faults.

    ``scrolling`` and ``tiny_text`` are for information: wide code scrolls inside its own box.
    ``screens`` is the height in screens as first seen, ``screens_unfolded`` with all unfolded.
    """

    text_faults: tuple[str, ...]
    mathjax_errors: tuple[str, ...]
    undefined_commands: tuple[str, ...]
    unrendered_maths: tuple[str, ...]
    page_overflow: tuple[str, ...]
    clipped: tuple[str, ...]
    broken_images: tuple[str, ...]
    missing_files: tuple[str, ...]
    external_addresses: tuple[str, ...]
    javascript_errors: tuple[str, ...]
    low_contrast: tuple[str, ...]
    scrolling: tuple[str, ...]
    tiny_text: tuple[str, ...]
    formulas: int
    screens: float
    screens_unfolded: float
    text: str

    @property
    def faults(self) -> tuple[str, ...]:
        """All that a card must not have, as ``kind: detail``; empty for a good card."""
        information = {"text_faults", "scrolling", "tiny_text"}
        kinds = [f.name for f in fields(self) if f.name not in information]
        lists = {kind: getattr(self, kind) for kind in kinds}
        found = [
            f"{kind.replace('_', '-')}: {detail}"
            for kind, details in lists.items()
            if isinstance(details, tuple)
            for detail in details
        ]
        return (*self.text_faults, *found)


class PhoneMissingError(Exception):
    """The machine has no Chromium, no driver for it, or none of Anki's web files."""


class Phone:
    """A phone of one profile, on inside ``with``; ``least_contrast`` is a ratio as in WCAG 2."""

    def __init__(self, profile: Profile = ANDROID, least_contrast: float = 4.5) -> None:
        self.profile = profile
        self._least_contrast = least_contrast
        self._address = ""
        self._tainted = False
        self._stack = ExitStack()
        chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
        assets = anki_web_folder()
        if not (chromium and driver and assets):
            lacking = {
                "chromium": chromium,
                "chromium-driver": driver,
                "aqt's web files": assets,
            }
            names = ", ".join(name for name, found in lacking.items() if not found)
            raise PhoneMissingError(f"needs {names}")
        with ExitStack() as stack:
            self._server = stack.enter_context(CardServer(assets))
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="phone-"))
            self._browser = _start(profile, chromium, driver, Path(folder))
            stack.callback(self._browser.quit)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def show(self, card: RenderedCard, side: Side = "answer", *, night: bool = False) -> Report:
        """Show one side of a card and report what it is like."""
        name = "night.html" if night else "day.html"
        address = self._server.page(card.media, name, _page(self.profile, night=night))
        self._server.missed.clear()
        # A macro that one card defines must not hide what the next one lacks.
        if address != self._address or self._tainted:
            self._browser.get(address)
            self._address = address
        classes = f"card card{card.ordinal + 1} {self.profile.card_classes}".strip()
        if night:
            classes += " nightMode night_mode"
        found = self._browser.execute_async_script(
            _PROBE, side, card.question, card.answer, classes, self._least_contrast
        )
        if "failure" in found:
            raise RuntimeError(f"{card.label}: the page failed: {found['failure']}")
        report = _report(found, faults_in(getattr(card, side)), self._server.missed)
        self._tainted = bool(report.faults) or "<script" in card.question + card.answer
        return report

    def screenshot(self, path: Path, *, unfolded: bool = False) -> None:
        """Save what stands on the screen, and below it down to three screens, as PNG."""
        if unfolded:
            self._browser.execute_async_script(_UNFOLD)
        height = self._browser.execute_script("return document.documentElement.scrollHeight")
        screen = self.profile.height
        clip = {
            "x": 0,
            "y": 0,
            "width": self.profile.width,
            "height": min(max(int(height), screen), screen * _TALLEST_SHOT),
            "scale": 1,
        }
        shot = self._browser.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"format": "png", "captureBeyondViewport": True, "clip": clip},
        )
        path.write_bytes(base64.b64decode(shot["data"]))
        # Whatever was opened must not be open on the next card.
        self._tainted = self._tainted or unfolded

    def mathjax_version(self) -> str:
        """Return the version of MathJax on the page; "" before any card had a formula."""
        return str(self._browser.execute_script("return window.MathJax?.version ?? ''"))


def _start(profile: Profile, chromium: str, driver: str, folder: Path) -> webdriver.Chrome:
    options = Options()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    fonts = folder / "fonts.conf"
    fonts.write_text(_font_configuration(folder), "utf-8")
    service = Service(driver, env={**os.environ, "FONTCONFIG_FILE": str(fonts)})
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_script_timeout(_SECONDS_A_CARD)
    if profile.user_agent:
        browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": profile.user_agent})
    metrics = {
        "width": profile.width,
        "height": profile.height,
        "deviceScaleFactor": profile.scale,
        "mobile": profile.mobile,
    }
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return browser


def _font_configuration(folder: Path) -> str:
    """Return a fontconfig file that adds a Chinese font to the system's, as any phone has one.

    Without one, Han are drawn as narrow boxes, and nothing that is too wide would show.
    """
    spec = find_spec("pylopdf_fonts_zh_cn")
    chinese = (spec and spec.submodule_search_locations) or ()
    folders = "".join(f"<dir>{escape(place)}</dir>" for place in chinese)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"{folders}<cachedir>{escape(str(folder / 'fontconfig'))}</cachedir></fontconfig>"
    )


def _report(found: dict[str, Any], text_faults: tuple[str, ...], missed: list[str]) -> Report:
    values: dict[str, Any] = {
        name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
        for name, value in found.items()
    }
    return Report(text_faults=text_faults, missing_files=tuple(dict.fromkeys(missed)), **values)


def _page(profile: Profile, *, night: bool) -> str:
    """Return the page that Anki's reviewer lives in, as the profile's client writes it."""
    document = profile.document_classes + (" night-mode" if night else "")
    return f"""<!doctype html>
<html class="{document.strip()}" dir="ltr" data-bs-theme="{"dark" if night else "light"}">
<head><meta charset="utf-8"><title>card</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/_anki/css/webview.css">
<style>body{{background-color:var(--canvas)}}</style>
<link rel="stylesheet" href="/_anki/css/reviewer.css">
<style>{profile.style}</style>
</head><body class="{"nightMode night_mode" if night else ""}">
<script>
window.cardErrors = [];
window.addEventListener("error", (e) => {{ if (e.message) cardErrors.push(e.message); }});
window.addEventListener("unhandledrejection", (e) => cardErrors.push(`promise: ${{e.reason}}`));
window.pycmd = window.bridgeCommand = () => false;
</script>
<script src="/_anki/js/webview.js"></script>
<div id="_mark" hidden></div><div id="_flag" hidden></div><div id="qa" dir="auto"></div>
<script src="/_anki/js/reviewer.js"></script>
</body></html>"""
