"""The floor: a bare Flask view that runs a page's own SQL and renders the same values in one flat loop.

`python -m bench.floor FILE --port N` serves what `bench.record` wrote, with the same server and the same kind of
database connection as the app, but without layout, permissions, translation or objects.
"""

import json
import sys
from pathlib import Path

from flask import Flask, render_template_string

from core.app import ensure_connected
from core.db import db
from core.serve import before_fork, listen
from core.settings import Settings

TEMPLATE = (
    "<table>{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def floor_app(recorded: dict) -> Flask:
    """`/<page>/<variant>` for each page of a recording: `{page: [{"sql": [[text, values, whether they are many rows], …], "cells": [[…], …]}]}`."""
    app = Flask("floor", static_folder=None)

    @app.route("/<path:page>/<int:variant>", methods=["GET", "POST"])
    def view(page, variant):
        db.connect(reuse_if_open=True)
        one = recorded[page][variant]
        if one["writes"]:
            # Taken back, so that the same rows can be written again.
            with db.atomic() as transaction:
                _run(one["sql"])
                transaction.rollback()
        else:
            _run(one["sql"])
        return render_template_string(TEMPLATE, rows=one["cells"])

    @app.get("/healthz")
    def healthz():
        return "ok"

    return app


def _run(statements) -> None:
    for sql, values, many in statements:
        if many:
            db.cursor().executemany(sql, values)
            continue
        cursor = db.execute_sql(sql, values)
        if cursor.description:
            cursor.fetchall()


def main(file: str, port: str) -> None:
    settings = Settings.from_env()
    ensure_connected(settings)
    app = floor_app(json.loads(Path(file).read_text("utf-8")))
    before_fork()
    listen(app, "127.0.0.1", int(port), 1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3])
