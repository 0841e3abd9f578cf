"""K 近邻：k 越大，边界越平滑

上排是同一份训练数据：k = 1 时每个噪声点都圈出一小块地盘，k = 15 时边界平滑。
下图横轴是 k：训练误差在 k = 1 时恒为 0，说明不了任何问题；测试误差先降后升，
k 太小过拟合，k 太大欠拟合；点线是已知真实分布时的最小误差（贝叶斯错误率）。
"""

import torch

from bindery.demos.style import INK, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上排两幅散点图：k = 1 的边界曲折并有孤岛，k = 15 的边界平滑。下幅两条曲线随 k 变化："
    "训练误差从 0 上升，测试误差先降后升，最低处接近贝叶斯错误率的点线。"
)
# A neighbour at almost the same distance may change places on another device.
TOLERANCE = {"train_error": 0.05, "test_error": 0.02, "votes_1": 0.05, "votes_15": 0.1}
N, TESTS, NOISE = 200, 4000, 0.38
KS = (1, 3, 5, 9, 15, 25, 45, 81, 121, 161)


def posterior(x):
    """P(y = 1 | x) by Bayes: each class spreads around a half circle by Gaussian noise."""
    turn = torch.linspace(0, torch.pi, 200, device=x.device)
    upper = torch.stack((turn.cos() - 0.5, turn.sin() - 0.25), dim=1)
    one, zero = (
        torch.exp(-torch.cdist(x, arc).square() / (2 * NOISE**2)).mean(dim=1)
        for arc in (upper, -upper)
    )
    return one / (one + zero)


def moons(count, generator):
    y = torch.arange(count) % 2
    turn = torch.rand(count, generator=generator) * torch.pi
    x = torch.stack((turn.cos() - 0.5, turn.sin() - 0.25), dim=1) * (2 * y[:, None] - 1)
    return x + NOISE * torch.randn(count, 2, generator=generator), y


def share_of_ones(queries, X, y, k):
    """Share of class 1 among the k nearest. queries: (M, 2), X: (N, 2), y: (N,) -> (M,)"""
    exact = "donot_use_mm_for_euclid_dist"  # a point is at distance 0 from itself
    distances = torch.cdist(queries, X, compute_mode=exact)  # (M, N): the cost of predicting
    nearest = distances.topk(k, largest=False).indices  # (M, k)
    return y[nearest].float().mean(dim=1)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(5)
    X, y = (t.to(device) for t in moons(N, generator))
    tests = moons(TESTS, generator)[0].to(device)
    p = posterior(tests)  # (TESTS,)
    across, up = torch.linspace(-2.4, 2.4, 49), torch.linspace(-1.7, 1.7, 35)
    grid = torch.cartesian_prod(up, across).flip(1).to(device)  # (35 * 49, 2), x first

    def error(points, p_one, k):
        """Expected share of errors, when a point is of class 1 with probability p_one."""
        return torch.where(share_of_ones(points, X, y, k) > 0.5, 1 - p_one, p_one).mean()

    train_error = torch.stack([error(X, y.float(), k) for k in KS])
    test_error = torch.stack([error(tests, p, k) for k in KS])
    bayes = torch.minimum(p, 1 - p).mean()  # nothing can be better
    one = float(test_error[0])
    assert train_error[0] == 0, "a point is not its own nearest neighbour"
    assert bayes < test_error.min() < 0.85 * one, "k = 1 is already good"
    assert one < 2 * bayes * (1 - bayes) + 0.03, "worse than the bound of Cover and Hart"
    return {
        "x": X.round(decimals=3),
        "y": y,
        "across": across,
        "up": up,
        "votes_1": share_of_ones(grid, X, y, 1).reshape(35, 49).int(),
        "votes_15": share_of_ones(grid, X, y, 15).reshape(35, 49).round(decimals=2),
        "train_error": train_error,
        "test_error": test_error,
        "bayes": bayes,
    }


def draw(values):
    figure, axes = new_figure(height=3.1, rows=2, columns=2, height_ratios=(1, 1.15))
    x, y, across, up = (values[name] for name in ("x", "y", "across", "up"))
    for panel, k in zip(axes[0], (1, 15), strict=True):
        votes = values[f"votes_{k}"]
        panel.contourf(across, up, votes, [-1, 0.5, 2], colors=["#fdf1e8", "#cfdfee"])
        panel.contour(across, up, votes, [0.5], colors=INK, linewidths=0.9)
        panel.plot(*x[y == 1].T, "o", color=NAVY, markersize=2.4)
        panel.plot(*x[y == 0].T, "s", color=RED, markersize=2.6, mfc="white", mew=0.8)
        panel.set_title(f"k = {k}")
        panel.set(xticks=[], yticks=[], aspect="equal")
        panel.spines[["left", "bottom"]].set_visible(False)
    wide = axes[1, 0]
    axes[1, 1].remove()
    wide.set_subplotspec(wide.get_gridspec()[1, :])
    wide.semilogx(KS, values["train_error"], "s--", color=RED, markersize=3)
    wide.semilogx(KS, values["test_error"], "o-", color=NAVY, markersize=3)
    wide.axhline(values["bayes"], color=MUTED, linestyle=":", linewidth=1.2)
    label(wide, "测试误差", (1.1, values["test_error"][0] + 0.008), colour=NAVY, va="bottom")
    label(wide, "训练误差", (1.25, 0.045), colour=RED)
    label(wide, "贝叶斯错误率", (160, values["bayes"] - 0.008), colour=MUTED, va="top", ha="right")
    wide.set_xticks(KS[:-1], [str(k) for k in KS[:-1]])
    wide.minorticks_off()
    wide.set(ylim=(0, 0.3), xlabel="k", ylabel="误差")
    return figure


def results(values):
    best = values["test_error"].argmin()
    yield "k = 1 的训练误差 / 测试误差", f"0 / {values['test_error'][0]:.1%}"
    yield f"测试误差最低：k = {KS[best]}", f"{values['test_error'][best]:.1%}"
    yield f"k = {KS[-1]} 的测试误差", f"{values['test_error'][-1]:.1%}"
    yield "贝叶斯错误率", f"{values['bayes']:.1%}"
