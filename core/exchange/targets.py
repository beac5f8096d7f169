"""Where the columns of a file may go: the targets of a Resource, and a first mapping that somebody may change."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import fields, i18n
from ..i18n import N_, Problem
from ..points import ADDRESS_PARTS, LABEL_WORDS, LABELS
from . import headings
from .headings import Target

#: Two targets that every Resource has: a text value under the column's own heading, and nothing.
CUSTOM, DROP = "custom", "drop"
#: External ids and accounts are named by what follows the colon: `external_id:bioguide`, `account:skype`.
NAMED = re.compile(r"(external_id|account):(.{1,40})", re.DOTALL)

_CONTACT = {  # target → label, in the order in which a select offers them; fields of their own name take theirs
    "name": "",
    "family_name": "",
    "given_name": "",
    "middle_name": "",
    "prefix": "",
    "suffix": "",
    "nickname": "",
    "kind": "",
    "organisation": "",
    "job_title": "",
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "mobile": N_("Mobile phone"),
    "fax": N_("Fax"),
    "address": N_("Address on one line"),
    "street": ADDRESS_PARTS["street"],
    "street2": N_("Street, second line"),
    "city": ADDRESS_PARTS["city"],
    "region": ADDRESS_PARTS["region"],
    "postcode": ADDRESS_PARTS["postcode"],
    "country": ADDRESS_PARTS["country"],
    "website": "",
    "contact_form": LABEL_WORDS["web"],
    **{f"account:{name}": LABEL_WORDS[name] for name in LABELS["account"] if name != "web"},
    "birthday": "",
    "gender": "",
    "stage": "",
    "roles": "",
    "tags": "",
    "owner": "",
    "channel": "",
    "language": "",
    "source": "",
    "external_id": N_("External id"),
    "note": N_("Note on the timeline"),
    "about": N_("About"),
    "created_at": "",
}
_SEVERAL = headings.SEVERAL | {"external_id", "roles"}
#: What the headings of a file may call the fields of a timeline entry, beside their own names.
_ENTRY_WORDS = {
    "contact": "contact external id|contact email|contact e-mail|contact name|contact id|external id|email|e-mail|name|"
    "customer|client|person|company|联系人|聯絡人|客户|客戶|姓名|邮箱|外部编号",
    "at": "date|time|date time|datetime|when|timestamp|created at|created|activity date|"
    "日期|时间|時間|跟进时间|沟通时间",
    "kind": "type|activity type|类型|類型|方式|跟进方式",
    "author": "by|user|author name|author email|created by|logged by|作者|记录人|跟进人|创建人|填写人",
    "title": "subject|headline|主题|主題|标题|標題",
    "text": "note|notes|body|comment|comments|description|content|内容|內容|备注|備註|跟进内容|沟通内容|记录",
    "direction": "方向",
    "duration": "duration seconds|seconds|时长|時長",
    "outcome": "result|结果|結果",
}


def targets_of(resource, user) -> dict[str, Target]:
    """Every target that this user's columns may go to, with its labels in all languages as aliases."""
    locked = resource.locked(user)
    if resource.name == "contacts":
        found = {name: _target(resource, name, label, name in _SEVERAL) for name, label in _CONTACT.items()}
        for part, word in ADDRESS_PARTS.items():
            found[part] = _more(found[part], (f"{a} {w}" for a in i18n.every(N_("Address")) for w in i18n.every(word)))
        found |= {n: _target(resource, n, "", k.nothing == []) for n, k in resource.custom.items()}
        return {name: target for name, target in found.items() if field_of(name) not in locked}
    words = _ENTRY_WORDS if resource.name == "entries" else {}
    return {
        name: _more(_target(resource, name, "", name == "contact"), words.get(name, "").split("|"))
        for name in resource.fields
        if name not in locked
    }


def field_of(target: str) -> str:
    """The field of a contact that a target fills; "" for the timeline."""
    base = target.partition(":")[0]
    plain = {"email": "emails", "account": "accounts", "contact_form": "accounts", "external_id": "external_ids"}
    plain |= dict.fromkeys(("phone", "mobile", "fax"), "phones")
    plain |= dict.fromkeys(("address", *headings.PARTS), "addresses")
    return plain.get(base, {"about": "note", "note": ""}.get(base, base))


def _target(resource, name: str, label: str, several: bool) -> Target:
    domain = resource.domain if not label else "core"
    label = label or resource.kinds[name].title
    return Target(i18n.translate(label, domain), several, tuple(i18n.every(label, domain)))


def _more(target: Target, aliases: Iterable[str]) -> Target:
    return Target(target.label, target.several, (*target.aliases, *filter(None, aliases)))


def label_of(target: str, targets: dict[str, Target]) -> str:
    """A target in the reader's language."""
    if target in targets:
        return targets[target].label
    if named := NAMED.fullmatch(target):
        return f"{targets[named[1]].label if named[1] in targets else i18n.gettext('Account')}: {named[2]}"
    return i18n.gettext("Keep under its own heading") if target == CUSTOM else i18n.gettext("Leave out")


def suggest(resource, user, columns: list[str], samples: list[dict[str, str]]) -> dict[str, str]:
    """Every column of a file to its target, `custom` where it has no home; one that labels another is dropped."""
    targets = targets_of(resource, user)
    found = headings.suggest(columns, samples, targets)
    if resource.name == "contacts":
        for column in columns:
            target = _own_heading(column) or (column if NAMED.fullmatch(column) else "")
            if target and field_of(target) not in resource.locked(user):
                found[column] = target
        for value, label in headings.labels(columns).items():
            if value in found:
                found[label] = DROP
    else:
        # What the headings of contacts leave open ("Type" of what?) is clear where a field has just that name.
        own = {headings._key(alias): name for name, target in targets.items() for alias in target.aliases}
        for column in columns:
            target = own.get(headings._key(column), "")
            if column not in found and target and target not in found.values():
                found[column] = target
    return {column: found.get(column, CUSTOM) for column in columns}


def _own_heading(column: str) -> str:
    """The target of a heading that our own export wrote: "External id: bioguide", "Account: skype"."""
    word, colon, rest = re.sub("：", ":", column).partition(":")
    for target, label in (("external_id", "External id"), ("account", "Account")):
        if colon and rest.strip() and word.strip() in i18n.every(label):
            return f"{target}:{rest.strip()}"
    return ""


def checked(resource, user, columns: list[str], mapping: dict[str, str]) -> dict[str, str]:
    """A mapping that somebody gave, as it is. Raises Problem for an unknown column or target."""
    targets = targets_of(resource, user)
    known = [*targets, CUSTOM, DROP]
    for column, target in mapping.items():
        if column not in columns:
            raise Problem(
                N_("The file has no column “%(name)s”. It has: %(columns)s."), name=column, columns=", ".join(columns)
            )
        named = resource.name == "contacts" and NAMED.fullmatch(target)
        if target not in known and (not named or field_of(target) in resource.locked(user)):
            raise Problem(
                N_("“%(name)s” is no field to import. There are: %(known)s."), name=target, known=", ".join(known)
            )
    return mapping


def alternatives(kind: fields.Choice) -> dict[str, str]:
    """What a file may call each value of a Choice, case-folded, in every language."""
    found = {}
    for value, label in kind.labels.items():
        found |= {word.casefold(): value for word in (value, *i18n.every(label, kind.domain))}
    return found
