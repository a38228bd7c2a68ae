"""Titles break where a reader of their script expects it."""

import pytest

from imagegen.overlay.text.fonts import CJK
from imagegen.overlay.text.lines.opportunities import Break, split_parts
from imagegen.overlay.text.lines.phrases import choose_han_language, detect_language
from imagegen.overlay.text.titles import parse
from imagegen.overlay.text.typeset import typeset


def split(title: str) -> list[str]:
    text = parse(title)
    return ["".join(text.clusters[part.start : part.end]) for part in split_parts(text.clusters, text.hidden)]


def rate(title: str) -> list[Break]:
    """The quality of each break of a title."""
    text = parse(title)
    return [part.before for part in split_parts(text.clusters, text.hidden)][1:]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why fan-out beats", ["Why", "fan-out", "beats"]),
        ("Tips – and tricks", ["Tips –", "and", "tricks"]),
        ("Ship it 🚀 today", ["Ship", "it 🚀", "today"]),
        ("« Bonjour »", ["« Bonjour »"]),
        ("« Bonjour le monde » : comment", ["« Bonjour", "le", "monde » :", "comment"]),
        ("(mais) : lisez", ["(mais) :", "lisez"]),
        ("C++ ; et après ?", ["C++ ;", "et", "après ?"]),
        ("Anticonstitutionnellement ! Oui", ["Anticonstitutionnellement !", "Oui"]),
        ("Learn .NET now", ["Learn", ".NET", "now"]),
        ("C++ – and (more) — yes", ["C++ –", "and", "(more) —", "yes"]),
        ("– Hello you", ["– Hello", "you"]),
        ("TCP / IP", ["TCP /", "IP"]),
        ("30 °C, 10 % und 30 € heute", ["30 °C,", "10 %", "und", "30 €", "heute"]),
        ("စကား၍ ဘာသာ ၏ ၎င်း", ["စကား၍", "ဘာသာ ၏ ၎င်း"]),
        ("စကား။ ဘာသာ၊", ["စကား။", "ဘာသာ၊"]),
        ("【2025年版】入門", ["【2025年版】", "入門"]),
        ("【 2025年版 】 入門", ["【 2025年版 】", "入門"]),
        ("Python3入門", ["Python3", "入門"]),
        ("Pourquoi\u00a0? Parce", ["Pourquoi\u00a0?", "Parce"]),
        ("画像を一括生成する方法：入門（第1回）", ["画像を", "一括", "生成する", "方法：", "入門", "（第1回）"]),
        ("霞が関の官僚が使う", ["霞が関の", "官僚が", "使う"]),
        ("𠮷野家の本", ["𠮷野家の", "本"]),
        ("東京国際空港", ["東京", "国際", "空港"]),
        ("เวิร์กโฟลว์แบบขนาน", ["เวิร์กโฟลว์", "แบบ", "ขนาน"]),
        ("រូបភាពរាប់រយ", ["រូបភាព", "រាប់", "រយ"]),
        ("ຮູບພາບຫຼາຍຮ້ອຍ", ["ຮູບພາບ", "ຫຼາຍ", "ຮ້ອຍ"]),
        ("မြန်မာဘာသာစကား", ["မြန်မာဘာသာ", "စကား"]),
        ("图片，快！", ["图片，", "快！"]),
        ("人工智能改变世界", ["人工", "智能", "改变", "世界"]),
        ("分布式数据库的未来", ["分布式", "数据库的", "未来"]),
        ("在世界上", ["在世界上"]),
        ("한 번에 생성", ["한", "번에", "생성"]),
        ("Renderで作る", ["Renderで", "作る"]),
        ("Küchentisch-Kubernetes", ["Küchentisch-", "Kubernetes"]),
        ("e-mail and X-ray", ["e-mail", "and", "X-ray"]),
        ("Bei\u00adspiel", ["Bei", "spiel"]),
        ("one\u200btwo", ["one", "two"]),
        ("画像\u2060を一括", ["画像を", "一括"]),
        ("🚀🎉💡", ["🚀🎉💡"]),
        ("🚀🎉💡🚀🎉", ["🚀🎉", "💡", "🚀🎉"]),
        ("增长5.0%左右，居民收入", ["增长", "5.0%左右，", "居民", "收入"]),
        ("Go言語 を学ぶ", ["Go", "言語 を", "学ぶ"]),
        ("Docker と Kubernetes の違い", ["Docker と", "Kubernetes の", "違い"]),
        ("東京 とても 好き", ["東京", "とても", "好き"]),
        ("בגדול־ביותר", ["בגדול־", "ביותר"]),
    ],
)
def test_a_title_is_cut_between_words_and_phrases(title: str, expected: list[str]) -> None:
    assert split(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("I use it", [Break.STRANDED, Break.PLAIN]),
        ("The art of code", [Break.STRANDED, Break.PLAIN, Break.STRANDED]),
        ("Rust. It got: slow, yes", [Break.LIKED, Break.STRANDED, Break.LIKED, Break.LIKED]),
        ("Das Haus der Dinge", [Break.STRANDED, Break.PLAIN, Break.STRANDED]),
        ("война и мир в доме", [Break.PLAIN, Break.STRANDED, Break.PLAIN, Break.STRANDED]),
        ("vitamin C for all", [Break.PLAIN, Break.PLAIN, Break.STRANDED]),
        ("Rust & Go", [Break.PLAIN, Break.STRANDED]),
        ("Run 42.195 km now", [Break.PLAIN, Break.STRANDED, Break.PLAIN]),
        ("90 min or 16 GB", [Break.STRANDED, Break.PLAIN, Break.STRANDED, Break.STRANDED]),
        ("30 € / mois", [Break.STRANDED]),
        ("10 000 lines", [Break.STRANDED, Break.PLAIN]),
        ("5 kg, please", [Break.STRANDED, Break.LIKED]),
        ("Mr. Smith", [Break.STRANDED]),
        ("„Dr. Jones, Mrs. May, Ms. Lee, St. Paul", [Break.STRANDED, Break.LIKED] * 3 + [Break.STRANDED]),
        ("No. 5, Nr. 5, Fig. 3, p. 5", [Break.STRANDED, Break.LIKED] * 3 + [Break.STRANDED]),
        ("No. It fails", [Break.LIKED, Break.STRANDED]),
        ("Only 1 \u00b5s, 1 \u03bcs", [Break.PLAIN, Break.STRANDED, Break.LIKED, Break.STRANDED]),
        ("2 Ω, 4.7 kΩ, 3 mm²", [Break.STRANDED, Break.LIKED] * 2 + [Break.STRANDED]),
        ("5 млрд рублей", [Break.STRANDED, Break.PLAIN]),
        ("1.500 tỷ đồng", [Break.STRANDED, Break.PLAIN]),
        ("$5 billion, 3 Mio. Euro", [Break.STRANDED, Break.LIKED, Break.STRANDED, Break.LIKED]),
        ("Live 3 p.m. today", [Break.PLAIN, Break.STRANDED, Break.LIKED]),
        ("Jeudi 3 juin", [Break.PLAIN, Break.STRANDED]),
        ("Before 15 June, June 15", [Break.PLAIN, Break.STRANDED, Break.LIKED, Break.STRANDED]),
        ("Am 3. Juni", [Break.STRANDED, Break.STRANDED]),
        ("१५ जून को", [Break.STRANDED, Break.PLAIN]),
        ("15 июня, 3 czerwca", [Break.STRANDED, Break.LIKED, Break.STRANDED]),
        ("ngày 15 tháng 6", [Break.STRANDED] * 3),
        ("rule 5 may fail", [Break.PLAIN] * 3),
        ("by J. R. R. Tolkien", [Break.STRANDED] * 4),
        ("the U.S. Army", [Break.PLAIN, Break.STRANDED]),
        ("iPhone 17 Pro, Galaxy 25 Plus Ultra", [Break.INSIDE, Break.INSIDE, Break.LIKED, *[Break.INSIDE] * 3]),
        ("TypeScript 5.9 ships", [Break.INSIDE, Break.PLAIN]),
        ("Learn React 19: here", [Break.PLAIN, Break.INSIDE, Break.LIKED]),
        ("Python v3.14rc1 beats 10 others", [Break.INSIDE, *[Break.PLAIN] * 3]),
        ("كتاب و قلم", [Break.PLAIN, Break.STRANDED]),
        ("one\ntwo", [Break.FORCED]),
        ("one \r\n two", [Break.FORCED]),
        ("Kilo-Meter", [Break.INSIDE]),
        ("画像を一括生成する", [Break.PLAIN, Break.INSIDE]),
        ("人工智能正在改变世界", [Break.INSIDE, *[Break.PLAIN] * 3]),
        ("Bei\u00adspiel", [Break.HYPHENATED]),
        ("方法：入門", [Break.LIKED]),
        ("Great work! 🚀", [Break.PLAIN, Break.STRANDED]),
        ("Internationalization 🚀", [Break.STRANDED]),
        ("Great work! 🚀 Go", [Break.PLAIN, Break.LIKED, Break.PLAIN]),
    ],
)
def test_a_break_is_rated_by_what_it_parts(title: str, expected: list[Break]) -> None:
    assert rate(title) == expected


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


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *(("ja", "ja"), ("ko-kr", "ko"), ("zh", "zh-hans"), ("zh-tw", "zh-hant"), ("zh-hant-hk", "zh-hant")),
        *(("yue", "zh-hant"), ("zh-hans-tw", "zh-hans"), ("de", "zh-hans"), ("", "zh-hans")),
    ],
)
def test_a_tag_decides_on_the_forms_of_chinese_characters(tag: str, expected: str) -> None:
    assert choose_han_language(tag, "直接") == expected
    assert typeset("直接", "inter", language=tag).fonts[0] == CJK[expected]
