"""A small book of two parts that has every node of the tree in it, without any parser.

Formulas are drawn as blocks of about the right size: what they say is not the matter here.
Run as a module, it prints the book: ``python -m tests.handbook.sample FOLDER CACHE PAPER``.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from bindery.cache import Cache
from bindery.diagnostics import Place
from bindery.handbook import Handbook, PrintSettings, begin, formulas_needed
from bindery.model import (
    Admonition,
    Blocks,
    Book,
    BookInfo,
    Card,
    Chapter,
    Cloze,
    Code,
    CodeBlock,
    Definition,
    DefinitionList,
    DemoFigure,
    Details,
    Emphasis,
    Figure,
    FigureBlock,
    Footnote,
    FootnoteReference,
    Formula,
    Gap,
    HtmlBlock,
    IdentifiedBook,
    Identity,
    Image,
    Inline,
    InlineHtml,
    LineBreak,
    Link,
    List,
    ListItem,
    Mark,
    Math,
    MathBlock,
    Paragraph,
    Part,
    Question,
    Quote,
    Reference,
    ResultRow,
    Section,
    SoftBreak,
    Strike,
    Strong,
    Subheading,
    Table,
    Term,
    Text,
    ThematicBreak,
)

TEMPLATES = Path(__file__).parents[2] / "templates" / "handbook"
LONG_FORMULA = r"\mathrm{Var}(q\cdot k)=\sum_{i=1}^{d}\mathrm{Var}(q_i k_i)=d\approx 64"

_ATTENTION = """import math
import torch


def attention(q, k, v, mask=None):
    \"\"\"缩放点积注意力；q、k、v 的形状为 (B, H, T, D)。\"\"\"
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, float("-inf"))  # 被屏蔽的位置在 softmax 之后恰好为零
    weights = torch.softmax(scores, dim=-1)
    assert weights.shape == scores.shape and not torch.isnan(weights).any(), "每一行之和为 1"
    return weights @ v, weights
"""
_FILLER = (
    "假设查询与键的各分量相互独立，均值为零、方差为一，那么点积的方差随维度线性增长。"
    "不加缩放时，softmax 的输入会出现一两个远大于其余的值，输出接近 one-hot，"
    "反向传播时雅可比矩阵的元素几乎全部为零，训练便停滞不前；"
    "“除以维度的平方根”正好让方差回到一（与初始化时的假设一致）。"
    "混合精度训练中，应当先缩放查询再做矩阵乘法，以免 float16 上溢；"
    "这与 FlashAttention、xFormers 等实现的做法相同。"
)


def sample_book() -> IdentifiedBook:
    """Return the sample: two parts, two chapters, three questions."""
    places = _places()
    attention = Chapter(
        "attention.md",
        "注意力与Transformer",
        next(places),
        (Paragraph((Text("注意力机制把“读哪里”变成可学习的权重。" + _FILLER),)),),
        (_scaling(places), _section(places), _blocks(places)),
        _footnotes(places),
        ("深度学习",),
    )
    decomposition = Chapter(
        "svd.md", "矩阵分解", next(places), (), (_svd(places),), (), ("线性代数",)
    )
    info = BookInfo(
        "sample",
        "机器学习面试手册",
        ("编写组",),
        "从推导到可运行的演示",
        edition="第 2 版",
        rights="文字以 CC BY 4.0 发布。",
        parts=(Part("深度学习", ("attention.md",)), Part("基础", ("svd.md",))),
    )
    book = Book(info, (attention, decomposition))
    return IdentifiedBook(book, _identities(book), {"scaling-gaps": (1, 2)})


def sample_formulas(book: Book) -> dict[tuple[str, bool], Formula]:
    """Return a stand-in for every formula that the book needs."""
    return {(tex, display): _formula(tex) for tex, display in sorted(formulas_needed(book))}


def sample_figures() -> dict[str, Figure]:
    """Return two demos: one that a question shows, one that only the appendix has."""
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 140" width="300" height="140">'
        b'<path d="M10 130L60 90L110 60L200 35L290 28" fill="none" stroke="#9c2f22"/>'
        b'<rect x="10" y="128" width="280" height="2"/></svg>'
    )
    return {
        slug: Figure(
            slug,
            title,
            "左图为未缩放的点积，右图除以维度的平方根；横轴为维度。",
            "两条曲线",
            svg,
            b"",
            _ATTENTION,
            (ResultRow("维度 64 时的方差", "63.9"), ResultRow("缩放之后", "1.00")),
            "CPU，双精度",
            (("torch", "2.13.0"),),
        )
        for slug, title in (("dot-variance", "点积的方差"), ("spare", "备用的演示"))
    }


def print_sample(folder: Path, cache: Path, paper: str = "b5") -> Handbook:
    """Print the sample with images from ``folder``, which is filled when it is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flow.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60" width="200" height="60">'
        '<rect x="5" y="10" width="60" height="40" fill="#f7f4ee" stroke="#1a1a1a"/>'
        '<path d="M65 30L135 30" stroke="#1a1a1a"/>'
        '<rect x="135" y="10" width="60" height="40" fill="#9c2f22"/></svg>',
        "utf-8",
    )
    book = sample_book()
    with Cache(cache) as kept:
        settings = PrintSettings(paper, TEMPLATES, folder, "0.0", (("MathJax", "3.2.2"),))
        return begin(book, sample_formulas(book.book), sample_figures(), settings, kept).finish()


def _places() -> Iterator[Place]:
    return (Place("source/sample.md", line, 1) for line in itertools.count(1))


def _scaling(places: Iterator[Place]) -> Question:
    def math(tex: str, *, display: bool = False) -> Math:
        return Math(tex, next(places), display)

    short = (
        Paragraph(
            (
                Text("点积的方差随维度增长，会把softmax推入饱和区；除以"),
                math(r"\sqrt{d_k}"),
                Text("，方差恢复到1。"),
            )
        ),
        List((ListItem((Paragraph((Text("只与每个头的维度有关。"),)),)),), None, True),
    )
    long: Blocks = (
        Subheading(1, (Text("推导"),)),
        Paragraph(
            (
                Text(_FILLER),
                FootnoteReference("vaswani", next(places)),
                Text("记"),
                math(LONG_FORMULA),
                Text("，于是"),
                Term((Text("缩放点积注意力"),), "缩放点积注意力"),
                Text("（"),
                Emphasis((Text("scaled dot-product attention，先缩放"),)),
                Text("）为"),
                SoftBreak(),
                Strong((Text("归一化"),)),
                SoftBreak(),
                Text("的加权和，见"),
                Reference("eq-attention", (Text("定义"),), next(places)),
                Text("与"),
                Reference("svd", (Text("SVD"),), next(places)),
                Text("。再看"),
                Reference("tab-variants", (), next(places)),
                Text("。"),
            )
        ),
        MathBlock(r"\mathrm{Attention}(Q,K,V)=PV", next(places), "eq-attention"),
        Paragraph((Text("段内公式"), math(r"a^2+b^2=c^2", display=True), Text("也有编号。"))),
        MathBlock(r"x=y \tag{*}", next(places)),
        FigureBlock(DemoFigure("dot-variance", "点积方差随维度的增长", next(places))),
        *(Paragraph((Text(_FILLER),)) for _ in range(3)),
        Paragraph(
            (
                Term((Text("softmax"),), "softmax"),
                Text("再次出现的脚注"),
                FootnoteReference("vaswani", next(places)),
                Text("与另一条"),
                FootnoteReference("second", next(places)),
                Text("。"),
            )
        ),
    )
    cards = (
        Card(
            "scaling-why-root",
            (Paragraph((Text("除以"), math("d_k"), Text("行不行？"))),),
            (Paragraph((Text("方差会变成"), math("1/d_k"), Text("，分布过于平坦。"))),),
            next(places),
        ),
    )
    clozes = (
        Cloze(
            "scaling-gaps",
            (
                Paragraph(
                    (
                        Text("点积的方差与维度成"),
                        Gap((Text("正比"),), "", next(places)),
                        Text("，标准差为"),
                        Gap((math(r"\sqrt{d_k}"),), "根号", next(places)),
                        Text("。"),
                    )
                ),
            ),
            next(places),
        ),
    )
    title = (Text("为什么注意力分数要除以"), math(r"\sqrt{d_k}"), Text("？"))
    return Question(
        "scaling", title, next(places), short, long, cards, clozes, 3, ("注意力机制", "数值稳定性")
    )


def _section(places: Iterator[Place]) -> Section:
    return Section((Text("实现"),), (Paragraph((Text(_FILLER),)),), next(places), "sec-code")


def _blocks(places: Iterator[Place]) -> Question:
    rows = tuple(
        ((Text(f"变体{n}"),), (Text(str(n * 8)),), (Math("d_k", next(places)), Text("维")))
        for n in range(1, 41)
    )
    blocks = (
        Paragraph(
            (
                Text("调用"),
                Code("torch.nn.functional.scaled_dot_product_attention"),
                Text("；"),
                Strike((Text("旧写法"),)),
                Mark((Text("新写法"),)),
                Link("https://example.org/", (Text("文档"),)),
                InlineHtml("<kbd>Tab</kbd>"),
                LineBreak(),
                Text("换行之后，行内图"),
                Image("flow.svg", "流程", "", "", next(places)),
                Text("和"),
                DemoFigure("dot-variance", "方差", next(places)),
                Text("。"),
            )
        ),
        CodeBlock(_ATTENTION, "python", "缩放点积注意力", next(places), "lst-attention"),
        CodeBlock("loss = 0.12", "", "", next(places)),
        Table(
            ((Text("变体"),), (Text("头数"),), (Text("说明"),)),
            rows,
            ("left", "right", "center"),
            (Text("注意力的变体"),),
            next(places),
            "tab-variants",
        ),
        List(
            (
                ListItem((Paragraph((Text("先缩放"),)),), True),
                ListItem((Paragraph((Text("再归一化"),)),), False),
            ),
            None,
            True,
        ),
        List((ListItem((Paragraph((Text("从三数起"),)),)),), 3, False),
        DefinitionList(
            (Definition((Text("掩码"),), ((Paragraph((Text("屏蔽不该看见的位置。"),)),),)),)
        ),
        Quote((Paragraph((Text("注意力即一切。"),)),)),
        Admonition("warning", (), (Paragraph((Text("整行都被屏蔽时会得到 NaN。"),)),)),
        Details((Text("完整推导"),), (Paragraph((Text(_FILLER),)),)),
        ThematicBreak(),
        FigureBlock(Image("flow.svg", "", "数据流", "60%", next(places)), "fig-flow"),
        HtmlBlock("<p>原样的 HTML。</p>"),
    )
    return Question(
        "mask", (Text("用PyTorch手写注意力，掩码加在哪里？"),), next(places), blocks, difficulty=2
    )


def _svd(places: Iterator[Place]) -> Question:
    long: Blocks = (
        Paragraph(
            (
                Text(_FILLER),
                Term((Text("奇异值"),), "奇异值"),
                Text("与"),
                Term((Text("softmax"),), "softmax"),
                Text("无关；参见"),
                Reference("scaling", (Text("注意力"),), next(places)),
                Text("、"),
                Reference("fig-flow", (), next(places)),
                Text("、"),
                Reference("lst-attention", (Text("实现"),), next(places)),
                Text("与"),
                Reference("sec-code", (), next(places)),
                Text("。"),
            )
        ),
        Paragraph(
            (
                Text("见"),
                Reference("mask", (Text("掩码"),), next(places)),
                Text("。"),
                Math("k=N", next(places)),
                Text("时对任何输入都给出多数类。"),
            )
        ),
        Paragraph(_many_formulas(places)),
        MathBlock(r"A=U\Sigma V^\top", next(places)),
    )
    short = (Paragraph((Text("把矩阵写成三个矩阵的乘积。"),)),)
    return Question("svd", (Text("什么是奇异值分解（SVD）？"),), next(places), short, long)


def _many_formulas(places: Iterator[Place]) -> tuple[Inline, ...]:
    """Return a long line with a formula every few Han."""
    found: list[Inline] = []
    for number in range(60):
        found.append(Text("其中第" if number % 3 else "，于是对每个样本都有"))
        found.append(Math(f"x_{{{number}}}" + "+y" * (number % 4), next(places)))
    return (*found, Text("。"))


def _footnotes(places: Iterator[Place]) -> tuple[Footnote, ...]:
    cited = (Paragraph((Text("Vaswani 等，"), Emphasis((Text("Attention Is All You Need"),)))),)
    return (
        Footnote("vaswani", cited, next(places)),
        Footnote("second", (Paragraph((Text("第二条脚注。"),)),), next(places)),
    )


def _identities(book: Book) -> dict[str, Identity]:
    found: dict[str, Identity] = {}
    for count, question in enumerate(book.questions, 1):
        number = f"Q{count:03}"
        found[question.id] = Identity(question.id, "", number, "basic", "")
        for n, card in enumerate(question.cards, 1):
            found[card.id] = Identity(card.id, "", f"{number}.{n}", "basic", "")
        for n, cloze in enumerate(question.clozes, len(question.cards) + 1):
            found[cloze.id] = Identity(cloze.id, "", f"{number}.{n}", "cloze", "")
    return found


def _formula(tex: str) -> Formula:
    width = 0.42 * max(1, len(tex) // 2)
    depth = 0.2 + len(tex) % 4 / 10  # as with fractions, some reach further down
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -700 {width * 1000:g} '
        f'{700 + depth * 1000:g}">'
        '<g stroke="#1a1a1a" fill="#1a1a1a" stroke-width="0" transform="scale(1,-1)">'
        f'<path d="M50 0Q150 700 250 350T350 0H300V-{depth * 1000:g}H50Z"/>'
        f'<rect x="400" y="200" width="{width * 1000 - 400:g}" height="40"/></g></svg>'
    )
    return Formula(svg, width, 0.7 + depth, depth)


if __name__ == "__main__":
    book = print_sample(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    Path(sys.argv[1], "handbook.pdf").write_bytes(book.pdf)
