"""Columns find their targets by themselves, in English and in Chinese."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.exchange.headings import (
    SEVERAL,
    VOCABULARY,
    Target,
    addresses,
    group_of,
    labels,
    propose_external_id,
    suggest,
)

TARGETS = {name: Target(name, name in SEVERAL) for name in VOCABULARY}


def mapped(headings: str, *samples: dict) -> dict[str, str]:
    return suggest(headings.split(","), list(samples), TARGETS)


def test_plain_chinese_headings():
    assert list(
        mapped("姓名,手机,电话,邮箱,公司,职位,生日,地址,微信,QQ,备注,标签,负责人,来源,性别,创建时间").values()
    ) == [
        "name",
        "mobile",
        "phone",
        "email",
        "organisation",
        "job_title",
        "birthday",
        "address",
        "account:wechat",
        "account:qq",
        "note",
        "tags",
        "owner",
        "source",
        "gender",
        "created_at",
    ]


def test_traditional_headings():
    assert list(mapped("姓名,手機,電話,電郵,公司名稱,職稱,生日,地址,傳真,備註,標籤,郵遞區號").values()) == [
        "name",
        "mobile",
        "phone",
        "email",
        "organisation",
        "job_title",
        "birthday",
        "street",
        "fax",
        "note",
        "tags",
        "postcode",
    ]


def test_a_chinese_customer_list_has_a_firm_and_a_person():
    assert mapped(
        "*客户名称,联系人,联系人手机（必填）,省份,城市,区县,详细地址,客户类型,客户来源,部门", {"客户类型": "重点"}
    ) == {
        "*客户名称": "organisation",
        "联系人": "name",
        "联系人手机（必填）": "mobile",
        "省份": "region",
        "城市": "city",
        "区县": "city",
        "详细地址": "street",
        "客户来源": "source",
    }
    assert mapped("客户名称,电话") == {"客户名称": "name", "电话": "phone"}


GOOGLE_OLD = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Name Prefix,Nickname,Birthday,Gender,Occupation,Notes,Photo,"
    "Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,"
    "Address 1 - Type,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,"
    "Organization 1 - Name,Organization 1 - Title,Organization 1 - Department,Website 1 - Value"
)
GOOGLE_NEW = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Name Suffix,File As,Organization Name,Organization Title,"
    "Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value,"
    "Address 1 - Formatted,Website 1 - Value,Custom Field 1 - Value"
)


def test_google_contacts_old_and_new():
    old, new = mapped(GOOGLE_OLD), mapped(GOOGLE_NEW)
    assert old == {
        "Name": "name",
        "Given Name": "given_name",
        "Additional Name": "middle_name",
        "Family Name": "family_name",
        "Name Prefix": "prefix",
        "Nickname": "nickname",
        "Birthday": "birthday",
        "Gender": "gender",
        "Notes": "note",
        "Group Membership": "tags",
        "E-mail 1 - Value": "email",
        "E-mail 2 - Value": "email",
        "Phone 1 - Value": "phone",
        "Address 1 - Street": "street",
        "Address 1 - City": "city",
        "Address 1 - Postal Code": "postcode",
        "Organization 1 - Name": "organisation",
        "Organization 1 - Title": "job_title",
        "Website 1 - Value": "website",
    }
    assert new == {
        "First Name": "given_name",
        "Middle Name": "middle_name",
        "Last Name": "family_name",
        "Name Suffix": "suffix",
        "Organization Name": "organisation",
        "Organization Title": "job_title",
        "Notes": "note",
        "Labels": "tags",
        "E-mail 1 - Value": "email",
        "Phone 1 - Value": "phone",
        "Phone 2 - Value": "phone",
        "Address 1 - Formatted": "address",
        "Website 1 - Value": "website",
    }
    assert labels(GOOGLE_OLD.split(","))["Phone 1 - Value"] == "Phone 1 - Type"
    assert labels(GOOGLE_OLD.split(","))["Address 1 - City"] == "Address 1 - Type"


def test_outlook_in_english():
    found = mapped(
        "Title,First Name,Last Name,Suffix,Company,"
        "Department,Job Title,Business Street,Business Street 2,Business City,"
        "Business State,Business Postal Code,Business Country/Region,Home Street,Home City,Assistant's Phone,"
        "Business Fax,Business Phone,Home Phone 2,Mobile Phone,Primary Phone,Birthday,Categories,E-mail Address,"
        "E-mail Type,E-mail 2 Address,Manager's Name,Notes,Web Page"
    )
    assert list(found.items()) == [
        ("Title", "prefix"),
        ("First Name", "given_name"),
        ("Last Name", "family_name"),
        ("Suffix", "suffix"),
        ("Company", "organisation"),
        ("Job Title", "job_title"),
        ("Business Street", "street"),
        ("Business Street 2", "street2"),
        ("Business City", "city"),
        ("Business State", "region"),
        ("Business Postal Code", "postcode"),
        ("Business Country/Region", "country"),
        ("Home Street", "street"),
        ("Home City", "city"),
        ("Business Fax", "fax"),
        ("Business Phone", "phone"),
        ("Home Phone 2", "phone"),
        ("Mobile Phone", "mobile"),
        ("Primary Phone", "phone"),
        ("Birthday", "birthday"),
        ("Categories", "tags"),
        ("E-mail Address", "email"),
        ("E-mail 2 Address", "email"),
        ("Notes", "note"),
        ("Web Page", "website"),
    ]
    assert addresses(
        {
            "Business Street": "5 Main St",
            "Business Street 2": "Floor 2",
            "Business City": "Springfield",
            "Home City": "Shelbyville",
            "Home Street": "",
        },
        found,
    ) == [{"street": "5 Main St", "street2": "Floor 2", "city": "Springfield"}, {"city": "Shelbyville"}]


def test_outlook_in_chinese():
    assert mapped(
        "称谓,姓,名,单位,部门,职务,"
        "商务地址 街道,商务地址 市/县,商务地址 邮政编码,住宅地址 街道,商务传真,商务电话,商务电话 2,"
        "移动电话,助理的电话,电子邮件地址,电子邮件类型,电子邮件 2 地址,网页,类别,附注"
    ) == {
        "称谓": "prefix",
        "姓": "family_name",
        "名": "given_name",
        "单位": "organisation",
        "职务": "job_title",
        "商务地址 街道": "street",
        "商务地址 市/县": "city",
        "商务地址 邮政编码": "postcode",
        "住宅地址 街道": "street",
        "商务传真": "fax",
        "商务电话": "phone",
        "商务电话 2": "phone",
        "移动电话": "mobile",
        "电子邮件地址": "email",
        "电子邮件 2 地址": "email",
        "网页": "website",
        "类别": "tags",
        "附注": "note",
    }
    assert group_of("商务地址 街道") == group_of("商务地址 市/县") != group_of("住宅地址 街道")


def test_a_register_of_politicians():
    sample = {
        "type": "sen",
        "state": "WA",
        "term_start": "2025-01-03",
        "url": "https://www.example.org",
        "phone": "202-555-0144",
    }
    assert mapped(
        "bioguide,first_name,last_name,suffix,full_name,birthday,gender,type,state,district,party,term_start,url,address,"
        "phone,contact_form,twitter",
        sample,
    ) == {
        "first_name": "given_name",
        "last_name": "family_name",
        "suffix": "suffix",
        "full_name": "name",
        "birthday": "birthday",
        "gender": "gender",
        "url": "website",
        "address": "address",
        "phone": "phone",
        "contact_form": "contact_form",
        "twitter": "account:twitter",
    }


def test_a_register_of_offices_is_one_address_a_row():
    row = {
        "bioguide": "A1",
        "office_id": "A1-rome",
        "city": "Rome",
        "state": "GA",
        "zip": "30161",
        "address": "100 E 1st St",
        "suite": "Suite 3",
        "building": "Old Mill",
        "phone": "706-555-0100",
        "fax": "",
        "latitude": "34.25",
        "longitude": "-85.16",
    }
    found = suggest(list(row), [row] * 3, TARGETS)
    assert found == {
        "city": "city",
        "state": "region",
        "zip": "postcode",
        "address": "street",
        "suite": "street2",
        "building": "street2",
        "phone": "phone",
        "fax": "fax",
    }
    assert addresses(row, found) == [
        {"city": "Rome", "region": "GA", "postcode": "30161", "street": "100 E 1st St", "street2": "Suite 3, Old Mill"}
    ]


def test_address_lines_and_chinese_parts():
    found = mapped("Name,Address 1,Address 2,City,Zip")
    assert list(found.values()) == ["name", "street", "street2", "city", "postcode"]
    assert addresses({"Address 1": "5 Main St", "Address 2": "Floor 2", "City": "Rome"}, found) == [
        {"street": "5 Main St", "street2": "Floor 2", "city": "Rome"}
    ]
    chinese = mapped("省份,城市,区县,详细地址")
    assert addresses({"省份": "浙江", "城市": "杭州市", "区县": "西湖区", "详细地址": "文三路90号"}, chinese) == [
        {"region": "浙江", "city": "杭州市西湖区", "street": "文三路90号"}
    ]
    assert addresses({"Home Address": "a", "Work Address": "b"}, mapped("Home Address,Work Address")) == [
        {"address": "a"},
        {"address": "b"},
    ]


def test_values_decide_where_headings_do_not():
    rows = [
        {
            "x": "a@b.cd",
            "y": "https://x.example",
            "z": "138 0013 8000",
            "w": "2020-01-01",
            "v": "(202) 555-0144",
            "u": "-86.84063",
            "title": "Dr.",
            "kind_of": "1",
            "type": "company",
            "email": "yes",
        }
    ] * 3
    assert suggest(list(rows[0]), rows, TARGETS) == {
        "x": "email",
        "y": "website",
        "z": "mobile",
        "v": "phone",
        "title": "prefix",
        "type": "kind",
    }


def test_a_single_target_takes_the_column_that_says_just_that():
    assert mapped("Occupation,Job Title,Work Website") == {"Job Title": "job_title", "Work Website": "website"}
    assert mapped("Customer Name,Name,Full Name") == {"Customer Name": "organisation", "Name": "name"}


def test_columns_of_our_own_files_map_to_themselves():
    columns = [
        "kind",
        "name",
        "email",
        "email label",
        "email 2",
        "mobile",
        "address street",
        "address 2 city",
        "account:qq",
    ]
    assert suggest(columns, [], TARGETS) == {
        "kind": "kind",
        "name": "name",
        "email": "email",
        "email 2": "email",
        "mobile": "mobile",
        "address street": "street",
        "address 2 city": "city",
        "account:qq": "account:qq",
    }
    assert labels(columns) == {"email": "email label"}


def test_another_resource_brings_its_own_words():
    targets = {"amount": Target("Amount", aliases=("金额",)), "title": Target("Deal name")}
    assert suggest(["金额", "Deal Name", "姓名"], [], targets) == {"金额": "amount", "Deal Name": "title"}


@pytest.mark.parametrize(
    "rows,known,expected",
    [
        ([{"name": "a", "id": "1", "uuid": "x1"}, {"name": "b", "id": "2", "uuid": "x2"}], (), "id"),
        ([{"bioguide": "A1", "office_id": "A1-x"}, {"bioguide": "A1", "office_id": "A1-y"}], (), "office_id"),
        ([{"bioguide": "A1", "office_id": "A1-x"}, {"bioguide": "A1", "office_id": "A1-y"}], ("bioguide",), "bioguide"),
        ([{"姓名": "甲", "客户编号": "K1"}, {"姓名": "乙", "客户编号": "K2"}], (), "客户编号"),
        ([{"name": "a", "id": "1"}, {"name": "b", "id": ""}], (), None),
        ([{"name": "a", "id": "1"}, {"name": "b", "id": "1"}], (), None),
        (
            [
                {"name": "a", "email": "a@b.cd", "phone": "12345678"},
                {"name": "b", "email": "c@b.cd", "phone": "22345678"},
            ],
            (),
            None,
        ),
        ([{"name": "a", "Matrikel": "M-17"}, {"name": "b", "Matrikel": "M-18"}], (), "Matrikel"),
        ([{"name": "a", "since": "2020-01-01"}, {"name": "b", "since": "2020-01-02"}], (), None),
        ([], (), None),
    ],
)
def test_the_column_that_identifies_a_row(rows, known, expected):
    columns = list(rows[0]) if rows else ["name", "id"]
    assert propose_external_id(columns, rows, known) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(max_size=20)
        | st.sampled_from(["地址 1", "2", "（", "Home ", "商务", "city 2", "Address 1 - ", "x label"]),
        max_size=6,
        unique=True,
    ),
    st.text(max_size=10),
)
def test_arbitrary_headings_raise_nothing(columns, text):
    row = dict.fromkeys(columns, text)
    found = suggest(columns, [row, row], TARGETS)
    assert set(found) <= set(columns) and set(found.values()) <= set(TARGETS)
    addresses(row, found), labels(columns), propose_external_id(columns, [row])
