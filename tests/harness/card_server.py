"""A web server on 127.0.0.1 with Anki's own reviewer page, its scripts, and cards' media."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote, urlsplit

_ASSETS = "/_anki/"
_MEDIA = "/media/"


def anki_web_folder() -> Path | None:
    """Return the folder of the web files inside the installed ``aqt``, or None without it."""
    spec = find_spec("_aqt")
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location, "data", "web")
        if (folder / "js" / "reviewer.js").is_file():
            return folder
    return None


class CardServer:
    """Serves the pages given, Anki's web files under ``/_anki/``, and media folders.

    ``missed`` lists the paths asked for and not found since it was last cleared.
    """

    def __init__(self, assets: Path) -> None:
        self.missed: list[str] = []
        self._assets = assets.resolve()
        self._pages: dict[str, bytes] = {}
        self._folders: list[Path] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def page(self, media: Path, name: str, html: str) -> str:
        """Put a page beside a media folder and return its address."""
        folder = media.resolve()
        if folder not in self._folders:
            self._folders.append(folder)
        path = f"{_MEDIA}{self._folders.index(folder)}/{quote(name)}"
        self._pages[path] = html.encode()
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def find(self, path: str) -> tuple[bytes, str] | None:
        """Return the body and content type at a path; note what is not there."""
        if path in self._pages:
            return self._pages[path], "text/html; charset=utf-8"
        if path == "/favicon.ico":
            return b"", "image/x-icon"
        file = self._file(unquote(path))
        if file is None:
            self.missed.append(unquote(path))
            return None
        return file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"

    def _file(self, path: str) -> Path | None:
        if path.startswith(_ASSETS):
            root, name = self._assets, path.removeprefix(_ASSETS)
        else:
            number, _, name = path.removeprefix(_MEDIA).partition("/")
            if not number.isdecimal() or int(number) >= len(self._folders):
                return None
            root = self._folders[int(number)]
        file = (root / name).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def __init__(self, cards: CardServer, *arguments: object) -> None:
        self._cards = cards
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        found = self._cards.find(urlsplit(self.path).path)
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, b"", {})
        else:
            self._answer(HTTPStatus.OK, found[0], {"Content-Type": found[1]})

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def _answer(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
