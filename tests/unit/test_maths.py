"""The maths stage with its engine: every formula of the corpus, faults, limits, the cache."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bindery.cache import Cache
from bindery.maths import MathError, Request, card_tex, check, close, lint, typeset
from bindery.maths.compute import Job, compute
from bindery.maths.engine import Engine, Refusal
from bindery.model import Formula

DATA = Path(__file__).parents[1] / "data"


def corpus(name: str) -> list[Request]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t", 1) for line in lines if not line.startswith("#"))
    return [(tex, kind == "D") for kind, tex in rows]


GOOD = corpus("formulas.txt")
BAD = corpus("malformed-formulas.txt")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn(cache: Cache) -> dict[Request, Formula | MathError]:
    return typeset(GOOD, {}, cache)


def formula(tex: str, cache: Cache, display: bool = True) -> Formula:
    result = typeset([(tex, display)], {}, cache)[tex, display]
    assert isinstance(result, Formula), result
    return result


def test_the_corpus_is_whole() -> None:
    assert (len(GOOD), len(BAD)) == (178, 22)


def test_every_good_formula_is_drawn(drawn: dict[Request, Formula | MathError]) -> None:
    assert len(drawn) == len(set(GOOD))
    for request, result in drawn.items():
        assert isinstance(result, Formula), (request, result)
        assert 0.2 < result.width < 60, request
        assert 0.1 < result.height < 12, request
        assert -1 < result.depth < result.height, request
        ET.fromstring(result.svg)
        assert "currentColor" not in result.svg
        assert "data-" not in result.svg


def test_what_a_card_gets_is_as_good(cache: Cache) -> None:
    cards = [(card_tex(tex, {}), display) for tex, display in GOOD]
    assert {r: e for r, e in check(cards, {}, cache).items() if e} == {}


@pytest.mark.parametrize(("tex", "display"), BAD)
def test_every_bad_formula_is_refused(tex: str, display: bool, cache: Cache) -> None:
    found = [*lint(tex, display)]
    error = check([(tex, display)], {}, cache)[tex, display]
    found += [error] if error else []
    assert found
    for fault in found:
        assert fault.message
        assert fault.offset is not None
        assert 0 <= fault.offset <= len(tex)


@pytest.mark.parametrize(
    ("tex", "offset"),
    [
        (r"\frac{a+\foo}{b}", 8),
        (r"\frac{a}{\sqrt{b^2^3}}+c", 18),
        (r"\begin{aligned}a&=b\\ c&=\foo\end{aligned}", 25),
        (r"\bm{x}+\R+\foo", 10),
        (r"\norm{\foo}", 6),
        (r"\text{a \textbf{b} \foo}", 19),
        (r"x+\broken{y}", 2),
        (r"\pmod{\foo}", 6),
    ],
)
def test_faults_are_located_in_what_the_author_wrote(tex: str, offset: int, cache: Cache) -> None:
    macros = {"R": r"\mathbb{R}", "broken": r"#1^2^3"}
    error = check([(tex, True)], macros, cache)[tex, True]
    assert error is not None
    assert error.offset == offset


def test_a_misspelt_command_gets_a_suggestion(cache: Cache) -> None:
    error = check([(r"\lamda", True)], {}, cache)[r"\lamda", True]
    assert error is not None
    assert r"\lambda" in error.hint


def test_definitions_never_reach_the_next_formula(cache: Cache) -> None:
    first = (r"\newcommand{\leaky}{x}\leaky", True)
    let = (r"\let\leaky=\alpha\leaky", True)
    later = (r"\leaky", True)
    results = check([first, let, later], {}, cache)
    assert results[first] is None
    assert results[let] is None
    assert results[later] is not None
    assert r"\leaky" not in card_tex(first[0], {})


def test_the_engine_forgets_definitions_itself() -> None:
    engine = Engine()
    try:
        assert engine.convert(r"\def\leaky{x}\leaky", True, False) == ""
        assert isinstance(engine.convert(r"\leaky", True, False), Refusal)
    finally:
        engine.close()


@pytest.mark.parametrize("body", [r"\a", r"\a\a", r"x\a{\a}"])
def test_endless_macros_end_in_an_error(body: str, cache: Cache) -> None:
    start = time.process_time()
    (error,) = check([(r"\a", True)], {"a": body}, cache).values()
    assert error is not None
    assert error.offset == 0
    assert time.process_time() - start < 10
    assert check([("x+1", True)], {}, cache) == {("x+1", True): None}


def test_the_engine_has_a_time_limit_and_survives_it() -> None:
    engine = Engine(time_limit=0.2)
    try:
        heavy = r"\sqrt{" * 400 + "x" + "}" * 400
        refusal = engine.convert(heavy, True, True)
        assert isinstance(refusal, Refusal)
        assert refusal.id == "Limit"
        assert engine.convert("x", True, False) == ""
    finally:
        engine.close()


def test_deep_nesting_does_not_crash(cache: Cache) -> None:
    tex = "{" * 5000 + "x" + "}" * 5000
    error = check([(tex, True)], {}, cache)[tex, True]
    assert error is not None
    assert "deep" in error.message


def test_deep_nesting_does_not_crash_the_engine() -> None:
    engine = Engine(time_limit=0.3)
    try:
        assert isinstance(engine.convert("{" * 5000 + "x" + "}" * 5000, True, False), Refusal)
        assert engine.convert("x", True, False) == ""
    finally:
        engine.close()


def test_what_is_cached_starts_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad, tagged = (r"\bm{x}^2", True), (r"\foo", False), (r"x\tag{1}", True)
    requests = [good, bad, tagged]
    with Cache(tmp_path) as first:
        before = typeset(requests, {}, first)
    close()
    monkeypatch.setitem(sys.modules, "quickjs", None)
    with Cache(tmp_path) as second:
        assert typeset(requests, {}, second) == before
        assert check(requests, {}, second) == {good: None, bad: before[bad], tagged: None}


def test_a_damaged_cache_entry_is_made_again(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        before = formula("x", cache)
        for kind in ("maths-svg", "maths-check"):
            rows = cache._connection.execute("select kind, key from entries").fetchall()  # type: ignore[union-attr]
            cache.put_many(kind, {key: b"{" for k, key in rows if k == kind})
        assert formula("x", cache) == before


def test_an_empty_formula_is_an_error(cache: Cache) -> None:
    assert isinstance(typeset([(" ", True)], {}, cache)[" ", True], MathError)


def test_a_tag_is_not_drawn(cache: Cache) -> None:
    assert formula(r"E=mc^2\tag{1}", cache) == formula(r"E=mc^2", cache)


def test_a_tag_within_a_line_is_refused(cache: Cache) -> None:
    error = check([(r"x\tag{1}", False)], {}, cache)[r"x\tag{1}", False]
    assert error is not None
    assert error.offset == 1


def test_growing_bars_are_as_high_as_plain_ones(cache: Cache) -> None:
    assert formula(r"\left\|x\right\|", cache).height == formula(r"\|x\|", cache).height


def test_a_han_character_is_one_em_wide_and_high(cache: Cache) -> None:
    han = formula(r"\text{损}", cache)
    assert (han.width, han.height, han.depth) == pytest.approx((1, 1, 0.12))
    assert 'font-family="Noto Serif SC, ' in han.svg


def test_frames_are_not_filled(cache: Cache) -> None:
    svg = formula(r"\begin{array}{|c|c|}\hline a&b\\\hline\end{array}", cache).svg
    tags = [part for part in svg.split("<") if part.startswith(("line", "rect"))]
    assert any('stroke-width="70"' in tag for tag in tags)
    assert all('fill="none"' in tag for tag in tags)


def test_drawings_are_the_same_in_other_processes(cache: Cache) -> None:
    jobs = [Job(tex, tex, True) for tex in ("x", r"\frac{a}{b}", r"\foo", r"\sum_i x_i")]
    assert compute(jobs, True, 2) == compute(jobs, True, 1)


def test_a_program_that_used_the_engine_ends_at_once() -> None:
    code = (
        "from bindery.maths.compute import Job, compute\n"
        "assert compute([Job('x', 'x', True)], False, 1) == [{}]\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60, check=False)
    assert done.returncode == 0


def test_formulas_that_differ_in_digits_are_parsed_once(tmp_path: Path) -> None:
    """Digits never change whether TeX can be read; a refused formula keeps its own message."""
    good = [(rf"\frac{{x_{{{n}}}}}{{{n + 1}}}", True) for n in range(10, 30)]
    bad = (r"\frac{1", False)
    with Cache(tmp_path) as cache:
        found = check([*good, bad, (r"\frac{7", False)], {}, cache)
        assert all(found[request] is None for request in good)
        assert found[bad] is not None
        assert found[bad] == check([bad], {}, cache)[bad]
        with sqlite3.connect(next(tmp_path.glob("*.sqlite"))) as database:
            kept = database.execute("select count() from entries").fetchone()[0]
        assert kept < len(good)


@pytest.mark.parametrize(
    "tex", [r"\begin{alignat}{2}a&b\end{alignat}", r"\newcommand{\f}[1]{#1}\f{3}"]
)
def test_numbers_that_tex_counts_with_are_kept(tex: str, tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        assert check([(tex, True)], {}, cache)[tex, True] is None
