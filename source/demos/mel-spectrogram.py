"""从波形到梅尔频谱图

合成一段 2 秒的“啊—咿”：基频由 210 Hz 升到 350 Hz，共振峰由“啊”滑向“咿”。上：对数梅尔频谱图，
横纹是谐波，随基频上扬；亮带是共振峰，中途分开。下：40 条梅尔带的中心频率，低处密、高处疏；
虚线是等距的带。
"""

import math

import numpy as np
import torch

from bindery.demos.style import MUTED, NAVY, PAPER, RED, label, new_figure

ALT = (
    "上图是频谱图，横轴时间 0 到 2 秒，纵轴按梅尔刻度标出频率，可见上扬的横纹与分开的亮带。"
    "下图是中心频率随带序号的曲线，先缓后陡，在等距的虚线之下。"
)
# Whole decibels: another device may round a value that lies between two of them the other way.
TOLERANCE = {"decibels": 0.03}
RATE, SECONDS, WINDOW, HOP, FFT, BANDS, FLOOR = 16_000, 2, 400, 160, 512, 40, -60


def to_mel(f):
    """HTK's mel scale: 1000 Hz is 1000 mel."""
    return 2595 * math.log10(1 + f / 700)


def to_hertz(m):
    return 700 * (10 ** (m / 2595) - 1)


def filter_bank():
    """Triangles whose corners are equally spaced in mel. (M, F) with F = FFT / 2 + 1"""
    corners = torch.tensor([to_hertz(m) for m in np.linspace(0, to_mel(RATE / 2), BANDS + 2)])
    f = torch.linspace(0, RATE / 2, FFT // 2 + 1, dtype=torch.float64)  # of each bin
    low, centre, high = (corners[i : i + BANDS, None] for i in range(3))
    rising, falling = (f - low) / (centre - low), (high - f) / (high - centre)
    return torch.minimum(rising, falling).clamp(min=0).float(), corners[1:-1]


def voice():
    """Harmonics of a rising pitch, each as loud as the formants let it be. (N,)"""
    t = torch.arange(RATE * SECONDS, dtype=torch.float64) / RATE
    pitch = 210 + 140 * t / SECONDS
    phase = 2 * math.pi * pitch.cumsum(0) / RATE
    moved = torch.sigmoid((t / SECONDS - 0.5) * 14)  # from 啊 to 咿
    sound = torch.zeros_like(t)
    formants = ((730, 280, 90, 1.0), (1090, 2250, 120, 0.6), (2440, 2900, 160, 0.3))
    for k in range(1, 40):
        f = k * pitch
        gain = 1e-3
        for start, end, width, loud in formants:
            formant = start + (end - start) * moved
            gain = gain + loud / (1 + ((f - formant) / width) ** 2)
        sound += torch.where(f < RATE / 2, gain / k**0.5, 0) * torch.sin(k * phase)
    fade = (t / 0.15).clamp(max=1) * ((SECONDS - t) / 0.15).clamp(max=1)  # no click at the ends
    return (fade * sound / sound.abs().max()).float()


def mel_spectrogram(x, bank):
    """Decibels below the loudest. x: (N,) -> (M, T)"""
    window = torch.hann_window(WINDOW, device=x.device)
    spectrum = torch.stft(x, FFT, HOP, WINDOW, window, return_complex=True)  # (F, T)
    power = bank @ spectrum.abs().square()  # (M, F) (F, T)
    decibels = 10 * power.clamp(min=1e-10).log10()
    return (decibels - decibels.max()).clamp(min=FLOOR)


def compute(device):
    assert abs(to_mel(1000) - 1000) < 0.1 and abs(to_hertz(to_mel(440.0)) - 440) < 1e-9
    bank, centres = filter_bank()
    bank = bank.to(device)
    decibels = mel_spectrogram(voice().to(device), bank)  # (40, 201)
    assert decibels.shape == (BANDS, 1 + RATE * SECONDS // HOP)

    tone = torch.sin(2 * math.pi * 1000 * torch.arange(RATE) / RATE).to(device)
    loudest = mel_spectrogram(tone, bank).mean(1).argmax().item()
    assert loudest == (centres - 1000).abs().argmin().item(), "the tone is in another band"
    return {
        "decibels": decibels[:, ::2].round().int(),  # every second frame keeps the record small
        "frames": decibels.shape[1],
        "bands": BANDS,
        "samples": RATE * SECONDS,
        "centres": centres,
        "below_1000": (centres < 1000).sum(),
        "narrowest": centres[1] - centres[0],
        "widest": centres[-1] - centres[-2],
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.7, rows=2, height_ratios=(1.5, 1))
    centres = values["centres"]
    extent = (0, SECONDS, -0.5, values["bands"] - 0.5)
    top.imshow(values["decibels"], origin="lower", aspect="auto", extent=extent)
    ticks = [200, 500, 1000, 2000, 4000, 7000]
    places = np.interp(ticks, centres, np.arange(len(centres)))
    top.set_yticks(places, [f"{each:,}" for each in ticks])
    top.set(xticks=[0, 0.5, 1, 1.5, 2], xlabel="时间（秒）", ylabel="频率（Hz）")
    for at, text in (((0.06, 35), "啊"), ((1.84, 35), "咿")):
        top.text(*at, text, color=PAPER, fontsize=10, va="center")

    numbers = np.arange(1, len(centres) + 1)
    bottom.plot(numbers, numbers * RATE / 2 / (BANDS + 1), "--", color=MUTED, linewidth=1)
    bottom.plot(numbers, centres, "o-", color=NAVY, markersize=2.5)
    bottom.axhline(1000, color=RED, linewidth=0.8, linestyle=":")
    said = f"1000 Hz 以下：{values['below_1000']} 条"
    label(bottom, said, (len(centres), 1150), colour=RED, ha="right", va="bottom", fontsize=7)
    label(bottom, "梅尔带", (31, 2900), colour=NAVY)
    label(bottom, "等距的带", (13, 3700), colour=MUTED)
    bottom.set(xlabel="带的序号", ylabel="中心频率（Hz）")
    return figure


def results(values):
    yield "波形", f"{values['samples']:,} 个采样点"
    yield "梅尔频谱图", f"{values['bands']} 条带 × {values['frames']} 帧"
    yield "1000 Hz 以下的带", f"{values['below_1000']} 条"
    yield "最窄与最宽的间隔", f"{values['narrowest']:.0f} Hz 与 {values['widest']:.0f} Hz"
