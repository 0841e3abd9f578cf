"""Which device a demo computes on: a cheap guess for cache keys, and PyTorch's own answer."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from contextlib import suppress
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_PLUGINS = {"torch_mlu": "mlu", "torch_musa": "musa"}
_COMPLAINTS = (
    "out of memory",
    "alloc_failed",
    "no kernel image",
    "not implemented for",
    "not currently implemented",
    "not currently supported",
    "could not run",
    "doesn't support float64",
    "does not support float64",
)


def accelerator_hint(torch_version: str, devices: Path = Path("/dev")) -> str:
    """Guess the kind of device PyTorch will choose, without importing it.

    It only has to differ between machines whose results may differ: the child decides.

    Args:
        torch_version: as installed, with its local part (``2.13.0+cpu``).
        devices: where device files lie.

    Returns:
        ``cuda``, ``mps``, ``xpu``, ``mlu``, ``musa`` or ``cpu``.
    """
    build = torch_version.partition("+")[2]
    for plugin, kind in _PLUGINS.items():
        if util.find_spec(plugin) is not None:
            return kind
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "mps"
    if build.startswith("cpu"):
        return "cpu"
    if build.startswith("xpu"):
        return "xpu" if any(devices.glob("dri/render*")) else "cpu"
    if build.startswith("rocm"):
        return "cuda" if (devices / "kfd").exists() else "cpu"
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0") in {"", "-1"}
    return "cuda" if not hidden and any(devices.glob("nvidia[0-9]*")) else "cpu"


def choose(wanted: str) -> tuple[torch.device, str]:
    """Return the device to compute on and the name a reader is told.

    Args:
        wanted: ``auto`` for the accelerator that PyTorch finds, else the CPU; or a device.

    Raises:
        RuntimeError: PyTorch does not know the device or does not find it.
    """
    import torch

    for plugin in _PLUGINS:
        if util.find_spec(plugin) is not None:
            with suppress(ImportError, OSError):
                importlib.import_module(plugin)
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if wanted == "auto":
        device = found or torch.device("cpu")
    else:
        device = torch.device(wanted)
        if device.type not in {"cpu", "meta"} and (found is None or found.type != device.type):
            there = f"only {found.type} and cpu" if found else "only cpu"
            raise RuntimeError(f"PyTorch finds no device {wanted} here, {there}")
    return device, _name(device)


def blames_accelerator(error: BaseException, device: str) -> bool:
    """Say whether an error is the accelerator's: out of memory, or a kernel it lacks."""
    if device == "cpu":
        return False
    import torch

    if isinstance(error, torch.OutOfMemoryError | NotImplementedError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | TypeError) and any(c in text for c in _COMPLAINTS)


def _name(device: torch.device) -> str:
    import torch

    if device.type == "cpu":
        return "CPU"
    if device.type == "mps":
        return f"Apple {platform.machine()} GPU"
    backend = getattr(torch, device.type, None)
    describe = getattr(backend, "get_device_name", None)
    if describe is None:
        return device.type
    with suppress(RuntimeError, AssertionError):
        return str(describe(device))
    return device.type
