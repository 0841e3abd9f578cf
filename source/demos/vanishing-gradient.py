"""梯度消失：每层乘一个小于 1 的数

20 层的全连接网络，刚初始化，把损失的梯度往回传。sigmoid 每层约缩到四分之一，传到第 1 层
只剩万亿分之一；ReLU 配 Xavier 初始化每层缩到 0.7 倍；ReLU 配 He 初始化几乎不变。
下图：同样的数据和学习率训练，前两种的损失停在瞎猜的 ln 2 附近，只有 ReLU 配 He 一路下降。
"""

import torch
from torch.nn.functional import cross_entropy

from bindery.demos.style import BLUE, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "上图是梯度随层数的对数曲线：从第 20 层往第 1 层，sigmoid 直线下跌到 10 的负 12 次方，"
    "ReLU 配 Xavier 缓缓下降，配 He 接近水平。下图：前两种的训练损失水平，ReLU 配 He 一路下降。"
)
TOLERANCE = {"log_gradients": 0.02, "per_layer": 0.02, "losses": 0.1, "last_losses": 0.1}
DEPTH, WIDTH, SAMPLES, UPDATES = 20, 64, 256, 200
# Activation, and the variance of a weight times its fan-in (fan-in = fan-out here).
NETWORKS = {"sigmoid": (torch.sigmoid, 1.0), "xavier": (torch.relu, 1.0), "he": (torch.relu, 2.0)}


def initialise(gain, generator, device):
    shapes = [(WIDTH, WIDTH)] * DEPTH + [(WIDTH, 2)]
    draws = [torch.randn(s, generator=generator) * (gain / s[0]) ** 0.5 for s in shapes]
    return [w.to(device).requires_grad_() for w in draws]


def forward(weights, activation, x):
    """Logits (B, 2) and the pre-activations of all hidden layers, each (B, WIDTH)."""
    h, pre_activations = x, []
    for w in weights[:-1]:
        z = h @ w
        pre_activations.append(z)
        h = activation(z)
    return h @ weights[-1], pre_activations


def compute(device):
    generator = torch.Generator("cpu").manual_seed(8)
    x = torch.randn(SAMPLES, WIDTH, generator=generator).to(device)  # (B, WIDTH)
    target = (x[:, :8].sum(1) > 0).long()  # (B,)

    log_gradients, per_layer, losses = [], [], []
    for activation, gain in NETWORKS.values():
        runs = []
        for _ in range(5):  # at initialisation, averaged over five draws
            weights = initialise(gain, generator, device)
            logits, pre_activations = forward(weights, activation, x)
            gradients = torch.autograd.grad(cross_entropy(logits, target), pre_activations)
            norms = torch.stack([g.norm() for g in gradients])  # (DEPTH,)
            runs.append((norms / norms[-1]).log10())
        log_gradient = torch.stack(runs).mean(0)
        log_gradients.append(log_gradient)
        per_layer.append(10 ** (-(log_gradient[-1] - log_gradient[0]) / (DEPTH - 1)))

        weights = initialise(gain, generator, device)
        history = []
        for _ in range(UPDATES):
            loss = cross_entropy(forward(weights, activation, x)[0], target)
            gradients = torch.autograd.grad(loss, weights)
            norm = torch.stack([g.norm() for g in gradients]).norm()
            rate = 0.05 / norm.clamp(min=1)  # clipped: 20 layers are easily upset
            pairs = zip(weights, gradients, strict=True)
            weights = [(w.detach() - rate * g).requires_grad_() for w, g in pairs]
            history.append(loss.detach())
        losses.append(torch.stack(history))

    # He: 1; Xavier with ReLU: sqrt(1/2), half the units pass nothing; sigmoid: at most 1/4.
    expected = torch.tensor([0.25, 0.5**0.5, 1.0])
    factors = torch.stack(per_layer).cpu()
    assert ((factors / expected - 1).abs() < 0.1).all(), factors
    assert factors[0] < 0.25
    assert min(losses[0][-1], losses[1][-1]) > 0.69, "a vanishing gradient trains after all"
    assert losses[2][-1] < 0.3, "He does not train"
    return {
        "log_gradients": torch.stack(log_gradients),  # (networks, DEPTH)
        "per_layer": factors,
        "losses": torch.stack(losses)[:, ::5],
        "last_losses": torch.stack(losses)[:, -1],
    }


def draw(values):
    figure, (depth, training) = new_figure(height=3.8, rows=2, height_ratios=(3, 2))
    layers, steps = range(1, DEPTH + 1), range(0, UPDATES, 5)
    looks = (
        ("ReLU，He", NAVY, NAVY, "-", "o", (4, 3), (36, 0.24)),
        ("ReLU，Xavier", SKY, BLUE, "-", "^", (2.2, 4e-5), (96, 0.58)),
        ("sigmoid，Xavier", RED, RED, "--", "s", (8.6, 1e-10), (96, 0.76)),
    )
    for i, (text, colour, dark, line, marker, at, end) in zip((2, 1, 0), looks, strict=True):
        gradients = 10 ** values["log_gradients"][i]
        depth.semilogy(layers, gradients, line, color=colour, marker=marker, markersize=3)
        factor = f"：每层 ×{values['per_layer'][i]:.2f}"
        label(depth, text + factor, at, colour=dark)
        training.plot(steps, values["losses"][i], line, color=colour)
        label(training, text, end, colour=dark)
    depth.set(xticks=(1, 5, 10, 15, 20), ylim=(1e-13, 1e3))
    depth.set(xlabel="层（20 靠近输出）", ylabel="梯度，与第 20 层之比", title="刚初始化的梯度")
    training.set(xlabel="更新次数", ylabel="训练损失", ylim=(0, 0.88), title="训练")
    label(training, "ln 2", (2, 0.77), colour=MUTED)
    return figure


def results(values):
    names = ("sigmoid，Xavier", "ReLU，Xavier", "ReLU，He")
    for i, name in enumerate(names):
        first = 10 ** values["log_gradients"][i][0]
        yield f"{name}：第 1 层与第 20 层的梯度之比", f"{first:.1e}"
        yield f"{name}：{UPDATES} 步后的训练损失", f"{values['last_losses'][i]:.3f}"
