"""Writing migrations: the next numbered file with the statements that bring the tables to where the models are."""

import re
import textwrap
from pathlib import Path

from . import db
from .settings import ConfigError

FILE = '''"""{title}"""

from core import run_statements

SQLITE = [
{sqlite}
]
POSTGRES = [
{postgres}
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
'''


def write(plugin: str, folder: Path, models: list, title: str = "", empty: bool = False) -> Path | None:
    """Write the next migration of a plugin, from the database in use to the models; None when there is nothing to do.

    New tables and columns are written out for both engines; what is not additive is refused with advice (ConfigError).
    The first file makes every table that is not there yet, whatever the database in use has. An `empty` one is to be
    filled by hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = not any(folder.glob("[0-9]*.py"))
    if empty:
        missing = ["by hand"]
    elif first:
        missing = [f"create {m._meta.table_name}" for m in models]
    else:
        missing = db._missing(models)
    if not missing:
        return None
    tables = [m for m in models if f"create {m._meta.table_name}" in missing]
    statements = {}
    for engine in ("sqlite", "postgres"):
        found = db.ddl(tables, engine)
        if first:  # a plugin that was one file until now has its tables already
            found = [re.sub(r"^CREATE (TABLE|INDEX|UNIQUE INDEX) ", r"CREATE \1 IF NOT EXISTS ", sql) for sql in found]
        with db.speaking(engine, models):
            for model in models:
                for name, field in model._meta.columns.items():
                    if f"add {model._meta.table_name}.{name}" in missing:
                        found += db.add_column(model, field, engine)
        statements[engine] = found
    number = 1 + max([int(re.match(r"\d+", p.name).group()) for p in folder.glob("[0-9]*.py")], default=0)
    name = re.sub(r"\W+", "_", (title or " and ".join(missing)).lower())[:40].strip("_")
    path = folder / f"{number:04d}_{name}.py"
    if path.exists():
        raise ConfigError(f"{path} exists already. Give the migration another name.")
    path.write_text(
        FILE.format(
            title=title or ", ".join(missing)[:100],
            sqlite=_listed(statements["sqlite"]),
            postgres=_listed(statements["postgres"]),
        ),
        "utf-8",
    )
    return path


def _listed(statements: list[str]) -> str:
    def lines(statement):
        return textwrap.fill(
            statement, 110, initial_indent="    ", subsequent_indent="        ", break_long_words=False
        )

    return "\n".join(f'    """\n{lines(s)}\n    """,' for s in statements)
