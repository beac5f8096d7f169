"""The conformance checks: what a plugin must keep to so that it lives well with others. `guanxi plugins check NAME`.

Each check is a function `(Case) -> str | None`: a text says why it does not apply, an AssertionError what is wrong.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import app as apps
from . import db, fields, messages, plugins, schema
from .assembly import migrations_of
from .errors import Invalid
from .i18n import Problem
from .plugins import PluginError
from .settings import Settings
from .trial import Trial, fresh_database
from .users import VERBS


@dataclass(frozen=True)
class Result:
    """What one check found: `ok` is None when it does not apply; `said` then says why, or what is wrong."""

    title: str
    ok: bool | None
    said: str = ""

    def __str__(self):
        mark = {True: "ok  ", False: "FAIL", None: "–   "}[self.ok]
        return f"{mark}  {self.title}" + (f": {self.said}" if self.said else "")


@dataclass
class Case:
    """What the checks share: the plugin's name, a trial with it on, and values for sample records."""

    name: str
    folder: Path
    folders: tuple = ()
    #: PostgreSQL server to check the migrations on too, or "".
    server: str = ""
    #: Resource → {field: text} for records that the checks save; the rest is made up by kind.
    samples: dict = field(default_factory=dict)
    _trial: Trial | None = None

    @property
    def settings(self) -> Settings:
        return Settings(self.folder, "", self.folder / "none.toml", "check", plugin_folders=tuple(self.folders))

    @property
    def trial(self) -> Trial:
        if self._trial is None:
            self._trial = Trial(self.folder / "trial", self.name, folders=self.folders)
        return self._trial

    @property
    def own(self) -> list:
        """The plugin's own Resources."""
        return [r for r in self.trial.build.resources.values() if r.plugin == self.name]

    def close(self) -> None:
        if self._trial is not None:
            self._trial.close()


# Loading


def loads_alone(case: Case):
    """It loads with nothing but what it requires"""
    apps.build_of(case.settings, [case.name])


def loads_with_all(case: Case):
    """It loads together with every other plugin that is installed"""
    others = []
    for name in sorted(plugins.discover(case.settings)):
        with contextlib.suppress(PluginError):
            apps.build_of(case.settings, [name])
            others.append(name)
    apps.build_of(case.settings, sorted({*others, case.name}))
    return None if len(others) > 1 else "no other plugin is installed"


def has_readme(case: Case):
    """It has a README"""
    folder = messages.folder_of(case.trial.build, case.name)
    if folder is None:
        return "it is one file"
    places = [folder, folder.parent]
    found = [p for place in places for p in place.glob("README*")]
    distribution = plugins.discover(case.settings)[case.name].distribution
    if not found and distribution:
        import importlib.metadata

        assert importlib.metadata.metadata(distribution).get_payload().strip(), "write README.md"
        return None
    assert found, f"write {folder.name}/README.md"


# Names


def names_its_own(case: Case):
    """Tables, permissions, blueprints, jobs and addresses carry its name"""
    from .jobs import works

    build, prefix = case.trial.build, f"{case.name}_"
    for model in build.models(case.name):
        table = model._meta.table_name
        assert table.startswith(prefix), f"the table {table} should start with {prefix}"
    for resource in case.own:
        assert resource.name.startswith(prefix), f"the Resource {resource.name} should start with {prefix}"
    for rule in _rules(case.trial.app) - _rules(_without(case)):
        address, endpoint = rule
        assert endpoint.startswith((f"{case.name}.", prefix)), f"the endpoint {endpoint} should start with {case.name}"
        allowed = (f"/{case.name}/", f"/{case.name}", f"/portal/{case.name}", f"/api/v1/{prefix}")
        assert address.startswith(allowed), f"the address {address} should start with /{case.name}/"
    for work in works(build).values():
        if db.plugin_of(work.function.__module__) == case.name:
            assert work.name.startswith((f"{case.name}.", prefix)), (
                f"the job {work.name} should start with {case.name}."
            )
    folder = messages.folder_of(build, case.name)
    for part in ("templates", "static"):
        for path in (folder / part).iterdir() if folder and (folder / part).is_dir() else ():
            assert path.name == case.name or part == "static", f"{part}/{path.name} should lie in {part}/{case.name}/"


def _rules(app) -> set[tuple[str, str]]:
    return {(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()}


def _without(case: Case):
    """The app with what the plugin requires, but without it."""
    required = [n for n in case.trial.build.names if n != case.name]
    return apps.create_app(case.trial.settings, required)


# Off


def leaves_nothing(case: Case):
    """Switched off, it leaves no route, hook, job or menu entry"""
    from .jobs import works

    trial = case.trial
    routes = _rules(trial.app) - _rules(_without(case))
    trial.off(case.name)
    try:
        assert not routes & _rules(trial.app), "routes stay after it was switched off"
        plugin_names = {i.plugin_name for h in vars(trial.build.hook).values() for i in _impls(h)}
        assert case.name not in plugin_names, "hooks stay after it was switched off"
        left = [w.name for w in works(trial.build).values() if db.plugin_of(w.function.__module__) == case.name]
        assert not left, f"jobs stay after it was switched off: {left}"
        client = trial.client("ann")
        home = client.get("/")
        assert home.status_code == 200, f"the home page answers {home.status_code}"
        assert f'"/{case.name}/' not in home.text, "its menu entries stay after it was switched off"
        for address in sorted(rule for rule, _ in routes if "<" not in rule and not rule.startswith("/api/"))[:20]:
            answer = client.get(address)
            assert answer.status_code == 404, f"{address} answers {answer.status_code} when it is off"
            if address.startswith(f"/{case.name}/"):
                assert "/admin/modules" in answer.text, f"{address} does not say that the module is off"
    finally:
        trial.on(case.name)


def _impls(caller):
    return caller.get_hookimpls() if hasattr(caller, "get_hookimpls") else ()


# Pages


def pages_work_empty(case: Case):
    """Its pages work without a record"""
    if not case.own:
        return "it declares no Resource"
    for resource in case.own:
        base = _base(case, resource)
        for path in (base, f"{base}export", *([f"{base}new"] if resource.writable else [])):
            _expect(case, "ann", path, 200)
    _expect(case, "ann", "/", 200)


def pages_work_filled(case: Case):
    """Its pages work with a record, in both languages"""
    if not case.own:
        return "it declares no Resource"
    skipped = []
    for resource in case.own:
        record, why = _sample(case, resource.name)
        if record is None:
            skipped.append(f"{resource.name} ({why})")
            continue
        base = _base(case, resource)
        for path in (base, f"{base}{record.id}", f"{base}{record.id}/history", f"{base}export?format=json"):
            _expect(case, "ann", path, 200)
            _expect(case, "ann", path, 200, "zh")
        if resource.writable:
            _expect(case, "ann", f"{base}{record.id}/edit", 200)
    for path in ("/", "/contacts/"):
        _expect(case, "bo", path, 200)
    _expect(case, "ann", f"/contacts/{case.trial.contact('Panels').id}", 200)
    if skipped:
        return f"no sample could be made for {', '.join(skipped)}; give one by check_plugin(…, samples=…)"


def pages_need_permission(case: Case):
    """Without the permission each of its pages answers 403"""
    if not case.own:
        return "it declares no Resource"
    trial = case.trial
    trial.add_person("Nia", "nothing", grants={"*": []})
    trial.add_person("Vic", "viewer", grants={"*": ["view"]})
    for resource in case.own:
        base = _base(case, resource)
        _expect(case, "nia", base, 403)
        _expect(case, "nia", f"{base}export", 403)
        if resource.writable:
            _expect(case, "vic", f"{base}new", 403)
    home = trial.client("nia").get("/").text
    assert f'"/{case.name}/' not in home, "its menu entries show to somebody without the permission"


def _base(case: Case, resource) -> str:
    with case.trial.app.test_request_context():
        return resource.url()


def _expect(case: Case, who: str, path: str, status: int, language: str = "en") -> None:
    answer = case.trial.client(who, language).get(path)
    assert answer.status_code == status, f"{path} answers {answer.status_code} to {who.capitalize()}, not {status}"


def _sample(case: Case, name: str, depth: int = 0):
    """A record of a Resource with a value of each kind in it, and why there is none."""
    trial = case.trial
    resource = trial.resource(name)
    existing = resource.model.select().where(resource.model.deleted_batch.is_null()).first()
    if existing is not None:
        return existing, ""
    if not resource.writable:
        return None, "the program writes it"
    if name == "contacts":
        return trial.contact("Sample", emails="sample@example.com"), ""
    values = {**resource.sample, **case.samples.get(name, {})}
    for field_name in resource.fields:
        kind = resource.kinds[field_name]
        if field_name in values or isinstance(kind, fields.Several):
            continue
        if isinstance(kind, fields.Link):
            target = trial.build.by_model[kind.rel_model].name
            linked = _sample(case, target, depth + 1)[0] if target != name and depth < 4 else None
            if linked is not None:
                values[field_name] = linked.id
        elif (value := _value(kind)) is not None:
            values[field_name] = value
    try:
        return trial.make(name, **values), ""
    except (Invalid, Problem) as error:
        return None, str(error)


def _value(kind):
    if isinstance(kind, fields.Choice):
        return next(iter(kind.labels), None)
    now = db.utcnow()
    for cls, value in (
        (fields.Email, "sample@example.com"),
        (fields.Phone, "+86 138 0000 0000"),
        (fields.URL, "https://example.com"),
        (fields.Text, "样本 Sample"),
        (fields.Integer, 1),
        (fields.Number, "1.5"),
        (fields.Money, "12.50 CNY"),
        (fields.Bool, True),
        (fields.DateTime, now),
        (fields.Date, now.date() + dt.timedelta(days=1)),
    ):
        if isinstance(kind, cls):
            return value
    return None


# Data


def migrations_equal_models(case: Case):
    """Its migrations make the tables that its models say"""
    build = apps.build_of(case.settings, [case.name])
    folder = next(f for name, f, _ in migrations_of(build) if name == case.name)
    own = build.models(case.name)
    if not own:
        return "it has no tables"
    if folder is None:
        return "it has no migrations; its tables are made from the models"
    everything = [m for _, _, models in migrations_of(build) for m in models]
    with contextlib.ExitStack() as stack:
        pairs = [tuple(f"sqlite:///{case.folder / f'{n}.db'}" for n in ("migrated", "modelled"))]
        if case.server:
            pairs.append(tuple(stack.enter_context(fresh_database(case.server)) for _ in range(2)))
        for pair in pairs:
            found = schema.compare(*pair, lambda: apps.migrate(build), everything)
            mine = [f for f in found if f.startswith(tuple(m._meta.table_name for m in own))]
            assert not mine, "; ".join(mine[:3])


def grants_are_known(case: Case):
    """Its actions do not take the name of a verb that every Resource has"""
    for resource in case.own:
        taken = set(resource.actions) & {*VERBS, "list", "new", "page"}
        assert not taken, f"{resource.name} has an action named {', '.join(sorted(taken))}"


def strings_are_translated(case: Case):
    """Every text that it shows has a translation, in each language that it ships"""
    build = case.trial.build
    folder = messages.folder_of(build, case.name)
    locales = (
        sorted(p.name for p in (folder / "translations").iterdir() if p.is_dir())
        if folder and (folder / "translations").is_dir()
        else []
    )
    if not locales:
        return "it ships no translation"
    for locale in locales:
        if locale == "en":
            continue
        lacking = [word.text for word in messages.missing(build, case.name, locale)]
        assert not lacking, f"{len(lacking)} texts lack {locale}, such as {lacking[0]!r}. Run: guanxi plugins messages"


CHECKS = (
    loads_alone,
    loads_with_all,
    names_its_own,
    grants_are_known,
    pages_work_empty,
    pages_work_filled,
    pages_need_permission,
    leaves_nothing,
    migrations_equal_models,
    strings_are_translated,
    has_readme,
)


def run(name: str, *, folders=(), server: str | None = None, samples: dict | None = None) -> Iterator[Result]:
    """Check an installed plugin; one Result for each check, as soon as it is known. Data folders are temporary.

    `server` is a PostgreSQL URL for the migrations (default: `GUANXI_TEST_DATABASE_URL`). Where the plugin does not
    even load, that is the only Result.
    """
    server = os.environ.get("GUANXI_TEST_DATABASE_URL", "") if server is None else server
    with tempfile.TemporaryDirectory(prefix="guanxi-check-") as folder:
        case = Case(name, Path(folder), tuple(folders), server, samples or {})
        if name not in plugins.discover(case.settings):
            yield Result("It is installed", False, f"no plugin {name} is found. See: guanxi plugins list")
            return
        try:
            for check in CHECKS:
                result = _result(check, case)
                yield result
                if check is loads_alone and not result.ok:
                    return
        finally:
            case.close()


def _result(check, case: Case) -> Result:
    title = check.__doc__
    try:
        said = check(case)
    except AssertionError as error:
        return Result(title, False, str(error))
    except Exception as error:
        return Result(title, False, f"{type(error).__name__}: {error}")
    return Result(title, None if said else True, said or "")
