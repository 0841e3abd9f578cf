"""What is out of balance in a formula: braces, environments, growing delimiters."""

from __future__ import annotations

from collections.abc import Sequence

from bindery.maths.errors import MathError
from bindery.maths.tokens import Token, group_end, skip_space

_ARRAY_HINT = "& separates columns: put the formula into aligned, cases, matrix or the like"
_CELLS_KEEP = frozenset({"\\substack", "\\ce", "\\pu"})


def imbalance(tokens: Sequence[Token]) -> MathError | None:
    """Return the first thing that is opened and not closed, or closed and not opened."""
    stack: list[tuple[str, Token]] = []
    for index, token in enumerate(tokens):
        match token.text:
            case "{":
                stack.append(("{", token))
            case "}":
                fault = _close(stack, "{", token)
                if fault:
                    return fault
                stack.pop()
            case "\\left":
                stack.append(("\\left", token))
            case "\\right":
                fault = _close(stack, "\\left", token)
                if fault:
                    return fault
                stack.pop()
            case "\\begin":
                stack.append((_name(tokens, index), token))
            case "\\end":
                fault = _close_environment(stack, _name(tokens, index), token)
                if fault:
                    return fault
                stack.pop()
    if stack:
        kind, token = stack[-1]
        return MathError(f"{_opening(kind)} is never closed", token.at, _way_out(kind))
    return None


def stray_ampersand(tokens: Sequence[Token]) -> MathError | None:
    """Return the first ``&`` outside an environment."""
    depth = 0
    index = 0
    while index < len(tokens):
        text = tokens[index].text
        depth += (text == "\\begin") - (text == "\\end")
        if text == "&" and depth <= 0:
            return MathError("& outside an environment", tokens[index].at, _ARRAY_HINT)
        if text in _CELLS_KEEP or text in ("\\matrix", "\\pmatrix", "\\cases", "\\eqalign"):
            start = skip_space(tokens, index + 1)
            end = group_end(tokens, start) if start < len(tokens) else None
            index = end if end is not None else index + 1
            continue
        index += 1
    return None


def _close(stack: list[tuple[str, Token]], kind: str, token: Token) -> MathError | None:
    if not stack:
        return MathError(f"{token.text} closes nothing", token.at, "remove it, or open it before")
    found, opened = stack[-1]
    if found == kind:
        return None
    if any(k == kind for k, _ in stack):
        return MathError(
            f"{_opening(found)} is not closed before {token.text}", opened.at, _way_out(found)
        )
    return MathError(f"{token.text} closes nothing", token.at, "remove it, or open it before")


def _close_environment(stack: list[tuple[str, Token]], name: str, token: Token) -> MathError | None:
    if stack and stack[-1][0] == name:
        return None
    if not stack:
        return MathError(
            f"\\end{{{name}}} without \\begin{{{name}}}",
            token.at,
            f"remove it, or open the environment with \\begin{{{name}}}",
        )
    kind, opened = stack[-1]
    if kind in ("{", "\\left"):
        return MathError(
            f"{_opening(kind)} is not closed before \\end{{{name}}}", opened.at, _way_out(kind)
        )
    return MathError(
        f"\\begin{{{kind}}} is closed by \\end{{{name}}}", token.at, f"write \\end{{{kind}}}"
    )


def _name(tokens: Sequence[Token], index: int) -> str:
    start = skip_space(tokens, index + 1)
    if start >= len(tokens) or tokens[start].text != "{":
        return ""
    end = group_end(tokens, start)
    return "" if end is None else "".join(t.text for t in tokens[start + 1 : end - 1])


def _opening(kind: str) -> str:
    return kind if kind in ("{", "\\left") else f"\\begin{{{kind}}}"


def _way_out(kind: str) -> str:
    if kind == "{":
        return "add }, or write \\{ for a visible brace"
    if kind == "\\left":
        return "add \\right with a delimiter (\\right. for none)"
    return f"add \\end{{{kind}}}"
