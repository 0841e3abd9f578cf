"""Every worked number in the first three notes, computed anew and looked for in their text."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from tests.notes.reading import SOURCE, listing
from tests.notes.reading import question as question_of

SVD = "10-machine-learning.md"
ROPE = "40-transformer.md"
NUCLEUS = "50-generative.md"


def question(file: str, number: str) -> str:
    return question_of(number, file)


def vector(values: np.ndarray, digits: int = 3, separator: str = ",") -> str:
    """A vector as the notes print it."""
    return "(" + separator.join(f"{value:.{digits}f}" for value in values) + ")"


def matrix(values: np.ndarray) -> str:
    """An integer matrix as the notes print it; refuses what is not an integer."""
    rounded = np.rint(values)
    np.testing.assert_allclose(values, rounded, atol=1e-12)
    rows = (r"&".join(str(int(value)) for value in row) for row in rounded)
    return r"\begin{pmatrix}" + r"\\".join(rows) + r"\end{pmatrix}"


@pytest.fixture(scope="module")
def svd() -> str:
    return question(SVD, "svd")


@pytest.fixture(scope="module")
def rope() -> str:
    return question(ROPE, "rope")


@pytest.fixture(scope="module")
def nucleus() -> str:
    return question(NUCLEUS, "nucleus-sampling")


# --------------------------------------------------------------------------- SVD

A = np.array([[4.0, 0.0], [3.0, 5.0]])


def test_the_gram_matrix_and_its_eigenvalues(svd: str) -> None:
    assert "A=" + matrix(A) in svd
    assert r"A^\top A=" + matrix(A.T @ A) in svd
    low, high = np.linalg.eigvalsh(A.T @ A)
    assert f"特征值为 {high:.0f} 与 {low:.0f}" in svd
    first, second = np.linalg.svd(A)[1]
    assert r"$\sigma_1=2\sqrt{10}$" in svd
    assert r"$\sigma_2=\sqrt{10}$" in svd
    assert (first, second) == pytest.approx((2 * 10**0.5, 10**0.5))


def test_the_singular_vectors_and_the_rank_one_part(svd: str) -> None:
    u, s, vt = np.linalg.svd(A)
    sign = np.sign(vt[0, 0])
    assert r"$v_1=(1,1)^\top/\sqrt2$" in svd
    assert sign * vt[0] == pytest.approx(np.array([1, 1]) / 2**0.5)
    assert r"u_1=Av_1/\sigma_1=(1,2)^\top/\sqrt5$" in svd
    assert sign * u[:, 0] == pytest.approx(np.array([1, 2]) / 5**0.5)
    rank_one = s[0] * np.outer(u[:, 0], vt[0])
    assert r"A_1&=\sigma_1u_1v_1^\top=" + matrix(rank_one) in svd
    assert r"A-A_1&=" + matrix(A - rank_one) in svd
    squares = "+".join(f"{value:.0f}" for value in (A - rank_one).ravel() ** 2)
    assert rf"\sqrt{{{squares}}}=\sqrt{{10}}=\sigma_2" in svd
    assert np.linalg.norm(A - rank_one) == pytest.approx(s[1])
    assert np.linalg.norm(A - rank_one, 2) == pytest.approx(s[1])


def test_energy_condition_number_and_storage(svd: str) -> None:
    s = np.linalg.svd(A)[1]
    kept, total = s[0] ** 2, (s**2).sum()
    assert rf"{kept:.0f}/{total:.0f}={100 * kept / total:.0f}\%" in svd
    assert rf"\kappa=\sigma_1/\sigma_2={np.linalg.cond(A):.0f}$" in svd
    assert np.linalg.cond(A.T @ A) == pytest.approx(np.linalg.cond(A) ** 2)
    m, n, k = 1000, 800, 50
    share = 100 * k * (m + n + 1) / (m * n)
    assert rf"${m}\times{n}$ 的灰度图取 $k={k}$，是原来的 {share:.1f}%" in svd


def test_single_precision_loses_the_square_of_the_condition_number(svd: str) -> None:
    found = re.search(r"\$\\kappa\(A\)=10\^(\d)\$ 时平方为 \$10\^(\d)\$", svd)
    assert found
    condition, squared = 10.0 ** int(found[1]), 10.0 ** int(found[2])
    assert squared == condition**2
    assert 1 / squared < np.finfo(np.float32).eps < 1 / condition
    assert f"单精度约有 {-np.log10(np.finfo(np.float32).eps):.0f} 位有效数字" in svd


def test_truncation_is_best_and_its_error_is_the_tail() -> None:
    rng = np.random.default_rng(1)
    a = rng.standard_normal((6, 4))
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    for k in (1, 2, 3):
        best = (u[:, :k] * s[:k]) @ vt[:k]
        assert np.linalg.norm(a - best, 2) == pytest.approx(s[k])
        assert np.linalg.norm(a - best) == pytest.approx((s[k:] ** 2).sum() ** 0.5)
        for _ in range(50):
            other = rng.standard_normal((6, k)) @ rng.standard_normal((k, 4))
            nearby = best + 0.01 * (other - best)
            left, values, right = np.linalg.svd(nearby)
            rival = (left[:, :k] * values[:k]) @ right[:k]
            tail = np.linalg.svd(a - rival)[1]
            assert (tail[: 4 - k] >= s[k:] - 1e-12).all()


def test_centred_principal_variances_are_squared_singular_values() -> None:
    x = np.random.default_rng(2).standard_normal((30, 3)) * [3, 2, 1] + [50, 0, 0]
    s = np.linalg.svd(x - x.mean(axis=0))[1]
    variances = np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1]
    assert s**2 / (len(x) - 1) == pytest.approx(variances)
    shifted = np.random.default_rng(2).standard_normal((300, 2)) * [0.1, 3] + [50, 0]
    assert abs(np.linalg.svd(shifted)[2][0] @ [1, 0]) > 0.99  # the mean, not the spread
    assert abs(np.linalg.svd(shifted - shifted.mean(axis=0))[2][0] @ [0, 1]) > 0.99


def test_the_randomized_svd_listing_finds_the_leading_triplets(svd: str) -> None:
    randomized_svd = listing(svd)["randomized_svd"]
    rng = np.random.default_rng(3)
    left, right = np.linalg.qr(rng.standard_normal((80, 40)))[0], rng.standard_normal((40, 40))
    a = left * 0.8 ** np.arange(40) @ np.linalg.qr(right)[0]
    u, s, vt = randomized_svd(a, 5)
    exact = np.linalg.svd(a)[1]
    assert (u.shape, s.shape, vt.shape) == ((80, 5), (5,), (5, 40))
    assert s == pytest.approx(exact[:5], rel=1e-6)
    assert np.linalg.norm(a - (u * s) @ vt, 2) == pytest.approx(exact[5], rel=1e-3)


# --------------------------------------------------------------------------- RoPE


def frequencies(d: int) -> np.ndarray:
    """Angle a position of each pair, shape (d/2,)."""
    return np.asarray(10000.0 ** (-2 * np.arange(d // 2) / d))


def rotate(x: np.ndarray, position: int) -> np.ndarray:
    """RoPE by complex multiplication, neighbours paired; x has shape (d,)."""
    pairs = (x[0::2] + 1j * x[1::2]) * np.exp(1j * position * frequencies(len(x)))
    return np.stack((pairs.real, pairs.imag), axis=-1).ravel()


def test_rope_frequencies_of_four_dimensions(rope: str) -> None:
    assert set(re.findall(r"1\d{4}\^\{-[^}]*\}", rope)) == {"10000^{-2i/d}", "10000^{-1/2}"}
    fast, slow = frequencies(4)
    assert rf"$\theta_0={fast:.0f}$，$\theta_1=10000^{{-1/2}}={slow:.2f}$" in rope
    assert f"约为 {2 * np.pi / fast:.2f} 与 {2 * np.pi / slow:.0f}" in rope


def test_rope_worked_vectors_and_score(rope: str) -> None:
    q = np.array([1.0, 0.0, 1.0, 0.0])
    assert r"$q=k=(1,0,1,0)^\top$，位置 $m=3$、$n=1$" in rope
    turned, key = rotate(q, 3), rotate(q, 1)
    assert "R_3q&=" + vector(turned, separator=r",\;") in rope
    assert "R_1k&=" + vector(key, separator=r",\;") in rope
    assert f"内积约为 {turned @ key:.3f}" in rope
    assert turned @ key == pytest.approx(np.cos(2) + np.cos(0.02))
    assert r"$\cos 2+\cos 0.02$" in rope
    assert "$m=103$、$n=101$" in rope
    assert rotate(q, 103) @ rotate(q, 101) == pytest.approx(turned @ key)


def test_rope_table_of_distances(rope: str) -> None:
    def cell(value: float) -> str:
        return f"${value:.3f}$" if value < 0 else f"{value:.3f}"

    distances = [int(row) for row in re.findall(r"^\| (\d+) \|", rope, re.M)]
    assert distances == [0, 1, 2, 50, 314]
    for distance in distances:
        fast, slow = np.cos(distance), np.cos(0.01 * distance)
        row = " | ".join((str(distance), cell(fast), cell(slow), cell(fast + slow)))
        assert f"| {row} |" in rope
    assert r"| $m-n$ | 快的一对 $\cos(m-n)$ | 慢的一对 $\cos 0.01(m-n)$ | 分数 |" in rope
    assert "距离 50、314 都与 0 难以区分" in rope
    assert min(np.cos(50), np.cos(314)) > 0.95
    assert max(np.cos(0.5), np.cos(3.14)) < 0.9


def test_rope_wavelengths_against_the_training_length(rope: str) -> None:
    wavelengths = 2 * np.pi / frequencies(128)
    assert f"$d=128$ 时最慢一对的波长约 {wavelengths[-1]:.0f}" in rope
    unturned = int((wavelengths > 4096).sum())
    assert f"训练长度是 4096，{len(wavelengths)} 对里有 {unturned} 对" in rope


def test_rope_decay_bound(rope: str) -> None:
    def mean(distance: int) -> float:
        waves = np.exp(1j * distance * frequencies(128))
        return float(np.abs(np.cumsum(waves)).mean())

    assert r"$d=128$ 时，$\lvert S_\ell\rvert$ 的平均值由" in rope
    assert f"距离 0 的 {mean(0):.1f} 降到 256 的 {mean(256):.1f}、2048 的 {mean(2048):.1f}" in rope
    assert f"4096 处又回到 {mean(4096):.1f}" in rope

    rng = np.random.default_rng(4)
    for distance in (1, 7, 100, 3000):
        h = rng.standard_normal(64) + 1j * rng.standard_normal(64)
        waves = np.exp(1j * distance * frequencies(128))
        steps = np.abs(np.diff(np.append(h, 0)))
        assert abs((h * waves).sum().real) <= steps.max() * np.abs(np.cumsum(waves)).sum()


def test_rope_matrix_and_complex_forms_agree() -> None:
    rng = np.random.default_rng(5)
    q, k = rng.standard_normal((2, 8))
    pairs = (q[0::2] + 1j * q[1::2]) * np.conj(k[0::2] + 1j * k[1::2])
    for m, n in ((0, 0), (5, 2), (2, 5), (905, 902)):
        score = rotate(q, m) @ rotate(k, n)
        assert score == pytest.approx((pairs * np.exp(1j * (m - n) * frequencies(8))).sum().real)
        assert score == pytest.approx(q @ rotate(k, n - m))
    assert np.linalg.norm(rotate(q, 77)) == pytest.approx(np.linalg.norm(q))


def test_ntk_base_keeps_the_fastest_pair_and_slows_the_slowest_by_the_scale(rope: str) -> None:
    assert r"$10000\,s^{d/(d-2)}$" in rope
    d, scale = 128, 8.0
    base = 10000 * scale ** (d / (d - 2))
    new = base ** (-2 * np.arange(d // 2) / d)
    assert new[0] == frequencies(d)[0]
    assert frequencies(d)[-1] / new[-1] == pytest.approx(scale)


def test_rope_listing_in_both_layouts(rope: str) -> None:
    torch = pytest.importorskip("torch")
    turn = listing(rope)["rope"]
    x = torch.randn(3, 6, 8, generator=torch.Generator().manual_seed(6))
    positions = torch.tensor([0, 1, 2, 50, 314, 900])
    turned = turn(x, positions)
    for row, position in enumerate(positions.tolist()):
        expected = rotate(x[1, row].double().numpy(), position)
        assert turned[1, row].numpy() == pytest.approx(expected, abs=1e-4)
    order = torch.tensor([0, 2, 4, 6, 1, 3, 5, 7])
    halves = turn(x[..., order], positions, half_split=True)
    assert torch.allclose(halves, turned[..., order])
    wrong = turn(x, positions, half_split=True)
    assert torch.equal(wrong[:, 0], turned[:, 0])  # position 0 hides a mix-up
    assert not torch.allclose(wrong[:, 1:], turned[:, 1:], atol=0.1)
    assert turn(x.bfloat16(), positions).dtype == torch.bfloat16
    assert "BF16 只有 8 位有效二进制位，连 257 都存不下" in rope
    assert torch.tensor(257.0).bfloat16().item() != 257


# --------------------------------------------------------------------------- nucleus sampling

PEAKED = np.array([0.80, 0.10, 0.05, 0.03, 0.02])
FLAT = np.array([0.24, 0.22, 0.20, 0.18, 0.16])


def kept_by_mass(probabilities: np.ndarray, p: float) -> int:
    """Size of the smallest leading set whose mass reaches p; probabilities descend."""
    before = np.cumsum(probabilities) - probabilities
    return int((before < p).sum())


def test_nucleus_tail_risk(nucleus: str) -> None:
    risk = 100 * (1 - 0.98**100)
    assert "每步有 2% 的概率落进尾部，100 步内" in nucleus
    assert rf"$1-0.98^{{100}}\approx {risk:.1f}\%$" in nucleus


def test_nucleus_table(nucleus: str) -> None:
    assert f"尖分布 ${vector(PEAKED, 2)}$" in nucleus
    assert f"平分布 ${vector(FLAT, 2)}$" in nucleus
    assert PEAKED.sum() == pytest.approx(1)
    assert FLAT.sum() == pytest.approx(1)

    def cells(peaked: int, flat: int) -> str:
        return (
            f"| {peaked} 个，{PEAKED[:peaked].sum():.2f} | {flat} 个，{FLAT[:flat].sum():.2f} |\n"
        )

    by_mass = kept_by_mass(PEAKED, 0.85), kept_by_mass(FLAT, 0.85)
    by_peak = int((0.1 * PEAKED.max() <= PEAKED).sum()), int((0.1 * FLAT.max() <= FLAT).sum())
    for rule, (peaked, flat) in (
        ("| top-k，$k=3$ | 排名前 3 ", (3, 3)),
        ("| top-p，$p=0.85$ | 累计首次达到 0.85 ", by_mass),
        (r"| min-p，0.1 | $P(x)\ge 0.1\max P$ ", by_peak),
    ):
        assert rule + cells(peaked, flat) in nucleus
    assert f"砍掉 {100 * FLAT[3:].sum():.0f}% 的概率" in nucleus
    assert f"又多留一个 {PEAKED[2]:.2f} 的词" in nucleus


def test_nucleus_renormalised_and_heated(nucleus: str) -> None:
    first, second = PEAKED[:2] / PEAKED[:2].sum()
    assert rf"$0.80/0.90\approx{first:.3f}$ 与 ${second:.3f}$" in nucleus
    heated = PEAKED**0.5 / (PEAKED**0.5).sum()
    assert f"${vector(heated)}$" in nucleus
    cold, hot = kept_by_mass(PEAKED, 0.85), kept_by_mass(heated, 0.85)
    assert f"累计到第 {hot} 个词才达到 0.85，候选由 {cold} 个变成 {hot} 个" in nucleus
    setting = f"例如 ${vector(PEAKED, 2)}$ 取 $p=0.85$、$T=2$："
    assert f"{setting}先温度留 {hot} 个词，先截断只留 {cold} 个" in nucleus


def test_nucleus_figure_numbers_are_those_of_the_record(nucleus: str) -> None:
    record = SOURCE / "demos" / "records" / "nucleus-sampling.json"
    values = json.loads(record.read_text(encoding="utf-8"))["values"]
    said = (
        f"图中 {values['vocabulary']} 个词的两个分布来自同一组 logits，只是温度不同："
        f"同取 $p={values['p']}$，尖分布留 {values['peaked_kept']} 个词，"
        f"平分布留 {values['flat_kept']} 个；固定 $k={values['k']}$，"
        f"在平分布上只占 {100 * values['flat_top_k_mass']:.1f}% 的概率"
    )
    assert said in nucleus


def test_nucleus_total_variation_is_the_mass_cut() -> None:
    for probabilities in (PEAKED, FLAT):
        for p in (0.3, 0.5, 0.85, 0.97):
            size = kept_by_mass(probabilities, p)
            mass = probabilities[:size].sum()
            truncated = np.where(np.arange(5) < size, probabilities / mass, 0)
            distance = 0.5 * np.abs(truncated - probabilities).sum()
            assert distance == pytest.approx(1 - mass)
            assert distance <= 1 - p + 1e-12


def test_nucleus_rounding_traps(nucleus: str) -> None:
    assert f"`0.7 + 0.2` 得 {0.7 + 0.2!r}，$p=0.9$ 时会多留一个词" in nucleus
    assert 0.7 + 0.2 < 0.9
    assert "where(cum > p)[0][0]" in nucleus
    with pytest.raises(IndexError):
        np.where(np.cumsum(PEAKED) > 1.0 + 1e-9)[0][0]
    reached = np.cumsum(np.full(1000, 0.001, dtype=np.float32))[-1]
    assert f"单精度逐个累加 1000 个 0.001，只得 {reached:.7f}" in nucleus
    assert reached < 1


def test_nucleus_listing(nucleus: str) -> None:
    torch = pytest.importorskip("torch")
    sample = listing(nucleus)["nucleus_sample"]
    order = [3, 0, 4, 1, 2]  # logits come unsorted
    logits = torch.tensor(np.log(np.stack((PEAKED, FLAT)))[:, order])

    def drawn(p: float, heat: float = 1.0) -> list[set[int]]:
        generator = torch.Generator().manual_seed(7)
        many = logits.repeat_interleave(2000, dim=0)
        words = sample(many, p, heat, generator)
        assert words.shape == (4000, 1)
        ranks = torch.tensor(order)[words[:, 0]]
        return [set(ranks[:2000].tolist()), set(ranks[2000:].tolist())]

    assert drawn(0.85) == [{0, 1}, {0, 1, 2, 3, 4}]
    assert drawn(0.85, heat=2.0)[0] == {0, 1, 2, 3}
    assert drawn(1e-6) == [{0}, {0}]
    assert drawn(1.0) == [{0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}]
