"""Small pieces of HTML that Python makes: icons, avatars, tags, times, money. Templates get them as globals."""

import datetime as dt
import decimal
import re
import zipfile
from functools import lru_cache

from babel.dates import format_date as babel_date
from babel.numbers import format_currency, get_currency_precision
from markupsafe import Markup, escape

from . import i18n
from .db import utcnow
from .settings import house

#: The hues that a user or a plugin may pick; each is a class `gx-c-<name>` of the stylesheet.
HUES = ("blue", "indigo", "purple", "pink", "red", "orange", "yellow", "green", "teal", "cyan", "azure", "gray")
_AVATAR_HUES = ("blue", "purple", "teal", "orange", "pink", "indigo", "green", "cyan", "azure", "red")
_CJK = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=1)
def _icons() -> zipfile.ZipFile | None:
    path = house() / "static" / "vendor" / "icons.zip"
    return zipfile.ZipFile(path) if path.exists() else None


@lru_cache(maxsize=2048)
def icon(name: str, classes: str = "") -> Markup:
    """An inline SVG of @tabler/icons; `name!` is the filled one. An unknown name draws an empty square."""
    style, name = ("filled", name[:-1]) if name.endswith("!") else ("outline", name)
    inner, archive = "", _icons()
    if archive is not None:
        try:
            svg = archive.read(f"{style}/{name}.svg").decode()
            inner = re.sub(r"\s*\n\s*", "", re.search(r"<svg[^>]*>(.*)</svg>", svg, re.S).group(1))
        except KeyError:
            pass
    paint = (
        'fill="currentColor"'
        if style == "filled"
        else 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    )
    return Markup(
        f'<svg class="{("icon " + classes).strip()}" aria-hidden="true" width="18" height="18" viewBox="0 0 24 24"'
        f" {paint}>{inner}</svg>"
    )


def hue(text: str) -> str:
    """A hue that stays the same for the same text."""
    return _AVATAR_HUES[sum(map(ord, text)) % len(_AVATAR_HUES)]


def initials(name: str, count: int = 2, firm: bool = False) -> str:
    """What an avatar shows: the last two characters of a Chinese name (a firm's: the first two), else first letters."""
    name = name.strip()
    if not name:
        return "?"
    if _CJK.search(name):
        han = "".join(_CJK.findall(name))
        return han[0] if count == 1 else han[:count] if firm else han[-count:]
    parts = [p for p in re.split(r"[\s\-·]+", name) if p[:1].isalnum()] or [name]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 and count > 1 else "")).upper()


@lru_cache(maxsize=4096)
def avatar(name: str, size: str = "sm", color: str = "", firm: bool = False) -> Markup:
    """A round with initials; hidden from screen readers because the name is printed beside it."""
    letters = initials(name, 1 if size in ("xs", "xxs") else 2, firm)
    return Markup('<span class="avatar avatar-{} gx-c-{}" aria-hidden="true">{}</span>').format(
        size, color or hue(name), letters
    )


@lru_cache(maxsize=4096)
def tag(text: str, color: str = "gray", symbol: str = "") -> Markup:
    """A small coloured label."""
    return Markup('<span class="gx-tag gx-c-{}">{}{}</span>').format(color, icon(symbol) if symbol else "", text)


def local(instant: dt.datetime) -> dt.datetime:
    """An instant in the reader's time zone."""
    return instant.astimezone(i18n.timezone())


def today() -> dt.date:
    """The reader's date."""
    return local(utcnow()).date()


@lru_cache(maxsize=8192)
def _short_date(day: dt.date, this_year: int, language: str) -> str:
    if language == "zh":
        return f"{day.month}月{day.day}日" if day.year == this_year else f"{day.year}年{day.month}月{day.day}日"
    return babel_date(day, "d MMM" if day.year == this_year else "d MMM y", locale=language)


def short_date(day: dt.date) -> str:
    """A date as people write it; the year only where it is another one."""
    return _short_date(day, today().year, i18n.language())


def ago(instant: dt.datetime, here: dt.datetime | None = None) -> str:
    """How long ago (or ahead) an instant is: minutes, hours, yesterday, then the date. `here` is its `local`."""
    now = utcnow()
    seconds = (now - instant).total_seconds()
    if 0 <= seconds < 60:
        return i18n.gettext("just now")
    if 0 <= seconds < 3600:
        return i18n.gettext("%(n)s min ago", n=int(seconds // 60))
    when, today = here or local(instant), local(now).date()
    days = (today - when.date()).days
    if days == 0:
        return i18n.gettext("%(n)s h ago", n=int(seconds // 3600)) if seconds > 0 else f"{when:%H:%M}"
    if days in (1, -1):
        return i18n.gettext("Yesterday") if days == 1 else i18n.gettext("Tomorrow")
    return _short_date(when.date(), today.year, i18n.language())


def moment(instant: dt.datetime | None, text: str | None = None) -> Markup:
    """A `<time>` with the exact instant for machines and on hover."""
    if instant is None:
        return Markup("")
    here = local(instant)
    return Markup(
        f'<time datetime="{instant.isoformat()}" title="{here.isoformat(" ", "minutes")[:16]}">'
        f"{escape(text or ago(instant, here))}</time>"
    )


def day_label(day: dt.date) -> str:
    """The heading of a day in a feed."""
    delta = (today() - day).days
    if delta == 0:
        return i18n.gettext("Today")
    if delta == 1:
        return i18n.gettext("Yesterday")
    if delta == -1:
        return i18n.gettext("Tomorrow")
    return short_date(day)


def due(instant: dt.datetime | None, done: bool = False) -> Markup:
    """A due time: red with the words when it is past, so that it does not speak by colour alone."""
    if instant is None:
        return Markup("")
    late = not done and instant < utcnow()
    label = ago(instant) if late else day_label(local(instant).date())
    if late:
        return Markup('<span class="gx-t-danger fw-medium gx-row gap-1">{}{}</span>').format(
            icon("alert-circle"), moment(instant, i18n.gettext("Overdue · %(when)s", when=label))
        )
    return moment(instant, label)


@lru_cache(maxsize=512)
def _precision(currency: str) -> int:
    return get_currency_precision(currency)


def money(minor: int | None, currency: str) -> str:
    """Minor units as people write them; whole amounts without cents."""
    return "" if minor is None else _money(minor, currency, str(i18n.locale()))


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, locale: str) -> str:
    digits = _precision(currency)
    whole = minor % 10**digits == 0
    value = decimal.Decimal(minor).scaleb(-digits)
    return format_currency(
        value,
        currency,
        locale=locale,
        currency_digits=not whole,
        decimal_quantization=True,
        format="¤#,##0" if whole else None,
    )


def duration(seconds: int | None) -> str:
    """A length of time: 8 min 12 s."""
    if not seconds:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, i18n.gettext("%(n)s h")), (minutes, i18n.gettext("%(n)s min")), (rest, i18n.gettext("%(n)s s"))]
    return " ".join(text % {"n": n} for n, text in parts if n)


_URL = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}])")


def file_size(size: int) -> str:
    """1234567 → 1.2 MB, as file managers say it."""
    power = min(3, (len(str(size)) - 1) // 3)
    number = size / 1000**power
    return f"{number:.{1 if power and number < 10 else 0}f} {('B', 'kB', 'MB', 'GB')[power]}"


def paragraphs(text: str) -> Markup:
    """Plain text as people typed it: line breaks kept, addresses linked, everything escaped."""
    out, text = [], text or ""
    for i, part in enumerate(_URL.split(text) if "://" in text else [text]):
        if i % 2:
            out.append(Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>').format(part))
        else:
            out.append(str(escape(part)).replace("\n", "<br>"))
    return Markup("".join(out))


GLOBALS = dict(
    icon=icon,
    avatar=avatar,
    tag=tag,
    moment=moment,
    ago=ago,
    due=due,
    short_date=short_date,
    day_label=day_label,
    money=money,
    duration=duration,
    file_size=file_size,
    paragraphs=paragraphs,
    initials=initials,
    hue=hue,
    local=local,
)
