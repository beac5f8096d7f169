"""Words in the reader's language: one gettext domain per module, read straight from its .po files.

A template's domain is its top folder (`sales/board.html` → sales), a declaration's is its plugin's. What a domain
lacks is looked up in core's, and what both lack is shown as written.
"""

import gettext as _gettext
import io
import zoneinfo
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from flask import current_app, g, has_app_context, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale
from jinja2 import pass_context

#: The object behind `g`: a page asks for its language two hundred times, which the proxy makes ten times as long.
_g = g._get_current_object
#: Locale → what the language calls itself.
LANGUAGES = {"en": "English", "zh": "简体中文"}
#: Locale → the value of HTML's `lang`.
HTML_LANG = {"en": "en", "zh": "zh-CN"}


@lru_cache(maxsize=256)
def _catalog(path: str, mtime: int) -> _gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    buffer = io.BytesIO()
    with open(path, "rb") as file:
        write_mo(buffer, read_po(file))
    buffer.seek(0)
    return _gettext.GNUTranslations(buffer)


def load(folders: dict[str, Path]) -> dict[str, dict[str, _gettext.GNUTranslations]]:
    """`{domain: folder}` → `{locale: {domain: catalogue}}`, of those that exist."""
    catalogs = {locale: {} for locale in LANGUAGES}
    for domain, folder in folders.items():
        for locale, found in catalogs.items():
            path = folder / "translations" / locale / "LC_MESSAGES" / f"{domain}.po"
            if path.exists():
                found[domain] = _catalog(str(path), path.stat().st_mtime_ns)
    return catalogs


def language() -> str:
    """The reader's locale: `en` or `zh`. Outside an app: `en`."""
    try:
        return _g().language
    except RuntimeError:  # no app
        return "en"
    except AttributeError:
        if not has_request_context():
            return "en"
        g.language = _choose()
        return g.language


def _choose() -> str:
    user = g.get("user")
    for wanted in (user and user.language, session.get("language"), request.cookies.get("language")):
        if wanted in LANGUAGES:
            return wanted
    return request.accept_languages.best_match(list(LANGUAGES), "en")


@contextmanager
def speaking(code: str):
    """Inside, words and formats are in this language (`en` or `zh`), whoever asks: for what is written to others."""
    before = g.get("language")
    g.language = code
    try:
        with force_locale(code):
            yield
    finally:
        if before is None:
            g.pop("language")
        else:
            g.language = before


def translate(message: str, domain: str = "core", **params) -> str:
    """`message` in the reader's language; `%(name)s` filled from params."""
    if not message:
        return ""
    here = language()
    if here != "en":
        message = current_app.extensions["guanxi.look_up"](here, domain, message)
    return message % params if params else message


def _looker_up(catalogs: dict):
    """A function of `(locale, domain, message)`: the message as the domain says it, else as core does, else as written.

    It remembers what it found: a page asks for two hundred.
    """

    @lru_cache(maxsize=20_000)
    def look_up(here: str, domain: str, message: str) -> str:
        for name in (domain, "core") if domain != "core" else ("core",):
            if name in catalogs.get(here, {}):
                found = catalogs[here][name].gettext(message)
                if found != message:
                    return found
        return message

    return look_up


def every(message: str, domain: str = "core") -> list[str]:
    """`message` in every language of the product, as files may say it in any: English first. Needs an app."""
    found = [message]
    if has_app_context():
        for catalogs in current_app.extensions["guanxi.catalogs"].values():
            found += [catalogs[name].gettext(message) for name in (domain, "core") if name in catalogs]
    return list(dict.fromkeys(found)) if message else []


def gettext(message: str, **params) -> str:
    """Core's own words."""
    return translate(message, "core", **params)


def N_(message: str) -> str:
    """Mark a string for collection; it is translated where it is shown."""
    return message


def ngettext(one: str, many: str, n: int, domain: str = "core", **params) -> str:
    """The right one of two forms for a count, with `%(n)s` filled."""
    here = language()
    if here != "en":
        catalogs = current_app.extensions["guanxi.catalogs"].get(here, {})
        for name in (domain, "core"):
            if name in catalogs:
                found = catalogs[name].ngettext(one, many, n)
                if found not in (one, many):
                    return found % (params | {"n": n})
    return (one if n == 1 else many) % (params | {"n": n})


def listed(names: list[str], most: int = 3) -> str:
    """Names as a sentence has them: “Li and Bo”, “李、王和另外 2 人”; after `most`, only how many others."""
    from babel.lists import format_list

    more = len(names) - most
    shown = names[:most] + ([ngettext("%(n)s other", "%(n)s others", more)] if more > 0 else [])
    return format_list(shown, locale=language()) if shown else ""


class Problem(ValueError):
    """A fault in what somebody gave us: a constant sentence and its parameters, translated when it is shown."""

    def __init__(self, message: str, domain: str = "core", **params):
        super().__init__(message)
        self.message, self.domain, self.params = message, domain, params

    def __str__(self):
        return translate(self.message, self.domain, **self.params)


def _in_templates(look_up, domains: frozenset) -> dict:
    """`_` and `ngettext` for the templates of one app; a page calls them a hundred times."""

    @cache
    def domain(template: str | None) -> str:
        top = (template or "").partition("/")[0]
        return top if top in domains else "core"

    @pass_context
    def one(context, message, **params):
        here = language()
        if here != "en":
            message = look_up(here, domain(context.name), message)
        return message % params if params else message

    @pass_context
    def plural(context, one, many, n, **params):
        return ngettext(one, many, n, domain(context.name), **params)

    return {"_": one, "ngettext": plural}


def timezone() -> zoneinfo.ZoneInfo:
    """The reader's time zone, as the user set it; UTC when unknown."""
    try:
        return _g().timezone
    except AttributeError:
        user = g.get("user")
        try:
            g.timezone = zoneinfo.ZoneInfo((user and user.timezone) or "UTC")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            g.timezone = zoneinfo.ZoneInfo("UTC")
        return g.timezone


def init_app(app, folders: dict[str, Path]) -> None:
    """Give a Flask app its languages: catalogues, Babel's formats, and `_` / `ngettext` in templates."""
    app.extensions["guanxi.catalogs"] = catalogs = load(folders)
    app.extensions["guanxi.look_up"] = look_up = _looker_up(catalogs)
    app.extensions["guanxi.domains"] = frozenset(folders)
    Babel(app, locale_selector=lambda: language(), timezone_selector=lambda: timezone().key)
    app.jinja_env.globals.update(_in_templates(look_up, frozenset(folders)))


def locale() -> Locale:
    """Babel's locale object of the reader, for formats."""
    return get_locale() or Locale("en")
