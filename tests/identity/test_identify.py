"""Identity: given once at birth, kept through every edit, never given to another note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bindery.diagnostics import Diagnostic
from bindery.facts import facts_of
from bindery.identify import Identified, with_ids
from bindery.identify import identify as identify_facts
from bindery.ledger import Ledger, dump, load
from bindery.model import Book, Chapter, Question
from tests.identity.notes import HERE, book, book_of, card, cloze, question

NOW = 1_750_000_000
NOTHING = Ledger("")


def identify(notes: Book, before: Ledger, now: int) -> tuple[Identified, tuple[Diagnostic, ...]]:
    """Identify a book as it is parsed."""
    facts = [facts_of(chapter, ()) for chapter in notes.chapters]
    return identify_facts(notes.info, facts, before, now)


def identified(notes: Book, before: Ledger = NOTHING, now: int = NOW) -> Identified:
    """Identify what must be beyond doubt."""
    result, found = identify(notes, before, now)
    assert found == ()
    return result


def doubts(notes: Book, before: Ledger) -> list[str]:
    return [diagnostic.code for diagnostic in identify(notes, before, NOW)[1]]


def guids(result: Identified) -> dict[str, str]:
    """Return the guid of each note that is in the book, by id."""
    return {name: identity.guid for name, identity in result.identities.items()}


def numbers(result: Identified) -> dict[str, str]:
    return {name: identity.number for name, identity in result.identities.items()}


TWO = book(
    question(
        "什么是支持向量机？", "svm", card("为什么解对偶？", "svm-dual"), cloze("==a==", "svm-c")
    ),
    question("什么是奇异值分解？", "svd", card("与特征值的关系？", "svd-eigen")),
)


# ------------------------------------------------------------------------- birth


def test_numbers_at_birth_follow_the_book() -> None:
    assert numbers(identified(TWO)) == {
        "svm": "Q001",
        "svm-dual": "Q001.1",
        "svm-c": "Q001.2",
        "svd": "Q002",
        "svd-eigen": "Q002.1",
    }


def test_a_guid_comes_from_the_book_and_the_id_alone() -> None:
    first = guids(identified(TWO))
    assert first == guids(identified(TWO, now=NOW + 1))
    reworded = book(question("另一种问法", "svm", answer="别的"))
    assert guids(identified(reworded))["svm"] == first["svm"]
    assert len(set(first.values())) == len(first)


def test_guids_are_frozen() -> None:
    assert guids(identified(TWO))["svm"] == "4ee886bfcd897ff3fc58"


def test_two_books_may_both_have_an_svm() -> None:
    one = guids(identified(TWO))
    other = guids(identified(replace(TWO, info=replace(TWO.info, id="other"))))

    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())


def test_another_books_ledger_is_refused() -> None:
    other = replace(TWO, info=replace(TWO.info, id="other"))
    (problem,) = identify(other, identified(TWO).ledger, NOW)[1]
    assert problem.code == "other-book"
    assert problem.hint


def test_every_note_gets_an_id_in_the_book_itself() -> None:
    plain = book(question("一？", "", card("二？"), cloze("==三=="), card("四？")))
    result = identified(plain)
    (asked,) = with_ids(plain.chapters[0], result.ids[0]).questions
    ids = [asked.id, *(c.id for c in asked.cards), *(c.id for c in asked.clozes)]

    assert all(name.startswith("auto-") for name in ids)
    assert set(ids) == result.identities.keys() == result.ledger.entries.keys()
    kinds = {name: result.ledger.entries[name].kind for name in ids}
    assert list(kinds.values()) == ["question", "card", "card", "cloze"]
    titles = [result.ledger.entries[name].title for name in ids]
    assert titles == ["一", "二", "四", "三"], "each id stands at its own note"


# ------------------------------------------------------------------------- life


def test_the_same_book_again_changes_nothing() -> None:
    first = identified(TWO)
    second = identified(TWO, first.ledger, NOW + 1000)

    assert (second.ids, second.identities, second.gaps) == (first.ids, first.identities, first.gaps)
    assert dump(second.ledger) == dump(first.ledger)
    assert second.news == ()


def test_an_id_survives_rewording_reordering_and_moving() -> None:
    first = identified(TWO)
    svm, svd = TWO.questions
    reworded = replace(
        svm, title=question("SVM 是什么？").title, short=question("", answer="新").short
    )
    moved = book_of(
        Chapter("a.md", "新章", HERE, body=(svd,)),
        Chapter("b.md", "另一章", HERE, body=(reworded,)),
    )
    second = identified(moved, first.ledger, NOW + 1000)

    assert guids(second) == guids(first)
    assert numbers(second) == numbers(first)


def test_a_deck_is_fixed_at_birth() -> None:
    first = identified(TWO)
    renamed = book(*TWO.questions, question("新的？", "new"), chapter="改名的章")
    decks = {e.id: e.deck for e in identified(renamed, first.ledger).ledger.entries.values()}

    assert decks["svm"] == decks["svm-c"] == "书::第一章"
    assert decks["new"] == "书::改名的章"


def test_a_note_put_in_front_takes_nobodys_number() -> None:
    first = identified(TWO)
    svm, svd = TWO.questions
    third = question("第三？", "third", card("追问？", "third-card"))
    svm = replace(svm, cards=(card("更早的追问？", "earlier"), *svm.cards))
    second = numbers(identified(book(third, svm, svd), first.ledger))

    assert numbers(first).items() <= second.items()
    assert (second["third"], second["third-card"]) == ("Q003", "Q003.1")
    assert second["earlier"] == "Q001.3"


def test_a_rename_with_was_keeps_everything_but_the_id() -> None:
    first = identified(TWO)
    svm, svd = TWO.questions
    result = identified(
        book(replace(svm, id="support-vectors", was="svm"), svd), first.ledger, NOW + 1000
    )

    old, new = first.ledger.entries["svm"], result.ledger.entries["support-vectors"]
    assert (new.guid, new.number, new.deck, new.born) == (old.guid, old.number, old.deck, old.born)
    assert "svm" not in result.ledger.entries
    assert result.news == ('Q001 is now "support-vectors", before "svm"',)
    assert result.ledger.entries["svm-dual"].parent == "support-vectors"


def test_was_may_stay_in_the_notes_for_good() -> None:
    svm, svd = TWO.questions
    renamed = book(replace(svm, id="support-vectors", was="svm"), svd)
    first = identified(renamed, identified(TWO).ledger)
    again = identified(renamed, first.ledger)

    assert guids(again) == guids(first)
    assert again.news == ()


def test_the_former_id_is_free_for_another_note() -> None:
    svm, svd = TWO.questions
    renamed = identified(book(replace(svm, id="new", was="svm"), svd), identified(TWO).ledger)
    another = question("另一个 svm？", "svm")
    result = identified(book(replace(svm, id="new"), svd, another), renamed.ledger)

    assert result.identities["svm"].number == "Q003"
    assert len(set(guids(result).values())) == len(guids(result)), "a guid of its own"


def test_was_that_nobody_had_is_a_birth() -> None:
    assert numbers(identified(book(question("一？", "one", was="never"))))["one"] == "Q001"


def test_a_note_never_changes_its_type() -> None:
    ledger = identified(TWO).ledger
    changed = book(question("什么是支持向量机？", "svm", cloze("==x==", "svm-dual")))
    assert doubts(changed, ledger) == ["changed-type"]


def test_a_follow_up_may_become_a_question() -> None:
    first = identified(TWO)
    grown = book(question("为什么解对偶？", "svm-dual"))
    assert guids(identified(grown, first.ledger))["svm-dual"] == guids(first)["svm-dual"]


# ------------------------------------------------------------------------- retirement


def test_a_removed_note_retires_and_its_number_with_it() -> None:
    first = identified(TWO)
    _, svd = TWO.questions
    second = identified(book(svd), first.ledger, NOW + 1000)

    entry = second.ledger.entries["svm"]
    assert (entry.retired, entry.guid) == (NOW + 1000, first.ledger.entries["svm"].guid)
    assert "svm" not in second.identities
    assert 'Q001 "svm" is retired' in second.news

    third = identified(book(svd, question("新的？", "new")), second.ledger, NOW + 2000)
    assert numbers(third)["new"] == "Q003"
    assert third.ledger.entries["svm"] == entry, "the day it retired stands"
    assert third.news == ()


def test_a_note_that_comes_back_is_the_same_note() -> None:
    first = identified(TWO)
    gone = identified(book(TWO.questions[1]), first.ledger)
    back = identified(TWO, gone.ledger, NOW + 1000)

    assert guids(back) == guids(first)
    assert numbers(back) == numbers(first)
    assert back.ledger.entries["svm"].retired == 0
    assert 'Q001 "svm" is back' in back.news


# ------------------------------------------------------------------------- without ids


def test_a_note_without_an_id_is_known_by_its_title() -> None:
    first = identified(book(question("一？"), question("二？")))
    second = identified(
        book(question("三？"), question("二？", answer="全新的短答"), question("一？")),
        first.ledger,
    )

    assert set(guids(first).values()) < set(guids(second).values())
    assert [e.retired for e in second.ledger.entries.values()] == [0, 0, 0]


def test_an_id_given_later_keeps_the_guid() -> None:
    first = identified(book(question("一？", "", card("追？"), cloze("==空=="))))
    named = book(question("一？", "one", card("追？", "one-card"), cloze("==空==", "one-cloze")))
    second = identified(named, first.ledger)

    assert sorted(guids(second).values()) == sorted(guids(first).values())
    assert guids(second).keys() == {"one", "one-card", "one-cloze"} == second.ledger.entries.keys()


def test_another_id_is_another_note() -> None:
    first = identified(book(question("一？", "one")))
    second = identified(book(question("一？", "two", answer="全然不同的内容")), first.ledger)

    assert guids(second)["two"] != guids(first)["one"]
    assert second.ledger.entries["one"].retired


LONG = "奇异值分解把任意矩阵写成两个正交矩阵夹着一个对角矩阵，误差只由丢掉的奇异值决定。"


def test_a_reworded_question_without_an_id_is_recognised() -> None:
    first = identified(
        book(question("Adam 为什么要修正偏差？", answer="矩估计从零开始，前几步偏小。"))
    )
    again = book(
        question("动量是什么？", answer="梯度的指数平均。"),
        question("Adam 为什么需要偏差修正？", answer="矩估计从零开始，前几步偏小，所以要除。"),
    )
    second = identified(again, first.ledger)
    assert first.ids[0][0] == second.ids[0][1]
    assert second.ids[0][0] not in first.ledger.entries


def test_a_question_wholly_reworded_is_known_by_a_long_answer() -> None:
    first = identified(book(question("什么是 SVD？", answer=LONG)))
    second = identified(book(question("低秩近似怎样做到最好？", answer=LONG)), first.ledger)
    assert guids(second) == guids(first)


def test_a_reworded_cloze_keeps_its_number() -> None:
    first = identified(book(question("一？", "q", cloze("支持向量决定==间隔==的大小"))))
    second = identified(
        book(question("一？", "q", cloze("支持向量决定了==间隔==大小"))), first.ledger
    )
    assert guids(second) == guids(first)


def test_two_candidates_that_are_near_stop_the_build() -> None:
    first = identified(
        book(
            question("梯度下降的步长怎样选？", answer="看光滑常数。"),
            question("梯度下降的步长怎样定？", answer="看光滑常数。"),
        )
    )
    reworded = book(question("梯度下降的步长怎样调？", answer="看光滑常数。"))
    (problem,) = identify(reworded, first.ledger, NOW)[1]
    assert problem.code == "ambiguous-note"
    assert all(name in problem.message for name in first.ids[0])


def test_short_like_answers_make_no_twins() -> None:
    first = identified(book(question("什么是支持向量机？", answer="略")))
    second = identified(book(question("奇异值的几何意义？", answer="略")), first.ledger)
    assert guids(second) != guids(first)


def test_a_new_id_for_the_same_text_is_doubted() -> None:
    first = identified(book(question("一？", "one")))
    renamed = book(question("一？", "two"))
    (problem,) = identify(renamed, first.ledger, NOW)[1]

    assert problem.code == "renamed-without-was"
    assert "{#two was=one}" in problem.hint
    emptied = identified(book(), first.ledger)
    assert identified(renamed, emptied.ledger), "begun anew: one build without it in between"


def test_two_questions_may_have_follow_ups_of_one_wording() -> None:
    notes = book(
        question("一？", "", card("为什么？", back="因为一")),
        question("二？", "", card("为什么？", back="因为二")),
    )
    first = identified(notes)
    again = identified(notes, first.ledger)
    assert dump(again.ledger) == dump(first.ledger)

    swapped = book(*reversed(notes.questions))
    assert guids(identified(swapped, first.ledger)) == guids(first)


def test_a_new_note_in_front_does_not_take_its_namesakes_place() -> None:
    old = question("二？", "", card("为什么？", back="因为二"))
    first = identified(book(old))
    both = book(question("一？", "", card("为什么？", back="因为一")), old)

    assert guids(first).items() <= guids(identified(both, first.ledger)).items()


def test_twins_are_told_apart_by_nothing_and_need_not_be() -> None:
    twins = book(question("一？", "", card("为什么？"), card("为什么？")))
    first = identified(twins)
    assert guids(identified(twins, first.ledger)) == guids(first)

    named = book(question("一？", "", card("为什么？", "a"), card("为什么？", "b")))
    assert sorted(guids(identified(named, first.ledger)).values()) == sorted(guids(first).values())


def test_doubt_is_an_error_that_an_id_settles() -> None:
    first = identified(book(question("一？", answer="甲"), question("一？", answer="乙")))
    changed = [question("一？", answer="丙"), question("一？", answer="丁")]
    assert doubts(book(*changed), first.ledger) == ["ambiguous-note"] * 2

    old = next(iter(first.ledger.entries))
    settled = book(replace(changed[0], id="one", was=old), replace(changed[1], id="two"))
    result = identified(settled, first.ledger)
    assert guids(result)["one"] == guids(first)[old]
    assert len(set(guids(result).values())) == 2


def test_doubt_names_the_candidates() -> None:
    first = identified(book(question("一？", answer="甲"), question("一？", answer="乙")))
    (problem,) = identify(book(question("一？", answer="丙")), first.ledger, NOW)[1]

    assert problem.place == HERE
    assert "Q001" in problem.message
    assert "Q002" in problem.message
    assert "was=auto-" in problem.hint


# ------------------------------------------------------------------------- merges


def test_a_number_that_two_branches_gave_away_goes_to_the_elder() -> None:
    base = identified(TWO)
    ours = identified(
        book(*TWO.questions, question("甲？", "a", card("甲追？", "a-card"))), base.ledger, NOW + 10
    )
    theirs = identified(
        book(*TWO.questions, question("乙？", "b", card("乙追？", "b-card"))), base.ledger, NOW + 20
    )
    merged = Ledger("book", {**ours.ledger.entries, **theirs.ledger.entries})
    both = book(
        *TWO.questions,
        question("乙？", "b", card("乙追？", "b-card")),
        question("甲？", "a", card("甲追？", "a-card")),
    )
    result = identified(both, merged, NOW + 30)

    assert numbers(result)["a"] == "Q003"
    assert numbers(result)["a-card"] == "Q003.1"
    assert numbers(result)["b"] == "Q004"
    assert numbers(result)["b-card"] == "Q004.1"
    assert len(result.news) == 2
    assert identified(both, result.ledger).news == ()


# ------------------------------------------------------------------------- clozes


def test_gaps_are_numbered_in_the_ledger() -> None:
    first = identified(book(question("一？", "one", cloze("==间隔==与==核==", "c"))))
    assert first.gaps == {"c": (1, 2)}

    second = identified(
        book(question("一？", "one", cloze("==新==、==间隔==与==核==", "c"))), first.ledger
    )
    assert second.gaps == {"c": (3, 1, 2)}

    third = identified(book(question("一？", "one", cloze("==核==与==对偶==", "c"))), second.ledger)
    assert third.gaps == {"c": (2, 4)}, "neither 1 nor 3 is given again"

    written = identified(book(question("一？", "one", cloze("==7:核==", "c"))), third.ledger)
    assert written.gaps == {"c": (7,)}


# ------------------------------------------------------------------------- any history

NAMES = ("svm", "svd", "rope", "adam")


@st.composite
def editions(draw: st.DrawFn) -> Book:
    """Draw an edition of a book: which questions, in what order, with which ids and inside."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    questions: list[Question] = []
    for name in chosen:
        cards = draw(st.lists(st.sampled_from("甲乙"), unique=True, max_size=2))
        gaps = draw(st.lists(st.sampled_from(("间隔", "核函数", "松弛")), unique=True, min_size=1))
        questions.append(
            question(
                f"{name} 是什么？",
                name if draw(st.booleans()) else "",
                *(card(f"{name} {front}？") for front in cards),
                cloze(f"{name}：" + "、".join(f"=={gap}==" for gap in gaps), f"{name}-cloze"),
                answer=draw(st.sampled_from(("短答", "另一种短答"))),
            )
        )
    return book(*questions, chapter=draw(st.sampled_from(("第一章", "改名的章"))))


@given(st.lists(editions(), max_size=5))
def test_no_history_takes_an_identity_away(history: list[Book]) -> None:
    ledger = NOTHING
    owner: dict[str, tuple[str, str, str, int]] = {}
    for now, edition in enumerate(history, NOW):
        result, found = identify(edition, ledger, now)
        if found:  # in doubt the build stops, and the ledger stays as it was
            assert {problem.code for problem in found} == {"ambiguous-note"}
            continue
        ledger = result.ledger
        assert load(dump(ledger), "notes.lock") == (ledger, ())

        entries = ledger.entries.values()
        assert len({e.guid for e in entries}) == len({e.number for e in entries}) == len(entries)
        for entry in entries:
            identity = (entry.number, entry.type, entry.deck, entry.born)
            assert owner.setdefault(entry.guid, identity) == identity
        assert {e.guid for e in entries} == owner.keys(), "nobody is forgotten"
        in_book = {e.id for e in entries if not e.retired}
        assert in_book == result.identities.keys()
        assert in_book >= {c.id for q in edition.questions for c in q.clozes}
        assert in_book >= {q.id for q in edition.questions if q.id}

        again, _ = identify(edition, ledger, now + 1000)
        assert replace(again, news=()) == replace(result, news=())
        assert again.news == ()


@given(st.permutations(NAMES))
def test_order_never_matters_to_whom_a_note_is(order: list[str]) -> None:
    def ask(names: Iterable[str]) -> Book:
        return book(
            *(question(f"{name} 是什么？", "", card("为什么？", back=name)) for name in names)
        )

    first = identified(ask(NAMES))
    second = identified(ask(order), first.ledger)
    assert guids(second) == guids(first)
    assert numbers(second) == numbers(first)
