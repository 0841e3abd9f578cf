"""Pictures of foreign Markdown: found beside the source and copied, or named as missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bindery.digest import digest
from bindery.importer.model import Picture, Source
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined, made

_REMOTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{1,}:)?//|data:", re.IGNORECASE)
_DRIVE = re.compile(r"/?[A-Za-z]:/")
_PLACES = ("", "images", "image", "img", "imgs", "assets", "figures", "pics", "media", "static")
_FOLDER = "images"
_WIDTH = re.compile(r"\d+(?:\.\d+)?(?:%|px)?")


class Pictures:
    """Finds the pictures that one source names; ``found`` are to be copied."""

    def __init__(self, source: Source, telling: Telling) -> None:
        self.found: list[Picture] = []
        self._folder = source.path.parent
        self._stem = source.path.stem
        self._telling = telling
        self._names: dict[str, Path] = {}

    def markdown(
        self, whole: Traced, alt: Traced, src: Traced, width: str = "", name: str = ""
    ) -> Traced:
        """Return the Markdown of a picture; ``whole`` is what stands there in the source.

        A picture that cannot be found becomes words that say so, one on the net a link.
        """
        address = src.text.strip().strip("<>").strip()
        gone = _without(whole, alt)
        if _REMOTE.match(address) and not address.lower().startswith("file:"):
            return self._remote(whole, alt, src)
        path = self._path(address)
        if path is None:
            return self._missing(whole, alt, src)
        target = self._target(path)
        label = alt.sub(re.compile(r"\s+"), lambda _: " ").strip()
        size = f"width={width}" if _WIDTH.fullmatch(width) else ""
        said = " ".join(part for part in (f"#{name}" if name else "", size) if part)
        written = f"{{{said}}}" if said else ""
        if whole.text == f"![{label.text}]({target}){written}":
            return whole
        what = "the path of a picture written as the notes need it"
        self._telling.repaired("picture-path", what, gone, target + written)
        return joined(["![", label, f"]({target})", written])

    def _remote(self, whole: Traced, alt: Traced, src: Traced) -> Traced:
        if src.text.lower().startswith("data:"):
            self._telling.drop("picture-in-line", "a picture written into the text itself", whole)
            self._telling.make("missing-picture", "缺图", whole.start)
            return made("〔缺图〕")
        gone = _without(_without(whole, alt), src)
        what = "a picture on the net written as a link: a card must work without it"
        label: Traced | str = alt if alt.text.strip() else "图"
        new = "" if alt.text.strip() else "图"
        self._telling.repaired("remote-picture", what, gone, new + _new(src))
        self._telling.doubt(
            "remote-picture", whole.start, "a link to the picture", "save it beside the source"
        )
        return joined(["[", label, "](", src.strip(), ")"])

    def _missing(self, whole: Traced, alt: Traced, src: Traced) -> Traced:
        gone = _without(_without(whole, alt), src)
        what = "a picture that is not there written as words"
        self._telling.repaired("missing-picture", what, gone, "缺图" + _new(src))
        self._telling.doubt(
            "missing-picture",
            whole.start,
            f'no picture "{src.text.strip()}" beside the source: words in its place',
            "put the file there and import again",
        )
        between = "，" if alt.text.strip() and src.text.strip() else ""
        return joined(["〔缺图：", _escaped(alt), between, _escaped(src.strip()), "〕"])

    def _path(self, name: str) -> Path | None:
        plain = name.replace("\\\\", "/").replace("\\", "/")
        plain = re.sub(r"^file:/*(?=[A-Za-z]:|/)", "", plain, flags=re.IGNORECASE)
        for each in dict.fromkeys((plain, unquote(plain), unquote(plain).partition("?")[0])):
            for candidate in self._candidates(each):
                try:
                    if candidate.is_file():
                        return candidate
                except (OSError, ValueError):
                    continue
        return None

    def _candidates(self, name: str) -> Iterator[Path]:
        if not name.strip() or "\0" in name:
            return
        relative = _DRIVE.sub("", name).lstrip("/")
        last = PurePosixPath(relative).name
        yield self._folder / name
        yield self._folder / relative
        for place in (*_PLACES, self._stem, f"{self._stem}.assets"):
            yield self._folder / place / last

    def _target(self, path: Path) -> str:
        stem = re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "picture"
        suffix = path.suffix.lower()
        target = f"{_FOLDER}/{stem}{suffix}"
        if self._names.setdefault(target, path) != path:
            target = f"{_FOLDER}/{stem}-{digest(str(path), length=6)}{suffix}"
            self._names[target] = path
        picture = Picture(target, path)
        if picture not in self.found:
            self.found.append(picture)
        return target


def _without(whole: Traced, part: Traced) -> Traced:
    """Return ``whole`` without the characters of ``part``, which stands in it."""
    kept = {at for at in part.at if at >= 0}
    pieces = [whole[n : n + 1] for n, at in enumerate(whole.at) if at not in kept]
    return joined(pieces)


def _new(text: Traced) -> str:
    """Return the characters that stand elsewhere in the source, or nowhere."""
    return "".join(char for char, at in zip(text.text, text.at, strict=True) if at < 0)


def _escaped(text: Traced) -> Traced:
    return text.sub(re.compile(r"[\\`*_{}\[\]<>#$|!~=]"), lambda m: _slashed(text, m))


def _slashed(text: Traced, match: re.Match[str]) -> Traced:
    return "\\" + text[match.start() : match.end()]
