"""反向传播的梯度检查：误差的 V 形

手写的反向传播与差分近似相比。步长 ε 太大，截断误差占优；ε 太小，舍入误差占优，于是成 V 形。
中心差分在 10⁻⁵ 附近最准，单侧差分最准也差近三个数量级。最上面的虚线是漏乘 tanh 导数的错误实现：
不管 ε 取多少，误差都停在 0.2 左右，一眼可见。
"""

import torch

from bindery.demos.style import GREEN, NAVY, RED, label, new_figure

ALT = (
    "对数坐标，横轴是差分的步长，纵轴是相对误差。中心差分的 V 形谷底最低，"
    "单侧差分的谷底较高，写错的反向传播是停在 0.2 的水平线，比它们都高。"
)
# Logarithms; the steep right arm is rounding noise, which is the device's own.
TOLERANCE = {"central": 0.15, "forward": 0.15, "buggy": 0.05, "autograd_error": None}
SIZES = (6, 8, 4)  # inputs, hidden units, classes
BATCH = 16
STEPS = [10.0**-k for k in range(1, 13)]


def forward(params, x, target):
    """Mean cross-entropy of a two-layer perceptron, and what the backward pass needs again."""
    W1, b1, W2, b2 = params
    h = torch.tanh(x @ W1 + b1)  # (B, H)
    z = h @ W2 + b2  # (B, C), the logits
    log_p = z - z.logsumexp(1, keepdim=True)
    return -log_p[torch.arange(len(x)), target].mean(), (h, log_p.exp())


def backward(params, x, target, cache, buggy=False):
    """Gradients by the chain rule, last layer first; each has its parameter's shape."""
    _, _, W2, _ = params
    h, p = cache
    dz = p.clone()  # dL/dz = (softmax - one-hot) / B
    dz[torch.arange(len(x)), target] -= 1
    dz /= len(x)  # (B, C)
    dh = dz @ W2.T  # (B, H)
    da = dh if buggy else dh * (1 - h**2)  # through tanh
    return [x.T @ da, da.sum(0), h.T @ dz, dz.sum(0)]  # dW1, db1, dW2, db2


def difference(params, x, target, step, central):
    """The gradient by finite differences: one or two forward passes for each parameter."""
    base, passes, gradient = forward(params, x, target)[0], 1, []
    for p in params:
        flat = p.view(-1)
        for i in range(len(flat)):
            old = flat[i].item()
            flat[i] = old + step
            up = forward(params, x, target)[0]
            flat[i] = old - step
            down = forward(params, x, target)[0] if central else base
            flat[i] = old
            gradient.append((up - down) / (2 * step if central else step))
            passes += 2 if central else 1
    return torch.stack(gradient), passes


def relative_error(a, b):
    return float((a - b).norm() / (a.norm() + b.norm()))  # 0: equal; 1: opposite


def compute(device):
    device = "cpu" if torch.device(device).type == "mps" else device  # no float64 there
    generator = torch.Generator("cpu").manual_seed(3)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(device)

    D, H, C = SIZES
    params = [normal(D, H) / D**0.5, 0.1 * normal(H), normal(H, C) / H**0.5, 0.1 * normal(C)]
    x = normal(BATCH, D)
    target = torch.randint(C, (BATCH,), generator=generator).to(device)
    _, cache = forward(params, x, target)
    by_hand = torch.cat([g.flatten() for g in backward(params, x, target, cache)])
    wrong = torch.cat([g.flatten() for g in backward(params, x, target, cache, buggy=True)])

    leaves = [p.clone().requires_grad_() for p in params]
    forward(leaves, x, target)[0].backward()
    autograd_error = relative_error(by_hand, torch.cat([p.grad.flatten() for p in leaves]))
    assert autograd_error < 1e-12, "backpropagation by hand differs from autograd"
    curves = {"central": [], "forward": [], "buggy": []}
    for step in STEPS:
        two_sided, passes = difference(params, x, target, step, central=True)
        one_sided, _ = difference(params, x, target, step, central=False)
        curves["central"].append(relative_error(two_sided, by_hand))
        curves["forward"].append(relative_error(one_sided, by_hand))
        curves["buggy"].append(relative_error(two_sided, wrong))
    assert min(curves["central"]) < min(1e-9, min(curves["forward"]) / 100)
    assert min(curves["buggy"]) > 0.1, "the check does not find the mistake"
    return {
        "steps": [float(step) for step in STEPS],
        **{name: torch.tensor(errors).log10() for name, errors in curves.items()},
        "parameters": len(by_hand),
        "passes_central": passes,
        "autograd_error": autograd_error,
    }


def draw(values):
    figure, axes = new_figure(height=2.7)
    for name, text, colour, line, marker, at in (
        ("buggy", "漏乘 tanh 的导数", RED, "--", "s", (3e-8, 0.02)),
        ("forward", "单侧差分", GREEN, "-.", "^", (4e-6, 2e-3)),
        ("central", "中心差分", NAVY, "-", "o", (8e-5, 4e-11)),
    ):
        axes.loglog(values["steps"], 10 ** values[name], line, color=colour, marker=marker)
        label(axes, text, at, colour=colour)
    axes.set(xlabel="差分的步长 ε", ylabel="与反向传播的相对误差")
    return figure


def results(values):
    yield "参数个数", f"{values['parameters']}"
    yield "中心差分要算的前向次数", f"{values['passes_central']}"
    yield "反向传播：前向与反向各算", "1 次"
    for name, text in (("central", "中心差分"), ("forward", "单侧差分"), ("buggy", "写错的实现")):
        yield f"{text}：最小的相对误差", f"{10 ** values[name].min():.1e}"
