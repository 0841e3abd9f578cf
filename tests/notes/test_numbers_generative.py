"""Every worked number in the notes on generative models, computed anew and looked for there."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from tests.notes.reading import arrays as record
from tests.notes.reading import listing, question


@pytest.fixture(scope="module")
def gan() -> str:
    return question("gan")


@pytest.fixture(scope="module")
def ddpm() -> str:
    return question("ddpm")


@pytest.fixture(scope="module")
def ddim() -> str:
    return question("ddim")


@pytest.fixture(scope="module")
def unet() -> str:
    return question("unet-diffusion")


@pytest.fixture(scope="module")
def vae() -> str:
    return question("cogvideox-vae")


@pytest.fixture(scope="module")
def vae_training() -> str:
    return question("cogvideox-vae-training")


@pytest.fixture(scope="module")
def data() -> str:
    return question("aigc-data-preprocessing")


@pytest.fixture(scope="module")
def pipeline() -> str:
    return question("aigc-training-pipeline")


# --------------------------------------------------------------------------- GAN


def test_gan_optimum_is_the_jensen_shannon_divergence(gan: str) -> None:
    p, q = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    best = p / (p + q)
    middle = (p + q) / 2
    js = 0.5 * (p * np.log(p / middle)).sum() + 0.5 * (q * np.log(q / middle)).sum()
    value = (p * np.log(best) + q * np.log(1 - best)).sum()
    assert value == pytest.approx(2 * js - math.log(4))
    assert f"$p_{{\\text{{data}}}}=({p[0]},{p[1]})$，$p_g=({q[0]},{q[1]})$" in gan
    assert f"$D^*=({best[0]:.3f},{best[1]:.3f})$" in gan
    assert rf"$\mathrm{{JS}}\approx{js:.4f}$" in gan
    assert f"都是 ${value:.4f}$" in gan
    nearby = np.linspace(0.01, 0.99, 99)
    for i in range(2):
        assert (p[i] * np.log(nearby) + q[i] * np.log(1 - nearby)).max() <= (
            p[i] * np.log(best[i]) + q[i] * np.log(1 - best[i])
        )
    assert rf"$\log4\approx{math.log(4):.3f}$" in gan


def test_gan_saturating_and_non_saturating_gradients(gan: str) -> None:
    d = 0.01
    a, step = math.log(d / (1 - d)), 1e-6

    def sigma(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    def slope(f: Any) -> float:
        return float((f(a + step) - f(a - step)) / (2 * step))

    saturating = slope(lambda x: math.log(1 - sigma(x)))
    other = slope(lambda x: -math.log(sigma(x)))
    assert saturating == pytest.approx(-d, rel=1e-5)
    assert other == pytest.approx(-(1 - d), rel=1e-5)
    assert rf"| $\log(1-D(G(z)))$ | $-\sigma(a)$ | {-saturating:.2f} |" in gan
    assert rf"| $-\log D(G(z))$ | $-(1-\sigma(a))$ | {-other:.2f} |" in gan
    assert f"梯度却是前者的 {other / saturating:.0f} 倍" in gan


def test_gan_generator_losses_descend_different_divergences(gan: str) -> None:
    rng = np.random.default_rng(2)
    real, logits = rng.dirichlet(np.ones(5)), rng.standard_normal(5)

    def generated(a: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(a) / np.exp(a).sum())

    def kl(p: np.ndarray, q: np.ndarray) -> float:
        return float((p * np.log(p / q)).sum())

    def js(p: np.ndarray) -> float:
        return 0.5 * (kl(p, (p + real) / 2) + kl(real, (p + real) / 2))

    def slope(f: Any) -> list[float]:
        steps = np.eye(5) * 1e-6
        return [(f(generated(logits + s)) - f(generated(logits - s))) / 2e-6 for s in steps]

    best = real / (real + generated(logits))  # held fixed while the generator moves
    assert slope(lambda p: (p * np.log(1 - best)).sum()) == pytest.approx(
        slope(lambda p: 2 * js(p)), abs=1e-8
    )
    assert slope(lambda p: -(p * np.log(best)).sum()) == pytest.approx(
        slope(lambda p: kl(p, real) - 2 * js(p)), abs=1e-8
    )
    assert r"\mathrm{KL}(p_g\Vert p_{\text{data}})-2\,\mathrm{JS}$ 的梯度" in gan


def test_gan_bilinear_game_spirals_out(gan: str) -> None:
    x, y, eta = 0.3, -0.7, 0.1
    moved = math.hypot(x - eta * y, y + eta * x)
    assert moved / math.hypot(x, y) == pytest.approx(math.sqrt(1 + eta**2))
    assert r"$\sqrt{1+\eta^2}$" in gan


def test_gan_ring_numbers(gan: str) -> None:
    values = record("gan-ring")
    bad, good = values["collapsed_modes"][-1], values["healthy_modes"][-1]
    assert f"都训练 {values['steps'][-1]} 步" in gan
    assert rf"$\beta_1=0.9$ 时八个模式只盖住 {bad} 个" in gan
    assert f"样本占 {values['collapsed_quality']:.0%}" in gan
    assert rf"$\beta_1=0$ 时盖住 {good} 个，占 {values['healthy_quality']:.0%}" in gan
    assert f"由 {bad} 个变成 {good} 个" in gan


# --------------------------------------------------------------------------- DDPM


def test_ddpm_schedule(ddpm: str) -> None:
    beta = np.linspace(1e-4, 0.02, 1000)
    alpha_bar = np.cumprod(1 - beta)
    assert rf"$\bar\alpha_T\approx{alpha_bar[-1] * 1e5:.1f}\times10^{{-5}}$" in ddpm
    linear = int((alpha_bar > 0.5).sum())
    t = np.arange(1, 1001) / 1000
    cosine = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2 / np.cos(0.008 / 1.008 * np.pi / 2) ** 2
    assert f"只有前 {linear} 步" in ddpm
    assert f"有 {int((cosine > 0.5).sum())} 步" in ddpm
    values = record("ddpm-forward")
    assert (values["half_linear"], values["half_cosine"]) == (linear, int((cosine > 0.5).sum()))
    assert f"20,000 条真正逐步加噪的链与闭式最多相差 {values['largest_error']:.4f}" in ddpm


def test_ddpm_posterior_example(ddpm: str) -> None:
    beta = np.array([0.1, 0.2])
    alpha, bar = 1 - beta, np.cumprod(1 - beta)
    assert rf"$\bar\alpha=({bar[0]:.1f},{bar[1]:.2f})$" in ddpm
    tilde = (1 - bar[0]) / (1 - bar[1]) * beta[1]
    assert tilde == pytest.approx(1 / (alpha[1] / beta[1] + 1 / (1 - bar[0])))
    assert f"$1/({alpha[1] / beta[1]:.0f}+{1 / (1 - bar[0]):.0f})$" in ddpm
    assert rf"$\tilde\beta_2=0.1/0.28\times0.2\approx{tilde:.4f}$" in ddpm
    x0, eps = 1.0, 0.5
    x2 = math.sqrt(bar[1]) * x0 + math.sqrt(1 - bar[1]) * eps
    mean = (
        math.sqrt(bar[0]) * beta[1] / (1 - bar[1]) * x0
        + math.sqrt(alpha[1]) * (1 - bar[0]) / (1 - bar[1]) * x2
    )
    sampled = (x2 - beta[1] / math.sqrt(1 - bar[1]) * eps) / math.sqrt(alpha[1])
    assert mean == pytest.approx(sampled)
    assert rf"$x_2\approx{x2:.4f}$" in ddpm
    assert f"均值都是 {mean:.4f}" in ddpm


def test_ddpm_listing_learns_a_gaussian(ddpm: str) -> None:
    torch = pytest.importorskip("torch")
    names = listing(ddpm)
    beta = torch.linspace(1e-4, 0.05, 200)
    bar = (1 - beta).cumprod(0)
    mean, spread = 1.5, 0.5  # of the data; the optimal denoiser is linear

    def best(x: Any, t: Any) -> Any:
        a = bar[t].view(-1, 1)
        variance = a * spread**2 + 1 - a
        return (1 - a).sqrt() * (x - a.sqrt() * mean) / variance

    generator = torch.Generator().manual_seed(1)
    x0 = mean + spread * torch.randn(4000, 1, generator=generator)
    good = names["loss"](best, x0, bar, generator)
    assert good < names["loss"](lambda x, t: 0 * x, x0, bar, generator) - 0.3
    drawn = names["sample"](best, (4000, 1), beta, generator)
    assert float(drawn.mean()) == pytest.approx(mean, abs=0.05)
    assert float(drawn.std()) == pytest.approx(spread, abs=0.05)


# --------------------------------------------------------------------------- DDIM


def test_ddim_step_by_hand_and_as_an_euler_step(ddim: str) -> None:
    a, b, x, eps = 0.25, 0.64, 1.0, 0.8
    assert r"$\bar\alpha_t=0.25$，$\bar\alpha_s=0.64$，$x_t=1$，$\epsilon_\theta=0.8$" in ddim
    x0 = (x - math.sqrt(1 - a) * eps) / math.sqrt(a)
    new = math.sqrt(b) * x0 + math.sqrt(1 - b) * eps
    assert rf"$\hat x_0\approx{x0:.4f}$" in ddim
    assert (math.sqrt(b), math.sqrt(1 - b)) == pytest.approx((0.8, 0.6))
    assert rf"$x_s=0.8\hat x_0+0.6\epsilon_\theta\approx{new:.4f}$" in ddim
    before, after = math.sqrt((1 - a) / a), math.sqrt((1 - b) / b)
    euler = x / math.sqrt(a) + (after - before) * eps
    assert rf"$\bar\sigma$ 由 {before:.4f} 降到 {after:.2f}" in ddim
    slope = f"{before - after:.4f}"
    assert rf"$\bar x_s=2-{slope}\epsilon_\theta\approx{euler:.4f}$，乘 0.8 也得 {new:.4f}" in ddim
    assert math.sqrt(b) * euler == pytest.approx(new)
    sigma = math.sqrt((1 - b) / (1 - a)) * math.sqrt(1 - a / b)
    assert rf"$\sigma\approx{sigma:.4f}$" in ddim
    assert f"由 0.6 降为 {math.sqrt(1 - b - sigma**2):.4f}" in ddim


def test_ddim_with_eta_one_is_ddpm_with_the_posterior_variance() -> None:
    bar = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    for t in (1, 10, 500, 999):
        a, b = bar[t], bar[t - 1]
        beta = 1 - a / b
        sigma = math.sqrt((1 - b) / (1 - a)) * math.sqrt(1 - a / b)
        assert sigma**2 == pytest.approx((1 - b) / (1 - a) * beta)
        x, eps = 0.7, -0.4
        x0 = (x - math.sqrt(1 - a) * eps) / math.sqrt(a)
        mean = math.sqrt(b) * x0 + math.sqrt(1 - b - sigma**2) * eps
        assert mean == pytest.approx((x - beta / math.sqrt(1 - a) * eps) / math.sqrt(a / b))


def test_ddim_card_quotes_the_table(ddim: str) -> None:
    last = {
        row: cells.split("|")[-1].strip()
        for row, cells in re.findall(r"^\| (\$\\eta=[01]\$|方差取[^|]*?) \|(.*)\|$", ddim, re.M)
    }
    assert len(last) == 3
    zero, one, large = last.values()
    assert f"$\\eta=0$ 的 FID 是 {zero}，$\\eta=1$ 是 {one}，方差更大的 DDPM 却是 {large}。" in ddim
    assert float(large) < float(zero) < float(one)


def test_ddim_figure_numbers(ddim: str) -> None:
    values = record("ddim-vs-ddpm")
    at = {step: i for i, step in enumerate(values["steps"])}
    deterministic, ancestral = values["ddim"], values["ddpm"]
    assert (
        f"10 步时 DDIM 到真实数据的距离是 {deterministic[at[10]]:.3f}，"
        f"DDPM 是 {ancestral[at[10]]:.3f}"
    ) in ddim
    last = f"{deterministic[at[100]]:.3f} 与 {ancestral[at[100]]:.3f}"
    assert f"100 步时是 {last}，而两批真实数据之间就有 {values['floor']:.3f}" in ddim
    moved = values["moved"]
    assert f"只差 {moved[0]:.3f}（中位数），DDPM 差 {moved[1]:.3f}" in ddim
    assert f"差 {1000 // 50} 倍" in ddim


# --------------------------------------------------------------------------- UNet


def test_unet_attention_cost(unet: str) -> None:
    values = record("linear-attention-cost")
    d, n = values["d"], 64 * 64
    i = list(values["n"]).index(n)
    full, linear = int(values["softmax_macs"][i]), int(values["linear_macs"][i])
    assert (full, linear) == (2 * n * n * d, 2 * n * d * d)
    assert f"{full:,} 次降到 {linear:,} 次，差 {full // linear} 倍" in unet
    sizes = values["softmax_bytes"][i] / 2**20, values["linear_bytes"][i] / 2**20
    assert f"由 {sizes[0]:.0f} MiB 降到 {sizes[1]:.0f} MiB" in unet
    assert rf"$8\times8$ 只差 {8 * 8 // d} 倍" in unet


def test_unet_listing_starts_on_the_shortcut(unet: str) -> None:
    torch = pytest.importorskip("torch")
    block = listing(unet)["ResBlock"](16, 32, 24)
    x, temb = torch.randn(2, 16, 8, 8), torch.randn(2, 24)
    assert torch.equal(block(x, temb), block.skip(x))
    torch.nn.init.normal_(block.conv2.weight)
    assert block(x, temb).shape == (2, 32, 8, 8)
    assert not torch.equal(block(x, temb), block(x, temb + 1))


def test_reassociated_attention_is_the_same_and_row_softmax_is_not() -> None:
    rng = np.random.default_rng(1)
    q, k, v = rng.standard_normal((3, 50, 4))

    def softmax(x: np.ndarray, axis: int) -> np.ndarray:
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        share: np.ndarray = e / e.sum(axis=axis, keepdims=True)
        return share

    left, right = softmax(q, 1), softmax(k, 0)
    assert (left @ right.T) @ v == pytest.approx(left @ (right.T @ v))
    assert np.abs(softmax(q @ k.T / 2, 1) @ v - left @ (right.T @ v)).max() > 0.05
    assert (left @ right.T).sum(axis=1) == pytest.approx(np.ones(50))  # rows still sum to 1


# --------------------------------------------------------------------------- CogVideoX


def test_cogvideox_sizes(vae: str) -> None:
    t, h, w = 49, 480, 720
    lt, lh, lw = 1 + (t - 1) // 4, h // 8, w // 8
    assert rf"${lt}\times{lh}\times{lw}$ 个位置" in vae
    before, after = t * h * w, lt * lh * lw
    assert f"位置数 {before:,} 降到 {after:,}，{before / after:.0f} 倍" in vae
    assert rf"$4\times8\times8={4 * 8 * 8}$ 倍" in vae
    values, latents = 3 * before, 16 * after
    assert f"数值个数（RGB 三通道）{values:,} 降到 {latents:,}" in vae
    assert f"只有 {values / latents:.0f} 倍" in vae
    tokens, without = after // 4, t * lh * lw // 4
    assert f"词元是 {tokens:,} 个；不压时间则有 {without:,} 个" in vae
    assert f"[自注意力](#attention-mechanism)的代价是 {(without / tokens) ** 2:.1f} 倍" in vae
    assert "$1+48/4=13$" in vae
    assert lt == 1 + 48 // 4


def test_cogvideox_card_quotes_the_table(vae: str) -> None:
    rows = re.findall(r"^\| \$8\\times8\\times4\$\S* \| (\d+) \| [\d.]+ \| ([\d.]+) \|$", vae, re.M)
    quality = {int(channels): float(psnr) for channels, psnr in rows}
    assert list(quality) == [8, 16, 32]
    assert list(quality.values()) == sorted(quality.values())
    said = f"由 16 增到 32 个通道，PSNR 由 {quality[16]} 升到 {quality[32]}"
    assert said in vae


def test_cogvideox_demo_numbers(vae: str) -> None:
    values = record("causal-conv3d")
    pairs = values["future_pairs"]
    assert pairs == sum(i > 4 * j for i in range(17) for j in range(5))
    assert f"的 {pairs} 个组合一个也没有；对称填充时有 {values['symmetric_leak']} 个" in vae
    assert f"{values['group-norm_leak']} 个组合全都会变" in vae
    assert values["group-norm_leak"] == pairs
    assert values["latent_shape"] == [16, 1 + 16 // 4, 32 // 8, 32 // 8]
    causal = values["causal"]
    for j in range(causal.shape[1]):
        assert not causal[4 * j + 1 :, j].any()
        assert causal[4 * j, j] > 0


def test_causal_convolution_formula_looks_back_only(vae: str) -> None:
    k, x = 3, np.arange(1.0, 8.0)
    w = np.array([0.2, -0.5, 1.0])
    padded = np.concatenate((np.repeat(x[:1], k - 1), x))
    y = [sum(w[i] * padded[t + i] for i in range(k)) for t in range(len(x))]
    direct = [sum(w[i] * x[max(t - (k - 1) + i, 0)] for i in range(k)) for t in range(len(x))]
    assert y == pytest.approx(direct)
    assert r"y_t=\sum_{i=0}^{k-1}w_i\,x_{t-(k-1)+i}" in vae


def test_vae_training_table_and_divergence(vae_training: str) -> None:
    for stage, frames in (("第一阶段", 17), ("第二阶段", 161)):
        latent = 1 + (frames - 1) // 4
        size = frames * 256 * 256 * 128 * 2 / 2**20
        assert f"| {stage} | {frames} | {latent} | {size:,.0f} MiB |" in vae_training
    mean, std = 0.5, 0.8
    closed = 0.5 * (mean**2 + std**2 - 1 - math.log(std**2))
    assert f"约为 {closed:.3f}" in vae_training
    z = np.linspace(-12, 12, 200_001)
    q = np.exp(-0.5 * ((z - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    log_p = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    integrand = np.where(q > 0, q * (np.log(np.maximum(q, 1e-300)) - log_p), 0)
    assert np.trapezoid(integrand, z) == pytest.approx(closed, abs=1e-6)


def test_vae_loss_listing(vae_training: str) -> None:
    torch = pytest.importorskip("torch")
    loss = listing(vae_training)["vae_loss"]
    x = torch.rand(2, 3, 5, 8, 8) * 2 - 1

    class Copy:
        def encode(self, video: Any) -> tuple[Any, Any]:
            return video, torch.full_like(video, -40.0)

        def decode(self, z: Any) -> Any:
            return z

    seen: list[tuple[int, ...]] = []

    def lpips(a: Any, b: Any) -> Any:
        seen.append(tuple(a.shape))
        return (a - b).abs().mean()

    weights = {"lpips": 1.0, "kl": 0.0, "gan": 0.5}

    def critic(y: Any) -> Any:
        return torch.ones(2)

    early = loss(x, Copy(), lpips, critic, 0, weights)
    late = loss(x, Copy(), lpips, critic, 5000, weights)
    assert seen == [(10, 3, 8, 8)] * 2
    assert float(early) == pytest.approx(0, abs=1e-4)
    assert float(late) == pytest.approx(-0.5, abs=1e-4)


# --------------------------------------------------------------------------- AIGC


def test_buckets(data: str) -> None:
    nearest = listing(data)["nearest"]
    width, height = nearest(2000, 3000)
    assert rf"$2000\times3000$ 的图进 ${width}\times{height}$" in data
    scale = max(width / 2000, height / 3000)
    cut = 1 - width * height / (2000 * scale * 3000 * scale)
    assert f"缩放后只裁掉 {cut:.1%}；裁成正方形要丢掉 {1 - 2000 / 3000:.1%}" in data
    assert nearest(1024, 1024) == (1024, 1024)
    wide = nearest(3000, 2000)
    assert wide[0] > wide[1]


def test_latent_cache(data: str) -> None:
    latent, pixels = 128 * 128 * 4 * 2, 1024 * 1024 * 3
    said = f"半精度占 {latent // 2**10} KiB，是 8 位 RGB（{pixels // 2**20} MiB）的 1/24"
    assert said in data
    assert pixels / latent == 24


def test_training_arithmetic(pipeline: str) -> None:
    assert f"{2.6e9 * (2 + 2 + 4 + 4 + 4) / 1e9:.1f} GB" in pipeline
    lora, full = 16 * (1280 + 1280), 1280 * 1280
    assert f"只有 {lora:,} 个参数，是原来的 {lora / full:.1%}" in pipeline
    half = math.log(0.5) / math.log(0.9999)
    assert f"平均最近约 {1 / (1 - 0.9999):,.0f} 步，权重每 {half:,.0f} 步减半" in pipeline
    batch = 4 * 8 * 2
    assert f"有效批量 {batch}；10,000 张图一轮是 {math.ceil(10_000 / batch)} 步" in pipeline


def test_train_step_listing(pipeline: str) -> None:
    torch: Any = pytest.importorskip("torch")
    train_step = listing(pipeline)["train_step"]
    torch.manual_seed(0)

    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Conv2d(4, 4, 1)
            self.texts: list[Any] = []

        def forward(self, x: Any, t: Any, text: Any) -> Any:
            self.texts.append(text)
            return self.layer(x) + text.mean(dim=(1, 2))[:, None, None, None]

    net, average = Net(), Net()
    before = [p.clone() for p in average.parameters()]
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    alpha_bar = torch.linspace(0.99, 0.01, 50)
    text, empty = torch.ones(4000, 7, 3), torch.zeros(1, 7, 3)
    x0 = torch.randn(4000, 4, 2, 2)
    loss = train_step(net, average, optimiser, x0, text, empty, alpha_bar, beta=0.9)
    assert loss.ndim == 0
    dropped = float((net.texts[0].sum(dim=(1, 2)) == 0).float().mean())
    assert dropped == pytest.approx(0.1, abs=0.02)
    for old, mean, new in zip(before, average.parameters(), net.parameters(), strict=True):
        assert torch.allclose(mean, 0.9 * old + 0.1 * new, atol=1e-6)
