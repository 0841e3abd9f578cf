"""Radicals that text taken from a PDF holds in place of the characters they look like.

The Kangxi radicals (U+2F00 to U+2FD5) decompose in Unicode. Those of the CJK Radicals Supplement
do not, save two; their equivalents are Unicode's (EquivalentUnifiedIdeograph.txt).
"""

from __future__ import annotations

import unicodedata

_SUPPLEMENT = dict(
    zip(
        "⺀⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
        "冫厂乛乚乙亻冂几刀刂卜㔾小小兀尣尢尣巳幺彑彐忄㣺扌攵旡日月歺民氵氺灬爫爫丬牛犭王疋目示礻竹糸纟网罒网罓网羊羊𦍌耂聿聿月臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶邑钅長镸长门阜阝雨青韦页风飞食飠飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟亀",
        strict=True,
    )
)

# Where Unicode names the form of Taiwan, and fonts of the mainland draw their own.
_MAINLAND = {"⼾": "户"}


def character_of(radical: str) -> str:
    """Return the character that a radical stands for, or "" when Unicode knows none."""
    plain = _MAINLAND.get(radical) or unicodedata.normalize("NFKC", radical)
    return plain if plain != radical else _SUPPLEMENT.get(radical, "")
