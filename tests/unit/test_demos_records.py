"""Values become records; records stay while computations agree."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.demos.accelerator import accelerator_hint
from bindery.demos.outcome import DemoOutcome, agreement_table
from bindery.demos.record import Record, compare, dump_record, parse_record, settle
from bindery.demos.values import (
    MOST_NUMBERS,
    Tolerance,
    ValueProblemError,
    decode,
    deviation,
    encode,
)


def record(tolerance: Tolerance = 1e-4, **values: object) -> Record:
    return Record(
        "a", "s1", "cpu", "CPU", (("numpy", "2"), ("torch", "2.13.0")), tolerance, encode(values)
    )


def test_arrays_come_back_rounded_to_six_digits() -> None:
    matrix = np.array([[math.pi, 1e-9 / 3], [-0.0, 2.0]])
    values = {"m": matrix, "n": np.arange(3), "b": np.array([True]), "e": np.zeros((0, 2))}
    back = decode(json.loads(json.dumps(encode(values))))
    assert back["m"].tolist() == [[3.14159, 3.33333e-10], [0.0, 2.0]]
    assert not np.signbit(back["m"]).any()
    assert back["n"].dtype.kind == "i" and back["b"].dtype.kind == "b"
    assert back["e"].shape == (0, 2)


def test_plain_values_stay_what_they_are() -> None:
    values = {"k": 10, "t": "词", "yes": True, "words": ["a", "b"], "s": np.float32(0.1)}
    assert decode(encode(values)) == {**values, "s": 0.1}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (math.nan, "demo-not-finite"),
        (np.array([1.0, np.inf]), "demo-not-finite"),
        (object(), "demo-values"),
        (np.array([1j]), "demo-values"),
        ({"a": 1}, "demo-values"),
        (None, "demo-values"),
        (np.zeros(MOST_NUMBERS + 1), "record-too-large"),
    ],
)
def test_what_no_record_can_hold_is_named(value: object, code: str) -> None:
    with pytest.raises(ValueProblemError) as caught:
        encode({"fine": 1, "bad": value})
    assert (caught.value.name, caught.value.code) == ("bad", code)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (2.0, 2.0002, 1e-4),
        (np.array([0.0, 10.0]), np.array([0.001, 10.0]), 1e-4),
        ([1, 2], [1, 2], 0.0),
        ([1, 2], [1, 2, 3], math.inf),
        (0.0, 1e-9, math.inf),
        ("a", "b", math.inf),
        (True, 1, 0.0),
        (np.zeros(2), np.zeros(3), math.inf),
        (np.array([True, False]), np.array([True, True]), math.inf),
    ],
)
def test_deviation_is_relative_to_the_largest(old: object, new: object, expected: float) -> None:
    a, b = encode({"v": old})["v"], encode({"v": new})["v"]
    assert deviation(a, b) == pytest.approx(expected, rel=1e-3)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.one_of(
            st.integers(-(2**53), 2**53),
            st.text(max_size=5),
            st.booleans(),
            st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=4),
            st.lists(st.floats(-1e300, 1e300), max_size=4).map(np.array),
        ),
        max_size=4,
    )
)
def test_a_record_survives_its_file(values: dict[str, Any]) -> None:
    written = dump_record(record(**{f"v{name}": value for name, value in values.items()}))
    read = parse_record(written)
    assert read is not None
    assert dump_record(read) == written
    assert compare(read.values, json.loads(written)["values"], 0.0).within


def test_a_record_is_readable() -> None:
    text = dump_record(record(words=["核"], matrix=np.eye(2))).decode()
    assert '    "words": ["核"],\n' in text
    assert "      [1.0, 0.0],\n      [0.0, 1.0]\n" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("data", [b"", b"{}", b"<<<<<<< HEAD\n{", b'{"format": 99}', b"[]"])
def test_a_damaged_record_is_none(data: bytes) -> None:
    assert parse_record(data) is None


def test_agreement_within_tolerance_leaves_the_record() -> None:
    old = record(x=np.array([1.0, 2.0]))
    elsewhere = replace(record(x=np.array([1.0, 2.0001])), device="cuda", device_name="H200")
    kept, agreement = settle(old, elsewhere)
    assert kept == old
    assert dump_record(kept) == dump_record(old)
    assert agreement is not None and agreement.within
    assert agreement.worst[1] == pytest.approx(5e-5, rel=1e-3)


def test_disagreement_replaces_the_record() -> None:
    new = record(x=2.001)
    kept, agreement = settle(record(x=2.0), new)
    assert kept is new
    assert agreement is not None and not agreement.within


def test_a_value_more_or_less_replaces_the_record() -> None:
    assert settle(record(x=1.0), record(x=1.0, y=2.0))[0].values == {"x": 1.0, "y": 2.0}
    assert settle(record(x=1.0, y=2.0), record(x=1.0))[0].values == {"x": 1.0}


def test_an_edited_script_that_agrees_keeps_the_values() -> None:
    kept, _ = settle(record(x=1.0), replace(record(x=1.00001), script="s2"))
    assert (kept.script, kept.values) == ("s2", {"x": 1.0})


def test_measured_values_stay_until_measured_again() -> None:
    tolerance: Tolerance = (("seconds", None),)
    old, new = record(tolerance, n=1, seconds=1.0), record(tolerance, n=1, seconds=9.0)
    assert settle(old, new)[0] == old
    assert settle(old, new, measured_again=True)[0] == new


def test_the_table_names_the_worst_value() -> None:
    _, agreement = settle(record(x=1.0, y=1.0), record(x=1.0, y=1.01))
    outcome = DemoOutcome("a", "computed", 1.25, "H200", "", agreement, True, True)
    lines = agreement_table([outcome]).splitlines()
    assert lines[1].split() == ["a", "H200", "1.2", "y", "1.0e-02", "1.0e-04", "differs"]


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        ("2.13.0+cpu", ("nvidia0",), "cpu"),
        ("2.13.0", ("nvidia0",), "cuda"),
        ("2.13.0", ("nvidiactl",), "cpu"),
        ("2.13.0+rocm7", ("kfd",), "cuda"),
        ("2.13.0+xpu", (), "cpu"),
    ],
)
def test_the_hint_asks_the_device_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    files: tuple[str, ...],
    expected: str,
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in files:
        (tmp_path / name).touch()
    assert accelerator_hint(version, tmp_path) == expected
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert accelerator_hint("2.13.0", tmp_path) == "cpu"
