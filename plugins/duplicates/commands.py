"""`guanxi duplicates RESOURCE`: what the rules find, one pair a line."""

import json
import sys
import tomllib
from pathlib import Path

import click

from core import SYSTEM, Problem

from . import finder
from .jobs import active_rules, table_of
from .models import comparable, is_comparable, read_conditions


def rules_in(path: Path) -> list[finder.Rule]:
    """The rules of a TOML file: `[[rule]]` with `name`, `conditions` (a list of lines) and perhaps `needed`.

    Raises click.UsageError naming what is wrong.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("rule", [])
        rules = []
        for number, table in enumerate(tables, 1):
            conditions = read_conditions("\n".join(table.get("conditions", ())))
            needed = table.get("needed", len(conditions))
            if not conditions or not 1 <= needed <= len(conditions):
                raise ValueError(f"rule {number} needs conditions, and `needed` between 1 and their number")
            rules.append(finder.Rule(table.get("name", f"rule {number}"), conditions, needed))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, AttributeError, TypeError) as error:
        raise click.UsageError(f"{path.name}: {error}.") from None
    if not rules:
        raise click.UsageError(f"{path.name} has no [[rule]].")
    return rules


@click.command()
@click.argument("resource")
@click.option(
    "--rules", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A TOML file with [[rule]]s."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def duplicates(ready, resource, file, as_json):
    """Find duplicates by the firm's rules (or those of a file), without keeping the result."""
    rules = rules_in(file) if file else None
    app = ready()
    with app.app_context():
        build = app.extensions["guanxi"]
        found = build.resources.get(resource)
        if found is None:
            raise click.UsageError(f"There is no {resource!r}. There are: {', '.join(sorted(build.resources))}.")
        if rules is None:
            if resource != "contacts":
                raise click.UsageError(f"The firm's rules are for contacts. Give rules for {resource} with --rules.")
            rules = active_rules()
        _check(found, rules)
        table = table_of(found, rules)
        pairs = finder.find(table)
        _print(found, pairs, as_json)


def _check(resource, rules) -> None:
    known = comparable(resource)
    for rule in rules:
        for condition in rule.conditions:
            if not is_comparable(condition.field, known):
                raise click.UsageError(
                    f"{rule.name}: {resource.name} has no field {condition.field!r}. There are: {', '.join(known)}."
                )


def _print(resource, pairs, as_json) -> None:
    column = "external_ids" if "external_ids" in resource.parts else ""
    ids, columns = resource.plain(SYSTEM, [column] if column else [])
    outside = dict(zip(ids, columns[column], strict=True)) if column else {}
    write = sys.stdout.write
    for pair in pairs:
        if as_json:
            line = {
                "ids": [pair.a, pair.b],
                "external_ids": [outside.get(pair.a) or [], outside.get(pair.b) or []],
                "score": pair.score / 100,
                "rule": pair.rule,
                "reasons": [{"field": f, "how": h, "likeness": p / 100} for f, h, p in pair.reasons],
            }
            write(json.dumps(line, ensure_ascii=False) + "\n")
        else:
            said = ", ".join(f"{f} {p}%" if h == "fuzzy" else f for f, h, p in pair.reasons)
            write(f"{pair.score:>3}%  #{pair.a} #{pair.b}  {said}\n")
    if not as_json:
        write(f"{len(pairs)} pairs\n")


__all__ = ["Problem", "duplicates", "rules_in"]
