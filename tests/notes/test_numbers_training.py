"""Every worked number in 优化与训练, computed anew and looked for in its text."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from tests.notes.reading import SOURCE, listing
from tests.notes.reading import arrays as record
from tests.notes.reading import question as question_of

FILE = "20-training.md"


def question(number: str) -> str:
    return question_of(number, FILE)


def demo(slug: str) -> str:
    """Source of a demo, for the settings that its record does not repeat."""
    return (SOURCE / "demos" / f"{slug}.py").read_text(encoding="utf-8")


def power(value: float, digits: int = 2) -> str:
    r"""A number as ``1.75\times10^{-7}``."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return rf"{mantissa}\times10^{{{int(exponent)}}}"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# --------------------------------------------------------------------------- gradient descent

CURVATURES = np.array([1.0, 10.0])


def steps_to(rate: float, target: float = 1e-6, limit: int = 5000) -> int:
    """Steps until both coordinates have shrunk to the target; 0 if they never do."""
    theta = np.ones(2)
    for step in range(1, limit):
        theta = theta - rate * CURVATURES * theta
        if np.abs(theta).max() <= target:
            return step
        if np.abs(theta).max() > 1e6:
            return 0
    return 0


def test_gradient_descent_table_and_record() -> None:
    text = question("gradient-descent")
    values = record("gradient-descent-step-size")
    rates = {"0.02": 0.02, "0.1": 0.1, "2/11": 2 / 11, "0.19": 0.19, "0.21": 0.21}
    for (name, rate), recorded in zip(rates.items(), values["steps_needed"], strict=True):
        slow, steep = np.abs(1 - rate * CURVATURES)
        steps = steps_to(rate)
        assert recorded == (steps or -1)
        assert f"| {name} | {slow:.3f} | {steep:.3f} | {steps or '发散'} |" in text
    assert f"上限是 $2/L={2 / CURVATURES[1]:.1f}$" in text
    best = min(np.linspace(0.01, 0.199, 2000), key=lambda r: np.abs(1 - r * CURVATURES).max())
    assert best == pytest.approx(2 / CURVATURES.sum(), abs=1e-3)


def test_gradient_descent_first_step_and_condition_numbers() -> None:
    text = question("gradient-descent")
    start = np.array([10.0, 1.0])
    x, y = start - 2 / 11 * CURVATURES * start
    assert rf"从 $(10,1)$ 出发，$\eta=2/11$ 的第一步到 $({x:.2f},{y:.2f})$" in text
    assert (abs(x / 10), abs(y)) == pytest.approx((9 / 11, 9 / 11))

    def needed(kappa: float) -> int:
        return math.ceil(math.log(1e-6) / math.log((kappa - 1) / (kappa + 1)))

    assert rf"$\kappa=10$ 时 {needed(10)} 步够了，$\kappa=100$ 时就要 {needed(100)} 步" in text
    plain, heavy = 99 / 101, (10 - 1) / (10 + 1)
    said = rf"由 $99/101\approx{plain:.3f}$ 降到 $9/11\approx{heavy:.3f}$"
    assert rf"$\kappa=100$ 时{said}" in text


def test_heavy_ball_reaches_the_stated_rate() -> None:
    mu, big = 1.0, 100.0
    rate = 4 / (big**0.5 + mu**0.5) ** 2
    beta = ((big**0.5 - mu**0.5) / (big**0.5 + mu**0.5)) ** 2
    for curvature in (mu, 30.0, big):
        matrix = np.array([[1 + beta - rate * curvature, -beta], [1, 0]])
        radius = np.abs(np.linalg.eigvals(matrix)).max()
        assert radius == pytest.approx(9 / 11, abs=1e-6)


def test_descent_lemma_and_rates_on_a_quadratic() -> None:
    rng = np.random.default_rng(1)
    root = rng.standard_normal((6, 6))
    hessian = root @ root.T
    big = np.linalg.eigvalsh(hessian)[-1]
    theta = theta0 = rng.standard_normal(6)

    def f(x: np.ndarray) -> float:
        return float(0.5 * x @ hessian @ x)

    smallest = math.inf
    for step in range(1, 200):
        g = hessian @ theta
        smallest = min(smallest, float(g @ g))
        for rate in (0.3 / big, 1 / big, 1.9 / big):
            bound = f(theta) - rate * (1 - big * rate / 2) * g @ g
            assert f(theta - rate * g) <= bound + 1e-9
        theta = theta - g / big
        assert smallest <= 2 * big * f(theta0) / step
        assert f(theta) <= big * theta0 @ theta0 / (2 * step)


# --------------------------------------------------------------------------- batches


def test_batch_variance_formula_by_enumeration() -> None:
    from itertools import combinations

    g = np.random.default_rng(2).standard_normal((6, 3))
    spread = ((g - g.mean(0)) ** 2).sum() / 6
    for size in (1, 2, 4, 6):
        batches = [g[list(chosen)].mean(0) for chosen in combinations(range(6), size)]
        assert np.mean(batches, axis=0) == pytest.approx(g.mean(0))
        error = np.mean([((b - g.mean(0)) ** 2).sum() for b in batches])
        assert error == pytest.approx(spread / size * (6 - size) / 5)


def test_batch_counts() -> None:
    text = question("sgd-minibatch")
    updates = math.ceil(50000 / 128)
    last = 50000 - (updates - 1) * 128
    said = f"一个 epoch 更新 {updates} 次，最后一批只有 {last} 个样本"
    assert f"$N=50000$、$B=128$ 时，{said}" in text
    assert "$B$ 从 100 加到 10000，计算贵 100 倍，误差只小 10 倍左右" in text


def test_noise_floor_solves_the_stationary_equation() -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((4, 4))
    hessian, rate, noise, size = root @ root.T, 0.01, 0.7, 5
    covariance = rate * noise / (2 * size) * np.eye(4)
    shrink = rate * (hessian @ covariance + covariance @ hessian)
    assert shrink == pytest.approx(rate**2 * noise * hessian / size)
    excess = 0.5 * np.trace(hessian @ covariance)
    assert excess == pytest.approx(rate / (4 * size) * noise * np.trace(hessian))


def test_minibatch_figure_numbers() -> None:
    text = question("sgd-minibatch")
    values = record("sgd-vs-minibatch")
    single, mini, full, decayed = values["floors"]
    counts = values["updates"]
    rates = dict(re.findall(r'"(single|mini|full)": \(\w+, ([\d.]+)\)', demo("sgd-vs-minibatch")))
    rates = {name: f"{float(rate):g}" for name, rate in rates.items()}
    said = (
        f"图中 512 个样本的线性回归，各用 {counts[0]} 次样本梯度：$B=1$"
        rf"（$\eta={rates['single']}$）更新 {counts[0]} 次，"
        rf"最后四分之一的平均误差停在 {single:.4f}；$B=32$（$\eta={rates['mini']}$）只更新 "
        rf"{counts[1]} 次，误差 {mini:.5f}；全批量（$\eta={rates['full']}$）更新 {counts[2]} 次，"
        f"还有 {full:.4f}；给 $B=1$ 加上衰减，降到 {decayed:.6f}"
    )
    assert said in text


# --------------------------------------------------------------------------- backpropagation


def test_backpropagation_worked_example() -> None:
    text = question("backpropagation")
    x = y = 1.0

    def loss(w1: float, w2: float) -> float:
        return float(0.5 * (w2 * np.tanh(w1 * x) - y) ** 2)

    w1, w2, h = 0.5, 2.0, math.tanh(0.5)
    error = w2 * h - y
    assert rf"$h={h:.4f}$，$\hat y={w2 * h:.4f}$" in text
    assert rf"\overline{{\hat y}}&=\hat y-y={error:.4f}" in text
    assert rf"\overline{{w_2}}&=\overline{{\hat y}}\,h={error * h:.4f}" in text
    assert rf"\overline{{h}}&=\overline{{\hat y}}\,w_2={error * w2:.4f}" in text
    first = error * w2 * (1 - h * h) * x
    assert rf"\overline{{w_1}}&=\overline{{h}}\,(1-h^2)\,x={first:.4f}" in text
    step = 1e-5
    assert (loss(w1 + step, w2) - loss(w1 - step, w2)) / (2 * step) == pytest.approx(first)
    assert (loss(w1, w2 + step) - loss(w1, w2 - step)) / (2 * step) == pytest.approx(error * h)


def test_backpropagation_figure_numbers() -> None:
    text = question("backpropagation")
    values = record("backprop-gradcheck")
    central, forward = 10 ** values["central"], 10 ** values["forward"]
    best = values["steps"][int(central.argmin())]
    assert best == 1e-5
    assert values["passes_central"] == 2 * values["parameters"] + 1
    said = (
        f"图中的小网络有 {values['parameters']} 个参数，中心差分要 {values['passes_central']} "
        rf"次前向（含一次基准）；$\varepsilon=10^{{-5}}$ 时与反向传播的相对误差只有 "
        rf"${power(central.min(), 0)}$，单侧差分最好也只到 ${power(forward.min(), 0)}$；"
        rf"漏乘 $\tanh$ 的导数，误差始终约 {10 ** values['buggy'].mean():.2f}"
    )
    assert said in text
    assert rf"双精度约 ${power(np.finfo(float).eps ** (1 / 3), 0)}$" in text


# --------------------------------------------------------------------------- vanishing gradient


def test_vanishing_gradient_factors() -> None:
    text = question("vanishing-gradient")
    values = record("vanishing-gradient")
    ratios = 10 ** values["log_gradients"][:, 0]
    sigmoid_, xavier, he = ratios
    assert rf"$0.25^{{19}}\approx{power(0.25**19, 1)}$" in text
    assert rf"$0.5^{{19/2}}\approx{power(0.5**9.5, 1)}$" in text
    measured = rf"图中测得 ${power(sigmoid_, 1)}$ 与 ${power(xavier, 1)}$，He 则还有 {he:.2f}"
    assert measured in text
    rows = ("| 至多 0.25 |", r"| $\sqrt{1/2}\approx0.71$ |", "| 1 |")
    for row, factor in zip(rows, values["per_layer"], strict=True):
        assert f"{row} {factor:.2f} |" in text
    assert math.sqrt(0.5) == pytest.approx(0.71, abs=0.005)
    losses = values["last_losses"]
    assert rf"停在 $\ln2\approx{math.log(2):.3f}$，只有第三种降到 {losses[2]:.3f}" in text
    assert losses[:2] == pytest.approx([math.log(2)] * 2, abs=1e-3)


def test_sigmoid_slope_and_repeated_factor() -> None:
    text = question("vanishing-gradient")
    z = np.linspace(-5, 5, 1001)
    slope = sigmoid(z) * (1 - sigmoid(z))
    assert (slope.max(), z[slope.argmax()]) == pytest.approx((0.25, 0), abs=1e-9)
    said = rf"0.9^{{50}}\approx{100 * 0.9**50:.1f}\%,\qquad1.1^{{50}}\approx{1.1**50:.0f}"
    assert said in text


def test_he_variance_keeps_the_second_moment() -> None:
    assert r"Leaky ReLU 则取 $2/((1+a^2)n_\text{in})$" in question("vanishing-gradient")
    z = np.linspace(-12, 12, 240_001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    for a in (0.0, 0.01, 0.3):
        second = (np.where(z > 0, z, a * z) ** 2 * density).sum()
        assert second * 2 / (1 + a * a) == pytest.approx(1, abs=1e-6)


def test_square_roots_at_zero() -> None:
    torch = pytest.importorskip("torch")
    text = question("backpropagation")
    assert r"前者得 inf，后者得 NaN" in text
    x = torch.zeros(2, requires_grad=True)
    (each,) = torch.autograd.grad(x.sqrt().sum(), x)
    (norm,) = torch.autograd.grad((x**2).sum().sqrt(), x)
    (relu,) = torch.autograd.grad(x.relu().sum(), x)
    assert each.isinf().all()
    assert norm.isnan().all()
    assert (relu == 0).all()


def test_rectified_moments() -> None:
    text = question("relu")
    z = np.linspace(-12, 12, 240_001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    step = z[1] - z[0]
    mean = (np.maximum(z, 0) * density).sum() * step
    second = (np.maximum(z, 0) ** 2 * density).sum() * step
    assert second == pytest.approx(0.5, abs=1e-6)
    assert mean == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-6)
    assert rf"$\sigma/\sqrt{{2\pi}}\approx{mean:.3f}\sigma$" in text


# --------------------------------------------------------------------------- cross-entropy


def test_cross_entropy_decomposition() -> None:
    text = question("cross-entropy")
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
    cross, entropy = -(p * np.log(q)).sum(), -(p * np.log(p)).sum()
    kl = (p * np.log(p / q)).sum()
    assert "$p=(0.7,0.2,0.1)$，$q=(0.5,0.3,0.2)$" in text
    assert f"{cross:.3f}={entropy:.3f}+{kl:.3f}" in text
    assert f"交换两者得 {-(q * np.log(p)).sum():.3f}" in text
    values = record("cross-entropy-curve")
    assert values["cross_entropy"] == pytest.approx(cross, rel=1e-4)
    assert values["kl"] == pytest.approx(kl, rel=1e-4)


def test_cross_entropy_gradients_and_training() -> None:
    text = question("cross-entropy")
    q = 0.007
    said = f"$q=0.007$ 时交叉熵的梯度大小是 {1 - q:.3f}，平方误差只有 {2 * q * (1 - q) ** 2:.3f}"
    assert said in text
    z, step = math.log(q / (1 - q)), 1e-6
    numeric = ((1 - sigmoid(z + step)) ** 2 - (1 - sigmoid(z - step)) ** 2) / (2 * step)
    assert numeric == pytest.approx(-2 * q * (1 - q) ** 2, rel=1e-6)
    needed = record("cross-entropy-curve")["steps_needed"]
    assert f"到 $q=0.8$ 交叉熵要 {needed[0]} 步，平方误差要 {needed[1]} 步" in text
    for damping, steps in enumerate(needed):
        z, count = -5.0, 0
        while sigmoid(z) < 0.8:
            q = sigmoid(z)
            z, count = z + (1 - q) * (2 * q * (1 - q)) ** damping, count + 1
        assert count == steps


def test_cross_entropy_small_numbers() -> None:
    text = question("cross-entropy")
    assert f"10 类是 {math.log(10):.3f}，1000 类是 {math.log(1000):.3f}" in text
    limit = math.log(np.finfo(np.float32).max)
    assert f"自变量超过约 {limit:.1f} 时溢出" in text
    gap = math.log((1 - 0.1 + 0.1 / 10) / (0.1 / 10))
    assert rf"$\epsilon=0.1$、$C=10$ 时约为 {gap:.2f}" in text


def test_cross_entropy_listing() -> None:
    torch = pytest.importorskip("torch")
    ours = listing(question("cross-entropy"))["cross_entropy"]
    z = torch.randn(5, 7, generator=torch.Generator().manual_seed(1)) * 50
    y = torch.tensor([0, 3, 6, 2, 2])
    assert torch.allclose(ours(z, y), torch.nn.functional.cross_entropy(z, y))
    big = torch.tensor([[1000.0, 0.0]])
    assert ours(big, torch.tensor([1])).item() == 1000
    assert ours(big, torch.tensor([0])).item() == 0


# --------------------------------------------------------------------------- ReLU


def test_relu_figure_numbers() -> None:
    text = question("relu")
    values = record("relu-dead-units")
    at = {shift: i for i, shift in enumerate(values["shifts"])}
    zeros, dead, losses = values["zeros"], values["dead"], values["last_losses"]
    (slope,) = re.findall(r'"leaky": \([\d.]+, ([\d.]+)\)', demo("relu-dead-units"))
    assert dead[at[0]] == 0
    assert dead[at[8]] == 1
    said = (
        f"刚初始化时，输出有 {zeros[at[0]]:.1%} 是 0，却没有一个单元死；偏置下推 4，"
        f"{dead[at[4]]:.1%} 的单元死去；下推 8，全死，训练 200 步，损失停在 {losses[2]:.3f} "
        rf"一动不动，换成 Leaky ReLU（$\alpha={slope}$）则降到 {losses[3]:.3f}，"
        f"没有下推的是 {losses[0]:.3f}"
    )
    assert said in text
    assert len(set(values["losses"][2])) == 1


def test_smooth_activations_have_the_stated_minima() -> None:
    text = question("relu")
    z = np.linspace(-3, 0, 300_001)
    coarse = z[::100]
    gelu = coarse * np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in coarse])
    assert rf"| GELU[^gelu] | $z\Phi(z)$ | 光滑，最小约 ${gelu.min():.3f}$ |" in text
    silu = z * sigmoid(z)
    assert rf"$z\,\sigma(z)$ | 光滑，最小约 ${silu.min():.3f}$ |" in text


# --------------------------------------------------------------------------- L1 and L2


def test_shrinkage_table() -> None:
    text = question("l1-l2-regularization")
    grid = np.linspace(-1, 3, 400_001)
    for a in (2, 0.8, 0.3):
        lasso = grid[np.argmin(0.5 * (grid - a) ** 2 + 0.5 * np.abs(grid))]
        ridge = grid[np.argmin(0.5 * (grid - a) ** 2 + 0.25 * grid**2)]
        assert max(a - 0.5, 0) == pytest.approx(lasso, abs=1e-4)
        assert a / 1.5 == pytest.approx(ridge, abs=1e-4)
        l2 = f"{a / 1.5:.3f}".rstrip("0") if a == 0.3 else f"{a / 1.5:.3f}"
        assert f"| {a:g} | {max(a - 0.5, 0):g} | {l2} |" in text


def test_l1_l2_figure_numbers() -> None:
    text = question("l1-l2-regularization")
    values = record("l1-l2-paths")
    at = int(np.argmin(np.abs(values["strengths"] - 1)))
    lasso, ridge = values["lasso"][at], values["ridge"][at]
    assert (lasso == 0).sum() == 5
    assert (lasso[3:] == 0).all()
    assert (ridge != 0).all()
    assert r"$\lambda=1$ 时，[Lasso]" in text
    assert f"真值为 3 的系数在 L1 下只剩 {lasso[0]:.3f}，真值 1.2 的只剩 {lasso[2]:.3f}" in text
    assert rf"$\lambda$ 超过 {values['all_zero_from']:.3f}，全部归零" in text


def test_ridge_shrinks_along_eigenvectors() -> None:
    rng = np.random.default_rng(5)
    x, y, strength = rng.standard_normal((30, 4)), rng.standard_normal(30), 0.7
    gram, moment = x.T @ x / 30, x.T @ y / 30
    values, vectors = np.linalg.eigh(gram)
    plain = vectors.T @ np.linalg.solve(gram, moment)
    ridge = vectors.T @ np.linalg.solve(gram + strength * np.eye(4), moment)
    assert ridge == pytest.approx(plain * values / (values + strength))


# --------------------------------------------------------------------------- schedule


def test_noam_table_and_listing() -> None:
    text = question("lr-schedule")

    def noam(step: int, d: int = 512, warmup: int = 4000) -> float:
        return float(d**-0.5 * min(step**-0.5, step * warmup**-1.5))

    for step in (1, 1000, 4000, 16000, 100000):
        assert f"| {step} | ${power(noam(step))}$ |" in text
    assert noam(4000) == pytest.approx((512 * 4000) ** -0.5)
    assert noam(16000) == pytest.approx(noam(4000) / 2)
    assert noam(4000, warmup=8000) < noam(8000, warmup=8000) == pytest.approx(noam(4000) / 2**0.5)
    assert noam(20000) == noam(20000, warmup=8000)

    torch = pytest.importorskip("torch")
    adam, scheduler = listing(text)["make"](torch.nn.Linear(2, 2), d=512, warmup=4000)
    for step in range(1, 6):
        assert adam.param_groups[0]["lr"] == pytest.approx(noam(step))
        adam.step()
        scheduler.step()


def test_first_step_of_adam_and_decoupled_decay() -> None:
    torch = pytest.importorskip("torch")
    start, gradient = torch.tensor([2.0, -3.0, 5.0]), torch.tensor([1e-3, -7.0, 0.2])
    for optimizer, decay in ((torch.optim.Adam, 0.0), (torch.optim.AdamW, 0.1)):
        w = start.clone().requires_grad_()
        w.grad = gradient.clone()
        optimizer([w], lr=0.01, weight_decay=decay).step()
        expected = (1 - 0.01 * decay) * start - 0.01 * gradient.sign()
        assert torch.allclose(w, expected, atol=1e-6)


def test_decay_and_penalty_agree_only_without_momentum() -> None:
    """Half lambda w^2 in the loss against w <- (1 - eta lambda) w, on f = (w - 1)^2 / 2."""
    assert r"不带动量的 SGD 中两者等价" in question("l1-l2-regularization")
    eta, strength = 0.1, 0.5
    for momentum in (0.0, 0.9):
        coupled = decoupled = 2.0
        v1 = v2 = 0.0
        for _ in range(5):
            v1 = momentum * v1 + (coupled - 1) + strength * coupled
            coupled -= eta * v1
            v2 = momentum * v2 + (decoupled - 1)
            decoupled = (1 - eta * strength) * decoupled - eta * v2
        assert (coupled == pytest.approx(decoupled)) == (momentum == 0)


def test_schedule_figure_numbers() -> None:
    text = question("lr-schedule")
    values = record("noam-schedule")
    with_warmup, without = values["last_losses"]
    assert f"峰值约 {values['small_peak']:.3f}" in text
    assert values["small_peak"] == pytest.approx((32 * 20) ** -0.5, rel=1e-5)
    assert f"最后 10 步的平均损失约 {with_warmup:.3f}" in text
    assert rf"停在 {without:.2f}，正是瞎猜的 $\ln16\approx{math.log(16):.3f}$" in text


# --------------------------------------------------------------------------- weight fusion


def test_fusion_figure_numbers() -> None:
    text = question("weight-fusion")
    values = record("weight-fusion")
    a, middle, b = (values["strangers"][i] for i in (0, 5, 10))
    assert f"正确率 {a:.1%} 与 {b:.1%}，中点只有 {middle:.1%}" in text
    a, middle, b = (values["siblings"][i] for i in (0, 5, 10))
    assert f"分头训练的两个，{a:.1%} 与 {b:.1%}，中点 {middle:.1%}" in text
    alone, once, federated = values["federated"]
    source = demo("weight-fusion")
    constants = r"ALONE_STEPS, ROUNDS, LOCAL_STEPS = [\d.]+, (\d+), (\d+), (\d+)"
    ((steps, rounds, local),) = re.findall(constants, source)
    said = (
        f"各自训练 {steps} 步，平均正确率 {alone:.1%}，训完只平均一次 {once:.1%}，"
        f"{rounds} 轮、每轮 {local} 步的 FedAvg 达到 {federated:.1%}"
    )
    assert said in text
    before, plain, kept = values["old_task"]
    _, plain_new, kept_new = values["new_task"]
    said = f"旧任务原有 {before:.1%}，直接学新任务后剩 {plain:.1%}（新任务 {plain_new:.1%}）"
    assert f"{said}；用 EWC 是 {kept:.1%}（新任务 {kept_new:.1%}）" in text


def test_fusion_worked_examples() -> None:
    text = question("weight-fusion")

    def f(w: np.ndarray, v: np.ndarray, x: np.ndarray) -> np.ndarray:
        return np.asarray(np.maximum(np.outer(x, w), 0) @ v)

    x = np.linspace(-2, 2, 9)
    a, b = np.array([1.0, -1.0]), np.array([-1.0, 1.0])
    assert "A 的 $w=v=(1,-1)$，B 的 $w=v=(-1,1)$" in text
    assert f(a, a, x) == pytest.approx(x)
    assert f(b, b, x) == pytest.approx(x)
    assert f((a + b) / 2, (a + b) / 2, x) == pytest.approx(0 * x)
    assert rf"$\beta=0.999$ 时是 {1 / (1 - 0.999):.0f} 步" in text


# --------------------------------------------------------------------------- total variation


def test_total_variation_of_ramps() -> None:
    text = question("total-variation-loss")
    for name, n in (("一步到位，$n=1$", 1), ("斜坡，$n=10$", 10)):
        steps = np.diff(np.linspace(0, 1, n + 1))
        cells = f"{steps[0]:g} | {np.abs(steps).sum():g} | {(steps**2).sum():g}"
        assert f"| {name} | {cells} |" in text


def denoise_1d(f: np.ndarray, weight: float) -> np.ndarray:
    """min |u - f|^2 / 2 + weight * sum |u' - u|, by projection on the dual."""
    d = np.diff(np.eye(len(f)), axis=0)
    p = q = np.zeros(len(f) - 1)
    t = 1.0
    for _ in range(20_000):
        new = np.clip(q + d @ (f - weight * d.T @ q) / (4 * weight), -1, 1)
        t_new = (1 + math.sqrt(1 + 4 * t * t)) / 2
        q, p, t = new + (t - 1) / t_new * (new - p), new, t_new
    return np.asarray(f - weight * d.T @ p)


def test_total_variation_lowers_the_contrast() -> None:
    text = question("total-variation-loss")
    f = np.repeat([0.0, 1.0, 0.0], 10)
    u = denoise_1d(f, 0.5)
    assert u == pytest.approx(np.repeat([0.05, 0.9, 0.05], 10), abs=1e-6)
    assert "一维信号是 10 个 0、10 个 1、10 个 0，取 $\\lambda=0.5$" in text
    assert f"平台变为 {u[15]:.1f}，两侧的背景各升到 {u[0]:.2f}" in text
    assert rf"\delta=\frac{{2\lambda}}{{10}}={2 * 0.5 / 10:.1f}" in text


def test_total_variation_lowers_a_disc() -> None:
    assert r"半径为 $R$ 的圆盘相应降低 $2\lambda/R$" in question("total-variation-loss")
    radius, weight = 3.0, 0.4
    drops = np.linspace(0, 1, 10_001)
    cost = 0.5 * math.pi * radius**2 * drops**2 - weight * 2 * math.pi * radius * drops
    assert drops[cost.argmin()] == pytest.approx(2 * weight / radius, abs=1e-4)


def test_total_variation_figure_numbers() -> None:
    text = question("total-variation-loss")
    values = record("total-variation-denoising")
    noisy, squared, tv = values["psnr"]
    said = (
        f"峰值信噪比（PSNR）{noisy:.1f} dB；两种正则各取最好的权重，平方和到 {squared:.1f} dB，"
        f"总变分到 {tv:.1f} dB"
    )
    assert said in text
    original, rough, _, smooth = values["variation"]
    assert f"从噪声图的 {rough:.0f} 降到 {smooth:.0f}，比原图的 {original:.0f} 还低一点" in text


def test_total_variation_listing() -> None:
    torch = pytest.importorskip("torch")
    tv_loss = listing(question("total-variation-loss"))["tv_loss"]
    flat = torch.zeros(1, 1, 5, 5, requires_grad=True)
    tv_loss(flat).backward()
    assert torch.isfinite(flat.grad).all()
    rows = torch.zeros(2, 3, 6, 7)
    rows[..., 3:, :] = 1.0
    assert tv_loss(rows).item() == pytest.approx(1 / 5, abs=1e-5)
    columns = rows.transpose(-1, -2)
    assert tv_loss(columns).item() == pytest.approx(1 / 5, abs=1e-5)
    bare = torch.zeros(3, requires_grad=True)
    (bare**2).sum().sqrt().backward()
    assert bare.grad.isnan().all()
