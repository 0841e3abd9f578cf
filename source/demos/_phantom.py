"""A picture with flat parts and sharp edges, and how near a restored one comes to it."""

import torch

SIZE = 40


def phantom():
    """A square, a disc and a thin bar, brightness from 0 to 1. (SIZE, SIZE)"""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    u = torch.full((SIZE, SIZE), 0.2)
    u[6:22, 4:18] = 0.8
    u[(y - 15) ** 2 + (x - 29) ** 2 <= 64] = 0.5
    u[30:33, 5:35] = 0.9
    return u


def psnr(u, clean):
    """Peak signal to noise ratio in dB; the peak is 1."""
    return float(-10 * ((u - clean) ** 2).mean().log10())
