"""`python -m bench.access`: the list and the search of members with scope "team tree" beside those of an administrator.

A firm of 100 roles and 50 teams in a tree, five people in each. Three members are measured: one who leads all teams,
one in the middle of the tree, and one of a team without others below it.
"""

import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import click

from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db
from core.staff import add_user, seed_roles
from core.users import SYSTEM, VERBS, Role, Team, User, with_teams

from . import data
from .__main__ import Size
from .load import Browser, Times, one_by_one
from .record import Recorder
from .server import running

ROLES, TEAMS, PEOPLE = 100, 50, 5
#: Who is measured: name → number of the team in the tree, where the team n is below the team (n - 1) // 3.
MEMBERS = {"leads all teams": 0, "middle of the tree": 1, "one team": TEAMS - 1}
#: What they may need of an administrator's time, at most.
TARGET = 1.5
WARM = 6

PAGES = {
    "list": ["/contacts/"],
    "list, next pages": [],  # each person's own
    "list, last activity first": ["/contacts/?sort=-last_activity_at"],
    "list, stage and tag": ["/contacts/?stage=lead&tags=VIP", "/contacts/?stage=customer&tags=展会"],
    "list, searched": ["/contacts/?q=wang", "/contacts/?q=Smith"],
    "search, Chinese": ["/search?q=王伟", "/search?q=李娜", "/search?q=张"],
    "search, pinyin": ["/search?q=wangwei", "/search?q=zw", "/search?q=lixiu"],
    "search, e-mail part": ["/search?q=firm77", "/search?q=smith"],
    "search, phone digits": ["/search?q=4711", "/search?q=0815"],
    "picker": ["/contacts/pick?q=chen"],
}


def database(size: int, say) -> Path:
    """The SQLite database of such a firm, built when it is not there yet."""
    folder = data.FOLDER / f"access-{size}"
    done, mark = folder / "stamp", f"{data.stamp()} {ROLES} {TEAMS} {PEOPLE}"
    if not (done.exists() and done.read_text("ascii") == mark):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        say(f"Building {size:,} contacts …")
        settings = data.settings_for(folder)
        people(settings)
        data.build(settings, size)
        find_by_team()
        db.close()
        done.write_text(mark, "ascii")
    return folder / "guanxi.db"


def people(settings) -> None:
    """Roles, teams and users of the firm; the contacts that come after are theirs at random."""
    ensure_connected(settings)
    migrate(build_of(settings))
    app = create_app(settings)
    with app.app_context():
        seed_roles()
        for n in range(Role.select().count(), ROLES):
            Role.create(name=f"role {n}", scope="team", grants={"*": list(VERBS), "teams": [], f"other_{n}": ["view"]})
        teams: list[Team] = []
        for n in range(TEAMS):
            teams.append(Team.create(name=f"Team {n}", parent=teams[(n - 1) // 3] if n else None))
        password = ""
        for n in range(TEAMS * PEOPLE):
            email, role = f"m{n}@bench.example", f"role {4 + n % (ROLES - 4)}"
            user = add_user(app.extensions["guanxi"], SYSTEM, f"Member {n}", email, role, team=teams[n // PEOPLE].id)
            if not password:
                user.set_password(data.PASSWORD)
                password = user.password_hash
        User.update(password_hash=password).execute()
    db.close()


def find_by_team() -> None:
    """The search words of teams, which a bulk build leaves out."""
    scopes = [scope for (scope,) in db.execute_sql("SELECT DISTINCT scope FROM core_search").fetchall()]
    plain = {scope: " ".join(w for w in scope.split() if not w.startswith("r_")) for scope in scopes}
    wide = with_teams(plain.values())
    with db.atomic():
        db.execute_sql("CREATE TEMP TABLE wide (old TEXT PRIMARY KEY, new TEXT)")
        rows = [(scope, f"{wide[plain[scope]]} r_contacts") for scope in scopes]
        db.cursor().executemany("INSERT INTO wide VALUES (?, ?)", rows)
        db.execute_sql("UPDATE core_search SET scope = (SELECT new FROM wide WHERE old = core_search.scope)")
        db.execute_sql("INSERT INTO core_search_fts (core_search_fts) VALUES ('rebuild')")


def emails() -> dict[str, str]:
    """Who is measured, by e-mail; the administrator first."""
    return {"administrator": data.EMAIL} | {who: f"m{team * PEOPLE}@bench.example" for who, team in MEMBERS.items()}


def following(browser: Browser, pages: int = 3) -> list[str]:
    """The addresses of the pages after the first one of somebody's list."""
    found = ["/contacts/"]
    for _ in range(pages):
        after = re.search(r"[?&;]after=([\w=-]+)", browser.ask("GET", found[-1])[1].decode())
        if after is None:
            break
        found.append(f"/contacts/?after={after[1]}")
    return found[1:] or found


def measure(size: int, rounds: int, say) -> dict:
    """`{page: {who: {"p50": ms, "queries": n, "times": x}}}`, all in turns on one server."""
    source = database(size, say)
    with tempfile.TemporaryDirectory(dir=data.FOLDER, prefix="run-") as name:
        folder = Path(name)
        shutil.copy(source, folder)
        settings = data.settings_for(folder)
        recorders = {who: Recorder(settings, email) for who, email in emails().items()}
        seen = {who: recorder.count("/contacts/count") for who, recorder in recorders.items()}
        with running(folder, "core.cli", "serve", "--no-jobs") as server:
            browsers = {who: Browser(server.port) for who in recorders}
            for who, browser in browsers.items():
                browser.sign_in(emails()[who], data.PASSWORD)
            found: dict = {"seen": seen, "pages": {}}
            next_pages = {who: following(browser) for who, browser in browsers.items()}
            for page, paths in PAGES.items():
                say(f"{size:,}: {page}")
                asked = {who: [quote(p, safe="/?&=,%-") for p in paths or next_pages[who]] for who in browsers}
                times = _in_turns(browsers, asked, rounds)
                found["pages"][page] = _lines(times, {w: recorders[w].page(p[0]) for w, p in asked.items()})
        db.close()
    return found


def _in_turns(browsers, asked, rounds) -> dict[str, Times]:
    """One request of each person after the other, so that all meet the same noise."""
    times = {who: Times() for who in browsers}
    for n in range(-WARM, rounds):
        for who, browser in browsers.items():
            path = asked[who][n % len(asked[who])]
            kept = times[who] if n >= 0 else Times()
            one_by_one(browser, lambda b, _, path=path: b.ask("GET", path), kept, 1, n)
    return times


def _lines(times, recorded) -> dict[str, dict]:
    floor = statistics.median(times["administrator"].ms)
    return {
        who: {
            "p50": round(statistics.median(mine.ms), 1),
            "times": round(statistics.median(mine.ms) / floor, 2),
            "queries": len(recorded[who]["sql"]),
        }
        for who, mine in times.items()
    }


@click.command()
@click.option("--size", default="1m", show_default=True, type=Size(), help="Contacts.")
@click.option("--rounds", default=60, show_default=True, help="Requests of each person for each page.")
def main(size, rounds):
    """Measure and print the table; exit status 1 when somebody waits longer than the target."""
    found = measure(size, rounds, lambda text: click.echo(text, err=True))
    click.echo(f"{size:,} contacts, {ROLES} roles, {TEAMS} teams in a tree, {TEAMS * PEOPLE + data.USERS} users;")
    click.echo(f"median of {rounds} requests each in turns, milliseconds (times the administrator's; queries).\n")
    people = list(found["seen"])
    click.echo("| page | " + " | ".join(people) + " |\n|---|" + "---:|" * len(people))
    click.echo("| sees | " + " | ".join(f"{found['seen'][who]:,}" for who in people) + " |")
    late = []
    for page, lines in found["pages"].items():
        cells = [f"{line['p50']} ({line['times']} ×; {line['queries']})" for line in lines.values()]
        click.echo(f"| {page} | " + " | ".join(cells) + " |")
        late += [f"{page}, {who}: {x['times']} ×" for who, x in lines.items() if x["times"] > TARGET]
    for text in late:
        click.echo(f"Missed: {text}, wanted {TARGET}")
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
