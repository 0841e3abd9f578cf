"""L1 把系数逐个压成零，L2 把它们一起缩小

8 个特征，真正有用的只有 3 个（粗线）。惩罚 λ 从左到右加大：L1 的无用系数先恰好变成 0，
有用的也依次归零；L2 把它们一起缩小，却没有一个恰好等于 0。每一点都真正求解，并用最优性条件检验。
"""

import torch

from bindery.demos.style import BLUE, FAINT, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "两幅折线图，横轴是对数刻度的惩罚强度。上幅 L1：五条细线很早落到零并停在零，"
    "三条粗线先后落到零。下幅 L2：八条都平滑地趋近零而不到零。"
)
TOLERANCE = {"lasso": 1e-3, "ridge": 1e-3}
SAMPLES, TRUE = 60, (3.0, -2.0, 1.2, 0.0, 0.0, 0.0, 0.0, 0.0)
STRENGTHS = 31


def soft_threshold(w, t):
    """The proximal map of t * |w|: towards zero by t, and exactly zero within."""
    return w.sign() * (w.abs() - t).clamp(min=0)


def lasso(gram, moment, strengths, steps=500):
    """ISTA on half the mean squared error plus lambda * |w|_1. Returns (strengths, D)."""
    rate = 1 / torch.linalg.eigvalsh(gram)[-1]
    w = torch.zeros(len(strengths), len(moment), device=gram.device)
    for _ in range(steps):
        gradient = w @ gram - moment
        w = soft_threshold(w - rate * gradient, rate * strengths[:, None])
    return w


def ridge(gram, moment, strengths):
    """Half the mean squared error plus lambda / 2 * |w|^2, in closed form. (strengths, D)"""
    eye = torch.eye(len(moment), device=gram.device)
    return torch.linalg.solve(gram + strengths[:, None, None] * eye, moment)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(4)
    X = torch.randn(SAMPLES, len(TRUE), generator=generator)
    X = (X - X.mean(0)) / X.std(0, correction=0)  # (N, D), each column standardised
    y = X @ torch.tensor(TRUE) + torch.randn(SAMPLES, generator=generator)
    X, y = X.to(device), (y - y.mean()).to(device)
    gram, moment = X.T @ X / SAMPLES, X.T @ y / SAMPLES  # (D, D), (D,)

    strengths = torch.logspace(-2, 1, STRENGTHS).to(device)
    w1, w2 = lasso(gram, moment, strengths), ridge(gram, moment, strengths)

    # Optimality of L1: |gradient| is lambda where w is not zero, at most lambda where it is.
    slope = (w1 @ gram - moment).abs()
    excess = torch.where(w1 == 0, (slope - strengths[:, None]).clamp(min=0), 0)
    equal = torch.where(w1 == 0, 0, (slope - strengths[:, None]).abs())
    assert torch.maximum(excess, equal).max() < 1e-4, "L1 is not solved"
    assert (w2 != 0).all(), "L2 has made a zero"
    first_zero = moment.abs().max()  # beyond it every coefficient is zero
    assert (w1[strengths > first_zero] == 0).all()

    # Orthonormal features: the two rules in one line each.
    w_ols = torch.tensor([2.0, 0.8, 0.3]).to(device)
    one = torch.ones(1, device=device)
    eye = torch.eye(3, device=device)
    assert torch.allclose(lasso(eye, w_ols, 0.5 * one)[0], soft_threshold(w_ols, 0.5))
    assert torch.allclose(ridge(eye, w_ols, 0.5 * one)[0], w_ols / 1.5)
    return {
        "strengths": strengths,
        "lasso": w1,  # (strengths, D)
        "ridge": w2,
        "zeros_lasso": (w1 == 0).sum(1),
        "all_zero_from": first_zero,
    }


def draw(values):
    figure, panels = new_figure(height=4.0, rows=2, sharex=True)
    looks = ((NAVY, "-", NAVY, 2.45), (RED, "--", RED, -1.6), (SKY, "-", BLUE, 1.3))
    for axes, name, title in zip(
        panels, ("lasso", "ridge"), ("L1（Lasso）", "L2（岭回归）"), strict=True
    ):
        axes.axhline(0, color=FAINT, linewidth=0.8)
        axes.semilogx(values["strengths"], values[name][:, 3:], color=MUTED, lw=0.8, ls="-")
        for k, (colour, line, dark, height) in enumerate(looks):
            axes.semilogx(values["strengths"], values[name][:, k], line, color=colour, lw=2)
            text = f"$w_{k + 1}$，真值 {TRUE[k]:g}".replace("-", "−")
            label(axes, text, (0.012, height), colour=dark)
        label(axes, "其余 5 个，真值 0", (0.012, -0.85), colour=MUTED)
        axes.set(ylabel="系数", title=title)
    panels[1].set_xlabel("惩罚强度 λ")
    return figure


def results(values):
    for i in (0, 10, 20, 30):
        strength, zeros = values["strengths"][i], values["zeros_lasso"][i]
        yield f"λ = {strength:g}：L1 恰为零的系数", f"{zeros} 个，共 {len(TRUE)} 个"
    yield "L1 的系数全为零，从 λ 不小于", f"{values['all_zero_from']:.3f}"
    yield "L2 恰为零的系数", "0 个"
