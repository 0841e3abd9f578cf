"""Running text of LaTeX as Markdown: emphasis, formulas, links, notes, signs."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindery.importer.latex.notes import Notes, identifier
from bindery.importer.latex.scan import Group, group, option
from bindery.importer.plain import literal
from bindery.importer.traced import NOTHING, Traced, joined

_NEXT = re.compile(
    r"\\(?P<word>[A-Za-z]+\*?)|\\(?P<sign>[^A-Za-z])|(?P<dollar>\$\$?)|(?P<brace>[{}])|(?P<tilde>~)"
    r"|(?P<quote>``|''|`)|(?P<dash>---?)|\\$"
)
_WRAPPED = {
    "textbf": "**",
    "textit": "*",
    "emph": "*",
    "textsl": "*",
    "bm": "**",
    "strong": "**",
    "alert": "**",
}
_CODE = ("texttt", "code", "lstinline", "mintinline")
_PLAIN = frozenset(
    """text textrm textsf textnormal textup textmd textsc mbox hbox fbox makebox underline uline
    textcolor color colorbox heiti songti kaishu zihao bfseries itshape ttfamily rmfamily sffamily
    title author date uppercase MakeUppercase ensuremath operatorname centerline enquote""".split()
)
_FIRST_DROPPED = frozenset("textcolor color colorbox zihao fontsize".split())
_SILENT = frozenset(
    """noindent centering newpage clearpage cleardoublepage maketitle tableofcontents listoffigures
    listoftables bigskip medskip smallskip hfill vfill newline linebreak pagebreak par indent
    small footnotesize scriptsize tiny normalsize large Large LARGE huge Huge bfseries itshape
    ttfamily rmfamily sffamily raggedright raggedleft appendix frontmatter mainmatter backmatter
    displaystyle textstyle hline toprule midrule bottomrule nonumber notag qed qedhere sloppy heiti
    songti kaishu protect null relax phantomsection onehalfspacing doublespacing printanswers
    columnbreak onecolumn twocolumn xspace leavevmode selectfont""".split()
)
_SILENT_WITH_ARGUMENT = frozenset(
    """vspace hspace vspace* hspace* setlength addtolength pagestyle thispagestyle bibliographystyle
    bibliography addcontentsline setcounter addtocounter stepcounter pagenumbering usepackage
    documentclass input include hypersetup newtheorem geometry graphicspath fontsize index
    captionsetup lstset usetikzlibrary setmainfont setCJKmainfont renewcommand""".split()
)
_SIGNS = {
    "ldots": "…",
    "dots": "…",
    "textellipsis": "…",
    "textbackslash": "\\\\",
    "textasciitilde": "\\~",
    "textasciicircum": "^",
    "textbar": "\\|",
    "textless": "\\<",
    "textgreater": "\\>",
    "textunderscore": "\\_",
    "quad": " ",
    "qquad": " ",
    "enspace": " ",
    "copyright": "©",
    "degree": "°",
    "S": "§",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "textquotedblleft": "“",
    "textquotedblright": "”",
    "rightarrow": "→",
    "Rightarrow": "⇒",
    "leftarrow": "←",
    "times": "×",
    "cdot": "·",
    "checkmark": "✓",
}
_KEPT_SIGNS = "_#${}"
_QUOTES = {"``": "“", "''": "”", "`": "‘"}
_DASHES = {"---": "—", "--": "–"}
_CITE = frozenset(
    "cite citep citet citealp citeauthor parencite textcite autocite footcite".split()
)
_REF = frozenset("ref eqref autoref cref Cref pageref nameref vref".split())
_KIND_BEFORE = re.compile(
    r"(?:公式|方程|式|图|表|定理|引理|例|算法|章|节"
    r"|Eqs?\.?|Equation|Figure|Fig\.|Table|Section|Sec\.|Theorem)[ \t~]*$"
)
_LABEL = re.compile(r"\\label[ \t]*\{(?P<name>[^{}]*)\}")
_VERB = re.compile(r"\\(?:verb|lstinline)\*?(?P<bar>[^A-Za-z\s*{\[])(?P<code>[^\n]*?)(?P=bar)")


class Inline:
    """Writes running text; what it meets on the way goes to ``notes``."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def written(self, text: Traced, *, begins: bool = True) -> Traced:
        """Return running text as Markdown."""
        out: list[Traced | str] = []
        position = 0

        def plain(end: int) -> None:
            if end > position:
                is_first = begins and not any(str(getattr(p, "text", p)).strip() for p in out)
                out.append(self._literal(text[position:end], is_first))

        while (match := _NEXT.search(text.text, position)) is not None:
            plain(match.start())
            new, position = self._one(text, match, out)
            out.append(new)
        plain(len(text))
        return joined(out)

    def _literal(self, text: Traced, begins: bool) -> Traced:
        """Return plain text with its own space kept: the signs of Markdown are only signs here."""
        lines = [
            self._line(line, begins or number > 0) for number, line in enumerate(text.split("\n"))
        ]
        return joined(lines, "\n")

    def _line(self, line: Traced, begins: bool) -> Traced:
        core = line.strip()
        if not core:
            return line
        first = line.text.find(core.text)
        lead = line[:first] if not begins else NOTHING
        return lead + literal(core, begins=begins) + line[first + len(core) :]

    def _one(
        self, text: Traced, match: re.Match[str], out: list[Traced | str]
    ) -> tuple[Traced, int]:
        """Write what stands at a match; return it and where to go on."""
        whole = text[match.start() : match.end()]
        if match["dollar"]:
            return self._formula(text, match)
        if match["word"]:
            return self._command(text, match, out)
        if match["sign"]:
            return self._sign(text, match)
        if match["brace"]:
            self._notes.syntax("braces left out", whole)
            return NOTHING, match.end()
        now = _QUOTES.get(whole.text) or _DASHES.get(whole.text) or " "
        self._notes.syntax(
            "TeX's quotation marks, dashes and spaces as characters", whole, now.strip()
        )
        return joined([now]), match.end()

    def _sign(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        sign = match["sign"]
        whole = text[match.start() : match.end()]
        if sign in "([":
            closing = {"(": r"\)", "[": r"\]"}[sign]
            end = text.text.find(closing, match.end())
            if end >= 0:
                return self.formula(text[match.start() : end + 2]), end + 2
        if sign in _KEPT_SIGNS:
            return whole, match.end()
        if sign == "\\":
            gap = option(text.text, match.end())
            end = gap.end if gap else match.end()
            self._notes.syntax("line ends as <br>", text[match.start() : end], "br")
            return joined(["<br>"]), end
        if sign in " ,;:!/@-\n":
            self._notes.syntax("TeX's spaces as spaces", whole)
            return joined([" " if sign in " ,;:\n" else ""]), match.end()
        self._notes.syntax("escaped signs as signs", whole[:1])
        return literal(whole[1:], begins=False), match.end()

    # ------------------------------------------------------------------ formulas

    def _formula(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        mark = match["dollar"]
        position = match.end()
        while (end := text.text.find(mark, position)) >= 0 and text.text[end - 1] == "\\":
            position = end + 1
        if end < 0:
            return joined(["\\" + text[match.start() : match.start() + 1]]), match.start() + 1
        return self.formula(text[match.start() : end + len(mark)]), end + len(mark)

    def formula(self, whole: Traced) -> Traced:
        """Return a formula with its delimiters; its labels become ids where it is displayed."""
        is_display = whole.text.startswith(("$$", r"\["))
        inner = whole[2:-2] if whole.text[0] == "\\" or is_display else whole[1:-1]
        tex, name = self.unlabelled(inner)
        if not is_display:
            flat = tex.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
            self._moved(whole)
            return joined(["$", flat, "$"]) if flat else NOTHING
        self._moved(whole)
        return self.display(tex, name)

    def display(self, tex: Traced, name: str) -> Traced:
        """Return a displayed formula as a block of its own."""
        flat = tex.sub(re.compile(r"\n\s*\n"), lambda _: "\n").strip()
        if not flat:
            return NOTHING
        return joined(["\n\n$$\n", flat, "\n$$", f" {{#{name}}}" if name else "", "\n\n"])

    def unlabelled(self, tex: Traced) -> tuple[Traced, str]:
        r"""Return TeX without its ``\label``, and the id that the first gives."""
        name = ""
        for match in _LABEL.finditer(tex.text):
            now = "" if name else identifier(match["name"])
            name = name or now
            self._notes.syntax(r"\label as {#id}", tex[match.start() : match.end()], now)
        return tex.sub(_LABEL, lambda _: ""), name

    def _moved(self, whole: Traced) -> None:
        size = 2 if whole.text[0] == "\\" or whole.text.startswith("$$") else 1
        gone = whole[:size] + whole[len(whole) - size :]
        self._notes.syntax("formulas between $ and $$", gone)

    # ------------------------------------------------------------------ commands

    def _command(
        self, text: Traced, match: re.Match[str], out: list[Traced | str]
    ) -> tuple[Traced, int]:
        name = match["word"]
        at = match.end()
        verb = _VERB.match(text.text, match.start())
        if verb:
            code = text[verb.start("code") : verb.end("code")]
            gone = text[match.start() : verb.start("code")] + text[verb.end("code") : verb.end()]
            self._notes.syntax(r"\verb as code", gone)
            return _ticked(code), verb.end()
        first = group(text.text, at) if name not in _SILENT and name not in _SIGNS else None
        special = self._special(text, match, out, first)
        if special is not None:
            return special
        if name in _SIGNS:
            gone = text[match.start() : at]
            self._notes.syntax("commands for signs as signs", gone, _SIGNS[name].strip("\\ "))
            return joined([_SIGNS[name]]), self._after_word(text, at)
        if name in _SILENT or name in _SILENT_WITH_ARGUMENT:
            return self._silent(text, match, name)
        if first is None:
            self._notes.unknown(name, text[match.start() : at])
            return NOTHING, at
        inner = text[first.start : first.stop]
        gone = text[match.start() : first.start] + text[first.stop : first.end]
        if name in _FIRST_DROPPED:
            second = group(text.text, first.end)
            inner = text[second.start : second.stop] if second else NOTHING
            end = second.end if second else first.end
            whole = text[match.start() : end]
            self._notes.syntax(f"\\{name} left out", _without(whole, inner))
            return self.written(inner, begins=False), end
        if name in _WRAPPED:
            self._notes.syntax(f"\\{name} as {_WRAPPED[name]}", gone)
            return _wrapped(self.written(inner, begins=False), _WRAPPED[name]), first.end
        if name in _CODE:
            self._notes.syntax(f"\\{name} as code", gone)
            return _ticked(self._unescaped(inner)), first.end
        if name not in _PLAIN:
            self._notes.unknown(name, gone)
        else:
            self._notes.syntax(f"\\{name} left out", gone)
        return self.written(inner, begins=False), first.end

    def _silent(self, text: Traced, match: re.Match[str], name: str) -> tuple[Traced, int]:
        end = match.end()
        if name in _SILENT_WITH_ARGUMENT:
            while argument := option(text.text, end) or group(text.text, end):
                end = argument.end
        self._notes.syntax(f"\\{name} left out", text[match.start() : end])
        return joined(["\n\n" if name in ("par", "newpage", "clearpage") else ""]), end

    def _after_word(self, text: Traced, at: int) -> int:
        if text.text.startswith("{}", at):
            self._notes.syntax("braces left out", text[at : at + 2])
            return at + 2
        return at

    def _special(
        self, text: Traced, match: re.Match[str], out: list[Traced | str], first: Group | None
    ) -> tuple[Traced, int] | None:
        name, at = match["word"], match.end()
        handlers: dict[str, Callable[[], tuple[Traced, int] | None]] = {
            "href": lambda: self._href(text, match, first),
            "url": lambda: self._url(text, match, first),
            "footnote": lambda: self._footnote(text, match, first),
            "label": lambda: self._label(text, match, first),
            "includegraphics": lambda: self._picture(text, match),
            "item": lambda: self._stray_item(text, match),
        }
        if name in handlers:
            return handlers[name]()
        if name in _CITE or name in _REF:
            start = at
            while extra := option(text.text, start):
                start = extra.end
            key = group(text.text, start)
            if key is None:
                return None
            if name in _CITE:
                return self._cited(text, match.start(), key), key.end
            return self._referred(text, match.start(), key, out), key.end
        return None

    def _href(
        self, text: Traced, match: re.Match[str], first: Group | None
    ) -> tuple[Traced, int] | None:
        second = group(text.text, first.end) if first else None
        if first is None or second is None:
            return None
        address, label = text[first.start : first.stop], text[second.start : second.stop]
        whole = text[match.start() : second.end]
        target = self._unescaped(address)
        self._notes.syntax(r"\href as a link", _without(_without(whole, address), label))
        shown = self.written(label, begins=False)
        return joined(["[", shown, "](", target, ")"]), second.end

    def _url(
        self, text: Traced, match: re.Match[str], first: Group | None
    ) -> tuple[Traced, int] | None:
        if first is None:
            return None
        inner = text[first.start : first.stop]
        gone = text[match.start() : first.start] + text[first.stop : first.end]
        self._notes.syntax(r"\url as a link", gone)
        return joined(["<", self._unescaped(inner), ">"]), first.end

    def _unescaped(self, text: Traced) -> Traced:
        """Return code or an address without the backslashes that LaTeX wants before signs."""
        escapes = re.compile(r"\\(?=[%#&_${}~^])")
        for match in escapes.finditer(text.text):
            self._notes.syntax("escaped signs as signs", text[match.start() : match.end()])
        return text.sub(escapes, lambda _: "")

    def _footnote(
        self, text: Traced, match: re.Match[str], first: Group | None
    ) -> tuple[Traced, int] | None:
        if first is None:
            return None
        gone = text[match.start() : first.start] + text[first.stop : first.end]
        inner = self.written(text[first.start : first.stop], begins=False)
        label = self._notes.footnote(inner.sub(re.compile(r"\s*\n\s*"), lambda _: " "))
        self._notes.syntax(r"\footnote as [^n]", gone, label + label)
        return joined([f"[^{label}]"]), first.end

    def _label(
        self, text: Traced, match: re.Match[str], first: Group | None
    ) -> tuple[Traced, int] | None:
        if first is None:
            return None
        name = identifier(text.text[first.start : first.stop])
        self._notes.syntax(r"\label as a place", text[match.start() : first.end], f"aid{name}a")
        return joined([f'<a id="{name}"></a>']), first.end

    def _picture(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int] | None:
        size = option(text.text, match.end())
        src = group(text.text, size.end if size else match.end())
        if src is None:
            return None
        path = text[src.start : src.stop]
        width = re.search(
            r"width\s*=\s*([\d.]+)\\(?:text|line|column)width", text.text[match.end() : src.start]
        )
        now = f"width={round(float(width[1]) * 100)}%" if width and width[1].count(".") < 2 else ""
        gone = text[match.start() : src.start] + text[src.stop : src.end]
        self._notes.syntax(r"\includegraphics as a picture", gone, now)
        return joined(["![](", path.strip(), ")", f"{{{now}}}" if now else ""]), src.end

    def _stray_item(self, text: Traced, match: re.Match[str]) -> tuple[Traced, int]:
        self._notes.syntax(r"\item as an item", text[match.start() : match.end()])
        return joined(["\n- "]), match.end()

    def _cited(self, text: Traced, start: int, key: Group) -> Traced:
        names = [each.strip() for each in text.text[key.start : key.stop].split(",")]
        labels = "".join(self._notes.cited(each) for each in names)
        letters = "".join(c for c in labels if c.isalnum())
        self._notes.syntax(r"\cite as [^n]", text[start : key.end], letters)
        return joined([labels])

    def _referred(self, text: Traced, start: int, key: Group, out: list[Traced | str]) -> Traced:
        name = identifier(text.text[key.start : key.stop])
        last = out[-1] if out else ""
        self._notes.refer(name)
        before = _KIND_BEFORE.search(last.text) if isinstance(last, Traced) else None
        gone = text[start : key.end]
        if before is not None and isinstance(last, Traced):
            out[-1] = last[: before.start()]
            label = last[before.start() :].rstrip(" \t~")
            self._notes.syntax(r"\ref as a link", gone, name)
            return joined(["[", label, f"](#{name})"])
        self._notes.syntax(r"\ref as a link", gone, f"此处{name}")
        return joined([f"[此处](#{name})"])


def _without(whole: Traced, part: Traced) -> Traced:
    kept = {at for at in part.at if at >= 0}
    return joined(whole[n : n + 1] for n, at in enumerate(whole.at) if at not in kept)


def _wrapped(text: Traced, mark: str) -> Traced:
    core = text.strip()
    if not core or "\n\n" in core.text:
        return text
    return joined([mark, core, mark])


def _ticked(code: Traced) -> Traced:
    if not code.text.strip():
        return code
    longest = max((len(m) for m in re.findall("`+", code.text)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if code.text[0] == "`" or code.text[-1] == "`" else ""
    return joined([ticks, space, code, space, ticks])
