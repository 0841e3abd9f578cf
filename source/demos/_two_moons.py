"""Two moons in the plane, and how far one cloud of points is from another."""

import math

import torch


def moons(count):
    """As many points in either moon, of about unit variance. (count, 2)"""
    angle = math.pi * torch.rand(count)
    side = 2.0 * (torch.arange(count) % 2) - 1
    x = torch.stack((side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)), dim=1)
    return 1.4 * x + 0.05 * torch.randn(count, 2)


def sliced_wasserstein(x, y):
    """Mean Wasserstein-1 distance along 64 directions: sort, then compare. x, y: (N, 2)"""
    angle = torch.arange(64, device=x.device) * math.pi / 64
    lines = torch.stack((angle.cos(), angle.sin()))  # (2, 64)
    return ((x @ lines).sort(0).values - (y @ lines).sort(0).values).abs().mean()
