"""Every worked number in the chapter on Python and the system, computed anew."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.notes.reading import listing, record
from tests.notes.reading import question as question_of

FILE = "70-python-system.md"


def question(number: str) -> str:
    return question_of(number, FILE)


def test_what_the_modes_did() -> None:
    text = question("python-file-modes")
    rows = {row[0]: row for row in record("file-modes")["table"]}
    assert rows["w"][5] == rows["w+"][5] == r"\0NEW"
    assert rf"得 `{rows['w'][5]}`" in text
    assert f"`old` 变成 `{rows['r+'][5]}`" in text
    assert f"打开时光标在 {rows['a+'][3]}（末尾），即使移到 1，也写成 `{rows['a'][5]}`" in text
    values = record("file-modes")
    assert f"是 {values['characters']} 个字符、{values['bytes']} 个字节" in text
    assert (len("文件"), len("文件".encode())) == (values["characters"], values["bytes"])


def test_append_plus_reads_nothing_at_first(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with path.open("a+", encoding="utf-8") as file:
        assert file.read() == ""
        file.seek(0)
        assert file.read() == "old"


@pytest.mark.skipif(os.name == "nt", reason="POSIX flags")
def test_the_flags_of_the_table(tmp_path: Path) -> None:
    text = question("python-file-modes")
    seen: dict[str, int] = {}

    def opener(name: str, flags: int) -> int:
        seen[mode] = flags
        return os.open(name, flags)

    for mode in "rwax":
        path = tmp_path / mode
        if mode != "x":
            path.touch()
        with open(path, mode, encoding="utf-8", opener=opener):
            pass
    for mode, flags in seen.items():
        (row,) = re.findall(rf"^\| `{mode}` \| ([^|]*) \|", text, re.M)
        named = 0
        for name in re.findall(r"`(O_\w+)`", row):
            named |= getattr(os, name)
        assert flags & ~os.O_CLOEXEC == named


def test_writing_atomically(tmp_path: Path) -> None:
    write = listing(question("python-file-modes"))["write_atomically"]
    path = tmp_path / "a.txt"
    write(path, "旧")
    write(path, "新")
    assert path.read_text(encoding="utf-8") == "新"
    with pytest.raises(TypeError):
        write(path, 1)
    assert path.read_text(encoding="utf-8") == "新"
    assert list(tmp_path.iterdir()) == [path]
    if os.name != "nt":
        assert "`mkstemp` 建的文件权限是 600" in question("python-file-modes")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_json_lengths_and_large_integers() -> None:
    text = question("python-json")
    value = {"模型": "甲", "n": [1, 2]}
    sizes = [
        len(json.dumps(value, **options).encode())
        for options in (
            {},
            {"ensure_ascii": False},
            {"ensure_ascii": False, "separators": (",", ":")},
        )
    ]
    assert sizes == record("json-round-trip")["bytes"]
    said = f"默认 {sizes[0]} 字节，关掉后 {sizes[1]} 字节，再用"
    assert f'{said} `separators=(",", ":")` 去掉空格是 {sizes[2]} 字节' in text
    large = 2**53 + 1
    assert f"$2^{{53}}+1={large}$" in text
    assert json.loads(json.dumps(large)) == large
    assert f"得到的是 {int(float(large))}" in text
    assert json.dumps(0.1) == "0.1"
    assert json.loads(json.dumps({1: (2, 3)})) == {"1": [2, 3]}
    assert '得到 `{"1": [2, 3]}`' in text
    values = record("json-round-trip")
    assert f"只有 {values['same']} 个原样回来" in text
    assert len(values["table"]) == 12
    assert "对十二个值" in text
    with pytest.raises(TypeError, match="keys must be"):
        json.dumps({(1, 2): "a"})
    assert "元组作键则直接抛 `TypeError`" in text
    with pytest.raises(ValueError, match="not JSON compliant"):
        json.dumps(float("nan"), allow_nan=False)


def test_the_listing_carries_dates_and_sets_there_and_back() -> None:
    names = listing(question("python-json"))
    assert names["back"] == {"tags": {1, 2}}
    value = {"at": datetime(2026, 1, 2, 3, 4), "tags": {"a", "b"}}
    text = json.dumps(value, default=names["encode"])
    assert json.loads(text, object_hook=names["decode"]) == value
    with pytest.raises(TypeError):
        json.dumps({"x": b"a"}, default=names["encode"])


def test_permission_arithmetic() -> None:
    text = question("linux-permissions")
    binary = r"\,".join(f"{0o640:09b}"[i : i + 3] for i in (0, 3, 6))
    assert f"$640_8={binary}_2$，即 `{stat.filemode(0o640)[1:]}`" in text
    assert f"umask 为 022 时得 {0o666 & ~0o022:o} 与 {0o777 & ~0o022:o}" in text
    assert rf"$666\,\&\,{{\sim}}033={0o666 & ~0o033:o}$，而 $666-033={0o666 - 0o033:o}$" in text
    assert "`0077`" in text
    owner, others = 0o0077 >> 6, 0o0077 & 7
    assert (owner & 4, others & 4) == (0, 4)


@pytest.mark.skipif(os.name == "nt", reason="needs chmod")
def test_gnu_chmod_keeps_the_setgid_of_a_folder(tmp_path: Path) -> None:
    version = subprocess.run(["chmod", "--version"], capture_output=True, text=True, check=False)
    if "GNU" not in version.stdout:
        pytest.skip("another chmod")

    def mode() -> int:
        return stat.S_IMODE(tmp_path.stat().st_mode)

    for change, result in (
        ("2770", 0o2770),
        ("755", 0o2755),
        ("00755", 0o755),
        ("2755", 0o2755),
        ("g-s", 0o755),
    ):
        subprocess.run(["chmod", change, tmp_path], check=True)
        assert mode() == result


@pytest.mark.skipif(os.name == "nt", reason="needs chmod")
def test_capital_x_spares_plain_files(tmp_path: Path) -> None:
    assert "`chmod -R u=rwX,go=rX`" in question("linux-permissions")
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    file = folder / "file"
    file.touch(0o600)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", folder], check=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
