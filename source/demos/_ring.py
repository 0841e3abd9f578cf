"""Eight Gaussians on a ring: the data of a GAN whose modes can be counted."""

import math

import torch

MODES, RADIUS, SIGMA = 8, 2.0, 0.1


def centres():
    """(MODES, 2)"""
    angle = torch.arange(MODES) * (2 * math.pi / MODES)
    corners = torch.stack((angle.cos(), angle.sin()), dim=1)
    return RADIUS * corners.round(decimals=4)


def ring(count):
    """Samples of the mixture, drawn on the CPU. (count, 2)"""
    mode = torch.randint(MODES, (count,))
    return centres()[mode] + SIGMA * torch.randn(count, 2)
