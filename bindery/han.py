"""Which characters are Han or belong to Chinese typesetting."""

from __future__ import annotations

import re

# What is read as Chinese: ideographs and kana, no punctuation; for use inside [ ] of a pattern.
LETTERS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(
    "[\u1100-\u11ff\u2e80-\u303e\u3040-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\u2018\u2019\u201c\u201d\u2014\u2026\U00020000-\U0003fffd]"
)
