"""线性回归：梯度下降走向最小二乘解

左上是样本、最小二乘直线与竖直方向的残差。下排是均方误差的等高线和参数走过的路，星号是最小二乘解：
原始的 x 使等高线成为狭长的椭圆，步长受最陡的方向限制，一步落进谷底，再沿谷底爬得很慢；
把 x 减去均值，椭圆变圆、变正，几步就到。右上是两者与最小值的差距。
"""

import torch

from bindery.demos.style import INK, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "四幅小图：样本与拟合直线；损失差距随步数下降的两条曲线，减去均值后的那条陡得多；"
    "两幅等高线，左幅狭长，路径落进谷底再慢爬，右幅接近圆形，路径直奔中心。"
)
# Late in a descent what is left is a difference of nearly equal numbers.
TOLERANCE = {"raw_gap": 1e-2, "centred_gap": 1e-2}
N, STEPS = 30, 300


def gradient(theta, X, y):
    """Of the mean squared error. theta: (2,), X: (N, 2) with a column of ones, y: (N,)"""
    return 2 / len(y) * X.T @ (X @ theta - y)


def descend(theta, X, y, step, steps=STEPS):
    path = [theta]
    for _ in range(steps):
        theta = theta - step * gradient(theta, X, y)
        path.append(theta)
    return torch.stack(path)  # (steps + 1, 2)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(4)
    x = 1 + 4 * torch.rand(N, generator=generator)
    y = (1.5 * x + 1 + 0.8 * torch.randn(N, generator=generator)).to(device)  # (N,)
    x = x.to(device)
    values = {"x": x, "y": y}
    for name, feature in (("raw", x), ("centred", x - x.mean())):
        X = torch.stack((feature, torch.ones_like(x)), dim=1)  # (N, 2): slope, intercept
        exact = torch.linalg.solve(X.T @ X, X.T @ y)  # the normal equations
        residual = y - X @ exact
        assert (X.T @ residual).abs().max() < 1e-3, "the residual is not orthogonal"
        hessian = 2 / N * X.T @ X  # (2, 2)
        low, high = torch.linalg.eigvalsh(hessian)
        start = torch.zeros(2, device=device)
        path = descend(start, X, y, 1 / high)  # half of the limit 2 / L
        wild = descend(start, X, y, 2.1 / high, 60)[-1]
        away = path - exact
        assert (wild - exact).norm() > away[0].norm(), "a step over 2 / L converges"
        gap = ((away @ hessian) * away).sum(dim=1) / 2  # J - J_min, exactly, as J is quadratic
        values |= {
            f"{name}_exact": exact,
            f"{name}_hessian": hessian,
            f"{name}_condition": high / low,
            f"{name}_path": path[:41],
            f"{name}_gap": gap[: 251 if name == "raw" else 8],
            f"{name}_steps": (gap < 1e-3).int().argmax(),
            f"{name}_mse": residual.square().mean(),
        }
    assert values["raw_steps"] > 3 * values["centred_steps"], "centring does not help"
    return values


def draw(values):
    figure, ((fit, falls), panels) = new_figure(
        height=3.5, rows=2, columns=2, height_ratios=(1, 1.15)
    )
    x, y, (k, b) = values["x"], values["y"], values["raw_exact"]
    fit.vlines(x, k * x + b, y, color=SKY, linewidth=0.9)
    fit.plot(x, y, "o", color=NAVY, markersize=2.6)
    fit.plot([0.8, 5.2], [k * 0.8 + b, k * 5.2 + b], "-", color=RED)
    fit.set_title(f"y = {k:.2f} x + {b:.2f}")
    fit.set(xlabel="x", ylabel="y")
    for name, title, colour, line in (
        ("raw", "原始", RED, "--"),
        ("centred", "减去均值", NAVY, "-"),
    ):
        gap = values[f"{name}_gap"]
        falls.semilogy(range(len(gap)), gap, line, color=colour)
        at = (110, 4e-2) if name == "raw" else (18, 1e-5)
        label(falls, title, at, colour=colour)
    falls.set_title("与最小 MSE 的差")
    falls.set(xlabel="步数", ylim=(1e-7, 30))
    falls.set_yticks([1e-6, 1e-3, 1])
    falls.minorticks_off()

    grid = [(i / 30 - 1, j / 30 - 1) for j in range(61) for i in range(61)]
    for panel, name, title in zip(panels, ("raw", "centred"), ("原始", "减去均值"), strict=True):
        (k, b), H, path = (values[f"{name}_{key}"] for key in ("exact", "hessian", "path"))
        wide, tall = 2.4, 1.35 * b
        heights = [
            (
                H[0][0] * (wide * u) ** 2
                + 2 * H[0][1] * wide * u * tall * v
                + H[1][1] * (tall * v) ** 2
            )
            / 2
            for u, v in grid
        ]
        rows = [heights[61 * j : 61 * j + 61] for j in range(61)]
        across = [k + wide * (i / 30 - 1) for i in range(61)]
        up = [b + tall * (j / 30 - 1) for j in range(61)]
        levels = [0.15, 0.6, 2, 6, 15, 30]
        panel.contour(across, up, rows, levels, colors=MUTED, linewidths=0.6, linestyles="-")
        panel.plot(*path.T, "o-", color=RED, markersize=2, linewidth=0.8)
        panel.plot(k, b, "*", color=INK, markersize=8, mec="white", mew=0.5)
        panel.set_title(f"{title}：条件数 {values[f'{name}_condition']:.1f}")
        panel.set(xlabel="斜率", ylabel="截距")
    return figure


def results(values):
    for name, title in (("raw", "原始的 x"), ("centred", "减去均值")):
        k, b = values[f"{name}_exact"]
        yield f"{title}：最小二乘的斜率与截距", f"{k:.3f}，{b:.3f}"
        yield f"{title}：条件数", f"{values[f'{name}_condition']:.1f}"
        yield f"{title}：差距小于 0.001", f"{values[f'{name}_steps']} 步"
    yield "最小的 MSE", f"{values['raw_mse']:.3f}"
