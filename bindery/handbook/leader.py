"""Lines that end with a page number: the last word of a title and its leader hold together."""

from __future__ import annotations

import re
from html import escape

from markupsafe import Markup

from bindery.press.slot import WIDE_PLACEHOLDER

# The last Latin word of a title, or its last Han, if no tag or entity ends it.
_END = re.compile(r"(?:[A-Za-z0-9'\u00ad-]+|[^<>&; A-Za-z0-9'\u00ad-]{1,3})$")


def led(title: str, anchor: str) -> Markup:
    """Return a title whose end has the style sheet's leader and page number behind it.

    The end may not be broken off: a page number alone on a line would seem to be a heading's.
    """
    html = str(title) if isinstance(title, Markup) else escape(title, quote=False)
    found = _END.search(html)
    cut = found.start() if found else len(html)
    slot = f'data-to="{escape(anchor)}" data-page="{WIDE_PLACEHOLDER}"'
    return Markup(f'{html[:cut]}<span class="t" {slot}>{html[cut:]}</span>')  # noqa: S704
