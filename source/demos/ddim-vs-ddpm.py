"""同一个去噪网络，DDIM 与 DDPM 用不同的步数采样

网络只在两弯新月上训练一次，两种采样从同一批 x_T 出发。上图都是 10 步：DDIM（η = 0）的点
比 DDPM（η = 1）更贴近新月。下图的纵轴是样本与真实数据的切片 Wasserstein 距离，越低越好：
步数少时 DDIM 领先得多，步数多了就靠拢。点线是两批真实数据之间的距离，样本有限时不会更低。
"""

import torch
from _two_moons import moons, sliced_wasserstein
from torch import nn

from bindery.demos.style import FAINT, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上排两幅散点图，灰色是真实的两弯新月，左边 DDIM 的点较贴近，右边 DDPM 的点较散。"
    "下图横轴是采样步数，纵轴是到真实数据的距离，都是对数刻度：两条线都随步数下降，"
    "DDIM 的实线低于 DDPM 的虚线，步数多时靠拢。"
)
# Training multiplies rounding differences between devices; the curves stay where they are.
TOLERANCE = {"ddim": 0.02, "ddpm": 0.02, "moved": 0.02, "ddim_points": 0.05, "ddpm_points": 0.05}
T, N, BATCH, TRAINING = 1000, 2000, 256, 1500
STEPS = (5, 10, 20, 50, 100)


class Denoiser(nn.Module):
    """epsilon_theta(x_t, t), with the noise level given by alpha_bar_t."""

    def __init__(self, width=96):
        super().__init__()
        hidden = [nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()]
        self.net = nn.Sequential(nn.Linear(18, width), nn.SiLU(), *hidden, nn.Linear(width, 2))

    def forward(self, x, a):  # x: (B, 2), a: (B, 1)
        level = torch.log((1 - a) / a) / 6 * torch.tensor([0.5, 1, 2, 4], device=x.device)
        waves = torch.cat((level, x, 2 * x), dim=1)
        features = torch.cat((x, waves.sin(), waves.cos()), dim=1)  # (B, 18)
        # For data of unit variance sqrt(1 - a) x is the best linear guess of epsilon.
        return (1 - a).sqrt() * x + a.sqrt() * self.net(features)


def train(device, alpha_bar):
    model = Denoiser().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=6e-3, fused=device.type in ("cpu", "cuda"))
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, TRAINING)
    for _ in range(TRAINING):
        x0, epsilon = moons(BATCH).to(device), torch.randn(BATCH, 2).to(device)
        a = alpha_bar[torch.randint(1, T + 1, (BATCH, 1)).to(device)]
        loss = (model(a.sqrt() * x0 + (1 - a).sqrt() * epsilon, a) - epsilon).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        rate.step()
    return model


@torch.no_grad()
def sample(model, x, steps, eta, alpha_bar):
    """Song et al., equation 12, on an evenly spaced subsequence of the T training steps."""
    times = torch.linspace(T, 0, steps + 1).round().long()  # T = tau_S > ... > tau_0 = 0
    for a, b in zip(alpha_bar[times[:-1]], alpha_bar[times[1:]], strict=True):
        sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)).sqrt()  # b belongs to the cleaner x
        epsilon = model(x, a.expand(len(x), 1))
        x0 = (x - (1 - a).sqrt() * epsilon) / a.sqrt()
        noise = torch.randn(x.shape).to(x.device)
        x = b.sqrt() * x0 + (1 - b - sigma**2).clamp(min=0).sqrt() * epsilon + sigma * noise
    return x


def compute(device):
    torch.manual_seed(5)  # all random numbers are drawn on the CPU
    beta = torch.linspace(1e-4, 0.02, T)
    alpha_bar = torch.cat((torch.ones(1), (1 - beta).cumprod(0))).to(device)  # (T + 1,)
    model = train(device, alpha_bar)
    real, other, start = moons(N).to(device), moons(N).to(device), torch.randn(N, 2).to(device)
    values = {"steps": list(STEPS), "real": real[:300]}
    values["floor"] = sliced_wasserstein(real, other)
    moved = []
    for name, eta in (("ddim", 0.0), ("ddpm", 1.0)):
        runs = [sample(model, start, S, eta, alpha_bar) for S in STEPS]  # from the same x_T
        values[name] = torch.stack([sliced_wasserstein(run, real) for run in runs])
        values[f"{name}_points"] = runs[1][:200]
        moved.append((runs[2] - runs[4]).norm(dim=1).median())
    values["moved"] = torch.stack(moved)  # between 20 and 100 steps
    assert (values["ddim"] < 0.85 * values["ddpm"])[:3].all(), "DDIM wins at few steps"
    assert abs(values["ddim"][-1] - values["ddpm"][-1]) < 0.03, "no difference at many steps"
    assert 5 * moved[0] < moved[1], "only DDIM comes to the same place"
    return values


def draw(values):
    figure, panels = new_figure(height=3.2, rows=2, columns=2)
    for axes in panels[1]:
        axes.remove()
    below = figure.add_subplot(panels[0, 0].get_gridspec()[1, :])
    looks = (("ddim", "DDIM", NAVY, "o", "-"), ("ddpm", "DDPM", RED, "s", "--"))
    for axes, (name, title, colour, marker, line) in zip(panels[0], looks, strict=True):
        axes.plot(*values["real"].T, ".", color=FAINT, markersize=4)
        axes.plot(*values[f"{name}_points"].T, marker, color=colour, markersize=1.9, mew=0)
        axes.set(xlim=(-2.3, 2.3), ylim=(-1.45, 1.45), aspect="equal", xticks=[], yticks=[])
        axes.set_title(f"{title}，10 步")
        below.loglog(values["steps"], values[name], line, marker=marker, color=colour)
    below.axhline(values["floor"], color=MUTED, linestyle=":", linewidth=0.9)
    label(below, "DDPM", (10.6, values["ddpm"][1]), colour=RED, va="bottom")
    label(below, "DDIM", (9.4, values["ddim"][1]), colour=NAVY, ha="right", va="top")
    label(below, "两批真实数据", (6, values["floor"]), colour=MUTED, va="center")
    below.set_xticks(values["steps"], [str(step) for step in values["steps"]])
    below.set_yticks((0.03, 0.1, 0.3), ("0.03", "0.1", "0.3"))
    below.minorticks_off()
    below.set(xlabel="采样步数", ylabel="到真实数据的距离", ylim=(0.024, 0.36))
    return figure


def results(values):
    for name, moved in zip(("ddim", "ddpm"), values["moved"], strict=True):
        pairs = zip(values["steps"], values[name], strict=True)
        yield f"{name.upper()} 的距离", "，".join(f"{s} 步 {d:.3f}" for s, d in pairs)
        yield f"{name.upper()}：同一起点，20 步与 100 步的结果相距（中位数）", f"{moved:.3f}"
    yield "两批真实数据之间的距离", f"{values['floor']:.3f}"
