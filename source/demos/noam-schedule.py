"""Noam 学习率：先线性预热，再按平方根的倒数衰减

上图：d = 512 时，三种预热步数的学习率；峰值总在预热结束处，预热越长，峰值越低。
下图：一个 4 层的 post-norm Transformer 真正学习把序列倒过来。同一条衰减曲线，
没有预热就停在瞎猜的 ln 16 上，有 20 步预热就学会了。
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from bindery.demos.style import BLUE, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "上图三条学习率曲线，都是先直线上升，到峰值后缓慢下降，预热 1000 步的峰最高。"
    "下图两条训练损失：没有预热的停在 2.77 的水平线上，有预热的降到接近 0。"
)
# Trained with Adam at a high rate: the early steps differ from device to device.
TOLERANCE = {"losses": 0.25, "last_losses": 0.25}
MODEL, WARMUPS, HORIZON = 512, (1000, 4000, 16000), 30_000
D, LAYERS, HEADS, WARMUP, UPDATES = 32, 4, 2, 20, 120
VOCABULARY, LENGTH, BATCH = 16, 8, 32


def noam(step, d, warmup):
    """Section 5.3 of "Attention Is All You Need"; step counts from 1."""
    return d**-0.5 * min(step**-0.5, step * warmup**-1.5)


class Reverser(nn.Module):
    """Tokens (B, T) to logits (B, T, V); LayerNorm after each sublayer, as in the original."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, D)
        self.position = nn.Parameter(0.5 * torch.randn(LENGTH, D))
        layer = nn.TransformerEncoderLayer
        blocks = [layer(D, HEADS, 2 * D, dropout=0.0, batch_first=True) for _ in range(LAYERS)]
        self.layers = nn.Sequential(*blocks)
        self.head = nn.Linear(D, VOCABULARY)

    def forward(self, tokens):
        return self.head(self.layers(self.embed(tokens) + self.position))


def train(schedule, device):
    """The training loss of each update; schedule gives the learning rate of step 1, 2, …"""
    torch.manual_seed(0)
    generator = torch.Generator("cpu").manual_seed(0)
    model = Reverser().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    # LambdaLR multiplies lr = 1.0 by what it is given for 0, 1, 2 …
    scheduler = torch.optim.lr_scheduler.LambdaLR(adam, lambda t: schedule(t + 1))
    losses = []
    for _ in range(UPDATES):
        tokens = torch.randint(VOCABULARY, (BATCH, LENGTH), generator=generator).to(device)
        logits = model(tokens)  # (B, T, V)
        loss = cross_entropy(logits.flatten(0, 1), tokens.flip(1).flatten())
        adam.zero_grad()
        loss.backward()
        adam.step()
        scheduler.step()
        losses.append(loss.detach())
    return torch.stack(losses).view(-1, 10).mean(1)  # of ten updates each


def compute(device):
    steps = torch.arange(1, HORIZON + 1, 100)
    rates = [[noam(s, MODEL, w) for s in steps.tolist()] for w in WARMUPS]
    peaks = [noam(w, MODEL, w) for w in WARMUPS]
    for warmup, peak in zip(WARMUPS, peaks, strict=True):
        assert abs(peak - (MODEL * warmup) ** -0.5) < 1e-12, "the peak is not 1/sqrt(d warmup)"
        assert peak > max(noam(warmup - 1, MODEL, warmup), noam(warmup + 1, MODEL, warmup))

    with_warmup = train(lambda s: noam(s, D, WARMUP), device)
    without = train(lambda s: noam(max(s, WARMUP), D, WARMUP), device)
    chance = torch.tensor(float(VOCABULARY)).log()
    assert without[-1] > 0.9 * chance and with_warmup[-1] < 0.3 * chance, "warm-up does not help"
    return {
        "steps": steps,
        "rates": torch.tensor(rates),  # (warm-ups, steps)
        "peaks": peaks,
        "small_peak": noam(WARMUP, D, WARMUP),
        "chance": chance,
        "losses": torch.stack([with_warmup, without]),  # (2, UPDATES / 10)
        "last_losses": torch.stack([with_warmup[-1], without[-1]]),
    }


def draw(values):
    figure, (schedule, training) = new_figure(height=3.9, rows=2)
    looks = (RED, RED, "--", (1700, 12.2)), (NAVY, NAVY, "-", (4800, 6.9))
    for i, (colour, dark, line, at) in enumerate((*looks, (SKY, BLUE, "-", (12300, 0.9)))):
        schedule.plot(values["steps"], 1e4 * values["rates"][i], line, color=colour)
        text = f"预热 {WARMUPS[i]:,} 步：峰值 {values['peaks'][i] * 1e4:.1f}×10⁻⁴"
        label(schedule, text, at, colour=dark)
    schedule.set(xlabel="步数", ylabel="学习率 × 10⁴", title=f"d = {MODEL} 的学习率")

    middles = range(5, UPDATES, 10)
    for i, text, colour, line, marker, at in (
        (0, f"预热 {WARMUP} 步", NAVY, "-", "o", (46, 0.9)),
        (1, "不预热", RED, "--", "s", (52, 2.42)),
    ):
        losses = values["losses"][i]
        training.plot(middles, losses, line, color=colour, marker=marker)
        label(training, text, at, colour=colour)
    training.axhline(values["chance"], color=MUTED, linewidth=0.6, linestyle=":")
    label(training, "ln 16", (104, 2.45), colour=MUTED)
    training.set(xlabel="更新次数", ylabel="训练损失", ylim=(0, 3.1), title="小 Transformer")
    return figure


def results(values):
    for warmup, peak in zip(WARMUPS, values["peaks"], strict=True):
        yield f"d = {MODEL}，预热 {warmup} 步：峰值学习率", f"{peak:.3g}"
    yield f"小模型 d = {D}，预热 {WARMUP} 步：峰值学习率", f"{values['small_peak']:.3g}"
    for name, loss in zip(("预热", "不预热"), values["last_losses"], strict=True):
        yield f"{name}：最后 10 步的平均损失", f"{loss:.3f}"
    yield "瞎猜的损失 ln 16", f"{values['chance']:.3f}"
