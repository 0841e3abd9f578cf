"""The cliff of Sutton and Barto, four rows high: the world as tables."""

import torch

ROWS, COLUMNS = 4, 8
START, GOAL = (ROWS - 1) * COLUMNS, ROWS * COLUMNS - 1
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left


def build(device):
    """What an action leads to: next state, reward, whether that is the end; each (S, A)."""
    after, reward = torch.empty(GOAL + 1, 4, dtype=torch.long), torch.full((GOAL + 1, 4), -1.0)
    for state in range(GOAL + 1):
        for action, (down, right) in enumerate(MOVES):
            row = min(max(state // COLUMNS + down, 0), ROWS - 1)
            column = min(max(state % COLUMNS + right, 0), COLUMNS - 1)
            after[state, action] = row * COLUMNS + column
            if START < after[state, action] < GOAL:  # over the cliff
                after[state, action], reward[state, action] = START, -100.0
    after, reward = after.to(device), reward.to(device)
    return after, reward, after == GOAL
