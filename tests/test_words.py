"""Words: how a text is folded, sorted, split for the index, and how a query is read."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.words import email_words, fold, fts5, parse, phone_words, sort_key, title_word, tsquery, words

TYPED = st.text() | st.text(alphabet="ab张伟 \"“-@.+*()~=^:\\'\x00\ud800０1é")


def in_phone_book_order(*names: str) -> bool:
    """Whether plain byte order of the keys is the order given."""
    keys = [sort_key(name).encode() for name in names]
    return keys == sorted(keys) and len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("KLOB", "klob"),
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Straße", "strasse"),
        ("Łódź, Ærø", "lodz, aero"),
        ("İstanbul ISPARTA", "istanbul isparta"),
        ("ＡＢＣ１２３", "abc123"),
        ("٠١٢", "012"),
        ("a\x00b\ud800 \t\u3000c\u200b", "a b c"),
        ("हिन्दी", "हिन्दी"),
        ("해운대", "해운대"),
    ],
)
def test_what_looks_alike_folds_alike(written, folded):
    assert fold(written) == folded


@given(TYPED)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("张伟", "zhang wei"),
        ("单田芳", "shan tian fang"),
        ("查良镛", "zha liang yong"),
        ("仇英", "qiu ying"),
        ("曾国藩", "zeng guo fan"),
        ("解缙", "xie jin"),
        ("区志强", "ou zhi qiang"),
        ("尉迟敬德", "yu chi jing de"),
        ("單田芳", "shan tian fang"),
        ("吕布", "lv bu"),
        ("解放军总医院", "jie fang jun zong yi yuan"),
        ("区块链科技", "qu kuai lian ke ji"),
        ("A张", "a zhang"),
    ],
)
def test_a_name_sorts_by_its_reading(name, reading):
    assert sort_key(name).split("\x01") == [reading, name.casefold()]


def test_chinese_and_latin_names_sort_into_one_phone_book():
    assert in_phone_book_order("Adam", "曾国藩", "Zhang Wei", "张伟", "张晓明", "Zoë")
    assert in_phone_book_order("西安", "先生")  # xi an, xian: a syllable ends before a letter goes on
    assert in_phone_book_order("Muller", "Müller", "Mulley")


def test_homophones_stand_together_and_stay_distinct():
    assert in_phone_book_order("张伟", "章伟", "张伟明")


def test_an_empty_text_has_an_empty_key():
    assert sort_key("") == sort_key(" \x00\u200b") == ""


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("张伟", "张 伟 zhangwei zhang wei zw"),
        ("张晓明", "zhangxiaoming xiaoming zxm xm"),
        ("单田芳", "shan dan shantianfang dantianfang stf"),
        ("尉迟敬德", "yuchijingde yu chi"),
        ("重庆", "chongqing cq"),
        ("银行", "yinhang"),
        ("吕布", "lvbu lubu lyubu lv lu"),
        ("上海海川贸易有限公司", "shanghaihaichuanmaoyiyouxiangongsi haichuanmaoyi hcmy"),
        ("Amy Klobuchar", "amy klobuchar"),
        ("Sinéad O’Brien", "sinead o brien obrien"),
        ("iPhone手机", "iphone 手 机 shouji"),
        ("𠮷野", "𠮷 野"),
        ("たなか", "た な か"),
    ],
)
def test_words_hold_all_that_people_type(text, typed):
    assert set(typed.split()) <= set(words(text))


def test_own_words_come_first_and_in_their_order_so_that_phrases_are_found():
    assert words("北京北站 North 北")[:6] == ["北", "京", "北", "站", "north", "北"]


def test_many_readings_give_few_words_and_the_likeliest_stay():
    found = words("重长行乐重长行乐")
    assert "zhongzhangxinglezhongzhangxingle" in found
    assert len(found) < 150


def test_prose_gets_no_pinyin():
    assert "jintianjianlezhangwei" in words("今天见了张伟")
    assert all(len(word) == 1 for word in words("今天见了张伟，" * 20))


def test_a_long_word_is_cut_alike_in_index_and_query():
    assert parse("x" * 300).clauses[0].terms[0].words[0] in words("x" * 400)


def test_a_phone_number_is_found_by_its_groups_its_start_and_its_end():
    found = phone_words("+86 138 0574 2210")
    assert found == ["86", "138", "0574", "2210", "8613805742210", "13805742210", "~0122475083168"]
    assert "~0122" in found[-1]
    assert phone_words("+1 (202) 224-3244 ext. 12")[-1] == "~44234222021"
    assert phone_words("+353 1 234567")[-2] == "1234567"
    assert phone_words("none") == ["none"]
    assert phone_words("") == []


def test_an_address_is_found_whole_and_by_its_parts():
    assert email_words("Lin.XW+a@haichuan.example") == [
        "lin.xw+a@haichuan.example", "lin", "xw", "a", "haichuan", "example"
    ]  # fmt: skip


def test_a_whole_title_is_one_word_however_it_is_written():
    assert {title_word(sort_key(title)) for title in ("张伟", "章伟", "Zhang Wei", "zhangwei")} == {"=zhangwei"}
    assert title_word(sort_key("…")) == ""


@pytest.mark.parametrize(
    ("typed", "for_sqlite", "for_postgres"),
    [
        ("zhang wei", 'words : (("zhang") AND ("wei" *))', "('zhang') & ('wei':*)"),
        ("张伟", 'words : (("张 伟"))', "('张' <-> '伟')"),
        ('"zhang wei"', 'words : (("zhang wei"))', "('zhang' <-> 'wei')"),
        ("“张 伟” Li", 'words : (("张 伟") AND ("li" *))', "('张' <-> '伟') & ('li':*)"),
        ("-foo bar", '(words : (("bar" *))) NOT words : ("foo")', "!('foo') & ('bar':*)"),
        ("lin.xw", 'words : (("lin xw" *))', "('lin' <-> 'xw':*)"),
        ("li@b.cn", 'words : (("li b cn" * OR "li@b.cn" *))', "('li' <-> 'b' <-> 'cn':* | 'li@b.cn':*)"),
        ("２２１０", 'words : (("2210" * OR "~0122" *))', "('2210':* | '~0122':*)"),
        (
            "05742210",
            'words : (("05742210" * OR "~01224750" * OR "~0122475" *))',
            "('05742210':* | '~01224750':* | '~0122475':*)",
        ),
        ('"', '""', ""),
        ("-", '""', ""),
        ("?!", '""', ""),
        ("", '""', ""),
        ('a"b', 'words : (("a") AND ("b"))', "('a') & ('b')"),
        ("NEAR(a) OR b*", 'words : (("near a") AND ("or") AND ("b" *))', "('near' <-> 'a') & ('or') & ('b':*)"),
    ],
)
def test_a_query_is_read_the_same_for_both_engines(typed, for_sqlite, for_postgres):
    assert fts5(parse(typed)) == for_sqlite
    assert tsquery(parse(typed)) == for_postgres


def test_a_phone_number_typed_with_spaces_is_also_one_number():
    assert parse("+86 138-0574 2210").phones[0].words == ("~0122475083168",)
    assert parse("0574 2210").phones[0].words == ("~01224750",)
    for text in ("12 34", "2210 -138 0574", "0574 2210 Lin"):
        assert parse(text).phones == ()


def test_only_exclusions_need_something_to_exclude_from():
    assert fts5(parse("-foo")) == '("") NOT words : ("foo" *)'
    assert fts5(parse("-foo"), within="scope : (r)") == '(scope : (r)) NOT words : ("foo" *)'


def test_a_query_is_false_when_nothing_is_asked():
    assert parse("x")
    assert not parse(" - \" ' 。")


def test_a_country_code_alone_has_no_number_after_it():
    assert phone_words("+86") == ["86", "~68"]


@given(TYPED)
def test_no_text_whatever_is_a_mistake(text):
    query = parse(text)
    for rendered in (fts5(query), tsquery(query), " ".join(words(text)), sort_key(text), title_word(sort_key(text))):
        assert "\x00" not in rendered
        rendered.encode()
    for each in (*words(text), *phone_words(text), *email_words(text)):
        assert each
        assert " " not in each


@given(st.text(alphabet="aé张伟重Z9 -ß", min_size=1))
def test_every_word_of_a_text_is_found_by_typing_it(text):
    indexed = set(words(text))
    for typed in text.replace("-", " ").split():
        assert {word for clause in parse(typed).clauses for word in clause.terms[0].words} <= indexed


def test_pinyin_is_loaded_with_the_first_chinese_character_and_never_the_phrase_table():
    script = """
import sys
from core.words import words
words("Müller 12"); assert "pypinyin" not in sys.modules
assert "zhangwei" in words("张伟"); assert "pypinyin" in sys.modules
assert "pypinyin.phrases_dict" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
