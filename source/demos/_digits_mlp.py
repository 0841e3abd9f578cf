"""A perceptron on the real handwritten digits that scikit-learn ships, and its training."""

import torch
from sklearn.datasets import load_digits
from torch.func import grad, vmap
from torch.nn.functional import cross_entropy

HIDDEN, TRAINING = 32, 1200


def digits(device):
    """Training and test data: images (N, 64) from 0 to 1, labels (N,). 1797 in all."""
    data = load_digits()
    order = torch.randperm(len(data.target), generator=torch.Generator("cpu").manual_seed(0))
    x = (torch.tensor(data.data, dtype=torch.float32) / 16)[order].to(device)
    y = torch.tensor(data.target)[order].to(device)
    return (x[:TRAINING], y[:TRAINING]), (x[TRAINING:], y[TRAINING:])


def initial(seed, device):
    """[W1, b1, W2, b2, W3, b3] of a perceptron with two hidden layers."""
    generator = torch.Generator("cpu").manual_seed(seed)
    params = []
    for i, o in ((64, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 10)):
        params += [torch.randn(i, o, generator=generator) * (2 / i) ** 0.5, torch.zeros(o)]
    return [p.to(device) for p in params]


def forward(params, x):
    W1, b1, W2, b2, W3, b3 = params
    return ((x @ W1 + b1).relu() @ W2 + b2).relu() @ W3 + b3  # (B, 10)


def sgd(params, data, steps, seed, *, rate=0.3, penalty=None):
    """Batches of 64; returns new parameters."""
    generator = torch.Generator("cpu").manual_seed(seed)
    batches = torch.randint(len(data[1]), (steps, 64), generator=generator).to(data[0].device)
    for batch in batches:
        params = [p.detach().requires_grad_() for p in params]
        loss = cross_entropy(forward(params, data[0][batch]), data[1][batch])
        if penalty:
            loss = loss + penalty(params)
        gradients = torch.autograd.grad(loss, params)
        params = [p.detach() - rate * g for p, g in zip(params, gradients, strict=True)]
    return params


def accuracy(params, data):
    return float((forward(params, data[0]).argmax(1) == data[1]).float().mean())


def fisher_diagonal(params, x, generator):
    """Mean squared gradient of each log-likelihood, labels drawn from the model itself."""
    probs = forward(params, x).softmax(1).cpu()
    drawn = torch.multinomial(probs, 1, generator=generator)[:, 0].to(x.device)

    def loss(params, image, digit):
        return cross_entropy(forward(params, image[None]), digit[None])

    return [(g**2).mean(0) for g in vmap(grad(loss), (None, 0, 0))(params, x, drawn)]
