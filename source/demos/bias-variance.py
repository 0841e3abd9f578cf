"""偏差与方差：误差的三个来源

上排：从同一个真实函数（粗线）反复抽样，每次用多项式拟合（细线）。一次多项式每次都差不多，
却都拟合不了弯曲，是偏差；十二次多项式平均起来很准，每次却随噪声乱摆，是方差。
下图：次数升高，偏差平方下降，方差上升，加上不可约的噪声就是期望的测试误差；训练误差只降不升。
"""

import torch

from bindery.demos.style import GREEN, INK, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "上排两幅：一次多项式的细线彼此贴近而偏离真实曲线，十二次的细线围着真实曲线剧烈摆动。"
    "下幅：偏差平方随次数下降，方差随次数上升，测试误差呈 U 形，训练误差一直下降。"
)
N, SETS, SIGMA, SHOWN = 20, 20_000, 0.4, (1, 12)
DEGREES = tuple(range(13))


def legendre(x, degree):
    """Orthogonal polynomials 0 … degree at x in [-1, 1]. x: (N,) -> (N, degree + 1)"""
    columns = [torch.ones_like(x), x]
    for n in range(1, degree):
        columns.append(((2 * n + 1) * x * columns[n] - n * columns[n - 1]) / (n + 1))
    return torch.stack(columns[: degree + 1], dim=1)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(1)
    x = torch.linspace(-1, 1, N, device=device)
    truth = torch.sin(torch.pi * x)  # f(x), (N,)
    noise = SIGMA * torch.randn(2, SETS, N, generator=generator).to(device)
    y, fresh = truth + noise[0], truth + noise[1]  # training sets, and tests at the same x
    rows, fits = [], []
    for degree in DEGREES:
        Q = torch.linalg.qr(legendre(x, degree)).Q  # (N, degree + 1)
        fitted = y @ Q @ Q.T  # (SETS, N): least squares, all sets at once
        mean = fitted.mean(dim=0)
        bias2 = (mean - truth).square().mean()
        variance = fitted.var(dim=0, correction=0).mean()
        test, train = ((fitted - each).square().mean() for each in (fresh, y))
        rows.append(torch.stack((bias2, variance, test, train)))
        theory = SIGMA**2 * (degree + 1) / N
        assert (variance / theory - 1).abs() < 0.02, "the variance is not sigma^2 p / N"
        assert (test - bias2 - variance - SIGMA**2).abs() < 2e-3, "the three do not add up"
        if degree in SHOWN:
            fits.append(fitted[:12])
    table = torch.stack(rows)  # (degrees, 4)
    assert (table[1:, 3] <= table[:-1, 3]).all(), "the training error rose"
    return {
        "x": x,
        "truth": truth,
        "fits": torch.stack(fits).round(decimals=3),  # (2, 12, N)
        "table": table,
        "noise": SIGMA**2,
        "best": table[:, 2].argmin(),
    }


def draw(values):
    figure, axes = new_figure(height=3.5, rows=2, columns=2, height_ratios=(1, 1.4))
    for panel, degree, fits in zip(axes[0], SHOWN, values["fits"], strict=True):
        panel.plot(values["x"], fits.T, "-", color=SKY, linewidth=0.7)
        panel.plot(values["x"], values["truth"], "-", color=INK, linewidth=1.8)
        panel.set_title(f"{degree} 次多项式")
        panel.set(ylim=(-2, 2), xticks=(), yticks=())
        panel.spines[["left", "bottom"]].set_visible(False)
    wide = axes[1, 0]
    axes[1, 1].remove()
    wide.set_subplotspec(wide.get_gridspec()[1, :])
    bias2, variance, test, train = values["table"].T
    wide.plot(DEGREES, test, "o-", color=INK, markersize=3)
    wide.plot(DEGREES, train, "-", color=MUTED, linewidth=1)
    wide.plot(DEGREES, bias2, "s--", color=RED, markersize=3)
    wide.plot(DEGREES, variance, "^-", color=NAVY, markersize=3)
    wide.axhline(values["noise"], color=GREEN, linestyle=":", linewidth=1.2)
    last = DEGREES[-1] + 0.2
    label(wide, "测试误差", (last, test[-1]), va="center")
    label(wide, "噪声", (last, values["noise"]), colour=GREEN, va="center")
    label(wide, "方差", (last, variance[-1]), colour=NAVY, va="center")
    label(wide, "训练误差", (last, train[-1]), colour=MUTED, va="center")
    label(wide, "偏差平方", (last, 0), colour=RED, va="center")
    wide.set(xlabel="多项式的次数", ylabel="均方误差", ylim=(-0.02, 0.45), xlim=(-0.3, 14.6))
    wide.set_xticks(DEGREES[::2])
    return figure


def results(values):
    for degree in (1, int(values["best"]), 12):
        bias2, variance, test, train = values["table"][degree]
        parts = f"{bias2:.3f} + {variance:.3f} + {values['noise']:.3f} ≈ {test:.3f}"
        yield f"{degree} 次：偏差平方 + 方差 + 噪声 ≈ 测试误差", parts
        yield f"{degree} 次：训练误差", f"{train:.3f}"
