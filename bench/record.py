"""What each page does: its SQL with parameters, and the values that it shows; taken from the app by a test client."""

import re
from contextlib import contextmanager

from bs4 import BeautifulSoup

from core.app import create_app
from core.db import db
from core.settings import Settings

from .data import EMAIL, PASSWORD

LANGUAGE = "zh-CN,zh;q=0.9"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: Where ids of rows that a recorded form makes start: no other row has them when the floor writes them again.
FAR = 2_000_000_000


class Recorder:
    """The app of a database, signed in; `page` and `form` give what the floor must do."""

    def __init__(self, settings: Settings, email: str = EMAIL):
        self.app = create_app(settings)
        self.client = self.app.test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = LANGUAGE
        token = TOKEN.search(self.client.get("/login").text)[1]
        answer = self.client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
        assert answer.status_code == 302, "the bench user cannot sign in"

    def count(self, path: str) -> int:
        """A page that is a number."""
        return int(self.client.get(path).text.replace(",", ""))

    def page(self, path: str) -> dict:
        """The statements and cells of a page."""
        self.client.get(path)  # what is made once per build (the menu) belongs to no page
        with recording() as statements:
            answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return {"sql": statements, "cells": cells(answer.text), "writes": False}

    def form(self, path: str, values: dict) -> dict:
        """The statements of a form that is sent; nothing of it stays in the database."""
        token = TOKEN.search(self.client.get(path).text)[1]
        with db.atomic() as transaction:
            if db.param == "?":
                db.execute_sql("UPDATE sqlite_sequence SET seq = ?", (FAR,))
            with recording() as statements:
                answer = self.client.post(path, data=values | {"csrf_token": token})
            transaction.rollback()
        assert answer.status_code == 303, f"{path}: {answer.status_code} {answer.text[:2000]}"
        kept = [s for s in statements if not s[0].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
        return {"sql": kept, "cells": [], "writes": True}


@contextmanager
def recording():
    """A list that fills with `[sql, values, whether they are many rows]` of every statement until the block ends."""
    handle, found = db.obj, []
    cursor = handle.cursor
    handle.cursor = lambda *args: _Noting(cursor(*args), found)
    try:
        yield found
    finally:
        del handle.cursor


class _Noting:
    """A cursor that writes down what it is asked."""

    def __init__(self, cursor, found: list):
        self.cursor, self.found = cursor, found

    def execute(self, sql, values=()):
        self.found.append([sql, list(values or ()), False])
        self.cursor.execute(sql, values or ())
        return self

    def executemany(self, sql, rows):
        rows = [list(row) for row in rows]
        self.found.append([sql, rows, True])
        self.cursor.executemany(sql, rows)
        return self

    def __getattr__(self, name):
        return getattr(self.cursor, name)

    def __iter__(self):
        return iter(self.cursor)


def cells(html: str) -> list[list[str]]:
    """The values that a page of ours shows: rows of a table, properties, entries of a feed, items of a list."""
    soup = BeautifulSoup(html, "html.parser")
    for extra in soup.select("main .dropdown, main form.gx-composer, dialog, aside.gx-side"):
        extra.decompose()
    rows = [[_text(td) for td in tr.find_all("td")] for tr in soup.select("main tbody tr")]
    rows += [[_text(dt), _text(dt.find_next_sibling("dd"))] for dt in soup.select("main .gx-props dt")]
    rows += [[_text(part) for part in li.select(".gx-feed-h b, time, .gx-feed-b")] for li in soup.select(".gx-feed li")]
    rows += [[_text(part) for part in item.select("a, .small")] for item in soup.select("main .gx-item")]
    rows += [[_text(part) for part in head.select("h2, b, span")] for head in soup.select("main .gx-lane > header")]
    rows += [[_text(part) for part in card.select("a, b, .small")] for card in soup.select("main .gx-deal")]
    return rows


def _text(tag) -> str:
    return " ".join(tag.get_text(" ").split())
