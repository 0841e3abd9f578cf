"""Less work for each piece of text and each box: what follows from a style is found once.

WeasyPrint makes a Pango context and a font description for every word it tries on a line,
spells out the whole font style to look up the height of a line, and works out by the most
general way what properties are that nothing in the style sheets sets.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple


class Prepared(NamedTuple):
    """What all texts of one style share; ``features`` are those of OpenType, or None."""

    context: Any
    description: Any
    language: Any
    features: Any


def patch() -> None:
    """Let WeasyPrint remember what it knows of a style."""
    from weasyprint import css  # type: ignore[import-untyped]
    from weasyprint.css import computed_values, units  # type: ignore[import-untyped]
    from weasyprint.layout import inline, percent, table  # type: ignore[import-untyped]
    from weasyprint.text import line_break  # type: ignore[import-untyped]

    line_break.Layout.setup = _setup(line_break.Layout.setup)
    remembered = _strut(line_break.strut)
    for module in (line_break, inline, units, computed_values):
        module.strut = remembered
    css.ComputedStyle.__missing__ = _missing(css.ComputedStyle.__missing__)
    for module in (percent, inline, table):
        module.resolve_one_percentage = _one_percentage(percent.resolve_one_percentage)


def _setup(stock: Callable[..., None]) -> Callable[..., None]:
    from weasyprint.css import AnonymousStyle
    from weasyprint.text.ffi import ffi, gobject, pango  # type: ignore[import-untyped]

    def setup(self: Any, style: Any) -> None:
        if style["text_decoration_line"] != "none":
            stock(self, style)
            return
        known = style
        while isinstance(known, AnonymousStyle):  # its fonts are its parent's
            known = known.parent_style
        prepared: Prepared | None = getattr(known, "prepared", None)
        if prepared is None:
            prepared = known.prepared = _prepare(stock, known)
        self.style = style
        self.first_line_direction = 0
        self.language = prepared.language
        self.ascent = self.underline_position = self.strikethrough_position = None
        self.layout = ffi.gc(pango.pango_layout_new(prepared.context), gobject.g_object_unref)
        pango.pango_layout_set_auto_dir(self.layout, False)
        pango.pango_layout_set_font_description(self.layout, prepared.description)
        if prepared.features is not None:
            attributes = pango.pango_attr_list_new()
            pango.pango_attr_list_insert(attributes, prepared.features)
            pango.pango_layout_set_attributes(self.layout, attributes)

    return setup


def _prepare(stock: Callable[..., None], style: Any) -> Prepared:
    from weasyprint.text import line_break
    from weasyprint.text.ffi import ffi, gobject, pango

    # The stock code is run once, for the language and for what it keeps of features.
    layout = SimpleNamespace()
    stock(layout, style)
    context = ffi.gc(
        pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
    )
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, line_break.PANGO_DIRECTION[style["direction"]])
    if style["lang"] or style["font_language_override"] != "normal":
        pango.pango_context_set_language(context, layout.language)
    features = line_break.font_features(
        style["font_kerning"],
        style["font_variant_ligatures"],
        style["font_variant_position"],
        style["font_variant_caps"],
        style["font_variant_numeric"],
        style["font_variant_alternates"],
        style["font_variant_east_asian"],
        style["font_feature_settings"],
    )
    spelt = ",".join(f"{key} {value}" for key, value in features.items()).encode()
    return Prepared(
        context,
        line_break.get_font_description(style),
        layout.language,
        style.font_config.font_features[spelt] if spelt else None,
    )


def _strut(stock: Callable[..., Any]) -> Callable[..., Any]:
    def strut(style: Any) -> Any:
        found = getattr(style, "strut", None)
        if found is None:
            found = style.strut = stock(style)
        return found

    return strut


def _missing(stock: Callable[..., Any]) -> Callable[..., Any]:
    from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS  # type: ignore[import-untyped]
    from weasyprint.css.properties import (  # type: ignore[import-untyped]
        INHERITED,
        INITIAL_NOT_COMPUTED,
        INITIAL_VALUES,
    )

    inherited = frozenset(INHERITED)
    initial = {
        name: value for name, value in INITIAL_VALUES.items() if name not in INITIAL_NOT_COMPUTED
    }
    logical = {
        name: function(block="ttb", inline="ltr") for name, function in PHYSICAL_FUNCTIONS.items()
    }
    # These follow from more than their own value and their parent's.
    general = frozenset({"page", "position", "float", "display"}) | {
        name for name in INITIAL_VALUES if name.startswith("text_decoration_")
    }

    def __missing__(self: Any, key: str) -> Any:  # noqa: N807
        cascaded, parent = self.cascaded, self.parent_style
        if key in cascaded or parent is None or key in general:
            return stock(self, key)
        other = logical.get(key)
        if other is not None and (other in cascaded or self["direction"] != "ltr"):
            return stock(self, key)
        if key in inherited or key[:2] == "__":
            value = self[key] = parent[key]
        elif key in initial:
            value = self[key] = initial[key]
        else:
            value = stock(self, key)
        return value

    return __missing__


def _one_percentage(stock: Callable[..., None]) -> Callable[..., None]:
    from weasyprint.css.properties import Dimension

    def resolve_one_percentage(box: Any, name: str, refer_to: Any) -> None:
        value = box.style[name]
        if type(value) is Dimension and value.unit == "px":
            setattr(box, name, value.value)
        else:
            stock(box, name, refer_to)

    return resolve_one_percentage
