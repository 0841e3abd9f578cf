"""注意力热图：改写日期时，每个输出在看哪个字

网络学着把“2026年3月21日”改写成 21、03、2026。月、日的位数不定，所以该看哪里要由内容决定。
没有人告诉它对齐关系，只给正确的输出；训练之后，每一行（一个输出字符）的权重大半落在该看的那个字上。
月份只有一位，要补的 0 在原文里没有，它便去看月份前面的“年”字。
"""

import torch
from torch import nn

from bindery.demos.style import INK, PAPER, new_figure

ALT = (
    "一张热图，纵轴是输出的八个数字，横轴是输入的日期逐字排列。每行只有一格最深：日的两位对着日，"
    "月的个位对着月，年的四位对着年份的四个数字。"
)
ALPHABET = "0123456789年月日"
LENGTH, DIM, STEPS, BATCH = 11, 32, 300, 64
TOLERANCE = {"weights": 0.2, "aligned": 0.1, "accuracy": 0.05}


def dates(count):
    """Random dates, as people write them and as the network is to write them."""
    year = torch.randint(1000, 3000, (count,)).tolist()
    month = torch.randint(1, 13, (count,)).tolist()
    day = torch.randint(1, 29, (count,)).tolist()
    each = list(zip(year, month, day, strict=True))
    return [f"{y}年{m}月{d}日" for y, m, d in each], [f"{d:02}{m:02}{y}" for y, m, d in each]


def encode(texts, length, device):
    """-> (B, length), padded with the number after the last letter"""
    padded = [[ALPHABET.index(c) for c in t] + [13] * (length - len(t)) for t in texts]
    return torch.tensor(padded, device=device)


def sources(text):
    """Pairs (output place, input place) of the digits that stand in the text."""
    pairs = [(4 + place, place) for place in range(4)]
    for units, mark in ((1, text.index("日")), (3, text.index("月"))):
        pairs.append((units, mark - 1))
        if text[mark - 2].isdigit():
            pairs.append((units - 1, mark - 2))
    return pairs


class Rewriter(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(ALPHABET) + 1, DIM)
        self.context = nn.GRU(DIM, DIM // 2, batch_first=True, bidirectional=True)
        self.queries = nn.Parameter(torch.randn(8, DIM))  # one for each output place
        self.out = nn.Linear(DIM, 10)

    def forward(self, tokens):  # (B, n)
        values = self.embed(tokens)  # (B, n, d): which letter
        keys, _ = self.context(values)  # (B, n, d): which letter, in which place
        scores = self.queries @ keys.transpose(1, 2) / DIM**0.5  # (B, 8, n)
        scores = scores.masked_fill(tokens[:, None] == 13, -torch.inf)
        weights = scores.softmax(-1)  # (B, 8, n); each row sums to 1
        return self.out(weights @ values), weights


def compute(device):
    torch.manual_seed(0)
    model = Rewriter().to(device)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(STEPS):
        written, wanted = dates(BATCH)
        tokens, target = encode(written, LENGTH, device), encode(wanted, 8, device)
        logits, _ = model(tokens)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    written, wanted = dates(500)
    written[0], wanted[0] = "2026年3月21日", "21032026"
    tokens, target = encode(written, LENGTH, device), encode(wanted, 8, device)
    with torch.no_grad():
        logits, weights = model(tokens)
    assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-5)
    accuracy = (logits.argmax(-1) == target).float().mean()
    assert accuracy > 0.98, "the dates are not learned"
    looks = zip(weights.cpu(), map(sources, written), strict=True)
    on_source = [float(w[row, at]) for w, pairs in looks for row, at in pairs]
    return {
        "input": list(written[0]),
        "output": list(wanted[0]),
        "weights": weights[0, :, : len(written[0])],
        "accuracy": accuracy,
        "aligned": sum(on_source) / len(on_source),
    }


def draw(values):
    figure, axes = new_figure(height=2.9)
    weights = values["weights"]  # (8, n)
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            if weight >= 0.095:
                colour = PAPER if weight > 0.45 else INK
                place = {"ha": "center", "va": "center", "fontsize": 7}
                axes.text(column, row, f"{weight:.2f}"[1:], color=colour, **place)
    parts = ("日", "日", "月", "月", "年", "年", "年", "年")
    rows = [f"{part}  {digit}" for part, digit in zip(parts, values["output"], strict=True)]
    axes.set_yticks(range(8), rows, fontsize=8)
    axes.set_xticks(range(len(values["input"])), values["input"], fontsize=9)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.set_title("输入（键）", loc="center")
    axes.set_ylabel("输出（查询）")
    axes.spines[:].set_visible(False)
    return figure


def results(values):
    yield "500 个新日期，逐字正确率", f"{values['accuracy']:.1%}"
    yield "落在正确那个字上的平均权重", f"{values['aligned']:.2f}"
