"""Trials for the tests of modules: a firm with a cast on either engine, what people do in it, and a browser on it."""

import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from core import User
from core.journal import Batch
from core.trial import Trial
from core.undo import undo
from tests.real.browser import PHONE, axe
from tests.real.databases import ENGINES

#: How every screen is looked at.
LOOKS = {"light desktop": {}, "dark phone": {"viewport": PHONE, "color_scheme": "dark", "locale": "zh-CN"}}

EVERYTHING = {"*": ["view", "create", "edit", "bulk", "delete", "convert", "claim"]}


class Acting(Trial):
    """A trial in which a change and its undo are a line."""

    def change(self, record, by="bo", **values):
        """Save values of a record as a person; texts are parsed. The record as it is now."""
        resource = self.build.by_model[type(record)]
        with self.acting(by):
            person = self.person(by)
            context = self.build.context(person)
            parsed = {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in values.items()}
            resource.save(person, self.again(record), parsed)
        return self.again(record)

    def dim(self, scope="all", grants=None, **hidden):
        """A client of Dim, who may do everything and whose role hides these fields, by Resource."""
        person = self.add_person("Dim", "sees few fields", grants=grants or EVERYTHING, scope=scope)
        with self.app.app_context():
            role = self.person("dim").role
            role.field_rules = {name: dict.fromkeys(fields, "hidden") for name, fields in hidden.items()}
            role.save()
        return self.client(person)

    def undo(self, by="ann", batch=None):
        """Take a batch back, the newest one by default; what was left alone."""
        with self.acting(by):
            batch = batch or Batch.select().order_by(Batch.id.desc()).first()
            return undo(self.build, self.person(by), batch)[1]


def trial_of(kind, *modules):
    """A fixture: a Trial of this class with these modules on, on SQLite and on PostgreSQL."""

    @pytest.fixture(params=ENGINES)
    def trial(request, tmp_path, tmp_path_factory, prepared):
        def fill(url):
            with kind(tmp_path_factory.mktemp("first"), *modules, url=url):
                pass

        url = prepared(request.param, (kind, modules), fill, tmp_path / "guanxi.db")
        with kind(tmp_path / "guanxi", *modules, url=url) as trial:
            yield trial

    return trial


@contextmanager
def served(trial):
    """The same behind an address: `trial.address`."""
    server = make_server("127.0.0.1", 0, trial.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    trial.address = f"http://127.0.0.1:{server.server_port}"
    yield trial
    server.shutdown()
    thread.join()


def come_in(page, site, who="bo"):
    """Sign a person in."""
    user = site.person(who)
    user.set_password("correct horse")
    User.update(password_hash=user.password_hash).where(User.id == user.id).execute()
    page.goto(f"{site.address}/login")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", "correct horse")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.address}/")


def hindrances(page, site, paths, who="ann") -> list[str]:
    """What hinders people on these pages: breaches of WCAG 2.2 AA, and more than fits the width."""
    come_in(page, site, who)
    found = []
    for path in paths:
        page.goto(site.address + path)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found += [f"{path}: {fault}" for fault in [*axe(page), *(["too wide"] if wide else [])]]
    return found
