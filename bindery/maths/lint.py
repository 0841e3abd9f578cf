"""Faults of a formula that can be seen without MathJax, or that MathJax lets pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindery.maths.definitions import DEFINITIONS
from bindery.maths.errors import MathError
from bindery.maths.structure import imbalance, stray_ampersand
from bindery.maths.tags import inline_tag
from bindery.maths.tokens import Token, group_end, skip_space, text_groups, tokenise

# Those that are not expanded: whoever sees the card would keep them for the cards that follow.
_LEAKS = frozenset(
    "\\" + name
    for name in (
        "gdef edef xdef let newenvironment renewenvironment require DeclarePairedDelimiter "
        "DeclarePairedDelimiters DeclarePairedDelimiterX DeclarePairedDelimiterXPP "
        "DeclareRobustCommand newtagform mathtoolsset"
    ).split()
)
_UNKNOWN = {
    "\\SI": r"write 3\,\mathrm{m}",
    "\\si": r"write \mathrm{m}",
    "\\num": r"write the number itself; {,} keeps a comma from spacing",
    "\\unit": r"write \mathrm{m}",
    "\\multirow": "set the table outside the formula, as a Markdown table",
    "\\multicolumn": "set the table outside the formula, as a Markdown table",
    "\\includegraphics": "put the image outside the formula: ![caption](file)",
    "\\footnote": "put the footnote outside the formula: [^label]",
    "\\cite": "put the citation outside the formula",
    "\\ref": "write a cross-reference outside the formula: [text](#id)",
    "\\eqref": "write a cross-reference outside the formula: [text](#id)",
    "\\label": "give the equation an id outside the formula: {#eq-name}",
    "\\intertext": r"end the environment, or write \text{…} in a line of its own",
    "\\textsc": r"use \text{…}",
    "\\verb": r"use \texttt{…}",
    "\\par": r"begin a new formula, or use aligned with \\",
    "\\part": r"did you mean \partial?",
    "\\class": "it has no effect in print",
    "\\style": r"use \color or \textcolor",
    "\\cssId": "it has no effect in print",
}
_UNKNOWN_ENVIRONMENTS = {
    "tabular": "use array, or a Markdown table outside the formula",
    "table": "use a Markdown table outside the formula",
    "figure": "put the image outside the formula: ![caption](file)",
    "algorithm": "use a fenced code block",
    "algorithmic": "use a fenced code block",
    "itemize": "use a Markdown list outside the formula",
    "enumerate": "use a Markdown list outside the formula",
    "document": "only the formula itself belongs here",
}
_DRAWINGS = ("tikz", "pgf", "pspicture", "picture")
_SKIP_ARGUMENT = frozenset({"\\href", "\\url", "\\color", "\\textcolor", "\\begin", "\\end"})


def lint(tex: str, display: bool = True) -> tuple[MathError, ...]:
    """Return what is wrong with a formula, in order of offset; () when nothing is."""
    tokens = tokenise(tex)
    if not tex.strip():
        return (MathError("the formula is empty", 0, "write \\$ for a dollar sign"),)
    in_text = _marked(text_groups(tokens), len(tokens))
    found = [*_single_tokens(tokens, in_text)]
    fault = None if display else inline_tag(tokens)
    if fault:
        found.append(fault)
    fault = imbalance(tokens) or stray_ampersand(_without(tokens, in_text))
    if fault:
        found.append(fault)
    return tuple(sorted(dict.fromkeys(found), key=lambda error: error.offset or 0))


def _single_tokens(tokens: Sequence[Token], in_text: Sequence[bool]) -> Iterator[MathError]:
    skipped_to = 0
    for index, token in enumerate(tokens):
        if index < skipped_to:
            continue
        text, at = token
        if text in _SKIP_ARGUMENT:
            skipped_to = _after_argument(tokens, index)
        if text == "\\begin":
            yield from _environment(tokens, index)
        elif text == "%" and not in_text[index]:
            yield MathError("% hides the rest of the line", at, "write \\%")
        elif text == "$" and not in_text[index]:
            yield MathError("$ inside a formula", at, "write \\$, or end the formula before it")
        elif text == "#" and not in_text[index]:
            yield MathError("# stands only in a macro's definition", at, "write \\#")
        elif text in DEFINITIONS:
            skipped_to = _after_definition(tokens, index)
        elif text in _LEAKS:
            skipped_to = _after_definition(tokens, index)
            yield MathError(
                f"{text} inside a formula would reach every later card",
                at,
                "put the macro under [macros] in book.toml",
            )
        elif text.startswith("\\verb"):
            yield MathError("\\verb can't stand in a formula here", at, _UNKNOWN["\\verb"])
        elif text in _UNKNOWN:
            yield MathError(f"{text} is not known on cards", at, _UNKNOWN[text])
        elif text == "\\":
            yield MathError("a lone backslash at the end", at, "remove it")


def _environment(tokens: Sequence[Token], index: int) -> Iterator[MathError]:
    end = _after_argument(tokens, index)
    name = "".join(t.text for t in tokens[index + 1 : end]).strip(" {}")
    hint = _UNKNOWN_ENVIRONMENTS.get(name.rstrip("*"))
    if name.startswith(_DRAWINGS):
        hint = "draw it as a worked demo, or put an image outside the formula"
    if hint:
        yield MathError(f"environment {name} is not known on cards", tokens[index].at, hint)


def _after_argument(tokens: Sequence[Token], index: int) -> int:
    start = skip_space(tokens, index + 1)
    if start < len(tokens) and tokens[start].text == "{":
        return group_end(tokens, start) or index + 1
    return index + 1


def _after_definition(tokens: Sequence[Token], index: int) -> int:
    """Skip what a definition defines: the # in it is no fault."""
    end = index + 1
    while end < len(tokens) and tokens[end].text != "{":
        end += 1
    first = group_end(tokens, end) if end < len(tokens) else None
    if first is None:
        return index + 1
    while first < len(tokens) and tokens[first].text in "[]#123456789 ":
        first += 1
    if first < len(tokens) and tokens[first].text == "{":
        return group_end(tokens, first) or first
    return first


def _marked(ranges: Sequence[tuple[int, int]], length: int) -> list[bool]:
    marks = [False] * length
    for start, end in ranges:
        marks[start:end] = [True] * (end - start)
    return marks


def _without(tokens: Sequence[Token], marks: Sequence[bool]) -> list[Token]:
    return [token for token, mark in zip(tokens, marks, strict=True) if not mark]
