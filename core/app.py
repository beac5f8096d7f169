"""`create_app(settings)`: a plugin set in, one finished Flask app out; only the database handle is global."""

import hashlib
import logging
import mimetypes
import os
import secrets
from functools import lru_cache
from pathlib import Path

import peewee
from flask import Flask, abort, g, redirect, request, send_from_directory, session, url_for
from flask.json.provider import DefaultJSONProvider
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.routing import IntegerConverter, Rule

from . import (
    accounts,
    admin,
    api,
    bulk,
    contact_views,
    db,
    digest,
    erasure,
    file_views,
    files,
    foreign,
    handover,
    home,
    html,
    htmx,
    i18n,
    jobs,
    live,
    merge,
    network,
    notice_views,
    outbox,
    outbox_views,
    permissions,
    plugins,
    search_views,
    sessions,
    shell,
    staff,
    views,
)
from .assembly import (
    PendingMigrations,
    build_of,
    ensure_connected,
    exactly,
    migrate,
    migrations_of,
    pending,
    without_broken,
)
from .build import Build
from .custom import indexes
from .custom import views as custom_views
from .custom.erase import erase_job
from .custom.replacing import replace_job
from .custom.resource import extend
from .errors import Conflict, Forbidden, Invalid, NotFound
from .exchange import jobs as exchange_jobs
from .exchange import views as exchange_views
from .settings import Settings, house

log = logging.getLogger("guanxi")
csrf = CSRFProtect()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; "
    "frame-src 'self'; media-src 'self'"  # of ours only the bytes of files let themselves be framed
)


def create_app(settings: Settings, names: list[str] | None = None) -> Flask:
    """Build the app for the plugins in plugins.toml (broken ones are left out), or for exactly `names`.

    Raises PluginError for named plugins that cannot be combined, PendingMigrations when tables are missing, ConfigError
    for surroundings that are unfit.
    """
    ensure_connected(settings)
    if names is not None:
        return _app_of(settings, names)
    app, broken = without_broken(settings, lambda names: _app_of(settings, names))
    app.extensions["guanxi"].broken = broken
    return app


def _app_of(settings: Settings, names: list[str]) -> Flask:
    build = exactly(settings, names)
    build.core_jobs = (
        bulk.bulk_job,
        *digest.JOBS,
        files.tidy,
        handover.handover_job,
        jobs.tidy,
        sessions.tidy,
        staff.refind,
        *exchange_jobs.JOBS,
        *outbox.JOBS,
        *indexes.JOBS,
        replace_job,
        erase_job,
    )
    build.create_app = create_app
    missing = pending(build)
    if missing:
        raise PendingMigrations(
            f"The database needs to be brought up to date ({', '.join(missing[:3])}). Run: guanxi migrate"
        )
    extend(build)
    app = _Flask("guanxi", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload,
        MAX_FORM_MEMORY_SIZE=settings.max_upload,
        PERMANENT_SESSION_LIFETIME=settings.session_seconds,
        SESSION_COOKIE_NAME="guanxi",
        SESSION_REFRESH_EACH_REQUEST=False,  # the session's row says when it ends, whatever the cookie says
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        TESTING=settings.testing,
    )
    app.url_map.converters["int"] = _Number
    app.extensions["guanxi"] = build
    app.json = _Json(app)
    _templates(app, build)
    i18n.init_app(app, {"core": Path(__file__).parent} | {p.name: p.folder for p in build.loaded if p.folder})
    htmx.init_app(app)
    _sessions(app)
    live.init_app(app, build)
    app.wsgi_app = network.Forwarded(app.wsgi_app, https=settings.base_url.startswith("https://"))
    csrf.init_app(app)
    _static(app, build)
    shell.init_app(app, build)
    file_views.init_app(app, build)
    for room in (accounts, home, live, notice_views, admin, outbox_views, permissions, handover, search_views):
        app.register_blueprint(room.blueprint())
    app.register_blueprint(exchange_views.blueprint())
    app.register_blueprint(api.pages())
    app.register_blueprint(custom_views.blueprint())
    api_blueprint = api.blueprint(build)
    csrf.exempt(api_blueprint)
    app.register_blueprint(api_blueprint)
    for resource in build.resources.values():
        app.register_blueprint(views.blueprint(resource))
    app.register_blueprint(contact_views.blueprint())
    app.register_blueprint(file_views.blueprint())
    for group in build.hook.blueprints():
        for blueprint in group:
            app.register_blueprint(blueprint)
    _errors(app, build)
    return app


class _Rule(Rule):
    """A rule that compiles what writes its address when it is first asked for one: for all rules at once, that takes
    most of the time in which an app is built."""

    def _compile_builder(self, *args, **kwargs):
        compile, made = super()._compile_builder, []

        def build(rule, /, **values):
            if not made:
                made.append(compile(*args, **kwargs))
            return made[0](rule, **values)

        return build


class _Flask(Flask):
    url_rule_class = _Rule


class _Number(IntegerConverter):
    """`<int:id>` of an address: what no key can be is not found, instead of too much for the database."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max": 2**31 - 1} | kwargs)


class _Json(DefaultJSONProvider):
    ensure_ascii = False
    sort_keys = False


class _Compiled(BytecodeCache):
    """What templates were compiled to, kept for the next app: each switch of a module builds one."""

    def __init__(self):
        self.codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.codes[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()


def _templates(app: Flask, build: Build) -> None:
    folders = [house() / "templates"] + [p.folder / "templates" for p in build.loaded if p.folder]
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders if folder.is_dir()])
    env = app.jinja_env
    env.undefined, env.bytecode_cache = StrictUndefined, _compiled
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(html.GLOBALS, build=build, asset=asset, csrf_token=generate_csrf, languages=i18n.LANGUAGES)
    env.globals.update(frame_sandbox=foreign.SANDBOX, rules_of=custom_views.rules)
    env.globals.update(html_lang=lambda: i18n.HTML_LANG[i18n.language()], language=i18n.language)


# Static files: an address carries the file's hash, so that a browser may keep it for ever.


@lru_cache(maxsize=512)
def _fingerprint(path: str, mtime: int) -> str:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=6).hexdigest()


def asset(name: str, plugin: str = "") -> str:
    """The address of a static file of core (`guanxi/app.css`) or of a plugin, with its fingerprint."""
    path = f"{_static_folder(plugin)}/{name}"
    try:
        mark = _fingerprint(path, os.stat(path).st_mtime_ns)
    except OSError:
        mark = "missing"
    return f"/static/-/{plugin}/{name}?v={mark}" if plugin else f"/static/{name}?v={mark}"


def _static_folder(plugin: str) -> Path:
    from flask import current_app

    if not plugin:
        return house() / "static"
    loaded = next((p for p in current_app.extensions["guanxi"].loaded if p.name == plugin and p.folder), None)
    if loaded is None:
        abort(404)
    return loaded.folder / "static"


def _static(app: Flask, build: Build) -> None:
    mimetypes.add_type("text/javascript", ".js")

    def send(folder, filename):
        answer = send_from_directory(folder, filename, max_age=31536000 if "v" in request.args else 300)
        if "v" in request.args:
            answer.cache_control.immutable = True
        return answer

    @app.get("/static/<path:filename>", endpoint="static")
    def static(filename):
        return send(house() / "static", filename)

    @app.get("/static/-/<plugin>/<path:filename>", endpoint="static_plugin")
    def static_plugin(plugin, filename):
        return send(_static_folder(plugin), filename)


# Sessions, and who may come in


def _sessions(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None  # a session is a row of ours; an address that changes on a phone is no attack
    login.user_loader(sessions.load_session)

    @app.before_request
    def open_door():
        endpoint = request.endpoint or ""
        if endpoint.startswith("static"):
            return None
        db.db.connect(reuse_if_open=True)
        g.nonce = secrets.token_hex(8)
        # By address: what the API does not have is no endpoint either, and must not lead to the sign-in page.
        if request.path.startswith("/api/") or endpoint == "home.healthz":
            g.user = None
            return None
        try:
            g.user = current_user._get_current_object() if current_user.is_authenticated else None
        except (peewee.OperationalError, peewee.InterfaceError):
            if not db.is_postgres():
                raise
            # PostgreSQL was started anew since this thread's last request: its first query finds out.
            db.db.close()
            db.db.connect()
            g.user = current_user._get_current_object() if current_user.is_authenticated else None
        view = app.view_functions.get(endpoint)
        if g.user is not None or getattr(view, "public", False):
            return None
        if endpoint == "" and not session:
            return None if request.path.startswith("/static") else _to_login()
        return _to_login()

    @app.teardown_request
    def close_door(error):
        # The connection stays with its thread; one that failed is given up, so that the next request has a good one.
        if isinstance(error, (peewee.OperationalError, peewee.InterfaceError)) and not db.db.is_closed():
            db.db.close()

    @app.after_request
    def guard(answer):
        headers = answer.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not (request.endpoint or "").startswith("static"):
            headers.setdefault("Cache-Control", "no-store" if g.get("user") else "no-cache")
            answer.vary.update(("Cookie", "HX-Request", "HX-Request-Type"))
        return answer


def _to_login():
    if htmx.is_partial():
        return htmx.go(url_for("auth.login"))
    where = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("auth.login", next=where))


# Errors: what happened, what was kept, what to do


def _errors(app: Flask, build: Build) -> None:
    def page(status, title, text, **more):
        if (request.path).startswith("/api/"):
            return {"error": {"status": status, "title": title, "detail": str(text)}}, status
        if htmx.is_partial():
            return htmx.toast_only(text, status=status, tone="danger")
        try:
            return shell.render("core/error.html", status=status, title=title, text=text, **more), status
        except peewee.DatabaseError:
            g.user = None  # the page without the shell, whose menu and bell ask the database
            return shell.render("core/error.html", status=status, title=title, text=text, **more), status

    @app.errorhandler(404)
    @app.errorhandler(NotFound)
    def not_found(error):
        if moved := merge.moved_address(build):
            return redirect(moved, 301)
        name = request.path.strip("/").partition("/")[0].replace("-", "_")
        # A module that is off has no address: only where none fits is it worth looking for it among the installed ones.
        if request.url_rule is None and name not in build.names and name in _known(build):
            text = i18n.gettext("It belongs to the module %(name)s, which is off. Its data is kept.", name=name)
            return page(404, i18n.gettext("This module is off"), text, modules=True)
        if gone := erasure.erased_address():
            return page(404, i18n.gettext("Erased"), gone)
        return page(
            404,
            i18n.gettext("Nothing here"),
            i18n.gettext("It was moved or deleted, or it never was. Nothing of yours was lost."),
        )

    @app.errorhandler(403)
    @app.errorhandler(Forbidden)
    def forbidden(error):
        permission = getattr(error, "permission", "")
        return page(
            403,
            i18n.gettext("You may not do this"),
            i18n.gettext(
                "Your role lacks the permission %(name)s. An administrator can give it.", name=permission or "—"
            ),
        )

    @app.errorhandler(405)
    def wrong_method(error):
        answer = app.make_response(
            page(405, i18n.gettext("Not this way"), i18n.gettext("This address does not take %(m)s.", m=request.method))
        )
        answer.allow.update(error.valid_methods or ())
        return answer

    @app.errorhandler(413)
    def too_large(error):
        limit = build.settings.max_upload // (1024 * 1024)
        return page(
            413,
            i18n.gettext("Too large"),
            i18n.gettext(
                "The upload is larger than %(n)s MB. Split the file, or use the command: guanxi import.", n=limit
            ),
        )

    @app.errorhandler(CSRFError)
    def stale_form(error):
        text = i18n.gettext(
            "The page was open for too long, or you signed out elsewhere. Go back, reload it and send it again."
        )
        return page(400, i18n.gettext("This form is stale"), text)

    @app.errorhandler(Invalid)
    def invalid(error):
        return page(422, i18n.gettext("That cannot be saved"), " ".join(str(p) for p in error.errors.values()))

    @app.errorhandler(i18n.Problem)
    def problem(error):
        return page(422, i18n.gettext("That did not work"), str(error))

    @app.errorhandler(Conflict)
    def conflict(error):
        text = i18n.gettext(
            "Somebody else changed it in the meantime. Reload to see the newest; nothing was overwritten."
        )
        return page(409, i18n.gettext("Changed by somebody else"), text)

    @app.errorhandler(peewee.OperationalError)
    def database(error):
        log.error("%s %s: %s", request.method, request.path, error)
        # SQLite takes back by itself what did not fit on the disk, and peewee then complains about that instead.
        message, earlier = str(error), error.__context__
        while earlier is not None:
            message, earlier = f"{message} {earlier}", earlier.__context__
        # The page about a database that does not answer must not ask it anything, not even who is reading.
        i18n.language()
        g.user, g._login_user = None, app.login_manager.anonymous_user()
        if not db.db.is_closed():
            db.db.close()  # the server may have restarted: the next request of this thread opens a new connection
        if "full" in message:
            text = i18n.gettext("The disk of the server is full. Nothing was changed. Free some space and try again.")
        elif "locked" in message:
            text = i18n.gettext(
                "The database is busy with another program. Nothing was changed. Try again in a moment."
            )
        else:
            text = i18n.gettext("The database did not answer. Nothing was changed. Try again in a moment.")
        return page(503, i18n.gettext("Not now"), text)

    @app.errorhandler(peewee.DataError)
    @app.errorhandler(OverflowError)
    def nonsense(error):
        log.info("%s %s: %s", request.method, request.path, error)
        text = i18n.gettext("A number or a text in it is more than the database can hold. Nothing was changed.")
        return page(422, i18n.gettext("That did not work"), text)

    @app.errorhandler(500)
    def failed(error):
        text = i18n.gettext("Something went wrong on our side; it was written to the log. Nothing was half saved.")
        return page(500, i18n.gettext("That failed"), text)


def _known(build: Build) -> set[str]:
    return set(plugins.discover(build.settings))


__all__ = [
    "PendingMigrations",
    "build_of",
    "create_app",
    "ensure_connected",
    "migrate",
    "migrations_of",
    "pending",
]
