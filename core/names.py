"""Names of people and firms: taken apart, put together, shortened and compared, in Chinese and in Western order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

#: The fields of a person's name, in the order of `Name`, of the arguments of `join`, and of N in a vCard.
PARTS = ("family_name", "given_name", "middle_name", "prefix", "suffix")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


COMPOUND = _listed(  # surnames of two characters, in both scripts
    "欧阳 歐陽 司马 司馬 诸葛 諸葛 尉迟 尉遲 上官 夏侯 东方 東方 皇甫 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司徒 "
    "司空 轩辕 軒轅 淳于 单于 單于 太史 申屠 公冶 宗政 濮阳 濮陽 端木 独孤 獨孤 南宫 南宮 百里 东郭 東郭 南郭 "
    "呼延 西门 西門 钟离 鍾離 闻人 聞人 澹台 澹臺 拓跋 赫连 赫連 第五 梁丘 左丘 公羊 谷梁 穀梁 段干 乐正 樂正 "
    "万俟 叶赫 葉赫 纳兰 納蘭 完颜 完顏 耶律 亓官 仉督 子车 子車 颛孙 顓孫 巫马 巫馬 公西 漆雕 壤驷 壤駟 鲜于 "
    "鮮于 闾丘 閭丘 仲孙 仲孫 贺兰 賀蘭 宰父"
)
HONORIFICS = _listed(
    "先生 女士 小姐 太太 夫人 老师 老師 教授 博士 医生 醫生 大夫 律师 律師 经理 經理 总经理 總經理 董事长 董事長 "
    "主任 总监 總監 主管 厂长 廠長 院长 院長 校长 校長 老板 老闆 店长 店長 工程师 工程師 师傅 師傅 "
    "总 總 董 工"
)
PREFIXES = _listed(
    "mr mrs ms miss mx dr prof professor sir dame lady lord rev reverend hon herr frau mme mlle monsieur madame "
    "sra srta doña dipl-ing capt col lt maj sgt sen rep"
)
SUFFIXES = _listed("jr sr ii iii iv v phd md dds dvm esq cpa mba jd rn pe ret obe mbe cbe")
PARTICLES = _listed(
    "van von vom zu zur de del della der den des di da do dos das du la le les lo el al bin ibn ben ter ten te af "
    "av st. ó mac"
)
NICKNAMES = {
    short: full
    for full, shorts in {
        "alexander": "alex sasha",
        "andrew": "andy drew",
        "anthony": "tony",
        "benjamin": "ben benny",
        "bernard": "bernie",
        "catherine": "cathy kate katie kathy katherine kathryn cate",
        "charles": "charlie chuck",
        "christopher": "chris kit",
        "christina": "tina christine",
        "daniel": "dan danny",
        "david": "dave",
        "deborah": "deb debbie",
        "donald": "don donny",
        "edward": "ed eddie ted",
        "elizabeth": "liz beth betty eliza lizzie",
        "eugene": "gene",
        "frederick": "fred freddie",
        "gerald": "gerry jerry",
        "gregory": "greg",
        "james": "jim jimmy jamie",
        "jeffrey": "jeff geoff",
        "jennifer": "jen jenny",
        "jonathan": "jon",
        "john": "jack johnny",
        "joseph": "joe joey",
        "kenneth": "ken kenny",
        "lawrence": "larry",
        "margaret": "maggie meg peggy",
        "matthew": "matt",
        "michael": "mike mick mickey",
        "nicholas": "nick",
        "patricia": "pat patty",
        "peter": "pete",
        "philip": "phil phillip",
        "rebecca": "becky",
        "richard": "dick rick ricky rich",
        "robert": "bob bobby rob robbie",
        "ronald": "ron ronnie",
        "samuel": "sam sammy",
        "stephen": "steve steven",
        "susan": "sue susie",
        "theodore": "theo teddy",
        "thomas": "tom tommy",
        "timothy": "tim",
        "victoria": "vicky",
        "vincent": "vince",
        "william": "bill billy will willie liam",
    }.items()
    for short in shorts.split()
}

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]+")
LEGAL_HAN = re.compile(
    r"[\s(（]*(?:集团|集團)?(?:股份|责任|責任|控股)*(?:有限|無限)?(?:责任|責任)?(?:公司|合伙企业|有限合伙)[)）\s]*$|"
    r"[\s(（]*(?:集团|集團|株式会社|株式會社|有限合伙|普通合伙|个人独资|個人獨資|个体工商户)[)）\s]*$|"
    r"^(?:株式会社|株式會社)\s*"
)
LEGAL = re.compile(
    r"[\s,]+(?:\(?(?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|lp|plc|pllc|"
    r"gmbh|mbh|ag|kgaa|kg|ohg|ug|e\.?\s?k|se|s\.?a\.?s|s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a|s\.?l\.?u?|s\.?a|n\.?v|b\.?v|"
    r"a/s|aps|a\.?b|oyj?|a\.?s|sp\.?\s*z\s*o\.?\s*o|s\.?r\.?o|kft|pty|pte|pvt|sdn|bhd|k\.?k|oao|ooo|zao|"
    r"group|holdings?)\.?\)?|&\s*co\.?(?:\s*kg)?)$",
    re.IGNORECASE,
)
LONGEST = 300  # characters of a name that are worth a pattern


class Name(NamedTuple):
    """The parts of a personal name; in Chinese, `prefix` is the honorific that follows the name."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""


def is_han(text: str) -> bool:
    """Whether a text is written in Chinese characters only, blanks and middle dots aside."""
    return bool(HAN.fullmatch(re.sub(r"[\s·・•]", "", text)))


def split(full: str, hint: str | None = None) -> Name:
    """Take a personal name apart.

    In: a name as people write it; `hint` "zh" says that one in Latin letters has the family name first. Out: its
    parts; a single Western word is the given name. Nothing is ever lost: `join` gives the same words again.
    """
    text = " ".join(unicodedata.normalize("NFC", full).split())
    if is_han(text):
        return _split_han(text)
    return _split_western(text, hint)


def _split_han(text: str) -> Name:
    if foreign := re.split(r"\s*[·・•]\s*", text)[1:]:
        first = re.split(r"\s*[·・•]", text)[0]
        return Name(family=foreign[-1], given=first, middle="·".join(foreign[:-1]))
    if " " in text:
        family, _, given = text.partition(" ")
        return Name(family, given.replace(" ", ""))
    honorific = next((each for each in sorted(HONORIFICS, key=len, reverse=True) if text.endswith(each)), "")
    bare = text.removesuffix(honorific)
    # 董, 总 and 工 end given names too: they are titles only after a bare surname.
    if not bare or (len(honorific) == 1 and not (len(bare) == 1 or bare in COMPOUND)):
        honorific, bare = "", text
    size = 2 if bare[:2] in COMPOUND else 1
    return Name(bare[:size], bare[size:], prefix=honorific)


def _split_western(text: str, hint: str | None) -> Name:
    before, *after = [part.strip() for part in text.split(",")]
    suffixes = [part for part in after if part and all(_bare(word) in SUFFIXES for word in part.split())]
    given_after = [part for part in after if part and part not in suffixes]
    words = before.split()
    if given_after:  # Smith, John
        prefix, rest = _prefix(" ".join(given_after).split())
        while rest and len(rest) > 1 and _bare(rest[-1]) in SUFFIXES - {"v"}:
            suffixes.insert(0, rest.pop())
        return Name(before, rest[0] if rest else "", " ".join(rest[1:]), prefix, ", ".join(suffixes))
    prefix, words = _prefix(words)
    while (len(words) > 2 and _bare(words[-1]) in SUFFIXES - {"v"}) or (len(words) > 3 and words[-1] == "V"):
        suffixes.insert(0, words.pop())
    suffix = " ".join(suffixes)
    if len(words) < 2:
        # "Mr. Miller" is a family name, "Miller" alone could be anything.
        return Name(*((words or [""]) + [""] if prefix else ["", *(words or [""])]), prefix=prefix, suffix=suffix)
    shouting = [word for word in words if word.isupper() and len(_bare(word)) > 1 and "." not in word]
    if hint == "zh" or (len(shouting) == 1 and shouting[0] == words[0] and len(words) == 2):
        return Name(words[0], " ".join(words[1:]), "", prefix, suffix)
    particles = (i for i, word in enumerate(words[1:-1], 1) if _bare(word) in PARTICLES and not word.isupper())
    cut = next(particles, len(words) - 1)
    return Name(" ".join(words[cut:]), words[0], " ".join(words[1:cut]), prefix, suffix)


def _prefix(words: list[str]) -> tuple[str, list[str]]:
    """Titles at the start, and the words after them; at least one word stays."""
    count = 0
    while count < len(words) - 1 and _bare(words[count]) in PREFIXES:
        count += 1
    return " ".join(words[:count]), words[count:]


def _bare(word: str) -> str:
    return word.lower().replace(".", "")


def join(family: str = "", given: str = "", middle: str = "", prefix: str = "", suffix: str = "") -> str:
    """The display name of such parts: 张伟, 王先生, Dr. Maria de la Cruz Jr.; empty if they all are."""
    core = (family, given, middle)
    if is_han("".join(core)) and any(core):
        translated = given and (middle or len(family + given) > 5)
        name = "·".join(filter(None, (given, middle, family))) if translated else family + given + middle
        return name + (prefix + suffix if is_han(prefix + suffix) else f" {prefix} {suffix}".rstrip())
    return " ".join(part.strip() for part in (prefix, given, middle, family, suffix) if part and part.strip())


def initials(name: str) -> str:
    """What an avatar shows: two characters of a Chinese name, else the first letters of first and last word."""
    text = name.strip()
    if is_han(text):
        han = _split_han(text)
        return (han.family + han.given)[-2:]
    parts = split(text)
    words = [word for word in (parts.given, parts.family) if word]
    letters = [next((char for char in word.split()[-1] if char.isalnum()), "") for word in words]
    return "".join(letters).upper()


def strip_legal(name: str) -> str:
    """An organisation's name without its legal form (Ltd, GmbH, 有限公司 …); unchanged if nothing would be left."""
    text, before = name.strip(), None
    while text != before and len(text) < LONGEST:
        before = text
        shorter = LEGAL_HAN.sub("", LEGAL.sub("", text)).rstrip(" ,&")
        text = shorter or text
    return text


def similar(a: str, b: str, key: Callable[[str], str] | None = None) -> float:
    """How alike two names are: 0 strangers, 1 the same; from about 0.85 a person should look.

    The order of words, accents, titles and English nicknames make no difference. `key` gives the Latin reading of a
    name with blanks between syllables ("zhang wei"); with it 张伟 is like Zhang Wei, and a little less like 章薇.
    """
    left, right = _words(a), _words(b)
    if not left or not right:
        return 0.0
    if sorted(left) == sorted(right):
        return 1.0
    if "".join(left) == "".join(right):
        return 0.98
    score = _alike(left, right)
    if key and (_has_han(a) or _has_han(b)):
        score = max(score, _sounds(a, b, key))
    return score


def _words(name: str) -> list[str]:
    """The words that count: without accents, titles and punctuation, nicknames in full."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    if is_han(plain):
        return [re.sub(r"[\s·・•]", "", plain)]
    words = re.findall(r"[^\W_]+", plain.replace("'", "").replace("’", ""))
    kept = [word for word in words if word not in PREFIXES and word not in SUFFIXES] or words
    return [NICKNAMES.get(word, word) for word in kept]


def _alike(left: list[str], right: list[str]) -> float:
    from rapidfuzz import fuzz

    whole = fuzz.ratio(" ".join(sorted(left)), " ".join(sorted(right))) / 100
    fewer, more = sorted((left, right), key=len)
    if len(fewer) < 2 or len(more) > 4:
        return whole
    # A middle name more or less, or an initial for a name, leaves the same person. A different given name does not,
    # however long the family name is: Jane and John Smith share a phone. So the worst pair of words counts as much as
    # all together.
    rest, likes, lengths = list(more), [], []
    for word in sorted(fewer, key=len, reverse=True):
        best = max(rest, key=lambda other: _word(word, other, fuzz.ratio))
        likes.append(_word(word, best, fuzz.ratio))
        lengths.append(max(len(word), len(best)))
        rest.remove(best)
    mean = sum(like * length for like, length in zip(likes, lengths, strict=True)) / sum(lengths)
    return (mean + min(likes)) / 2 * 0.97 ** len(rest)


def _word(a: str, b: str, ratio: Callable) -> float:
    if a != b and (len(a) == 1 or len(b) == 1):
        return 0.9 if a[0] == b[0] else 0.0
    return ratio(a, b) / 100


def _has_han(text: str) -> bool:
    return bool(HAN.search(text))


def _sounds(a: str, b: str, key: Callable[[str], str]) -> float:
    """Likeness by reading: a Latin spelling of a Chinese name is nearly as good as the name, a homophone is a hint."""
    from rapidfuzz import fuzz

    left, right = (key(name) if _has_han(name) else " ".join(_words(name)) for name in (a, b))
    syllables = left.casefold().split(), right.casefold().split()
    pairs = product(*map(_turned, syllables))
    best = max(fuzz.ratio("".join(one), "".join(two)) for one, two in pairs) / 100
    both = _has_han(a) and _has_han(b)
    return best * (0.8 if both else 0.95)


def _turned(words: list[str]) -> tuple[list[str], ...]:
    """The words as they stand, and with the first or the last one at the other end: wei zhang, zhang wei."""
    return words, words[1:] + words[:1], words[-1:] + words[:-1]
