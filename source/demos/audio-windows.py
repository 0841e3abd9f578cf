"""把长短不一的音频切成 2 秒的窗，再划分数据集

上：三段音频，窗长 2 秒、步长 1 秒。短的补零成一窗（斜线），末尾不足一窗的部分向前对齐，不丢掉。
下：20 个合成的“说话人”各说三种情绪，切成重叠的窗，用最近邻分类。按窗随机划分，全部判对，
因为测试窗的邻居就是同一段录音的另一窗；按说话人划分，才是真本事。
"""

import math

import torch
from _emotion_speech import steady

from bindery.demos.style import MUTED, NAVY, RED, SKY, SMALL, new_figure

ALT = (
    "上图为三段音频的时间轴，短条表示切出的窗，最短的一段右边有补零的斜线。"
    "下图三根横条：按窗随机划分的正确率接近百分之百，按说话人划分低得多，第三根是猜测的水平。"
)
# A nearest neighbour may change where two distances are almost equal.
TOLERANCE = {"by_window": 0.02, "by_speaker": 0.05}
RATE, WINDOW, HOP, CLIPS = 4000, 2.0, 1.0, [1.3, 3.4, 5.0]  # Hz, seconds
SPEAKERS, EMOTIONS, CLIP, TRAIN_HOP = 20, 3, 6.0, 0.5


def starts(seconds, window=WINDOW, hop=HOP):
    """Where windows begin so that every moment is in one; a short clip gives one, padded."""
    if seconds <= window:
        return [0.0]
    count = math.floor((seconds - window) / hop + 1e-9) + 1
    found = [i * hop for i in range(count)]
    if found[-1] + window < seconds - 1e-9:
        found.append(seconds - window)  # the last one is moved back rather than padded
    return found


def features(windows):
    """Logarithm of the energy in 40 equal bands, without the loudness. (..., W) -> (..., 40)"""
    power = torch.fft.rfft(windows).abs().square()[..., 1:]  # (..., W/2)
    logs = power.unflatten(-1, (40, -1)).mean(-1).log()
    return logs - logs.mean(-1, keepdim=True)


def nearest(x, y, test):
    """Share of the test windows whose nearest training window has their emotion."""
    distances = torch.cdist(x[test], x[~test])  # (test, train)
    return (y[~test][distances.argmin(1)] == y[test]).float().mean().item()


def compute(device):
    cut = [starts(seconds) for seconds in CLIPS]
    assert cut == [[0.0], [0.0, 1.0, 1.4], [0.0, 1.0, 2.0, 3.0]]

    generator = torch.Generator("cpu").manual_seed(5)
    speaker = torch.arange(SPEAKERS).repeat_interleave(EMOTIONS)  # (60,)
    emotion = torch.arange(EMOTIONS).repeat(SPEAKERS)
    voice = 110 * 2 ** (0.45 * torch.randn(SPEAKERS, generator=generator))  # of each speaker
    own = 1 + 0.05 * torch.randn(len(speaker), generator=generator)  # of each clip
    pitch = voice[speaker] * own * torch.tensor([1.0, 1.25, 1.15])[emotion]
    tremor = torch.tensor([0.1, 0.3, 0.8])[emotion]
    time = torch.arange(int(CLIP * RATE)) / RATE
    audio = steady(pitch, own, tremor, time, generator).to(device)

    windows = audio.unfold(1, int(WINDOW * RATE), int(TRAIN_HOP * RATE))  # (60, T, W)
    per_clip = windows.shape[1]
    assert per_clip == len(starts(CLIP, WINDOW, TRAIN_HOP))
    x = features(windows).flatten(0, 1)  # (60 T, 40)
    y = emotion.repeat_interleave(per_clip).to(device)
    who = speaker.repeat_interleave(per_clip).to(device)
    random = (torch.rand(len(y), generator=generator) < 0.25).to(device)
    by_window = nearest(x, y, random)
    by_speaker = sum(nearest(x, y, who % 4 == fold) for fold in range(4)) / 4
    assert by_window > by_speaker + 0.2, "no leak to be seen"
    return {
        "clips": CLIPS,
        "starts": cut,
        "window": WINDOW,
        "windows": len(y),
        "speakers": SPEAKERS,
        "by_window": by_window,
        "by_speaker": by_speaker,
        "chance": 1 / EMOTIONS,
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.5, rows=2, height_ratios=(1.7, 1))
    length, y = values["window"], 0.0
    for seconds, begins in zip(values["clips"], values["starts"], strict=True):
        top.barh(y, seconds, 0.55, color=NAVY)
        top.text(-0.1, y, f"{seconds} 秒", ha="right", va="center")
        top.text(max(seconds, length) + 0.12, y, f"{len(begins)} 窗", va="center", color=MUTED)
        for begin in begins:
            y -= 0.62
            end = min(begin + length, seconds)
            top.barh(y, end - begin, 0.42, left=begin, color=SKY)
            if seconds < length:
                rest = length - seconds
                top.barh(y, rest, 0.42, left=end, color="white", edgecolor=RED, hatch="/////")
                top.text(length + 0.12, y, "补零", va="center", color=RED, fontsize=SMALL)
        y -= 1.0
    top.set(ylim=(y + 0.55, 0.5), xlim=(-0.9, 6), yticks=[], xticks=range(7), xlabel="时间（秒）")

    shares = [values[name] for name in ("by_window", "by_speaker", "chance")]
    names = ("按窗随机划分", "按说话人划分", "随便猜")
    bars = bottom.barh(names, shares, 0.6, color=(RED, NAVY, MUTED))
    bottom.bar_label(bars, [f"{share:.1%}" for share in shares], padding=3)
    bottom.invert_yaxis()
    bottom.tick_params(axis="y", length=0, labelsize=8)
    bottom.set(xlim=(0, 1.15), xticks=[], xlabel="最近邻在测试集上的正确率")
    top.spines["left"].set_visible(False)
    return figure


def results(values):
    for seconds, begins in zip(values["clips"], values["starts"], strict=True):
        said = "、".join(f"{begin:g}" for begin in begins)
        yield f"{seconds} 秒的音频", f"{len(begins)} 窗，起点 {said} 秒"
    yield "训练与测试的窗", f"{values['windows']} 个，{values['speakers']} 个说话人"
    yield "按窗随机划分的正确率", f"{values['by_window']:.1%}"
    yield "按说话人划分的正确率，四折平均", f"{values['by_speaker']:.1%}"
