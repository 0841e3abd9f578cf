"""一个最小的 CNN：从像素到类别

上：训练 12 遍，两条正确率一同上升，最后训练集略高于测试集。下：测试集里判错的图，写着“真实→预测”。
source/data/ 下有 CIFAR-10 的二进制版时用其中 6000 幅，否则用 scikit-learn 自带的 1797 幅 8×8
手写数字。换设备只换 .to(device)，网络与训练一行不改。
"""

import torch
from _images import read_images
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from bindery.demos.style import MUTED, NAVY, RED, label, new_figure

ALT = (
    "上图：正确率随训练遍数上升，训练集与测试集的两条曲线相差很小。"
    "下图：一排测试图像，每幅下面写着真实类别与判错的类别。"
)
INPUTS = (
    "data/cifar-10-batches-bin/data_batch_1.bin",
    "data/cifar-10-batches-bin/test_batch.bin",
)
# Trained: another device sums in another order. Which images are wrong is shown, not compared.
TOLERANCE = {
    "train_accuracy": 0.03,
    "test_accuracy": 0.03,
    "wrong": 0.5,
    "images": None,
    "pairs": None,
}
EPOCHS, BATCH, CHANNELS, SHOWN = 12, 64, 16, 7


class SimpleCNN(nn.Module):
    def __init__(self, channels, side, classes):
        super().__init__()
        self.conv = nn.Conv2d(channels, CHANNELS, kernel_size=3)  # side -> side - 2
        self.fc = nn.Linear(CHANNELS * ((side - 2) // 2) ** 2, classes)

    def forward(self, x):  # (B, C, H, W)
        x = nn.functional.max_pool2d(self.conv(x).relu(), 2)  # (B, 16, (H-2)//2, (W-2)//2)
        return self.fc(x.flatten(1))  # (B, classes); flatten(1) never touches B


def compute(device):
    name, *arrays = read_images(*INPUTS)
    x, y, x_test, y_test = (torch.from_numpy(each) for each in arrays)
    x, x_test = x.float().to(device), x_test.float().to(device)
    y, y_test = y.long().to(device), y_test.long().to(device)
    classes, (channels, side) = int(y.max()) + 1, x.shape[1:3]

    torch.manual_seed(0)
    net = SimpleCNN(channels, side, classes).to(device)  # drawn on the CPU, then moved
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    generator = torch.Generator("cpu").manual_seed(0)
    curves = {"train_accuracy": [], "test_accuracy": []}
    for _ in range(EPOCHS):
        order = torch.randperm(len(x), generator=generator).to(device)
        for index in order.split(BATCH):
            loss = nn.functional.cross_entropy(net(x[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            predicted = net(x_test).argmax(1)  # (N,)
            curves["train_accuracy"].append((net(x).argmax(1) == y).float().mean().item())
            curves["test_accuracy"].append((predicted == y_test).float().mean().item())

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x[:1])
    features = CHANNELS * ((side - 2) // 2) ** 2
    flops = 2 * 9 * channels * CHANNELS * (side - 2) ** 2 + 2 * features * classes  # by hand
    assert counter.get_total_flops() == flops, "counted operations differ from the formula"
    parameters = sum(each.numel() for each in net.parameters())
    assert parameters == CHANNELS * (9 * channels + 1) + classes * (features + 1)

    wrong = (predicted != y_test).nonzero()[:, 0]
    return {
        **curves,
        "data": name,
        "train_size": len(x),
        "test_size": len(x_test),
        "side": side,
        "parameters": parameters,
        "flops": flops,
        "wrong": len(wrong),
        "images": (x_test[wrong[:SHOWN]] * 255).round().byte(),  # (7, C, H, W)
        "pairs": torch.stack((y_test, predicted), 1)[wrong[:SHOWN]],  # (7, 2)
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=2.9, rows=2, height_ratios=(2.6, 1))
    train = ("train_accuracy", "■ 训练集", RED, "s--", 0.34)
    test = ("test_accuracy", "● 测试集", NAVY, "o-", 0.16)
    for name, text, colour, style, height in (train, test):
        top.plot(range(1, EPOCHS + 1), values[name], style, color=colour, markersize=3.4)
        said = f"{text}：最后 {values[name][-1]:.1%}"
        label(top, said, (0.97, height), colour=colour, ha="right", transform=top.transAxes)
    top.set_title(f"{values['data']}：{values['train_size']} 幅训练，{values['test_size']} 幅测试")
    top.set(xlabel="训练的遍数（epoch）", ylabel="正确率", xticks=range(2, EPOCHS + 1, 2))

    images = values["images"].transpose(0, 2, 3, 1) / 255  # (7, H, W, C)
    for place, image in enumerate(images):
        picture = 1 - image[..., 0] if image.shape[-1] == 1 else image
        extent = (place - 0.42, place + 0.42, 0, 0.84)
        bottom.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=extent)
        said = "{}→{}".format(*values["pairs"][place])
        bottom.text(place, -0.12, said, ha="center", va="top", color=RED)
    bottom.set(xlim=(-0.5, SHOWN - 0.5), ylim=(-0.45, 0.9))
    bottom.set_axis_off()
    bottom.set_title(f"判错的 {values['wrong']} 幅中的 {len(images)} 幅：真实→预测", color=MUTED)
    return figure


def results(values):
    yield "数据", f"{values['data']}，{values['side']}×{values['side']}"
    yield "参数", f"{values['parameters']:,} 个"
    yield "一幅图的前向运算", f"{values['flops']:,} 次浮点运算"
    yield "测试集正确率", f"{values['test_accuracy'][-1]:.1%}，判错 {values['wrong']} 幅"
