"""梯度下降：步长定收敛，曲率定步长

损失是 f = (x² + 10y²)/2，曲率一缓（1）一陡（10），步长的上限是 2/10 = 0.2。
η = 0.02 太小，30 步还在半路；η = 0.1 一步就消掉陡的方向，再沿缓坡滑下；η = 0.19 接近上限，
在陡的方向来回跳。最快的是 2/11，两个方向都每步缩到 9/11；η = 0.21 只超出一点，损失先降一点，
随即一路上涨。
"""

import numpy as np
import torch

from bindery.demos.style import BLUE, FAINT, GREEN, INK, NAVY, PURPLE, RED, SKY, label, new_figure

ALT = (
    "上图是椭圆等高线上的三条下降路径：小步长贴着缓坡爬，接近上限的步长上下跳，"
    "步长 0.1 一步到谷底再滑向最低点。下图是损失的对数曲线，三条下降，步长 0.21 的一条先降后升。"
)
CURVATURES, START = (1.0, 10.0), (10.0, 1.0)  # eigenvalues of the Hessian; mu and L
RATES = (0.02, 0.1, 2 / 11, 0.19, 0.21)
SHOWN, TARGET = 60, 1e-6


def descend(rate, curvatures, start, steps):
    """All points of theta <- theta - rate * gradient. Returns (steps + 1, 2)."""
    theta = start.clone().requires_grad_()  # (2,)
    path = [theta.detach().clone()]
    for _ in range(steps):
        loss = 0.5 * (curvatures * theta**2).sum()
        (gradient,) = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            theta -= rate * gradient
        path.append(theta.detach().clone())
    return torch.stack(path)


def compute(device):
    curvatures = torch.tensor(CURVATURES).to(device)
    start = torch.tensor(START).to(device)
    paths, losses, factors, needed = [], [], [], []
    for rate in RATES:
        path = descend(rate, curvatures, start, 700)
        # In the Hessian's eigenbasis a step multiplies each coordinate by 1 - rate * curvature.
        factor = (1 - rate * curvatures).abs().max()
        predicted = start * (1 - rate * curvatures) ** 20
        assert torch.allclose(path[20], predicted, rtol=1e-4, atol=1e-6)

        # Relative to the start, coordinate by coordinate; the worse of the two counts.
        distance = (path / start).abs().amax(dim=1)  # (steps + 1,)
        reached = distance <= TARGET
        assert reached.any() == (rate < 2 / CURVATURES[1]), "2/L is not the limit"
        needed.append(int(reached.int().argmax()) if reached.any() else -1)
        factors.append(factor)
        paths.append(path[: SHOWN + 1])
        losses.append(0.5 * (curvatures * path[: SHOWN + 1] ** 2).sum(1))
    best = min(range(len(RATES)), key=lambda i: needed[i] if needed[i] > 0 else 10**9)
    assert RATES[best] == 2 / sum(CURVATURES), "2/(mu + L) is not the best"
    return {
        "rates": list(RATES),
        "paths": torch.stack(paths)[:, :31],  # (rates, steps, 2)
        "losses": torch.stack(losses),  # (rates, steps)
        "factors": torch.stack(factors),
        "steps_needed": needed,
    }


def name_of(rate):
    return "2/11" if abs(rate - 2 / 11) < 1e-4 else f"{rate:g}"


def draw(values):
    figure, (valley, curves) = new_figure(height=4.0, rows=2)
    rates = [name_of(rate) for rate in values["rates"]]
    x, y = np.meshgrid(np.linspace(-3, 11, 141), np.linspace(-1.3, 1.3, 81))
    levels = 0.5 * np.array([1, 3, 5, 7, 9, 11]) ** 2
    valley.contour(x, y, 0.5 * (x**2 + 10 * y**2), levels, colors=FAINT, linewidths=0.8)
    for rate, colour, line, marker, size, at in (
        ("0.19", RED, "--", "s", 3, (4.4, -1.17)),
        ("0.1", SKY, "-", "^", 5, (9.3, -0.36)),
        ("0.02", NAVY, "-", "o", 3, (7.2, 0.62)),
    ):
        path = values["paths"][rates.index(rate)]
        valley.plot(*path.T, line, color=colour, marker=marker, markersize=size, linewidth=1.1)
        label(valley, f"η = {rate}", at, colour=BLUE if colour == SKY else colour)
    valley.plot(0, 0, "*", color=INK, markersize=9)
    label(valley, "起点", (10.2, 1.0), va="center")
    valley.set(xlabel="$x$（曲率 1）", ylabel="$y$（曲率 10）", title="三种步长的前 30 步")

    for rate, colour, line, at in (
        ("0.02", NAVY, "-", (46, 50)),
        ("0.19", RED, "--", (44, 0.01)),
        ("2/11", GREEN, "-", (13, 1e-7)),
        ("0.21", PURPLE, "-.", (22, 2e4)),
    ):
        curves.semilogy(values["losses"][rates.index(rate)], line, color=colour)
        text = f"η = {rate}" + {"0.21": "：发散", "2/11": "：最快"}.get(rate, "")
        label(curves, text, at, colour=colour)
    curves.set(xlabel="步数", ylabel="损失 $f$", title="损失（对数刻度）")
    return figure


def results(values):
    for rate, factor, steps in zip(
        values["rates"], values["factors"], values["steps_needed"], strict=True
    ):
        done = f"{steps} 步后缩到 10⁻⁶" if steps > 0 else "发散"
        yield f"η = {name_of(rate)}：每步的倍率 {factor:.3f}", done
