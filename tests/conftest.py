"""What all tests share: their order, phones and learners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.harness.anki_learner import Learner
    from tests.harness.phone import Phone

NewLearner: TypeAlias = "Callable[[], Learner]"

# A busy machine is no failure, and what is found once is found again.
settings.register_profile(
    "bindery", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("bindery")

# Fast ones first: what is broken everywhere shows within seconds.
_ORDER = ("anki", "pdf", "browser", "gpu", "torture")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the fast tests first; leave the torture out unless it is asked for by name."""
    items.sort(key=_weight)
    for item in items:
        if item.path.parent.name == "anki_real":
            item.add_marker(pytest.mark.xdist_group("anki-real"))  # its books are built but once
    if "torture" in config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("torture")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("torture")]
        config.hook.pytest_deselected(items=left_out)


def _weight(item: pytest.Item) -> int:
    ranks = [rank for rank, name in enumerate(_ORDER, 1) if item.get_closest_marker(name)]
    return max(ranks, default=0)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that all builds of a session share: what one drew, the next need not."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def new_learner(tmp_path: Path) -> Iterator[NewLearner]:
    """Return a function that makes learners, each with an empty collection of their own."""
    from tests.harness.anki_learner import Learner

    with ExitStack() as stack:
        count = 0

        def make() -> Learner:
            nonlocal count
            count += 1
            return stack.enter_context(Learner(tmp_path / f"learner-{count}"))

        yield make


@pytest.fixture
def learner(new_learner: NewLearner) -> Learner:
    """Return a learner with an empty collection."""
    return new_learner()


@pytest.fixture(scope="session")
def android() -> Iterator[Phone]:
    """Return a phone with AnkiDroid."""
    yield from _phone("android")


@pytest.fixture(scope="session")
def iphone() -> Iterator[Phone]:
    """Return a phone with AnkiMobile."""
    yield from _phone("iphone")


@pytest.fixture(scope="session")
def desktop() -> Iterator[Phone]:
    """Return a narrow window of desktop Anki."""
    yield from _phone("desktop")


def _phone(name: str) -> Iterator[Phone]:
    from tests.harness.phone import ANDROID, DESKTOP, IPHONE, Phone, PhoneMissingError

    profile = {p.name: p for p in (ANDROID, IPHONE, DESKTOP)}[name]
    try:
        phone = Phone(profile)
    except PhoneMissingError as reason:
        pytest.skip(f"no browser to show cards in: {reason}")
    with phone:
        yield phone
