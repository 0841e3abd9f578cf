"""K-means：每一步都不增大 J，终点却取决于起点

上排是同一份数据的两次运行，折线是各簇中心走过的路：左边落到最优解，右边陷在较差的局部极小，
一簇独占两团，另外两团却分给三簇。下图是每次“分配”和“更新”之后的目标 J：只降不升，
但两次停在不同的高度。换用 K-means++ 的初始化，更容易得到左边的结果。
"""

import torch

from bindery.demos.style import INK, MUTED, NAVY, ORANGE, RED, SKY, label, new_figure

ALT = (
    "上排两幅散点图画出四个簇中心的移动路径，左幅四团各得一个中心，右幅有一个中心停在左边两团之间。"
    "下幅两条阶梯下降的曲线，右边那次运行停得更高。"
)
# A point on a border may change its cluster on another device.
TOLERANCE = {"random_best": 0.02, "plus_plus_best": 0.02}
N, K, RUNS = 160, 4, 400


def assign(X, centres):
    """The nearest centre of each point. X: (R, N, d), centres: (R, K, d) -> (R, N)"""
    return torch.cdist(X, centres).argmin(dim=-1)


def update(X, cluster, centres):
    """The mean of each cluster; an empty one keeps its centre. -> (R, K, d)"""
    member = torch.nn.functional.one_hot(cluster, K).to(X.dtype)  # (R, N, K)
    size = member.sum(dim=1)[..., None]  # (R, K, 1)
    return torch.where(size > 0, member.transpose(1, 2) @ X / size.clamp(min=1), centres)


def objective(X, cluster, centres):
    own = centres.gather(1, cluster[..., None].expand(-1, -1, X.shape[-1]))  # (R, N, d)
    return (X - own).square().sum(dim=(1, 2))  # (R,)


def lloyd(X, centres, steps=30):
    """All runs at once. Returns J after each half step and the centres before each step."""
    J, path = [], [centres]
    for _ in range(steps):
        cluster = assign(X, centres)
        J.append(objective(X, cluster, centres))
        centres = update(X, cluster, centres)
        J.append(objective(X, cluster, centres))
        path.append(centres)
    return torch.stack(J, dim=1), torch.stack(path, dim=1), cluster


def plus_plus(X, u):
    """K-means++: draw each next centre with probability proportional to D(x)^2. u: (R, K)"""
    rows = torch.arange(len(X), device=X.device)
    centres = X[rows, (u[:, 0] * N).long()][:, None]  # (R, 1, d)
    for k in range(1, K):
        D2 = torch.cdist(X, centres).square().amin(dim=-1)  # (R, N)
        mass = D2.cumsum(dim=1)
        drawn = torch.searchsorted(mass, u[:, k : k + 1] * mass[:, -1:], right=True)
        nearest = X[rows, drawn[:, 0].clamp(max=N - 1)]
        centres = torch.cat((centres, nearest[:, None]), dim=1)
    return centres


def compute(device):
    generator = torch.Generator("cpu").manual_seed(8)
    blobs = torch.tensor([[-2.2, 1.0], [-1.2, -1.2], [1.6, 1.1], [2.4, -0.8]])
    X = (blobs.repeat(N // K, 1) + 0.48 * torch.randn(N, 2, generator=generator)).to(device)
    many = X.expand(RUNS, -1, -1)
    first = torch.rand(RUNS, N, generator=generator).argsort(dim=1)[:, :K].to(device)
    u = torch.rand(RUNS, K, generator=generator).to(device)

    values = {"x": X.round(decimals=3), "runs": RUNS}
    J, path, cluster = lloyd(many, X[first])
    assert (J.diff(dim=1) <= 1e-3).all(), "a half step raised J"
    better = lloyd(many, plus_plus(many, u))[0][:, -1]
    best = torch.minimum(J[:, -1].min(), better.min())
    values["random_best"] = (J[:, -1] < 1.01 * best).sum()
    values["plus_plus_best"] = (better < 1.01 * best).sum()
    assert values["plus_plus_best"] > values["random_best"], "K-means++ does not help"
    bad = J[:, -1].round(decimals=1).argmax()  # the first of those that end alike
    good = torch.where(J[:, -1] < 1.01 * best, J[:, 2], 0).argmax()  # the longest way there
    for name, run in (("good", good), ("bad", bad)):
        values |= {f"{name}_J": J[run, :16], f"{name}_path": path[run, :10]}
        values[f"{name}_cluster"] = cluster[run]
    return values


def draw(values):
    figure, axes = new_figure(height=3.2, rows=2, columns=2, height_ratios=(1.2, 1))
    colours, marks = (NAVY, RED, SKY, ORANGE), ("o", "s", "^", "D")
    x, wide = values["x"], axes[1, 0]
    axes[1, 1].remove()
    wide.set_subplotspec(wide.get_gridspec()[1, :])
    runs = (("good", "最优解", NAVY, "o-"), ("bad", "局部极小", RED, "s--"))
    for panel, (name, title, colour, line) in zip(axes[0], runs, strict=True):
        J, path, cluster = (values[f"{name}_{key}"] for key in ("J", "path", "cluster"))
        for k, mark in enumerate(marks):
            mine = x[cluster == k]
            panel.plot(*mine.T, mark, color=colours[k], markersize=2, alpha=0.75)
            panel.plot(*path[:, k].T, "-", color=INK, linewidth=1)
            panel.plot(*path[0, k], "o", color=INK, markersize=4, mfc="white", mew=0.9)
            panel.plot(*path[-1, k], "X", color=INK, markersize=6, mec="white", mew=0.6)
        panel.set_title(f"{title}：J = {J[-1]:.1f}")
        panel.set(xticks=[], yticks=[], aspect="equal")
        panel.spines[["left", "bottom"]].set_visible(False)
        steps = [half / 2 for half in range(1, len(J) + 1)]
        wide.plot(steps, J, line, color=colour, markersize=3)
    label(wide, "局部极小", (6, values["bad_J"][-1] + 45), colour=RED, ha="center")
    label(wide, "最优解", (1.7, values["good_J"][2]), colour=NAVY)
    label(wide, "x.5 是分配，整数是更新", (8, 900), colour=MUTED, ha="right")
    wide.set(ylim=(0, None), xlabel="迭代", ylabel="目标 J")
    return figure


def results(values):
    yield "左边的运行停在 J", f"{values['good_J'][-1]:.1f}"
    yield "右边的运行停在 J", f"{values['bad_J'][-1]:.1f}"
    yield "随机初始化到达最优", f"{values['random_best']} / {values['runs']} 次"
    yield "K-means++ 到达最优", f"{values['plus_plus_best']} / {values['runs']} 次"
