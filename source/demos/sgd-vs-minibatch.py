"""批量越大，梯度的噪声越小，但每次更新也越贵

上图是噪声：小批量梯度与全梯度之差的方差按 1/B 下降，圆圈是测得的，虚线是公式。
下图是代价：横轴是算过的样本梯度数，花同样的计算；B = 1、32、512 的学习率依次为 0.02、0.2、1。
B = 1 起步最快，却停在噪声的底上；学习率从 0.02 逐步减小，它才继续下降。全批量没有这个底，
可是更新次数太少；B = 32 起步比它快，底比 B = 1 低。
"""

import torch

from bindery.demos.style import BLUE, GREEN, MUTED, NAVY, PAPER, RED, SKY, label, new_figure

ALT = (
    "上图：梯度噪声的方差随批量增大沿直线下降，测得的点落在公式的虚线上。下图：损失误差随算过的"
    "样本数下降，单样本先快后平，学习率衰减的单样本继续下降，全批量一直缓慢下降，小批量最后低于前两者。"
)
# Thousands of float32 steps: rounding differs between devices.
TOLERANCE = {"measured_variance": 0.01, "excess": 0.01, "floors": 0.02}
N, D, EPOCHS, NOISE = 512, 10, 16, 0.5
SIZES = (1, 4, 16, 64, 256)  # batches whose noise is measured
RUNS = {"single": (1, 0.02), "mini": (32, 0.2), "full": (N, 1.0), "decayed": (1, 0.02)}


def compute(device):
    generator = torch.Generator("cpu").manual_seed(20)
    scales = torch.linspace(1.0, 0.4, D)
    x = torch.randn(N, D, generator=generator) * scales  # (N, D)
    w_true = torch.randn(D, generator=generator)
    y = x @ w_true + NOISE * torch.randn(N, generator=generator)  # (N,)
    x, y = x.to(device), y.to(device)

    def gradient(w, x, y):
        """Mean gradient of half the squared error. x: (B, D), y: (B,) -> (D,)"""
        return (x @ w - y) @ x / len(x)

    hessian = x.T @ x / N
    w_best = torch.linalg.solve(hessian, x.T @ y / N)
    # 1. How far a batch's gradient at w = 0 strays from the full one.
    start = torch.zeros(D, device=device)
    each = (x @ start - y)[:, None] * x  # (N, D): one gradient a sample
    full = each.mean(0)
    spread = ((each - full) ** 2).sum() / N
    expected = torch.tensor([spread / B * (N - B) / (N - 1) for B in SIZES])

    def stray(B):
        batch = torch.randperm(N, generator=generator)[:B].to(device)  # without replacement
        return ((each[batch].mean(0) - full) ** 2).sum()

    measured = torch.tensor([[stray(B) for _ in range(500)] for B in SIZES]).mean(1)
    assert ((measured / expected - 1).abs() < 0.15).all(), "the variance is not as 1/B"

    # 2. The same number of sample gradients, spent in batches of different sizes.
    checkpoints = torch.tensor([32 * 2**k for k in range(9)])
    excess, floors = {}, {}
    for name, (B, rate) in RUNS.items():
        w, seen, points, last = start.clone(), 0, {}, []
        for _ in range(EPOCHS):
            order = torch.randperm(N, generator=generator).to(device)
            for batch in zip(x[order].split(B), y[order].split(B), strict=True):
                eta = rate / (1 + seen / 500) if name == "decayed" else rate
                w = w - eta * gradient(w, *batch)
                seen += B
                if seen % 32 == 0:
                    off = w - w_best
                    points[seen] = 0.5 * off @ hessian @ off  # loss above the least
                    if seen > N * EPOCHS * 3 // 4:
                        last.append(points[seen])
        windows = [[points[s] for s in points if c / 2 < s <= c] for c in checkpoints.tolist()]
        excess[name] = torch.stack([torch.stack(w).mean() for w in windows if w])
        floors[name] = torch.stack(last).mean()
    # A constant step leaves the excess at about rate * noise variance * trace(H) / 4B.
    theory = RUNS["single"][1] * NOISE**2 * hessian.trace() / 4
    assert abs(floors["single"] / theory - 1) < 0.4, "the floor is not rate/B"
    assert floors["mini"] < floors["single"] / 3, "a larger batch has no lower floor"
    assert excess["decayed"][-1] < floors["single"] / 3, "decay does not help"
    return {
        "sizes": list(SIZES),
        "measured_variance": measured,
        "expected_variance": expected,
        "samples_seen": checkpoints,
        "excess": torch.cat(list(excess.values())),
        "lengths": [len(e) for e in excess.values()],
        "floors": [float(floors[name]) for name in RUNS],
        "floor_theory": theory,
        "updates": [N * EPOCHS // B for B, _ in RUNS.values()],
    }


def draw(values):
    figure, (noise, loss) = new_figure(height=4.2, rows=2, height_ratios=(2, 3))
    sizes = values["sizes"]
    noise.loglog(sizes, values["expected_variance"], "--", color=MUTED, linewidth=1.2)
    noise.loglog(sizes, values["measured_variance"], "o", color=PAPER, mec=NAVY, mew=1.2)
    label(noise, "虚线：公式，约按 1/B 下降", (5, 9), colour=MUTED)
    label(noise, "圆圈：测得", (1.3, 1.2), colour=NAVY)
    noise.set_xticks(sizes, map(str, sizes))
    noise.minorticks_off()
    noise.set(xlabel="批量 $B$", ylabel="方差", title="小批量梯度的噪声")
    starts = [sum(values["lengths"][:i]) for i in range(len(RUNS))]
    for name, colour, line, marker, text, at in (
        ("single", RED, "--", "s", "B = 1", (10000, 6e-3)),
        ("full", SKY, "-", "^", f"B = {N}（全批量）", (1300, 0.5)),
        ("mini", NAVY, "-", "o", "B = 32", (9200, 1.1e-3)),
        ("decayed", GREEN, "-.", "D", "B = 1，学习率衰减", (230, 3e-4)),
    ):
        i = list(RUNS).index(name)
        excess = values["excess"][starts[i] : starts[i] + values["lengths"][i]]
        seen = values["samples_seen"][-len(excess) :]
        loss.loglog(seen, excess, line, color=colour, marker=marker)
        label(loss, text, at, colour=BLUE if colour == SKY else colour)
    loss.set_xlim(right=2.2e4)
    loss.set(xlabel="算过的样本梯度数", ylabel="损失 − 最小值", title="同样的计算，不同的批量")
    return figure


def results(values):
    rows = zip(RUNS.items(), values["floors"], values["updates"], strict=True)
    for (name, (B, rate)), floor, updates in rows:
        said = f"B = {B}，学习率 {rate:g}" + "，逐步减小" * (name == "decayed")
        yield f"{said}：更新 {updates} 次，最后四分之一的平均误差", f"{floor:.2g}"
