"""Words of a text, for the search index and for sorting: pure functions, no database.

Text is folded the same way when it is indexed, sorted and asked for, so that what looks alike is found alike:
"Müller" by "muller", "张伟" by "张", "伟", "zhangwei", "zhang wei" and "zw".
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

LONGEST_WORD = 64  # characters; the index and the query cut alike
LONGEST_TITLE = 64  # a longer text is prose, and nobody types prose in pinyin
LONGEST_RUN = 24  # so is a longer run of Chinese without a space or a comma
MOST_SPELLINGS = 8  # pinyin spellings of one run of Chinese
MOST_CLAUSES = 16  # of a query; the rest is ignored
LONGEST_QUERY = 500
PHONE_MARK, TITLE_MARK = "~", "="  # start a reversed phone number, a whole title; no word of a text holds them

# A surname that is not read as the character usually is. Sources: 现代汉语词典 (entries marked 姓), 百家姓.
_SURNAME_TABLE = """
单,單:shan 查:zha 仇:qiu 曾:zeng 解:xie 区,區:ou 朴:piao 盖,蓋:ge 翟:zhai 覃:qin 繁:po 种:chong 员,員:yun 秘,祕:bi
折:she 召:shao 黑:he 句:gou 乐,樂:yue 洗:xian 佴:nai 郇:xun 隗:wei 祭:zhai 缪,繆:miao 么:yao 阚,闞:kan 都:du 藏:zang
薄:bo 卜:bu 粘:nian 乜:nie 能:nai 蔚:yu 尉:wei 尉迟,尉遲:yu-chi 万俟,萬俟:mo-qi 澹台,澹臺:tan-tai 单于,單于:chan-yu
乐正,樂正:yue-zheng 子车,子車:zi-ju
"""
_SURNAMES = {
    name: tuple(reading.split("-"))
    for names, reading in (entry.split(":") for entry in _SURNAME_TABLE.split())
    for name in names.split(",")
}
# Characters whose second reading is common, too. Sources: counted in pypinyin's phrase table (a reading in 4 % or more
# of a character's phrases), and some that are frequent in names of people, towns and trades.
_TWO_READINGS = frozenset(
    "乐乘了什仔传伺似佛便俩冯刨刹削剥剿劲勒匙卒卜卡厦参吁吓否吭呢咋和咳咽喳嚼圈坏埋堡塞壳娜宿尉尿屏属差度弹恶扁扎扒扛折"
    "抹拓择揭攒敦暴曝曾朝朴柏柞栅栖校椎槛模氓汤没泊溺潦澄爪牟率琢畜的盛省着磅称粘粥糜系纤纶给绿耙肋胖脉臭艾著蔓薄藉藏"
    "蚌蛤血行被裳觉角谁调贾轧辟还迫都重钥长阿陆降雀露颈颤会车晟茜莎埔侗傀囤桔茄荤赚辗镐铣咖挝掺荥铅弄说识得六"
    "樂傳劍厦廈參殼屬彈惡擇揭湯澤稱纖綸給綠脈覺誰調賈軋還鑰長陸頸會車鉛說識"
)
_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
_HAN = r"\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CHINESE = re.compile(f"[{_HAN}]+")
_ONE_WORD_EACH = re.compile(f"[{_HAN}\u3040-\u30ff]")  # Japanese kana are written without spaces, too
_ACCENTS = re.compile("[\u0300-\u036f]+")  # not the vowel signs of Indic scripts, which are letters to their readers
_TONES = re.compile("[\u0300\u0301\u0302\u0304\u030c]")
# ITU-T E.164: country codes have three digits but for these.
_COUNTRY = re.compile("1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|...")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


class _PerCharacter(dict):
    """A table for `str.translate` that asks a function once per character and remembers."""

    def __init__(self, function: Callable[[str], str]):
        self._function = function

    def __missing__(self, code: int) -> str:
        self[code] = found = self._function(chr(code))
        return found


def _visible(char: str) -> str:
    """A space for what no text should hold (controls, lone surrogates, unassigned), nothing for what has no width."""
    kind = unicodedata.category(char)
    return "" if kind == "Cf" else " " if kind in ("Cc", "Cs", "Cn") else char


def _plain(char: str) -> str:
    """The base letters or ASCII digit of one case-folded character."""
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    base = _ACCENTS.sub("", unicodedata.normalize("NFKD", char))
    return _LETTERS.get(base) or unicodedata.normalize("NFKC", base)


def _word_part(char: str) -> str:
    """The character if it belongs into a word, set apart if it is one alone, or a space."""
    if _ONE_WORD_EACH.match(char):
        return f" {char} "
    return char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "


def _spoken(char: str) -> str:
    """A Chinese character's most common reading set apart, or the character."""
    readings = _readings(char)
    return f" {readings[0]} " if readings else char


_VISIBLE, _PLAIN, _WORD_PARTS, _SPOKEN = map(_PerCharacter, (_visible, _plain, _word_part, _spoken))


def _clean(text: str) -> str:
    """The text in NFKC and case-folded, with single spaces and no controls."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_VISIBLE).split())


def _simplest(clean: str) -> str:
    return clean if clean.isascii() else " ".join(clean.translate(_PLAIN).split())


def fold(text: str) -> str:
    """The text as it is compared: case, width, accents and kinds of spaces no longer matter."""
    return _simplest(_clean(text))


# Chinese ---------------------------------------------------------------------------------------------------------


@cache
def _dictionary() -> dict[int, str]:
    """Code point → readings with tones, the most common first ("dān,chán,shàn").

    Without its phrase table, pypinyin takes 12 MB instead of 58; even those only where there is Chinese.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict


@lru_cache(16_384)
def _readings(char: str) -> tuple[str, ...]:
    """The common readings of a character, without tones; none for one that is not Chinese or that nobody can read.

    "ü" is spelt as it is typed (v), as it looks (u) and as in a passport (yu).
    """
    if not _CHINESE.match(char):
        return ()
    toned = unicodedata.normalize("NFD", _dictionary().get(ord(char), ""))
    known = [each for each in dict.fromkeys(_TONES.sub("", toned).split(",")) if each]
    common = known[: 2 if char in _TWO_READINGS else 1]
    typed = (each.replace("u\u0308", u) for each in common for u in (("v", "u", "yu") if "\u0308" in each else "u"))
    return tuple(dict.fromkeys((*map(fold, typed), *_SURNAMES.get(char, ()))))


def _surname(run: str) -> tuple[str, ...]:
    """The readings of the surname that a run of Chinese starts with, a syllable a character, if it has its own.

    Only in a run as short as a name, a surname and two more: in 解放军总医院, 解 is no surname.
    """
    for size in (2, 1):
        if run[:size] in _SURNAMES and len(run) - size <= 2:
            return _SURNAMES[run[:size]]
    return ()


def _spellings(readings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Ways to read up to four characters, the likeliest (fewest uncommon readings) first."""
    ways = list(product(*readings))
    if len(ways) > 1:
        ways.sort(key=lambda way: sum(map(tuple.index, readings, way)))
    return ways[:MOST_SPELLINGS]


@lru_cache(8_192)
def _pinyin_words(run: str) -> tuple[str, ...]:
    """Index words of a run of Chinese: syllables in order, then what people type: zhangxiaoming, xiaoming, zxm, xm.

    A part from the middle of a long run ends after four characters: as a prefix it is found all the same.
    """
    readings = [_readings(char) or (char,) for char in run]
    for place, syllable in enumerate(_surname(run)):
        readings[place] = tuple(dict.fromkeys((syllable, *readings[place])))
    usual = [each[0] for each in readings]
    found = dict.fromkeys(usual)
    found.update(dict.fromkeys(syllable for each in readings for syllable in each))
    for start in range(len(run) - 1):
        rest = usual[start + 4 :] if start == 0 else []
        for way in _spellings(readings[start : start + 4]):
            found["".join((*way, *rest))] = found["".join(syllable[0] for syllable in (*way, *rest))] = None
    return tuple(found)


def _phone_book(text: str) -> str:
    """A folded text with its Chinese as pinyin, a syllable a word; a leading surname keeps its own reading."""
    if (run := _CHINESE.match(text)) and (surname := _surname(run[0])):
        text = f"{' '.join(surname)} {text[len(surname) :]}"
    return " ".join(text.translate(_SPOKEN).split())


@lru_cache(8_192)
def sort_key(text: str) -> str:
    """A key whose plain byte order (SQLite BINARY, PostgreSQL "C") sorts names like a phone book.

    In: any text. Out: folded text with Chinese as pinyin, "\\x01", and the case-folded text, so that 张伟, 章伟 and
    Zhang Wei stand side by side and yet stay distinct. "" for an empty text, which lists put last by themselves.
    """
    if not (clean := _clean(text)):
        return ""
    return f"{clean if clean.isascii() else _phone_book(_simplest(clean))}\x01{clean}"


# Words of the index ----------------------------------------------------------------------------------------------


def _tokens(text: str) -> list[str]:
    """The words of a folded text in its own order: runs of letters and digits, and each CJK character alone."""
    return [word[:LONGEST_WORD] for word in text.translate(_WORD_PARTS).split()]


def words(text: str) -> list[str]:
    """Index words of a text: its own words in their order (so that phrases are found), then other ways to type them."""
    folded = fold(text)
    found = _tokens(folded)
    if "'" in folded or "’" in folded:
        found += _tokens(_APOSTROPHE.sub("", folded))
    if len(folded) <= LONGEST_TITLE and not folded.isascii():
        for run in _CHINESE.findall(folded):
            found += _pinyin_words(run) if len(run) <= LONGEST_RUN else ()
    return found


def _ending(digits: str) -> str:
    """The word whose prefixes are the last digits of a phone number."""
    return PHONE_MARK + digits[::-1]


def phone_words(digits: str) -> list[str]:
    """Index words of one phone number: its groups as written, the whole, and the whole reversed and marked.

    In: "+86 138 0574 2210", "13805742210". After "+", the number without its country code is a word, too: people start
    to type with 138.
    """
    folded = fold(digits)
    groups = _tokens(folded)
    number = re.match(r"[\d\s()+./-]*", folded)[0]  # what follows is an extension
    whole = re.sub(r"\D", "", number)[:LONGEST_WORD]
    if not whole:
        return groups
    country = _COUNTRY.match(whole) if number.startswith("+") else None
    national = whole[country.end() if country else 0 :]
    return list(dict.fromkeys(word for word in (*groups, whole, national, _ending(whole)) if word))


def title_word(key: str) -> str:
    """One word for a whole title, from its sort key: the same for 张伟, 章伟, Zhang Wei and zhangwei.

    "" for a title without letter or digit.
    """
    whole = "".join(_tokens(key.partition("\x01")[0]))
    return (TITLE_MARK + whole)[:LONGEST_WORD] if whole else ""


def initials_word(key: str) -> str:
    """One word for the initials of a whole name of two to four syllables, from its sort key: 张伟 → "=zw"; else ""."""
    sound, _, text = key.partition("\x01")
    syllables = sound.split()
    if not 2 <= len(syllables) <= 4 or len(text) != len(syllables):
        return ""
    return TITLE_MARK + "".join(syllable[0] for syllable in syllables)


def email_words(address: str) -> list[str]:
    """Index words of one e-mail address: the whole, then its parts, split at everything but letters and digits."""
    if not (folded := fold(address)):
        return []
    return [folded.replace(" ", "")[: 4 * LONGEST_WORD], *_tokens(folded)]


# Queries ---------------------------------------------------------------------------------------------------------


class Term(NamedTuple):
    """Words that follow one another; with `prefix`, the last one may be longer in the text."""

    words: tuple[str, ...]
    prefix: bool = False


class Clause(NamedTuple):
    """Alternatives, of which a record must have one (or, if `negative`, none)."""

    terms: tuple[Term, ...]
    negative: bool = False


class Query(NamedTuple):
    """A parsed query: every clause must hold, or else one of `phones` (a number typed with spaces). False if empty."""

    clauses: tuple[Clause, ...] = ()
    phones: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clauses)


_QUOTES = str.maketrans(dict.fromkeys("“”„«»「」『』", '"'))
_PART = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_TYPED_PHONE = re.compile(r"\s*[+(]*\d(?:[\d()./]|-(?=\d)|\s(?!-))*")


def _phone_terms(digits: str) -> tuple[Term, ...]:
    """A number of three digits or more as the end of a phone number; a longer one also without its trunk zeros."""
    if len(digits) < 3:
        return ()
    endings = {digits: None} | ({digits.lstrip("0"): None} if len(digits.lstrip("0")) >= 7 else {})
    return tuple(Term((_ending(each[:LONGEST_WORD]),), prefix=True) for each in endings)


def _word_terms(word: str, last: bool) -> tuple[Term, ...]:
    """The alternatives that one typed word stands for; none if it holds neither letter nor digit."""
    if not (tokens := _tokens(word)):
        return ()
    terms = [Term(tuple(tokens), prefix=last and not _ONE_WORD_EACH.match(tokens[-1]))]
    if all(map(str.isdecimal, tokens)):
        digits = "".join(tokens)
        if len(tokens) > 1:
            terms.append(Term((digits[:LONGEST_WORD],), prefix=last))
        terms += _phone_terms(digits)
    if "@" in word[1:]:
        terms.append(Term((word[: 4 * LONGEST_WORD],), prefix=last))
    return tuple(terms)


def _clauses(parts: list[re.Match[str]]) -> Iterator[Clause]:
    for place, part in enumerate(parts, 1):
        if part["word"]:
            terms = _word_terms(part["word"], last=place == len(parts))
        else:
            terms = (Term(phrase),) if (phrase := tuple(_tokens(part["phrase"] or ""))) else ()
        if terms:
            yield Clause(terms, negative=bool(part["minus"]))


def parse(query: str) -> Query:
    """Read what somebody typed; any text is a query, and nothing is a mistake.

    Grammar: words = all of them; the last word = its beginning; "quotes" = words in this order; -word = without it.
    Three digits or more also find the end of a phone number, an address or a part of it finds an e-mail.
    """
    folded = fold(query[:LONGEST_QUERY].translate(_QUOTES))
    clauses = tuple(_clauses(list(_PART.finditer(folded))[:MOST_CLAUSES]))
    spaced = len(clauses) > 1 and _TYPED_PHONE.fullmatch(folded)
    digits = re.sub(r"\D", "", folded) if spaced else ""
    return Query(clauses, _phone_terms(digits) if len(digits) >= 7 else ())


def fts5(query: Query, within: str = "") -> str:
    """The query as an expression over the column `words` of an FTS5 table, all words quoted.

    `within` is another expression that must hold, too. A query of exclusions only needs one: FTS5 cannot say "all but",
    and finds nothing.
    """

    def term(each: Term) -> str:
        return fts5_string(" ".join(each.words)) + " *" * each.prefix

    def either(terms: Iterable[Term]) -> str:
        return f"({' OR '.join(map(term, terms))})"

    wanted = " AND ".join(either(clause.terms) for clause in query.clauses if not clause.negative)
    if query.phones:
        wanted = f"({wanted}) OR {either(query.phones)}"
    both = " AND ".join(filter(None, (within, wanted and f"words : ({wanted})"))) or fts5_string("")
    unwanted = [term for clause in query.clauses if clause.negative for term in clause.terms]
    return f"({both}) NOT words : {either(unwanted)}" if unwanted else both


def tsquery(query: Query) -> str:
    """The query as the text of a PostgreSQL `tsquery`, all words quoted; "" if the query is empty."""

    def term(each: Term) -> str:
        return " <-> ".join(map(lexeme, each.words)) + ":*" * each.prefix

    def either(terms: Iterable[Term]) -> str:
        return f"({' | '.join(map(term, terms))})"

    wanted = " & ".join("!" * clause.negative + either(clause.terms) for clause in query.clauses)
    return f"(({wanted}) | {either(query.phones)})" if query.phones else wanted


def fts5_string(words: str) -> str:
    """Words, one after the other, quoted for an FTS5 expression."""
    return '"' + words.replace('"', '""') + '"'


def lexeme(word: str) -> str:
    """A word quoted for the text of a PostgreSQL `tsquery` or `tsvector`."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
