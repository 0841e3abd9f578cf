"""稀疏不是死亡：ReLU 单元的两种“零”

128 个 ReLU 单元，把偏置一起往下推，模拟一次过大的更新。上图：不推时，每个样本也有一半单元
输出 0，这是稀疏，没有一个单元死；推到 4，六成单元对 256 个样本全是 0，这才是死。
下图：真正训练。单元全死之后 ReLU 的梯度恰为 0，损失一动不动；
Leaky ReLU（负半轴斜率 0.1）从同一处仍能学习。
"""

import torch

from bindery.demos.style import BLUE, GREEN, NAVY, RED, SKY, label, new_figure

ALT = (
    "上图横轴是偏置下推的幅度：输出为零的比例从一半升到全部，死亡单元的比例从零升到全部，"
    "两条线起点相差一半。下图是训练损失：全死的 ReLU 是水平线，其余三条下降。"
)
TOLERANCE = {"losses": 0.02, "last_losses": 0.02}
SAMPLES, INPUTS, UNITS, STEPS, RATE = 256, 10, 128, 200, 0.02
SHIFTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
RUNS = {"healthy": (0.0, 0.0), "half": (4.0, 0.0), "dead": (8.0, 0.0), "leaky": (8.0, 0.1)}


def dead_units(W, b, x):
    """Units whose pre-activation is positive for no sample. (U,)"""
    return (x @ W + b <= 0).all(0)


def train(params, slope, x, y):
    """Gradient descent on the mean squared error; slope is that of the negative half."""
    losses = []
    for _ in range(STEPS):
        W, b, v = params = [p.detach().requires_grad_() for p in params]
        z = x @ W + b  # (B, U)
        h = torch.where(z > 0, z, slope * z)
        loss = ((h @ v - y) ** 2).mean()
        gradients = torch.autograd.grad(loss, params)
        norm = torch.stack([g.norm() for g in gradients]).norm()
        rate = RATE * (2 / norm).clamp(max=1)  # clipped
        params = [p.detach() - rate * g for p, g in zip(params, gradients, strict=True)]
        losses.append(loss.detach())
    return params, torch.stack(losses)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(12)
    x = torch.randn(SAMPLES, INPUTS, generator=generator).to(device)  # (B, I)
    y = x[:, 0].sin() + 0.5 * x[:, 1] ** 2 + 1  # (B,)
    W = (torch.randn(INPUTS, UNITS, generator=generator) * (2 / INPUTS) ** 0.5).to(device)
    v = (torch.randn(UNITS, generator=generator) * (1 / UNITS) ** 0.5).to(device)

    biases = [torch.full((UNITS,), -shift, device=device) for shift in SHIFTS]
    zeros = torch.stack([(x @ W + b <= 0).float().mean() for b in biases])
    dead = torch.stack([dead_units(W, b, x).float().mean() for b in biases])
    assert abs(zeros[0] - 0.5) < 0.05 and dead[0] == 0, "sparse is not dead"

    losses = []
    for name, (shift, slope) in RUNS.items():
        b = torch.full((UNITS,), -shift, device=device)
        (W_after, b_after, _), history = train([W, b, v], slope, x, y)
        losses.append(history)
        if slope == 0:
            before = dead_units(W, b, x)
            assert torch.equal(W_after[:, before], W[:, before]), "a dead unit has learnt"
            assert dead_units(W_after, b_after, x)[before].all(), "a dead unit came back"
        if name == "dead":
            assert history[-1] == history[0], "all are dead, yet the loss has changed"
    losses = torch.stack(losses)  # (runs, STEPS)
    return {
        "shifts": list(SHIFTS),
        "zeros": zeros,
        "dead": dead,
        "losses": losses[:, ::5],
        "last_losses": losses[:, -1],
    }


def draw(values):
    figure, (share, training) = new_figure(height=3.9, rows=2)
    for name, text, colour, line, marker, at in (
        ("zeros", "输出为 0（稀疏）", NAVY, "-", "o", (1.35, 0.76)),
        ("dead", "对所有样本都为 0（死）", RED, "--", "s", (4.3, 0.42)),
    ):
        share.plot(values["shifts"], values[name], line, color=colour, marker=marker)
        label(share, text, at, colour=colour)
    share.set(xlabel="偏置下推的幅度", ylabel="比例", title="不训练，只数零")

    for i, (text, colour, line, at) in enumerate(
        (
            ("下推 0", SKY, "-", (110, 0.2)),
            ("下推 4", NAVY, "-", (120, 2.28)),
            ("下推 8（全死）", RED, "--", (120, 3.1)),
            ("下推 8，Leaky ReLU", GREEN, "-.", (60, 1.05)),
        )
    ):
        training.plot(range(0, STEPS, 5), values["losses"][i], line, color=colour)
        label(training, text, at, colour=BLUE if colour == SKY else colour)
    training.set(xlabel="步数", ylabel="训练损失", ylim=(0, 3.6), title="训练")
    return figure


def results(values):
    for i, shift in enumerate(values["shifts"]):
        if shift in (0, 4, 8):
            numbers = f"{values['zeros'][i]:.1%}，{values['dead'][i]:.1%}"
            yield f"偏置下推 {shift:g}：输出为 0 与死亡的比例", numbers
    names = ("下推 0", "下推 4", "下推 8", "下推 8，Leaky ReLU")
    for name, loss in zip(names, values["last_losses"], strict=True):
        yield f"{name}：{STEPS} 步后的损失", f"{loss:.3f}"
