"""Sections of the body that need not be written again: what they were made of has not changed.

Writing the HTML of two thousand pages takes seconds. All that goes into a run of a chapter is
named by one key; under it stand the name of the laid-out fragment and what the rest of the book
must know of the run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from functools import cached_property

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from bindery.digest import digest, file_digest
from bindery.facts import diagnostics_of, records_of
from bindery.handbook.assets import Assets
from bindery.handbook.scope import TermUse
from bindery.handbook.sections import Run, Section
from bindery.handbook.settings import COLUMNS
from bindery.handbook.work import Work
from bindery.versions import version

_KIND = "handbook-section"
_WRITTEN_BY = ("jinja2", "pygments", "pyphen")


@dataclass(frozen=True, slots=True)
class KeptSection:
    """A section as the rest of the book knows it; ``fragment`` is the key of its pages."""

    fragment: str
    terms: tuple[TermUse, ...]
    problems: tuple[Diagnostic, ...]


class KeptSections:
    """A memory of sections: from what a run is made of to what came of it."""

    def __init__(self, work: Work, cache: Cache, base: str) -> None:
        self._work, self._cache, self._recipe = work, cache, base

    def get_all(self, runs: Sequence[Run]) -> list[KeptSection | None]:
        """Return what is known of each run; None for those that must be written."""
        keys = [self._key(run) for run in runs]
        kept = self._cache.get_many(_KIND, [key for key in keys if key])
        found = self._work.assets()
        return [_unchanged(found, run, kept.get(key)) for run, key in zip(runs, keys, strict=True)]

    def put(self, run: Run, section: Section, fragment: str) -> KeptSection:
        """Keep what came of a run."""
        kept = KeptSection(fragment, section.terms, section.problems)
        if key := self._key(run):
            self._cache.put(_KIND, key, _encoded(section.images, kept))
        return kept

    def _key(self, run: Run) -> str:
        if not self._work.settings.recipe or not run.chapter.digest:
            return ""
        part = asdict(run.part) if run.part else None
        chapter = self._work.numbering.chapters[run.chapter.file]
        return digest(self._common, run.chapter.digest, chapter, run.number, part, run.in_part)

    @cached_property
    def _common(self) -> str:
        """What every run may depend on: other chapters' numbers and titles, the figures."""
        work = self._work
        templates = sorted(path for path in work.settings.templates.iterdir() if path.is_file())
        return digest(
            self._recipe,
            work.settings.recipe,
            [version(name) for name in _WRITTEN_BY],
            [(path.name, file_digest(path)) for path in templates],
            COLUMNS[work.settings.paper],
            work.book.info.language,
            [astuple(target) for target in work.numbering.targets.values()],
            [astuple(demo) for demo in work.numbering.demos.values()],
            [
                (slug, figure.title, figure.caption, figure.alt, digest(figure.svg))
                for slug, figure in sorted(work.figures.items())
            ],
        )


def _unchanged(assets: Assets, run: Run, data: bytes | None) -> KeptSection | None:
    """Return what was kept of a run, unless its pictures have changed."""
    record = _decoded(data)
    if record is None:
        return None
    images, kept = record
    file = run.chapter.file
    return kept if all(assets.image(src, file) == url for src, url in images.items()) else None


def _encoded(images: Mapping[str, str | None], kept: KeptSection) -> bytes:
    record = {
        "images": dict(images),
        "fragment": kept.fragment,
        "terms": [[term.key, term.anchor] for term in kept.terms],
        "problems": records_of(kept.problems),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _decoded(data: bytes | None) -> tuple[dict[str, str | None], KeptSection] | None:
    if data is None:
        return None
    record = json.loads(data)
    problems = diagnostics_of(record["problems"])
    terms = tuple(TermUse(key, anchor) for key, anchor in record["terms"])
    return record["images"], KeptSection(record["fragment"], terms, problems)
