"""The copy on paper: which pages somebody has printed and bound, kept beside the notes.

It cannot be built again, so it is not kept with the products: ``out/`` may be deleted at any
time, a binder on the shelf stays. Only ``build.py printed`` moves it: as long as sheets are not
marked as printed, every change adds up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bindery.diagnostics import Diagnostic, NotesError, Place
from bindery.inputs import load_state
from bindery.products import write_whole
from bindery.request import CHANGED, COPY, HANDBOOK, Folders, WrongUseError
from bindery.sheets import Pages, changed_sheets, instructions

FILE = COPY
_COPIES = "copies-1"  # another form of the file would have another number


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy on paper: its pages, and when it was marked, in seconds since the epoch."""

    pages: Pages
    marked: int


def load_copies(folders: Folders) -> dict[str, Copy]:
    """Return the copy on paper by its size: "a4", "a5" or "b5".

    Raises:
        NotesError: the file is damaged.
    """
    try:
        record = json.loads((folders.source / FILE).read_bytes())
        return {
            paper: Copy(Pages(paper, tuple(c["labels"]), tuple(c["digests"])), int(c["marked"]))
            for paper, c in record[_COPIES].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotesError(
            [
                Diagnostic(
                    Place(f"{folders.shown}/{FILE}"),
                    "damaged-copy",
                    "what is known of the copy on paper cannot be read",
                    "delete the file; print the book whole, and say: build.py printed",
                )
            ]
        ) from error


def copy_for(folders: Folders, paper: str) -> Copy:
    """Return the copy on this paper.

    Raises:
        WrongUseError: none was marked as printed.
    """
    copies = load_copies(folders)
    if paper in copies:
        return copies[paper]
    known = " or ".join(f"--paper {name}" for name in copies)
    raise WrongUseError(
        f"the copy on paper is of another size: {known}, or print this one whole"
        if known
        else "--changed compares with the copy on paper, and none is marked: "
        f"print {HANDBOOK}, then say: build.py printed"
    )


def to_print(copy: Copy, pages: Pages) -> tuple[str, ...]:
    """Say what to print, and how to put it into the copy."""
    changes = changed_sheets(copy.pages.digests, pages.digests)
    first, *more = instructions(copy.pages, pages, changes)
    if not changes.steps:
        return (first,)
    return (f"{CHANGED}: {first}", *more, "when they are in the copy, say: build.py printed")


def still_to_print(folders: Folders) -> tuple[str, ...]:
    """Say the same of the sheets that were taken out last, as long as they are not marked."""
    pages = load_state(folders.out).sheets.get(CHANGED)
    copy = load_copies(folders).get(pages.paper) if pages else None
    return to_print(copy, pages) if copy and pages else ()


def mark_printed(folders: Folders, which: str, now: int) -> Copy:
    """Note that a product of the last build is now on paper, and return the copy.

    Args:
        folders: where notes and products are.
        which: ``HANDBOOK``, ``CHANGED``, or "" when both show the same book, or one is there.
        now: seconds since the epoch.

    Raises:
        WrongUseError: the product is not there, or it is not clear which one was printed.
        NotesError: the file of copies is damaged.
    """
    pages = _printed(folders, which)
    copies = {**load_copies(folders), pages.paper: Copy(pages, now)}
    record = {
        _COPIES: {
            paper: {
                "marked": copy.marked,
                "labels": copy.pages.labels,
                "digests": copy.pages.digests,
            }
            for paper, copy in sorted(copies.items())
        },
    }
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    write_whole(folders.source / FILE, (text + "\n").encode())
    return copies[pages.paper]


def _printed(folders: Folders, which: str) -> Pages:
    state, out = load_state(folders.out), folders.out
    there: Mapping[str, Pages] = {
        name: state.sheets[name]
        for name in (HANDBOOK, CHANGED)
        if name in state.sheets and name in state.products and state.products[name].whole(out)
    }
    if HANDBOOK in state.products and HANDBOOK not in state.sheets and which != CHANGED:
        raise WrongUseError(
            f"{HANDBOOK} is made for the screen, in one piece; build it without --pdf-ua for paper"
        )
    if which and which not in there:
        raise WrongUseError(f"{which} is not in {out} as it was built; build it and print that")
    if not there:
        raise WrongUseError(f"there is no {HANDBOOK} to be printed in {out}: build it first")
    if which:
        return there[which]
    if len(set(there.values())) > 1:
        raise WrongUseError(
            f"{HANDBOOK} is newer than {CHANGED}: say which one was printed, "
            "build.py printed handbook or build.py printed changed"
        )
    return next(iter(there.values()))
