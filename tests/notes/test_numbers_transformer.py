"""Every worked number of the questions on attention and the Transformer, computed anew."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.notes.reading import listing, question, record


def softmax(scores: Any) -> np.ndarray:
    """Along the last axis."""
    powers = np.exp(np.asarray(scores, dtype=float))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def latex(number: int) -> str:
    """An integer with the thousands apart, as in a formula."""
    return f"{number:,}".replace(",", "{,}")


# --------------------------------------------------------------------------- attention


@pytest.fixture(scope="module")
def attention() -> str:
    return question("attention-mechanism")


def test_attention_variance_of_a_dot_product(attention: str) -> None:
    q, k = np.random.default_rng(1).standard_normal((2, 20000, 64))
    assert (q * k).sum(-1).var() == pytest.approx(64, rel=0.05)
    assert f"$d_k=64$ 时标准差为 {64**0.5:.0f}" in attention
    assert ((q * k).sum(-1) / 64).std() == pytest.approx(1 / 64**0.5, rel=0.05)
    assert r"分数的标准差只剩 $1/\sqrt{d_k}$" in attention


def test_attention_saturated_softmax(attention: str) -> None:
    peaked, scaled = softmax([8, 0, 0, 0])[0], softmax([1, 0, 0, 0])[0]
    assert f"即 $(8,0,0,0)$，softmax 给它 {peaked:.3f}" in attention
    assert rf"$p_1(1-p_1)\approx{peaked * (1 - peaked):.4f}$" in attention
    said = f"分数成 $(1,0,0,0)$，权重 {scaled:.3f}，导数 {scaled * (1 - scaled):.3f}"
    assert said in attention


def test_attention_softmax_jacobian() -> None:
    scores = np.array([0.3, -1.0, 2.0])
    p = softmax(scores)
    for j in range(3):
        step = np.eye(3)[j] * 1e-6
        slope = (softmax(scores + step) - softmax(scores - step)) / 2e-6
        assert slope == pytest.approx(p * (np.eye(3)[j] - p[j]), abs=1e-8)


def test_attention_by_hand(attention: str) -> None:
    q = np.array([1, 1, 0, 0])
    keys = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1]])
    values = np.array([10, 20, 30])
    weights = softmax(keys @ q / 2)
    for key, weight, value in zip(keys, weights, values, strict=True):
        score = int(key @ q)
        cells = f"({','.join(map(str, key))})$ | {score} | {score / 2:.1f} | {weight:.3f} | {value}"
        assert f"| ${cells} |" in attention
    terms = "+".join(rf"{w:.3f}\times{v}" for w, v in zip(weights, values, strict=True))
    assert rf"{terms}\approx{weights @ values:.1f}" in attention


def test_attention_figure_numbers_are_those_of_the_record(attention: str) -> None:
    values = record("attention-heatmap")
    assert f"逐字正确率为 {100 * values['accuracy']:.1f}%" in attention
    assert f"平均权重为 {values['aligned']:.2f}" in attention


def test_attention_listing(attention: str) -> None:
    torch = pytest.importorskip("torch")
    attend = listing(attention)["attention"]
    generator = torch.Generator().manual_seed(2)
    q, k, v = torch.randn(3, 2, 4, 5, 8, generator=generator)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    assert torch.allclose(attend(q, k, v), expected, atol=1e-6)
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(attend(q, k, v, mask), expected, atol=1e-6)
    mask[2] = False
    assert attend(q, k, v, mask)[..., 2, :].isnan().all()


# --------------------------------------------------------------------------- Transformer


@pytest.fixture(scope="module")
def transformer() -> str:
    return question("transformer")


def test_transformer_parameters(transformer: str) -> None:
    torch = pytest.importorskip("torch")
    d = 512
    layer = torch.nn.TransformerEncoderLayer(d, 8, 4 * d)
    matrices = sum(each.numel() for each in layer.parameters() if each.dim() == 2)
    assert matrices == 12 * d * d
    assert f"编码器每层 {12 * d * d:,} 个" in transformer
    assert f"$16d^2$ 即 {16 * d * d:,} 个" in transformer
    layers, embedding = 6 * (12 + 16) * d * d, 37000 * d
    assert f"各 6 层是 {layers:,}，加上共用的 37,000 词的嵌入 {embedding:,}" in transformer
    assert f"合计约 {round((layers + embedding) / 1e6) * 100:,} 万" in transformer


def test_transformer_length_where_attention_is_half(transformer: str) -> None:
    torch = pytest.importorskip("torch")
    counter = pytest.importorskip("torch.utils.flop_counter").FlopCounterMode
    d = 512
    n = 6 * d
    block = listing(transformer)["Block"](d, 8).to("meta")
    with counter(display=False) as counted:
        block(torch.empty(1, n, d, device="meta"))
    assert "每个词前向约 $24d^2$ 次浮点运算" in transformer
    assert "另有 $4nd$ 次" in transformer
    assert counted.get_total_flops() == n * (24 * d * d + 4 * n * d)
    assert 24 * d * d == 4 * n * d
    assert f"两者在 $n=6d$ 时相等：$d=512$ 时，序列要到 {n:,} 个词" in transformer


def test_transformer_attention_commutes_with_permutation() -> None:
    rng = np.random.default_rng(3)
    x, m, w = rng.standard_normal((6, 4)), rng.standard_normal((4, 4)), rng.standard_normal((4, 4))
    p = np.eye(6)[rng.permutation(6)]

    def f(each: np.ndarray) -> np.ndarray:
        return np.asarray(softmax(each @ m @ each.T) @ each @ w)

    assert f(p @ x) == pytest.approx(p @ f(x))


def test_transformer_figure_numbers_are_those_of_the_record(transformer: str) -> None:
    sinusoidal, causal, none = record("transformer-positions")["final"]
    said = f"有正弦编码的正确率 {100 * sinusoidal:.1f}%，既无编码又无掩码的只有 {100 * none:.1f}%"
    assert said in transformer
    assert f"只加因果掩码也有 {100 * causal:.1f}%" in transformer


def test_transformer_listing_does_not_see_the_future(transformer: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(4)
    block = listing(transformer)["Block"](16, 4)
    x = torch.randn(2, 7, 16)
    hidden = torch.ones(7, 7, dtype=torch.bool).triu(1)
    y = block(x, hidden)
    changed = x.clone()
    changed[:, 4:] = torch.randn(2, 3, 16)
    z = block(changed, hidden)
    assert y.shape == x.shape
    assert torch.allclose(y[:, :4], z[:, :4], atol=1e-6)
    assert not torch.allclose(y[:, 4:], z[:, 4:])
    assert not torch.allclose(block(x)[:, :4], block(changed)[:, :4])


def test_transformer_masks_mean_opposite_things() -> None:
    torch = pytest.importorskip("torch")
    x = torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(5))
    mask = torch.tensor([[True, False, False, False]]).expand(4, 4)
    seen = torch.nn.functional.scaled_dot_product_attention(x, x, x, mask)
    assert torch.allclose(seen, x[:, :1].expand(1, 4, 8))  # True takes part
    layer = torch.nn.MultiheadAttention(8, 1, batch_first=True)
    _, weights = layer(x, x, x, attn_mask=mask)
    assert (weights[..., 0] == 0).all()  # True does not


# --------------------------------------------------------------------------- several heads


@pytest.fixture(scope="module")
def heads() -> str:
    return question("multi-head-attention")


def test_multi_head_parameters(heads: str) -> None:
    assert rf"$4\times512^2={latex(4 * 512**2)}$ 个参数" in heads
    assert f"$d=512$、$h=8$ 时 $d_k={512 // 8}$" in heads


def test_multi_head_cache(heads: str) -> None:
    width, layers, size, words = 4096 // 32, 32, 2, 4096
    assert "设 $d=4096$、32 个头、32 层、每个数 2 字节，缓存 4,096 个词" in heads
    for count in (32, 8, 1):
        word = 2 * layers * count * width * size
        row = f"| {count} | {word // 1024} KiB | {word * words // 2**20:,} MiB |"
        assert row in heads


def test_multi_head_figure_numbers_are_those_of_the_record(heads: str) -> None:
    values = record("multi-head-attention")
    one, two, four = values["final"]
    assert f"单头两个都报对的只有 {100 * one:.1f}%（乱猜是 {100 / 64:.1f}%）" in heads
    assert two == four
    assert f"两个头和四个头都是 {100 * two:.1f}%" in heads
    assert "权重都在 0.99 以上" in heads
    assert min(map(max, values["head_weight"])) > 0.99
    counts = {values[f"parameters_{count}"] for count in values["heads"]}
    assert counts == {4 * 32**2}
    assert f"宽度同为 32、参数同为 {4 * 32**2:,}" in heads


def test_multi_head_listing(heads: str) -> None:
    torch = pytest.importorskip("torch")
    multi_head = listing(heads)["multi_head"]
    generator = torch.Generator().manual_seed(6)
    x = torch.randn(2, 5, 12, generator=generator)
    wq, wk, wv, wo = torch.randn(4, 12, 12, generator=generator) / 4
    found = multi_head(x, wq, wk, wv, wo, heads=3, kv_heads=3)
    out = []
    for head in range(3):  # one after the other
        part = slice(4 * head, 4 * head + 4)
        q, k, v = x @ wq[:, part], x @ wk[:, part], x @ wv[:, part]
        scores = (q @ k.transpose(1, 2) / 2).masked_fill(torch.ones(5, 5).triu(1) > 0, -torch.inf)
        out.append(scores.softmax(-1) @ v)
    assert torch.allclose(found, torch.cat(out, dim=-1) @ wo, atol=1e-5)
    # One key for all heads is the same as the same key for each of them.
    shared = multi_head(x, wq, wk[:, :4], wv[:, :4], wo, heads=3, kv_heads=1)
    repeated = multi_head(x, wq, wk[:, :4].repeat(1, 3), wv[:, :4].repeat(1, 3), wo, 3, 3)
    assert torch.allclose(shared, repeated, atol=1e-5)


def test_multi_head_view_in_the_wrong_order_mixes_words(heads: str) -> None:
    torch = pytest.importorskip("torch")
    assert "头 0 装的是前 $T/h$ 个词的全部特征" in heads
    x = torch.arange(6 * 4).view(1, 6, 4)  # six words of four features, two heads
    wrong = x.view(1, 2, 6, 2)
    assert torch.equal(wrong[0, 0].flatten(), x[0, :3].flatten())
    right = x.view(1, 6, 2, 2).transpose(1, 2)
    assert torch.equal(right[0, 0], x[0, :, :2])


# --------------------------------------------------------------------------- BPE


@pytest.fixture(scope="module")
def bpe() -> str:
    return question("bpe")


def learn(words: dict[str, int], merges: int) -> list[tuple[tuple[str, str], int]]:
    """The most frequent pair again and again, on strings with spaces between the symbols."""
    spaced = {" ".join((*word, "_")): count for word, count in words.items()}
    learned = []
    for _ in range(merges):
        pairs: Counter[tuple[str, str]] = Counter()
        for text, count in spaced.items():
            symbols = text.split()
            for pair in pairwise(symbols):
                pairs[pair] += count
        (best, count), (_, second) = pairs.most_common(2)
        assert count > second, "a tie"
        learned.append((best, count))
        seam = re.compile(rf"(?<!\S){re.escape(best[0])} {re.escape(best[1])}(?!\S)")
        spaced = {seam.sub("".join(best), text): n for text, n in spaced.items()}
    return learned


def test_bpe_merges_by_hand(bpe: str) -> None:
    counts = {word: int(n) for word, n in re.findall(r"(see|seen|been|bee) (\d+) 次", bpe)}
    assert counts == {"see": 5, "seen": 3, "been": 4, "bee": 2}
    learned = learn(counts, 5)
    for number, ((left, right), count) in enumerate(learned, start=1):
        assert f"| {number} | {left} + {right} → {left}{right} | {count} |" in bpe
    encode = listing(bpe)["encode"]
    ranks = {pair: number for number, (pair, _) in enumerate(learned)}
    assert "此后 see 是一段，seen 切成 see、n_，没见过的 bees 切成 bee、s、_" in bpe
    assert encode("see", ranks) == ["see_"]
    assert encode("seen", ranks) == ["see", "n_"]
    assert encode("bees", ranks) == ["bee", "s", "_"]
    assert "ee 与 n 相邻只剩 4 次，低于 n 与词尾的 7 次" in bpe
    assert (counts["been"], counts["seen"] + counts["been"]) == (4, 7)


def test_bpe_listing_replays_the_merges(bpe: str) -> None:
    encode = listing(bpe)["encode"]
    ranks = {("a", "b"): 0, ("ab", "a"): 1, ("a", "a"): 2}
    assert encode("ababa", ranks) == ["ab", "aba", "_"]
    assert encode("aaa", ranks) == ["aa", "a", "_"]
    assert encode("q", ranks) == ["q", "_"]


def test_bpe_figure_numbers_are_those_of_the_record(bpe: str) -> None:
    values = record("bpe-merges")
    assert f"的 {values['train_words']} 个词（{values['train_types']} 种）学习合并" in bpe
    words, unseen = values["fresh_words"], values["unseen_words"]
    assert f"{words} 个词里有 {unseen} 个没见过，占 {100 * unseen / words:.1f}%" in bpe
    train, fresh = values["train_means"], values["fresh_means"]
    said = f"合并 {len(train) - 1} 次，训练文本平均每词 {train[-1]:.2f} 段，"
    assert f"{said}新文本 {fresh[-1]:.2f} 段" in bpe
    useful = values["useful_merges"]
    assert f"{useful} 次以后，每次合并的对只出现一次" in bpe
    gains = train[useful] - train[-1], fresh[useful] - fresh[-1]
    assert f"训练文本又降 {gains[0]:.2f} 段，新文本只降 {gains[1]:.2f} 段" in bpe
    stockings = next(each[-1] for each in values["splits"] if each[-1].startswith("st"))
    assert f"`stockings` 被切成 {stockings.replace(' ', '、')}" in bpe


def test_bpe_byte_level_vocabulary(bpe: str) -> None:
    assert f"$256+50000+1={256 + 50000 + 1}$" in bpe
    assert len("汉".encode()) == 3
    assert "UTF-8 的汉字多占 3 个字节" in bpe
