"""A curve seen through noise, and a small network to fit to it."""

import torch

SIGMA, WIDTH = 0.3, 48


def target(x):
    return torch.sin(2.5 * x)


def sample(count, generator):
    """x from -2 to 2 and noisy y, (count, 1) each."""
    x = 4 * torch.rand(count, 1, generator=generator) - 2
    return x, target(x) + SIGMA * torch.randn(count, 1, generator=generator)


def network(generator, device):
    """1 -> WIDTH -> WIDTH -> 1 with tanh; weights drawn on the CPU."""
    layers = []
    for inputs, outputs in ((1, WIDTH), (WIDTH, WIDTH), (WIDTH, 1)):
        layer = torch.nn.Linear(inputs, outputs)
        for parameter in layer.parameters():
            bound = (3.0 if inputs == 1 else 1.0) / inputs**0.5
            parameter.data = bound * (2 * torch.rand(parameter.shape, generator=generator) - 1)
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1]).to(device)
