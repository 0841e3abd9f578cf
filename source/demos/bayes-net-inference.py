"""贝叶斯网络：证据怎样改变信念，分解怎样省下计算

草地湿了（W），是洒水（S）还是下雨（R）？上图：看到草湿，洒水的概率升高；再得知下过雨，它又落回去，
因为雨已经足以解释草湿，这叫“解释消除”。下图：n 个二值变量连成一条链，枚举全部组合的乘法次数
按指数增长，变量消除只按线性增长，两者结果相同。
"""

import itertools

import torch

from bindery.demos.style import FAINT, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上幅柱状图：洒水的概率由先验 0.30 升到草湿后的 0.43，再得知下雨后降到 0.19。"
    "下幅两条曲线是乘法次数随变量个数的增长，枚举按指数，变量消除按线性。"
)
TOLERANCE = {"weighted": 0.01}  # a sample more or less on another device moves it a little
SAMPLES, SIZES = 100_000, (2, 4, 6, 8, 10, 12, 14)
# P(variable = 1 | parents), indexed by the parents' values. C: cloudy, S: sprinkler, R: rain
CPT = {
    "C": ((), torch.tensor(0.5)),
    "S": (("C",), torch.tensor([0.5, 0.1])),
    "R": (("C",), torch.tensor([0.2, 0.8])),
    "W": (("S", "R"), torch.tensor([[0.0, 0.9], [0.9, 0.99]])),
}


def joint(values):
    """P(C, S, R, W): the product over the nodes of P(x | parents)."""
    p = 1.0
    for name, (parents, table) in CPT.items():
        one = float(table[tuple(values[parent] for parent in parents)])
        p *= one if values[name] else 1 - one
    return p


def mass(**known):
    """P(known): the joint summed over all states that agree."""
    every = itertools.product((0, 1), repeat=len(CPT))
    states = [dict(zip(CPT, each, strict=True)) for each in every]
    return sum(joint(state) for state in states if state.items() >= known.items())


def query(name, **evidence):
    """P(name = 1 | evidence)."""
    return mass(**{name: 1}, **evidence) / mass(**evidence)


def likelihood_weighting(u):
    """P(S = 1 | W = 1): draw C, S and R from the root down, weight by P(W = 1 | S, R). u: (3, n)"""
    drawn = {}
    for noise, name in zip(u, "CSR", strict=True):
        parents, table = CPT[name]
        drawn[name] = (noise < table.to(u.device)[tuple(drawn[p] for p in parents)]).long()
    weight = CPT["W"][1].to(u.device)[drawn["S"], drawn["R"]]  # (n,)
    return (weight * drawn["S"]).sum() / weight.sum()


def enumerate_chain(first, T):
    """P(X_n) by summing 2^n products, and the multiplications. first: (2,), T: (n-1, 2, 2)"""
    states = torch.cartesian_prod(*[torch.arange(2, device=T.device)] * (len(T) + 1))  # (2^n, n)
    p = first[states[:, 0]]
    for step, table in enumerate(T):
        p = p * table[states[:, step], states[:, step + 1]]
    last = torch.zeros(2, device=T.device).index_add(0, states[:, -1], p)
    return last, len(states) * len(T)


def eliminate_chain(first, T):
    """The same by variable elimination: sum X_1 out, then X_2 …; each costs 4 multiplications."""
    message = first
    for table in T:
        message = message @ table  # (2,) @ (2, 2)
    return message, 4 * len(T)


def compute(device):
    posteriors = [query("S"), query("S", W=1), query("S", W=1, R=1)]
    assert posteriors[0] < posteriors[1] > posteriors[2], "no explaining away"
    assert abs(query("R", C=1, S=1) - query("R", C=1, S=0)) < 1e-12, "S and R depend, given C"
    generator = torch.Generator("cpu").manual_seed(9)
    weighted = likelihood_weighting(torch.rand(3, SAMPLES, generator=generator).to(device))
    assert abs(weighted - posteriors[1]) < 0.01, "sampling disagrees with enumeration"
    one = torch.rand(SIZES[-1], 2, generator=generator)
    T = torch.stack((1 - one, one), dim=-1).to(device)  # (n, 2, 2): P(next | this)
    both = [(enumerate_chain(T[0, 0], T[1:n]), eliminate_chain(T[0, 0], T[1:n])) for n in SIZES]
    for (slow, _), (fast, _) in both:
        assert torch.allclose(slow, fast, atol=1e-6), "elimination changed the answer"
    return {
        "posteriors": posteriors,
        "rain": query("R", W=1),
        "p_wet": mass(W=1),
        "weighted": weighted,
        "multiplications": torch.tensor([(many, few) for (_, many), (_, few) in both]),
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.3, rows=2, height_ratios=(1, 1.1))
    names = ("先验\nP(S)", "草湿\nP(S | W)", "草湿且下雨\nP(S | W, R)")
    bars = top.bar(names, values["posteriors"], 0.5, color=(FAINT, NAVY, FAINT), edgecolor=MUTED)
    bars[2].set_hatch("////")
    top.bar_label(bars, fmt="{:.3f}", padding=2)
    top.set(ylim=(0, 0.54), ylabel="洒水的概率")
    many, few = values["multiplications"].T
    bottom.semilogy(SIZES, many, "s--", color=RED)
    bottom.semilogy(SIZES, few, "o-", color=NAVY)
    label(bottom, f"枚举：{many[-1]:,} 次", (12.7, many[-1]), colour=RED, ha="right", va="center")
    label(bottom, f"变量消除：{few[-1]} 次", (14, few[-1] * 2.2), colour=NAVY, ha="right")
    bottom.set(xlabel="变量个数 n", ylabel="乘法次数", xticks=SIZES)
    return figure


def results(values):
    yield "P(S)、P(S | W)、P(S | W, R)", "、".join(f"{p:.3f}" for p in values["posteriors"])
    yield "P(W)、P(R | W)", f"{values['p_wet']:.4f}、{values['rain']:.3f}"
    yield f"似然加权估计 P(S | W)，{SAMPLES:,} 个样本", f"{values['weighted']:.3f}"
    many, few = values["multiplications"][-1]
    yield f"{SIZES[-1]} 个变量的乘法：枚举 / 消除", f"{many:,} / {few}"
