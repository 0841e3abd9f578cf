"""Titles: the marks around them, the numbers before them, and whether they ask something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_HAN_NUMBER = "一二三四五六七八九十百零〇两"
NUMBER = re.compile(
    rf"""\s*(?:
    [Qq]\s?\d+(?:\s*[·.:：、,，)）\]—|-]\s*|\s+)
    |[Qq]\s*[:：]\s*
    |(?:问题|面试题|题目?|问)\s*(?:\d+|[{_HAN_NUMBER}]+)?\s*[:：.、]\s*
    |第\s*(?:\d+|[{_HAN_NUMBER}]+)\s*[题问章节讲部分篇]+(?:\s*[:：、.·]\s*|\s+)
    |【\s*(?:[{_HAN_NUMBER}]+|\d+)\s*】\s*
    |\d+(?:\.\d+)+(?:\s*[.、．)）:：]\s*|\s+|(?=[^\s\d.%％A-Za-z]))
    |\d{{1,3}}\s*(?:[.．](?!\d)|[、)）])\s*
    |[{_HAN_NUMBER}]+\s*[、.．]\s*
    |[（(]\s*(?:\d+|[{_HAN_NUMBER}]+)\s*[)）]\s*
    )""",
    re.VERBOSE,
)
_LONE = re.compile(r"\s*(\d{1,3})\s+(?=\S)")
_ENDS = re.compile(r"[?？]\s*[)）\"”'’』」]*\s*$")
_ASKS = re.compile(
    r"""^(?:请|什么|为什么|为何|如何|怎么|怎样|哪|是否|能否|能不能|有没有|谈|说说|说一|讲|介绍|简述|解释
    |阐述|描述|列举|比较|对比|简单(?:说|介绍|描述)|试|推导|证明|手写|手撕
    |(?:what|why|how|when|where|which|who|explain|describe|compare|define|derive|prove|discuss
    |tell|is|are|do|does|did|can|could|should|would|will|has|have)\b)
    |是什么|是啥|有哪些|有什么|的区别|怎么|如何|怎样|为什么|为何|多少|哪些|吗$|呢$""",
    re.VERBOSE | re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_SIGNS = re.compile(r"[\W_]+")
_PART_OF_ANSWER = frozenset(
    """原理 代码 示例 例子 举例 案例 优点 缺点 优缺点 优势 劣势 总结 小结 结论
    步骤 流程 过程 公式 推导
    实现 代码实现 背景 定义 概念 解释 分析 注意 注意事项 补充 扩展 拓展 应用 应用场景
    使用场景 场景 区别 联系
    对比 比较 特点 作用 答案 回答 解答 解析 参考答案 思路 方法 方案 参考 参考资料 参考链接
    复杂度 复杂度分析
    直观理解 几何解释 面试追问 追问 要点 核心要点
    answer solution code example examples summary pros cons notes note references explanation
    implementation complexity conclusion""".split()
)
_NO_QUESTION = frozenset(
    """前言 引言 序 序言 绪论 导言 导读 目录 大纲 参考文献 参考 参考资料 参考链接 附录
    致谢 更新日志 写在前面
    写在最后 后记 关于 关于本文 关于作者 联系我们 许可 许可证 贡献 说明 简介 介绍 相关链接 推荐阅读
    license references acknowledgements acknowledgments preface contents introduction
    contributing changelog about appendix readme resources""".split()
)
_FOLD_LABEL = re.compile(
    r"(?:点击|点我|单击|点此)?(?:查看|展开|显示|揭晓|收起|折叠|/|、)*(?:参考|正确|详细)?(?:答案|解答|回答|解析|详情|详解|展开|内容)?"
    r"|(?:click\s+(?:here\s+)?)?(?:to\s+)?(?:(?:show|see|view|reveal|expand)\s*)?(?:the\s+)?"
    r"(?:answer|solution|details?|more)?",
    re.IGNORECASE,
)


def bare(title: str) -> str:
    """Return a title without markup and number, for comparing: letters and digits, lower case."""
    text = _TAG.sub("", _LINK.sub(r"\1", title)).replace("*", "").replace("`", "")
    match = NUMBER.match(text) or _LONE.match(text)
    return _SIGNS.sub("", text[match.end() :] if match else text).lower() or _SIGNS.sub("", text)


def visible(title: str) -> str:
    """Return a title as it reads: without tags, link addresses and emphasis."""
    return _TAG.sub("", _LINK.sub(r"\1", title)).replace("*", "").replace("`", "").strip()


def number_of(title: str) -> str:
    """Return the number that a title begins with, with what separates it, or ""."""
    match = NUMBER.match(title)
    return match[0] if match and title[match.end() :].strip() else ""


def lone_number(title: str) -> str:
    """Return a bare integer before a title ("1 线性模型"); it is a number if its fellows are."""
    match = _LONE.match(title)
    return match[0] if match else ""


def asks(title: str) -> bool:
    """Say whether a title has the shape of a question."""
    text = visible(title)
    text = text[len(number_of(text)) :]
    return bool(_ENDS.search(text) or _ASKS.search(text))


def is_part_of_answer(title: str) -> bool:
    """Say whether a title is a word that stands above a part of an answer."""
    return bare(title) in _PART_OF_ANSWER


def is_no_question(title: str) -> bool:
    """Say whether a title is a word that stands above what is no question."""
    return bare(title) in _NO_QUESTION


def is_fold_label(title: str) -> bool:
    """Say whether the summary of a fold only says that an answer is folded there."""
    text = visible(title).strip(" :：。.…👇⬇️▶")
    return bool(text) and bool(_FOLD_LABEL.fullmatch(text))


def share_numbered(titles: Sequence[str]) -> float:
    """Return which part of the titles begins with a number."""
    return sum(bool(number_of(visible(t))) for t in titles) / len(titles) if titles else 0.0


def counts_on(titles: Sequence[str]) -> bool:
    """Say whether bare integers before titles count on from one to the next."""
    numbers = [int(m[1]) for t in titles if (m := _LONE.match(visible(t)))]
    following = sum(b in (a + 1, 1) for a, b in pairwise(numbers))
    return len(numbers) >= 2 and len(numbers) >= 0.6 * len(titles) and following == len(numbers) - 1
