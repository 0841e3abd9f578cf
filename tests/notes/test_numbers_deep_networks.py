"""Every worked number in the chapter on deep networks, computed anew and looked for in its text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.notes.reading import listing, question, record


@pytest.fixture(scope="module")
def cnn() -> str:
    return question("cnn")


# --------------------------------------------------------------------------- CNN


def test_cnn_parameters_of_three_kinds_of_layer(cnn: str) -> None:
    places, fan_in, out = 32 * 32, 3 * 3 * 3, 64
    full = 3 * places * out * places + out * places
    local = fan_in * out * places + out * places
    shared = fan_in * out + out
    for count in (full, local, shared):
        assert f"| {count:,} |\n" in cnn
    assert f"局部连接省下约 {full / local:.0f} 倍，权重共享再省 {local // shared:,} 倍" in cnn
    assert local % shared == 0
    assert local // shared == places
    macs = f"{fan_in * out * places:,}".replace(",", "{,}")
    assert rf"${fan_in}\times{out}\times{places}={macs}$ 次" in cnn


def test_cnn_output_size_and_receptive_field(cnn: str) -> None:
    torch = pytest.importorskip("torch")

    def size(h: int, k: int, s: int, p: int, d: int) -> int:
        return (h + 2 * p - d * (k - 1) - 1) // s + 1

    for h, k, s, p, d in ((224, 7, 2, 3, 1), (31, 3, 2, 1, 2), (9, 4, 3, 0, 1), (17, 5, 1, 4, 2)):
        layer = torch.nn.Conv1d(1, 1, k, s, p, d)
        assert layer(torch.zeros(1, 1, h)).shape[-1] == size(h, k, s, p, d)
    assert f"$K=7$、$S=2$、$P=3$，把 224 变成 {size(224, 7, 2, 3, 1)}" in cnn
    reach, jump = 1, 1
    for _ in range(3):
        reach += (3 - 1) * jump
    assert rf"三层 $3\times3$（步幅 1）看到 ${reach}\times{reach}$" in cnn
    assert f"${3 * 9}C^2$，一层 $7\\times7$ 要 ${reach * reach}C^2$" in cnn


def test_cnn_edge_by_hand(cnn: str) -> None:
    kernel = np.array([-1, 0, 1])
    for row in ((0, 0, 1, 1, 1), (0, 0, 0, 1, 1)):
        response = np.correlate(row, kernel, "valid")
        assert f"${vector(row)}$" in cnn
        assert f"${vector(response)}$" in cnn
        assert response.max() == 1


def vector(values: Any) -> str:
    """A vector of integers as the notes print it."""
    return "(" + ",".join(str(int(value)) for value in values) + ")"


def test_cnn_figure_numbers_are_those_of_the_record(cnn: str) -> None:
    values = record("conv-feature-maps")
    pooled, flat, mlp = (values[name] for name in ("cnn_global", "cnn_flatten", "mlp"))
    assert f"移开 {len(mlp) - 1} 格后，全局最大池化的网络仍是 {100 * pooled[-1]:.1f}%" in cnn
    assert len(set(pooled)) == 1
    assert f"从 {100 * flat[0]:.1f}% 掉到 {100 * flat[-1]:.1f}%" in cnn
    assert f"感知机（{100 * mlp[-1]:.1f}%）" in cnn


def test_cnn_listing_is_the_library_convolution(cnn: str) -> None:
    torch = pytest.importorskip("torch")
    conv2d = listing(cnn)["conv2d"]
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 8, 7, generator=generator)
    w, b = torch.randn(5, 3, 3, 3, generator=generator), torch.randn(5, generator=generator)
    for stride, padding in ((1, 0), (1, 1), (2, 1), (3, 2)):
        expected = torch.nn.functional.conv2d(x, w, b, stride, padding)
        assert torch.allclose(conv2d(x, w, b, stride, padding), expected, atol=1e-5)


def test_cnn_depthwise_separable_ratio(cnn: str) -> None:
    k, c_in, c_out = 3, 128, 256
    ratio = (k * k * c_in + c_in * c_out) / (k * k * c_in * c_out)
    assert ratio == pytest.approx(1 / c_out + 1 / k**2)
    assert rf"$K=3$、$C_\text{{out}}=256$ 时约 {100 * ratio:.1f}%" in cnn


# --------------------------------------------------------------------------- RNN


@pytest.fixture(scope="module")
def rnn() -> str:
    return question("rnn")


def scientific(value: float) -> str:
    """A small number as the notes print it, two significant digits."""
    mantissa, power = f"{value:.1e}".split("e")
    return rf"${mantissa}\times10^{{{int(power)}}}$"


def test_rnn_factors_multiplied_fifty_times(rnn: str) -> None:
    assert 1 - 0.5**2 == 0.75
    assert rf"| $w=0.9$，$\tanh'=1$ | {scientific(0.9**50)} |" in rnn
    row = r"| $w=0.9$，$h=0.5$，$\tanh'=0.75$ |"
    assert f"{row} {scientific((0.9 * 0.75) ** 50)} |" in rnn
    assert rf"| $w=1.1$，$\tanh'=1$ | {1.1**50:.0f} |" in rnn


def test_rnn_gradient_is_the_product_of_jacobians() -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(2)
    w = torch.randn(4, 4, generator=generator, dtype=torch.float64) / 3
    start = torch.randn(4, generator=generator, dtype=torch.float64).requires_grad_()
    states = [start]
    for _ in range(6):
        states.append(torch.tanh(w @ states[-1] + 0.1))
    (found,) = torch.autograd.grad(states[-1].sum(), start)
    row = torch.ones(4, dtype=torch.float64)
    for state in reversed(states[1:]):
        row = row @ (torch.diag(1 - state**2) @ w)
    assert torch.allclose(found, row)
    bound = torch.linalg.matrix_norm(w, 2) ** 6 * 2
    assert found.norm() <= bound


def test_rnn_figure_numbers_are_those_of_the_record(rnn: str) -> None:
    values = record("rnn-vs-lstm-memory")
    right = dict(zip(values["lags"], values["rnn"], strict=True))
    assert f"隔 20 步还能学会（{100 * right[20]:.1f}%）" in rnn
    assert f"隔 40 步就退到 {100 * right[40]:.1f}%" in rnn
    other = dict(zip(values["lags"], values["lstm_default"], strict=True))
    assert f"默认初始化的隔 20 步就只有 {100 * other[20]:.1f}%" in rnn
    assert "各种间隔才都到 100%" in rnn
    assert set(values["lstm_long"]) == {1}
    fade = values["rnn_gradient"]
    assert f"退 {len(fade) - 1} 步只剩约 $10^{{{round(fade[-1])}}}$" in rnn


def test_rnn_listing_trains_and_stops_gradients_at_the_chunk(rnn: str) -> None:
    torch = pytest.importorskip("torch")
    train_chunk = listing(rnn)["train_chunk"]
    torch.manual_seed(3)
    cell, head = torch.nn.RNN(5, 8), torch.nn.Linear(8, 3)
    opt = torch.optim.SGD([*cell.parameters(), *head.parameters()], 0.5)
    x, y = torch.randn(7, 2, 5), torch.randint(3, (7, 2))
    state, losses = torch.zeros(1, 2, 8), []
    for _ in range(30):
        loss, state = train_chunk(cell, head, opt, x, y, state)
        losses.append(loss)
    assert losses[-1] < losses[0] / 2
    assert state.requires_grad  # the next call is what cuts it off


def test_rnn_without_detach_fails_even_when_the_graph_is_kept() -> None:
    torch = pytest.importorskip("torch")

    def two_chunks(keep: bool, update: bool) -> None:
        torch.manual_seed(3)
        cell = torch.nn.RNN(5, 8)
        opt = torch.optim.SGD(cell.parameters(), 0.1)
        state = torch.zeros(1, 2, 8)
        for _ in range(2):
            out, state = cell(torch.randn(7, 2, 5), state)
            out.square().sum().backward(retain_graph=keep)
            if update:
                opt.step()

    with pytest.raises(RuntimeError, match="a second time"):
        two_chunks(keep=False, update=True)
    with pytest.raises(RuntimeError, match="inplace"):
        two_chunks(keep=True, update=True)
    two_chunks(keep=True, update=False)


# --------------------------------------------------------------------------- LSTM


@pytest.fixture(scope="module")
def lstm() -> str:
    return question("lstm")


def test_lstm_table_of_forget_gates(lstm: str) -> None:
    def opening(bias: float) -> float:
        return float(1 / (1 + np.exp(-bias)))

    zero, one, fifty = opening(0), opening(1), opening(np.log(49))
    assert f"| $b_f=0$ | {zero:.3f} | {scientific(zero**50)} |" in lstm
    assert f"| $b_f=1$[^jozefowicz] | {one:.3f} | {scientific(one**50)} |" in lstm
    assert rf"| $b_f=\ln 49$ | {fifty:.3f} | {fifty**50:.3f} |" in lstm
    assert opening(np.log(200 - 1)) == pytest.approx(1 - 1 / 200)
    kept = (1 - 1 / 200) ** 200
    assert kept == pytest.approx(np.exp(-1), rel=0.01)
    assert f"偏置为 1 时 $f\\approx{one:.2f}$" in lstm


def test_lstm_parameters(lstm: str) -> None:
    torch = pytest.importorskip("torch")
    d, h = 128, 256
    count = 4 * (d * h + h * h + h)
    assert rf"$d={d}$、$h={h}$ 时是 {count:,}，GRU 是其 3/4，即 {count * 3 // 4:,}" in lstm
    found = sum(each.numel() for each in torch.nn.LSTM(d, h).parameters())
    assert found == count + 4 * h  # PyTorch has two biases


def test_lstm_figure_numbers_are_those_of_the_record(lstm: str) -> None:
    values = record("lstm-gates")
    said = (
        f"遇到标记时遗忘门平均 {values['forget_when_writing']:.2f}、"
        f"输入门 {values['input_when_writing']:.2f}，旧值被换掉；"
        f"没有标记时遗忘门 {values['forget_when_holding']:.3f}、"
        f"输入门 {values['input_when_holding']:.3f}"
    )
    assert said in lstm
    assert f"在 {values['test_length']} 步的新序列上均方根误差仍只有 {values['error']:.3f}" in lstm


def test_lstm_listing_sets_the_sum_of_both_biases(lstm: str) -> None:
    torch = pytest.importorskip("torch")
    set_forget_bias = listing(lstm)["set_forget_bias"]
    cell = torch.nn.LSTM(3, 4, num_layers=2)
    set_forget_bias(cell, 1.5)
    for layer in (0, 1):
        total = getattr(cell, f"bias_ih_l{layer}") + getattr(cell, f"bias_hh_l{layer}")
        assert torch.equal(total[4:8], torch.full((4,), 1.5))
        assert not torch.equal(total[:4], torch.full((4,), 1.5))


# --------------------------------------------------------------------------- ResNet


@pytest.fixture(scope="module")
def resnet() -> str:
    return question("resnet")


def test_resnet_products_of_fifty_blocks(resnet: str) -> None:
    for text, slope, residual in (
        ("0.8", 0.8, scientific(1.8**50).replace("{+", "{")),
        ("0.05", 0.05, f"{1.05**50:.1f}"),
        ("-0.05", -0.05, f"{0.95**50:.3f}"),
    ):
        assert f"| $F'={text}$ | {scientific(slope**50)} | {residual} |" in resnet


def test_resnet_gradient_keeps_one_untouched_share() -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(4)
    weights = torch.randn(5, 3, 3, generator=generator, dtype=torch.float64)

    def rest(x: Any) -> Any:
        """Sum of all F_i(x_i), as a function of the first input."""
        start = x
        for w in weights:
            x = x + torch.tanh(w @ x)
        return x - start

    x = torch.randn(3, generator=generator, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda each: each + rest(each), x)
    expected = torch.eye(3) + torch.autograd.functional.jacobian(rest, x)
    assert torch.allclose(jacobian, expected)


def test_resnet_bottleneck(resnet: str) -> None:
    wide, narrow = 256, 64
    bottleneck = wide * narrow + 9 * narrow * narrow + narrow * wide
    basic = 2 * 9 * wide * wide
    assert f"{wide} 通道、窄处 {narrow} 通道时，权重为" in resnet
    said = f"权重为 {bottleneck:,} 个，两个 $3\\times3$ 则要 {basic:,} 个，约为 "
    assert f"{said}{basic / bottleneck:.0f} 倍" in resnet


def test_resnet_and_vgg_multiplications(resnet: str) -> None:
    size, channels, vgg = 224, 3, 0
    for out, layers in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(layers):
            vgg += 9 * channels * out * size**2
            channels = out
        size //= 2
    vgg += 512 * 49 * 4096 + 4096 * 4096 + 4096 * 1000

    size, channels, deep = 56, 64, 49 * 3 * 64 * 112**2
    for narrow, blocks in ((64, 3), (128, 8), (256, 36), (512, 3)):
        size = 56 * 64 // narrow
        for block in range(blocks):  # the original strides in its first 1 x 1 convolution
            deep += (channels * narrow + 9 * narrow**2 + narrow * 4 * narrow) * size**2
            deep += channels * 4 * narrow * size**2 if block == 0 else 0
            channels = 4 * narrow
    deep += 2048 * 1000
    said = f"一次前向约 {deep / 1e8:.0f} 亿次乘加，还少于 VGG-19 的 {vgg / 1e8:.0f} 亿"
    assert said in resnet


def test_resnet_figure_numbers_are_those_of_the_record(resnet: str) -> None:
    values = record("resnet-degradation")
    assert (values["depths"][0], values["depths"][-1]) == (6, 34)
    plain, residual = values["plain_final"], values["residual_final"]
    said = f"普通网络由 6 层加到 34 层，训练损失由 {plain[0]:.2f} 升到 {plain[-1]:.2f}；"
    assert f"{said}残差网络由 {residual[0]:.2f} 升到 {residual[-1]:.2f}" in resnet


def test_resnet_listing_begins_as_the_identity(resnet: str) -> None:
    torch = pytest.importorskip("torch")
    block = listing(resnet)["BasicBlock"]
    x = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(5))
    assert torch.equal(block(4, 4)(x), x.relu())
    assert block(4, 8, stride=2)(x).shape == (2, 8, 3, 3)
    gamma = (same := block(4, 4)).f[-1].weight
    (same(x) * torch.randn_like(x)).sum().backward()
    assert gamma.grad.abs().max() > 0  # zero does not stay zero
