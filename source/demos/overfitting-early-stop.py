"""过拟合与早停：训练误差还在降，验证误差已经回头

上图：小网络拟合 24 个带噪声的点，训练误差一路下降，验证误差先降后升；
竖线是早停选中的那一步。下图：早停时的曲线贴近真实函数，训练到底的曲线去追每一个噪声点。
另一条路是权重衰减：一直训练到底，验证误差也几乎不回升。
"""

import torch
from _noisy_curve import SIGMA, network, sample, target

from bindery.demos.style import GREEN, INK, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上幅：训练误差持续下降，验证误差先降后升，竖线标出早停的一步，带权重衰减的验证误差几乎不回升。"
    "下幅：早停的拟合曲线平滑，训练到底的曲线穿过噪声点而剧烈起伏。"
)
# Thousands of steps of Adam: rounding differs from device to device, and grows.
TOLERANCE = 0.1
N, VALID, SEED = 24, 200, 11
STEPS, EVERY, PATIENCE, LR, DECAY = 1600, 10, 30, 1e-3, 2.0


def train(model, data, decay=0.0):
    """Full-batch AdamW to the end, noting where early stopping would have stopped.

    Returns the errors every EVERY steps (training, validation), the step with the best
    validation error before PATIENCE checks without progress, and the weights it had.
    """
    x, y, valid_x, valid_y = data  # (N, 1) and (VALID, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=decay, foreach=True)
    errors, best, waited, stop, kept = [], float("inf"), 0, 0, None
    for step in range(STEPS + 1):
        loss = (model(x) - y).square().mean()
        if step % EVERY == 0:
            with torch.no_grad():
                valid = float((model(valid_x) - valid_y).square().mean())
            errors.append((loss.item(), valid))
            if valid < best and waited < PATIENCE:
                best, waited, stop = valid, 0, step
                kept = {name: each.clone() for name, each in model.state_dict().items()}
            else:
                waited += 1
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.tensor(errors), stop, kept


def compute(device):
    generator = torch.Generator("cpu").manual_seed(SEED)
    data = [each.to(device) for each in (*sample(N, generator), *sample(VALID, generator))]
    x, y = data[:2]
    grid = torch.linspace(-2, 2, 121, device=device)[:, None]

    model = network(generator, device)
    errors, stop, kept = train(model, data)  # (checks, 2)
    with torch.no_grad():
        final = model(grid)[:, 0]
        model.load_state_dict(kept)
        stopped = model(grid)[:, 0]
    decayed, _, _ = train(network(generator, device), data, DECAY)
    at_stop = errors[stop // EVERY]
    assert errors[-1, 0] < 0.7 * at_stop[0], "the training error did not go on falling"
    assert errors[-1, 1] > 1.3 * at_stop[1], "no overfitting to be seen"
    assert decayed[-1, 1] < 0.85 * errors[-1, 1], "weight decay does not help"
    return {
        "x": x[:, 0],
        "y": y[:, 0],
        "grid": grid[:, 0],
        "truth": target(grid)[:, 0],
        "train": errors[:, 0],
        "valid": errors[:, 1],
        "decayed": decayed[:, 1],
        "stop": stop,
        "stop_train": at_stop[0],
        "stop_valid": at_stop[1],
        "stopped": stopped,
        "final": final,
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.7, rows=2, height_ratios=(1, 1))
    steps = [EVERY * check for check in range(len(values["train"]))]
    top.loglog(steps[1:], values["train"][1:], "--", color=RED)
    top.loglog(steps[1:], values["valid"][1:], "-", color=NAVY)
    top.loglog(steps[1:], values["decayed"][1:], "-.", color=GREEN, linewidth=1.2)
    top.axvline(values["stop"], color=MUTED, linewidth=1, linestyle=":")
    last = STEPS * 1.06
    label(top, "验证", (last, values["valid"][-1]), colour=NAVY, va="center")
    label(top, "加权重衰减", (last, values["decayed"][-1]), colour=GREEN, va="center")
    label(top, "训练", (last, values["train"][-1]), colour=RED, va="center")
    label(top, f"早停：第 {values['stop']} 步", (values["stop"] * 1.1, 0.45), colour=MUTED)
    top.set(xlabel="步数", ylabel="均方误差", xlim=(10, STEPS * 4), ylim=(0.02, 0.7))
    top.set_yticks((0.03, 0.1, 0.3), ("0.03", "0.1", "0.3"))
    top.set_xticks((10, 100, 1000), ("10", "100", "1,000"))
    top.minorticks_off()
    grid = values["grid"]
    bottom.plot(grid, values["truth"], ":", color=MUTED, linewidth=1.5)
    bottom.plot(grid, values["final"], "--", color=RED, linewidth=1.2)
    bottom.plot(grid, values["stopped"], "-", color=NAVY, linewidth=2)
    bottom.plot(values["x"], values["y"], "o", color=INK, markersize=3, mfc="white", mew=0.8)
    bottom.set_title("点线：真实函数；实线：早停；虚线：训练到底")
    bottom.set(xlabel="x", ylabel="y")
    return figure


def results(values):
    yield "早停的步数", f"{values['stop']}"
    for name, at in (("早停", ("stop_train", "stop_valid")), ("训练到底", ("train", "valid"))):
        errors = [values[each] if name == "早停" else values[each][-1] for each in at]
        yield f"{name}：训练 / 验证误差", f"{errors[0]:.3f} / {errors[1]:.3f}"
    yield "训练到底，加权重衰减：验证误差", f"{values['decayed'][-1]:.3f}"
    yield "噪声的方差（验证误差的下限）", f"{SIGMA**2:.3f}"
