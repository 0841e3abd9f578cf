"""迁移学习：标签少时，好的表示顶得上许多标签

旧任务有 30 个、样本充足；新任务只有 10 到 200 个标签，与旧任务共用同样 4 个隐藏特征，只是组合方式
不同。冻结旧任务学到的特征、只训练新的输出层，10 个标签就远胜从头训练；再以小步长微调全部，又好
一些。标签增多，差距缩小。旧任务若用的是另一套特征，冻结它反而远不如从头训练，这叫负迁移。
"""

from itertools import pairwise

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from bindery.demos.style import GREEN, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "四条准确率随标签数上升的曲线：先冻结再微调的最高，冻结特征的其次，从头训练起点低而追得快，"
    "冻结无关特征的几乎不动。"
)
TOLERANCE = 0.03  # trained for hundreds of steps
D, HIDDEN, F, TASKS, RUNS = 20, 32, 4, 30, 10
SIZES = (10, 20, 50, 100, 200)
NAMES = ("从头训练", "冻结特征", "先冻结再微调", "冻结无关特征")


def network(sizes, runs, generator, device):
    """Weights of `runs` networks at once: (runs, in, out) and (runs, 1, out) by turns."""
    parameters = []
    for inputs, outputs in pairwise(sizes):
        weight = 2 * torch.rand(runs, inputs, outputs, generator=generator) - 1
        parameters += [weight * (3 / inputs) ** 0.5, torch.zeros(runs, 1, outputs)]
    return [each.to(device) for each in parameters]


def forward(parameters, x):
    """x: (runs, N, D) -> logits (runs, N, out); tanh between the layers."""
    *hidden, weight, bias = parameters
    for w, b in zip(hidden[::2], hidden[1::2], strict=True):
        x = torch.baddbmm(b, x, w).tanh()
    return torch.baddbmm(bias, x, weight)


def train(parameters, x, y, steps, rate, *, frozen=0, batches=None):
    """Adam on all but the first `frozen` tensors. x: (runs, N, D), y: (runs, N, out)"""
    parameters = [each.clone().requires_grad_(k >= frozen) for k, each in enumerate(parameters)]
    optimizer = torch.optim.Adam(parameters[frozen:], lr=rate, foreach=True)
    for step in range(steps):
        rows = slice(None) if batches is None else batches[step]
        loss = binary_cross_entropy_with_logits(forward(parameters, x[:, rows]), y[:, rows])
        optimizer.zero_grad()
        (len(x) * loss).backward()
        optimizer.step()
    return [each.detach() for each in parameters]


def compute(device):
    generator = torch.Generator("cpu").manual_seed(1)

    def normal(*shape):
        return torch.randn(*shape, generator=generator).to(device)

    def pretrain(W):
        """A trunk that has learnt TASKS old tasks, each a sign of mixed features tanh(x W)."""
        x = normal(1, 3000, D)
        y = ((x @ W).tanh() @ normal(F, TASKS) > 0).float()
        fresh = network((D, HIDDEN, F, TASKS), 1, generator, device)
        batches = torch.randint(3000, (300, 256), generator=generator).to(device)
        return train(fresh, x, y, 300, 1e-2, batches=batches)[:4]

    W, other = (2 * normal(D, F) / D**0.5 for _ in range(2))
    trunks = [[each.expand(RUNS, -1, -1) for each in pretrain(w)] for w in (W, other)]
    mix = normal(RUNS, F, 1)  # the new task of each run
    tests = normal(RUNS, 1000, D)
    truth = (tests @ W).tanh() @ mix > 0
    rows = []
    for size in SIZES:
        x = normal(RUNS, size, D)
        y = ((x @ W).tanh() @ mix > 0).float()  # (RUNS, size, 1)
        fresh = network((D, HIDDEN, F, 1), RUNS, generator, device)
        head = network((F, 1), RUNS, generator, device)
        probe = train(trunks[0] + head, x, y, 80, 3e-2, frozen=4)
        trained = (
            train(fresh, x, y, 80, 1e-2),
            probe,
            train(probe, x, y, 80, 1e-3),
            train(trunks[1] + head, x, y, 80, 3e-2, frozen=4),
        )
        right = [((forward(each, tests) > 0) == truth).float().mean() for each in trained]
        rows.append(torch.stack(right))
    accuracy = torch.stack(rows)  # (sizes, methods)
    scratch, frozen, tuned, _ = accuracy[0]
    assert frozen > scratch + 0.1, "the features of related tasks do not help"
    assert tuned > scratch + 0.1, "fine-tuning ten labels destroys the features"
    assert (accuracy[:, 3] < accuracy[:, 0]).all(), "unrelated features do not hurt"
    assert accuracy[-1, 1] - accuracy[-1, 0] < 0.5 * (frozen - scratch), "the gap does not close"
    return {"accuracy": accuracy}


def draw(values):
    figure, axes = new_figure(height=2.5)
    styles = ((RED, "s--"), (NAVY, "o-"), (SKY, "^-"), (GREEN, "D:"))
    lifts = (-0.022, 0, 0.024, 0)  # keep the labels apart
    for name, rates, (colour, line), lift in zip(
        NAMES, values["accuracy"].T, styles, lifts, strict=True
    ):
        axes.semilogx(SIZES, rates, line, color=colour)
        label(axes, name, (SIZES[-1] * 1.12, rates[-1] + lift), va="center")
    axes.axhline(0.5, color=MUTED, linewidth=0.6)
    label(axes, "瞎猜", (SIZES[-1] * 1.12, 0.5), colour=MUTED, va="center")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.set(xlabel="新任务的标签数", ylabel="测试准确率", xlim=(9, 700), ylim=(0.47, 1))
    return figure


def results(values):
    for size, rates in zip(SIZES, values["accuracy"], strict=True):
        shown = " / ".join(f"{rate:.1%}" for rate in rates)
        yield f"{size} 个标签：从头 / 冻结 / 微调 / 无关", shown
