"""Q 学习：不知道规则，只靠试错走过悬崖

上图：从 S 走到 G，每步 −1，掉下悬崖 −100 并回到起点。数字是值迭代算出的最优价值，
箭头是 Q 学习得到的贪心动作，粗线是它走的路，紧贴悬崖边；远处的格子去得少，箭头未必最优。
下图：50 个互不相干的智能体，贪心地走一趟（至多 40 步）的平均回报升到最优的 −9。
"""

import torch
from _cliff import COLUMNS, GOAL, MOVES, ROWS, START, build

from bindery.demos.style import INK, MUTED, NAVY, ORANGE, PAPER, RED, label, new_figure

ALT = (
    "上幅是 4 行 8 列的格子，底行中间是悬崖，箭头沿悬崖上方一路向右再向下到终点。"
    "下幅曲线：平均回报从负几十升到负九，并与虚线重合。"
)
TOLERANCE = 0.05  # one near tie decided otherwise changes an agent's whole life
RUNS, STEPS, EVERY, LONGEST = 50, 3000, 100, 40
ALPHA, GAMMA, EPSILON = 0.5, 1.0, 0.1


def value_iteration(after, reward, end):
    """Bellman's optimality equation, repeated until nothing changes. Needs the rules."""
    V = torch.zeros(len(after), device=after.device)
    for sweep in range(1, 1000):
        new = (reward + GAMMA * V[after] * ~end).amax(dim=1)
        new[GOAL] = 0
        if torch.equal(new, V):
            return V, sweep
        V = new
    raise AssertionError("value iteration has not converged")


def greedy_return(Q, after, reward, end):
    """Sum of rewards of one walk without exploring, at most LONGEST steps. Q: (R, S, A) -> (R,)"""
    runs = torch.arange(len(Q), device=Q.device)
    state, total, going = torch.full_like(runs, START), 0.0, 1.0
    for _ in range(LONGEST):
        action = Q[runs, state].argmax(dim=1)
        total = total + going * reward[state, action]
        going = going * (~end[state, action])
        state = after[state, action]
    return total


def compute(device):
    after, reward, end = build(device)
    V, sweeps = value_iteration(after, reward, end)
    generator = torch.Generator("cpu").manual_seed(0)
    explore = (torch.rand(STEPS, RUNS, generator=generator) < EPSILON).to(device)
    anywhere = torch.randint(4, (STEPS, RUNS), generator=generator).to(device)
    untie = 1e-3 * torch.rand(STEPS, RUNS, 4, generator=generator).to(device)

    runs = torch.arange(RUNS, device=device)
    Q = torch.zeros(RUNS, GOAL + 1, 4, device=device)
    state, curve = torch.full((RUNS,), START, device=device), []
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            curve.append(greedy_return(Q, after, reward, end).mean())
        if step == STEPS:
            break
        best = (Q[runs, state] + untie[step]).argmax(dim=1)
        action = torch.where(explore[step], anywhere[step], best)
        following, done = after[state, action], end[state, action]
        target = reward[state, action] + GAMMA * Q[runs, following].amax(dim=1) * ~done
        Q[runs, state, action] += ALPHA * (target - Q[runs, state, action])
        state = torch.where(done, START, following)
    solved = greedy_return(Q, after, reward, end) == V[START]
    assert solved.float().mean() >= 0.95, "too few agents found the best way"
    return {
        "V": V.reshape(ROWS, COLUMNS),
        "sweeps": sweeps,
        "policy": Q[solved.int().argmax()].argmax(dim=1).reshape(ROWS, COLUMNS),  # the first's
        "curve": torch.stack(curve),
        "solved": solved.sum(),
        "start_value": Q[solved][:, START].amax(dim=1).mean(),
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.4, rows=2, height_ratios=(1.45, 1))
    V, policy = values["V"], values["policy"]
    for row in range(ROWS):
        for column in range(COLUMNS):
            state = row * COLUMNS + column
            cliff = START < state < GOAL
            face = INK if cliff else PAPER
            top.barh(row + 0.5, 1, 1, left=column, color=face, edgecolor=MUTED)
            if not cliff:
                text = f"{V[row, column]:.0f}".replace("-", "−")
                top.text(column + 0.5, row + 0.79, text, ha="center", va="center", fontsize=6.5)
            if not cliff and state != GOAL:
                down, right = MOVES[policy[row, column]]
                x, y = column + 0.5 - 0.22 * right, row + 0.36 - 0.2 * down
                tip = {"head_width": 0.16, "head_length": 0.14, "length_includes_head": True}
                top.arrow(x, y, 0.44 * right, 0.4 * down, color=NAVY, linewidth=0.8, **tip)
    state, path = START, [START]
    while state != GOAL:
        down, right = MOVES[policy[state // COLUMNS, state % COLUMNS]]
        state += down * COLUMNS + right
        path.append(state)
    middle = [each % COLUMNS + 0.5 for each in path], [each // COLUMNS + 0.36 for each in path]
    top.plot(*middle, "-", color=ORANGE, linewidth=5, alpha=0.45, solid_capstyle="round")
    top.text(COLUMNS / 2, ROWS - 0.5, "悬崖", color=PAPER, ha="center", va="center")
    for x, name in ((0.12, "S"), (COLUMNS - 0.12, "G")):
        top.text(x, ROWS - 0.8, name, weight="bold", ha="center", va="center")
    top.set(xlim=(-0.02, COLUMNS + 0.02), ylim=(ROWS + 0.02, -0.02), aspect="equal")
    top.set_axis_off()
    bottom.plot(range(0, STEPS + 1, EVERY), values["curve"], "o-", color=NAVY, markersize=2.5)
    bottom.axhline(V[ROWS - 1, 0], color=RED, linestyle="--", linewidth=1)
    label(bottom, f"最优：{V[ROWS - 1, 0]:.0f}".replace("-", "−"), (0, -6), colour=RED, va="bottom")
    bottom.set(xlabel="训练步数", ylabel="贪心策略的平均回报", ylim=(-60, 2))
    return figure


def results(values):
    yield "值迭代的轮数（知道规则）", f"{values['sweeps']}"
    yield "起点的最优价值 V*(S)", f"{values['V'][ROWS - 1, 0]:.0f}"
    yield f"{STEPS:,} 步后走最优路径的智能体", f"{values['solved']} / {RUNS}"
    yield "它们学到的起点价值（平均）", f"{values['start_value']:.2f}"
