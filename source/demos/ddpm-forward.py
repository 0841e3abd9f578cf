"""DDPM 的前向扩散：逐步加噪与一步到位

上图是同一批螺旋线上的点在第 0、50、200、500、1000 步的样子：结构逐渐被噪声淹没。
下图实线是闭式给出的信号系数与噪声系数，圆圈来自真正逐步加噪的 20,000 条链：两者相符，
所以训练时可以一步跳到任意的 t。虚线是余弦调度的信号系数，它把信号留得更久。
"""

import math

import torch

from bindery.demos.style import BLUE, INK, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上图五团点从左到右：螺旋线渐渐模糊，最后成为一团没有结构的高斯噪声。"
    "下图横轴是步数 t，信号系数从 1 降到 0，噪声系数从 0 升到 1，两条线交叉；圆圈落在线上。"
)
# The chains sum a thousand rounded steps; their random numbers are the same on every device.
TOLERANCE = {"chain_signal": 1e-3, "chain_noise": 1e-3, "points": 1e-3, "largest_error": 0.05}
T, CHAINS, SHOWN = 1000, 20_000, 130
SNAPSHOTS = (0, 50, 200, 500, 1000)


def linear_schedule():
    return torch.linspace(1e-4, 0.02, T, dtype=torch.float64)  # beta_t, (T,); Ho et al.


def cosine_alpha_bar(s=0.008):
    t = torch.arange(1, T + 1, dtype=torch.float64) / T
    f = torch.cos((t + s) / (1 + s) * math.pi / 2) ** 2  # Nichol & Dhariwal
    return f / math.cos(s / (1 + s) * math.pi / 2) ** 2


def spiral(generator):
    u = torch.rand(CHAINS, generator=generator).sqrt()
    angle = 3 * math.pi * u
    x = u[:, None] * torch.stack((angle.cos(), angle.sin()), dim=1)
    return (x - x.mean(0)) / x.std()  # (N, 2), unit variance


def compute(device):
    generator = torch.Generator("cpu").manual_seed(3)
    beta = linear_schedule()
    alpha_bar = (1 - beta).cumprod(0)  # (T,)
    x0 = spiral(generator).to(device)  # (N, 2)
    x, points, signal, noise = x0, [x0[:SHOWN].cpu()], [], []
    for t in range(1, T + 1):
        epsilon = torch.randn(CHAINS, 2, generator=generator).to(device)
        x = (1 - beta[t - 1]).sqrt() * x + beta[t - 1].sqrt() * epsilon  # q(x_t | x_{t-1})
        if t in SNAPSHOTS:
            points.append(x[:SHOWN].cpu())
        if t % 50 == 0:
            # Regress x_t on x_0: the slope is the signal's coefficient, the rest is noise.
            slope = (x * x0).sum() / (x0 * x0).sum()
            signal.append(slope.cpu())
            noise.append((x - slope * x0).square().mean().sqrt().cpu())

    at = torch.arange(50, T + 1, 50)
    chain = torch.stack((torch.stack(signal), torch.stack(noise))).double()
    closed = torch.stack((alpha_bar.sqrt(), (1 - alpha_bar).sqrt()))[:, at - 1]
    error = (chain - closed).abs().max()
    assert error < 5 / math.sqrt(2 * CHAINS), "closed form and chain disagree"

    # The posterior q(x_{t-1} | x_t, x_0), by its formula and by multiplying two Gaussians.
    alpha, before = 1 - beta[1:], alpha_bar[:-1]
    posterior = (1 - before) / (1 - alpha_bar[1:]) * beta[1:]
    assert torch.allclose(posterior, 1 / (alpha / beta[1:] + 1 / (1 - before)), rtol=1e-9)
    return {
        "t": torch.arange(1, T + 1)[9::10],
        "signal": alpha_bar.sqrt()[9::10],
        "noise": (1 - alpha_bar).sqrt()[9::10],
        "cosine": cosine_alpha_bar().sqrt()[9::10].clamp(min=0),
        "chain_t": at,
        "chain_signal": chain[0],
        "chain_noise": chain[1],
        "points": torch.stack(points),  # (snapshots, SHOWN, 2)
        "largest_error": error,
        "alpha_bar_500": alpha_bar[499],
        "alpha_bar_last": alpha_bar[-1],
        "half_linear": int((alpha_bar > 0.5).sum()),
        "half_cosine": int((cosine_alpha_bar() > 0.5).sum()),
    }


def draw(values):
    figure, (clouds, curves) = new_figure(height=3.3, rows=2, height_ratios=(1, 1.9))
    for place, (step, points) in enumerate(zip(SNAPSHOTS, values["points"], strict=True)):
        x, y = points.T
        clouds.plot(5.4 * place + x, y, ".", color=NAVY, markersize=2, alpha=0.8, mew=0)
        clouds.text(5.4 * place, -3.4, f"$t={step}$", ha="center", va="top", color=INK)
    clouds.set(xlim=(-2.7, 24.3), ylim=(-4.6, 2.9), aspect="equal")
    clouds.axis("off")

    curves.plot(values["t"], values["signal"], "-", color=NAVY)
    curves.plot(values["t"], values["noise"], "-", color=RED)
    curves.plot(values["t"], values["cosine"], "--", color=BLUE, linewidth=1.1)
    circle = {"markersize": 3.4, "markerfacecolor": "white", "linestyle": "none"}
    curves.plot(values["chain_t"], values["chain_signal"], "o", color=NAVY, **circle)
    curves.plot(values["chain_t"], values["chain_noise"], "s", color=RED, **circle)
    label(curves, r"信号 $\sqrt{\bar\alpha_t}$", (425, 0.44), colour=NAVY)
    label(curves, r"噪声 $\sqrt{1-\bar\alpha_t}$", (560, 0.86), colour=RED, va="top")
    label(curves, "余弦调度的信号", (660, 0.55), colour=BLUE)
    label(curves, "圆圈、方块：逐步加噪实测", (150, 0.03), colour=MUTED)
    curves.set(xlabel="步数 $t$", ylabel="系数", ylim=(-0.03, 1.05), yticks=(0, 0.5, 1))
    return figure


def results(values):
    yield "闭式与逐步加噪的最大差", f"{values['largest_error']:.4f}"
    yield "第 500 步的累积系数 ᾱ", f"{values['alpha_bar_500']:.4f}"
    yield "第 1000 步的累积系数 ᾱ", f"{values['alpha_bar_last']:.2e}"
    yield "信号方差过半的步数，线性 / 余弦", f"{values['half_linear']} / {values['half_cosine']}"
