"""PDF/UA-1 (ISO 14289-1): what WeasyPrint's tags still lack, mended in the written file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

from bindery.press.links import POINTS

_MARKED = re.compile(rb"/\w+\s+<<\s*/MCID\s+(\d+)\s*>>\s*BDC")
_PRINTED = 4  # an annotation that is printed with its page
# What has no content of its own may go; an empty cell keeps its row in order.
_IDLE = {"/Div", "/NonStruct", "/P", "/Span"}


def mended(pdf: bytes, formulas: Collection[str]) -> bytes:
    """Return a tagged book with true tags.

    - What stands in the margins of pages (running heads, folios) is an artifact: WeasyPrint tags
      it outside of the tree.
    - A link has one annotation in its element, not one more for each box inside; it is printed,
      and says where it leads.
    - Formulas are tagged as such, not as figures; boxes of pictures are in points from below.
    - Elements with nothing in them are dropped, header cells say what they head.

    Args:
        pdf: What WeasyPrint wrote.
        formulas: The TeX of all formulas, which is their alternative text.
    """
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as book:
        root = book.Root.StructTreeRoot
        mender = _Mender(book, frozenset(formulas))
        for element in root.K:
            mender.element(element, None)
        mender.drop_annotations()
        mender.describe_annotations()
        mender.make_artifacts(root.ParentTree.Nums)
        mender.forget_annotations(root.ParentTree)
        buffer = BytesIO()
        book.save(
            buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
        return buffer.getvalue()


class _Mender:
    def __init__(self, book: Any, formulas: frozenset[str]) -> None:
        self._book, self._formulas = book, formulas
        self._reached: dict[tuple[int, int], set[int]] = {}
        self._dropped: set[tuple[int, int]] = set()
        self._labels = {page.obj.objgen: str(page.label) for page in book.pages}

    def element(self, element: Any, link: Any) -> bool:
        """Mend an element and all below it; say whether anything is in it."""
        import pikepdf

        kind = str(element.S)
        if kind == "/Link" and link is None:
            link = element
        self._refine(element, kind)
        kept: list[Any] = []
        for child in _children(element):
            if isinstance(child, int):
                self._reached.setdefault(element.Pg.objgen, set()).add(child)
                kept.append(child)
            elif child.get("/Type") == "/OBJR":
                if link is None or element.objgen == link.objgen:
                    kept.append(child)
                else:
                    self._move_up(child, link)
            elif self.element(child, link):
                kept.append(child)
        element.K = pikepdf.Array(kept)
        return bool(kept) or kind not in _IDLE

    def _refine(self, element: Any, kind: str) -> None:
        import pikepdf

        if kind == "/Figure":
            if "/A" in element and "/BBox" in element.A:
                right, top = (float(value) for value in element.Pg.MediaBox[2:])
                x1, y1, x2, y2 = (float(value) * POINTS for value in element.A.BBox)
                # What bleeds is seen up to the edge.
                box = (max(x1, 0), max(top - y2, 0), min(x2, right), min(top - y1, top))
                element.A.BBox = pikepdf.Array([round(value, 3) for value in box])
            if str(element.get("/Alt", "")) in self._formulas:
                element.S = pikepdf.Name.Formula
        elif kind == "/TH" and "/A" in element and "/Scope" not in element.A:
            element.A.Scope = pikepdf.Name.Column

    def _move_up(self, reference: Any, link: Any) -> None:
        """Give an annotation inside a link to the link itself, unless that has the same."""
        annotation = reference.Obj
        goals = [_goal(k.Obj) for k in _children(link) if _is_reference(k)]
        if _goal(annotation) in goals:
            self._dropped.add(annotation.objgen)
        else:
            link.K.append(reference)

    def drop_annotations(self) -> None:
        import pikepdf

        for page in self._book.pages:
            if "/Annots" in page:
                kept = [a for a in page.Annots if a.objgen not in self._dropped]
                page.Annots = pikepdf.Array(kept)

    def describe_annotations(self) -> None:
        import pikepdf

        names = list(self._book.Root.Names.Dests.Names) if "/Names" in self._book.Root else []
        goals = {str(n): g for n, g in zip(names[::2], names[1::2], strict=True)}
        for page in self._book.pages:
            for annotation in page.get("/Annots", []):
                annotation.F = _PRINTED
                if annotation.get("/Subtype") != "/Link":
                    continue
                goal = goals.get(str(annotation.get("/Dest", "")))
                if goal is not None:
                    label = self._labels.get(goal[0].objgen, "")
                    annotation.Contents = pikepdf.String(f"第 {label} 页")
                elif "/A" in annotation and "/URI" in annotation.A:
                    annotation.Contents = pikepdf.String(str(annotation.A.URI))

    def make_artifacts(self, parents: Any) -> None:
        """Take content that no element holds out of the logical structure."""
        arrays = dict(zip((int(key) for key in parents[::2]), parents[1::2], strict=True))
        for page in self._book.pages:
            reached = self._reached.get(page.obj.objgen, set())
            array = arrays[int(page.StructParents)]

            def unmark(match: re.Match[bytes], reached: set[int] = reached) -> bytes:
                return match[0] if int(match[1]) in reached else b"/Artifact BMC"

            content = page.Contents.read_bytes()
            mended_content = _MARKED.sub(unmark, content)
            if mended_content != content:
                page.Contents.write(mended_content)
            for number in range(len(array)):
                if number not in reached:
                    array[number] = None

    def forget_annotations(self, tree: Any) -> None:
        """Take the annotations that were dropped out of the tree of parents."""
        import pikepdf

        pages = self._book.pages
        used = {int(page.StructParents) for page in pages}
        used |= {
            int(annotation.StructParent)
            for page in pages
            for annotation in page.get("/Annots", [])
            if "/StructParent" in annotation
        }
        numbers: list[Any] = []
        for key, value in zip(tree.Nums[::2], tree.Nums[1::2], strict=True):
            if int(key) in used:
                numbers += [key, value]
        tree.Nums = pikepdf.Array(numbers)


def _children(element: Any) -> Iterator[Any]:
    import pikepdf

    children = element.get("/K", [])
    yield from list(children) if isinstance(children, pikepdf.Array) else [children]


def _is_reference(child: Any) -> bool:
    return not isinstance(child, int) and child.get("/Type") == "/OBJR"


def _goal(annotation: Any) -> str:
    if "/Dest" in annotation:
        return str(annotation.Dest)
    return str(annotation.A.get("/URI", "")) if "/A" in annotation else ""
