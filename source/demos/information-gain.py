"""信息增益：哪个特征最能减少不确定

上图是 Quinlan 的 14 天打球数据：按信息增益，“日期”以 0.94 比特远胜其余，因为它把每天单独
分开，却毫无预测力；除以分裂信息的增益率把它压低，但仍不能完全消除这种偏好。
下图是真实的鸢尾花：扫过花瓣长度的每个阈值，信息增益在 2.45 cm 处最大，正好把一种花分开。
"""

import torch
from sklearn.datasets import load_iris

from bindery.demos.style import FAINT, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上幅横向柱状图比较日期、天气、湿度、风力、温度五个特征的信息增益与增益率，日期最长。"
    "下幅曲线是信息增益随花瓣长度阈值的变化，在 2.45 厘米处最高。"
)
WEATHER = """
晴 热 高 弱 否|晴 热 高 强 否|阴 热 高 弱 是|雨 温 高 弱 是|雨 凉 正常 弱 是
雨 凉 正常 强 否|阴 凉 正常 强 是|晴 温 高 弱 否|晴 凉 正常 弱 是|雨 温 正常 弱 是
晴 温 正常 强 是|阴 温 高 强 是|阴 热 正常 弱 是|雨 温 高 强 否
"""
NAMES = ("日期", "天气", "湿度", "风力", "温度")


def entropy(counts):
    """Entropy in bits of each row of counts. counts: (…, C) -> (…)"""
    p = counts / counts.sum(dim=-1, keepdim=True).clamp(min=1)
    return -torch.xlogy(p, p).sum(dim=-1) / torch.log(torch.tensor(2.0))


def gain(table):
    """H(Y) - H(Y | A) of a contingency table. table: (…, values of A, classes) -> (…)"""
    weight = table.sum(dim=-1) / table.sum(dim=(-2, -1))[..., None]  # P(A = a)
    return entropy(table.sum(dim=-2)) - (weight * entropy(table)).sum(dim=-1)


def contingency(a, y):
    """How often each value of a meets each class. a, y: (N,) of whole numbers"""
    table = torch.zeros(a.max() + 1, y.max() + 1, device=y.device)
    return table.index_put((a, y), torch.ones(len(y), device=y.device), accumulate=True)


def compute(device):
    days = [day.split() for line in WEATHER.split("\n") for day in line.split("|") if day]
    sky, heat, humidity, wind, play = zip(*days, strict=True)

    def codes(column):
        return torch.tensor([sorted(set(column)).index(value) for value in column], device=device)

    y = codes(play)  # (14,)
    columns = (range(14), sky, humidity, wind, heat)
    tables = [contingency(codes(column), y) for column in columns]
    gains = torch.stack([gain(table) for table in tables])
    split = torch.stack([entropy(table.sum(dim=1)) for table in tables])  # H(A)
    # The gain is the mutual information, so it does not matter which side is conditioned on.
    assert torch.allclose(gains, torch.stack([gain(table.T) for table in tables]), atol=1e-6)
    assert gains[0] == entropy(tables[0].sum(dim=0)), "the date does not explain every day"

    iris = load_iris()
    length = torch.tensor(iris.data[:, 2], dtype=torch.float32, device=device)  # (150,), cm
    kind = torch.tensor(iris.target, device=device)
    seen = length.unique()
    thresholds = (seen[1:] + seen[:-1]) / 2  # (T,)
    left = length <= thresholds[:, None]  # (T, N)
    one_hot = torch.nn.functional.one_hot(kind, 3).float()  # (N, 3)
    split_tables = torch.stack((left.float() @ one_hot, (~left).float() @ one_hot), dim=1)
    curve = gain(split_tables)  # (T,)
    best = curve.argmax()
    return {
        "node_entropy": entropy(tables[0].sum(dim=0)),
        "gains": gains,
        "ratios": gains / split,
        "thresholds": thresholds,
        "curve": curve,
        "best_threshold": thresholds[best],
        "best_gain": curve[best],
        "left_of_best": split_tables[best, 0].int(),
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.5, rows=2, height_ratios=(1.25, 1))
    for row, (g, r) in enumerate(zip(values["gains"], values["ratios"], strict=True)):
        top.barh(row - 0.19, g, 0.36, color=NAVY)
        top.barh(row + 0.19, r, 0.36, color=FAINT, edgecolor=MUTED, hatch="////")
        top.text(g + 0.01, row - 0.19, f"{g:.3f}", color=NAVY, va="center", fontsize=7)
        top.text(r + 0.01, row + 0.22, f"{r:.3f}", color=MUTED, va="center", fontsize=7)
    top.set_yticks(range(len(NAMES)), NAMES)
    top.invert_yaxis()
    top.set(xlim=(0, 1.1))
    top.set_title("打球数据：信息增益（实心，比特）与增益率（斜线）")
    bottom.plot(values["thresholds"], values["curve"], "-", color=NAVY)
    x, height = values["best_threshold"], values["best_gain"]
    bottom.plot(x, height, "o", color=RED, markersize=5)
    label(bottom, f"{x:.2f} cm：{height:.3f} 比特", (x, height + 0.07), colour=RED)
    bottom.set_title("鸢尾花：按花瓣长度的阈值一分为二")
    bottom.set(ylim=(0, 1.2), xlabel="阈值 / cm", ylabel="信息增益 / 比特")
    return figure


def results(values):
    yield "节点的熵 H(Y)", f"{values['node_entropy']:.3f} 比特"
    for name, g, r in zip(NAMES, values["gains"], values["ratios"], strict=True):
        yield f"{name}：信息增益 / 增益率", f"{g:.3f} / {r:.3f}"
    yield "鸢尾花的最佳阈值", f"{values['best_threshold']:.2f} cm，{values['best_gain']:.3f} 比特"
