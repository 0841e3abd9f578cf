"""Demos really run in child processes: computed, compared, drawn, limited, ended."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.demos import FigureOptions, FigureRun, discover, discover_kept, run
from bindery.demos.accelerator import blames_accelerator
from bindery.demos.record import parse_record
from bindery.diagnostics import Severity

REPOSITORY = Path(__file__).parents[2]
HEAD = '"""标题\n\n图题，说明看什么。\n"""\n'
DRAW = """
from bindery.demos.style import new_figure
def draw(values):
    figure, axes = new_figure(1.2)
    axes.plot(values["x"])
    axes.set_title("损失函数")
    return figure
"""
NUMPY = (
    HEAD
    + """import numpy as np
def compute(device):
    return {"x": np.arange(4) / 3}
def results(values):
    yield "最后一个", values["x"][-1]
"""
    + DRAW
)


class Workshop:
    """A source folder of demos with a cache, built like the pipeline builds them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.source = folder / "源" / "source"
        self.cache = Cache(folder / "cache")
        (self.source / "demos" / "records").mkdir(parents=True)

    def write(self, slug: str, text: str) -> None:
        (self.source / "demos" / f"{slug}.py").write_text(text, encoding="utf-8")

    def record(self, slug: str) -> Path:
        return self.source / "demos" / "records" / f"{slug}.json"

    def make(
        self, options: FigureOptions | None = None, installed: Mapping[str, str] | None = None
    ) -> FigureRun:
        demos, diagnostics = discover(self.source, "source")
        assert not diagnostics
        made = run(demos, options or FigureOptions(), self.cache, self.source, installed=installed)
        for path, data in made.records:
            (self.source / path).write_bytes(data)
        return made


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.cache.close()


def test_a_demo_is_computed_once(workshop: Workshop) -> None:
    workshop.write("a", NUMPY)
    first = workshop.make()
    assert not first.diagnostics
    (figure,) = first.figures
    assert (figure.title, figure.caption) == ("标题", "图题，说明看什么。")
    assert figure.png.startswith(b"\x89PNG") and figure.svg.startswith(b"<svg")
    assert [(row.label, row.value) for row in figure.results] == [("最后一个", "1")]
    assert figure.listing == NUMPY.partition('"""\n')[2].lstrip("\n")
    assert figure.listing.startswith("import numpy")
    assert figure.computed_on == "CPU"
    assert first.outcomes[0].how == "computed"
    assert [path for path, _ in first.records] == ["demos/records/a.json"]

    second = workshop.make()
    assert second.figures == first.figures
    assert second.outcomes[0].how == "cached" and not second.records
    assert second.outcomes[0].seconds < 0.2

    workshop.write("a", NUMPY + "# touched\n")
    third = workshop.make()
    assert third.outcomes[0].how == "computed"
    assert third.outcomes[0].why == "the script changed"
    assert third.figures[0].svg == first.figures[0].svg


def test_the_record_is_drawn_and_kept_within_tolerance(workshop: Workshop) -> None:
    workshop.write("a", NUMPY)
    workshop.make()
    near = workshop.record("a").read_text(encoding="utf-8").replace("0.666667", "0.666669")
    workshop.record("a").write_text(near, encoding="utf-8")
    kept = workshop.make(FigureOptions(recompute=True))
    assert kept.outcomes[0].how == "computed"
    assert not kept.records and not kept.outcomes[0].record_changed
    far = near.replace("0.666669", "0.7")
    workshop.record("a").write_text(far, encoding="utf-8")
    changed = workshop.make()
    assert changed.outcomes[0].record_changed
    assert changed.outcomes[0].agreement is not None
    assert not changed.outcomes[0].agreement.within
    assert b"0.666667" in changed.records[0][1]


BROKEN = {
    "exception": ("    deep = {}\n    return deep['nothing']", 6, "demo-failed", "KeyError"),
    "assertion": ("    assert 1 + 1 == 3", 5, "demo-failed", "1 + 1 == 3"),
    "endless": ("    while True: pass\nTIMEOUT = 2", 5, "demo-timeout", "2 s"),
    "huge": ("    import numpy as np\n    x = np.ones(int(4e9))", 6, "demo-memory", "30"),
    "watched": (
        "    import mmap\n    m = mmap.mmap(-1, 4 * 10**9)\n    while m.write(bytes(10**7)): pass",
        7,
        "demo-memory",
        "1.5 GB",
    ),
    "nan": ("    return {'fine': 1.0,\n      'x': float('nan')}", 6, "demo-not-finite", '"x"'),
    "object": ("    return {'x': object()}", 5, "demo-values", "object"),
    "exit": ("    import sys\n    sys.exit(0)", 6, "demo-failed", "SystemExit"),
    "vanish": ("    import os\n    os._exit(3)", 4, "demo-failed", "exit status 3"),
    "crash": ("    import os\n    os.abort()", 6, "demo-failed", "without an answer"),
}


def test_each_way_to_break_has_its_line_and_the_others_go_on(workshop: Workshop) -> None:
    for slug, (body, *_) in BROKEN.items():
        workshop.write(slug, f"{HEAD}def compute(device):\n{body}\n{DRAW}".replace("\n\n\n", "\n"))
    workshop.write("whole", NUMPY)
    made = workshop.make(FigureOptions(memory=1_500_000_000))
    assert [figure.slug for figure in made.figures] == ["whole"]
    found = {Path(each.place.file).stem: each for each in made.diagnostics}
    assert set(found) == set(BROKEN)
    offset = HEAD.count("\n") - 3
    for slug, (_, line, code, words) in BROKEN.items():
        diagnostic = found[slug]
        assert diagnostic.severity is Severity.ERROR
        assert diagnostic.code == code, diagnostic
        assert diagnostic.place.file == f"source/demos/{slug}.py"
        assert diagnostic.place.line == line + offset, diagnostic
        assert words in diagnostic.message or slug == "huge", diagnostic
    assert not [path for path, _ in made.records if "whole" not in path]


def test_keep_going_turns_errors_into_warnings(workshop: Workshop) -> None:
    workshop.write("a", HEAD + "def compute(device): raise ValueError('no')\n" + DRAW)
    made = workshop.make(FigureOptions(keep_going=True))
    assert not made.figures
    assert [each.severity for each in made.diagnostics] == [Severity.WARNING]


def test_what_a_demo_printed_is_shown(workshop: Workshop) -> None:
    workshop.write(
        "a", HEAD + "def compute(device):\n    print('第三轮')\n    raise ValueError\n" + DRAW
    )
    (diagnostic,) = workshop.make().diagnostics
    assert "第三轮" in diagnostic.hint and "Traceback" not in diagnostic.hint


def test_children_of_a_child_end_with_it(workshop: Workshop, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    workshop.write(
        "a",
        HEAD
        + f"""import subprocess, time
def compute(device):
    with open({str(pids)!r}, "w") as file:
        for new_session in (False, True):
            child = subprocess.Popen(["sleep", "60"], start_new_session=new_session)
            print(child.pid, file=file)
    time.sleep(60)
"""
        + DRAW,
    )
    (diagnostic,) = workshop.make(FigureOptions(timeout=1.5)).diagnostics
    assert diagnostic.code == "demo-timeout"
    started = pids.read_text().split()
    assert len(started) == 2
    deadline = time.monotonic() + 5
    while any(_runs(int(pid)) for pid in started):
        assert time.monotonic() < deadline, "a grandchild outlived the demo"
        time.sleep(0.05)


def test_the_build_can_be_interrupted(workshop: Workshop) -> None:
    workshop.write("quick", NUMPY)
    workshop.write("slow", HEAD + "def compute(device):\n    while True: pass\n" + DRAW)

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    demos, _ = discover(workshop.source, "source")
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(demos, FigureOptions(jobs=2), workshop.cache, workshop.source, progress=interrupt)
    assert time.monotonic() - start < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("demo")]


def test_a_child_ends_when_the_build_is_killed(workshop: Workshop) -> None:
    pid = workshop.root / "pid"
    workshop.write(
        "a",
        f"""{HEAD}import os, pathlib
def compute(device):
    pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))
    while True: pass
{DRAW}""",
    )
    script = f"""
from pathlib import Path
from bindery.cache import Cache
from bindery.demos import *
source = Path({str(workshop.source)!r})
run(discover(source, "source")[0], FigureOptions(), Cache(source / "cache"), source)
"""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as build:
        deadline = time.monotonic() + 20
        while not (pid.exists() and pid.read_text()):
            assert time.monotonic() < deadline and build.poll() is None
            time.sleep(0.05)
        build.kill()
    while _runs(int(pid.read_text())):
        assert time.monotonic() < deadline, "the demo outlived the build"
        time.sleep(0.05)


def test_drawing_needs_no_torch(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPOSITORY / "source" / "demos" / "nucleus-sampling.py").read_text(encoding="utf-8")
    record = REPOSITORY / "source" / "demos" / "records" / "nucleus-sampling.json"
    workshop.write("nucleus-sampling", text)
    without = workshop.root / "without"
    without.mkdir()
    (without / "torch.py").write_text("raise ImportError('torch must not be imported')\n")
    monkeypatch.setenv("PYTHONPATH", str(without))

    bare = workshop.make(installed={"python": "3.11", "numpy": "2"})
    assert [each.code for each in bare.diagnostics] == ["missing-record"]

    workshop.record("nucleus-sampling").write_bytes(record.read_bytes())
    drawn = workshop.make(installed={"python": "3.11", "numpy": "2"})
    assert not drawn.diagnostics and not drawn.records
    assert drawn.outcomes[0].how == "record"
    assert drawn.outcomes[0].why == "torch is not installed"
    assert len(drawn.figures) == 1

    workshop.write("nucleus-sampling", text + "# newer\n")
    stale = workshop.make(FigureOptions(no_demos=True))
    assert [each.code for each in stale.diagnostics] == ["stale-record"]
    assert stale.figures[0].svg == drawn.figures[0].svg


def test_a_damaged_record_is_computed_again(workshop: Workshop) -> None:
    workshop.write("a", NUMPY)
    workshop.make()
    whole = workshop.record("a").read_bytes()
    workshop.record("a").write_bytes(b"<<<<<<< HEAD\n" + whole)
    made = workshop.make()
    assert [each.code for each in made.diagnostics] == ["damaged-record"]
    assert made.records == (("demos/records/a.json", whole),)


def test_drawing_errors_have_their_line(workshop: Workshop) -> None:
    compute = "def compute(device):\n    return {'x': [1, 2]}\n"
    workshop.write("glyph", HEAD + compute + DRAW.replace("损失函数", "\U00013000"))
    workshop.write("none", HEAD + compute + "def draw(values):\n    return 1\n")
    workshop.write("raises", HEAD + compute + "def draw(values):\n    return values['y']\n")
    workshop.write("tiny", HEAD + compute + DRAW.replace('数")', '数", fontsize=4)'))
    workshop.write(
        "out",
        HEAD + compute + DRAW.replace("    return", "    axes.text(5, 1, 'outside')\n    return"),
    )
    made = workshop.make()
    found = {Path(each.place.file).stem: (each.code, each.place.line) for each in made.diagnostics}
    assert found == {
        "glyph": ("missing-glyph", 12),
        "none": ("demo-not-a-figure", 7),
        "raises": ("demo-failed", 8),
        "tiny": ("small-figure-text", 9),
        "out": ("clipped-figure", 9),
    }
    assert [figure.slug for figure in made.figures] == ["out", "tiny"]


def test_declared_inputs_and_unknown_tolerances_count(workshop: Workshop) -> None:
    text = NUMPY.replace("np.arange(4) / 3", "np.frombuffer(open(INPUTS[0], 'rb').read(), 'u1')")
    (workshop.source / "data.bin").write_bytes(b"\1\2")
    workshop.write("a", text + 'INPUTS = ("data.bin",)\nTOLERANCE = {"x": 0.5}\n')
    assert workshop.make().outcomes[0].how == "computed"
    assert workshop.make().outcomes[0].how == "cached"
    (workshop.source / "data.bin").write_bytes(b"\5\6")
    changed = workshop.make()
    assert changed.outcomes[0].how == "computed" and changed.outcomes[0].record_changed
    workshop.write("a", text + 'INPUTS = ("data.bin",)\nTOLERANCE = {"loss": 0.5}\n')
    (diagnostic,) = workshop.make().diagnostics
    assert (diagnostic.code, '"loss"' in diagnostic.message) == ("demo-constant", True)


def test_pictures_are_the_same_bytes_everywhere(tmp_path: Path) -> None:
    script = """
import hashlib, sys
from pathlib import Path
from bindery.cache import Cache
from bindery.demos import *
folder = Path(sys.argv[1])
source = folder / "source"
with Cache(folder / "cache") as cache:
    made = run(discover(source, "source")[0], FigureOptions(), cache, source)
(figure,) = made.figures
print(hashlib.sha256(figure.svg + figure.png + made.records[0][1]).hexdigest())
"""
    seen = set()
    for number in (1, 2):
        folder = tmp_path / f"{'x' * number}"
        (folder / "source" / "demos").mkdir(parents=True)
        (folder / "source" / "demos" / "a.py").write_text(NUMPY, encoding="utf-8")
        (folder / "matplotlibrc").write_text("font.size: 30\n")
        environment = os.environ | {
            "PYTHONHASHSEED": str(number),
            "PYTHONPATH": str(REPOSITORY),
            "TZ": ("Asia/Shanghai", "America/Lima")[number - 1],
            "MATPLOTLIBRC": str(folder),
        }
        command = [sys.executable, "-c", script, str(folder)]
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        seen.add(ended.stdout)
    assert len(seen) == 1
    assert len(next(iter(seen)).strip()) == len(hashlib.sha256().hexdigest())


def test_a_demo_that_an_accelerator_cannot_compute_falls_back(workshop: Workshop) -> None:
    workshop.write(
        "a",
        HEAD
        + "import torch\ndef compute(device):\n    return {'x': torch.arange(3, device=device)}\n"
        + DRAW,
    )
    made = workshop.make(FigureOptions(device="meta"))
    (warning,) = made.diagnostics
    assert (warning.code, warning.severity) == ("device-fallback", Severity.WARNING)
    assert 'demo "a"' in warning.message
    assert made.figures[0].computed_on == "CPU"
    again = workshop.make(FigureOptions(device="meta"))
    assert again.diagnostics == made.diagnostics
    assert again.outcomes[0].how == "cached"
    (missing,) = workshop.make(FigureOptions(device="hpu")).diagnostics
    assert missing.code == "no-such-device"


def test_a_full_accelerator_falls_back_and_a_mistake_does_not(workshop: Workshop) -> None:
    """The meta device stands for an accelerator; what it would say is raised by the demo."""
    for slug, error in (
        ("full", "torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 30.00 GiB')"),
        ("mistake", "ValueError('shapes do not fit')"),
    ):
        body = f"""import torch
def compute(device):
    if device.type != "cpu":
        raise {error}
    return {{"x": torch.arange(3, device=device)}}
"""
        workshop.write(slug, HEAD + body + DRAW)
    made = workshop.make(FigureOptions(device="meta"))
    full, mistake = made.diagnostics
    assert (full.code, full.severity) == ("device-fallback", Severity.WARNING)
    assert 'demo "full"' in full.message and "out of memory" in full.message
    assert (mistake.code, mistake.severity) == ("demo-failed", Severity.ERROR)
    assert [(figure.slug, figure.computed_on) for figure in made.figures] == [("full", "CPU")]


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (RuntimeError("CUDA error: no kernel image is available for execution"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("HIP out of memory. Tried to allocate 2.00 GiB"), True),
        (NotImplementedError("The operator 'aten::x' is not currently implemented for MPS"), True),
        (TypeError("Cannot convert a MPS Tensor to float64: it doesn't support float64"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_an_accelerator_is_blamed_for(error: Exception, blamed: bool) -> None:
    assert blames_accelerator(error, "cuda") is blamed
    assert not blames_accelerator(error, "cpu")


def test_without_the_font_there_are_records_and_no_figures(workshop: Workshop) -> None:
    workshop.write("a", NUMPY)
    bare = workshop.make(FigureOptions(drawn=False))
    assert not bare.figures and not bare.diagnostics
    assert bare.outcomes[0].record_changed and not bare.outcomes[0].drawn
    drawn = workshop.make(FigureOptions(no_demos=True))
    assert [figure.slug for figure in drawn.figures] == ["a"]


def test_the_nucleus_demo_agrees_with_its_record(tmp_path: Path) -> None:
    source = REPOSITORY / "source"
    demos, _ = discover(source, "source")
    chosen = [demo for demo in demos if demo.slug == "nucleus-sampling"]
    with Cache(tmp_path / "cache") as cache:
        made = run(chosen, FigureOptions(device="cpu"), cache, source)
    assert not made.diagnostics and not made.records
    assert made.outcomes[0].agreement is not None
    assert made.outcomes[0].agreement.within
    record = parse_record((source / "demos" / "records" / "nucleus-sampling.json").read_bytes())
    assert record is not None
    values = json.loads(json.dumps(dict(record.values)))
    for name in ("peaked", "flat"):
        probs, kept = values[f"{name}_probs"]["data"], values[f"{name}_kept"]
        assert sum(probs) == pytest.approx(1, abs=1e-4)
        assert sum(probs[: kept - 1]) < values["p"] <= sum(probs[:kept])
        assert sum(values[f"{name}_frequencies"]["data"][:kept]) == pytest.approx(1)
    assert values["peaked_kept"] < values["k"] < values["flat_kept"]


def test_the_nucleus_is_the_smallest_set_that_reaches_p() -> None:
    import torch

    nucleus = runpy.run_path(str(REPOSITORY / "source/demos/nucleus-sampling.py"))["nucleus"]
    probs = torch.tensor([0.1, 0.5, 0.05, 0.3, 0.05])
    for p, kept in (
        (0.0, [1]),
        (0.4, [1]),
        (0.5, [1]),
        (0.51, [1, 3]),
        (0.85, [0, 1, 3]),
        (1.0, [0, 1, 2, 3, 4]),
        (2.0, [0, 1, 2, 3, 4]),
    ):
        assert nucleus(probs, p).nonzero().flatten().tolist() == kept, p
    tiny = torch.full((1000,), 1e-3 * 1.001)
    assert nucleus(tiny, 1.0).all()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_drawn_together_is_drawn_alike(workshop: Workshop) -> None:
    """Many figures are drawn in one process; each comes out as if it were alone."""
    for slug in ("one", "two", "three"):
        workshop.write(slug, NUMPY)
    alone = [figure.svg for figure in workshop.make().figures]
    workshop.cache = Cache(workshop.source / "another")
    together = workshop.make(FigureOptions(no_demos=True))
    assert [figure.svg for figure in together.figures] == alone
    assert [outcome.how for outcome in together.outcomes] == ["record"] * 3


def test_one_that_cannot_be_drawn_does_not_spoil_the_others(workshop: Workshop) -> None:
    for slug in ("one", "two", "three"):
        workshop.write(slug, NUMPY)
    workshop.make()
    workshop.write("two", NUMPY.replace("def draw(values):", "def draw(values):\n    1 / 0", 1))
    workshop.cache = Cache(workshop.source / "another")
    made = workshop.make(FigureOptions(no_demos=True))
    assert [figure.slug for figure in made.figures] == ["one", "three"]
    assert any(each.place.file == "source/demos/two.py" for each in made.diagnostics)


def test_what_was_discovered_is_kept_as_it_was(workshop: Workshop) -> None:
    head, body = NUMPY.split("def compute", 1)
    workshop.write("one", f"{head}TOLERANCE = {{'y': 0.5}}\n\n\ndef compute{body}")
    workshop.write("two", f"{head}TOLERANCE = 0\n\n\ndef compute{body}")
    fresh = discover(workshop.source, "source")
    assert discover_kept(workshop.source, "source", workshop.cache) == fresh
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bindery.demos.kept.discover", None)
        assert discover_kept(workshop.source, "source", workshop.cache) == fresh
    workshop.write("two", NUMPY.replace("def draw", "def paint"))
    assert discover_kept(workshop.source, "source", workshop.cache)[1]
