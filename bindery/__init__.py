"""Bindery: notes in Markdown and LaTeX become an Anki deck, a handbook and figures."""

__version__ = "0.1.0"
