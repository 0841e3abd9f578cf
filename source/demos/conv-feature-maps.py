"""卷积层：学到的核、特征图与平移

上半：在真实手写数字上训练后，第一层的三个 3×3 卷积核（深负浅正）和它们的特征图。数字右移 3 格，
特征图原样右移 3 格：这叫等变。下半：只用居中的数字训练，再把测试数字移开。每张特征图只取最大值的
网络（全局池化）完全不受影响；同样的卷积层接全连接，或干脆不用卷积，正确率随距离跌落。
"""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from bindery.demos.style import MUTED, NAVY, RED, SEQUENTIAL, label, new_figure

ALT = (
    "上半三行小图：三个学到的卷积核；数字 3 与它的三张特征图；右移三格的同一数字与三张同样右移的"
    "特征图。下半折线图，横轴是平移的格数：全局池化的卷积网络保持水平，接全连接的卷积网络和"
    "多层感知机的正确率移两格就跌到两成以下。"
)
TOLERANCE = {"kernels": 0.4, "maps": 0.3, "cnn_global": 0.03, "cnn_flatten": 0.15, "mlp": 0.15}
PLACES, MOVE, MAPS = 4, 3, 3


def layers(head):
    """Two convolutions and one of two heads, or none: a perceptron. (B, 1, 18, 18) -> (B, 10)

    Without biases the blank ground stays 0, so that even the border is not felt.
    """
    if head == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(18 * 18, 64), nn.ReLU(), nn.Linear(64, 10))
    features = [nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.ReLU()]  # (B, 8, 18, 18)
    features += [nn.Conv2d(8, 16, 3, padding=1, bias=False), nn.ReLU()]  # (B, 16, 18, 18)
    if head == "cnn_global":
        return nn.Sequential(*features, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 10))
    return nn.Sequential(*features, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 9 * 9, 10))


def compute(device):
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16  # (1797, 1, 8, 8)
    canvas = nn.functional.pad(images, (5, 5, 5, 5)).to(device)  # (1797, 1, 18, 18)
    targets = torch.tensor(digits.target).to(device)
    test = slice(1300, None)  # the first 1300 train
    values = {"test_images": len(canvas[test])}
    for head in ("cnn_global", "cnn_flatten", "mlp"):
        torch.manual_seed(0)
        model = layers(head).to(device)  # initialised on the CPU, then moved
        optimizer = torch.optim.Adam(model.parameters(), 1e-2 if head == "cnn_global" else 3e-3)
        for _ in range(150):
            batch = torch.randint(1300, (40,)).to(device)
            loss = nn.functional.cross_entropy(model(canvas[batch]), targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            moved = [canvas[test].roll(shift, dims=-1) for shift in range(PLACES + 1)]
            right = [(model(each).argmax(1) == targets[test]).float().mean() for each in moved]
        values[head] = torch.stack(right)
        values[f"{head}_parameters"] = sum(each.numel() for each in model.parameters())
        if head == "cnn_global":
            first, digit = model[:2], canvas[3:4]  # the fourth image is a 3
            with torch.no_grad():
                maps = first(torch.cat((digit, digit.roll(MOVE, dims=-1))))  # (2, 8, 18, 18)
            gap = maps[0].roll(MOVE, dims=-1) - maps[1]
            assert gap.abs().max() < 1e-5, "the feature maps did not move along"
            assert values[head].max() - values[head].min() < 1e-6, "global pooling felt the move"
            chosen = model[0].weight.sum(dim=(1, 2, 3)).abs().argsort()[:MAPS]  # edge detectors
            values |= {
                "digit": digit[0, 0],
                "kernels": model[0].weight[chosen, 0].detach(),
                "maps": maps[:, chosen],  # (2, 3, 18, 18)
            }
    for head in ("cnn_flatten", "mlp"):
        assert values[head][0] > 0.85, f"{head} did not learn"
        assert values[head][-1] < 0.4, f"{head} did not feel the move"
    return values


def draw(values):
    figure, axes = new_figure(height=4.3)
    axes.remove()
    above, below = figure.subfigures(2, 1, height_ratios=(1.35, 1))
    tiles = above.subplots(3, MAPS + 1)
    reach, top = abs(values["kernels"]).max(), values["maps"].max()
    digit, (still, moved) = values["digit"], values["maps"]
    rows = ((None, *values["kernels"]), (digit, *still), (np.roll(digit, MOVE, axis=-1), *moved))
    for row, line in enumerate(rows):
        for column, (axes, image) in enumerate(zip(tiles[row], line, strict=True)):
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(True)
            if image is None:
                axes.axis("off")
            elif row == 0:
                axes.imshow(image, cmap=SEQUENTIAL, vmin=-reach, vmax=reach)
                axes.set_title(f"核 {column}")
            else:
                axes.imshow(image, cmap="gray_r", vmin=0, vmax=top if column else 1)
    for row, name in ((1, "输入"), (2, f"右移 {MOVE} 格")):
        tiles[row, 0].set_ylabel(name)
    axes = below.subplots()
    lines = (
        ("cnn_global", "卷积 + 全局最大池化", NAVY, "o-", (2.05, 0.8)),
        ("cnn_flatten", "卷积 + 全连接", RED, "s--", (1.32, 0.56)),
        ("mlp", "无卷积的多层感知机", MUTED, "^:", (0.05, 0.12)),
    )
    for name, text, colour, style, at in lines:
        axes.plot(values[name], style, color=colour)
        label(axes, text, at, colour=colour)
    axes.set(ylim=(0, 1.04), xlabel="测试数字平移的格数", ylabel="正确率")
    axes.set_xticks(range(PLACES + 1))
    return figure


def results(values):
    names = ("卷积 + 全局最大池化", "卷积 + 全连接", "多层感知机")
    for name, text in zip(("cnn_global", "cnn_flatten", "mlp"), names, strict=True):
        right, parameters = values[name], values[f"{name}_parameters"]
        yield f"{text}：参数", f"{parameters:,}"
        yield f"{text}：正确率", f"居中 {right[0]:.1%}，移 {PLACES} 格 {right[-1]:.1%}"
