"""总变分去噪：抹掉噪声，留住边缘

同一张加噪的图，两种平滑项，各取使峰值信噪比（PSNR）最高的权重。平方差（β = 2）要么留下
噪声，要么把边缘抹成斜坡；总变分（β = 1）把平坦处抹平，边缘仍是一步到位。
最下面是图中虚线那一行的亮度。
"""

import torch
from _phantom import SIZE, phantom, psnr
from torch.nn.functional import pad

from bindery.demos.style import INK, MUTED, NAVY, RED, label, new_figure

ALT = (
    "四幅小图：原图是方块、圆盘和细条，加噪图布满颗粒，平方差的结果模糊且仍有噪声，"
    "总变分的结果平坦而边缘清晰。下面一行的剖面：总变分贴着台阶，平方差是斜坡。"
)
TOLERANCE = {"images": 0.02, "gap": None}
SIGMA, ROW = 0.15, 14
WEIGHTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)


def gradient(u):
    """Forward differences, zero at the last row and column. u: (H, W) -> (2, H, W)"""
    return torch.stack((pad(u.diff(dim=0), (0, 0, 0, 1)), pad(u.diff(dim=1), (0, 1))))


def divergence(p):
    """The negative adjoint of the gradient. p: (2, H, W) -> (H, W)"""
    down, right = p[0, :-1], p[1, :, :-1]
    d = pad(down, (0, 0, 0, 1)) - pad(down, (0, 0, 1, 0))
    return d + pad(right, (0, 1)) - pad(right, (1, 0))


def denoise_tv(f, weight, steps=300):
    """Least |u - f|^2 / 2 + weight TV(u), by accelerated projection on the dual (Chambolle).

    TV adds up the lengths of the gradients, not their squares.
    """
    p = q = torch.zeros(2, *f.shape, device=f.device)
    t = 1.0
    for _ in range(steps):
        r = q + gradient(f + weight * divergence(q)) / (8 * weight)
        new = r / r.norm(dim=0).clamp(min=1)  # arrows no longer than 1
        t_new = (1 + (1 + 4 * t * t) ** 0.5) / 2
        q = new + (t - 1) / t_new * (new - p)
        p, t = new, t_new
    u = f + weight * divergence(p)
    primal = 0.5 * ((u - f) ** 2).sum() + weight * gradient(u).norm(dim=0).sum()
    dual = 0.5 * (f**2).sum() - 0.5 * (u**2).sum()
    return u, (primal - dual) / primal


def denoise_squared(f, weight, steps=300):
    """Least |u - f|^2 / 2 + weight |grad u|^2 / 2, by gradient descent."""
    u = f
    for _ in range(steps):
        u = u - (u - f - weight * divergence(gradient(u))) / (1 + 8 * weight)
    return u


def compute(device):
    clean = phantom().to(device)
    noise = torch.randn(SIZE, SIZE, generator=torch.Generator("cpu").manual_seed(5))
    noisy = clean + SIGMA * noise.to(device)

    tv = {w: denoise_tv(noisy, w) for w in WEIGHTS[:7]}
    squared = {w: denoise_squared(noisy, w) for w in WEIGHTS}
    best_tv = max(tv, key=lambda w: psnr(tv[w][0], clean))
    best_squared = max(squared, key=lambda w: psnr(squared[w], clean))
    assert max(gap for _, gap in tv.values()) < 0.01, "TV is not solved"
    images = torch.stack([clean, noisy, squared[best_squared], tv[best_tv][0]])
    quality = [psnr(u, clean) for u in images[1:]]
    assert quality[2] > quality[1] + 2, "TV is not better"

    return {
        "images": torch.round(images, decimals=2),  # clean, noisy, squared, TV
        "psnr": quality,
        "weights": [best_squared, best_tv],
        "variation": torch.stack([gradient(u).norm(dim=0).sum() for u in images]),
        "gap": float(max(gap for _, gap in tv.values())),
    }


def draw(values):
    figure, axes = new_figure(height=5.3, rows=3, columns=2, height_ratios=(5, 5, 4))
    clean, noisy, squared, tv = values["images"]
    titles = ["原图"] + [
        f"{text}，{quality:.1f} dB"
        for text, quality in zip(("加噪", "平方差", "总变分"), values["psnr"], strict=True)
    ]
    for picture, title, u in zip(axes[:2].flat, titles, values["images"], strict=True):
        picture.imshow(u, cmap="gray", vmin=0, vmax=1)
        picture.axhline(ROW, color=RED, linestyle="--", linewidth=0.9)
        picture.set(title=title, xticks=(), yticks=())

    grid = axes[2, 0].get_gridspec()
    for unused in axes[2]:
        unused.remove()
    profile = figure.add_subplot(grid[2, :])
    profile.plot(noisy[ROW], ".", color=MUTED, markersize=3)
    steps = {"drawstyle": "steps-mid"}
    profile.plot(squared[ROW], "--", color=RED, linewidth=1.2, **steps)
    profile.plot(tv[ROW], "-", color=NAVY, linewidth=2.2, **steps)
    profile.plot(clean[ROW], "-", color=INK, linewidth=0.8, **steps)
    label(profile, "总变分", (5.7, 0.57), colour=NAVY)
    label(profile, "平方差", (26, 0.27), colour=RED)
    label(profile, "细线：原图", (30.5, 0.72))
    profile.set(xlabel="列", ylabel="亮度", title="虚线那一行")
    return figure


def results(values):
    for text, quality in zip(("加噪", "平方差", "总变分"), values["psnr"], strict=True):
        yield f"{text}：PSNR", f"{quality:.1f} dB"
    names = ("原图", "加噪", "平方差", "总变分")
    for text, variation in zip(names, values["variation"], strict=True):
        yield f"{text}：总变分", f"{variation:.0f}"
    yield "最好的权重：平方差，总变分", f"{values['weights'][0]:g}，{values['weights'][1]:g}"
