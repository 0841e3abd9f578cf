"""Bindery: notes in Markdown and LaTeX become an Anki deck, a typeset handbook and computed figures."""

__version__ = "0.1.0"
