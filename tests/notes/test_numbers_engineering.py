"""Every worked number in the chapter on engineering, computed anew and looked for in its text."""

from __future__ import annotations

import heapq
import random
import re

import pytest

from tests.notes.reading import listing, record
from tests.notes.reading import question as question_of

FILE = "60-engineering.md"


def question(number: str) -> str:
    return question_of(number, FILE)


# --------------------------------------------------------------------------- CUDA


def test_intensity_and_balance_of_a_published_gpu() -> None:
    text = question("torch-cuda-cudnn")
    n, bandwidth = 4096, 2039e9
    assert 2 * n**3 / (3 * 4 * n**2) == pytest.approx(n / 6)
    assert r"I=\frac{2n^3}{12n^2}=\frac n6" in text
    fp32, bf16 = 19.5e12 / bandwidth, 312e12 / bandwidth
    assert rf"$19.5\times10^{{12}}/(2039\times10^9)\approx{fp32:.2f}$" in text
    first = next(n for n in range(1, 9999) if n / 6 > fp32)
    assert rf"$n\ge{first}$ 才越过；BF16" in text
    first = next(n for n in range(1, 9999) if n / 3 > bf16)
    assert 2 * n**3 / (3 * 2 * n**2) == pytest.approx(n / 3)
    assert rf"BF16 每数 2 字节，$I=n/3$，张量核的分界是 {bf16:.0f}，$n\ge{first}$ 才越过" in text
    assert "逐元素加法恒为 $1/12$" in text
    values = record("device-throughput")
    assert values["balance_fp32"] == pytest.approx(fp32, rel=1e-4)
    assert values["balance_bf16"] == pytest.approx(bf16, rel=1e-4)
    assert values["flops"] == [2 * n**3 for n in values["n"]]
    assert values["bytes"] == [12 * n**2 for n in values["n"]]


def test_the_small_network_of_the_figure() -> None:
    text = question("torch-cuda-cudnn")
    values = record("simple-cnn")
    if values["data"] != "手写数字":
        pytest.skip("the record is of CIFAR-10; the note speaks of the digits")
    accuracy = 1 - values["wrong"] / values["test_size"]
    assert (
        f"共 {values['parameters']} 个参数，在 {values['test_size']} 幅测试图上"
        f"判错 {values['wrong']} 幅（正确率 {accuracy:.1%}）" in text
    )


def test_a_hard_wired_view_turns_the_batch_into_another() -> None:
    torch = pytest.importorskip("torch")
    text = question("torch-cuda-cudnn")
    x = torch.zeros(64, 3, 32, 32)
    y = torch.nn.functional.max_pool2d(torch.nn.Conv2d(3, 16, 3)(x), 2)
    _, channels, side, _ = y.shape
    features = channels * side * side
    assert f"得 {channels} 个 ${side}\\times{side}$ 的通道，共 {features} 个数" in text
    wrong = y.view(-1, 16 * 6 * 6)
    assert rf"$64\times{features}/576={len(wrong)}$" in text
    with pytest.raises(ValueError, match="batch"):
        torch.nn.functional.cross_entropy(wrong[:, :10], torch.zeros(64, dtype=torch.long))
    assert y.flatten(1).shape == (64, features)


def test_the_listings_on_devices_run() -> None:
    torch = pytest.importorskip("torch")
    listing(question("torch-cuda-cudnn"))
    device = listing(question("xpu-mlu-musa"))["pick_device"]()
    assert isinstance(device, torch.device)


# --------------------------------------------------------------------------- API


def test_backoff_limits_and_listing() -> None:
    text = question("ai-api")
    limits = [min(8.0, 0.5 * 2**k) for k in range(6)]
    assert f"上限依次是 {'、'.join(f'{each:g}' for each in limits)} 秒" in text
    call = listing(text)["call"]
    waited: list[float] = []
    answers = iter([(503, None, ""), (429, 3.0, ""), (200, None, "好")])
    assert call(lambda: next(answers), sleep=waited.append) == "好"
    assert waited[0] <= 0.5
    assert waited[1] == 3.0
    tried: list[int] = []

    def refuse() -> tuple[int, None, str]:
        tried.append(1)
        return 401, None, ""

    with pytest.raises(RuntimeError, match="401"):
        call(refuse, sleep=waited.append)
    assert len(tried) == 1
    with pytest.raises(RuntimeError, match="500"):
        call(lambda: (500, None, ""), attempts=3, sleep=waited.append)
    assert len(waited) == 4
    assert all(wait <= limit for wait, limit in zip(waited[2:], limits, strict=False))


def test_where_serving_oneself_begins_to_pay() -> None:
    text = question("ai-api")
    millions = 20000 / 8
    assert f"例如 $F=20000$、$c=8$，分界是每月 {millions:.0f} 百万词元" in text
    assert f"即 {millions / 100:.0f} 亿" in text


# --------------------------------------------------------------------------- deployment


def test_littles_law_and_the_number_of_workers() -> None:
    text = question("docker-deployment")
    assert f"每秒来 8 个请求、每个停留 1.5 秒，就有 {8 * 1.5:.0f} 个同时在系统里" in text
    assert rf"$8\times0.25={8 * 0.25:.0f}$" in text


def test_a_fully_used_pair_of_workers_falls_behind() -> None:
    """Two workers at a load of two: the wait grows with time; with three it stays."""
    assert "只开 2 个，队伍会越排越长" in question("docker-deployment")
    waits = {}
    for workers in (2, 3):
        rng = random.Random(0)
        free, now, waited = [0.0] * workers, 0.0, []
        for _ in range(40_000):
            now += rng.expovariate(8)
            begin = max(now, free[0])
            waited.append(begin - now)
            heapq.heapreplace(free, begin + 0.25)
        waits[workers] = sum(waited[:10_000]) / 10_000, sum(waited[-10_000:]) / 10_000
    assert waits[2][1] > 1.5 * waits[2][0]
    assert waits[3][1] < 0.25


def test_the_windows_of_the_note_are_those_of_the_record() -> None:
    text = question("docker-deployment")
    values = record("sliding-window-emotion")
    window, hop = values["window_seconds"], values["hop_seconds"]
    assert f"窗长 {window:g} 秒、步长 {hop} 秒，相邻窗重叠 {1 - hop / window:.0%}" in text
    assert f"每秒要推理 {round(1 / hop)} 次，每个采样点进模型 {round(window / hop)} 次" in text
    assert (values["passes_each_second"], values["times_each_sample"]) == (10, 20)
    count = int((60 - window) / hop + 1e-9) + 1
    assert count == values["windows"]
    assert f"60 秒是 {count} 个" in text
    rows = [int(m) for m in re.findall(r"^\| (\d+) \| [\d.]+ 次", text, re.M)]
    assert rows == [1, 5, 20, 40]
    for m in rows:
        place = values["averaged"].index(m)
        cells = (
            f"{values['flips'][place]:.1f} 次",
            f"{values['delays'][place]:.2f} 秒",
            f"{values['accuracy'][place]:.1%}",
        )
        assert f"| {m} | {' | '.join(cells)} |" in text
