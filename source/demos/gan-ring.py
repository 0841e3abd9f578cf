"""GAN 在八个高斯组成的环上：模式坍缩与模式覆盖

左右两个 GAN 的网络、损失、数据、学习率与初始权重都相同，只差 Adam 的动量系数 β₁。
左边 β₁ = 0.9，生成的点挤成一片，随判别器来回摆动，只压住少数几个模式；右边 β₁ = 0，
八个模式都有样本。下图数出每个时刻覆盖了几个：2,000 个样本中至少有 1% 落在该模式中心 3σ 以内，
才算覆盖。
"""

import torch
from _ring import MODES, SIGMA, centres, ring
from matplotlib.patches import Circle
from torch import nn
from torch.nn.functional import softplus

from bindery.demos.style import FAINT, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上排两幅散点图，灰圈是环上的八个真实模式。左图 β₁ 为 0.9，生成的点聚在少数模式附近；"
    "右图 β₁ 为 0，生成的点布满八个模式。下图是覆盖的模式数随训练步数的变化："
    "β₁ 为 0 的实线很快升到 8，β₁ 为 0.9 的虚线始终在低处跳动。"
)
# Adversarial training is chaotic: rounding alone sends a collapsed run to other modes, and
# moves the points of a healthy one within their modes. What the note claims is compared.
TOLERANCE = {
    "collapsed_samples": None,
    "collapsed_modes": None,
    "collapsed_quality": None,
    "healthy_samples": None,
    "healthy_modes": 0.3,
    "healthy_quality": 0.2,
}
STEPS, EVERY, BATCH, LATENT, DRAWS = 900, 50, 128, 8, 2000


def network(inputs, outputs, activation):
    return nn.Sequential(
        nn.Linear(inputs, 64), activation, nn.Linear(64, 64), activation, nn.Linear(64, outputs)
    )


def coverage(samples):
    """Modes that at least 1 % of the samples hit within 3 sigma, and the share that hit any."""
    distance, mode = torch.cdist(samples, centres()).min(dim=1)
    hits = torch.bincount(mode[distance < 3 * SIGMA], minlength=MODES)
    return int((hits >= len(samples) / 100).sum()), float(hits.sum() / len(samples))


def train(beta1, device):
    torch.manual_seed(1)  # all random numbers are drawn on the CPU
    G = network(LATENT, 2, nn.ReLU()).to(device)
    D = network(2, 1, nn.LeakyReLU(0.2)).to(device)  # logits
    options = {"betas": (beta1, 0.99), "fused": device.type in ("cpu", "cuda")}
    adam_G, adam_D = (torch.optim.Adam(net.parameters(), **options) for net in (G, D))
    fixed = torch.randn(DRAWS, LATENT).to(device)
    history = []
    for step in range(1, STEPS + 1):
        for adam in (adam_G, adam_D):
            adam.param_groups[0]["lr"] = 3e-3 * min(1, 2 * (1 - (step - 1) / STEPS))
        real = ring(BATCH).to(device)  # (B, 2)
        z = torch.randn(2, BATCH, LATENT).to(device)

        fake = G(z[0]).detach()
        loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        adam_D.zero_grad()
        loss_D.backward()
        adam_D.step()

        loss_G = softplus(-D(G(z[1]))).mean()  # non-saturating: maximise log D(G(z))
        adam_G.zero_grad()
        loss_G.backward()
        adam_G.step()
        if step % EVERY == 0:
            samples = G(fixed).detach().cpu()  # (DRAWS, 2)
            history.append(coverage(samples))
    return samples, history


def compute(device):
    values = {"steps": torch.arange(EVERY, STEPS + 1, EVERY), "centres": centres()}
    for name, beta1 in (("collapsed", 0.9), ("healthy", 0.0)):
        samples, history = train(beta1, device)
        values[f"{name}_samples"] = samples[:250]
        values[f"{name}_modes"] = torch.tensor([count for count, _ in history])
        values[f"{name}_quality"] = history[-1][1]
    assert values["healthy_modes"][-1] == MODES, "a mode is lost without momentum"
    assert values["collapsed_modes"].max() < MODES, "momentum did not collapse"
    return values


def draw(values):
    figure, panels = new_figure(height=3.5, rows=2, columns=2, height_ratios=(1.7, 1))
    for axes in panels[1]:
        axes.remove()
    below = figure.add_subplot(panels[0, 0].get_gridspec()[1, :])
    low, high = r"$\beta_1=0$", r"$\beta_1=0.9$"
    looks = (("collapsed", high, RED, "s", "--"), ("healthy", low, NAVY, "o", "-"))
    for axes, (name, title, colour, marker, line) in zip(panels[0], looks, strict=True):
        modes = values[f"{name}_modes"]
        for centre in values["centres"]:
            axes.add_patch(Circle(centre, 3 * SIGMA, color=FAINT, linewidth=0))
        axes.plot(*values[f"{name}_samples"].T, marker, color=colour, markersize=1.6, alpha=0.7)
        axes.set(xlim=(-2.9, 2.9), ylim=(-2.9, 2.9), aspect="equal", xticks=[], yticks=[])
        axes.set_title(f"{title}：覆盖 {modes[-1]} 个")
        below.plot(values["steps"], modes, line, marker=marker, markersize=2.5, color=colour)
    label(below, low, (values["steps"][-1], 7.1), colour=NAVY, ha="right", va="top")
    label(below, high, (values["steps"][-1], 3.2), colour=RED, ha="right", va="bottom")
    middle = {"ha": "center", "va": "center", "linespacing": 1.4}
    label(panels[0, 1], "灰：真实模式\n的 3σ 范围", (0, 0), colour=MUTED, **middle)
    below.axhline(MODES, color=MUTED, linewidth=0.6, linestyle=":")
    below.set(ylim=(-0.3, 8.8), yticks=(0, 2, 4, 6, 8), xlabel="训练步数", ylabel="覆盖的模式")
    return figure


def results(values):
    for name, title in (("collapsed", "β₁ = 0.9"), ("healthy", "β₁ = 0")):
        yield f"{title}：最后覆盖的模式", f"{values[f'{name}_modes'][-1]} / {MODES}"
        yield f"{title}：落在某个模式 3σ 内的样本", f"{values[f'{name}_quality']:.0%}"
