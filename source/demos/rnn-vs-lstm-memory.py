"""RNN 与 LSTM：记住开头的一个符号，间隔越来越长

任务：第一步出现四个符号之一，接着是一串噪声，最后要说出开头是哪个；乱猜是 25%。上：训练 150 步
之后的正确率。普通 RNN 到 40 步垮掉；LSTM 用框架的默认初始化并不更好，20 步就垮；把遗忘门的偏置按
间隔放大后，到最长的间隔仍全对。下：训练之前，梯度从末尾往回传，每退一步剩下多少；纵轴是对数，直线就是指数衰减。
"""

import torch
from torch import nn

from bindery.demos.style import GREEN, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上图横轴是间隔步数，纵轴是正确率：放大遗忘门偏置的 LSTM 一直在 100%，普通 RNN 与默认的 LSTM "
    "随间隔变长跌到乱猜的 25%。下图横轴是离末尾的步数，纵轴是梯度范数的对数：默认 LSTM 与 RNN "
    "的直线很陡，放大偏置的 LSTM 几乎水平。"
)
SYMBOLS, BATCH, HIDDEN, STEPS = 4, 32, 16, 150
LAGS, FAR = (5, 10, 20, 40), 60
KINDS = ("rnn", "lstm_default", "lstm_long")
# Whether a network that barely learns makes it depends on the last bit of a sum.
TOLERANCE = {"rnn": 0.6, "lstm_default": 0.6, "lstm_long": 0.05}


def sequences(lag, device):
    """One-hot symbol, then `lag` steps of noise. -> x: (lag + 1, B, 5), symbol: (B,)"""
    x = torch.zeros(lag + 1, BATCH, SYMBOLS + 1)
    symbol = torch.randint(SYMBOLS, (BATCH,))
    x[0, torch.arange(BATCH), symbol] = 1
    x[1:, :, SYMBOLS] = torch.randn(lag, BATCH)
    return x.to(device), symbol.to(device)


def network(kind, lag, device):
    core = (nn.RNN if kind == "rnn" else nn.LSTM)(SYMBOLS + 1, HIDDEN)  # default: ±1/√HIDDEN
    if kind == "lstm_long":  # memories of 1 to `lag` steps: forget gate σ(b) near 1 - 1/t
        bias = torch.log(1 + (lag - 1) * torch.rand(HIDDEN))  # (H,)
        with torch.no_grad():  # PyTorch's order of the gates: i, f, g, o
            core.bias_hh_l0[: 2 * HIDDEN] = 0
            core.bias_ih_l0[: 2 * HIDDEN] = torch.cat((-bias, bias))
    return core.to(device), nn.Linear(HIDDEN, SYMBOLS).to(device)


def accuracy(kind, lag, device):
    torch.manual_seed(0)
    core, head = network(kind, lag, device)
    parameters = [*core.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, 0.02)
    for _ in range(STEPS):
        x, symbol = sequences(lag, device)
        states, _ = core(x)  # (lag + 1, B, H)
        loss = nn.functional.cross_entropy(head(states[-1]), symbol)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, max_norm=1.0)
        optimizer.step()
    with torch.no_grad():
        tests = [sequences(lag, device) for _ in range(8)]
        right = [(head(core(x)[0][-1]).argmax(1) == symbol).float().mean() for x, symbol in tests]
    return torch.stack(right).mean()


def gradients(kind, lag, device):
    """Norm of the loss's gradient with respect to x_t, over its value at the last step. (lag,)"""
    torch.manual_seed(0)
    core, head = network(kind, lag, device)
    x, symbol = sequences(lag, device)
    x.requires_grad_()
    nn.functional.cross_entropy(head(core(x)[0][-1]), symbol).backward()
    norms = x.grad[1:].norm(dim=(1, 2)).flip(0)  # from the end back
    return norms / norms[0]


def compute(device):
    values = {"lags": list(LAGS), "chance": 1 / SYMBOLS}
    for kind in KINDS:
        values[kind] = torch.stack([accuracy(kind, lag, device) for lag in LAGS])
        values[f"{kind}_gradient"] = gradients(kind, FAR, device).log10()
    assert values["lstm_long"].min() > 0.98
    assert values["rnn"][-1] < 0.7
    assert values["rnn_gradient"][-1] < -6 < values["lstm_long_gradient"][-1]
    return values


def draw(values):
    figure, (above, below) = new_figure(height=3.9, rows=2)
    styles = (
        ("rnn", "普通 RNN", RED, "--", "s", (31, 0.68), (29, -14.5)),
        ("lstm_default", "LSTM，默认初始化", GREEN, "-.", "D", (5, 0.42), (26, -4.6)),
        ("lstm_long", "LSTM，放大遗忘门偏置", NAVY, "-", "o", (19.5, 1.07), (26, 0.6)),
    )
    for kind, text, colour, line, marker, at, at_gradient in styles:
        above.plot(values["lags"], values[kind], line, color=colour, marker=marker)
        label(above, text, at, colour=colour)
        below.plot(range(FAR), values[f"{kind}_gradient"], line, color=colour)
        label(below, text, at_gradient, colour=colour)
    above.axhline(values["chance"], color=MUTED, linewidth=0.8, linestyle=":")
    label(above, "乱猜", (5, values["chance"] - 0.15), colour=MUTED)
    above.set(ylim=(0, 1.2), xticks=values["lags"], yticks=(0, 0.25, 0.5, 0.75, 1))
    above.set(xlabel="从符号到提问的间隔（步）", ylabel="正确率")
    powers = range(-18, 1, 6)
    below.set(ylim=(-19, 2.5), yticks=powers, yticklabels=[f"$10^{{{power}}}$" for power in powers])
    below.set(xlabel="离末尾的步数", ylabel="梯度的相对大小")
    return figure


def results(values):
    names = ("普通 RNN", "LSTM，默认初始化", "LSTM，放大遗忘门偏置")
    for kind, name in zip(KINDS, names, strict=True):
        shown = "、".join(f"{right:.0%}" for right in values[kind])
        yield f"{name}：间隔 {'、'.join(map(str, LAGS))} 步的正确率", shown
        yield (
            f"{name}：梯度往回传 {FAR - 1} 步后剩下",
            f"{10 ** values[f'{kind}_gradient'][-1]:.1e}",
        )
