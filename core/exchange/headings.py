"""Which column of a file goes where: by its heading in English or Chinese, by its neighbours, and by what is in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from .. import names
from . import dates
from .errors import ExchangeError


@dataclass(frozen=True)
class Target:
    """A field that a column may go to: its label, whether it takes several columns, and more headings that mean it."""

    label: str = ""
    several: bool = False
    aliases: tuple[str, ...] = ()


PLACED = {"city", "postcode"}  # what makes a line beside it a street
PARTS = ("street", "street2", "city", "region", "postcode", "country")
SEVERAL = {"email", "phone", "mobile", "fax", "website", "address", "tags", "note", *PARTS}

# Headings as `_key` makes them: lower case, words with one blank between them, brackets and numbers gone.
VOCABULARY = {
    "name": (
        "name|full name|display name|contact name|contact|person|customer name|customer|client name|client|"
        "fullname|姓名|名称|名稱|全名|联系人|聯絡人|聯繫人|联系人姓名|客户姓名|客户名称|客戶名稱|客户|客戶|"
        "显示名称|顯示名稱|名字姓名"
    ),
    "given_name": "given name|first name|firstname|forename|first|名|名字|givenname",
    "middle_name": "middle name|middlename|additional name|middle|middle initial|中间名|中間名",
    "family_name": "family name|last name|lastname|surname|last|姓|姓氏|familyname",
    "prefix": "prefix|name prefix|honorific|salutation|称谓|称呼|稱謂|稱呼|尊称|前缀",
    "suffix": "suffix|name suffix|后缀|後綴",
    "nickname": "nickname|nick name|alias|known as|preferred name|昵称|暱稱|别名|英文名|英文名字",
    "kind": "kind|contact kind|类型|類型|客户类型|客戶類型|type|contact type|customer type|客户性质|性质",
    "organisation": (
        "organisation|organization|organization name|organisation name|company|company name|employer|firm|"
        "account name|business name|公司|公司名称|公司名稱|单位|單位|单位名称|工作单位|企业|企业名称|"
        "企業名稱|所属公司|所在公司|就职公司|机构|组织"
    ),
    "job_title": (
        "job title|jobtitle|position|organization title|organisation title|occupation|role title|job|职位|"
        "職位|职务|職務|职称|職稱|岗位|头衔|頭銜"
    ),
    "birthday": "birthday|birth date|date of birth|dob|born|birthdate|生日|出生日期|出生年月|出生年月日|出生日",
    "gender": "gender|sex|性别|性別",
    "website": (
        "website|website value|web site|web page|webpage|url|homepage|home page|internet|site|网址|網址|网站|"
        "網站|主页|主頁|官网|網頁|网页|公司网址"
    ),
    "email": (
        "email|email address|email value|mail|email addresses|邮箱|郵箱|电子邮件|電子郵件|电子邮箱|電子郵箱|"
        "电邮|電郵|邮件|邮件地址|电子邮件地址|電子郵件地址|邮箱地址|email 地址|信箱"
    ),
    "phone": (
        "phone|phone number|telephone|telephone number|tel|phone value|landline|car phone|callback|main phone|"
        "pager|phones|switchboard|电话|電話|电话号码|電話號碼|联系电话|聯絡電話|联系方式|座机|座機|固话|"
        "固定电话|固定電話|电话号|热线|回电话|车载电话|寻呼机|主要电话|单位主要电话|無線電話"
    ),
    "mobile": (
        "mobile|mobile phone|mobile number|cell|cell phone|cellphone|cellular|mobile no|iphone|handy|手机|"
        "手機|手机号|手機號|手机号码|手機號碼|移动电话|行動電話|移动手机|联系手机|电话手机|手机电话"
    ),
    "fax": "fax|fax number|facsimile|fax no|传真|傳真|传真号|传真号码|傳真號碼",
    "address": (
        "address|full address|address formatted|formatted address|location address|postal address|地址|"
        "联系地址|聯絡地址|通讯地址|通訊地址|详细地址|詳細地址|所在地址|公司地址|家庭地址|住址|单位地址|"
        "收货地址|办公地址|完整地址|address value"
    ),
    "street": (
        "street|street address|address street|address line|address line 1|street 1|街道|街道地址|地址 街道|门牌号"
    ),
    "street2": (
        "street 2|street 3|address line 2|address line 3|address extended address|extended address|po box|"
        "address po box|address street 2|suite|building|apartment|apt|unit|floor|地址 街道 2|地址 街道 3|"
        "街道 2|街道 3|邮政信箱|地址 邮政信箱|楼层|单元|大厦"
    ),
    "city": (
        "city|town|address city|locality|municipality|suburb city|城市|市|所在城市|地址 市 县|市 县|地级市|"
        "县市|縣市|市县|区县|區縣|区|區|县|所在区县"
    ),
    "region": (
        "state|province|region|county|state province|address region|address state|prefecture|state region|省|"
        "省份|所在省份|省市|地址 省 市 自治区|省 市 自治区|州|省自治区|省 自治区|州省"
    ),
    "postcode": (
        "zip|zip code|zipcode|postcode|postal code|post code|address postal code|address postcode|plz|"
        "zip postal code|postal|邮编|郵編|邮政编码|郵政編碼|郵遞區號|郵政區號|地址 邮政编码"
    ),
    "country": (
        "country|country region|address country|nation|国家|國家|国家 地区|國家 地區|地址 国家 地区|国家地区|国籍"
    ),
    "account:twitter": "twitter|twitter handle|twitter username|twitter url|x twitter|推特",
    "account:facebook": "facebook|facebook url|facebook page|脸书|臉書",
    "account:youtube": "youtube|youtube channel|youtube url",
    "account:linkedin": "linkedin|linkedin url|linkedin profile|领英|領英",
    "account:wechat": "wechat|wechat id|weixin|微信|微信号|微信號|微信账号|微信id|微信 id",
    "account:qq": "qq|qq号|qq號|qq 号|qq号码|qq number|扣扣",
    "account:weibo": "weibo|sina weibo|微博|新浪微博|微博账号",
    "account:whatsapp": "whatsapp|whatsapp number",
    "account:instagram": "instagram|instagram handle|instagram url",
    "contact_form": "contact form|contact form url|contact url|联系表单|留言网址",
    "tags": (
        "tags|tag|labels|categories|category|keywords|group membership|groups|group|标签|標籤|客户标签|分组|"
        "分組|群组|群組|类别|類別|分类|分類"
    ),
    "owner": (
        "owner|account owner|contact owner|record owner|assigned to|assignee|sales rep|sales representative|"
        "responsible|负责人|負責人|所有人|归属人|跟进人|销售负责人|业务员|業務員|客户负责人|所有者|销售人员|"
        "客户经理|客戶經理|归属"
    ),
    "stage": (
        "stage|lifecycle stage|life cycle stage|lead stage|customer stage|阶段|階段|客户阶段|客戶階段|"
        "跟进阶段|生命周期阶段|客户状态|客戶狀態"
    ),
    "roles": "roles|role|relationship to us|角色|客户角色",
    "channel": (
        "channel|preferred channel|preferred contact method|contact preference|首选联系方式|偏好渠道|首选渠道|"
        "偏好聯絡方式"
    ),
    "language": "language|preferred language|locale|语言|語言|首选语言",
    "source": (
        "source|lead source|original source|came from|来源|來源|客户来源|客戶來源|线索来源|来源渠道|渠道来源|"
        "获客渠道|渠道"
    ),
    "external_id": "external id|uid|external key|外部编号|外部id|外部 id",
    "note": (
        "note|notes|comment|comments|remark|remarks|description|memo|备注|備註|附注|附註|说明|說明|描述|"
        "备注信息|留言|其他说明"
    ),
    "created_at": (
        "created|created at|created on|create date|creation date|created date|date created|创建时间|創建時間|"
        "创建日期|建立时间|录入时间|登记日期|添加时间|create time|created time|建档日期"
    ),
}
COMPANY_NAMES = {
    "客户名称",
    "客戶名稱",
    "客户",
    "客戶",
    "customer name",
    "customer",
    "client name",
    "client",
    "名称",
    "名稱",
}
WEAK = {"occupation", "internet", "pager", "callback"}  # only if nothing else is there
CONTEXT = re.compile(
    r"^(?:(?:home|business|work|other|personal|private|office|primary|secondary|alternate|main|mailing|billing|shipping|company|corporate|delivery|"
    r"residential|contact|customer|client|school)\b\s*|(?:商务|商務|单位|單位|公司|企业|办公|辦公|工作|住宅|家庭|家|个人|個人|私人|其他|其它|主要|常用|备用|備用|"
    r"联系人|聯絡人|客户|客戶|会员|會員|收货|通讯|默认|第一|第二)\s*(?=\S))"
)
KINDS = {
    "person",
    "individual",
    "company",
    "organisation",
    "organization",
    "business",
    "firm",
    "个人",
    "公司",
    "企业",
    "個人",
    "企業",
    "单位",
    "组织",
    "机构",
    "個體",
}
TITLES = names.PREFIXES | set(names.HONORIFICS)
ID_NAMES = (
    "external_id",
    "external id",
    "id",
    "uid",
    "uuid",
    "guid",
    "bioguide",
    "code",
    "编号",
    "編號",
    "客户编号",
    "客戶編號",
    "会员号",
    "工号",
)
ID_ENDING = re.compile(r"(?:\b(?:id|uid|uuid|code|number|no|key)|编号|編號|编码|代码|号|號)$")

CODE = re.compile(r"(?!\d{4}-\d\d-\d\d$)(?=.*\d)[\w#-]{1,64}")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]{2,}")
URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
PHONE = re.compile(r"\+?[(\d][\d\s().-]{6,20}\d")
MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}")


@dataclass
class _Guess:
    """Where one column may go: `key` is its heading without context, `group` the address it is a part of."""

    column: str
    key: str
    target: str
    group: str = ""


def suggest(columns: list[str], samples: list[dict[str, str]], targets: Mapping[str, Target]) -> dict[str, str]:
    """Map columns to targets as far as that is certain enough to be shown to somebody.

    In: the columns of a Table, some of its rows' values, and the targets that there are. Out: column to target name,
    in the columns' order; a column without a home is left out. A target gets several columns only if it says so.
    """
    vocabulary = _vocabulary(targets)
    guesses = [guess for column in columns if (guess := _by_heading(column, targets, vocabulary))]
    values = {column: [text for row in samples if (text := (row.get(column) or "").strip())] for column in columns}
    for rule in (_settle_titles, _settle_companies, _settle_kinds, _settle_addresses):
        rule(guesses, values)
    guesses = [guess for guess in guesses if guess.target in targets and _fits(guess.target, values[guess.column])]
    taken = {guess.column for guess in guesses}
    guesses += [
        _Guess(column, "", target)
        for column in columns
        if column not in taken and (target := _by_values(column, values[column])) in targets
    ]
    return _one_each(guesses, columns, targets)


def _one_each(guesses: list[_Guess], columns: list[str], targets: Mapping[str, Target]) -> dict[str, str]:
    """The guesses as a mapping; of two columns for a target that takes one, that whose heading says just that."""
    mapping: dict[str, str] = {}

    def doubt(guess: _Guess) -> tuple:
        return not guess.key, guess.key in WEAK, guess.group != "", columns.index(guess.column)

    for guess in sorted(guesses, key=doubt):
        if targets[guess.target].several or guess.target in PARTS or guess.target not in mapping.values():
            mapping[guess.column] = guess.target
    return {column: mapping[column] for column in columns if column in mapping}


def propose_external_id(columns: list[str], rows: Iterable[dict[str, str]], known: Collection[str] = ()) -> str | None:
    """The column that identifies a row: filled and unique in every one of them, and looking like an id.

    In: all rows' values, and the sources of external ids that are known already: a column of such a name wins if it is
    always filled, unique or not, for lines with one id are one contact. Out: a column, or None. Keeps a hash a value
    in memory.
    """
    seen: dict[str, set[int]] = {column: set() for column in columns}
    filled, codes = set(columns), set(columns)
    for row in rows:
        for column in tuple(filled):
            value = row.get(column) or ""
            if not value:
                filled.discard(column)
                seen.pop(column, None)
            elif column in seen:
                before = len(seen[column])
                seen[column].add(hash(value))
                if len(seen[column]) == before:
                    del seen[column]
                elif not CODE.fullmatch(value):
                    codes.discard(column)
    unique = [column for column in columns if seen.get(column)]
    candidates = [column for column in columns if column in filled and column in known]
    candidates += [column for name in ID_NAMES for column in unique if _key(column) == _key(name)]
    candidates += [column for column in unique if ID_ENDING.search(_key(column)) and not _lookup(column, _VOCABULARY)]
    candidates += [column for column in unique if column in codes and not _lookup(column, _VOCABULARY)]
    return next(iter(candidates), None)


def labels(columns: list[str]) -> dict[str, str]:
    """Which column names the kind of another ("Phone 1 - Type", "email label"): from value column to label column."""
    found: dict[str, str] = {}
    keys = {column: _key(column) for column in columns}
    for column, key in keys.items():
        base, _, last = key.rpartition(" ")
        if base and last in ("type", "label", "kind", "类型", "類型", "标签"):
            mates = re.compile(re.escape(base) + r"(?: (?!\d).*)?")
            found |= {other: column for other, its in keys.items() if other != column and mates.fullmatch(its)}
    return found


def addresses(values: Mapping[str, str], mapping: Mapping[str, str]) -> list[dict[str, str]]:
    """The addresses of one row, their parts put together from the columns of each group.

    In: the row's values and what `suggest` (or somebody) made of its columns. Out: dicts with the filled ones of
    street, street2, city, region, postcode, country, or "address" for one in a single line; empty addresses are left
    out.
    """
    groups: dict[str, dict[str, str]] = {}
    for column, target in mapping.items():
        text = values.get(column, "")
        if target == "address" and text:
            groups.setdefault(column, {})["address"] = text
        elif target in PARTS and text:
            parts = groups.setdefault(f"parts of {group_of(column)}", {})
            between = "" if names.is_han(text) and target in ("city", "region") else ", "
            parts[target] = parts[target] + between + text if target in parts else text
    return list(groups.values())


def group_of(column: str) -> str:
    """Which address of a row a column belongs to: "home" of "Home Street", "1" of "Address 1 - City", "" of "City"."""
    found = _lookup(column, _VOCABULARY)
    if not found or (found[0] == "address" and found[1].isdigit()):
        return ""  # "Address 1" and "Address 2" beside a city are two lines of one address
    return found[1]


def _key(heading: str) -> str:
    """A heading as the vocabulary has it: lower case, one blank between words and before numbers, no marks."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", unicodedata.normalize("NFKC", heading))
    text = re.sub(r"(?<=[^\W\d_])(?=\d)", " ", text.casefold())
    text = re.sub(r"[\W_]+", " ", text).strip()
    return re.sub(r"\be mail\b", "email", text)


def _vocabulary(targets: Mapping[str, Target]) -> dict[str, str]:
    """Every heading that means one of these targets; their own names and labels come first."""
    own = {
        _key(alias): name
        for name, target in targets.items()
        for alias in (*target.aliases, target.label, name)
        if alias
    }
    return {alias: target for alias, target in _VOCABULARY.items() if target in targets} | own


_VOCABULARY = {alias: target for target, aliases in VOCABULARY.items() for alias in aliases.split("|")}


def _by_heading(column: str, targets: Mapping[str, Target], vocabulary: dict[str, str]) -> _Guess | None:
    if column in targets:
        return _Guess(column, column, column)
    if _key(column) == "title":
        return _Guess(column, "title", "job_title")
    found = _lookup(column, vocabulary)
    return _Guess(column, found[2], found[0], found[1]) if found else None


def _lookup(column: str, vocabulary: dict[str, str]) -> tuple[str, str, str] | None:
    """What a heading means, as (target, group, key): as it is, without what is in brackets, context or number."""
    for heading in (column, re.sub(r"[(（\[【].*?[)）\]】]", " ", column)):
        key, context = _key(heading), []
        while True:
            unnumbered = re.sub(r" ?\b\d+\b ?", " ", key).strip()
            for bare in (key, unnumbered, unnumbered.replace(" ", "")):
                if bare in vocabulary:
                    number = re.findall(r"\b\d+\b", key) if bare != key else []
                    return vocabulary[bare], " ".join(context + number), bare
            match = CONTEXT.match(key)
            if not match or match.end() == len(key):
                break
            context.append(match[0].strip())
            key = key[match.end() :].strip()
    return None


# What the heading alone cannot say


def _settle_titles(guesses: list[_Guess], values: dict[str, list[str]]) -> None:
    """ "Title" is a job, unless there is a job beside it, or it says Dr. and Mrs."""
    jobs = [guess for guess in guesses if guess.target == "job_title"]
    for guess in jobs:
        addressed = _share(values[guess.column], lambda text: text.lower().replace(".", "") in TITLES) > 0.5
        if guess.key == "title" and (len(jobs) > 1 or addressed):
            guess.target = "prefix"


def _settle_companies(guesses: list[_Guess], values: dict[str, list[str]]) -> None:
    """客户名称 is the firm where there is a column for the person too."""
    people = [guess for guess in guesses if guess.target in ("name", "given_name") and guess.key not in COMPANY_NAMES]
    if people and not any(guess.target == "organisation" for guess in guesses):
        for guess in guesses:
            if guess.target == "name" and guess.key in COMPANY_NAMES:
                guess.target = "organisation"


def _settle_kinds(guesses: list[_Guess], values: dict[str, list[str]]) -> None:
    """A "type" can be anything: it is a kind of contact only if that is what its values say."""
    for guess in guesses:
        if guess.target == "kind" and guess.key not in ("kind", "contact kind"):
            guess.target = "kind" if _share(values[guess.column], lambda text: text.casefold() in KINDS) >= 0.8 else ""


def _settle_addresses(guesses: list[_Guess], values: dict[str, list[str]]) -> None:
    """A line beside city or postcode is the street; a state alone, or a building, is no address at all."""
    parts: dict[str, set[str]] = {}
    for guess in guesses:
        parts.setdefault(guess.group, set()).add(guess.target)
    lines = 0
    for guess in guesses:
        beside = parts[guess.group]
        if guess.target == "address":
            if not beside & PLACED and guess.group.isdigit() and parts.get("", set()) & PLACED:
                guess.group, beside = "", parts[""]  # Address 1, Address 2, City: lines of one address
            if "street" in beside and guess.key.endswith("formatted"):
                guess.target = ""
            elif beside & PLACED:
                guess.target, lines = "street" if not lines and "street" not in beside else "street2", lines + 1
        elif (guess.key == "state" or guess.target == "street2") and not beside & {"street", *PLACED}:
            guess.target = ""


def _share(texts: list[str], test: Callable[[str], object]) -> float:
    """The part of the texts that pass, 0 where there are none."""
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def _is_date(text: str) -> bool:
    try:
        dates.parse(text)
    except ExchangeError:
        try:
            dates.parse(text, "dmy")
        except ExchangeError:
            return False
    return True


def _fits(target: str, texts: list[str]) -> bool:
    """Whether what is in a column may be what its heading says; "Email: yes, no, yes" is not."""
    tests: dict[str, Callable[[str], object]] = {
        "email": lambda text: "@" in text,
        "birthday": _is_date,
        "website": lambda text: "." in text,
        **dict.fromkeys(("phone", "mobile", "fax"), lambda text: sum(map(str.isdigit, text)) >= 3),
    }
    return not texts or target not in tests or _share(texts, tests[target]) >= 0.3


def _by_values(column: str, texts: list[str]) -> str:
    """What a column holds whose heading says nothing; of dates nobody knows what they are for."""
    if len(texts) < 2 or _key(column).rpartition(" ")[2] in ("type", "label"):
        return ""
    tests = (("email", EMAIL.fullmatch), ("website", URL.fullmatch), ("mobile", MOBILE.fullmatch), ("phone", _is_phone))
    return next((target for target, test in tests if _share(texts, test) >= 0.8), "")


def _is_phone(text: str) -> bool:
    """Digits grouped as only phone numbers are: not a date, a coordinate or a running number."""
    grouped = re.search(r"[ ()+]|\d-\d", text) and not re.fullmatch(r"-?\d+\.\d+", text)
    return bool(grouped and PHONE.fullmatch(text) and sum(map(str.isdigit, text)) >= 10 and not _is_date(text))
