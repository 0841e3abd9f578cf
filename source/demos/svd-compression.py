"""SVD 压缩图像：留几项，存多少数，差多少

一幅 64 × 96 的灰度照片就是一个矩阵。只留前 k 个奇异值，要存的数由 6,144 个变成 161 × k 个
（只数个数，不计每个数占几位）。先出来的是天空与塔身的大块明暗，窗格与树叶在最后。
下图横轴是 k：曲线由奇异值算出，圆圈与方块是从压缩后的图像真正量得的误差，都落在曲线上。
能量 98% 的图像仍可能很模糊，因为单是平均亮度就占了八成。
"""

import numpy as np
import torch
from sklearn.datasets import load_sample_image  # in the package: nothing is downloaded

from bindery.demos.style import MUTED, NAVY, PAPER, RED, label, new_figure

ALT = (
    "四幅灰度照片：一座楼阁的原图，以及保留 3、11、24 个奇异值的近似，越来越清楚。"
    "下方是误差随 k 下降的两条曲线，从图像上量得的圆圈和方块都落在曲线上。"
)
# Whoever decodes the photograph otherwise may differ by a level in 255.
TOLERANCE = 0.01
RANKS = (3, 11, 24)


def photograph():
    """A part of scikit-learn's picture of a pavilion, in grey. (64, 96), levels 0 to 255"""
    colour = torch.from_numpy(load_sample_image("china.jpg").copy()).double()  # (427, 640, 3)
    grey = colour @ torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)  # luma
    part = grey[20:340, 10:490]
    return part.reshape(64, 5, 96, 5).mean((1, 3)).round()  # each pixel is the mean of 5 × 5


def compute(device):
    A = photograph().to(device)  # (m, n), in double precision
    m, n = A.shape
    U, S, Vh = torch.linalg.svd(A, full_matrices=False)  # (m, r), (r,), (r, n)
    tail = S.square().flip(0).cumsum(0).flip(0).sqrt()  # tail[k]: the norm of what k drops

    frobenius, spectral = [], []
    for k in range(1, len(S)):
        residual = A - (U[:, :k] * S[:k]) @ Vh[:k]
        frobenius.append(residual.norm())
        spectral.append(torch.linalg.matrix_norm(residual, 2))
    frobenius, spectral = torch.stack(frobenius), torch.stack(spectral)  # (r - 1,)
    for measured, theory in ((frobenius, tail[1:]), (spectral, S[1:])):
        worst = ((measured - theory).abs() / theory).max()
        assert worst < 1e-5, f"the error is not what the singular values say: {worst:.1e}"

    # The sign of a pair of vectors is free: make the largest entry of u positive.
    most = max(RANKS)
    sign = U.gather(0, U.abs().argmax(0, keepdim=True)).sign()[0]  # (r,)
    energy = S.square().cumsum(0) / S.square().sum()
    kept = torch.tensor(RANKS) - 1
    return {
        "original": A.int(),
        "left": ((U * sign)[:, :most] * 1e4).round().int(),  # in ten-thousandths
        "right": ((Vh.T * sign)[:, :most] * 1e4).round().int(),
        "singular_values": S,
        "ranks": list(RANKS),
        "stored": [k * (m + n + 1) for k in RANKS],
        "break_even": m * n // (m + n + 1),
        "energy": energy[kept],
        "energy_of_first": energy[0],
        "energy_of_mean": A.mean().square() * A.numel() / A.square().sum(),
        "frobenius": frobenius[kept] / A.norm(),
        "spectral": spectral[kept] / A.norm(),
    }


def draw(values):
    original, S = values["original"], values["singular_values"]
    figure, empty = new_figure(height=4.5)
    empty.remove()
    album, below = figure.subfigures(2, 1, height_ratios=(1.85, 1))
    frames = album.subplots(2, 2).flat
    pictures = [("原图", original.size, original)]
    for k, stored, energy in zip(values["ranks"], values["stored"], values["energy"], strict=True):
        # What is drawn is unpacked from the k(m + n + 1) numbers of the record.
        u, v = values["left"][:, :k] / 1e4, values["right"][:, :k] / 1e4
        pictures.append((f"$k$ = {k}，能量 {energy:.1%}", stored, (u * S[:k]) @ v.T))
    for axes, (title, stored, picture) in zip(frames, pictures, strict=True):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        axes.set_title(title)
        share = f"{stored:,} 个数（{stored / original.size:.0%}）"
        axes.text(0.5, -0.03, share, transform=axes.transAxes, ha="center", va="top", fontsize=7)

    axes = below.subplots()
    norm = np.linalg.norm(S)
    dropped = np.sqrt(np.cumsum(S[::-1] ** 2)[::-1])  # dropped[k]: the tail after k values
    k = np.arange(1, len(S))
    axes.plot(k, dropped[1:] / norm, "-", color=NAVY)
    axes.plot(k, S[1:] / norm, "--", color=RED)
    marker = {"linestyle": "none", "color": PAPER, "markersize": 5, "mew": 1.1}
    axes.plot(values["ranks"], values["frobenius"], marker="o", mec=NAVY, **marker)
    axes.plot(values["ranks"], values["spectral"], marker="s", mec=RED, **marker)
    limit = values["break_even"]
    axes.axvline(limit + 0.5, ymax=0.6, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set(yscale="log", ylim=(2e-4, 0.6), xlim=(0, len(S)), xlabel="留下的奇异值个数 $k$")
    axes.set_ylabel(r"误差 / $\|A\|_F$")
    label(axes, "Frobenius 误差：丢掉的平方和开方", (13, 0.12), colour=NAVY)
    label(axes, "谱误差：$\\sigma_{k+1}$", (2, 0.005), colour=RED)
    label(axes, f"$k$ > {limit}：数比原图还多 →", (limit - 0.5, 4e-4), colour=MUTED, ha="right")
    return figure


def results(values):
    for k, stored, energy, frobenius in zip(
        values["ranks"], values["stored"], values["energy"], values["frobenius"], strict=True
    ):
        yield f"k = {k}", f"存 {stored:,} 个数，能量 {energy:.2%}，相对误差 {frobenius:.1%}"
    yield "只留第一项的能量", f"{values['energy_of_first']:.1%}"
    yield "全图涂成平均亮度的能量", f"{values['energy_of_mean']:.1%}"
