"""Learners with the real Anki, and phones with a real browser."""
