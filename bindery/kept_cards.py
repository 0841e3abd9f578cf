"""The cards of each chapter, rendered when anything in them has changed and kept otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bindery.cache import Cache
from bindery.cards import CardSetting, decode_notes, encode_notes, render_cards
from bindery.digest import digest
from bindery.formulas import tex_for_cards
from bindery.judge import Checked
from bindery.model import MediaFile, RenderedNote

_CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Cards:
    """All notes in reading order, and the files of the chapters that were rendered anew."""

    notes: tuple[RenderedNote, ...]
    anew: tuple[str, ...]


def render_notes(checked: Checked, media: Mapping[str, MediaFile], cache: Cache) -> Cards:
    """Return the notes of a book; ``media`` are its files by how the notes name them."""
    setting = _setting(checked, media)
    keys = [_key(checked, setting, index) for index in range(len(checked.facts))]
    kept = cache.get_many(_CARDS, keys)
    fresh: dict[str, bytes] = {}
    found: list[RenderedNote] = []
    anew: list[str] = []
    for index, key in enumerate(keys):
        notes = decode_notes(kept[key]) if key in kept else None
        if notes is None:
            notes = render_cards(checked.tree(index), setting)
            fresh[key] = encode_notes(notes)
            anew.append(checked.facts[index].place.file)
        found.extend(notes)
    cache.put_many(_CARDS, fresh)
    return Cards(tuple(found), tuple(anew))


def _setting(checked: Checked, media: Mapping[str, MediaFile]) -> CardSetting:
    known, macros = checked.identified, dict(checked.info.macros)
    titles = {
        name: note.label
        for ids, chapter in zip(known.ids, checked.facts, strict=True)
        for name, note in zip(ids, chapter.notes, strict=True)
    }
    return CardSetting(
        checked.info,
        known.identities,
        titles,
        known.gaps,
        {source: file.name for source, file in media.items()},
        lambda tex: tex_for_cards(tex, macros),
    )


def _key(checked: Checked, setting: CardSetting, index: int) -> str:
    """Return the key of a chapter's cards: all that they depend on."""
    facts, ids = checked.facts[index], checked.identified.ids[index]
    targets = {checked.former.get(target, target) for target, _ in facts.references}
    referred = [
        (target, setting.titles[target], setting.identities[target].number)
        for target in sorted(targets & setting.identities.keys())
    ]
    names = [*facts.images, *(f"demo:{slug}" for slug in facts.demos)]
    return digest(
        checked.chapters.keys[index],
        [checked.info.id, checked.info.deck, checked.info.macros],
        [(name, setting.identities[name].number, setting.gaps.get(name)) for name in ids],
        [referred, sorted(checked.former.items())],
        [(name, setting.media.get(name)) for name in names],
    )
