"""What can be seen to be wrong in a card's HTML before any browser shows it."""

from __future__ import annotations

import re

_TEMPLATE_FAULT = re.compile(
    r"docs\.ankiweb\.net/templates/errors|(?:Front|Back) template has a problem|field .* not found",
    re.IGNORECASE,
)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)
_FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.DOTALL)
_CLOZE_SPAN = re.compile(r"</?span(?: class=\"cloze[^>]*)?>")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%")
_LEAKS = re.compile(
    r"\\(?:(?:re)?newcommand|def|gdef|let|DeclareMathOperator|require|newenvironment)\b"
)
_LATEX_IMAGE = re.compile(r"class=\"?latex|\[latex\]|\[\$\$?\]")


def faults_in(html: str) -> tuple[str, ...]:
    """Return what is wrong with one side of a card, as ``kind: detail``."""
    body = _STYLE.sub("", html)
    found = []
    if _TEMPLATE_FAULT.search(body):
        found.append(f"template-error: {' '.join(_TAG.sub(' ', body).split())[-200:]}")
    prose = _CODE.sub("", body)
    if _LATEX_IMAGE.search(prose):
        found.append("latex-image: a picture that only a desktop with LaTeX could make")
    for formula in _FORMULA.finditer(prose):
        found += _faults_in_formula(formula[1] if formula[1] is not None else formula[2])
    return tuple(found)


def _faults_in_formula(tex: str) -> list[str]:
    found = []
    if tag := _TAG.search(_CLOZE_SPAN.sub("", tex)):
        found.append(f"tag-in-maths: {tag[0]} in {tex[:100]}")
    if _COMMENT.search(tex):
        found.append(f"comment-in-maths: the rest of the line vanishes after % in {tex[:100]}")
    if leak := _LEAKS.search(tex):
        found.append(f"leaking-macro: {leak[0]} stays for later cards in {tex[:100]}")
    return found
