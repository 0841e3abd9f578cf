"""特征缩放：对谁要紧，对谁无所谓

真实的葡萄酒数据，13 个化学指标，标准差相差两千多倍。上图：逻辑回归的梯度下降，步长各取 1/L，
原始特征走 300 步几乎没有动，缩放之后很快降下去。下图：随机对半分 20 次的平均测试准确率，
K 近邻看距离，缩放后大为改观；决策树只看次序，怎样缩放都一样。
"""

import torch
from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier

from bindery.demos.style import FAINT, INK, MUTED, NAVY, PAPER, RED, SKY, label, new_figure

ALT = (
    "上幅三条损失曲线：原始特征的几乎水平，归一化的较快下降，标准化的最快。"
    "下幅三组柱：K 近邻与逻辑回归缩放后准确率大增，决策树三根柱一样高。"
)
# Nearly equal distances and a single test sample decided otherwise on another device.
TOLERANCE = {"accuracy": 0.01}
STEPS, SPLITS, K = 300, 20, 5
NAMES = ("原始", "归一化", "标准化")


def shift_and_width(rule, X):
    """What scaling subtracts and divides by, from the training part alone. X: (N, d)"""
    if rule == "归一化":  # normalisation: to [0, 1]
        low, high = X.amin(dim=0), X.amax(dim=0)
        return low, high - low
    if rule == "标准化":  # standardisation: mean 0, standard deviation 1
        return X.mean(dim=0), X.std(dim=0, correction=0)
    return 0, 1


def neighbours(X, y, queries):
    exact = "donot_use_mm_for_euclid_dist"  # raw features are large: do not subtract squares
    distances = torch.cdist(queries, X, compute_mode=exact)  # (M, N)
    nearest = distances.topk(K, largest=False).indices  # (M, K)
    return torch.nn.functional.one_hot(y[nearest], 3).sum(dim=1).argmax(dim=1)


def logistic(X, y, queries):
    """Softmax regression by gradient descent from 0. Returns predictions and losses."""
    A = torch.cat((X, torch.ones(len(X), 1, device=X.device)), dim=1)  # (N, d + 1)
    L = torch.linalg.matrix_norm(A, 2).square() / len(A) / 2  # of the gradient, at most
    W, Y, losses = A.new_zeros(A.shape[1], 3), torch.nn.functional.one_hot(y, 3), []
    for _ in range(STEPS + 1):
        losses.append(torch.nn.functional.cross_entropy(A @ W, y))
        W = W - A.T @ ((A @ W).softmax(dim=1) - Y) / len(A) / L
    B = torch.cat((queries, torch.ones(len(queries), 1, device=X.device)), dim=1)
    return (B @ W).argmax(dim=1), torch.stack(losses)


def tree(X, y, queries):
    model = DecisionTreeClassifier(random_state=0).fit(X.cpu().numpy(), y.cpu().numpy())
    return torch.tensor(model.predict(queries.cpu().numpy()), device=y.device)


def compute(device):
    wine = load_wine()
    X = torch.tensor(wine.data, dtype=torch.float32, device=device)  # (178, 13)
    y = torch.tensor(wine.target, device=device)
    generator = torch.Generator("cpu").manual_seed(2)
    orders = [torch.randperm(len(y), generator=generator).to(device) for _ in range(SPLITS)]
    losses, right = [], torch.zeros(3, 3, device=device)
    for row, rule in enumerate(NAMES):
        for split, order in enumerate(orders):
            train, test = order.chunk(2)
            shift, width = shift_and_width(rule, X[train])
            fit, queries = (X[train] - shift) / width, (X[test] - shift) / width
            guess, loss = logistic(fit, y[train], queries)
            if split == 0:
                losses.append(loss[::5])
            guesses = (neighbours(fit, y[train], queries), guess, tree(fit, y[train], queries))
            hits = [(each == y[test]).float().mean() for each in guesses]
            right[row] += torch.stack(hits) / SPLITS
    assert (right[1:, 0] > right[0, 0] + 0.15).all(), "scaling does not help the neighbours"
    assert (right[:, 2] - right[0, 2]).abs().max() < 0.005, "scaling changes the tree"
    spread = X.std(dim=0, correction=0)
    return {
        "spread": spread.max() / spread.min(),
        "losses": torch.stack(losses),  # (3, 61)
        "accuracy": right,  # (scaling, model)
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.4, rows=2, height_ratios=(1, 1.05))
    styles = ((RED, "--"), (SKY, "-"), (NAVY, "-"))
    for name, loss, (colour, line) in zip(NAMES, values["losses"], styles, strict=True):
        top.semilogy(range(0, STEPS + 1, 5), loss, line, color=colour)
        label(top, name, (STEPS + 6, loss[-1]), va="center")
    top.set(xlabel="步数", ylabel="训练损失", xlim=(0, STEPS * 1.16), ylim=(0.006, 1.5))
    top.set_yticks((0.01, 0.1, 1), ("0.01", "0.1", "1"))
    top.minorticks_off()
    for row, (name, rates) in enumerate(zip(NAMES, values["accuracy"], strict=True)):
        places = [model + 0.27 * (row - 1) for model in range(3)]
        colour, hatch = ((FAINT, "////"), (SKY, ""), (NAVY, ""))[row]
        bottom.bar(places, rates, 0.25, color=colour, edgecolor=MUTED, hatch=hatch)
        ground = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
        upright = {"rotation": 90, "bbox": ground, "color": PAPER if row == 2 else INK}
        for place, rate in zip(places, rates, strict=True):
            bottom.text(place, rate + 0.015, f"{rate:.0%}", ha="center", fontsize=6.5)
            bottom.text(place, 0.04, name, ha="center", fontsize=6.5, **upright)
    bottom.set_xticks(range(3), ("K 近邻", f"逻辑回归（{STEPS} 步）", "决策树"))
    bottom.set(ylim=(0, 1.12), ylabel="测试准确率", yticks=(0, 0.5, 1))
    return figure


def results(values):
    yield "最大与最小的标准差之比", f"{values['spread']:.0f}"
    for row, name in enumerate(NAMES):
        near, logit, trees = values["accuracy"][row]
        yield f"{name}：K 近邻 / 逻辑回归 / 决策树", f"{near:.1%} / {logit:.1%} / {trees:.1%}"
        yield f"{name}：{STEPS} 步后的训练损失", f"{values['losses'][row][-1]:.3f}"
