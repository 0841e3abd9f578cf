"""The look of every figure: for a phone column of 340 px and for a B5 page, also in grey.

A figure is drawn at the phone's size (340 CSS pixels = 3.54 inches); the handbook sets the
same picture up to 110 mm wide, a quarter larger. Demos import what they need from here::

    from bindery.demos.style import BLUE, MUTED, new_figure
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bindery.demos.fonts import MONO_FAMILY, use_bundled_fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 340 / 96
TEXT = 8.0
SMALL = 7.0

INK = "#1a1a1a"
MUTED = "#6b6b6b"
FAINT = "#d0d0d0"
PAPER = "#ffffff"

NAVY = "#0b3c6f"
BLUE = "#0072b2"
RED = "#c8500a"
GREEN = "#009e73"
ORANGE = "#e69f00"
SKY = "#7cc4ee"
PURPLE = "#a0528c"

# Neighbours differ in lightness, so that they stay apart in grey and to the colour-blind;
# line styles and markers carry the difference a third time.
COLOURS = (NAVY, RED, SKY, GREEN, ORANGE, PURPLE)
LINES = ("-", "--", "-", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----")
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"


def apply() -> None:
    """Set matplotlib's defaults; whatever the user's own ``matplotlibrc`` says is dropped."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcdefaults()
    families = use_bundled_fonts()
    cycle = cycler(color=COLOURS) + cycler(linestyle=LINES)
    mpl.rcParams.update(
        {
            "font.family": list(families),
            "font.monospace": [MONO_FAMILY],
            "font.size": TEXT,
            "mathtext.fontset": "cm",
            "axes.formatter.use_mathtext": True,
            "axes.titlesize": TEXT + 0.5,
            "axes.titleweight": "normal",
            "axes.titlelocation": "left",
            "axes.titlepad": 5.0,
            "axes.labelsize": TEXT,
            "axes.labelpad": 2.5,
            "axes.labelcolor": INK,
            "axes.edgecolor": MUTED,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycle,
            "axes.xmargin": 0.02,
            "text.color": INK,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "xtick.labelsize": SMALL,
            "ytick.labelsize": SMALL,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.minor.size": 1.5,
            "ytick.minor.size": 1.5,
            "grid.color": FAINT,
            "grid.linewidth": 0.5,
            "lines.linewidth": 1.5,
            "lines.markersize": 4.0,
            "patch.linewidth": 0.6,
            "hatch.linewidth": 0.6,
            "legend.frameon": False,
            "legend.fontsize": SMALL,
            "image.cmap": SEQUENTIAL,
            "figure.figsize": (WIDTH, 2.3),
            "figure.dpi": 96,
            "figure.facecolor": PAPER,
            "savefig.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.h_pad": 0.03,
            "figure.constrained_layout.w_pad": 0.03,
            "svg.fonttype": "path",
            "svg.hashsalt": "bindery",
        }
    )


def new_figure(
    height: float = 2.3, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure of the phone's width with its axes.

    Args:
        height: in inches; the width is 3.54 inches.
        rows: of axes.
        columns: of axes; two are the most that a phone shows legibly.
        options: what ``Figure.subplots`` takes besides (``sharex``, ``height_ratios`` …).

    Returns:
        The figure, and one axes or an array of them, as ``Figure.subplots`` gives.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    return figure, figure.subplots(rows, columns, **options)


def label(
    axes: Axes, text: str, at: tuple[float, float], *, colour: str = INK, **options: Any
) -> None:
    """Write a label straight into the picture, on white that keeps it readable over lines.

    Args:
        axes: where to write.
        text: what to write; ``$…$`` is maths.
        at: the place in data coordinates (or what ``transform`` says).
        colour: of the text; a colour of ``COLOURS`` ties it to its line.
        options: what ``Axes.text`` takes besides (``ha``, ``va``, ``fontsize`` …).
    """
    ground = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
    axes.text(*at, text, color=colour, bbox=ground, **options)
