"""支持向量机：少数几个点定出边界

实线是决策边界 f(x) = 0，虚线是 f(x) = ±1，两条虚线之间是间隔。画圈的是支持向量：
它们压在虚线上或落在虚线以内；去掉其余的点重新求解，边界不变。
左边是线性核，允许少数点越界；右边是 RBF 核，同样的求解给出弯曲的边界。
"""

import torch

from bindery.demos.style import INK, MUTED, NAVY, RED, new_figure

ALT = (
    "左右两幅散点图，圆点与方块各是一类。左幅有一条直的边界和两条平行虚线，右幅的边界绕成一圈；"
    "靠近边界的少数点被圈出，是支持向量。"
)
TOLERANCE = 5e-3  # the solver stops when the KKT conditions hold to 1e-3
C, GAMMA, SIDE, REACH = 1.0, 0.4, 29, 3.0


def linear(a, b):
    return a @ b.T  # (N, 2), (M, 2) -> (N, M)


def rbf(a, b):
    return torch.exp(-GAMMA * torch.cdist(a, b).square())


def solve_dual(K, y, tol=1e-3):
    """SMO: always improve the pair that violates the KKT conditions most. K: (N, N), y: (N,)"""
    alpha = torch.zeros_like(y)
    gradient = -torch.ones_like(y)  # of 1/2 a'Qa - 1'a, where Q = yy' * K
    while True:
        score = -y * gradient  # of a free support vector: b
        rises = torch.where(y > 0, alpha < C * (1 - 1e-6), alpha > C * 1e-6)
        falls = torch.where(y > 0, alpha > C * 1e-6, alpha < C * (1 - 1e-6))
        i = score.masked_fill(~rises, -torch.inf).argmax()
        j = score.masked_fill(~falls, torch.inf).argmin()
        if score[i] - score[j] < tol:
            return alpha, (score[i] + score[j]) / 2
        step = (score[i] - score[j]) / (K[i, i] + K[j, j] - 2 * K[i, j])
        room_i = torch.where(y[i] > 0, C - alpha[i], alpha[i])
        room_j = torch.where(y[j] > 0, alpha[j], C - alpha[j])
        step = torch.minimum(step, torch.minimum(room_i, room_j))  # 0 <= alpha <= C
        alpha[i] += y[i] * step  # and y'alpha stays 0
        alpha[j] -= y[j] * step
        gradient += y * step * (K[:, i] - K[:, j])


def compute(device):
    generator = torch.Generator("cpu").manual_seed(3)
    noise = torch.randn(40, 2, generator=generator)
    y = torch.ones(40)
    y[20:] = -1
    turn = torch.rand(20, generator=generator) * 2 * torch.pi
    ring = 2 * torch.stack((turn.cos(), turn.sin()), dim=1)
    clouds = 0.72 * noise + y[:, None] * torch.tensor([0.9, 0.7])
    disc = torch.cat((0.55 * noise[:20], ring + 0.25 * noise[20:]))
    y = y.to(device)
    axis = torch.linspace(-REACH, REACH, SIDE)
    grid = torch.cartesian_prod(axis, axis).to(device)  # (SIDE^2, 2), x first

    values = {"y": y, "axis": axis}
    for name, kernel, points in (("linear", linear, clouds), ("rbf", rbf, disc)):
        X = points.to(device)  # (N, 2)
        alpha, b = solve_dual(kernel(X, X), y)
        f = kernel(X, X) @ (alpha * y) + b  # (N,)
        support = alpha > 1e-5
        assert (y * f)[support].max() < 1 + 5e-3, "a support vector outside the margin"
        assert (y * f)[~support].min() > 1 - 5e-3, "another point inside the margin"

        again, shift = solve_dual(kernel(X[support], X[support]), y[support])
        heights = kernel(grid, X) @ (alpha * y) + b
        alone = kernel(grid, X[support]) @ (again * y[support]) + shift
        assert (heights - alone).abs().max() < 0.02, "the other points do matter"
        norm = (alpha * y @ kernel(X, X) @ (alpha * y)).sqrt()  # ||w||
        primal = norm**2 / 2 + C * (1 - y * f).clamp(min=0).sum()
        dual = alpha.sum() - norm**2 / 2
        assert (primal - dual) / primal < 5e-3, "the duality gap is open"
        values |= {
            f"{name}_x": X,
            f"{name}_support": support,
            f"{name}_f": heights.reshape(SIDE, SIDE).T.round(decimals=3),  # (y, x)
            f"{name}_margin": 2 / norm,
            f"{name}_errors": (y * f <= 0).sum(),
        }
    return values


def draw(values):
    figure, panels = new_figure(height=1.9, columns=2, sharey=True)
    axis, y = values["axis"], values["y"]
    for axes, name, title in zip(panels, ("linear", "rbf"), ("线性核", "RBF 核"), strict=True):
        x, support, heights = (values[f"{name}_{key}"] for key in ("x", "support", "f"))
        axes.contourf(axis, axis, heights, [-1, 1], colors=["#ececec"])
        axes.contour(axis, axis, heights, [-1, 1], colors=MUTED, linestyles="--", linewidths=0.8)
        axes.contour(axis, axis, heights, [0], colors=INK, linewidths=1.5)
        axes.plot(*x[y > 0].T, "o", color=NAVY, markersize=3.4)
        axes.plot(*x[y < 0].T, "s", color=RED, markersize=3.4, mfc="white", mew=1)
        axes.plot(*x[support].T, "o", color=INK, markersize=7.5, mfc="none", mew=0.8)
        axes.set_title(f"{title}：{support.sum()} 个支持向量")
        axes.set(xticks=[], yticks=[], aspect="equal", xlim=axis[[0, -1]], ylim=axis[[0, -1]])
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def results(values):
    for name, title in (("linear", "线性核"), ("rbf", "RBF 核")):
        yield f"{title}：支持向量 / 样本", f"{values[f'{name}_support'].sum()} / {len(values['y'])}"
        yield f"{title}：间隔宽度 2/‖w‖", f"{values[f'{name}_margin']:.3f}"
        yield f"{title}：分错的训练样本", f"{values[f'{name}_errors']}"
    yield "只用支持向量重新求解", "边界不变（差小于 0.02）"
