"""The harness must find what is wrong: each test breaks one thing and sees it reported."""

from __future__ import annotations

import importlib
import struct
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tests.harness.anki_learner import CardKey
from tests.harness.card_text import faults_in
from tests.harness.phone import Phone, PhoneMissingError

if TYPE_CHECKING:
    from tests.harness.anki_learner import Learner, RenderedCard
    from tests.harness.phone import Report

genanki: Any = importlib.import_module("genanki")

STYLE = ".card{font-size:18px;color:#222;background:#fff}"
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (
            (b"IHDR", struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0\x80\x80\x80")),
            (b"IEND", b""),
        )
    )
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A note of a small deck; clozes where the front has ``{{c``."""

    guid: str = "guid-1"
    id: str = "svm"
    front: str = "什么是支持向量机？"
    back: str = "间隔最大的分类器。"
    tags: tuple[str, ...] = ()


def write_deck(
    path: Path,
    items: Sequence[Item] = (Item(),),
    *,
    at: float = 1_700_000_000,
    style: str = STYLE,
    media: Sequence[Path] = (),
    front: str = "{{Front}}",
) -> Path:
    """Write a package with stock genanki; ``at`` becomes every note's ``mod``."""
    fields = [{"name": "Id"}, {"name": "Front"}, {"name": "Back"}]
    answer = "{{FrontSide}}<hr id=answer>{{Back}}"
    basic = genanki.Model(
        1_600_000_001,
        "Small Basic",
        fields=fields,
        templates=[{"name": "Card 1", "qfmt": front, "afmt": answer}],
        css=style,
    )
    cloze = genanki.Model(
        1_600_000_002,
        "Small Cloze",
        fields=fields,
        templates=[{"name": "Cloze", "qfmt": "{{cloze:Front}}", "afmt": "{{cloze:Front}}"}],
        css=style,
        model_type=genanki.Model.CLOZE,
    )
    deck = genanki.Deck(1_600_000_003, "Small")
    for item in items:
        model = cloze if "{{c" in item.front else basic
        note = genanki.Note(
            model, [item.id, item.front, item.back], guid=item.guid, tags=list(item.tags)
        )
        deck.add_note(note)
    package = genanki.Package(deck, media_files=[str(file) for file in media])
    # genanki leaves its database behind: let it do so where pytest cleans up.
    with mock.patch.object(tempfile, "tempdir", str(path.parent)):
        package.write_to_file(str(path), timestamp=at)
    return path


# --------------------------------------------------------------------------- the learner


@pytest.mark.anki
class TestLearner:
    """What Anki does with a package, seen through the harness."""

    @pytest.fixture
    def deck(self, tmp_path: Path) -> Callable[..., Path]:
        """Return a function that writes a package."""
        return lambda *arguments, **options: write_deck(
            tmp_path / "deck.apkg", *arguments, **options
        )

    def test_a_good_package_has_nothing_to_complain_of(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        gap = Item("guid-2", "gap", "{{c1::间隔}}与{{c2::松弛}}")
        log = learner.import_package(deck((Item(tags=("机器学习::svm",)), gap)))

        assert (log.found, log.new, log.conflicting, log.refused) == (2, 2, 0, 0)
        assert sorted(learner.cards()) == [("guid-1", 0), ("guid-2", 0), ("guid-2", 1)]
        note = learner.notes()["guid-1"]
        assert note.fields == {"Id": "svm", "Front": Item().front, "Back": Item().back}
        assert (note.type, note.tags, note.mod) == (
            "Small Basic",
            ("机器学习::svm",),
            1_700_000_000,
        )
        assert set(learner.note_types().values()) == {"Small Basic", "Small Cloze"}
        assert learner.copies() == {}
        assert learner.cards_lacking() == ()
        assert learner.empty_cards() == ()
        assert learner.notes_without_cards() == ()
        assert learner.missing_media() == learner.unused_media() == ()
        assert learner.integrity() == ""

    def test_the_same_package_again_changes_nothing(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        before = learner.cards()
        log = learner.import_package(deck())

        assert (log.new, log.updated, log.duplicate) == (0, 0, 1)
        assert learner.cards() == before

    def test_an_edit_with_a_newer_mod_arrives_and_keeps_the_scheduling(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        assert learner.answer_all() == 1
        before = learner.cards()
        log = learner.import_package(deck([Item(back="新的答案")], at=1_700_000_001))

        assert (log.new, log.updated) == (0, 1)
        assert learner.notes()["guid-1"].fields["Back"] == "新的答案"
        assert learner.cards() == before
        assert learner.reviews() == 1

    def test_an_edit_with_the_same_mod_is_ignored(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        log = learner.import_package(deck([Item(back="新的答案")]))

        assert (log.updated, log.duplicate) == (0, 1)
        assert learner.notes()["guid-1"].fields["Back"] == Item().back

    def test_a_changed_guid_shows_as_a_copy(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        log = learner.import_package(deck([Item(guid="guid-other")]))

        assert log.new == 1
        assert learner.copies() == {"svm": ("guid-1", "guid-other")}

    def test_a_changed_note_type_is_refused(
        self, learner: Learner, deck: Callable[..., Path], tmp_path: Path
    ) -> None:
        learner.import_package(deck())
        other = write_deck(tmp_path / "b.apkg", [Item(front="{{c1::间隔}}")], at=1_700_000_001)

        assert learner.import_package(other).conflicting == 1

    def test_the_learners_own_edit_is_newer_than_the_package(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        learner.edit("guid-1", "Back", "我自己的话")
        learner.tag("guid-1", "难")
        learner.import_package(deck([Item(back="新的答案")], at=1_700_000_001))

        note = learner.notes()["guid-1"]
        assert (note.fields["Back"], note.tags) == ("我自己的话", ("难",))

    def test_studying_over_days_moves_every_card_on(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck([Item(), Item("guid-2", "gap", "{{c1::间隔}}")]))
        intervals = []
        for _ in range(4):
            learner.answer_all(days=4)
            intervals.append([state.interval for state in learner.cards().values()])

        assert intervals[0] == [0, 0]
        assert all(
            earlier < later for earlier, later in zip(intervals[1], intervals[3], strict=True)
        )
        states = learner.cards().values()
        assert {(state.type, state.queue, state.reps) for state in states} == {(2, 2, 4)}
        assert learner.reviews() == 8
        assert learner.integrity() == ""

    def test_flags_and_suspension_are_part_of_a_cards_state(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        (key,) = learner.cards()
        learner.flag([key], colour=3)
        learner.suspend([key])

        assert (learner.cards()[key].flags, learner.cards()[key].queue) == (3, -1)

    def test_cards_the_package_forgot_are_found(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck([Item(front="{{c1::一}}{{c2::二}}")]))
        forgotten = learner.cards()[CardKey("guid-1", 1)]
        learner.database.execute("delete from cards where id = ?", forgotten.id)

        assert learner.cards_lacking() == (("guid-1", 1),)
        assert len(learner.cards()) == 1, "looking must not change the collection"

    def test_a_removed_gap_leaves_an_empty_card(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck([Item(front="{{c1::一}}{{c2::二}}")]))
        learner.import_package(deck([Item(front="一{{c2::二}}")], at=1_700_000_001))

        assert learner.empty_cards() == (("guid-1", 0),)

    def test_a_note_without_cards_is_found(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        learner.database.execute("delete from cards")

        assert learner.notes_without_cards() == ("guid-1",)

    def test_a_damaged_collection_is_found(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck())
        learner.database.execute("delete from notes")

        assert "missing note" in learner.integrity()
        assert learner.cards_lacking() == ()

    def test_media_missing_and_unused(
        self, learner: Learner, deck: Callable[..., Path], tmp_path: Path
    ) -> None:
        picture = tmp_path / "there-1a2b.png"
        picture.write_bytes(PNG)
        items = [Item(back='<img src="there-1a2b.png"><img src="gone.png">')]
        learner.import_package(deck(items, media=[picture]))

        assert learner.missing_media() == ("gone.png",)
        assert learner.unused_media() == ()
        assert (learner.media / "there-1a2b.png").read_bytes() == PNG
        learner.edit("guid-1", "Back", "")
        assert learner.unused_media() == ("there-1a2b.png",)

    def test_cards_are_rendered_as_anki_does(
        self, learner: Learner, deck: Callable[..., Path]
    ) -> None:
        learner.import_package(deck([Item(front="{{c1::间隔}}与{{c2::松弛::变量}}")]))
        first, second = learner.render_all()

        assert (first.label, first.ordinal, second.ordinal) == ("svm#1", 0, 1)
        assert "[...]</span>与" in first.question
        assert "[变量]" in second.question
        assert "<style>.card{" in first.answer
        assert learner.render(next(iter(learner.cards()))) == first


# --------------------------------------------------------------------------- the card's text


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (r"\(a <br> b\)", "tag-in-maths"),
        (r"\(a <b>b</b>\)", "tag-in-maths"),
        (r"\(50% \alpha\)", "comment-in-maths"),
        (r"\[\newcommand{\R}{\mathbb R}\R\]", "leaking-macro"),
        (r"\(\def\x{1}\x\)", "leaking-macro"),
        ("[latex]x[/latex]", "latex-image"),
        ("Front template has a problem:", "template-error"),
    ],
)
def test_text_that_cannot_be_right(html: str, kind: str) -> None:
    assert [fault.partition(":")[0] for fault in faults_in(html)] == [kind]


@pytest.mark.parametrize(
    "html",
    [
        r"\(50\% \alpha &lt; \beta\) and 50%",
        r'\(x + <span class="cloze" data-ordinal="1">y</span>\)',
        r"<code>\(a <b>b</b> % c\)</code>",
        r"\(\left(\definecolour\right)\)",
    ],
)
def test_text_that_is_right(html: str) -> None:
    assert faults_in(html) == ()


# --------------------------------------------------------------------------- the phone


@pytest.fixture
def show(learner: Learner, android: Phone, tmp_path: Path) -> Callable[..., Report]:
    """Return a function that puts an answer on a card and shows the card on a phone."""

    def on_phone(back: str, *, night: bool = False, **options: Any) -> Report:
        learner.import_package(write_deck(tmp_path / "deck.apkg", [Item(back=back)], **options))
        (card,) = learner.render_all()
        return android.show(card, night=night)

    return on_phone


LONG = "+".join(f"x_{{{n}}}" for n in range(60))
WIDE_TABLE = f"<table><tr>{'<td>单元格</td>' * 30}</tr></table>"


@pytest.mark.browser
@pytest.mark.anki
@pytest.mark.parametrize(
    ("back", "kind"),
    [
        (r"\(x^2^3\)", "mathjax_errors"),
        (r"\(\left( x\)", "mathjax_errors"),
        (r"\(\frac{1}{\)", "unrendered_maths"),
        (r"\(\qty{3}\)", "undefined_commands"),
        ("$$x$$", "unrendered_maths"),
        (r"漏了 \(x 的另一半", "unrendered_maths"),
        (WIDE_TABLE, "page_overflow"),
        (f"<pre>{'=' * 90}</pre>", "page_overflow"),
        (rf"\[{LONG}\]", "page_overflow"),
        (f'<div style="margin-left:-3em">{"左" * 9}</div>', "page_overflow"),
        (f'<div style="overflow:hidden;white-space:nowrap">{"长" * 40}</div>', "clipped"),
        ('<img src="gone.png">', "broken_images"),
        ('<img src="gone.png">', "missing_files"),
        ('<img src="https://example.org/a.png">', "external_addresses"),
        ("<script>nowhere.to.be.found</script>", "javascript_errors"),
        ('<span style="color:#bbb">浅</span>', "low_contrast"),
        ('<span style="color:rgba(0,0,0,.3)">浅</span>', "low_contrast"),
        ('<span style="color:oklch(0.85 0.02 200)">浅</span>', "low_contrast"),
        ('<details><summary>详解</summary><img src="gone.png"></details>', "broken_images"),
        (f"<details><summary>详解</summary>{WIDE_TABLE}</details>", "page_overflow"),
        (r"\(50% \alpha\)", "text_faults"),
    ],
)
def test_a_fault_is_seen(show: Callable[..., Report], back: str, kind: str) -> None:
    report = show(back)

    assert getattr(report, kind)
    assert report.faults


GOOD = rf"""短答：\(\alpha_i \ge 0\)，见
<img src="there-1a2b.png" width="20" height="20">
<div style="overflow-x:auto;overflow-y:hidden">\[{LONG}\]</div>
<pre style="overflow-x:auto"><code>$$ \( \[ {"=" * 90}</code></pre>
<details><summary>详解</summary>{"文字" * 2000}\[\sum_{{i=1}}^n \alpha_i y_i = 0\]</details>
<style>body{{margin:20px}} .nightMode.card{{color:#eee;background:#222}}</style>"""


@pytest.mark.browser
@pytest.mark.anki
@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_a_good_card_has_no_fault(
    show: Callable[..., Report], android: Phone, tmp_path: Path, night: bool
) -> None:
    picture = tmp_path / "there-1a2b.png"
    picture.write_bytes(PNG)
    report = show(GOOD, media=[picture], night=night)

    assert report.faults == ()
    assert report.formulas == 3
    assert len(report.scrolling) == 2
    assert report.screens < 2 < report.screens_unfolded
    assert "文字" in report.text
    assert android.mathjax_version().startswith("3.2.")


@pytest.mark.browser
@pytest.mark.anki
def test_colours_are_judged_by_night_too(show: Callable[..., Report]) -> None:
    style = ".card{color:#222}.nightMode.card{color:#555;background:#222}"

    assert show("日", style=style).low_contrast == ()
    assert show("夜", style=style, night=True).low_contrast != ()


@pytest.mark.browser
@pytest.mark.anki
def test_a_macro_of_one_card_does_not_help_the_next(
    learner: Learner, android: Phone, tmp_path: Path
) -> None:
    items = [
        Item("guid-1", "a", back=r"\(\newcommand{\mine}{x}\mine\)"),
        Item("guid-2", "b", back=r"\(\mine\)"),
    ]
    learner.import_package(write_deck(tmp_path / "deck.apkg", items))
    first, second = (android.show(card) for card in learner.render_all())

    assert first.undefined_commands == ()
    assert second.undefined_commands != ()


@pytest.mark.browser
@pytest.mark.anki
def test_cards_on_one_page_do_not_mix(learner: Learner, android: Phone, tmp_path: Path) -> None:
    items = [
        Item("guid-1", "a", back=r"\(a\)"),
        Item("guid-2", "b", back=r"\(a\)和\(b\)"),
        Item("guid-3", "c", back="没有"),
    ]
    learner.import_package(write_deck(tmp_path / "deck.apkg", items))
    cards = learner.render_all()

    assert [android.show(card).formulas for card in (*cards, *cards)] == [1, 2, 0] * 2


@pytest.mark.browser
@pytest.mark.anki
def test_question_and_answer_are_two_sides(
    learner: Learner, android: Phone, tmp_path: Path
) -> None:
    learner.import_package(write_deck(tmp_path / "deck.apkg", [Item(back=r"\(\qty{3}\)")]))
    (card,) = learner.render_all()

    question = android.show(card, "question")
    assert (question.faults, question.formulas) == ((), 0)
    assert Item().front in question.text
    assert android.show(card, "answer").undefined_commands


@pytest.mark.browser
@pytest.mark.anki
def test_two_collections_may_use_one_media_name(
    new_learner: Callable[[], Learner], android: Phone, tmp_path: Path
) -> None:
    picture = tmp_path / "there-1a2b.png"
    item = Item(back='<img src="there-1a2b.png">')
    picture.write_bytes(PNG)
    good = _only_card(new_learner(), write_deck(tmp_path / "a.apkg", [item], media=[picture]))
    picture.write_bytes(b"not a picture")
    bad = _only_card(new_learner(), write_deck(tmp_path / "b.apkg", [item], media=[picture]))

    assert android.show(good).broken_images == ()
    assert android.show(bad).broken_images == ("there-1a2b.png",)
    assert android.show(bad).missing_files == ()
    assert android.show(replace(bad, media=good.media)).broken_images == ()


@pytest.mark.browser
@pytest.mark.anki
def test_the_screen_is_a_phones(
    learner: Learner, android: Phone, iphone: Phone, desktop: Phone, tmp_path: Path
) -> None:
    back = '<b id="who"></b><script>who.innerText = [innerWidth, navigator.userAgent]</script>'
    card = _only_card(learner, write_deck(tmp_path / "deck.apkg", [Item(back=back)]))

    assert "390,Mozilla/5.0 (Linux; Android 14" in android.show(card).text
    assert "390,Mozilla/5.0 (iPhone" in iphone.show(card).text
    assert "HeadlessChrome" in desktop.show(card).text
    android.screenshot(tmp_path / "card.png")
    assert _size(tmp_path / "card.png") == (780, 1688)


@pytest.mark.browser
@pytest.mark.anki
def test_a_screenshot_can_unfold_the_answer(
    learner: Learner, android: Phone, tmp_path: Path
) -> None:
    back = f"<details><summary>详解</summary>{'文字' * 600}</details>"
    card = _only_card(learner, write_deck(tmp_path / "deck.apkg", [Item(back=back)]))
    android.show(card)
    for name, unfolded in (("folded.png", False), ("open.png", True)):
        android.screenshot(tmp_path / name, unfolded=unfolded)

    assert _size(tmp_path / "folded.png") < _size(tmp_path / "open.png")
    assert android.show(card).screens == 1


def _size(png: Path) -> tuple[int, ...]:
    return struct.unpack(">2I", png.read_bytes()[16:24])


def _only_card(learner: Learner, package: Path) -> RenderedCard:
    learner.import_package(package)
    (card,) = learner.render_all()
    return card


def test_a_machine_without_a_browser_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PhoneMissingError, match=r"needs chromium, chromium-driver$"):
        Phone()
