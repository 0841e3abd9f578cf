"""三维因果卷积：未来的帧改变不了过去的潜变量

一个 4×8×8 压缩的小编码器，权重随机，把 17 帧 32×32 的视频压成 5 帧 4×4 的潜变量。逐帧改动输入，
看每个潜变量帧变不变：白色是分毫未变，颜色越深变化越大。左：时间上对称填充，未来影响过去。
中：填充全放在开头，第 j 个潜变量帧只受第 4j 帧及以前影响（阶梯线右上方）。右：卷积仍是因果的，
但组归一化把时间一起统计，未来又漏了进来。
"""

import torch
from matplotlib.colors import LogNorm
from torch.nn.functional import avg_pool1d, conv2d, conv3d, group_norm, pad, silu

from bindery.demos.style import PAPER, RED, label, new_figure

ALT = (
    "三幅方格图，横轴是潜变量帧 0 到 4，纵轴是被改动的输入帧 0 到 16。左图几乎全有颜色；"
    "中图只有红色阶梯线右上方有颜色，左下方的未来一侧全白；右图的左下方又布满浅色。"
)
TOLERANCE = {"symmetric": 0.02, "causal": 0.02, "group-norm": 0.05}
FRAMES, SIDE, KERNEL, CHANNELS, LATENT = 17, 32, 3, (8, 16, 16, 32), 16


def causal_conv3d(x, weight, symmetric=False):  # x: (B, C, T, H, W)
    before = 1 if symmetric else KERNEL - 1  # in time: all the padding at the beginning
    x = torch.cat([x[:, :, :1]] * before + [x] + [x[:, :, -1:]] * (KERNEL - 1 - before), dim=2)
    return conv3d(pad(x, (1, 1, 1, 1)), weight)  # space: one pixel on each side


def halve_time(x):  # (B, C, 1 + 2 m, H, W) -> (B, C, 1 + m, H, W); the first frame stays
    B, C, T, H, W = x.shape
    rows = x.permute(0, 3, 4, 1, 2).reshape(-1, C, T)
    rows = torch.cat((rows[..., :1], avg_pool1d(rows[..., 1:], 2)), dim=-1)
    return rows.reshape(B, H, W, C, -1).permute(0, 3, 4, 1, 2)


def halve_space(x, weight):  # a strided 2-D convolution, frame by frame
    B, C, T, H, W = x.shape
    frames = x.transpose(1, 2).reshape(-1, C, H, W)
    frames = conv2d(pad(frames, (0, 1, 0, 1)), weight, stride=2)
    return frames.reshape(B, T, C, H // 2, W // 2).transpose(1, 2)


def encode(video, weights, variant):
    """(B, 3, T, H, W) -> (B, 16, 1 + (T - 1) / 4, H / 8, W / 8)"""
    x, weights = video, iter(weights)
    for stage in range(len(CHANNELS)):
        x = causal_conv3d(x, next(weights), variant == "symmetric")
        if variant == "group-norm":
            x = group_norm(x, 4)  # over channels of a group, time and space
        x = silu(x)
        if stage < 3:  # four stages, three of them halve
            x = halve_space(halve_time(x) if stage < 2 else x, next(weights))
    return causal_conv3d(x, next(weights), variant == "symmetric")


def random_weights(device, generator):
    shapes, before = [], 3
    for stage, width in enumerate(CHANNELS):
        shapes.append((width, before, KERNEL, 3, 3))
        shapes += [(width, width, 3, 3)] * (stage < 3)
        before = width
    for shape in (*shapes, (LATENT, before, KERNEL, 3, 3)):
        fan_in = torch.Size(shape[1:]).numel()
        yield (torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5).to(device)


def compute(device):
    generator = torch.Generator("cpu").manual_seed(9)
    weights = list(random_weights(device, generator))
    video = torch.randn(1, 3, FRAMES, SIDE, SIDE, generator=generator).to(device)
    changed = video.repeat(FRAMES, 1, 1, 1, 1)  # the b-th copy has frame b replaced
    new = torch.randn(FRAMES, 3, SIDE, SIDE, generator=generator).to(device)
    index = torch.arange(FRAMES)
    changed[index, :, index] = new
    future = index[:, None] > 4 * torch.arange(1 + FRAMES // 4)  # input frame beyond latent j
    values, leaks = {"input_shape": list(video.shape[1:])}, {}
    for variant in ("symmetric", "causal", "group-norm"):
        z = encode(torch.cat((video, changed)), weights, variant)
        difference = (z[1:] - z[:1]).square().mean(dim=(1, 3, 4)).sqrt()
        change = difference / z[:1].std()  # (input frame, latent frame)
        values[variant] = torch.where(change < 1e-6, 0.0, change)  # below: rounding
        leaks[variant] = int(values[variant].cpu()[future].count_nonzero())
    values |= {"latent_shape": list(z.shape[1:]), "future_pairs": int(future.sum())}
    assert values["latent_shape"] == [LATENT, 1 + (FRAMES - 1) // 4, SIDE // 8, SIDE // 8]
    assert leaks.pop("causal") == 0 < leaks["symmetric"], "the future leaks, or never does"
    assert leaks["group-norm"] == values["future_pairs"], "its statistics are not of all frames"
    values |= {f"{variant}_leak": leak for variant, leak in leaks.items()}

    # Context parallel: a segment needs only the last k - 1 frames of the one before it.
    whole = causal_conv3d(video, weights[0])
    head, tail = video[:, :, :9], video[:, :, 9 - (KERNEL - 1) :]
    parts = (causal_conv3d(head, weights[0]), conv3d(pad(tail, (1, 1, 1, 1)), weights[0]))
    assert torch.allclose(torch.cat(parts, dim=2), whole, atol=5e-3)  # TF32
    return values


def draw(values):
    figure, panels = new_figure(height=3.1, columns=3, sharey=True)
    titles = (("symmetric", "对称填充"), ("causal", "因果填充"), ("group-norm", "因果＋组归一化"))
    for axes, (variant, title) in zip(panels, titles, strict=True):
        shown = values[variant].copy()
        shown[shown == 0] = float("nan")
        axes.imshow(shown, cmap="Blues", norm=LogNorm(1e-3, 2), aspect="auto")
        border = [4 * j + 0.5 for j in range(5)], [j - 0.5 for j in range(6)]
        for colour, width in ((PAPER, 3.5), (RED, 1.5)):
            axes.stairs(*border, baseline=None, color=colour, linewidth=width)
        axes.set_title(title, fontsize=8)
        axes.set(xticks=range(5), yticks=range(0, FRAMES, 4), xlabel="潜变量帧 $j$")
    panels[0].set_ylabel("被改动的输入帧")
    label(panels[1], "未来", (0.9, 13), ha="center")
    return figure


def results(values):
    yield "输入（C, T, H, W）", " × ".join(map(str, values["input_shape"]))
    yield "潜变量（C, T, H, W）", " × ".join(map(str, values["latent_shape"]))
    pairs = values["future_pairs"]
    yield "未来影响过去的组合，对称填充", f"{values['symmetric_leak']} / {pairs}"
    yield "未来影响过去的组合，因果填充", f"0 / {pairs}"
    yield "未来影响过去的组合，因果＋组归一化", f"{values['group-norm_leak']} / {pairs}"
