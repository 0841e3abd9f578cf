r"""Text inside formulas, in the form that MathJax reads without its textmacros package.

Anki switches textmacros off: there ``\text{a\_b}`` shows the backslash, inner braces show,
and ``\text{\textbf{a}}`` shows its own source. What MathJax can't read inside text is moved out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bindery.maths.tokens import Token, group_end, is_word, optional_end

_CHARACTERS = {
    "\\%": "%",
    "\\#": "#",
    "\\&": "&",
    "\\_": "_",
    "\\ ": " ",
    "~": "\u00a0",
    "{": "",
    "}": "",
}
Expand = Callable[[Sequence[Token]], list[Token]]


def as_text(
    command: Token, inner: Sequence[Token], expand: Expand, macros: Collection[str]
) -> list[Token]:
    """Return a text command with its argument (braces excluded) in readable form.

    ``expand`` expands maths; ``macros`` are the names that count as commands inside the text.
    """
    parts: list[list[Token]] = [[]]
    moved: list[list[Token]] = []
    index = 0
    while index < len(inner):
        token = inner[index]
        if token.text in ("$", "\\("):
            end = _formula_end(inner, index)
            body = expand(inner[index + 1 : end - 1])
            parts[-1] += [token, *body, inner[end - 1]] if end > index + 1 else [token]
            index = end
            continue
        if token.text in _CHARACTERS and token.text not in macros:
            written = _CHARACTERS[token.text]
            parts[-1] += [token._replace(text=written)] if written else []
            index += 1
            continue
        if _is_command(token):
            end = _command_end(inner, index)
            moved.append(expand(inner[index:end]))
            parts.append([])
            index = end
            continue
        if token.text == ":" and parts[-1] and parts[-1][-1].text == ":":
            moved.append([])
            parts.append([])
        parts[-1].append(token)
        index += 1
    return _assemble(command, parts, moved)


def _assemble(command: Token, parts: list[list[Token]], moved: list[list[Token]]) -> list[Token]:
    at = command.at
    opening, closing = Token("{", at), Token("}", at)
    if not moved:
        return [command, opening, *parts[0], closing]
    framed = command.text == "\\fbox"
    font = command._replace(text="\\text") if framed else command
    out = [Token("\\boxed", at), opening] if framed else [opening]
    for index, part in enumerate(parts):
        if part:
            out += [font, opening, *part, closing]
        if index < len(moved):
            out += moved[index]
    return [*out, closing]


def _is_command(token: Token) -> bool:
    return is_word(token) or token.text in ("\\{", "\\}", "\\,", "\\;", "\\:", "\\!", "\\>")


def _command_end(tokens: Sequence[Token], index: int) -> int:
    end = index + 1
    if not is_word(tokens[index]):
        return end
    while end < len(tokens):
        following = group_end(tokens, end) if tokens[end].text == "{" else optional_end(tokens, end)
        if following is None:
            break
        end = following
    if end == index + 1 and end < len(tokens) and tokens[end].text.isspace():
        return end + 1  # TeX swallows the space after a control word
    return end


def _formula_end(tokens: Sequence[Token], index: int) -> int:
    closing = "\\)" if tokens[index].text == "\\(" else "$"
    for i in range(index + 1, len(tokens)):
        if tokens[i].text == closing:
            return i + 1
    return index + 1
