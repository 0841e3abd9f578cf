"""同源的权重才能平均：插值、联邦平均与 EWC

手写数字，两层隐藏层的网络，全部真正训练。上图：两个独立初始化的网络各自都对，中间的插值却塌下去；
从同一个预训练权重分头训练的两个，一路都好。下图：五个客户端各只有两种数字，各自训练 60 步，只认得
自己的；每轮各训练 5 步再平均，40 轮之后合成的模型认得全部十种。学新任务（像素打乱的数字）时，
EWC 保住了旧任务。
"""

import torch
from _digits_mlp import accuracy, digits, fisher_diagonal, initial, sgd

from bindery.demos.style import INK, NAVY, RED, SKY, label, new_figure

ALT = (
    "上图横轴是插值系数：独立初始化的一对在中间塌到不足六成，同一预训练的一对保持水平。"
    "下图是横条：联邦平均远高于各自训练；学新任务后旧任务的正确率，直接学跌到七成，EWC 不跌。"
)
TOLERANCE = 0.1  # trained
EWC_STRENGTH, ALONE_STEPS, ROUNDS, LOCAL_STEPS = 15.0, 60, 40, 5
CLIENTS = (f"各自训练 {ALONE_STEPS} 步", "把它们平均一次", f"FedAvg，{ROUNDS} 轮×{LOCAL_STEPS} 步")
LEARNT = ("学新任务之前", "直接学新任务之后", "用 EWC 学之后")


def mix(shares, models):
    """The weighted average of the parameters; the shares sum to 1."""
    layers = zip(*models, strict=True)
    return [sum(s * p for s, p in zip(shares, each, strict=True)) for each in layers]


def compute(device):
    train, test = digits(device)  # images (N, 64) and labels (N,)

    # 1. alpha * A + (1 - alpha) * B: two strangers, and two siblings from one trunk.
    old = sgd(initial(1, device), train, 300, seed=1)
    strangers = [old, sgd(initial(2, device), train, 300, seed=2)]
    trunk = sgd(initial(1, device), train, 100, seed=3)
    siblings = [sgd(trunk, train, 200, seed=seed) for seed in (4, 5)]
    alphas = torch.linspace(0, 1, 11)
    lines = [
        [accuracy(mix((a, 1 - a), pair), test) for a in alphas.tolist()]
        for pair in (strangers, siblings)
    ]
    assert min(lines[0]) < min(lines[0][0], lines[0][-1]) - 0.1, "strangers have no barrier"
    assert min(lines[1]) > min(lines[1][0], lines[1][-1]) - 0.02, "siblings have a barrier"

    # 2. FedAvg: five clients with two digits each, weighted by their numbers of samples.
    owners = [train[1] // 2 == c for c in range(5)]
    clients = [(train[0][mine], train[1][mine]) for mine in owners]
    shares = [len(labels) / len(train[1]) for _, labels in clients]
    start = initial(1, device)
    alone = [sgd(start, client, ALONE_STEPS, seed=c) for c, client in enumerate(clients)]
    shared = start
    for r in range(ROUNDS):
        local = [sgd(shared, own, LOCAL_STEPS, 10 * r + c) for c, own in enumerate(clients)]
        shared = mix(shares, local)
    federated = [
        sum(accuracy(one, test) for one in alone) / 5,
        accuracy(mix(shares, alone), test),
        accuracy(shared, test),
    ]
    assert federated[0] < 0.25 and federated[2] > 0.7, federated

    # 3. EWC: the new task shows the digits with their pixels shuffled.
    shuffle = torch.randperm(64, generator=torch.Generator("cpu").manual_seed(7)).to(device)
    new_train, new_test = (train[0][:, shuffle], train[1]), (test[0][:, shuffle], test[1])
    fisher = fisher_diagonal(old, train[0], torch.Generator("cpu").manual_seed(8))

    def anchor(params):
        terms = zip(fisher, params, old, strict=True)
        return 0.5 * EWC_STRENGTH * sum((f * (p - q) ** 2).sum() for f, p, q in terms)

    plain = sgd(old, new_train, 200, seed=9, rate=0.1)
    kept = sgd(old, new_train, 200, seed=9, rate=0.1, penalty=anchor)
    models = (old, plain, kept)
    old_task, new_task = ([accuracy(p, each) for p in models] for each in (test, new_test))
    assert old_task[1] < old_task[2] - 0.15, "EWC does not help the old task"
    return {
        "alphas": alphas,
        "strangers": lines[0],
        "siblings": lines[1],
        "federated": federated,  # alone, averaged once, FedAvg
        "old_task": old_task,  # before, plainly trained on, with EWC
        "new_task": new_task,
    }


def draw(values):
    figure, (line, bars) = new_figure(height=4.4, rows=2, height_ratios=(5, 6))
    for name, text, colour, style, marker, at in (
        ("siblings", "同一预训练，分头训练", NAVY, "-", "o", (0.3, 0.99)),
        ("strangers", "各自独立初始化", RED, "--", "s", (0.34, 0.72)),
    ):
        line.plot(values["alphas"], values[name], style, color=colour, marker=marker)
        label(line, text, at, colour=colour)
    line.set(xlabel="插值系数 α", ylabel="测试正确率", ylim=(0.5, 1.05), title="两个网络之间")

    for start, shares in ((0, values["federated"]), (4, values["old_task"])):
        for y, share in enumerate(shares, start):
            bars.barh(y, share, color=NAVY if y == start + 2 else SKY, height=0.75)
            bars.text(share + 0.02, y, f"{share:.0%}", va="center", color=INK)
    bars.set_yticks((0, 1, 2, 4, 5, 6), CLIENTS + LEARNT)
    bars.tick_params(axis="y", length=0)
    bars.text(0, -0.95, "五个客户端，各有两种数字", va="center")
    bars.text(0, 3.1, "旧任务的正确率", va="center")
    bars.set(xlabel="测试正确率", xlim=(0, 1.12), ylim=(6.5, -1.4))
    return figure


def results(values):
    for name, text in (("strangers", "独立初始化"), ("siblings", "同一预训练")):
        shown = "、".join(f"{values[name][i]:.1%}" for i in (0, 5, 10))
        yield f"{text}：α = 0、0.5、1 处", shown
    for text, share in zip(CLIENTS, values["federated"], strict=True):
        yield f"五个客户端：{text}", f"{share:.1%}"
    for text, old, new in zip(LEARNT, values["old_task"], values["new_task"], strict=True):
        yield f"{text}：旧任务与新任务", f"{old:.1%}，{new:.1%}"
