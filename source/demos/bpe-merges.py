"""BPE：从字母出发，一次合并一对

在《爱丽丝漫游奇境》第一章的开头真正学习合并，再去切第二章的开头。上：合并次数越多，每个词切成的段越少；
训练文本趋近一词一段，新文本先停住，再多的合并只是在背训练文本里的词。下：没见过的词怎样被切开，
词尾记作“_”。它们都由见过的片段拼成，所以没有未知词。
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from bindery.demos.style import MUTED, NAVY, RED, label, new_figure

ALT = (
    "上图横轴是合并次数，纵轴是平均每词几段：训练文本的曲线一路降到 1 附近，新文本的曲线降到 2 以下"
    "就几乎走平。下图把三个新词画成方框：不合并时一字母一格，合并越多格子越少，露出词尾 er 与 ed。"
)
INPUTS = ("demos/alice.txt",)
MERGES, SHOWN, WORDS = 500, (0, 50, 200, 500), ("curiouser", "stockings", "surprised")


def learn(words, merges):
    """words: Counter of words -> the merges in order, each ((left, right), count)"""
    splits = {word: (*word, "_") for word in words}  # "_" ends a word
    learned = []
    for _ in range(merges):
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(splits[word], splits[word][1:], strict=False):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))  # ties: by the alphabet
        learned.append((best, pairs[best]))
        splits = {word: merge(split, best) for word, split in splits.items()}
    return learned


def merge(split, pair):
    """Join every occurrence of the pair, from left to right."""
    joined = []
    for symbol in split:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] += symbol
        else:
            joined.append(symbol)
    return tuple(joined)


def segments(words, learned):
    """Mean number of segments a word after 0, 1, 2 … merges, and the splits after each."""
    splits = [{word: (*word, "_") for word in words}]
    for pair, _ in learned:
        splits.append({word: merge(split, pair) for word, split in splits[-1].items()})
    means = [sum(len(each[w]) * n for w, n in words.items()) / words.total() for each in splits]
    return means, splits


def compute(device):  # counting letters: the device has nothing to do
    del device
    _, *chapters = Path(INPUTS[0]).read_text(encoding="utf-8").split("CHAPTER")
    texts = [chapter.partition("\n")[2].lower() for chapter in chapters]  # without its title
    train, fresh = (Counter(re.findall("[a-z]+", text)) for text in texts)
    learned = learn(train, MERGES)
    train_means, _ = segments(train, learned)
    fresh_means, splits = segments(fresh, learned)
    letters = {letter for word in train for letter in word}
    assert all(set(word) <= letters for word in fresh), "a letter never seen"
    assert all("".join(split) == word + "_" for word, split in splits[MERGES].items())
    assert all(word not in train for word in WORDS), "not a new word"
    return {
        "train_means": np.array(train_means),
        "fresh_means": np.array(fresh_means),
        "first_merges": [f"{left}+{right}（{count}）" for (left, right), count in learned[:6]],
        "useful_merges": sum(count > 1 for _, count in learned),
        "splits": [[" ".join(splits[number][word]) for number in SHOWN] for word in WORDS],
        "train_words": train.total(),
        "train_types": len(train),
        "fresh_words": fresh.total(),
        "unseen_words": sum(count for word, count in fresh.items() if word not in train),
        "vocabulary": len(letters) + 1 + len({left + right for (left, right), _ in learned}),
    }


def draw(values):
    figure, (above, below) = new_figure(height=4.6, rows=2, height_ratios=(1, 1.45))
    above.plot(values["train_means"], "-", color=NAVY)
    above.plot(values["fresh_means"], "--", color=RED)
    label(above, "没见过的文本", (MERGES, 2.2), colour=RED, ha="right", va="center")
    label(above, "训练文本", (150, 1.25), colour=NAVY, ha="right", va="center")
    useful = values["useful_merges"]
    above.axvline(useful, color=MUTED, linewidth=0.8, linestyle=":")
    label(above, "此后每对\n只出现一次", (useful + 8, 4.3), colour=MUTED, va="center")
    above.set(xlabel="合并次数", ylabel="平均每词几段", ylim=(0.8, 5.2), yticks=(1, 2, 3, 4, 5))
    below.axis("off")  # boxes, drawn by hand
    row = 0
    for word, splits in zip(WORDS, values["splits"], strict=True):
        label(below, word, (0, row), va="center")
        for number, split in zip(SHOWN, splits, strict=True):
            row += 1
            below.text(0, row, f"合并 {number} 次", color=MUTED, va="center", fontsize=7)
            x = 3.2
            for token in split.split():
                width = 0.62 * len(token) + 0.25
                below.barh(row, width, 0.76, left=x, color="#e3ecf6", edgecolor=NAVY)
                style = {"ha": "center", "va": "center_baseline", "family": "monospace"}
                below.text(x + width / 2, row, token, fontsize=7, **style)
                x += width + 0.12
        row += 1.35
    below.set(xlim=(0, 13.2), ylim=(row - 0.7, -0.6))
    return figure


def results(values):
    unseen = values["unseen_words"] / values["fresh_words"]
    yield "训练文本", f"{values['train_words']} 个词，{values['train_types']} 种"
    yield "新文本里没见过的词", f"{values['unseen_words']} 个，占 {unseen:.1%}；切成子词后为 0"
    yield "最先的合并（次数）", "，".join(values["first_merges"])
    yield f"{MERGES} 次合并之后的词表", f"{values['vocabulary']} 个符号"
    yield "合并时至少出现两次的对", f"前 {values['useful_merges']} 次合并"
