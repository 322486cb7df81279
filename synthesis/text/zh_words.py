"""The Mandarin word lists behind sandhi, erhua and counting, and the simplified-character table."""

from functools import cache

from synthesis.text.packaged_tables import literal

QUANTIFIERS: tuple[str, ...] = (
    "千万",
    "百万",
    "小时",
    *(
        "万丈世丘丝两个丸亩人亿代令件伏位例元克公冬出刀分列刻勺匹十千升单卮厘双叠口只台合名吨周啖"
        "回场块坡堂堆堵墙壳壶处夏夜天头套季客家寸对寻封尺尾层山岁岭常幅幢平年床座张微忽户所手扎打"
        "批把担挑捆撮支斗斛斤方日旬时春曲更月本朵条杯板枚枝架栋株根桶棵段毛毫江泡注溪炮煲片瓶百盆"
        "盏盒盘目石砣碗碟秋秒程窠笼管箩箱篇篮簋米粒纪线罐网罗美群脚腔艘袋袭角课贯贴趟跳身辆辈道里"
        "针钟钧钱钵铢铺锅锱间阙队阵面页顶项颗首"
    ),
)

# Order matters: a unit is replaced before the longer one that follows it, as checkpoints expect.
UNITS: tuple[tuple[str, str], ...] = (
    ("cm2", "平方厘米"),
    ("cm²", "平方厘米"),
    ("cm3", "立方厘米"),
    ("cm³", "立方厘米"),
    ("cm", "厘米"),
    ("db", "分贝"),
    ("ds", "毫秒"),
    ("kg", "千克"),
    ("km", "千米"),
    ("m2", "平方米"),
    ("m²", "平方米"),
    ("m³", "立方米"),
    ("m3", "立方米"),
    ("ml", "毫升"),
    ("m", "米"),
    ("mm", "毫米"),
    ("s", "秒"),
)

SYMBOL_READINGS: dict[str, str] = {
    "α": "阿尔法",
    "β": "贝塔",
    "γ": "伽玛",
    "Γ": "伽玛",
    "δ": "德尔塔",
    "Δ": "德尔塔",
    "ε": "艾普西龙",
    "ζ": "捷塔",
    "η": "依塔",
    "θ": "西塔",
    "Θ": "西塔",
    "ι": "艾欧塔",
    "κ": "喀帕",
    "λ": "拉姆达",
    "Λ": "拉姆达",
    "μ": "缪",
    "ν": "拗",
    "ξ": "克西",
    "Ξ": "克西",
    "ο": "欧米克伦",
    "π": "派",
    "Π": "派",
    "ρ": "肉",
    "ς": "西格玛",
    "Σ": "西格玛",
    "σ": "西格玛",
    "τ": "套",
    "υ": "宇普西龙",
    "φ": "服艾",
    "Φ": "服艾",
    "χ": "器",
    "ψ": "普赛",
    "Ψ": "普赛",
    "ω": "欧米伽",
    "Ω": "欧米伽",
    **dict(zip("①②③④⑤⑥⑦⑧⑨⑩", "一二三四五六七八九十", strict=True)),
    "+": "加",
    "-": "减",
    "×": "乘",
    "÷": "除",
    "=": "等",
    "/": "每",
}

# The packaged list is a later revision; checkpoints were trained with these differences.
_NEUTRAL_ADDED = frozenset(("老太", "老头", "学生", "情形", "不在", "打点"))
_NEUTRAL_DROPPED = frozenset(("将军", "别人", "戏弄"))

# Words whose reading in pypinyin 0.55 is not the one that checkpoints were trained with.
READING_OVERRIDES: dict[str, tuple[str, ...]] = {
    word: tuple(reading.split())
    for word, reading in (
        ("圈养", "juan4 yang3"),
        ("撒切尔", "sa4 qie4 er3"),
        ("手里", "shou2 li3"),
        ("挑剔", "tiao1 ti4"),
        ("嘚瑟", "de4 se5"),
        ("朝鲜", "chao2 xian3"),
        ("幸免于难", "xing4 mian3 yu2 nan4"),
        ("唉", "ai4"),
        ("陈威行", "chen2 wei1 hang2"),
        ("郭晟", "guo1 sheng4"),
        ("抗住", "kang2 zhu4"),
        ("克分子", "ke4 fen4 zi3"),
        ("分子运动论", "fen4 zi3 yun4 dong4 lun4"),
        ("分子钟", "fen4 zi3 zhong1"),
        ("卷甲束兵", "juan4 jia3 shu4 bing1"),
        ("卷甲衔枚", "juan4 jia3 xian2 mei2"),
        ("屏声静气", "ping2 sheng1 jing4 qi4"),
        ("援藏", "yuan2 cang2"),
        ("放大率", "fang4 da4 shuai4"),
        ("标识", "biao1 zhi4"),
        ("毛发倒竖", "mao2 fa1 dao3 shu4"),
        ("毛发耸然", "mao2 fa1 song3 ran2"),
        ("牵强附合", "qian1 qiang2 fu4 he2"),
        ("解法", "jie3 fa3"),
        ("解铃还需系铃人", "jie3 ling2 hai2 xu1 ji4 ling2 ren2"),
        ("连更彻夜", "lian2 geng4 che4 ye4"),
        ("连更晓夜", "lian2 geng4 xiao3 ye4"),
        ("乌拉草", "wu4 la5 cao3"),
    )
}


@cache
def neutral_words() -> frozenset[str]:
    """Words whose last syllable loses its tone."""
    packaged = literal("misaki", "tone_sandhi.py", "self.must_neural_tone_words")
    return (frozenset(packaged) - _NEUTRAL_DROPPED) | _NEUTRAL_ADDED


@cache
def not_neutral_words() -> frozenset[str]:
    """Words that keep the tone of their last syllable against the general rules."""
    return frozenset(literal("misaki", "tone_sandhi.py", "self.must_not_neural_tone_words"))


@cache
def erhua_words() -> frozenset[str]:
    """Words whose 儿 always merges with the syllable before it."""
    return frozenset(literal("misaki", "zh_frontend.py", "self.must_erhua"))


@cache
def not_erhua_words() -> frozenset[str]:
    """Words in which 儿 means a child or a creature and stays a syllable of its own."""
    return frozenset(literal("misaki", "zh_frontend.py", "self.not_erhua"))


@cache
def simplified_table() -> dict[int, str]:
    """Traditional to simplified, character by character, for `str.translate`."""
    file = "zh_normalization/char_convert.py"
    traditional = literal("misaki", file, "traditional_characters")
    simplified = literal("misaki", file, "simplified_charcters")
    # A character listed twice keeps its last choice, which may be itself.
    return {ord(old): new for old, new in zip(traditional, simplified, strict=True)}
