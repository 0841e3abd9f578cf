"""What a build depends on, as digests: when nothing differs, nothing needs to be built."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from bindery.digest import digest, file_digest
from bindery.products import write_whole
from bindery.sheets import Pages

STATE = ".state.json"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Digest by name of everything that goes into a build.

    ``copy`` is the digest of what is known of the copy on paper, which few products depend on.
    """

    digests: Mapping[str, str]
    copy: str = ""

    def key(self, *settings: object) -> str:
        """Return one digest of all inputs, for a product made with these settings."""
        return digest(dict(self.digests), settings)

    def replaced(self, written: Mapping[str, bytes]) -> Inputs:
        """Return the inputs as they are after the build itself has written some of them."""
        fresh = {name: digest(data) for name, data in written.items()}
        return Inputs({**self.digests, **fresh}, self.copy)

    def differences(self, earlier: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of what was added, removed or changed since ``earlier``."""
        names = sorted({*self.digests, *earlier})
        return tuple(name for name in names if self.digests.get(name) != earlier.get(name))


@dataclass(frozen=True, slots=True)
class Product:
    """A product as it was built: what it was made of, and a mark of each of its files.

    ``key`` stands for the inputs and the settings; both are kept to say why it is built again.
    """

    key: str
    files: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def whole(self, out: Path) -> bool:
        """Say whether every file is there as it was written: by size and time, then by content."""
        return all(_is_marked(out / name, mark) for name, mark in self.files.items())


@dataclass(frozen=True, slots=True)
class State:
    """What was built: each product, the page each note is on, and the pages of what is printed."""

    products: Mapping[str, Product] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, Pages] = field(default_factory=dict)

    def has(self, out: Path, name: str, key: str) -> bool:
        """Say whether a product is there, made of inputs with this key."""
        product = self.products.get(name)
        return product is not None and product.key == key and product.whole(out)


def gather(
    folders: Mapping[str, Path], settings: Mapping[str, object], out: Path, copy: Path
) -> Inputs:
    """Digest the files of each folder under its name, what is installed, and settings.

    Args:
        folders: the notes, the templates, our own code.
        settings: what changes every product.
        out: where products go; it may stand inside another folder, and is no input.
        copy: the file that tells of the copy on paper.
    """
    digests = {"settings": digest(settings), "installed": digest(_installed())}
    for name, folder in folders.items():
        built = _inside(folder, out)
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and not _ignored(relative) and built not in relative.parents:
                digests[f"{name}/{relative.as_posix()}"] = file_digest(path)
    return Inputs(digests, file_digest(copy) if copy.is_file() else "")


@cache
def code_digest() -> str:
    """Return the digest of our own code, for what is cached by it."""
    code = Path(__file__).parent
    return digest([file_digest(path) for path in sorted(code.rglob("*.py"))])


def load_state(out: Path) -> State:
    """Return the state of the last build; an empty one when it is not known."""
    try:
        state = json.loads((out / STATE).read_bytes())
        products = {
            name: Product(
                str(p["key"]),
                dict(p["files"]),
                dict(state["inputs"][p["inputs"]]),
                dict(p["settings"]),
            )
            for name, p in state["products"].items()
        }
        sheets = {
            name: Pages(str(p["paper"]), tuple(p["labels"]), tuple(p["digests"]))
            for name, p in state["sheets"].items()
        }
        return State(products, dict(state["pages"]), sheets)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return State()


def save_state(out: Path, state: State) -> None:
    """Note what the products were made of; inputs that several share are written once."""
    names = {name: digest(dict(p.inputs), length=8) for name, p in state.products.items()}
    record = {
        "inputs": {
            names[name]: dict(sorted(p.inputs.items())) for name, p in state.products.items()
        },
        "products": {
            name: {
                "key": p.key,
                "files": dict(sorted(p.files.items())),
                "inputs": names[name],
                "settings": dict(sorted(p.settings.items())),
            }
            for name, p in sorted(state.products.items())
        },
        "pages": dict(sorted(state.pages.items())),
        "sheets": {name: asdict(pages) for name, pages in sorted(state.sheets.items())},
    }
    write_whole(out / STATE, json.dumps(record, ensure_ascii=False, indent=0).encode())


def mark(path: Path, content: str) -> str:
    """Return what a file is recognised by: its size, its time, and the digest of its content."""
    found = path.stat()
    return f"{found.st_size}:{found.st_mtime_ns}:{content}"


def _is_marked(path: Path, expected: str) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    size, time, content = expected.split(":")
    if str(found.st_size) != size:
        return False
    return str(found.st_mtime_ns) == time or file_digest(path) == content


def _inside(folder: Path, out: Path) -> Path | None:
    root, built = folder.resolve(), out.resolve()
    return built.relative_to(root) if built != root and built.is_relative_to(root) else None


def _installed() -> list[str]:
    """Return name and version of every distribution, from the names of their folders."""
    folders = {Path(entry) for entry in sys.path if entry}
    return sorted(
        path.name for folder in folders if folder.is_dir() for path in folder.glob("*.dist-info")
    )


def _ignored(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
