"""交叉熵不怕自信的错误，平方误差怕

一个 sigmoid 单元，标签是 1，输出概率 q。上图是损失对 logit 的梯度：错得离谱（q 接近 0）时，
交叉熵的梯度接近 1，平方误差的梯度却趋于 0。下图从 q = 0.007 出发真正训练：
交叉熵十步就纠正过来，平方误差先在平地上爬了几十步。
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from bindery.demos.style import NAVY, RED, label, new_figure

ALT = (
    "上图横轴是预测概率 q：交叉熵的梯度是从 1 降到 0 的直线，平方误差是两端为零的矮峰。"
    "下图横轴是步数：交叉熵的 q 很快升到 0.8，平方误差长时间贴着 0，然后才升。"
)
TOLERANCE = {"histories": 1e-3}
START, RATE, STEPS, GOAL = -5.0, 1.0, 120, 0.8
P, Q = (0.7, 0.2, 0.1), (0.5, 0.3, 0.2)


def binary_cross_entropy(z):
    return binary_cross_entropy_with_logits(z, torch.ones_like(z), reduction="none")


def squared_error(z):
    return (1 - z.sigmoid()) ** 2


LOSSES = {"cross-entropy": binary_cross_entropy, "squared": squared_error}


def compute(device):
    q = torch.linspace(0.005, 0.995, 67).to(device)
    slopes, histories, needed = [], [], []
    for loss in LOSSES.values():
        z = q.logit().requires_grad_()  # (points,): one logit for each probability
        (gradient,) = torch.autograd.grad(loss(z).sum(), z)
        slopes.append(-gradient)

        z = torch.tensor(START).to(device).requires_grad_()
        history = []
        for _ in range(STEPS + 1):
            history.append(z.detach().sigmoid())
            (gradient,) = torch.autograd.grad(loss(z), z)
            with torch.no_grad():
                z -= RATE * gradient
        history = torch.stack(history)
        histories.append(history)
        needed.append(int((history >= GOAL).int().argmax()))
    assert torch.allclose(slopes[0], 1 - q, atol=1e-5), "not 1 - q"
    assert torch.allclose(slopes[1], 2 * q * (1 - q) ** 2, atol=1e-5), "not 2q(1 - q)^2"
    assert 0 < needed[0] * 5 < needed[1], "the squared error is not slow"

    # H(p, q) = H(p) + KL(p || q); for several classes the gradient is softmax - p.
    p, q3 = torch.tensor(P).to(device), torch.tensor(Q).to(device)
    logits = q3.log().requires_grad_()  # (C,)
    entropy = -(p * p.log()).sum()
    kl = (p * (p / q3).log()).sum()
    loss = cross_entropy(logits, p)
    assert torch.isclose(loss, entropy + kl, atol=1e-6)
    loss.backward()
    assert torch.allclose(logits.grad, q3 - p, atol=1e-6)
    return {
        "q": q,
        "slopes": torch.stack(slopes),  # (losses, points), downhill
        "histories": torch.stack(histories),  # (losses, STEPS + 1)
        "steps_needed": needed,
        "start": 1 / (1 + float(torch.tensor(-START).exp())),
        "cross_entropy": loss,
        "entropy": entropy,
        "kl": kl,
    }


def draw(values):
    figure, (gradients, training) = new_figure(height=3.6, rows=2)
    q, steps = values["q"], range(STEPS + 1)
    for i, text, colour, line, at, end in (
        (0, "交叉熵", NAVY, "-", (0.42, 0.68), (14, 0.5)),
        (1, "平方误差", RED, "--", (0.24, 0.15), (90, 0.3)),
    ):
        gradients.plot(q, values["slopes"][i], line, color=colour)
        label(gradients, text, at, colour=colour)
        training.plot(steps, values["histories"][i], line, color=colour)
        label(training, f"{text}：{values['steps_needed'][i]} 步", end, colour=colour)
    gradients.set(xlabel="预测概率 $q$（标签为 1）", ylabel="梯度的大小", ylim=(0, 1.05))
    gradients.set_title("损失对 logit 的梯度")
    training.axhline(GOAL, color=NAVY, linewidth=0.6, linestyle=":")
    training.set(xlabel="步数", ylabel="$q$", title=f"从 q = 0.007 训练到 {GOAL}")
    return figure


def results(values):
    for name, steps in zip(("交叉熵", "平方误差"), values["steps_needed"], strict=True):
        yield f"{name}：q 从 {values['start']:.4f} 到 {GOAL} 的步数", f"{steps}"
    yield "例：交叉熵 H(p, q)", f"{values['cross_entropy']:.4f}"
    yield "例：熵 H(p) + KL(p‖q)", f"{values['entropy']:.4f} + {values['kl']:.4f}"
