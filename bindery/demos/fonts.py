"""The fonts of figures: Noto Sans SC of the handbook, and what matplotlib brings along.

Only these are known to matplotlib while a figure is drawn, so that a font that happens to be
installed on a machine changes nothing.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

HAN_PACKAGE = "pylopdf-fonts-zh-cn"
HAN_FILE = "NotoSansSC-Regular.otf"
HAN_FAMILY = "Noto Sans SC"
FALLBACK_FAMILY = "DejaVu Sans"
MONO_FAMILY = "DejaVu Sans Mono"


def han_font() -> Path | None:
    """Return the file of the Han font, or None when its package is not installed."""
    try:
        files = metadata.files(HAN_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == HAN_FILE:
            path = Path(str(file.locate()))
            return path if path.is_file() else None
    return None


def use_bundled_fonts() -> tuple[str, ...]:
    """Make matplotlib know the bundled fonts alone; return the families to set text in."""
    import matplotlib as mpl
    from matplotlib import font_manager

    manager = font_manager.fontManager
    bundled = Path(mpl.get_data_path(), "fonts", "ttf")
    manager.ttflist.clear()
    for path in sorted(bundled.glob("*.ttf")):
        manager.addfont(path)
    han = han_font()
    if han is None:
        return (FALLBACK_FAMILY,)
    manager.addfont(han)
    return (HAN_FAMILY, FALLBACK_FAMILY)
