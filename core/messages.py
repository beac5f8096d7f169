"""Collecting words for translation: from Python, from templates, and from the declarations of a built app."""

import ast
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .i18n import LANGUAGES
from .settings import house

#: Functions and exceptions whose texts are shown: name → positions of the texts among the arguments.
CALLS = {
    "_": (0,),
    "N_": (0,),
    "gettext": (0,),
    "translate": (0,),
    "ngettext": (0, 1),
    "Problem": (0,),
    "Sentence": (0,),
    "ExchangeError": (0, 1),
    "action": (0,),
    "Panel": (0,),
    "Card": (0,),
    "NavItem": (0,),
    "ActionLink": (0,),
    "Column": (1,),
    "TimelineKind": (1,),
}
#: Arguments by name that are shown, of those calls that take them so.
NAMED = {"title", "label", "confirm", "group"}
SHOWN_OBJECTS = {"action", "Panel", "Card", "NavItem", "ActionLink", "Column", "TimelineKind"}


@dataclass(frozen=True)
class Word:
    """A text to translate, its plural form if it has one, and where it stands."""

    text: str
    plural: str = ""
    where: str = ""

    @property
    def id(self):
        return (self.text, self.plural) if self.plural else self.text


def in_python(source: str, where: str = "") -> Iterator[Word]:
    """The texts that a Python file shows: constants in `_()`, `N_()`, `Problem()` and their like."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in CALLS:
            continue
        place = f"{where}:{node.lineno}"
        texts = [list(_constants(node.args[i])) if i < len(node.args) else [] for i in CALLS[name]]
        if name == "ngettext":
            if texts[0] and texts[1]:
                yield Word(texts[0][0], texts[1][0], place)
            continue
        for group in texts:
            yield from (Word(text, "", place) for text in group)
        if name in SHOWN_OBJECTS:
            for keyword in node.keywords:
                if keyword.arg in NAMED:
                    yield from (Word(text, "", place) for text in _constants(keyword.value))


def _constants(node) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def in_template(source: str, where: str = "") -> Iterator[Word]:
    """The texts that a template shows by `_()` and `ngettext()`."""
    from jinja2 import Environment
    from jinja2.ext import extract_from_ast

    tree = Environment().parse(source)
    for line, function, texts in extract_from_ast(tree, ("_", "ngettext")):
        texts = texts if isinstance(texts, tuple) else (texts,)
        if texts and texts[0]:
            plural = texts[1] if function == "ngettext" and len(texts) > 1 else ""
            yield Word(texts[0], plural or "", f"{where}:{line}")


def in_declarations(build, plugin: str) -> Iterator[Word]:
    """The texts of a plugin's manifest, Resources, kinds, actions and settings form, as the built app knows them."""
    from .fields import Choice
    from .pages import Column
    from .shell import GROUPS

    manifest = build.manifest(plugin)
    if manifest is not None:
        yield from (Word(text, "", "Plugin") for text in (manifest.title, manifest.summary))
    record_fields = {"created_at", "updated_at"}
    for resource in build.resources.values():
        if resource.plugin != plugin:
            continue
        place = type(resource).__name__
        texts = [resource.label, resource.plural]
        if resource.nav not in GROUPS:
            texts.append(resource.nav)
        texts += [t for a in resource.actions.values() for t in (a.label, a.confirm)]
        texts += [
            c.label for c in (*resource.columns, *resource.more_columns) if isinstance(c, Column) and c.domain == plugin
        ]
        shown = {*resource.fields, *resource.filters, *resource.columns, *resource.more_columns}
        for name, kind in resource.kinds.items():
            if name in record_fields and plugin != "core":
                continue
            # The label that the name makes is a text only where somebody sees it.
            texts += [kind.title if kind.label or name in shown else "", kind.help]
            if isinstance(kind, Choice):
                texts += list(kind.labels.values())
        yield from (Word(text, "", place) for text in texts)
    form = build.settings_forms.get(plugin)
    for field in form(formdata=None, meta={"csrf": False}) if form else ():
        yield from (Word(str(text), "", form.__name__) for text in (field.label.text, field.description))
        for choice in getattr(field, "choices", None) or ():
            if isinstance(choice, (tuple, list)):
                yield Word(str(choice[1]), "", form.__name__)


def folder_of(build, plugin: str) -> Path | None:
    """The folder that holds a module's `translations/`; None for a plugin of one file."""
    if plugin == "core":
        return Path(__file__).parent
    return next(p for p in build.loaded if p.name == plugin).folder


def collect(build, plugin: str) -> list[Word]:
    """All texts of a module that is part of `build`, in order, each once."""
    folder = folder_of(build, plugin)
    if folder is None:
        module = next(p for p in build.loaded if p.name == plugin).module
        sources, templates = [Path(module.__file__)], []
        folder = sources[0].parent
    else:
        top = house() / "templates" if plugin == "core" else folder / "templates"
        skipped = {"translations", "migrations", "tests", "_house", "static"}
        sources = sorted(p for p in folder.rglob("*.py") if not skipped & set(p.relative_to(folder).parts))
        templates = sorted((top / plugin if plugin == "core" else top).rglob("*.html"))
    found: list[Word] = []
    for path in sources:
        found += in_python(path.read_text("utf-8"), path.relative_to(folder).as_posix())
    for path in templates:
        found += in_template(path.read_text("utf-8"), path.name)
    found += in_declarations(build, plugin)
    unique: dict = {}
    for word in found:
        if word.text.strip() and any(c.isalpha() and ord(c) < 0x3000 for c in word.text):
            unique.setdefault(word.id, word)
    return list(unique.values())


def translated(build, plugin: str, locale: str) -> dict:
    """What a locale has for a module: text → translation, core's words after the module's own."""
    from babel.messages.pofile import read_po

    found: dict = {}
    for domain in dict.fromkeys(("core", plugin)):
        folder = folder_of(build, domain)
        path = _file(folder, domain, locale) if folder else None
        if path is not None and path.exists():
            with path.open("rb") as file:
                catalog = read_po(file, locale=locale)
            found |= {m.id: m.string for m in catalog if m.id and not m.fuzzy and _complete(m.string)}
    return found


def missing(build, plugin: str, locale: str = "zh") -> list[Word]:
    """The texts of a module that a locale has no translation for, neither its own nor core's."""
    have = translated(build, plugin, locale)
    keys = {part for id in have for part in ((id, id[0]) if isinstance(id, tuple) else (id,))}
    return [word for word in collect(build, plugin) if word.id not in have and word.text not in keys]


def _complete(string) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _file(folder: Path, domain: str, locale: str) -> Path:
    return folder / "translations" / locale / "LC_MESSAGES" / f"{domain}.po"


def update(build, plugin: str, locales: Iterable[str] = ("zh",)) -> dict[Path, tuple[int, int]]:
    """Bring a module's .po files up to date: `{file: (texts, of them without translation)}`.

    Translations are kept, texts that are gone are kept as obsolete, and what core translates already is left out
    unless the module has a translation of its own for it.
    Raises ValueError for a locale that Guanxi does not speak and for a plugin of one file.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    folder, words, done = folder_of(build, plugin), collect(build, plugin), {}
    if folder is None:
        raise ValueError(f"{plugin} is one file and has no folder for translations. Make it a package first.")
    for locale in locales:
        if locale not in LANGUAGES:
            raise ValueError(f"{locale} is none of: {', '.join(LANGUAGES)}.")
        path = _file(folder, plugin, locale)
        have = {} if plugin == "core" else translated(build, "core", locale)
        # A word that means something else here than in core has a translation of its own, written by hand.
        own = set()
        if path.exists():
            with path.open("rb") as file:
                own = {m.id for m in read_po(file, locale=locale) if m.id and _complete(m.string)}
        template = Catalog(**_head(plugin, locale) | {"locale": None})
        for word in words:
            if word.id not in have or word.id in own:
                template.add(word.id, locations=[_place(word.where)])
        if path.exists():
            with path.open("rb") as file:
                catalog = read_po(file, locale=locale)
            catalog.update(template, no_fuzzy_matching=True)
        else:
            catalog = Catalog(**_head(plugin, locale))
            for message in template:
                if message.id:
                    catalog.add(message.id, locations=message.locations)
        catalog.header_comment = f"# {LANGUAGES[locale]}: {plugin}"
        catalog.creation_date = catalog.revision_date = _EPOCH
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_by_file=False, include_lineno=False, omit_header=False)
        messages = [m for m in catalog if m.id]
        done[path] = (len(messages), sum(not _complete(m.string) for m in messages))
    return done


def _head(plugin: str, locale: str) -> dict:
    people = dict(msgid_bugs_address="-", last_translator="-", language_team=locale)
    return people | dict(project=plugin, version="1", locale=locale, fuzzy=False)


def _place(where: str) -> tuple[str, int]:
    name, _, line = where.partition(":")
    return name, int(line or 0)


#: The date in the head of every file: one of today would change the file each time.
_EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def by_place(words: Iterable[Word]) -> dict[str, list[str]]:
    """Texts by the file or class that they stand in, for messages to people."""
    found = defaultdict(list)
    for word in words:
        found[word.where.partition(":")[0]].append(word.text)
    return dict(found)
