"""Currencies and units of measure with their Chinese and English names."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Currency:
    """One currency: its Chinese name, English singular and plural, and English hundredth part."""

    zh: str
    one: str
    many: str
    cent: str = ""
    cents: str = ""


_YUAN = Currency(zh="元", one="yuan", many="yuan")
_DOLLAR = Currency(zh="美元", one="dollar", many="dollars", cent="cent", cents="cents")
_EURO = Currency(zh="欧元", one="euro", many="euros", cent="cent", cents="cents")
_POUND = Currency(zh="英镑", one="pound", many="pounds", cent="penny", cents="pence")
_YEN = Currency(zh="日元", one="yen", many="yen")


def _dollar_of(zh: str, country: str) -> Currency:
    return Currency(
        zh=zh, one=f"{country} dollar", many=f"{country} dollars", cent="cent", cents="cents"
    )


def _plain(zh: str, one: str, many: str = "") -> Currency:
    return Currency(zh=zh, one=one, many=many or one)


CURRENCIES: dict[str, Currency] = {
    "¥": _YUAN,
    "RMB": _YUAN,
    "CNY": _YUAN,
    "CN¥": _YUAN,
    "$": _DOLLAR,
    "US$": _DOLLAR,
    "USD": _DOLLAR,
    "€": _EURO,
    "EUR": _EURO,
    "£": _POUND,
    "GBP": _POUND,
    "JP¥": _YEN,
    "JPY": _YEN,
    "HK$": _dollar_of("港元", "Hong Kong"),
    "HKD": _dollar_of("港元", "Hong Kong"),
    "NT$": _dollar_of("新台币", "Taiwan"),
    "TWD": _dollar_of("新台币", "Taiwan"),
    "A$": _dollar_of("澳元", "Australian"),
    "AUD": _dollar_of("澳元", "Australian"),
    "C$": _dollar_of("加元", "Canadian"),
    "CAD": _dollar_of("加元", "Canadian"),
    "S$": _dollar_of("新加坡元", "Singapore"),
    "SGD": _dollar_of("新加坡元", "Singapore"),
    "₩": _plain("韩元", "won"),
    "KRW": _plain("韩元", "won"),
    "₹": _plain("卢比", "rupee", "rupees"),
    "INR": _plain("卢比", "rupee", "rupees"),
    "₽": _plain("卢布", "ruble", "rubles"),
    "RUB": _plain("卢布", "ruble", "rubles"),
    "฿": _plain("泰铢", "baht"),
    "THB": _plain("泰铢", "baht"),
    "₫": _plain("越南盾", "dong"),
    "VND": _plain("越南盾", "dong"),
    "₱": _plain("比索", "peso", "pesos"),
    "₺": _plain("里拉", "lira"),
    "₴": _plain("格里夫纳", "hryvnia"),
    "₦": _plain("奈拉", "naira"),
    "₪": _plain("谢克尔", "shekel", "shekels"),
    "CHF": _plain("瑞士法郎", "Swiss franc", "Swiss francs"),
    "MOP": _plain("澳门元", "pataca", "patacas"),
}

# Unit: Chinese name, English singular, English plural.  Case matters: 5G is no weight.
UNITS: dict[str, tuple[str, str, str]] = {
    "μg/m³": ("微克每立方米", "microgram per cubic meter", "micrograms per cubic meter"),
    "mg/L": ("毫克每升", "milligram per liter", "milligrams per liter"),
    "mmol/L": ("毫摩尔每升", "millimole per liter", "millimoles per liter"),
    "MB/s": ("MB每秒", "megabyte per second", "megabytes per second"),
    "sq ft": ("平方英尺", "square foot", "square feet"),
    "km/h": ("公里每小时", "kilometer per hour", "kilometers per hour"),
    "mph": ("英里每小时", "mile per hour", "miles per hour"),
    "m/s": ("米每秒", "meter per second", "meters per second"),
    "km²": ("平方公里", "square kilometer", "square kilometers"),
    "km2": ("平方公里", "square kilometer", "square kilometers"),
    "cm²": ("平方厘米", "square centimeter", "square centimeters"),
    "cm2": ("平方厘米", "square centimeter", "square centimeters"),
    "cm³": ("立方厘米", "cubic centimeter", "cubic centimeters"),
    "m²": ("平方米", "square meter", "square meters"),
    "m2": ("平方米", "square meter", "square meters"),
    "m³": ("立方米", "cubic meter", "cubic meters"),
    "m3": ("立方米", "cubic meter", "cubic meters"),
    "km": ("公里", "kilometer", "kilometers"),
    "cm": ("厘米", "centimeter", "centimeters"),
    "mm": ("毫米", "millimeter", "millimeters"),
    "μm": ("微米", "micrometer", "micrometers"),
    "nm": ("纳米", "nanometer", "nanometers"),
    "m": ("米", "meter", "meters"),
    "kg": ("千克", "kilogram", "kilograms"),
    "KG": ("千克", "kilogram", "kilograms"),
    "mg": ("毫克", "milligram", "milligrams"),
    "μg": ("微克", "microgram", "micrograms"),
    "g": ("克", "gram", "grams"),
    "t": ("吨", "ton", "tons"),
    "lbs": ("磅", "pound", "pounds"),
    "lb": ("磅", "pound", "pounds"),
    "oz": ("盎司", "ounce", "ounces"),
    "ft": ("英尺", "foot", "feet"),
    "mL": ("毫升", "milliliter", "milliliters"),
    "ml": ("毫升", "milliliter", "milliliters"),
    "L": ("升", "liter", "liters"),
    "ms": ("毫秒", "millisecond", "milliseconds"),
    "min": ("分钟", "minute", "minutes"),
    "h": ("小时", "hour", "hours"),
    "s": ("秒", "second", "seconds"),
    "kHz": ("千赫兹", "kilohertz", "kilohertz"),
    "MHz": ("兆赫兹", "megahertz", "megahertz"),
    "GHz": ("吉赫兹", "gigahertz", "gigahertz"),
    "Hz": ("赫兹", "hertz", "hertz"),
    "kWh": ("千瓦时", "kilowatt hour", "kilowatt hours"),
    "kW": ("千瓦", "kilowatt", "kilowatts"),
    "MW": ("兆瓦", "megawatt", "megawatts"),
    "W": ("瓦", "watt", "watts"),
    "kV": ("千伏", "kilovolt", "kilovolts"),
    "V": ("伏", "volt", "volts"),
    "mAh": ("毫安时", "milliamp hour", "milliamp hours"),
    "mA": ("毫安", "milliamp", "milliamps"),
    "MPa": ("兆帕", "megapascal", "megapascals"),
    "kPa": ("千帕", "kilopascal", "kilopascals"),
    "kcal": ("千卡", "kilocalorie", "kilocalories"),
    "kJ": ("千焦", "kilojoule", "kilojoules"),
    "dB": ("分贝", "decibel", "decibels"),
    "db": ("分贝", "decibel", "decibels"),
    "fps": ("帧每秒", "frame per second", "frames per second"),
    "rpm": ("转每分钟", "revolution per minute", "revolutions per minute"),
    "px": ("像素", "pixel", "pixels"),
    "Mbps": ("兆比特每秒", "megabit per second", "megabits per second"),
    "Gbps": ("吉比特每秒", "gigabit per second", "gigabits per second"),
    "KB": ("KB", "kilobyte", "kilobytes"),
    "MB": ("MB", "megabyte", "megabytes"),
    "GB": ("GB", "gigabyte", "gigabytes"),
    "TB": ("TB", "terabyte", "terabytes"),
}


def longest_first(names: Iterable[str]) -> list[str]:
    """Names in the order in which a pattern must try them."""
    return sorted(names, key=len, reverse=True)
