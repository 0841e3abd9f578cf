"""Nucleus（top-p）采样：候选集随分布伸缩

同样取 p = 0.9：分布尖时只留下几个词，分布平时留下几十个。固定 k = 10 的 top-k 不看分布，
在尖的分布上多收了一段几乎不可能的尾巴，在平的分布上切掉了大半合理的词。
空心柱是截断后重新归一化的概率；圆圈是真正抽样 20,000 次得到的频率，落在空心柱的顶上。
"""

import torch

from bindery.demos.style import FAINT, MUTED, NAVY, PAPER, RED, label, new_figure

ALT = (
    "上下两幅柱状图，横轴是按概率从高到低排列的词。上幅分布尖，top-p 只留下最前面的几根柱；"
    "下幅分布平，top-p 留下几十根柱。红色虚线是 top-k 的边界 k = 10，两幅相同。"
)
# On another device a draw may fall into the neighbouring interval of the summed probabilities.
TOLERANCE = {"peaked_frequencies": 0.01, "flat_frequencies": 0.01}
P, K, DRAWS = 0.9, 10, 20_000


def nucleus(probs, p):
    """The smallest set of most probable tokens whose mass reaches p, as a mask. probs: (V,)"""
    ordered, order = probs.sort(descending=True, stable=True)
    mass_before = ordered.cumsum(0) - ordered  # of all tokens that rank higher
    keep = (mass_before < p) | (p >= 1)  # p = 1 is every token, however the sum rounds
    keep[0] = True  # with p <= 0 the most probable one: greedy decoding
    return torch.zeros_like(keep).scatter(0, order, keep)  # back from rank to token


def compute(device):
    generator = torch.Generator("cpu").manual_seed(6)
    logits = torch.randn(50, generator=generator).to(device)  # (V,)
    values = {"p": P, "k": K, "draws": DRAWS, "vocabulary": len(logits)}
    for name, temperature in (("peaked", 0.4), ("flat", 1.5)):
        probs = (logits / temperature).softmax(0)  # (V,)
        kept = nucleus(probs, P)  # (V,)
        target = torch.where(kept, probs, 0.0)
        target = target / target.sum()

        # Inverse transform sampling: the token whose interval of the CDF holds u.
        u = torch.rand(DRAWS, generator=generator).to(device)
        tokens = torch.searchsorted(target.cumsum(0), u, right=True)  # (DRAWS,)
        counts = torch.bincount(tokens, minlength=len(probs))  # (V,)
        sigma = (DRAWS * target * (1 - target)).sqrt()
        assert counts[~kept].sum() == 0, "drew a token outside the nucleus"
        assert ((counts - DRAWS * target).abs() <= 5 * sigma)[kept].all(), "frequencies differ"

        rank = probs.argsort(descending=True, stable=True)
        values |= {
            f"{name}_probs": probs[rank],
            f"{name}_frequencies": counts[rank] / DRAWS,
            f"{name}_kept": kept.sum(),
            f"{name}_kept_mass": probs[kept].sum(),
            f"{name}_top_k_mass": probs[rank[:K]].sum(),
        }
    return values


def draw(values):
    figure, panels = new_figure(height=3.2, rows=2, sharex=True)
    k, ranks = values["k"], range(1, values["vocabulary"] + 1)
    for axes, name, title in zip(panels, ("peaked", "flat"), ("分布尖", "分布平"), strict=True):
        probs, kept = values[f"{name}_probs"], int(values[f"{name}_kept"])
        axes.bar(ranks, probs, color=[NAVY if rank <= kept else FAINT for rank in ranks])
        target = probs[:kept] / values[f"{name}_kept_mass"]  # renormalised over the nucleus
        axes.bar(ranks[:kept], target, fill=False, edgecolor=NAVY, linewidth=0.7)
        drawn = values[f"{name}_frequencies"][:kept]
        axes.plot(ranks[:kept], drawn, "o", color=PAPER, markersize=3.2, mec=NAVY, mew=0.8)

        top = float(drawn.max())
        spans = (
            (1.34, "top-p", kept, values[f"{name}_kept_mass"], NAVY, "-"),
            (1.14, "top-k", k, values[f"{name}_top_k_mass"], RED, "--"),
        )
        for height, rule, size, mass, colour, line in spans:
            axes.plot([0.5, size + 0.5], [top * height] * 2, line, color=colour, linewidth=2)
            text = f"{rule}：{size} 个词，占 {mass:.0%}"
            above = size > k + 2  # a long bar leaves no room beside it
            at = (k + 2, top * (height + 0.04 * above))
            label(axes, text, at, colour=colour, va="bottom" if above else "center")
        axes.set_ylim(0, top * 1.65)
        axes.plot([k + 0.5] * 2, [0, top * 1.14], "--", color=RED, linewidth=1)
        axes.set_title(title)
        axes.set_ylabel("概率")
        axes.locator_params(axis="y", nbins=4)
    label(panels[0], "空心柱：截断后归一化的概率", (k + 2, 0.5), colour=NAVY)
    label(panels[0], "圆圈：抽样 20,000 次的频率", (k + 2, 0.36), colour=NAVY)
    label(panels[1], "舍去", (43.5, panels[1].get_ylim()[1] * 0.1), colour=MUTED, ha="center")
    panels[1].set_xlabel("词，按概率从高到低排列")
    return figure


def results(values):
    for name, title in (("peaked", "分布尖"), ("flat", "分布平")):
        kept, mass = values[f"{name}_kept"], values[f"{name}_kept_mass"]
        yield f"{title}：top-p（p = {values['p']}）留下的词", f"{kept} 个，共占 {mass:.1%}"
        yield (
            f"{title}：top-k（k = {values['k']}）留下的概率",
            f"{values[f'{name}_top_k_mass']:.1%}",
        )
