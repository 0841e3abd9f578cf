"""Voice-like signals whose pitch, loudness and tremor tell three emotions apart."""

import math

import torch

RATE = 500  # samples a second
PITCH, LOUDNESS, TREMOR = (85.0, 118.0, 108.0), (0.7, 1.0, 1.1), (0.2, 0.35, 0.75)


def drift(shape, generator, seconds=0.5):
    """Smooth noise of unit variance: white noise averaged over some time. shape: (S, N)"""
    width = int(seconds * RATE)
    white = torch.randn(shape[0], 1, shape[1] + width - 1, generator=generator)
    return torch.nn.functional.avg_pool1d(white, width, stride=1)[:, 0] * math.sqrt(width)


def speak(state, generator):
    """Two harmonics of a wavering pitch, loudness, tremor, noise. state: (S, N) -> (S, N)"""
    pitch = torch.tensor(PITCH)[state] * (1 + 0.1 * drift(state.shape, generator))
    loudness = torch.tensor(LOUDNESS)[state] * (1 + 0.25 * drift(state.shape, generator))
    time = torch.arange(state.shape[1]) / RATE
    tremor = 1 + torch.tensor(TREMOR)[state] * torch.sin(2 * math.pi * 4 * time)
    phase = 2 * math.pi * pitch.cumsum(1) / RATE
    voice = sum(torch.sin(k * phase) / k for k in (1, 2))
    return loudness * tremor * voice + 0.5 * torch.randn(state.shape, generator=generator)


def features(windows):
    """Loudness, rate of zero crossings, unevenness of the energy. (..., W) -> (..., 3)"""
    energy = windows.unflatten(-1, (-1, 25)).square().mean(-1)  # every 0.05 s
    crossings = (windows[..., 1:] * windows[..., :-1] < 0).float().mean(-1)
    unevenness = energy.std(-1) / energy.mean(-1)
    return torch.stack((energy.mean(-1).log(), crossings, unevenness), dim=-1)


def steady(pitch, loudness, tremor, time, generator):
    """A clip of each speaker: five wavering harmonics in noise. (S,) and time (N,) -> (S, N)"""
    wavering = time + 0.004 * torch.sin(2 * math.pi * 1.5 * time)
    phase = 2 * math.pi * pitch[:, None] * wavering
    voice = sum(torch.sin(k * phase) / k for k in range(1, 6)) * loudness[:, None]
    voice = voice * (1 + tremor[:, None] * torch.sin(2 * math.pi * 4 * time))
    return voice + 0.3 * torch.randn(voice.shape, generator=generator)
