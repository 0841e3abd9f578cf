"""Small images with labels: CIFAR-10 where it was put, else the digits of scikit-learn."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits


def read_images(train, test):
    """Name, images in [0, 1] (N, C, H, W) and labels (N,) to train on, then those to test on.

    train and test are files of CIFAR-10's binary version, of which 5000 and 1000 are taken.
    """
    if Path(train).is_file() and Path(test).is_file():
        pairs = []
        for name, most in ((train, 5000), (test, 1000)):
            # A record: one byte of label, then 32 x 32 bytes each of red, green and blue.
            records = np.fromfile(name, np.uint8).reshape(-1, 1 + 3 * 32 * 32)[:most]
            pairs += [records[:, 1:].reshape(-1, 3, 32, 32) / 255, records[:, 0]]
        return "CIFAR-10", *pairs
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images, labels = digits.images[order][:, None] / 16, digits.target[order]
    return "手写数字", images[:1200], labels[:1200], images[1200:], labels[1200:]
