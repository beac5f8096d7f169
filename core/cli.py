"""The `guanxi` command. Exit status: 0 fine, 1 the thing failed, 2 wrong usage; errors are one line with advice."""

import contextlib
import json
import secrets
import sys
from pathlib import Path

import click
import peewee

from .settings import ConfigError, Settings


class Group(click.Group):
    """A group whose errors are one line on standard error, and that plugins extend by the hook `commands`."""

    def main(self, *args, **kwargs):
        try:
            return super().main(*args, **kwargs)
        except (ConfigError, ValueError, PermissionError) as error:
            fail(str(error))
        except peewee.OperationalError as error:
            from .db import _advice

            why = str(error).strip().partition("\n")[0]
            fail(f"The database refused ({why}). {_advice(str(error))}")
        except OSError as error:
            fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ") + ". Nothing else was changed.")

    def get_command(self, context, name):
        found = super().get_command(context, name)
        return found or self._of_plugins().get(name)

    def list_commands(self, context):
        return sorted({*super().list_commands(context), *self._of_plugins()})

    def _of_plugins(self) -> dict:
        try:
            from .assembly import build_of

            build = build_of(Settings.from_env())
        except ConfigError:
            return {}
        return {command.name: command for group in build.hook.commands() for command in group}


def fail(sentence: str, status: int = 1):
    """One line on standard error, then the end."""
    click.echo(f"guanxi: {sentence}", err=True)
    sys.exit(status)


@click.group(cls=Group)
@click.version_option(package_name="guanxi", prog_name="guanxi")
@click.pass_context
def main(context):
    """Guanxi, a CRM for small firms."""
    context.obj = ready  # what a plugin's command gets by `click.pass_obj`: calling it gives the app


def ready(create: bool = True):
    """A built app for a command; with `create`, an empty database gets its tables."""
    from .app import create_app
    from .assembly import build_of, ensure_connected, migrate
    from .db import db

    settings = Settings.from_env()
    ensure_connected(settings)
    if create and not db.get_tables():
        migrate(build_of(settings))
    return create_app(settings)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--no-jobs", is_flag=True, help="Without the job worker: run `guanxi worker` elsewhere.")
def serve(host, port, workers, no_jobs):
    """Serve the web and the job worker; the first run creates everything it needs."""
    from .serve import run

    ready()
    run(Settings.from_env(), host, port, workers, jobs=not no_jobs)


@main.command()
def worker():
    """Run the job worker alone."""
    from .serve import run_worker

    ready()
    run_worker(Settings.from_env())


@main.command()
def migrate():
    """Bring the database up to date, with a copy of an embedded one first."""
    from .assembly import build_of, ensure_connected, pending
    from .assembly import migrate as run
    from .db import db
    from .modules import backup_before

    settings = Settings.from_env()
    ensure_connected(settings)
    build = build_of(settings)
    if pending(build) and db.get_tables():
        copy = backup_before(settings, "migrate")
        if copy:
            click.echo(f"Copied the database to {copy}")
    done = run(build)
    if done and settings.plugins_file.exists():
        settings.plugins_file.touch()  # a server that was waiting for this tries again
    click.echo("\n".join(done) if done else "Nothing to do: the database is up to date.")


@main.command()
@click.option("--contacts", default=240, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--seed", default=2026, show_default=True, help="The same number makes the same firm.")
def demo(contacts, seed):
    """Fill an empty database with a lifelike firm, and print its sign-ins."""
    from rich.console import Console
    from rich.table import Table

    from .demo import fill

    app = ready()
    with app.app_context():
        build = app.extensions["guanxi"]
        signs = fill(build, contacts, seed)
    table = Table(title="Sign-ins of the demo firm", title_justify="left")
    for heading in ("Role", "Name", "E-mail", "Password"):
        table.add_column(heading)
    for sign in signs:
        table.add_row(sign.role, sign.name, sign.email, sign.password)
    console = Console()
    console.print(table)
    console.print(f"They are kept in {build.settings.data / 'demo-sign-ins.txt'}", soft_wrap=True)


@main.command()
@click.option("--leaks", is_flag=True, help="Ask every address as every role, in a made-up firm with these modules.")
def check(leaks):
    """Configuration and health, with advice."""
    from .health import report

    settings = Settings.from_env()
    if leaks:
        _walk(settings)
    elif not report(settings, click.echo):
        sys.exit(1)


def _walk(settings) -> None:
    """Whether anything shows somebody what they may not see: a line for each leak; exit status 1 when there is one."""
    from . import leaks, plugins

    names = plugins.enabled(settings.plugins_file)
    found = leaks.run(*names, folders=settings.plugin_folders, told=lambda text: click.echo(text, err=True))
    for line in found.lines():
        click.echo(line)
    if not found.clean:
        sys.exit(1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file):
    """Write database, attachments and plugins.toml into one file, while everything goes on."""
    from . import backup as backups
    from .assembly import ensure_connected
    from .db import db

    settings = Settings.from_env()
    ensure_connected(settings)
    if not db.get_tables():
        fail("There is nothing to back up yet: the database is empty. Check GUANXI_DATA and GUANXI_DATABASE_URL.")
    manifest = backups.backup(settings, file)
    rows = sum(manifest["tables"].values())
    click.echo(f"{file}: {len(manifest['tables'])} tables, {rows:,} rows, {file.stat().st_size:,} bytes, verified.")
    click.echo("The secret key is not in it. Keep a copy of it elsewhere: it opens encrypted settings.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the present data; a backup of it is written first.")
def restore(file, force):
    """Put a backup back, on either kind of database."""
    from . import backup as backups
    from .assembly import build_of, ensure_connected, pending

    settings = Settings.from_env()
    ensure_connected(settings)
    manifest = backups.restore(settings, file, force, click.echo)
    click.echo(f"Restored {sum(manifest['tables'].values()):,} rows of {manifest['at']}.")
    if pending(build_of(settings)):
        click.echo("The backup is older than this program. Run: guanxi migrate")


@main.group()
def user():
    """Users: add, list, disable."""


@user.command("add")
@click.argument("email")
@click.option("--role", required=True, help="admin, manager, member or read-only.")
@click.option("--name", default="", help="The person's name; by default the first part of the address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def user_add(email, role, name, password_stdin):
    """Add a user; without --password-stdin a password is made and printed once."""
    from .staff import add_user
    from .users import SYSTEM

    app = ready()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(9)
    with app.app_context():
        add_user(app.extensions["guanxi"], SYSTEM, name or email.partition("@")[0], email, role, password)
    click.echo(f"{email} ({role})" + ("" if password_stdin else f"  password: {password}"))


@user.command("list")
def user_list():
    """All users."""
    from .users import Role, User

    ready()
    for person in User.select(User, Role).join(Role).where(User.deleted_batch.is_null()).order_by(User.id):
        state = "" if person.active else "  (disabled)"
        click.echo(f"{person.email}\t{person.name}\t{person.role.name}{state}")


@user.command("disable")
@click.argument("email")
def user_disable(email):
    """End a user's access; their records stay."""
    from .users import SYSTEM, User

    app = ready()
    person = User.get_or_none(peewee.fn.lower(User.email) == email.casefold(), User.deleted_batch.is_null())
    if person is None:
        fail(f"There is no user {email}. See: guanxi user list")
    with app.app_context():
        app.extensions["guanxi"].resources["users"].save(SYSTEM, person, {"active": False})
    click.echo(f"{email} can no longer sign in.")


@main.group()
def token():
    """Tokens of the API."""


@token.command("add")
@click.argument("email")
@click.option("--scope", "scopes", multiple=True, help="contacts.view, contacts.* or * (default); may be repeated.")
@click.option(
    "--expires", default="", help="The last day on which it is good, such as 2026-12-31; default: never ends."
)
@click.option("--name", default="guanxi token add", help="Who uses it.")
def token_add(email, scopes, expires, name):
    """Make a token in the name of a user, and print it once."""
    from .api import tokens
    from .fields import parse_date
    from .users import User

    app = ready()
    person = User.get_or_none(peewee.fn.lower(User.email) == email.casefold(), User.deleted_batch.is_null())
    if person is None:
        fail(f"There is no user {email}. See: guanxi user list")
    with app.app_context():
        _, secret = tokens.add(app.extensions["guanxi"], person, name, list(scopes) or ["*"], parse_date(expires))
    click.echo(secret)


@main.group("plugins")
def plugins_group():
    """Plugins: list, enable, disable, inspect, new, check, migration, messages."""


@plugins_group.command("list")
def plugins_list():
    """All installed plugins."""
    from .modules import modules

    app = ready()
    with app.app_context():
        for module in modules(app.extensions["guanxi"]):
            state = "on " if module.on else "off"
            click.echo(
                f"{state}  {module.name:<16} {module.version:<8} {module.error or module.info.get('summary', '')}"
            )


@plugins_group.command("enable")
@click.argument("name")
def plugins_enable(name):
    """Switch a plugin on, with what it requires."""
    from .modules import enable

    app = ready()
    with app.app_context():
        added = enable(app.extensions["guanxi"], name)
    click.echo("on: " + ", ".join(added) if added else f"{name} is on already.")


@plugins_group.command("disable")
@click.argument("name")
def plugins_disable(name):
    """Switch a plugin off; its data is kept."""
    from .modules import disable

    app = ready()
    with app.app_context():
        disable(app.extensions["guanxi"], name)
    click.echo(f"{name} is off. Its data is kept.")


@plugins_group.command("inspect")
@click.argument("names", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
def plugins_inspect(names, as_json):
    """What plugins add, without switching them on."""
    from .modules import describe_line

    settings, failed = Settings.from_env(), False
    for name in names:
        with contextlib.redirect_stdout(sys.stderr):  # what a plugin prints is not its description
            line = describe_line(settings, name)
        info = json.loads(line)
        failed = failed or "error" in info
        if as_json:
            click.echo(line)
            continue
        if "error" in info:
            click.echo(f"guanxi: {info['error']['message'] % info['error']['params']}", err=True)
        for key, value in info.items():
            if key not in ("error", "words"):
                click.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    if failed:
        sys.exit(1)


@plugins_group.command("new")
@click.argument("name")
@click.option("--folder", default=".", show_default=True, type=click.Path(file_okay=False), help="Where to put it.")
@click.option("--title", default="", help="What people call it; by default made from the name.")
def plugins_new(name, folder, title):
    """Write a plugin of your own as a pip package, with tests that pass."""
    from .skeleton import write

    path = write(name, folder, title)
    click.echo(f"Wrote {path}. Next: cd {path} && pip install -e . && pytest")


@plugins_group.command("check")
@click.argument("name")
def plugins_check(name):
    """Try a plugin against the rules that it must keep to live well with others; one line each."""
    from .checks import run

    failed = 0
    for result in run(name, folders=Settings.from_env().plugin_folders):
        click.echo(str(result))
        failed += result.ok is False
    if failed:
        fail(f"{name} fails {failed} of the checks. The lines above say what to mend.")


@plugins_group.command("migration")
@click.argument("name")
@click.option("--title", default="", help="What it does; names the file.")
@click.option("--empty", is_flag=True, help="A file to fill by hand, for what is more than an addition.")
def plugins_migration(name, title, empty):
    """Write a plugin's next migration: from the database in use to its models."""
    from .assembly import build_of, ensure_connected
    from .messages import folder_of
    from .migration_files import write

    settings = Settings.from_env()
    ensure_connected(settings)
    build = build_of(settings, [] if name == "core" else [name])
    folder = folder_of(build, name)
    if folder is None:
        fail(f"{name} is one file and has no folder for migrations. Move it to {name}/__init__.py first.")
    path = write(name, folder / "migrations", build.models(name), title, empty)
    click.echo(f"Wrote {path}. Read it, then run: guanxi migrate" if path else "Nothing to do: no table changed.")


@plugins_group.command("messages")
@click.argument("name")
@click.option("--locale", "locales", multiple=True, default=["zh"], show_default=True)
def plugins_messages(name, locales):
    """Collect the words of a plugin (or of core) into its .po files; translations are kept."""
    from .assembly import build_of
    from .messages import update

    build = build_of(Settings.from_env(), [] if name == "core" else [name])
    for path, (count, lacking) in update(build, name, locales).items():
        click.echo(f"{path}: {count} texts, {lacking} without a translation")


# Import and export


@main.command("import")
@click.argument("resource")
@click.argument("file", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Send a column to a field; may be repeated.")
@click.option("--on-duplicate", type=click.Choice(["skip", "update", "create"]), default="skip", show_default=True)
def import_(resource, file, dry_run, maps, on_duplicate):
    """Import a CSV, XLSX or vCard file into RESOURCE (contacts, entries, …).

    Columns find their fields by their headings; a column without one is kept under its heading. FIELD may also be
    `custom` (keep) or `drop` (leave out).
    """
    from .exchange.command import run_import

    run_import(ready(), resource, file, dry_run, maps, on_duplicate)


@main.command()
@click.argument("resource")
@click.argument("file", type=click.Path())
def export(resource, file):
    """Export all of RESOURCE to FILE; its ending says how: csv, xlsx, json, or vcf for contacts."""
    from .exchange.command import run_export

    run_export(ready(), resource, file)


if __name__ == "__main__":
    main()
