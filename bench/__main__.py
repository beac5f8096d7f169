"""`python -m bench`: build, serve, measure beside the floor, print one table.

Load goes to 127.0.0.1 only, is bounded in requests and seconds, and every server that is started here is stopped here.
"""

import base64
import json
import platform
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import peewee
from rich.console import Console

from core.contacts import Contact
from core.db import db
from core.points import ContactPoint
from core.users import User

from . import data, imports, sales
from .load import Browser, Request, Times, one_by_one, together
from .record import Recorder
from .report import report
from .server import running

DEEP = 5  # places of the list that "deep page" asks for
WARM = 10  # requests that are not counted
ROUND = 2  # requests before the other server's turn, so that both meet the same noise


class Size(click.ParamType):
    """10k, 1m or a plain number."""

    name = "size"

    def convert(self, value, param, context):
        text = str(value).lower()
        try:
            return int(float(text.rstrip("km")) * {"k": 1_000, "m": 1_000_000}.get(text[-1], 1))
        except ValueError:
            self.fail(f"{value} is not a size such as 10k, 1m or 5000.", param, context)


def pages(size: int) -> dict[str, list[str]]:
    """What is measured: page → its addresses, which take turns."""
    contacts = Contact.select(Contact.name, Contact.name_key, Contact.id).order_by(Contact.name_key, Contact.id)
    deep = [
        base64.urlsafe_b64encode(json.dumps([key, id]).encode()).decode().rstrip("=")
        for at in range(1, DEEP + 1)
        for _, key, id in contacts.offset(size * at // (DEEP + 1)).limit(1).tuples()
    ]
    owners = [id for (id,) in User.select(User.id).order_by(User.id).tuples()]
    some = list(Contact.select().where(Contact.id << data.sample(size)).order_by(Contact.id))
    chinese = [c for c in some if not c.name.isascii()] or some
    points = dict(
        ContactPoint.select(ContactPoint.contact_id, ContactPoint.value)
        .where(ContactPoint.contact_id << data.sample(size), ContactPoint.kind == "phone")
        .tuples()
    )
    mails = dict(
        ContactPoint.select(ContactPoint.contact_id, ContactPoint.value)
        .where(ContactPoint.contact_id << data.sample(size), ContactPoint.kind == "email")
        .tuples()
    )
    return {
        "list": ["/contacts/"],
        "list, owner and tag": [f"/contacts/?owner={o}&tags={t}" for o, t in zip(owners[1:4], data.TAGS, strict=False)],
        "list, deep page": [f"/contacts/?after={cursor}" for cursor in deep],
        "search, Chinese": [f"/search?q={c.name}" for c in chinese[:3]] + [f"/search?q={chinese[0].name[:2]}"],
        "search, pinyin": [f"/search?q={c.name_key.partition(chr(1))[0].replace(' ', '')}" for c in chinese[:3]]
        + ["/search?q=zw", "/search?q=wangx"],
        "search, e-mail part": [f"/search?q={m.partition('@')[0]}" for m in list(mails.values())[:3]]
        + [f"/search?q={m.partition('@')[2].partition('.')[0]}" for m in list(mails.values())[3:5]],
        "search, phone digits": [f"/search?q={p[-4:]}" for p in list(points.values())[:4]],
        "contact": [f"/contacts/{c.id}" for c in some],
        "organisation": [f"/contacts/{id}" for id in data.sample(size, organisations=True)],
        "home": ["/"],
    }


def new_contact(n: int) -> dict:
    """A form of a new contact, as a browser sends it."""
    return {
        "kind": "person",
        "name": f"陈新{n}",
        "job_title": "采购",
        "emails-0-label": "work",
        "emails-0-value": f"new{n}@bench.example",
        "phones-0-label": "mobile",
        "phones-0-value": f"139{n % 10**8:08d}",
        "stage": "lead",
        "tags": "展会",
        "roles": "lead",
    }


@contextmanager
def copy_of(size: int, say) -> Iterator[Path]:
    """A folder with a copy of the database of a size, since what is measured writes."""
    source = data.database(size, say)
    with tempfile.TemporaryDirectory(dir=data.FOLDER, prefix="run-") as name:
        shutil.copy(source, name)
        yield Path(name)


def measure(size: int, quick: bool, say) -> dict:
    """All that is measured at one size, as JSON: `{"pages": [{…}, …], "memory": {…}, "import": {…}}`."""
    count, seconds = (20, 0.3) if quick else (200, 3.0)
    with copy_of(size, say) as folder:
        settings = data.settings_for(folder)
        recorder = Recorder(settings)
        addresses = pages(size)
        recorded = {name: [recorder.page(path) for path in paths] for name, paths in addresses.items()}
        recorded["create"] = [recorder.form("/contacts/new", new_contact(0))]
        db.close()
        (folder / "recorded.json").write_text(json.dumps(recorded, ensure_ascii=False), "utf-8")
        found = []
        with (
            running(folder, "core.cli", "serve", "--no-jobs") as app,
            running(folder, "bench.floor", str(folder / "recorded.json")) as floor,
        ):
            browser = Browser(app.port)
            browser.sign_in(data.EMAIL, data.PASSWORD)
            token = browser.token("/contacts/new")
            for number, name in enumerate(recorded):
                say(f"{size:,}: {name}")
                ask = _create(token) if name == "create" else _get(addresses[name])
                bare = _get([f"/{name}/{i}" for i in range(len(recorded[name]))])
                mine, theirs = _beside(browser, Browser(floor.port), ask, bare, count)
                mine.rate = together(lambda: Browser(app.port, browser.cookies), ask, seconds)
                theirs.rate = together(lambda: Browser(floor.port), bare, seconds)
                found.append(_line(name, number, mine, theirs, recorded[name]))
        say(f"{size:,}: memory")
        used = memory(folder, 20 if quick else 200)
        say(f"{size:,}: import")
        imported = imports.measure(folder, data.database(size, say), quick)
        return {"size": size, "pages": found, "memory": used, "import": imported}


def _get(paths: list[str]) -> Request:
    from urllib.parse import quote

    ready = [quote(path, safe="/?&=,%") for path in paths]
    return lambda browser, n: browser.ask("GET", ready[n % len(ready)])


def _create(token: str) -> Request:
    start = int(time.time() * 1000) % 10**7 * 10

    def ask(browser, n):
        return browser.ask("POST", "/contacts/new", new_contact(start + n) | {"csrf_token": token})

    return ask


def _beside(browser, other, ask, bare, count) -> tuple[Times, Times]:
    """Times of the app and of the floor, in turns, after a few of each that are not counted."""
    one_by_one(browser, ask, Times(), WARM, 1_000)
    one_by_one(other, bare, Times(), WARM, 1_000)
    mine, theirs = Times(), Times()
    deadline = time.monotonic() + 30
    for start in range(0, count, ROUND):
        one_by_one(browser, ask, mine, ROUND, start)
        one_by_one(other, bare, theirs, ROUND, start)
        if time.monotonic() > deadline:
            break
    return mine, theirs


def _line(name: str, number: int, mine: Times, theirs: Times, recorded: list) -> dict:
    return {
        "page": name,
        "p50": round(mine.percentile(0.5), 2),
        "p95": round(mine.percentile(0.95), 2),
        "rate": round(mine.rate, 1),
        "floor_p50": round(theirs.percentile(0.5), 2),
        "floor_p95": round(theirs.percentile(0.95), 2),
        "floor_rate": round(theirs.rate, 1),
        "times_floor": round(mine.percentile(0.5) / theirs.percentile(0.5), 2),
        "queries": max(len(one["sql"]) for one in recorded),
    }


def memory(folder: Path, pages: int) -> dict:
    """Proportional memory (PSS) in MB of all processes of `guanxi serve`, job worker included."""
    found = {}
    for workers in (1, 3):
        with running(folder, "core.cli", "serve", "--workers", str(workers)) as server:
            time.sleep(2.0)
            found[workers] = server.pss()
            if workers == 1:
                browser = Browser(server.port)
                browser.sign_in(data.EMAIL, data.PASSWORD)
                for n in range(pages):
                    browser.ask("GET", ("/", "/contacts/", "/contacts/2", "/contacts/new", "/search?q=zw")[n % 5])
                found["used"] = server.pss()
    return {
        "start": round(found[1], 1),
        "after use": round(found["used"], 1),
        "a further worker": round((found[3] - found[1]) / 2, 1),
    }


@click.command()
@click.option("--sizes", default="10k,100k,1m", show_default=True, help="Numbers of contacts, with commas.")
@click.option("--quick", is_flag=True, help="Fewer requests and shorter load.")
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the numbers there, too.")
def main(sizes, quick, target):
    """Measure Guanxi beside its floor and print the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and copies go with it
    wanted = sorted({Size().convert(part.strip(), None, None) for part in sizes.split(",") if part.strip()})
    console = Console(stderr=True)
    with console.status("") as status:
        results = [measure(size, quick, status.update) for size in wanted]
        sold = sales.measure(status.update, **(sales.QUICK if quick else {}))
    answer = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "peewee": peewee.__version__,
        "quick": quick,
        "sizes": results,
        "sales": sold,
    }
    if target:
        target.write_text(json.dumps(answer, ensure_ascii=False, indent=1), "utf-8")
    report(answer, Console())


if __name__ == "__main__":
    main()
