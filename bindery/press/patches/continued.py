"""Rows that only the later pages of a table print: “表 3-1（续）” above the repeated head.

A head's rows of class ``again``, or a whole head of it, are left out where the table begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_AGAIN = "again"


def patch() -> None:
    """Let WeasyPrint leave these rows out on a table's first page."""
    from weasyprint.layout import block  # type: ignore[import-untyped]

    block.table_layout = _table_layout(block.table_layout)


def _table_layout(stock: Callable[..., Any]) -> Callable[..., Any]:
    def table_layout(
        context: Any, table: Any, bottom_space: float, skip_stack: Any, *args: Any
    ) -> Any:
        if skip_stack is None and table.children and table.children[0].is_header:
            head, *bodies = table.children
            rows = [] if _is_again(head) else [row for row in head.children if not _is_again(row)]
            if len(rows) < len(head.children):
                table = table.copy_with_children([head.copy_with_children(rows), *bodies])
        return stock(context, table, bottom_space, skip_stack, *args)

    return table_layout


def _is_again(box: Any) -> bool:
    element = box.element
    return element is not None and _AGAIN in (element.get("class") or "").split()
