"""RoPE：只剩相对距离，还分两种排法

上图：同一个随机向量兼作 q 与 k，在两个位置各自旋转。相隔越远，平均分数总体越低，却时有回升；
阴影是中间八成的向量。Abel 求和的上界因子走势相似（按距离 0 归一，上界本身大几十倍）。
下图：一个专看 8 个词以前的注意力头。实线是相邻配对，圆圈是维度置换后的对半配对，两者重合；
权重照旧而配对换掉，尖峰就没有了。距离 0 处三者相同，所以只测一个词元发现不了。
"""

import torch

from bindery.demos.style import FAINT, NAVY, PAPER, RED, label, new_figure

ALT = (
    "上图：平均分数随相对距离由 1 波动下降到 0.2 至 0.5 之间，上界因子大多更低。"
    "下图：相邻配对的分数在距离 8 处达到尖峰，对半配对的圆圈与它重合，混用的虚线没有尖峰。"
)
# What is left of the differences is rounding: no two machines share it.
TOLERANCE = {"deviation_float64": None, "deviation_float32": None, "deviation_bfloat16": None}
D, PAIRS, FARTHEST, BACK = 64, 256, 256, 8
SHIFTS = (0, 1, 7, 63, 300, 1000, 2047, 3840)


def rope(x, pos, half_split=False, dtype=torch.float64):
    """Rotate pair i by pos · theta_i, an angle taken in dtype. x: (..., T, d), pos: (T,)"""
    i = torch.arange(x.shape[-1] // 2, dtype=dtype, device=x.device)
    theta = 10000.0 ** (-2 * i / x.shape[-1])  # (d/2,)
    angle = (pos.to(dtype)[:, None] * theta).to(x.dtype)  # (T, d/2)
    cos, sin = angle.cos(), angle.sin()
    a, b = x.chunk(2, dim=-1) if half_split else (x[..., 0::2], x[..., 1::2])
    y = (a * cos - b * sin, a * sin + b * cos)
    return torch.cat(y, -1) if half_split else torch.stack(y, -1).flatten(-2)


def scores(q, k, distances, n, **options):
    """Inner products of q at position n + distance with k at position n. (pairs, distances)"""
    rotated = rope(q[:, None], distances + n, **options)  # (pairs, distances, d)
    return (rotated @ rope(k[:, None], distances[:1] * 0 + n, **options).mT)[..., 0]


def compute(device):
    generator = torch.Generator("cpu").manual_seed(0)
    vectors = torch.randn(2, PAIRS, D, generator=generator, dtype=torch.float64)
    q, k = (vectors / vectors.norm(dim=-1, keepdim=True)).to(device)  # (pairs, d), of length 1
    distances = torch.arange(FARTHEST + 1, device=device)
    values = {"d": D, "pairs": PAIRS, "back": BACK, "shifts": len(SHIFTS)}

    # The same distance at other positions: the score must not change.
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        at = torch.stack([scores(q, k, distances, n, dtype=dtype) for n in SHIFTS])
        values[f"deviation_{dtype}".replace("torch.", "")] = (at - at[0]).abs().max()
    assert values["deviation_float64"] < 1e-5, "the score depends on more than the distance"

    # Abel's bound: |s| <= max |h_{i+1} - h_i| · sum |S_l|, with h_{d/2} = 0.
    theta = 10000.0 ** (-2 * torch.arange(D // 2, device=device).double() / D)
    S = torch.polar(torch.ones(()).to(theta), distances[:, None] * theta).cumsum(-1).abs()
    for other in (k, q):
        h = torch.view_as_complex(q.view(PAIRS, -1, 2))
        h = h * torch.view_as_complex(other.view(PAIRS, -1, 2)).conj()  # (pairs, d/2)
        steps = torch.cat((h, torch.zeros_like(h[:, :1])), 1).diff(dim=1).abs().amax(1)
        bound = steps[:, None] * S.sum(-1)  # (pairs, distances)
        assert (scores(q, other, distances, 0).abs() <= bound + 1e-12).all(), "bound broken"

    same = scores(q, q, distances, 0)
    mean, spread = same.mean(0), same.std(0) / PAIRS**0.5
    expected = (distances[:, None] * theta).cos().mean(1)
    assert ((mean - expected).abs() <= 5 * spread + 1e-12).all(), "not the mean of the cosines"
    low, high = same.quantile(torch.tensor([0.1, 0.9]).to(same), dim=0)
    values |= {"mean": mean, "low": low, "high": high}
    values |= {"bound_factor": S.mean(1) / S[0].mean(), "bound_at_zero": bound[:, 0].mean()}

    # A head that looks 8 back: k turned by 8 beforehand. Then its dimensions in the other order.
    one = q[:1]
    key = rope(one, distances[BACK : BACK + 1])  # (1, d)
    order = torch.cat((torch.arange(0, D, 2), torch.arange(1, D, 2))).to(device)
    near = distances[:33]
    adjacent = scores(one, key, near, 0)[0]
    permuted = scores(one[:, order], key[:, order], near, 0, half_split=True)[0]
    mixed = scores(one, key, near, 0, half_split=True)[0]
    assert (adjacent - permuted).abs().max() < 1e-5, "the layouts disagree"
    assert (adjacent - mixed)[1:].abs().max() > 0.1, "mixing goes unnoticed"
    assert adjacent.argmax() == BACK, "the head looks elsewhere"
    return values | {"adjacent": adjacent, "permuted": permuted, "mixed": mixed}


def draw(values):
    figure, (top, bottom) = new_figure(height=3.9, rows=2)
    distances = range(len(values["mean"]))
    top.fill_between(distances, values["low"], values["high"], color=FAINT, linewidth=0)
    top.plot(distances, values["mean"], "-", color=NAVY)
    top.plot(distances, values["bound_factor"], "--", color=RED)
    top.set(ylim=(-0.08, 1.05), ylabel="以距离 0 为 1", xlabel="相对距离 $m-n$")
    top.set_title(f"内容相同时分数随距离的变化（$d={values['d']}$）")
    label(top, f"{values['pairs']} 个向量的平均分数", (60, 0.72), colour=NAVY)
    label(top, "上界因子 $\\sum|S_\\ell|$", (20, 0.06), colour=RED)

    near, back = range(len(values["mixed"])), values["back"]
    bottom.plot(near, values["mixed"], "--", color=RED)
    bottom.plot(near, values["adjacent"], "-", color=NAVY)
    bottom.plot(near, values["permuted"], "o", color=PAPER, mec=NAVY, mew=0.8, markersize=3.2)
    bottom.set(ylim=(0.4, 1.06), ylabel="分数", xlabel="相对距离 $m-n$")
    bottom.set_title(f"专看 {back} 个词以前的一个头")
    label(bottom, "相邻配对；圆圈：置换后对半配对", (back + 2.4, 0.92), colour=NAVY)
    label(bottom, "混用：尖峰消失", (back + 2, 0.45), colour=RED)
    return figure


def results(values):
    largest = " / ".join(f"{values[name]:.1e}" for name in TOLERANCE)
    yield f"平移 {values['shifts']} 处的最大偏差，角度用 float64 / float32 / bfloat16", largest
    for distance in (1, 16, 64, 256):
        mean, factor = values["mean"][distance], values["bound_factor"][distance]
        yield f"距离 {distance}", f"平均分数 {mean:.3f}，上界因子 {factor:.3f}"
    yield "距离 0 处分数为 1，上界平均", f"{values['bound_at_zero']:.1f}"
    back = values["back"]
    heads = " / ".join(f"{values[name][back]:.3f}" for name in ("adjacent", "permuted", "mixed"))
    yield f"距离 {back}：相邻配对 / 置换后对半配对 / 混用", heads
