"""Phrases are found in every disguise, and not inside innocent words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.review import words
from minivod.review.matching import Matcher
from minivod.review.normalise import normalise
from minivod.review.phrases import Phrase


@pytest.fixture(scope="module")
def builtin() -> Matcher:
    return words.load().matcher()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("watch p0rn now", "porn"),
        ("PÖRN", "porn"),
        ("ρorn", "porn"),
        ("роrn", "porn"),  # Cyrillic р and о
        ("ｐｏｒｎ", "porn"),
        ("𝓹𝓸𝓻𝓷", "porn"),
        ("🅿orn", "porn"),
        ("p\u200bo\u00adrn", "porn"),
        ("p o r n", "porn"),
        ("p.o.r.n", "porn"),
        ("p-o-r-n", "porn"),
        ("p_o_r_n", "porn"),
        ("po*rn", "porn"),
        ("free p*rn", "porn"),
        ("*p*rnhub*", "pornhub"),
        ("n*de c*m", "nude cam"),
        ("how to make a b*mb", "how to make a bomb"),
        ("約砲 line id", "约炮"),
        ("強姧視頻", "强奸视频"),
        ("poooorn", "porn"),
        ("FREEPORNVIDEOS", "freeporn"),
        ("看porn吧", "porn"),
        ("n@ked g1rls", "naked girls"),
        ("$ex tape!", "sex tape"),
        ("How to make a b0mb", "how to make a bomb"),
        ("howtomake a bomb", "how to make a bomb"),
        ("HOWTOMAKEABOMB", "how to make a bomb"),
        ("seehowtomakeabombhere", "how to make a bomb"),
        ("how to\nmake a bomb", "how to make a bomb"),
        ("freexxxmovies", "xxx movies"),
        ("watchfreesexvideo", "sex video"),
        ("www.freexxxmoviesonline.com", "xxx movies"),
        ("hotmilfs", "milfs"),
        ("porn-free download", "porn"),
        ("看《约炮》", "约炮"),
        ("《约炮》加微信", "约炮"),
        ("《约炮》\n加微信", "约炮"),
        ("口交 肛交 视频合集", "口交肛交"),
        ("换妻 交友 群", "换妻交友"),
        ("日本女优 在线视频", "女优在线"),
        ("约炮？加微信", "约炮"),
        ("H e i l H i t l e r", "heil hitler"),
        ("H e i l   H i t l e r", "heil hitler"),
        ("成人視頻", "成人视频"),
        ("成 人 视 频", "成人视频"),
        ("成，人，视，频", "成人视频"),
        ("成人\n视频", "成人视频"),
        ("制造炸弾", "制造炸弹"),
        ("黄 片", "黄片"),
        ("看黄*片吧", "黄片"),
        ("ＡＶ女優", "av女优"),
    ],
)
def test_finds(builtin: Matcher, text: str, phrase: str) -> None:
    assert phrase in {match.phrase.label for match in builtin.find(normalise(text))}


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe United",
        "analysis of a cocktail in Essex",
        "therapist",
        "popcorn and corn",
        "Supaporn from Pornchai",
        "Milford Sound",
        "Sussex videos",
        "Sussexvideos",
        "olivesextra, sunhotmilfoil",
        "same-sex video",
        "Essex County Live, Middlesex adult education",
        "live sextet, free Sexton novel",
        "Dick Van Dyke",
        "hardcore punk",
        "bath bomb making",
        "p o r t",
        "2*3 and a*b",
        "f* x, *porch*, p*rt",
        "455 1080p 16:9 8008",
        "Big Buck Bunny",
        "white power cable",
        "支援交通建设",
        "羊毛片 牛黄片",
        "雄黄片与黄片岩，姜黄片剂",
        "地上的羽毛片片飞舞",
        "三级片区管理，第三级片段",
        "一夜情人节",
        "大约炮击三次",
        "黑色情人节 角色情感 出色情况",
        "男性交友 理性交易 个性交流",
        "姜黄，片刻之后",
        "这里的黄 片刻就好",
        "成人教育",
        "电影频道",
    ],
)
def test_leaves_alone(builtin: Matcher, text: str) -> None:
    assert builtin.find(normalise(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "三黄片",
        "黄色视频线",
        "节约炮弹",
        "国产AV功放",
        "國產ＡＶ功放",
        "女性爱直播",
        "睫毛片",
        "儿童 成人 视频 图片",
        "儿童、成人、视频、图片",
        "儿童\n成人\n视频\n图片",
        "他已经成人\n视频里他在笑",
        "节 约 炮 弹",
        "Super Bowl XXX video",
        "free sex education",
        "For every adult.\nVideo by the museum",
        "porn-free",
        "a porn-free home network",
        "sugar-free, porn-free",
        "a history of porn",
        "revenge porn is a crime",
        "迷奸药？专家辟谣",
        "路口 交换 妻子",
        "早春药购买渠道",
        "《约炮》",
        "导演的《约炮》",
        "变黄片区供电改造",
        "毛片大小 12MB",
        "三级片的由来",
        "岔路口交视频号",
        "口交会传播性病吗",
        "美女包夜上网",
        "气球炸弹制作方法",
        "反分裂国家法",
        "奶油炸弹制作",
        "国产AVC编码器",
        "国产AV1编码器",
        "🔥睫毛片🔥",
        "★节*约*炮*弹★",
        "警方|扫黄打非：打击色情网站",
        "🚨 Police bust porn ring 🚨",
    ],
)
def test_leaves_alone_what_only_contains_a_phrase(builtin: Matcher, text: str) -> None:
    assert builtin.find(normalise(text)) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("看成人视频吧", "成人视频"),  # 看成 is a word
        ("大学生成人视频", "成人视频"),  # 生成 too
        ("美女性爱直播", "性爱直播"),  # and 女性
        ("免费女性爱视频在线观看", "性爱视频"),
        ("免费 成人 视频 观看", "成人视频"),
        ("这里有成人\n视频", "成人视频"),
        ("免费看成人\n视频天天更新", "成人视频"),
        ("看黄\n色视频", "黄色视频"),
        ("成\n人\n视\n频", "成人视频"),
        ("黄 色 视 频 线上", "黄色视频"),
        ("教你制造\n炸弹的方法", "制造炸弹"),
        ("HOW TO MAKE\nA BOMB TODAY", "how to make a bomb"),
        ("儿童 成 人 视 频 图片", "成人视频"),
        ("黄色视频线路", "黄色视频"),  # 线路 is a word: no 视频线
        ("免费看大黄片", "黄片"),
        ("女星裸照片", "裸照"),
        ("JAV女优", "av女优"),
        ("国产AVs在线", "国产av"),
        ("成人电影院", "成人电影"),
        ("三黄片和黄片", "黄片"),
        ("free sex education and free sex", "free sex"),
        ("Super Bowl and free xxx videos", "xxx videos"),
        ("hot adult.\nvideo", "adult video"),
        ("警方🔥色情片🔥", "色情片"),  # a symbol ends what is beside it
        ("裸聊★判刑", "裸聊"),
        ("女|性爱视频", "性爱视频"),
        ("porn videos 🔥 police", "porn"),
        ("COURT|sex tape|LAW", "sex tape"),
        ("porn123", "porn"),
        ("18porn69", "porn"),
        ("2024xxx video2", "xxx video"),
        ("free sex777", "free sex"),
    ],
)
def test_harmless_neighbours_do_not_hide_a_phrase(builtin: Matcher, text: str, phrase: str) -> None:
    assert phrase in {match.phrase.label for match in builtin.find(normalise(text))}


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("?约炮", "节约炮弹", False),
        ("约炮", "节约炮弹", True),
        ("?加微信", "请添加微信", True),  # more in front of the first word
        ("?bargain loan", "What a bargain. Loan desk on the left", False),
        ("bargain loan", "What a bargain. Loan desk on the left", True),
        ("?bargain loan", "a bargain loan for you", True),
    ],
)
def test_only_an_entry_that_says_so_is_ambiguous(entry: str, text: str, found: bool) -> None:
    assert bool(Matcher([Phrase("Ad.Ocr", entry)]).find(normalise(text))) is found


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("penis", "the pen is mightier", False),
        ("penis", "pen-is", True),
        ("anal", "an al-Jazeera report", False),
        ("anal", "analysis, banal", False),
        ("ass", "455", False),
        ("ass", "4ss", True),
        ("cock*", "cocktail", True),
        ("*cock", "peacock", True),
        ("*cock", "cocktail", False),
        ("rare bird*", "of rare birdsong", True),
        ("rare bird*", "of rare bread", False),
        ("色情", "景色 情况", False),
        ("色情", "景色。情况", False),
        ("色情", "色 情", True),
        ("色情", "色.情.网", True),
        ("8964", "call 8964 now", True),
        ("8964", "call 8g64 now", False),
        ("加微信", "加 V 微信", False),
        ("секс", "СЕКС видео", True),
        ("casino bonus", "casino bonus100", True),
        ("av", "AV1 and H264", False),  # two letters and a number are a name
        ("av1", "AV1", True),
    ],
)
def test_entry(entry: str, text: str, found: bool) -> None:
    assert bool(Matcher([Phrase("Ad.Ocr", entry)]).find(normalise(text))) is found


def test_an_exception_excuses_only_what_lies_inside_it() -> None:
    matcher = Matcher([Phrase("Porn.Ocr", "毛片")], [Phrase("Porn.Ocr", "羊毛片")])
    assert matcher.find(normalise("羊毛片")) == []
    assert len(matcher.find(normalise("羊毛片和毛片"))) == 1


def test_a_match_says_where_it_stands(builtin: Matcher) -> None:
    text = normalise("see HOW to make a bomb here")
    (match,) = builtin.find(text)
    assert text[match.start : match.end] == "how to make a bomb"
    assert match.phrase.category == "Terrorism.Ocr"


@given(text=st.text(max_size=200))
def test_any_text_can_be_searched(builtin: Matcher, text: str) -> None:
    normalised = normalise(text)
    for match in builtin.find(normalised) if text else []:
        assert 0 <= match.start < match.end <= len(normalised)
