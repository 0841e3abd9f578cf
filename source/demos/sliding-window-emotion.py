"""滑动窗口判情绪：平均越多越稳，也越迟

合成的“语音”每 10 秒换一种情绪；2 秒的窗每 0.1 秒滑一步，各窗给出三类的概率。上：跳动最多的一段的前
40 秒，逐窗的判断在切换处和难辨处来回跳；把最近 20 窗的概率平均，误跳大为减少，切换也更迟。
下：16 段各 60 秒的统计，每个点是一种平均的窗数，往右是更迟，往下是更稳，没有一个点两样都占先。
"""

import matplotlib as mpl
import torch
from _emotion_speech import RATE, features, speak

from bindery.demos.style import INK, MUTED, NAVY, RED, SKY, label, new_figure

ALT = (
    "上图三条横带：真实情绪、逐窗判断、平均 20 窗的判断，颜色表示平静、高兴、愤怒；逐窗的横带最碎。"
    "下图散点：平均的窗数从 1 增到 40，误跳次数下降，切换的延迟上升。"
)
# A classifier trained on another device sums in another order, and a label may tip over.
TOLERANCE = {"flips": 0.1, "delays": 0.1, "accuracy": 0.03, "shown": None}
WINDOW, HOP, SEGMENT, SECONDS, STREAMS = 1000, 50, 10, 60, 16  # samples, samples, s, s
AVERAGED, SHOWN, END = [1, 2, 5, 10, 20, 40], 20, 40


def compute(device):
    generator = torch.Generator("cpu").manual_seed(3)
    y = torch.arange(600) % 3  # softmax regression on single windows of one emotion each
    x = features(speak(y[:, None].expand(-1, WINDOW), generator).to(device))  # (600, 3)
    mean, std, y = x.mean(0), x.std(0), y.to(device)
    model = torch.nn.Linear(3, 3).to(device)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=50)

    def loss():
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(model((x - mean) / std), y)
        value.backward()
        return value

    optimizer.step(loss)

    jumps = torch.randint(1, 3, (STREAMS, SECONDS // SEGMENT), generator=generator)  # never none
    state = (jumps.cumsum(1) % 3).repeat_interleave(SEGMENT * RATE, dim=1)  # (S, N)
    windows = speak(state, generator).to(device).unfold(1, WINDOW, HOP)  # (S, T, W), a view
    assert windows.shape[1] == (SECONDS * RATE - WINDOW) // HOP + 1
    with torch.no_grad():
        probs = model((features(windows) - mean) / std).softmax(-1).cpu()  # (S, T, 3)
    # Window t is complete when its last sample has arrived: that is when it may speak.
    truth = state[:, WINDOW - 1 :: HOP]  # (S, T)
    changed = truth.diff(dim=1).ne(0)

    flips, delays, accuracy, labels = [], [], [], {}
    for m in AVERAGED:
        past = torch.cat((probs[:, :1].expand(-1, m - 1, -1), probs), dim=1)
        mean_probs = past.unfold(1, m, 1).mean(-1)  # of the latest m windows only: causal
        assert torch.allclose(mean_probs.sum(-1), torch.ones(()))
        said = labels[m] = mean_probs.argmax(-1)  # (S, T)
        false = said.diff(dim=1).ne(0).sum() - changed.sum()
        flips.append(false.item() / STREAMS / (SECONDS / 60))
        accuracy.append((said == truth).float().mean().item())
        late = []
        for stream, t in changed.nonzero():
            right = said[stream, t + 1 :][: SEGMENT * RATE // HOP] == truth[stream, t + 1]
            late.append(right.float().argmax().item() if right.any() else len(right))
        delays.append(sum(late) / len(late) * HOP / RATE)
    assert flips == sorted(flips, reverse=True) and delays == sorted(delays), "no trade-off"
    end = (END * RATE - WINDOW) // HOP + 1
    worst = labels[1][:, :end].diff(dim=1).ne(0).sum(1).argmax()
    return {
        "averaged": AVERAGED,
        "window_seconds": WINDOW / RATE,
        "hop_seconds": HOP / RATE,
        "windows": windows.shape[1],
        "passes_each_second": RATE // HOP,
        "times_each_sample": WINDOW // HOP,
        "flips": flips,
        "delays": delays,
        "accuracy": accuracy,
        "shown": torch.stack((truth, labels[1], labels[SHOWN]))[:, worst, :end],  # (3, T)
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.7, rows=2, height_ratios=(1, 1.5))
    begin, hop = values["window_seconds"], values["hop_seconds"]
    colours = mpl.colors.ListedColormap([SKY, RED, NAVY])
    extent = (begin, END, 2.5, -0.5)
    top.imshow(values["shown"], aspect="auto", extent=extent, cmap=colours, interpolation="none")
    for edge in (0.5, 1.5):
        top.axhline(edge, color="white", linewidth=7)
    for start in range(0, END, SEGMENT):
        middle = (max(start, begin) + start + SEGMENT) / 2
        state = values["shown"][0, int((middle - begin) / hop)]
        ink = "white" if state else INK
        top.text(middle, 0, ("平静", "高兴", "愤怒")[state], color=ink, ha="center", va="center")
    top.set_yticks((0, 1, 2), ("真实", "逐窗", f"平均 {SHOWN} 窗"))
    top.tick_params(axis="y", length=0, labelsize=8)
    top.set_xlabel("时间（秒）")

    delays, flips = values["delays"], values["flips"]
    bottom.plot(delays, flips, "o-", color=MUTED, mfc=RED, mec=RED, linewidth=1)
    for m, x, y in zip(values["averaged"], delays, flips, strict=True):
        bottom.annotate(f"{m} 窗", (x, y), (5, 3), textcoords="offset points", color=RED)
    bottom.set(xlim=(min(delays) - 0.1, max(delays) + 0.35), ylim=(0, max(flips) * 1.12))
    bottom.set(xlabel="切换后多久第一次判对（秒）", ylabel="每分钟误跳（次）")
    label(bottom, "→ 更迟，↓ 更稳", (max(delays), max(flips)), colour=MUTED, ha="right", va="top")
    return figure


def results(values):
    yield "窗长与步长", f"{values['window_seconds']} 秒与 {values['hop_seconds']} 秒"
    yield "每秒的推理次数", f"{values['passes_each_second']}"
    columns = (values[name] for name in ("averaged", "flips", "delays", "accuracy"))
    for m, flips, late, right in zip(*columns, strict=True):
        yield f"平均 {m} 窗", f"每分钟误跳 {flips:.1f} 次，延迟 {late:.2f} 秒，判对 {right:.1%}"
