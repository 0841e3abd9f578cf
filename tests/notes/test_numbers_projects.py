"""Every worked number in the chapter on projects, computed anew and looked for in its text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.notes.reading import listing, record
from tests.notes.reading import question as question_of

FILE = "80-projects.md"


def question(number: str) -> str:
    return question_of(number, FILE)


def test_the_mel_scale_and_the_spectrogram_of_the_figure() -> None:
    text = question("resnet-audio-transfer")
    assert 2595 * math.log10(1 + 1000 / 700) == pytest.approx(1000, abs=0.1)
    assert r"m=2595\,\log_{10}\!\Bigl(1+\frac{f}{700}\Bigr)" in text
    values = record("mel-spectrogram")
    assert f"{0.025 * 16000:.0f} 点" in text
    assert f"{0.010 * 16000:.0f} 点" in text
    assert f"2 秒（{values['samples']} 个点）" in text
    assert rf"${values['bands']}\times{values['frames']}$ 的图" in text
    edges = np.linspace(0, 2595 * math.log10(1 + 8000 / 700), values["bands"] + 2)
    centres = 700 * (10 ** (edges / 2595) - 1)[1:-1]
    gaps = np.diff(centres)
    below = int((centres < 1000).sum())
    assert below == values["below_1000"]
    assert f"{below} 条带落在 1000 Hz 以下" in text
    assert f"从 {gaps[0]:.0f} Hz 到 {gaps[-1]:.0f} Hz" in text


def basic_block(inside: int, out: int, *, down: bool) -> int:
    """Parameters of a basic block of ResNet: two 3 x 3 convolutions, batch normalisations."""
    count = 9 * inside * out + 9 * out * out + 2 * 2 * out
    return count + (inside * out + 2 * out if down else 0)


def test_the_parameters_of_resnet_34() -> None:
    text = question("resnet-audio-transfer")
    body = 3 * 64 * 49 + 2 * 64
    inside = 64
    for out, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        body += basic_block(inside, out, down=inside != out)
        body += (blocks - 1) * basic_block(out, out, down=False)
        inside = out
    assert f"ResNet-34 有 {body + 513 * 1000} 个，换成 7 类的头之后是 {body + 513 * 7} 个" in text


def test_summed_weights_are_copied_channels() -> None:
    torch = pytest.importorskip("torch")
    to_one_channel = listing(question("resnet-audio-transfer"))["to_one_channel"]
    torch.manual_seed(0)
    for bias in (False, True):
        conv = torch.nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=bias)
        x = torch.randn(2, 1, 40, 101)
        one = to_one_channel(conv)(x)
        assert torch.allclose(one, conv(x.expand(-1, 3, -1, -1)), atol=1e-5)


def test_where_a_tone_is_folded() -> None:
    text = question("audio-preprocessing")
    assert r"\lvert 16-10\rvert=6" in text
    time = np.arange(48000) / 48000
    spectrum = np.abs(np.fft.rfft(np.sin(2 * np.pi * 10000 * time)[::3]))
    assert int(spectrum.argmax()) == 6000
    assert "10 kHz 混叠成 6 kHz" in text


def test_the_count_of_windows() -> None:
    text = question("audio-preprocessing")
    starts = listing(text)["starts"]
    assert len(starts(5.0)) == math.floor((5 - 2) / 1) + 1
    assert f"$T=5$、$W=2$、$H=1$ 得 {len(starts(5.0))} 窗" in text
    plain = math.floor((3.4 - 2) / 1) + 1
    left = 3.4 - (plain - 1 + 2)
    assert f"$T=3.4$ 得 {plain} 窗，末尾 {left:.1f} 秒没有用到" in text
    assert f"起点向前移到 {starts(3.4)[-1]:.1f} 秒" in text
    values = record("audio-windows")
    assert [starts(each) for each in values["clips"]] == values["starts"]
    for seconds in np.arange(0.1, 12, 0.1):
        found = starts(float(seconds))
        covered = np.zeros(round(float(seconds) * 10), dtype=bool)
        for begin in found:
            covered[round(begin * 10) : round(begin * 10) + 20] = True
        assert covered.all()
        assert len(found) == 1 or found[-1] + 2 <= seconds + 1e-9


def test_the_leak_of_the_figure() -> None:
    text = question("audio-preprocessing")
    values = record("audio-windows")
    by_window, by_speaker = 100 * values["by_window"], 100 * values["by_speaker"]
    assert f"{values['speakers']} 个合成的说话人、三种情绪、{values['windows']} 个重叠的窗" in text
    assert f"按窗随机划分，正确率是 {by_window:.1f}%" in text
    assert f"按说话人划分，只有 {by_speaker:.1f}%，而瞎猜是 {100 * values['chance']:.1f}%" in text
    assert f"{by_window - by_speaker:.1f} 个百分点" in text
