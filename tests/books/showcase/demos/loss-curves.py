"""学习率与收敛

步长太小走得慢，太大来回跳。三条曲线是同一个二次函数上的梯度下降。
"""

from bindery.demos.style import NAVY, RED, new_figure

TOLERANCE = 1e-6


def compute(device):
    curves = {}
    for name, rate in (("small", 0.05), ("good", 0.3), ("large", 0.9)):
        x, losses = 1.0, []
        for _ in range(20):
            losses.append(x * x)
            x -= rate * 2 * x
        curves[name] = losses
    return {**curves, "final": curves["good"][-1]}


def draw(values):
    figure, axes = new_figure(height=2.2)
    for name, color in (("small", NAVY), ("good", "#3f7f4f"), ("large", RED)):
        axes.plot(values[name], color=color, label=name)
    axes.set_xlabel("步数")
    axes.set_ylabel("损失")
    axes.legend()
    return figure
