"""Addresses, telephone numbers and codes in spoken Mandarin."""

import re

from synthesis.text.addresses import EMAIL, URL, address_parts
from synthesis.text.rules import Rule
from synthesis.text.zh_numbers import cardinal, spell

_ADDRESS_MARKS = {
    ".": "点",
    "@": "艾特",
    "/": "斜杠",
    "-": "杠",
    "_": "下划线",
    ":": "冒号",
    "?": "问号",
    "=": "等于",
    "&": "和",
    "#": "井号",
    "+": "加",
    "%": "百分号",
    "~": "波浪号",
}


def spell_code(code: str) -> str:
    """Letters stay letters, digits are read one by one as on the telephone, marks by name."""
    words = ""
    for part in re.findall(r"\d+|[A-Za-z]+|.", code):
        if part.isdigit():
            words += spell(part, telephone=True)
        elif part.isalpha():
            words += f" {part} "
        else:
            words += _ADDRESS_MARKS.get(part, "，")
    return words


def _address(match: re.Match[str]) -> str:
    words = ""
    for part in address_parts(match[0]):
        if part.isdigit():
            words += spell(part)
        elif part.lower() == "www":
            words += " WWW "
        else:
            words += f" {part} " if part.isalpha() else _ADDRESS_MARKS.get(part, "，")
    return words


def _groups(match: re.Match[str]) -> str:
    prefix = ""
    number = match[0]
    if number.startswith("+"):
        prefix, number = "加", number[1:]
    parts = [part for part in re.split(r"[-\s()（）]+", number) if part]
    return prefix + "，".join(spell(part, telephone=True) for part in parts)


def _mobile(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[2])
    groups = (digits[:3], digits[3:7], digits[7:])
    country = spell(match[1].strip("+- "), telephone=True) + "，" if match[1] else ""
    plus = "加" if match[1] and match[1].startswith("+") else ""
    return plus + country + "，".join(spell(group, telephone=True) for group in groups)


def _keyed(match: re.Match[str]) -> str:
    return match[1] + spell_code(match[2])


def _dotted(match: re.Match[str]) -> str:
    return "点".join(spell(part) for part in match[0].split("."))


def _network_address(match: re.Match[str]) -> str:
    return "点".join(spell(part, telephone=True) for part in match[0].split("."))


def _letters_and_digits(match: re.Match[str]) -> str:
    letters, digits = match[1], match[2]
    if len(digits) >= 3 or digits.startswith("0"):
        # A serial such as MU5101 is said on the telephone; a model such as ISO9001 is not.
        return f"{letters}{spell(digits, telephone=len(letters) < 3)}"
    return letters + cardinal(digits)


def _masked(match: re.Match[str]) -> str:
    parts = [spell(part, telephone=True) for part in re.split(r"\*+", match[0])]
    return "，星号，".join(parts).strip("，")


_KEYWORDS = (
    "订单号|订单编号|订单|运单号|快递单号|单号|流水号|交易号|编号|工号|学号|卡号|账号|帐号|尾号|验证码|校验码|密码|"
    "提取码|取件码|取货码|兑换码|邀请码|房间号|分机号|分机|车牌号|车牌|邮编|邮政编码|QQ|身份证号|身份证|序列号|"
    "批号|型号|口令|税号|代码|编码|股票代码|会议号"
)
_HOTLINE = r"(?:拨打|致电|热线|电话|客服|报警|急救|呼叫|打|拨|按|发送|短信|回复)"

ADDRESSES: tuple[Rule, ...] = (Rule(EMAIL, _address), Rule(URL, _address))
TELEPHONES: tuple[Rule, ...] = (
    Rule(
        rf"((?:{_KEYWORDS})(?:[是为：:]|\s){{0,3}})([A-Za-z0-9-]{{0,20}}\d[A-Za-z0-9-]{{2,40}})"
        r"(?![\d.]|\s?[元万亿个%])",
        _keyed,
    ),
    Rule(r"(?<!\d)((?:\+?86)[-\s]?)?(1[3-9]\d[-\s]?\d{4}[-\s]?\d{4})(?!\d)", _mobile),
    Rule(r"(?<![\d.])\+\d{1,3}[-\s]?\(?\d{1,4}\)?(?:[-\s]?\d{3,4}){1,3}(?!\d|\.\d)", _groups),
    Rule(
        r"(?<![\d.])([48]00)[-\s]?(\d{3})[-\s]?(\d{4})(?!\d)",
        lambda match: "，".join(spell(group, telephone=True) for group in match.groups()),
    ),
    Rule(r"(?<![\d.])[48]00-\d{4}-\d{3}(?!\d)", _groups),
    Rule(r"(?<![\d.])[(（]?0\d{2,3}[)）]?[-\s]?[1-9]\d{6,7}(?:[-转]\d{1,5})?(?!\d|\.\d)", _groups),
)
CODES: tuple[Rule, ...] = (
    Rule(r"(?<![\d*])\d+\*{2,}\d*|\*{2,}\d+", _masked),
    Rule(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", lambda match: spell_code(match[0])),
    Rule(
        rf"({_HOTLINE}[^\d，。,.]{{0,3}})(\d{{3,6}})(?![\d.,:]|\s?[元个位人次分秒年月日天条张块%万多])",
        lambda match: match[1] + spell(match[2], telephone=True),
    ),
    Rule(
        r"(?<![\d.,¥$])(12306|12315|12345|12366|12388|10086|10010|10000|95\d{3})"
        r"(?=热线|客服|平台|网站|电话|官网|[，。！？,]|\s*$)",
        lambda match: spell(match[1], telephone=True),
    ),
    Rule(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)", _network_address),
    Rule(r"(?<![\d.])\d+(?:\.\d+){2,}(?!\d|\.\d)", _dotted),
    Rule(
        r"(?<![\dA-Za-z.-])\d{1,5}(?:-\d{1,5}){2,}(?![\d.-])",
        lambda match: "杠".join(spell(part, telephone=True) for part in match[0].split("-")),
    ),
    Rule(
        r"(?<![\d.,])(\d{3,4})(?=(?:号)?(?:室|房|包厢|会议室|教室|病房|展位|柜|路(?:公交|车)))",
        lambda match: spell(match[1], telephone=True),
    ),
    Rule(
        r"(?<!\d)(618|315|520|996|985|211|912|1111|1212)(?=大促|活动|晚会|购物节|年中|告白|工作制|高校|大学|院校)",
        lambda match: spell(match[1]),
    ),
    Rule(r"双\s?(11|12)(?!\d)", lambda match: "双十" + "一二"[int(match[1]) - 11]),
    Rule(r"(?<![A-Za-z])(\d{3,4})([PpKk])(?![A-Za-z])", lambda m: spell(m[1]) + m[2].upper()),
    Rule(r"([A-Za-z]+)[-\s]?(\d+)(?![\d.,%A-Za-z:/]|\s?[元个])", _letters_and_digits),
)
