"""Placeholders in mails: `{{ contact.name }}`. What a template may say is a short list, and nothing else is run."""

import difflib
import re
from collections.abc import Callable
from functools import lru_cache

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from core import N_, Contact, Problem, html, resource_of

#: Filters that a template may use; none can take long or reach anything.
FILTERS = frozenset(("default", "d", "upper", "lower", "title", "capitalize", "trim", "first", "last", "length"))
#: The syntax that a template may use: values, filters, conditions. No loops, calls, assignments, arithmetic, imports.
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
)
#: What is never told in a mail, though a contact has it.
_OURS = frozenset(("owner", "tags", "roles", "stage", "source", "note", "external_ids", "created_at", "custom"))


def _sandbox(autoescape: bool) -> ImmutableSandboxedEnvironment:
    found = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=autoescape, keep_trailing_newline=True)
    found.globals.clear()
    return found


_PLAIN, _PAGE = _sandbox(False), _sandbox(True)


def known() -> list[str]:
    """The placeholders that there are, in the order in which people look for them."""
    contacts = resource_of(Contact)
    fields = [name for name in contacts.fields if name not in _OURS and name not in ("name", "kind")]
    return [
        "contact.name",
        "contact.first_name",
        "contact.salutation",
        *(f"contact.{name}" for name in fields),
        "user.name",
        "user.email",
        "firm",
        "today",
    ]


def as_page(text: str, convert: Callable[[str], str]) -> str:
    """A template's text as a template of HTML, for `render(…, page=True)`: thousands of mails are converted once.

    `convert` sees a word in place of each placeholder. "" for a text with conditions: its mails are converted singly.
    """
    if "{%" in text or "{#" in text:
        return ""
    found: list[str] = []

    def mark(match) -> str:
        found.append(match.group())
        return f"\ue000{len(found) - 1}\ue001"

    page = convert(re.sub(r"\{\{.*?\}\}", mark, re.sub("[\ue000\ue001]", "", text), flags=re.S))
    return re.sub("\ue000(\\d+)\ue001", lambda match: found[int(match.group(1))], page)


def render(text: str, values: dict, strict: bool = True, page: bool = False) -> str:
    """A template's text for one contact; `values` as `values_of` gives them.

    Raises Problem naming the placeholder that is unknown, forbidden, or (when `strict`) empty for this contact; else an
    empty one shows as `⟨contact.job_title⟩`. With `page` the text is HTML, and values are escaped.
    """
    if "{" not in text:
        return text
    template, names = _compiled(text, page)
    _check_names(names, values)
    try:
        return template.render(_filled(values, strict))
    except UndefinedError as error:
        raise Problem(
            N_('“%(name)s” is empty for %(contact)s. Fill it in, or write {{ %(name)s | default("…") }}.'),
            "mail",
            name=str(error),
            contact=values["contact"]["name"],
        ) from None
    except Exception as error:  # a filter on the wrong kind of value
        raise _broken(str(error)) from None


def check(text: str) -> None:
    """Raises Problem for a template that no contact can be written to with."""
    if "{" in text:
        _, names = _compiled(text)
        _check_names(names, {"contact": dict.fromkeys(n.partition(".")[2] for n in known()), "user": {}} | _TOP)


_TOP = {"firm": "", "today": ""}


def _check_names(names: frozenset[str], values: dict) -> None:
    everything = known()
    for name in sorted(names):
        if name in everything:
            continue
        close = difflib.get_close_matches(name, everything, 1, 0.6) or difflib.get_close_matches(
            f"contact.{name}", everything, 1, 0.6
        )
        if close:
            raise Problem(
                N_("There is no placeholder {{ %(name)s }}. Did you mean {{ %(close)s }}?"),
                "mail",
                name=name,
                close=close[0],
            )
        raise Problem(
            N_("There is no placeholder {{ %(name)s }}. There are: %(known)s."),
            "mail",
            name=name,
            known=", ".join(everything),
        )


class _Asked(StrictUndefined):
    """An empty value: `default` replaces it, printing it is an error that names it."""


def _filled(values: dict, strict: bool) -> dict:
    def full(name, value):
        if value not in (None, ""):
            return value
        return _Asked(name=name, hint=name) if strict else f"⟨{name}⟩"

    return {
        key: {k: full(f"{key}.{k}", v) for k, v in value.items()} if isinstance(value, dict) else full(key, value)
        for key, value in values.items()
    }


@lru_cache(maxsize=256)
def _compiled(text: str, page: bool = False):
    """The compiled template and the names that it uses; thousands of mails share one. Raises Problem."""
    try:
        tree = _PLAIN.parse(text)
    except TemplateSyntaxError as error:
        raise _broken(error.message or "", error.lineno) from None
    except RecursionError:
        raise _broken(N_("too deeply nested")) from None
    names = set()
    for node in _walk(tree):
        if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Filter) and node.name not in FILTERS):
            raise _forbidden(node, getattr(node, "name", None) or type(node).__name__.lower())
        if isinstance(node, nodes.Getattr):
            names.add(_dotted(node))
        elif isinstance(node, nodes.Name):
            names.add(node.name)
    # `contact` inside `contact.name` is no placeholder of its own.
    inner = {name.partition(".")[0] for name in names if "." in name}
    return (_PAGE if page else _PLAIN).from_string(text), frozenset(names - inner)


def _walk(node):
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _dotted(node: nodes.Getattr) -> str:
    if not isinstance(node.node, nodes.Name):
        raise _forbidden(node, f".{node.attr}")
    return f"{node.node.name}.{node.attr}"


def _forbidden(node, what: str) -> Problem:
    text = N_("Line %(n)s: a mail may have placeholders, conditions and simple filters, but not “%(what)s”.")
    return Problem(text, "mail", n=node.lineno, what=what)


def _broken(why: str, line: int = 1) -> Problem:
    return Problem(
        N_("Line %(n)s of the text cannot be read (%(why)s). A placeholder looks like {{ contact.name }}."),
        "mail",
        n=line,
        why=why,
    )


def values_of(build, user, contacts: list) -> list[dict]:
    """What placeholders stand for, for each of these contacts; what the user's role may not see is empty."""
    resource = build.resources["contacts"]
    resource.load_parts(contacts)
    resource.load_links(contacts, ["organisation"], user)
    names = [name for name in resource.fields if name not in _OURS]
    hidden = resource.hidden(user)
    same = {
        "user": {"name": user.name, "email": user.email},
        "firm": build.firm["firm"],
        "today": html.short_date(html.today()),
    }
    return [{"contact": _of(resource, contact, names, hidden)} | same for contact in contacts]


def _of(resource, contact, names, hidden) -> dict:
    found = {}
    for name in names:
        kind = resource.kinds[name]
        if name in hidden:
            found[name] = ""
        elif name == "organisation":
            firm = contact.organisation if contact.organisation_id else None
            found[name] = "" if firm is None or firm.__dict__.get("masked") else str(firm)
        elif name in resource.parts:
            value = kind.get(contact)
            found[name] = getattr(value[0], "value", value[0]) if value else ""
        else:
            shown = kind.show(kind.get(contact)) or ""
            found[name] = shown.striptags() if isinstance(shown, Markup) else str(shown)
    called = {name: "" if name in hidden else getattr(contact, name) for name in ("nickname", "given_name", "prefix")}
    first = called["nickname"] or called["given_name"] or contact.name
    return found | {"first_name": first, "salutation": called["prefix"] or first}
