"""Write the reference from the code: `python -m docs`. A test fails while what lies here is not what this makes."""

import ast
import inspect
import itertools
import os
import re
import tempfile
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
TOP = HERE.parent
NOTE = "<!-- Made from the code by `python -m docs`; change it there. -->\n"

#: Path below docs/ → function that gives its text.
PAGES = {}


def page(path: str):
    def mark(function):
        PAGES[path] = function
        return function

    return mark


# Hooks


@page("reference/hooks.md")
def hooks() -> str:
    from core import hookspecs

    source = Path(hookspecs.__file__).read_text("utf-8")
    used = users_of_hooks()
    parts = ["# Hooks", NOTE, inspect.cleandoc(hookspecs.__doc__).partition("\n\n")[2]]
    parts += ["Implement one with `@hookimpl` in the plugin's `__init__.py`: `from core import hookimpl`."]
    for node in ast.parse(source).body:
        heading = _heading_before(source, node)
        if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
            continue
        if heading:
            parts.append(f"## {heading}")
        signature = ast.unparse(node).partition("\n")[2].partition(":\n")[0]
        parts.append(f"### {node.name}\n\n```python\n@hookimpl\n{signature.rstrip(':')}: ...\n```")
        parts.append(_flow(ast.get_docstring(node)))
        where = ", ".join(used.get(node.name, ())) or "no bundled module yet"
        parts.append(f"Used by: {where}.")
    return "\n\n".join(parts) + "\n"


def _heading_before(source: str, node) -> str:
    """The comment `# Pages` that stands alone above a definition."""
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    lines = source.splitlines()[: start - 1]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines[-1][2:] if lines and re.match(r"# [A-Z]", lines[-1]) else ""


def users_of_hooks() -> dict[str, list[str]]:
    """Hook → the plugins in this repository that implement it, read from their sources."""
    found: dict[str, set] = {}
    files = itertools.chain(TOP.glob("plugins/*/*.py"), TOP.glob("plugins/*.py"), TOP.glob("examples/**/guanxi_*/*.py"))
    for path in files:
        name = (path.parent if path.parent.name != "plugins" else path.with_suffix("")).name.removeprefix("guanxi_")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and any("hookimpl" in ast.unparse(d) for d in node.decorator_list):
                found.setdefault(node.name, set()).add(name)
    return {hook: sorted(names) for hook, names in found.items()}


# Resource


@page("reference/resource.md")
def resource() -> str:
    from core import resource as module
    from core.writing import Writing

    rows = [f"| `{a.names}` | {a.default} | {a.comment} |" for a in attributes_of(module, "Resource")]
    methods = [
        (name, method)
        for name, method in {**vars(module.Resource), **vars(Writing)}.items()
        if inspect.isfunction(method) and not name.startswith("_") and method.__doc__
    ]
    parts = [
        "# Resource",
        NOTE,
        _flow(inspect.getdoc(module.Resource)),
        "## Attributes",
        "\n".join(["| attribute | default | what it says |", "|---|---|---|", *rows]),
        "## Methods",
        "Any of them may be overridden; these are the ones with a meaning of their own.",
    ]
    for name, method in methods:
        parts.append(f"### {name}\n\n```python\ndef {name}{_signature(method)}\n```\n\n{_flow(method.__doc__)}")
    parts += ["## Actions", f"`@action{_signature(module.action)}`", _flow(module.action.__doc__)]
    return "\n\n".join(parts) + "\n"


class Attribute:
    """Attributes of a declaration that share one `#:` comment."""

    def __init__(self, names: list[str], comment: str, defaults: list[str]):
        self.list, self.comment = names, comment.replace("|", "\\|")
        self.names = "`, `".join(names)
        self.default = ", ".join(f"`{d}`" if d else "" for d in dict.fromkeys(defaults))


def attributes_of(module, class_name: str) -> list[Attribute]:
    """The public attributes of a class with their `#:` comments; those that follow without one share the one above."""
    source = Path(module.__file__).read_text("utf-8")
    lines = source.splitlines()
    cls = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == class_name)
    found: list[Attribute] = []
    for node in cls.body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if not isinstance(target, ast.Name) or target.id.startswith("_") or target.id.isupper():
            continue
        comment, line = [], node.lineno - 2
        while lines[line].strip().startswith("#:"):
            comment.insert(0, lines[line].strip()[2:].strip())
            line -= 1
        default = ast.unparse(node.value) if node.value is not None else ""
        if (
            not comment
            and found
            and lines[node.lineno - 2].strip()
            and not lines[node.lineno - 2].strip().startswith(('"', "#"))
        ):
            last = found[-1]
            found[-1] = Attribute([*last.list, target.id], last.comment, [last.default.strip("`"), default])
        else:
            found.append(Attribute([target.id], " ".join(comment), [default]))
    return found


# Fields


@page("reference/fields.md")
def kinds() -> str:
    from core import fields

    classes = [
        c
        for c in vars(fields).values()
        if inspect.isclass(c) and issubclass(c, fields.Kind) and c.__module__ == "core.fields" and c is not fields.Kind
    ]
    parts = [
        "# Fields",
        NOTE,
        "`from core import fields`. Every kind takes `label`, `help`, `required`, `sortable`, `index`, `default` and"
        " `null`.",
        _flow(inspect.getdoc(fields.Kind)),
    ]
    for cls in classes:
        filtered = f"`{cls.filter_control}`" if cls.filter_control else "cannot be filtered"
        facts = f"Form control: `{cls.control}`. Filter: {filtered}."
        own = _own_options(cls)
        if own:
            facts += " Options of its own: " + ", ".join(f"`{o}`" for o in own) + "."
        parts.append(f"## {cls.__name__}\n\n{_flow(inspect.getdoc(cls))}\n\n{facts}")
    parts += ["## What every kind can do", _methods_of(fields.Kind)]
    return "\n\n".join(parts) + "\n"


def _own_options(cls) -> list[str]:
    node = next(
        (
            n
            for n in ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body
            if getattr(n, "name", "") == "__init__"
        ),
        None,
    )
    shared = {"self", "args", "kwargs", "label", "help", "required", "sortable", "index", "default", "null"}
    if node is None:
        return []
    names = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [a.arg for a in names if a.arg not in shared]


def _methods_of(cls) -> str:
    lines = [
        f"- `{name}{_signature(m)}`: {_flow(m.__doc__)}"
        for name, m in vars(cls).items()
        if inspect.isfunction(m) and m.__doc__ and not name.startswith("_")
    ]
    return "\n".join(lines)


# Commands


@page("reference/commands.md")
def commands() -> str:
    import click

    from core.cli import main

    # The plugins that are on add commands; the reference shows what is there without any.
    os.environ["GUANXI_PLUGINS"] = str(Path(tempfile.gettempdir()) / "guanxi-docs-none.toml")
    parts = [
        "# Commands",
        NOTE,
        "Exit status: 0 fine, 1 the thing failed, 2 wrong usage; errors are one line on standard error.",
    ]

    def describe(command, path, level):
        context = click.Context(command, info_name=" ".join(path))
        if isinstance(command, click.Group):
            if len(path) > 1:
                parts.append(f"## {' '.join(path)}\n\n{_flow(command.help or '')}")
            for name in sorted(click.Group.list_commands(command, context)):
                describe(click.Group.get_command(command, context, name), [*path, name], level + 1)
            return
        usage = " ".join([*path, *command.collect_usage_pieces(context)])
        text = (
            f"{'##' if len(path) < 3 else '###'} {' '.join(path)}\n\n```\n{usage}\n```\n\n{_flow(command.help or '')}"
        )
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                default = (
                    f" Default: {parameter.default}."
                    if parameter.show_default and parameter.default is not None
                    else ""
                )
                text += f"\n- `{', '.join(parameter.opts)}`: {parameter.help}{default}"
        parts.append(text)

    describe(main, ["guanxi"], 1)
    return "\n\n".join(parts) + "\n"


# Settings


@page("reference/settings.md")
def settings() -> str:
    from core.settings import ENVIRONMENT

    rows = [f"| `{name}` | {default or '–'} | {said} |" for name, (default, said) in ENVIRONMENT.items()]
    parts = [
        "# Settings",
        NOTE,
        "The environment says where things are. What people may decide (the firm's name and currency, each module's"
        " settings) is set in the browser and kept in the database; `plugins.toml` may pin it, in a table"
        " `[settings.<plugin>]`.",
        "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]),
    ]
    return "\n\n".join(parts) + "\n"


# The vendor's page: samples are cut out of files that tests run

CUT = re.compile(
    r"<!-- cut: (?P<file>[^ ]+)(?: from: (?P<start>.+?))?(?: to: (?P<end>.+?))? -->\n```(?P<kind>\w*)\n.*?```", re.S
)


@page("vendors.md")
def vendors() -> str:
    """The page as it stands, with its samples cut anew."""
    return with_samples("vendors.md")


@page("webhooks.md")
def webhooks() -> str:
    """The page as it stands, with the receiver's example cut anew."""
    return with_samples("webhooks.md")


def with_samples(name: str) -> str:
    return CUT.sub(_sample, (HERE / name).read_text("utf-8"))


def _sample(match) -> str:
    text = source_of(match["file"])
    if match["start"]:
        at = text.index(match["start"])
        text = text[text.rfind("\n", 0, at) + 1 :]
    if match["end"]:
        text = text[: text.index(match["end"])]
    head = match.group().partition("\n")[0]
    return f"{head}\n```{match['kind']}\n{text.strip()}\n```"


def source_of(name: str) -> str:
    """A file of the repository, or `skeleton:path` for one that `guanxi plugins new wine` writes."""
    if not name.startswith("skeleton:"):
        return (TOP / name).read_text("utf-8")
    from string import Template

    from core.skeleton import FILES

    filled = {"name": "wine", "title": "Wine", "package": "guanxi_wine", "dashed": "wine"}
    return Template({Template(p).substitute(filled): t for p, t in FILES.items()}[name.partition(":")[2]]).substitute(
        filled
    )


def _flow(text: str) -> str:
    """A docstring as Markdown: lines joined to paragraphs."""
    return "\n\n".join(" ".join(p.split()) for p in inspect.cleandoc(text or "").split("\n\n"))


class _Said:
    """An annotation as it is written in the source, without the quotation marks of a text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _signature(function) -> str:
    def said(annotation):
        return _Said(annotation) if isinstance(annotation, str) else annotation

    found = inspect.signature(function)
    parameters = [p.replace(annotation=said(p.annotation)) for p in found.parameters.values()]
    return str(found.replace(parameters=parameters, return_annotation=said(found.return_annotation)))


def stale() -> list[str]:
    """The pages that differ from what the code says now."""
    return [
        path for path, make in PAGES.items() if not (HERE / path).exists() or (HERE / path).read_text("utf-8") != make()
    ]


def main() -> None:
    for path in stale():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_text(PAGES[path](), "utf-8")
        print(f"docs/{path}")


if __name__ == "__main__":
    main()
