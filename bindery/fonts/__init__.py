"""The book's own fonts: installed from Python packages, closed to those of the machine."""

from bindery.fonts.coverage import missing_characters
from bindery.fonts.faces import FACES, Face
from bindery.fonts.install import FontSet, install

__all__ = ["FACES", "Face", "FontSet", "install", "missing_characters"]
