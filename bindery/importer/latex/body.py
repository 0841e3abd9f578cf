"""The body of a LaTeX document as Markdown: sections, environments, lists, tables, listings."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindery.importer.latex.inline import Inline
from bindery.importer.latex.notes import Notes, identifier
from bindery.importer.latex.scan import (
    VERBATIM,
    Group,
    environment_end,
    group,
    option,
    split_top,
)
from bindery.importer.latex.tables import Tables
from bindery.importer.traced import NOTHING, Traced, joined

LEVELS = {
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
    "subparagraph": 6,
}
_QUESTION_LEVEL = 6
_BEGIN = re.compile(r"\\begin[ \t]*\{(?P<name>[^{}\n]*)\}")
_HEADING = re.compile(rf"\\(?P<name>{'|'.join(LEVELS)})\*?(?![A-Za-z])")
_BLOCK = re.compile(
    rf"{_BEGIN.pattern}|\\(?P<head>{'|'.join(LEVELS)})\*?(?![A-Za-z])"
    r"|\\(?P<ask>question|problem|exercise)(?:\[[^\]]*\])?(?![A-Za-z*])"
    r"|\\(?P<end>end)[ \t]*\{[^{}\n]*\}"
    r"|\\(?P<cap>caption)\*?(?![A-Za-z])|(?P<define>\\(?:re)?newcommand|\\DeclareMathOperator|\\def)\b"
)
_MATHS = frozenset(
    """equation align gather multline eqnarray displaymath math alignat flalign dmath
    IEEEeqnarray""".split()
)
_UNWRAPPED_MATHS = frozenset("equation displaymath math dmath".split())
_LISTS = frozenset(
    "itemize enumerate description questions parts compactitem compactenum tasks".split()
)
_QUESTIONS = frozenset("question exercise problem exercisebox questionbox".split())
_ANSWERS = frozenset("answer solution solutionbox answerbox sol ans".split())
_TABLES = frozenset("tabular tabular* tabularx tabulary longtable array".split())
_QUOTES = frozenset("quote quotation verse".split())
_BOXES = {
    "theorem": "定理",
    "lemma": "引理",
    "corollary": "推论",
    "proposition": "命题",
    "definition": "定义",
    "proof": "证明",
    "remark": "注",
    "note": "注",
    "claim": "断言",
    "assumption": "假设",
    "example": "例",
    "property": "性质",
    "axiom": "公理",
}
_DRAWINGS = ("tikzpicture", "pgfpicture", "pspicture", "picture", "algorithm", "algorithmic")
_ITEM = re.compile(r"\\item(?![A-Za-z])")
_PART = re.compile(r"\\part(?![A-Za-z])")
_LANGUAGE = re.compile(r"language\s*=\s*(?:\[[^\]]*\]\s*)?\{?([A-Za-z+#]+)")
_LABEL = re.compile(r"\s*\\label[ \t]*\{(?P<name>[^{}]*)\}")


class Body:
    """Writes blocks; running text is left to ``Inline``."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._inline = Inline(notes)
        self._tables = Tables(notes, self._inline)

    def written(self, text: Traced) -> Traced:
        """Return a stretch of a document as Markdown, its headings at their own levels."""
        out: list[Traced | str] = []
        position = 0
        while (match := _BLOCK.search(text.text, position)) is not None:
            if _is_in_formula(text.text, position, match.start()):
                end = _formula_end(text.text, position, match.start())
                out.append(self._inline.written(text[position:end]))
                position = end
                continue
            out.append(self._inline.written(text[position : match.start()]))
            new, position = self._block(text, match)
            out.append(new)
        out.append(self._inline.written(text[position:]))
        return joined(out)

    def _block(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        if match["head"]:
            return self._heading(text, match.start(), match.end(), LEVELS[match["head"]])
        if match["ask"]:
            return self._asked(text, match)
        if match["cap"]:
            inner = self._argument(text, match.end())
            if inner is None:
                return self._left_out(text, match)
            gone = text[match.start() : inner.start] + text[inner.stop : inner.end]
            self._notes.syntax(r"\caption as text", gone)
            words = self._inline.written(text[inner.start : inner.stop], begins=False)
            return joined(["\n\n", words, "\n\n"]), inner.end
        if match["define"]:
            return self._definition(text, match)
        if match["end"]:
            return self._left_out(text, match)
        return self._environment(text, match)

    def _left_out(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        self._notes.syntax("commands without a partner left out", text[match.start() : match.end()])
        return NOTHING, match.end()

    def _definition(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        end = match.end()
        line_end = text.text.find("\n", end)
        while argument := group(text.text, end) or option(text.text, end):
            end = argument.end
        end = max(end, line_end if line_end >= 0 else len(text)) if end == match.end() else end
        self._notes.telling.drop("macro", "the definition of a macro", text[match.start() : end])
        return NOTHING, end

    def _argument(self, text: Traced, at: int) -> Group | None:
        while extra := option(text.text, at):
            at = extra.end
        return group(text.text, at)

    # ------------------------------------------------------------------ headings

    def _heading(self, text: Traced, start: int, at: int, level: int) -> tuple[Traced, int]:
        title = self._argument(text, at)
        if title is None:
            self._notes.syntax("commands without a partner left out", text[start:at])
            return NOTHING, at
        gone = text[start : title.start] + text[title.stop : title.end]
        self._notes.syntax("\\section and its like as headings", gone)
        words, name = self._inline.unlabelled(text[title.start : title.stop])
        end = title.end
        label = _LABEL.match(text.text, end)
        if label:
            now = "" if name else identifier(label["name"])
            name = name or now
            self._notes.syntax(r"\label as {#id}", text[label.start() : label.end()], now)
            end = label.end()
        return self._titled(words, level, name), end

    def _titled(self, words: Traced, level: int, name: str = "") -> Traced:
        line = self._inline.written(words, begins=False)
        flat = line.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
        mark = f" {{#{name}}}" if name else ""
        return joined(["\n\n", "#" * level, " ", flat, mark, "\n\n"]) if flat else NOTHING

    def _asked(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        r"""Write ``\question …``: its first paragraph asks."""
        inner = group(text.text, match.end())
        if inner is not None and match.end() == text.text.find("{", match.end()):
            gone = text[match.start() : inner.start] + text[inner.stop : inner.end]
            self._notes.syntax("\\question as a heading", gone)
            return self._question(text[inner.start : inner.stop]), inner.end
        end = _paragraph_end(text.text, match.end())
        self._notes.syntax("\\question as a heading", text[match.start() : match.end()])
        return self._question(text[match.end() : end]), end

    def _question(self, inner: Traced) -> Traced:
        """Return a question: its first paragraph is the heading, the rest stands below."""
        core = inner.strip()
        end = _paragraph_end(core.text, 0)
        return self._titled(core[:end], _QUESTION_LEVEL) + self.written(core[end:])

    # ------------------------------------------------------------------ environments

    def _environment(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        name = match["name"]
        stop, end = environment_end(text.text, name, match.end())
        if stop < 0:
            return self._left_out(text, match)
        start = match.end()
        inner = text[start:stop]
        marks = text[match.start() : start] + text[stop:end]
        base = name.rstrip("*")
        if base in VERBATIM:
            return self._listing(base, inner, marks), end
        if base in _MATHS:
            return self._maths(base, text[match.start() : end], inner, marks), end
        if base.startswith(_DRAWINGS):
            self._notes.telling.make("drawing", "latex", marks.start)
            self._notes.telling.doubt(
                "drawing", marks.start, f"{name} is kept as code", "draw it as a worked demo"
            )
            return joined(["\n\n```latex\n", text[match.start() : end], "\n```\n\n"]), end
        handlers: dict[str, Callable[[str, Traced], Traced]] = {
            **dict.fromkeys(_LISTS, self._list),
            **dict.fromkeys(_TABLES, self._tables.written),
            **dict.fromkeys(_QUESTIONS, lambda _, each: self._question(each)),
            **dict.fromkeys(_ANSWERS, lambda _, each: self.written(each)),
            **dict.fromkeys(_QUOTES, self._quote),
            **dict.fromkeys(_BOXES, self._box),
            "figure": self._float,
            "table": self._float,
            "wrapfigure": self._float,
        }
        self._notes.syntax(f"\\begin{{{name}}} and its end", marks)
        handler = handlers.get(name) or handlers.get(base)
        if handler is not None:
            return joined(["\n\n", handler(base, inner), "\n\n"]), end
        lead = self._options(inner)
        return joined(["\n\n", self.written(inner[lead:]), "\n\n"]), end

    def _options(self, inner: Traced) -> int:
        """Leave out the optional arguments that an environment begins with."""
        lead = 0
        while extra := option(inner.text, lead):
            lead = extra.end
        self._notes.syntax("options of environments left out", inner[:lead])
        return lead

    def _listing(self, base: str, inner: Traced, marks: Traced) -> Traced:
        options = ""
        lead = 0
        if base != "verbatim":
            while extra := option(inner.text, lead) or (
                group(inner.text, lead)
                if base == "minted" and inner.text[lead : lead + 1] == "{"
                else None
            ):
                options += inner.text[lead : extra.end]
                lead = extra.end
        found = _LANGUAGE.search(options) or re.search(r"\{([A-Za-z+#]+)\}", options)
        language = found[1].lower() if found else ""
        self._notes.syntax("listings as fences", marks + inner[:lead], language)
        code = inner[lead:]
        first = len(code.text) - len(code.text.lstrip("\n"))
        longest = max((len(m) for m in re.findall("`{3,}", code.text)), default=2)
        fence = "`" * (longest + 1)
        body = code[first : len(code.text.rstrip())] if code.text.strip() else NOTHING
        return joined(["\n\n", fence, language, "\n", body, "\n", fence, "\n\n"])

    def _maths(self, base: str, whole: Traced, inner: Traced, marks: Traced) -> Traced:
        if base in _UNWRAPPED_MATHS:
            self._notes.syntax("formulas between $ and $$", marks)
            tex, name = self._inline.unlabelled(inner)
        else:
            tex, name = self._inline.unlabelled(whole)
        return self._inline.display(tex, name)

    def _list(self, base: str, inner: Traced) -> Traced:
        lead = self._options(inner)
        inner = inner[lead:]
        marks = list(split_top(inner.text, _PART if base == "parts" else _ITEM))
        if not marks:
            return self.written(inner)
        before = self.written(inner[: marks[0][0]])
        ends = [start for start, _ in marks[1:]] + [len(inner)]
        items: list[Traced] = []
        for number, ((start, after), end) in enumerate(zip(marks, ends, strict=True), 1):
            items.append(self._item(base, number, inner[start:end], after - start))
        return joined([before, joined(items, "\n\n")], "\n\n")

    def _item(self, base: str, number: int, item: Traced, after: int) -> Traced:
        """Write an item; ``after`` is where its command ends."""
        label = option(item.text, after)
        words, gone = NOTHING, item[:after]
        if label:
            words = self._inline.written(item[label.start : label.stop], begins=False).strip()
            gone = item[: label.start] + item[label.stop : label.end]
            after = label.end
        is_ordered = base in ("enumerate", "compactenum", "questions", "parts", "tasks")
        mark = f"{number}. " if is_ordered and not words else "- "
        self._notes.syntax("\\item as an item", gone, mark.strip("-. "))
        body = _tight(self.written(item[after:]))
        if words:
            body = joined(["**", words, "** ", body])
        margin = " " * len(mark)
        lines = [
            line if not row or not line.text.strip() else margin + line
            for row, line in enumerate(body.lines())
        ]
        return mark + joined(lines, "\n")

    def _quote(self, base: str, inner: Traced) -> Traced:
        del base
        lines = _tight(self.written(inner)).lines()
        return joined([joined(["> ", line]) for line in lines], "\n")

    def _box(self, base: str, inner: Traced) -> Traced:
        title = option(inner.text, 0)
        words: list[Traced | str] = []
        if title:
            said = self._inline.written(inner[title.start : title.stop], begins=False).strip()
            gone = inner[: title.start] + inner[title.stop : title.end]
            self._notes.syntax("options of environments left out", gone)
            words = ["（", said, "）"]
        kind = "example" if base == "example" else "note"
        label = _BOXES[base]
        self._notes.telling.make("box", kind + label, inner.start)
        body = _tight(self.written(inner[title.end if title else 0 :]))
        return joined([f"::: {kind} {label}", *words, "\n", body, "\n:::"])

    # ------------------------------------------------------------------ floats and tables

    def _float(self, base: str, inner: Traced) -> Traced:
        """Write a figure or table with its caption and label."""
        del base
        inner = inner[self._options(inner) :]
        label = _LABEL.search(inner.text)
        name = ""
        if label:
            name = identifier(label["name"])
            self._notes.syntax(r"\label as {#id}", inner[label.start() : label.end()], name)
            inner = inner[: label.start()] + inner[label.end() :]
        found = re.search(r"\\caption\*?(?![A-Za-z])", inner.text)
        caption = NOTHING
        if found and (words := self._argument(inner, found.end())):
            gone = inner[found.start() : words.start] + inner[words.stop : words.end]
            self._notes.syntax(r"\caption as a caption", gone)
            caption = self._inline.written(inner[words.start : words.stop], begins=False)
            caption = caption.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
            inner = inner[: found.start()] + inner[words.end :]
        body = _tight(self.written(inner))
        mark = f" {{#{name}}}" if name else ""
        if body.text.startswith("|"):
            return joined([body, "\n: ", caption, mark]) if caption else body
        picture = re.fullmatch(r"!\[\](\([^()]*\))(?:\{(width=[^{}]*)\})?", body.text)
        if picture:
            said = " ".join(part for part in (f"#{name}" if name else "", picture[2] or "") if part)
            at = picture.start(1)
            attributes = f"{{{said}}}" if said else ""
            return joined(["![", caption, "]", body[at : picture.end(1)], attributes])
        return joined([body, "\n\n", caption]) if caption else body


def _tight(body: Traced) -> Traced:
    """Return blocks without the empty lines around them, and with one between them."""
    return body.sub(re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+"), lambda _: "\n\n").strip("\n").strip()


def _paragraph_end(text: str, start: int) -> int:
    match = re.compile(
        r"\S[ \t]*(\n[ \t]*\n|\s*\\(?:begin|end)\b|\s*\\(?:question|part|item)(?![A-Za-z]))"
    ).search(text, start)
    return match.start(1) if match else len(text)


def _is_in_formula(text: str, start: int, at: int) -> bool:
    return _formula_end(text, start, at) > 0


def _formula_end(text: str, start: int, at: int) -> int:
    r"""Return where a formula that holds ``at`` ends; 0 when none does."""
    for match in re.finditer(
        r"\\\\|\\\$|\$\$.*?\$\$|\$[^$]*\$|\\\[.*?\\\]|\\\(.*?\\\)", text[start:], re.DOTALL
    ):
        if start + match.start() > at:
            return 0
        if start + match.start() < at < start + match.end() and match[0][:2] not in ("\\\\", "\\$"):
            return start + match.end()
    return 0
