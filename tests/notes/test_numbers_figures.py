"""The numbers that the notes on SVD and RoPE quote from their figures, read from the records."""

from __future__ import annotations

import re

from tests.notes.reading import SOURCE, record


def paragraph(file: str, slug: str) -> str:
    """The paragraph that stands before a figure."""
    text = (SOURCE / file).read_text(encoding="utf-8")
    found = re.search(rf"([^\n]+)\n\n!\[[^\n]*\]\(demo:{slug}\)", text)
    assert found, f"{file} has no figure {slug}"
    return found[1]


def test_svd_figure() -> None:
    text, values = paragraph("10-machine-learning.md", "svd-compression"), record("svd-compression")
    rows, columns = len(values["original"]), len(values["original"][0])
    assert f"${rows}\\times{columns}$ 的灰度照片有 {rows * columns} 个数" in text
    at = values["ranks"].index(11)
    stored = values["stored"][at]
    assert stored == 11 * (rows + columns + 1)
    assert f"11\\times({rows}+{columns}+1)={stored}$ 个" in text
    assert f"（{stored / (rows * columns):.0%}）" in text
    assert f"能量占 {values['energy'][at]:.1%}" in text
    assert f"相对 Frobenius 误差 {values['frobenius'][at]:.1%}" in text
    assert f"已占 {values['energy_of_mean']:.1%}" in text
    assert f"$k=3$ 的 {values['energy'][values['ranks'].index(3)]:.1%}" in text
    assert f"$k>{values['break_even']}$" in text


def test_rope_figure() -> None:
    text, values = paragraph("40-transformer.md", "rope-rotation"), record("rope-rotation")
    mean, back = values["mean"], values["back"]
    assert f"$d={values['d']}$" in text
    assert f"{values['pairs']} 个向量" in text
    assert f"距离 0 的 {mean[0]:.0f} 降到 64 处的 {mean[64]:.3f}" in text
    assert f"128 处的 {mean[128]:.3f}，256 处又回到 {mean[256]:.3f}" in text
    assert f"平移到 {values['shifts']} 处，分数相差不到 $10^{{-12}}$" in text
    assert values["deviation_float64"] < 1e-12
    assert f"距离 {back} 的分数为 {values['adjacent'][back]:.3f}" in text
    assert f"用错便只剩 {values['mixed'][back]:.3f}" in text
    assert values["adjacent"] == values["permuted"]
