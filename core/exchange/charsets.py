"""Which encoding a text file is in; made for address books, whose Chinese is often two characters long."""

from __future__ import annotations

from typing import BinaryIO

SAMPLE = 64 * 1024

BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

# Characters that headings, names and addresses are full of, in both scripts. A decoding that brings them out is right;
# a wrong one brings out characters that nobody uses. (General frequency lists say little about a column of surnames.)
COMMON = frozenset(
    "姓名字号號码碼手机機电電话話传傳真邮郵箱件子信地址公司单單位职職务務称稱部门門生日期性别別男女备備注註网網站微"
    "博标標签籤客户戶联聯系络絡人来來源负負责責国國家省市区區县縣镇鎮乡鄉村街道路巷弄段楼樓室层層栋棟座厦廈园園城中"
    "华華北京上海广廣州深圳天津重庆慶成都武汉漢杭南苏蘇西安台臺湾灣香港九龙龍新竹高雄桃大小东東山江河湖浙福建川云雲"
    "贵貴青岛島宁寧阳陽沙合肥王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱郭何罗羅林郑鄭梁谢謝唐许許冯馮宋韩韓邓鄧彭"
    "曹曾田于萧蕭潘袁董余叶葉蒋蔣杜魏程吕呂丁沈任姚卢盧傅钟鍾姜崔谭譚廖范汪陆陸金石戴贾賈韦韋夏邱方侯邹鄒熊孟秦白阎"
    "閻薛尹雷黎史陶贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃洪蔡施欧歐颜顏庄莊康游翁詹赖賴简簡纪紀涂伟偉芳娜秀英敏静靜丽麗强"
    "強磊军軍洋勇艳豔杰傑娟涛濤明超霞平刚剛桂兰蘭红紅玉梅春志文斌婷宇浩然涵轩軒梓欣怡雨晨佳俊辉輝鹏鵬飞飛波宏峰雪琳"
    "慧莉玲美雅淑惠雯君豪宗翰冠承恩思嘉珍凤鳳月清永德义義学學光亮有限股份集团團科技贸貿易商业業工实實企经經理总總监"
    "監主事长長销銷售采採购購财財行政力资資服的一是在不了和与與及年时時分先姐士老师師教授已未无無否个個其他类類型状"
    "狀态態等级級内內容产產品朋友庭同亲親戚供应應作伙伴要潜潛交意向介绍紹推荐薦展会會官告百度店餐饮飲食房材医醫药藥"
    "院银銀"
)

# The letters of West European languages, as they stand inside words.
LETTERS = frozenset("äöüßÄÖÜéèêëÉÈÊàâáãåÀÂÁÃÅçÇîïíìÍÎñÑôóòõøÓÔÕØùûúÚÛæÆœŒÿýÝðþÞšžŠŽ")
GB_FIRST_LEVEL, BIG5_FIRST_LEVEL = (0xB0, 0xD7), (0xA4, 0xC6)  # lead bytes of the everyday characters
NEUTRAL = frozenset("’‘“”–—…€£§°«»·®©™´ºª¿¡№•\xa0")


def detect(stream: BinaryIO) -> str | None:
    """The encoding of a text file. In: a seekable binary stream. Out: a codec's name, or None for what is no text."""
    stream.seek(0)
    head = stream.read(SAMPLE)
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _utf16(head)
    stream.seek(0)
    lines = _telling_lines(stream)
    if not lines:
        return "utf-8"
    if sum(_decodes(line, "utf-8") for line in lines) >= 0.9 * len(lines):
        return "utf-8"
    return _legacy(b"".join(lines))


def _telling_lines(stream: BinaryIO) -> list[bytes]:
    """The first lines that are not pure ASCII, since only they tell encodings apart: at most about SAMPLE bytes."""
    lines, size = [], 0
    for line in stream:
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size >= SAMPLE:
                break
    return lines


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark, known by its many zero bytes on one side and none of the control characters."""
    scores = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) & ~1].decode(encoding, "replace")
        if text and not any(c < " " and c not in "\t\r\n" for c in text):
            scores[encoding] = sum(c.isascii() or c in COMMON for c in text) / len(text)
    best = max(scores, key=scores.get, default=None)
    return best if best and scores[best] > 0.3 else None


def _legacy(data: bytes) -> str:
    """The likeliest one-byte or Chinese encoding of bytes that are not UTF-8."""
    latin = "cp1252" if _decodes(data, "cp1252") else "latin-1"
    big5 = "big5" if _decodes(data, "big5") else "big5hkscs"
    # Equal scores go to the first, and the mainland's files are the most.
    scores = {"gb18030": _chinese(data, "gb18030"), big5: _chinese(data, big5)}
    scores[latin] = _western(data.decode(latin, "replace"))
    best = max(scores, key=scores.get)
    return best if scores[best] > 0 else _guess(data) or best


def _chinese(data: bytes, encoding: str) -> int:
    """How much `data` reads like Chinese in `encoding`."""
    score, before = 0, ""
    for char in data.decode(encoding, "replace"):
        if not char.isascii():
            score += _character(char, encoding)
            if "a" <= before <= "z":
                score -= 3
        elif "a" <= char <= "z" and not before.isascii():
            score -= 3  # a letter that was half of a character: a West European word in disguise
        before = char
    return score


def _character(char: str, encoding: str) -> int:
    if char in COMMON:
        return 6
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef":
        return 2
    if not "\u4e00" <= char <= "\u9fff":
        return -6
    lead, trail = char.encode(encoding)[:2]
    if encoding == "gb18030":
        # Below 0xA1 lie the rare characters that GBK added. Mainland given names use the second half of GB 2312 freely.
        return -4 if trail < 0xA1 else 2 if GB_FIRST_LEVEL[0] <= lead <= GB_FIRST_LEVEL[1] else 1
    return 2 if BIG5_FIRST_LEVEL[0] <= lead <= BIG5_FIRST_LEVEL[1] else -4


def _western(text: str) -> int:
    """How much `text` reads like a West European language: accents stand alone between plain letters."""
    score, run = 0, 0
    for i, char in enumerate(text):
        if char.isascii():
            run = 0
            continue
        run += 1
        near = text[max(0, i - 1) : i] + text[i + 1 : i + 2]
        if char in LETTERS and run < 3 and any(c.isascii() and c.isalpha() for c in near):
            score += 2 if char.islower() or not text[max(0, i - 1) : i].islower() else -2
        elif char not in NEUTRAL or run > 1:
            score -= 3
        elif text[i + 1 : i + 2].isascii():
            score += 1
    return score


def _guess(data: bytes) -> str | None:
    """Somebody else's opinion, for Japanese, Cyrillic and all the rest; worth nothing on a few bytes."""
    if sum(byte > 0x7F for byte in data) < 12:
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best else None
