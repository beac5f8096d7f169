"""`python -m bench.watching`: what people who only look cost a server with two workers.

Requests a second of sixteen clients, in turns with nobody looking, with everybody looking while nothing changes, and
with everybody looking while a colleague saves a record each second.
"""

import json
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import click

from . import data
from .__main__ import Size, copy_of
from .load import Browser, Request, together
from .server import REPOSITORY, running

EVERY = 4.0  # seconds between two polls of a page that somebody sits at
WARM = 3.0  # seconds until everybody polls
CASES = ["nothing changes", "a save a second"]
PAGES = 200  # different contacts that are looked at; every fifth person looks at the list


def look_at(browser: Browser, path: str) -> dict:
    """A page as its script knows it: place in the journal and watches."""
    text = browser.ask("GET", path)[1].decode()
    since = re.search('data-gx-since="([^"]+)"', text)[1]
    return {"path": path, "since": since, "watches": re.findall('data-gx-watch="([^"]+)"', text)}


class Crowd:
    """People who look, in a process of their own, from entering to leaving the block."""

    def __init__(self, port: int, browser: Browser, pages: list[dict], people: int, seconds: float):
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        self.plan = dict(port=port, cookie=cookie, pages=pages, people=people, seconds=seconds, every=EVERY)

    def __enter__(self):
        command = [sys.executable, "-m", "bench.watchers"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY, text=True
        )
        self.process.stdin.write(json.dumps(self.plan))
        self.process.stdin.close()
        time.sleep(WARM)
        return self

    def __exit__(self, *_):
        self.found = json.loads(self.process.stdout.read() or "{}")
        if self.process.wait(30):
            raise RuntimeError("The watchers failed.")


class Colleague(threading.Thread):
    """Saves one of the watched contacts each second."""

    def __init__(self, browser: Browser, ids: list[int]):
        super().__init__(daemon=True)
        self.browser, self.ids, self.token, self.over = browser, ids, browser.token("/contacts/new"), threading.Event()

    def run(self):
        n = 0
        while not self.over.wait(1.0):
            n += 1
            form = {"job_title": f"采购 {n}", "csrf_token": self.token}
            self.browser.ask("POST", f"/contacts/{self.ids[n % len(self.ids)]}/field/job_title", form)


def measure(folder: Path, people: int, seconds: float, size: int, rounds: int) -> dict:
    """Requests a second by case, as JSON."""
    with running(folder, "core.cli", "serve", "--workers", "2", "--no-jobs") as app:
        browser = Browser(app.port)
        browser.sign_in(data.EMAIL, data.PASSWORD)
        step = max(size // PAGES, 1)
        ids = [id for id in range(2, size, step) if browser.ask("GET", f"/contacts/{id}")[0] == 200][:PAGES]
        paths = [f"/contacts/{id}" for id in ids]
        pages = [look_at(browser, path) for n, path in enumerate(paths)]
        some = look_at(browser, "/contacts/")
        pages = [some if n % 5 == 4 else page for n, page in enumerate(pages)]

        def rate() -> float:
            ask: Request = lambda b, n: b.ask("GET", ("/contacts/", paths[n % len(paths)])[n % 2])  # noqa: E731
            return together(lambda: Browser(app.port, browser.cookies), ask, seconds)

        def crowd() -> Crowd:
            return Crowd(app.port, browser, pages, people, seconds + WARM + 2)

        rate()  # warm
        alone, found = [rate()], {name: [] for name in CASES}
        for name in CASES * rounds:
            with crowd() as people_there:
                colleague = Colleague(Browser(app.port, browser.cookies), ids)
                if name == CASES[1]:
                    colleague.start()
                there = rate()
                colleague.over.set()
            alone.append(rate())
            found[name].append((there, (alone[-2] + alone[-1]) / 2, people_there.found))
    return {"people": people, "every": EVERY, "cases": [_line(name, turns) for name, turns in found.items()]}


def _line(name: str, turns: list) -> dict:
    there, alone = (statistics.mean(turn[i] for turn in turns) for i in (0, 1))
    counted = {key: sum(turn[2][key] for turn in turns) for key in turns[0][2]}
    return {
        "case": name,
        "alone": round(alone, 1),
        "rate": round(there, 1),
        "cost": round(1 - there / alone, 3),
    } | counted


@click.command()
@click.option("--people", default=500, show_default=True, help="How many look.")
@click.option("--size", type=Size(), default="10k", show_default=True, help="Contacts of the firm.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each measurement.")
@click.option("--rounds", default=3, show_default=True, help="How often each case takes its turn.")
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the numbers there, too.")
def main(people, size, seconds, rounds, target):
    """Measure what open pages cost."""
    with copy_of(size, lambda text: click.echo(text, err=True)) as folder:
        found = measure(folder, people, seconds, size, rounds)
    for line in found["cases"]:
        click.echo(
            f"{people} people, {line['case']}: {line['rate']} requests/s of {line['alone']} ({line['cost']:.1%} less),"
            f" {line['polls']} polls, {line['drawn']} pages drawn again"
        )
    if target:
        target.write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
