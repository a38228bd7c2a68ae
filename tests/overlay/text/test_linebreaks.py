"""Titles break where a reader of their script expects it."""

import pytest

from imagegen.overlay.text.lines.opportunities import split_parts
from imagegen.overlay.text.titles import split_clusters


def split(title: str) -> list[str]:
    parts = split_clusters(title)
    return ["".join(parts[start:end]) for start, end in split_segments(parts)]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why fan-out beats", ["Why", "fan-out", "beats"]),
        ("Tips – and tricks", ["Tips –", "and", "tricks"]),
        ("Ship it 🚀 today", ["Ship", "it 🚀", "today"]),
        ("« Bonjour »", ["«", "Bonjour »"]),
        ("Pourquoi\u00a0? Parce", ["Pourquoi\u00a0?", "Parce"]),
        ("画像を一括生成する方法：入門（第1回）", ["画像を", "一括生成する", "方法：", "入門", "（第1回）"]),
        ("เวิร์กโฟลว์แบบขนาน", ["เวิร์กโฟลว์", "แบบ", "ขนาน"]),
        ("图片，快！", ["图", "片，", "快！"]),
        ("한 번에 생성", ["한", "번에", "생성"]),
        ("Renderで作る", ["Renderで", "作る"]),
    ],
)
def test_a_title_is_cut_between_words_and_phrases(title: str, expected: list[str]) -> None:
    assert split(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("画像を", "ja"),
        ("이미지", "ko"),
        ("图片", "zh-hans"),
        ("圖片說明", "zh-hant"),
        ("図書館", "ja"),
        ("Go", "zh-hans"),
    ],
)
def test_the_language_of_chinese_characters_is_told_by_their_forms(title: str, expected: str) -> None:
    assert detect_language(title) == expected
