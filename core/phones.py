"""Phone numbers in one form, so that two spellings of a number are equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

EXTENSION = re.compile(
    r"\s*[,;，]?\s*(?:;?ext(?:ension)?[.=]?|转|轉|分机|分機|#|(?<=\d)\s*x)\s*[:：.]?\s*(\d{1,7})\s*$", re.IGNORECASE
)
LANDLINE_EXTENSION = re.compile(r"^((?:\+?86[- ]?)?\(?0\d{2,3}\)?[- ]?\d{7,8})-(\d{1,6})$")  # 010-88886666-801
CHINESE_MOBILE = re.compile(r"(?:(?:\+|00)86|86(?=1[3-9]\d{9}$))?(1[3-9]\d{9})")
CHINESE_LANDLINE = re.compile(r"(?:(?:\+|00)86)?0((?:10|2\d)\d{8}|[3-9]\d{2}\d{7,8})")
AMERICAN = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})")
AMERICAN_SHAPE = re.compile(r"\(?(?!400|800)[2-9]\d{2}\)?[-. ]\s?[2-9]\d{2}[-. ]\d{4}")
BETWEEN = re.compile(r"[/、，,;；|\n]| ::: ")
LONGEST = 60  # characters that can be one number with all its decoration
SEPARATORS = str.maketrans("", "", " -().\u00a0\u2010\u2011\u2012\u2013/\t")
NAMES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "中国大陆": "CN",
    "台湾": "TW",
    "台灣": "TW",
    "臺灣": "TW",
    "香港": "HK",
    "澳门": "MO",
    "澳門": "MO",
}


def digits(text: str) -> str:
    """The digits of a text, full-width ones included, as 0-9."""
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


@lru_cache(8_192)
def normal(text: str, region: str = "CN") -> str:
    """A number in international form: "+8613812345678", with an extension "+12022243441;ext=12" as RFC 3966 has it.

    In: what people type, and the region (ISO 3166) whose numbers need no country code. Out: that form if it is a
    number there; else only its digits, empty if it has none. Never raises.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > LONGEST:
        return digits(plain)
    plain, extension = _without_extension(plain)
    if region == "CN" and AMERICAN_SHAPE.fullmatch(plain):
        region = "US"  # nobody in China groups digits so, 400 and 800 aside; 202-224-3441 would pass for Guangzhou
    number = _quick(plain.translate(SEPARATORS), region) or _parsed(plain, region) or digits(plain)
    return f"{number};ext={extension}" if number and extension else number


def several(text: str) -> list[str]:
    """The numbers of one cell, as they are written there: "13800138000 / 010-88886666" holds two."""
    parts = [part for part in map(str.strip, BETWEEN.split(text)) if part]
    if len(parts) > 1 and all(len(digits(part)) >= 7 for part in parts):
        return parts
    return [text.strip()] if text.strip() else []


def same(a: str, b: str, region: str = "CN") -> bool:
    """Whether two texts are one number. Without a country code on one side, nine equal last digits are enough."""
    one, two = normal(a, region), normal(b, region)
    if one == two:
        return bool(one)
    (one, _, ext_one), (two, _, ext_two) = one.partition(";"), two.partition(";")
    if ext_one != ext_two or (one[:1] == "+") == (two[:1] == "+"):
        return False
    short, long = sorted((digits(one).lstrip("0"), digits(two).lstrip("0")), key=len)
    return len(short) >= 9 and long.endswith(short)


def region_of(text: str, default: str = "CN") -> str:
    """The region of a language tag ("zh-TW", "en"), a country code or a country's name."""
    plain = text.strip()
    if plain.casefold() in NAMES:
        return NAMES[plain.casefold()]
    if re.fullmatch(r"[A-Z]{2}", plain):
        return plain
    if re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})*", plain) and (region := _language_region(plain)):
        return region
    return _country(plain.casefold()) or default


def _without_extension(text: str) -> tuple[str, str]:
    match = LANDLINE_EXTENSION.match(text)
    if match:
        return match[1], match[2]
    match = EXTENSION.search(text)
    return (text[: match.start()], match[1]) if match else (text, "")


def _quick(plain: str, region: str) -> str:
    """Mainland and North American numbers, nine of ten in practice, at a hundredth of the cost."""
    match = CHINESE_MOBILE.fullmatch(plain) or CHINESE_LANDLINE.fullmatch(plain)
    if match and (region == "CN" or plain.startswith(("+", "00"))):
        return "+86" + match[1]
    if plain.isascii() and (region in ("US", "CA") or plain.startswith("+1")):
        match = AMERICAN.fullmatch(plain)
        return "+1" + match[1] if match else ""
    return ""


def _parsed(text: str, region: str) -> str:
    import phonenumbers as library  # one and a half megabytes, and more for each region that is met

    try:
        number = library.parse(text, region)
    except library.NumberParseException:
        return ""
    # With a country code the length decides, for new ranges appear all the time. Without one, guessing the country
    # wrong would be worse than keeping the digits.
    explicit = text.lstrip().startswith(("+", "00"))
    possible = library.is_possible_number_with_reason(number) == library.ValidationResult.IS_POSSIBLE
    if not (possible if explicit else library.is_valid_number(number)):
        return ""
    return library.format_number(number, library.PhoneNumberFormat.E164)


def _language_region(tag: str) -> str:
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global

    try:
        locale = Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return ""
    likely = get_global("likely_subtags").get(str(locale), "") or get_global("likely_subtags").get(locale.language, "")
    return locale.territory or likely.rpartition("_")[2]


def _country(name: str) -> str:
    """A country by its name, in the languages of the product and a few more."""
    from babel import Locale

    for language in ("en", "zh", "zh_Hant", "de", "fr", "es", "it"):
        for code, country in Locale.parse(language).territories.items():
            if country.casefold() == name and len(code) == 2:
                return code
    return ""
