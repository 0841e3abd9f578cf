"""Pictures that pages refer to: collected while writing, handed to the typesetter by URL."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import quote

from bindery.digest import digest

SCHEME = "book"


class Assets:
    """The bytes behind every ``book:`` URL of a handbook; nothing else may be fetched."""

    def __init__(self, source: Path) -> None:
        self._source = source.resolve()
        self.contents: dict[str, bytes] = {}
        self.images: dict[str, str | None] = {}  # URLs of the pictures of the notes, by path

    def add(self, name: str, data: bytes) -> str:
        """Keep bytes under a name and return their URL."""
        url = f"{SCHEME}:{name}"
        self.contents[url] = data
        return url

    def drawing(self, stem: str, suffix: str, data: bytes) -> str:
        """Keep a picture; its URL holds a digest of its bytes, so that it stands for them."""
        return self.add(f"pictures/{quote(stem)}-{digest(data, length=16)}{suffix}", data)

    def image(self, src: str, chapter: str) -> str | None:
        """Return the URL of a picture of the notes, or None when there is no such file.

        A path counts from the chapter's own folder, or from the folder of the notes; one
        that leads out of the latter is not followed.
        """
        self.images[src] = self._image(src, chapter)
        return self.images[src]

    def _image(self, src: str, chapter: str) -> str | None:
        for base in (PurePosixPath(chapter).parent, PurePosixPath()):
            path = self._source.joinpath(base, src).resolve()
            if path.is_file() and path.is_relative_to(self._source):
                return self.drawing(path.stem, path.suffix.lower(), path.read_bytes())
        return None
