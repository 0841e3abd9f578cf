"""Fragments become one book: page numbers, references, outline and fonts are put in place.

No chapter is laid out again here: a fragment says where its numbers go, and the linker prints
them. Formulas and drawings that several fragments hold are kept once, fonts are shared.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from bindery.digest import digest
from bindery.handbook.archive import make_archival
from bindery.press.fragment import Bookmark, Fragment
from bindery.press.slot import resolved, text_operators

# Names that stand for what is in them, in whatever document: see patches.drawing.
_SHARED = ("/f-", "/d-", "/i")
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"))
_POINTS = 0.75


@dataclass(frozen=True, slots=True)
class Opened:
    """A fragment whose PDF is open for reading."""

    fragment: Fragment
    source: Any

    @classmethod
    def of(cls, fragment: Fragment) -> Opened:
        """Open a fragment's PDF."""
        import pikepdf

        return cls(fragment, pikepdf.open(BytesIO(fragment.pdf)))


@dataclass(frozen=True, slots=True)
class Placed:
    """A fragment, and the index of the page that it begins on."""

    opened: Opened
    first: int

    @property
    def fragment(self) -> Fragment:
        """The fragment itself."""
        return self.opened.fragment

    @property
    def end(self) -> int:
        """The index of the page behind it."""
        return self.first + self.fragment.page_count

    def shift(self, page: int) -> float:
        """Return how far the content of a page moves to the right, in points."""
        on_left = (self.first + page) % 2
        return round(self.fragment.shifts[page] * _POINTS, 3) if on_left else 0.0


@dataclass(frozen=True, slots=True)
class Description:
    """What a reader's program shows of the book besides its pages."""

    title: str
    authors: tuple[str, ...]
    subject: str
    keywords: tuple[str, ...]
    language: str
    creator: str
    producer: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A whole book, and for each page a name of what is printed on it."""

    pdf: bytes
    digests: tuple[str, ...]


def page_label(index: int, body: int) -> str:
    """Return what is printed as the number of a page: roman before the body, arabic from 1 on."""
    return str(index - body + 1) if index >= body else _roman(index + 1)


def page_labels(placed: Sequence[Placed], body: int) -> dict[str, str]:
    """Return the page number of each anchor; ``body`` is the index of the first arabic page."""
    labels: dict[str, str] = {}
    for piece in placed:
        for anchor, (page, _, _) in piece.fragment.anchors.items():
            labels.setdefault(anchor, page_label(piece.first + page, body))
    return labels


class Linker:
    """Puts fragments together, page by page as they come, and then numbers everything."""

    def __init__(self) -> None:
        import pikepdf

        self._pdf = pikepdf.new()
        self._placed: list[Placed] = []
        self._pages: list[Any] = []
        self._resources: list[Any] = []
        self._forms: dict[str, Any] = {}
        self._moves: dict[float, Any] = {}

    def add(self, placed: Sequence[Placed]) -> None:
        """Append the pages of those fragments that were not there the last time."""
        for piece in placed[len(self._placed) :]:
            self._append(piece)

    def _append(self, piece: Placed) -> None:
        """Append a fragment's pages, with white ones in front where it begins later."""
        import pikepdf

        source = piece.opened.source
        while len(self._pages) < piece.first:
            self._add_white(source.pages[0])
        forms = source.pages[0].Resources.XObject
        known = [name for name in forms.keys() if name in self._forms]  # noqa: SIM118
        for name in known:
            del forms[name]
        with warnings.catch_warnings():
            # The places that links lead to are named for the whole book at its end.
            warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
            self._pdf.pages.extend(source.pages)
        self._placed.append(piece)
        self._pages += [self._pdf.pages[piece.first + n] for n in range(piece.fragment.page_count)]
        resources = self._pages[piece.first].Resources
        self._resources.append(resources)
        for name in known:
            resources.XObject[name] = self._forms[name]
        for name in resources.XObject.keys():  # noqa: SIM118
            if name.startswith(_SHARED):
                self._forms.setdefault(name, resources.XObject[name])

    def link(
        self, body: int, fonts: bytes, description: Description, *, archival: bool = False
    ) -> Linked:
        """Return the book as one PDF; the same bytes for the same pieces and arguments.

        Args:
            body: The index of the first page with an arabic number.
            fonts: A PDF whose first page has the fonts of all fragments.
            description: Title, authors and the like.
            archival: Make it PDF/A-2u.
        """
        import pikepdf

        # Streams are read from their own documents when the book is saved.
        with pikepdf.open(BytesIO(fonts)) as source:
            self._set_fonts(source)
            labels = page_labels(self._placed, body)
            digests = [""] * len(self._pages)
            for piece in self._placed:
                for number in range(piece.fragment.page_count):
                    name = self._finish(piece, number, labels, body)
                    digests[piece.first + number] = name
            _add_outline(self._pdf, self._pages, self._placed)
            _add_names(self._pdf, self._pages, self._placed)
            _describe(self._pdf, description, body)
            if archival:
                creator = description.creator
                make_archival(self._pdf, description.title, description.authors, creator)
            buffer = BytesIO()
            self._pdf.save(
                buffer,
                deterministic_id=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                compress_streams=True,
            )
        return Linked(buffer.getvalue(), tuple(digests))

    def _set_fonts(self, source: Any) -> None:
        shared: Any = source.pages[0].Resources.get("/Font", {})
        fonts = {name: self._pdf.copy_foreign(shared[name]) for name in sorted(shared.keys())}
        for resources in self._resources:
            for name in resources.Font.keys():  # noqa: SIM118
                resources.Font[name] = fonts[name]

    def _finish(self, piece: Placed, number: int, labels: Mapping[str, str], body: int) -> str:
        """Print the numbers of a page; return a name of what it shows."""
        import pikepdf

        fragment, index = piece.fragment, piece.first + number
        page, name = self._pages[index], fragment.digests[number]
        shift = fragment.shifts[number] if index % 2 else 0.0
        own = page_label(index, body)
        if number in fragment.marked:
            content = resolved(
                page.Contents.read_bytes(),
                fragment.lines,
                fragment.digits,
                lambda to: labels.get(to, ""),
            )
            name = digest(name, content)
            page.Contents = self._pdf.make_stream(content)
        contents = [page.Contents]
        if shift:
            contents.insert(0, self._moved(page, shift))
            name = digest(name, shift)
        if slot := fragment.folios.get(number):
            if shift:
                slot = slot.mirrored(float(page.TrimBox[2] - page.TrimBox[0]) / _POINTS, shift)
            operators = text_operators(slot, own, fragment.digits)
            folio = b"/Artifact BMC q %g 0 0 %g 0 0 cm %s Q EMC" % (_POINTS, _POINTS, operators)
            contents.append(self._pdf.make_stream(folio))
            name = digest(name, operators)
        if len(contents) > 1:
            page.Contents = self._pdf.make_indirect(pikepdf.Array(contents))
        return name

    def _moved(self, page: Any, shift: float) -> Any:
        """Move a page's links, and return the stream that moves its content."""
        import pikepdf

        points = shift * _POINTS
        for link in page.get("/Annots", ()):
            left, low, right, high = (float(value) for value in link.Rect)
            link.Rect = pikepdf.Array([left + points, low, right + points, high])
        if points not in self._moves:
            self._moves[points] = self._pdf.make_stream(b"1 0 0 1 %.4f 0 cm" % points)
        return self._moves[points]

    def _add_white(self, like: Any) -> None:
        import pikepdf

        width, height = (float(value) for value in like.MediaBox[2:])
        self._pdf.add_blank_page(page_size=(width, height))
        page = self._pdf.pages[-1]
        for box in ("/MediaBox", "/TrimBox", "/BleedBox"):
            page[box] = pikepdf.Array(list(like[box]))
        self._pages.append(page)


@dataclass(slots=True)
class _Node:
    index: int
    bookmark: Bookmark
    children: list[_Node]


def _add_outline(pdf: Any, pages: Sequence[Any], placed: Sequence[Placed]) -> None:
    """Add the outline: parts are open and show their chapters; what is deeper is folded."""
    import pikepdf

    root = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Outlines))
    tree = _tree(placed)
    _add_items(pdf, pages, root, tree)
    open_parts = [node for node in tree if any(child.children for child in node.children)]
    for node, item in zip(tree, _items(root), strict=True):
        if node in open_parts:
            item.Count = len(node.children)
    root.Count = len(tree) + sum(len(node.children) for node in open_parts)
    pdf.Root.Outlines = root
    pdf.Root.PageMode = pikepdf.Name.UseOutlines


def _tree(placed: Sequence[Placed]) -> list[_Node]:
    tree: list[_Node] = []
    path: list[_Node] = []
    for piece in placed:
        for bookmark in piece.fragment.bookmarks:
            node = _Node(piece.first + bookmark.page, _on_side(piece, bookmark), [])
            while path and path[-1].bookmark.level >= bookmark.level:
                path.pop()
            (path[-1].children if path else tree).append(node)
            path.append(node)
    return tree


def _on_side(piece: Placed, bookmark: Bookmark) -> Bookmark:
    return replace(bookmark, x=bookmark.x + piece.shift(bookmark.page))


def _add_items(pdf: Any, pages: Sequence[Any], parent: Any, nodes: Sequence[_Node]) -> None:
    import pikepdf

    before: Any = None
    for node in nodes:
        mark = node.bookmark
        goal = _goal(pages[node.index], mark.x, mark.y)
        item = pdf.make_indirect(pikepdf.Dictionary(Title=mark.label, Parent=parent, Dest=goal))
        if before is None:
            parent.First = item
        else:
            before.Next, item.Prev = item, before
        before = parent.Last = item
        if node.children:
            _add_items(pdf, pages, item, node.children)
            item.Count = -len(node.children)


def _items(parent: Any) -> list[Any]:
    items = [parent.First] if "/First" in parent else []
    while items and "/Next" in items[-1]:
        items.append(items[-1].Next)
    return items


def _add_names(pdf: Any, pages: Sequence[Any], placed: Sequence[Placed]) -> None:
    """Name the places that links lead to."""
    import pikepdf

    goals: dict[str, tuple[int, float, float]] = {}
    for piece in placed:
        for anchor, (page, x, y) in piece.fragment.anchors.items():
            goals.setdefault(anchor, (piece.first + page, x + piece.shift(page), y))
    names: list[Any] = []
    for anchor in sorted(goals, key=lambda name: bytes(pikepdf.String(name))):
        index, x, y = goals[anchor]
        names += [pikepdf.String(anchor), _goal(pages[index], x, y)]
    dests = pikepdf.Dictionary(Names=pikepdf.Array(names))
    pdf.Root.Names = pikepdf.Dictionary(Dests=pdf.make_indirect(dests))


def _goal(page: Any, x: float, y: float) -> Any:
    import pikepdf

    return pikepdf.Array([page.obj, pikepdf.Name.XYZ, x, y, 0])


def _describe(pdf: Any, description: Description, body: int) -> None:
    import pikepdf

    entries = {
        "/Title": description.title,
        "/Author": ", ".join(description.authors),
        "/Subject": description.subject,
        "/Keywords": ", ".join(description.keywords),
        "/Creator": description.creator,
        "/Producer": description.producer,
    }
    for name, text in entries.items():
        if text:
            pdf.docinfo[name] = text
    pdf.Root.Lang = description.language
    roman, arabic = pikepdf.Dictionary(S=pikepdf.Name.r), pikepdf.Dictionary(S=pikepdf.Name.D)
    numbers = [0, roman, body, arabic] if body else [0, arabic]
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(numbers))


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, (1, "i")):
        while number >= value:
            text, number = text + letters, number - value
    return text
