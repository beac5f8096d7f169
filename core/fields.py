"""The kinds of a column: each one says how a value is read, shown, filtered and sent.

A kind is a peewee field and nothing else in the code asks "what type is this": form, list, import, export, API, filters
and bulk edit all go through the methods of `Kind`.
"""

import datetime as dt
import decimal
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import peewee
from babel.numbers import get_currency_symbol
from markupsafe import Markup

from . import html, i18n
from .db import Instant, Json, Key, plugin_of, utcnow
from .i18n import N_, Problem
from .words import sort_key

_UNSET = object()


class Context(NamedTuple):
    """What reading a text may need beside the text: who reads it and the firm's defaults."""

    user: Any = None
    build: Any = None
    currency: str = "CNY"
    region: str = "CN"


NOBODY = Context()


class Kind:
    """What all kinds share. `label`, `help`, `required` and `sortable` are for screens; the rest is behaviour."""

    #: The form control: text, textarea, select, checkbox, date, datetime-local, number, email, tel, url, money, pick,
    #: tags, roles, points, json, or the name of one of its own (`draw`).
    control = "text"
    #: The filter's control: choice, text, date, number, bool, pick, or None for a kind that cannot be filtered.
    filter_control: str | None = None
    #: A control of its own: `draw(field)` gives its HTML, `collect(formdata)` the text for `parse` (None: not sent).
    draw: Callable | None = None
    collect: Callable | None = None
    #: Whether cells and inputs stand at the right with tabular figures.
    numeric = False
    label = ""
    help = ""
    #: The heading that it stands below in forms and on pages.
    section = ""
    #: What a new record starts with, as text, where that is not the column's own default.
    start = ""
    #: Whether a value may say something of a person: it is emptied when a contact is erased or made anonymous.
    #: `personal=True` or `False` in a declaration says otherwise than the kind does.
    personal = False
    #: Columns that go with this one (`price` → `price_currency`, `city` → `city_key`).
    companions: Sequence[str] = ()

    def declare(
        self,
        label: str = "",
        help: str = "",
        required: bool = False,
        sortable: bool | None = None,
        personal: bool | None = None,
    ):
        self.label, self.help, self.required = label, help, required
        self._sortable = sortable
        if personal is not None:
            self.personal = personal
        return self

    @property
    def title(self) -> str:
        """The label, made from the name when none is declared."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def sort_column(self) -> peewee.Field | None:
        """The indexed column that a list sorts by, or None when it must not be sorted by."""
        return self if (self.index if self._sortable is None else self._sortable) else None

    def parse(self, text: str, context: Context = NOBODY) -> Any:
        """Text as typed, imported or sent → value. Empty text → None. Raises Problem."""
        raise NotImplementedError

    def text(self, value) -> str:
        """Value → the text that `parse` reads back: for forms and CSV."""
        return "" if value is None else str(value)

    def json(self, value):
        """Value → what the API and JSON exports send."""
        return value

    def unjson(self, value):
        """What `json` made → value; the journal keeps old values so."""
        return value

    def show(self, value) -> str | Markup:
        """Value → what people see."""
        return "" if value is None else str(value)

    def cell(self) -> Callable[[Any], str | Markup]:
        """The function that draws this column of a record; chosen once per column, not per cell."""
        name, show = self.name, self.show
        return lambda record: show(getattr(record, name))

    def get(self, record):
        """The value as `parse` gives it, read from a record."""
        return getattr(record, self.name)

    def set(self, record, value) -> None:
        """Put a value as `parse` gives it onto a record."""
        setattr(record, self.name, value)

    def empty(self, value) -> bool:
        return value is None or value == "" or value == []

    def condition(self, values: Sequence[str], context: Context = NOBODY) -> peewee.Expression | None:
        """A filter's values from the address → expression. `none` asks for empty. Raises Problem for nonsense."""
        found, wanted = [], []
        for value in values:
            if value == "none":
                found.append(self.is_null())
            else:
                wanted.append(self.parse(value, context))
        if wanted:
            found.append(self.in_(wanted) if len(wanted) > 1 else self == wanted[0])
        return any_of(found)


def any_of(expressions):
    """These expressions joined by OR; None for none.

    Joined in pairs, and these in pairs: SQLite reads about a hundred levels of brackets and no more.
    """
    found = list(expressions)
    while len(found) > 1:
        pairs = [found[i : i + 2] for i in range(0, len(found), 2)]
        found = [pair[0] if len(pair) == 1 else pair[0] | pair[1] for pair in pairs]
    return found[0] if found else None


def _range(column, values, parse, none=None):
    """`a..b`, `a..`, `..b` or one value, as a condition on an ordered column."""
    found = []
    for value in values:
        if value == "none":
            found.append(column.is_null())
            continue
        low, dots, high = value.partition("..")
        if not dots:
            found.append(column == parse(low))
            continue
        part = None
        if low:
            part = column >= parse(low)
        if high:
            part = (column <= parse(high)) if part is None else part & (column <= parse(high))
        if part is not None:
            found.append(part)
    return any_of(found)


def _options(cls):
    """Let a kind take label, help, required, sortable and personal beside peewee's own arguments."""
    init = cls.__init__

    def __init__(
        self,
        *args,
        label="",
        help="",
        required=False,
        sortable=None,
        personal=None,
        null=None,
        default=_UNSET,
        **kwargs,
    ):
        self.declare(label, help, required, sortable, personal)
        if default is _UNSET:
            default = self.blank() if hasattr(self, "blank") and not null else None
        # What is required is asked of people, not of the table: rows from before the rule must stay readable.
        init(self, *args, null=default is None if null is None else null, default=default, **kwargs)

    cls.__init__ = __init__
    return cls


@_options
class Text(Kind, peewee.TextField):
    """One line of text. `index=True` makes it sortable and filterable by a stored key (case-folded, pinyin).

    `sortable=True` alone stores the key and leaves the index to you.
    """

    filter_control, personal = "text", True
    max_length = 500

    def __init__(self, *args, index=False, max_length=500, **kwargs):
        self.keyed, self.key_index, self.max_length = index or bool(self._sortable), index, max_length
        super().__init__(*args, **kwargs)

    def blank(self):
        return ""

    def bind(self, model, name, set_attribute=True):
        super().bind(model, name, set_attribute)
        if self.keyed:
            key = Key(default="", index=self.key_index)
            model._meta.add_field(f"{name}_key", key)
            self.companions = (f"{name}_key",)

    def named(self, value) -> str:
        """A value as people read it."""
        return value or ""

    @property
    def sort_column(self):
        return self.model._meta.fields[f"{self.name}_key"] if self.keyed and self._sortable is not False else None

    def parse(self, text, context=NOBODY):
        text = " ".join(str(text).split())
        if len(text) > self.max_length:
            raise Problem(N_("This is longer than %(n)s characters. Shorten it."), n=self.max_length)
        return text

    def condition(self, values, context=NOBODY):
        if not self.keyed:
            return any_of([self.contains(v) if v != "none" else self == "" for v in values])
        column = self.sort_column
        return any_of([column == sort_key(v) if v != "none" else column == "" for v in values])


class Code(Text):
    """A number of the firm's own, such as INV-2026-0007: never broken over two lines in lists."""

    personal = False

    def cell(self):
        name, one = self.name, Markup('<span class="text-nowrap">{}</span>')
        return lambda record: one.format(value) if (value := getattr(record, name)) else ""


class SeededName(Text):
    """A name; those that come with the program are written in English and shown in the reader's language."""

    def named(self, value):
        return i18n.translate(value or "", plugin_of(self.model.__module__))

    def show(self, value):
        return self.named(value)


class LongText(Text):
    """Text of several lines."""

    control = "textarea"

    def __init__(self, *args, max_length=100_000, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    def parse(self, text, context=NOBODY):
        text = str(text).replace("\r\n", "\n").strip()
        if len(text) > self.max_length:
            raise Problem(N_("This is longer than %(n)s characters. Shorten it."), n=self.max_length)
        return text

    def show(self, value):
        return Markup('<span class="gx-prose">{}</span>').format(html.paragraphs(value)) if value else ""

    def cell(self):
        name = self.name
        return lambda record: Markup('<span class="gx-ell">{}</span>').format((getattr(record, name) or "")[:120])


class Email(Text):
    """One e-mail address."""

    control = "email"

    def parse(self, text, context=NOBODY):
        text = super().parse(text, context)
        return parse_email(text) if text else ""

    def show(self, value):
        return Markup('<a href="mailto:{0}">{0}</a>').format(value) if value else ""


_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,50}\.)+(?:com|net|org|cn|de|uk|io|edu)",
    re.ASCII,
)


def parse_email(text: str) -> str:
    """An address with its domain lower-cased. Raises Problem. Deliverability is not asked of the network."""
    if len(text) < 100 and _PLAIN_EMAIL.fullmatch(text):  # nine of ten, at a hundredth of the cost
        name, _, domain = text.rpartition("@")
        return f"{name}@{domain.lower()}"
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Problem(N_("“%(text)s” is not a full e-mail address, such as name@company.com."), text=text) from None


class Phone(Text):
    """One phone number, kept as typed; `core.phones.normal` compares."""

    control = "tel"

    def parse(self, text, context=NOBODY):
        text = super().parse(text, context)
        if text and sum(c.isdigit() for c in text) < 3:
            raise Problem(N_("“%(text)s” is not a phone number."), text=text)
        return text

    def show(self, value):
        return Markup('<a href="tel:{}">{}</a>').format(re.sub(r"[^\d+,;]", "", value), value) if value else ""


class URL(Text):
    """A web address; https:// is added when it is missing."""

    control = "url"

    def parse(self, text, context=NOBODY):
        text = super().parse(text, context)
        if not text:
            return ""
        if "://" not in text:
            text = f"https://{text}"
        if not re.fullmatch(r"https?://[^\s/]+\.?[^\s]*", text):
            raise Problem(N_("“%(text)s” is not a web address."), text=text)
        return text

    def show(self, value):
        if not value:
            return ""
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
            value, re.sub(r"^https?://(www\.)?|/$", "", value)
        )


@_options
class Integer(Kind, peewee.IntegerField):
    """A whole number."""

    control, filter_control, numeric = "number", "number", True

    def parse(self, text, context=NOBODY):
        text = str(text).strip().replace(",", "").replace("\u00a0", "")
        if not text:
            return None
        try:
            value = int(text)
        except ValueError:
            raise Problem(N_("“%(text)s” is not a whole number."), text=text) from None
        if not -(2**31) < value < 2**31:
            raise Problem(N_("“%(text)s” is too large a number."), text=text)
        return value

    def condition(self, values, context=NOBODY):
        return _range(self, values, lambda v: self.parse(v, context))


@_options
class Number(Kind, peewee.DecimalField):
    """A decimal number, exact to 15 digits, which is what SQLite keeps of one."""

    control, filter_control, numeric = "number", "number", True

    def __init__(self, *args, digits=18, decimals=4, **kwargs):
        super().__init__(*args, max_digits=digits, decimal_places=decimals, auto_round=True, **kwargs)

    def parse(self, text, context=NOBODY):
        text = str(text).strip().replace(",", "").replace("\u00a0", "")
        if not text:
            return None
        try:
            value = decimal.Decimal(text)
            if not value.is_finite() or abs(value) >= decimal.Decimal(10) ** (self.max_digits - self.decimal_places):
                raise decimal.InvalidOperation
        except decimal.DecimalException:  # 1e999999999 is an Overflow, not an InvalidOperation
            raise Problem(N_("“%(text)s” is not a number."), text=text) from None
        if len(value.normalize().as_tuple().digits) > 15:
            raise Problem(N_("“%(text)s” has more than 15 digits."), text=text)
        return value

    def text(self, value):
        return "" if value is None else f"{decimal.Decimal(value).normalize():f}"

    def json(self, value):
        return None if value is None else self.text(value)

    def unjson(self, value):
        return None if value is None else decimal.Decimal(value)

    def show(self, value):
        from flask_babel import format_decimal

        return "" if value is None else format_decimal(decimal.Decimal(value).normalize())

    def condition(self, values, context=NOBODY):
        return _range(self, values, lambda v: self.parse(v, context))


class Amount(NamedTuple):
    """Money: integer minor units (cents, fen) of an ISO 4217 currency."""

    minor: int
    currency: str


@_options
class Money(Kind, peewee.BigIntegerField):
    """An amount: integer minor units in this column, the ISO currency in `<name>_currency`."""

    control, filter_control, numeric = "money", "number", True

    def bind(self, model, name, set_attribute=True):
        super().bind(model, name, set_attribute)
        model._meta.add_field(f"{name}_currency", peewee.CharField(max_length=3, default=""))
        self.companions = (f"{name}_currency",)

    def parse(self, text, context=NOBODY):
        return parse_money(str(text), context.currency)

    def get(self, record):
        minor = getattr(record, self.name)
        return None if minor is None else Amount(minor, getattr(record, f"{self.name}_currency") or "CNY")

    def set(self, record, value):
        if isinstance(value, int):
            value = Amount(value, getattr(record, f"{self.name}_currency") or "CNY")
        setattr(record, self.name, None if value is None else value[0])
        setattr(record, f"{self.name}_currency", "" if value is None else value[1])

    def text(self, value):
        if value is None:
            return ""
        digits = html._precision(value[1])
        return f"{decimal.Decimal(value[0]).scaleb(-digits):f} {value[1]}"

    def json(self, value):
        return None if value is None else {"minor": value[0], "currency": value[1]}

    def unjson(self, value):
        return None if value is None else Amount(value["minor"], value["currency"])

    def show(self, value):
        return "" if value is None else html.money(*value)

    def cell(self):
        return lambda record: self.show(self.get(record))

    def condition(self, values, context=NOBODY):
        return _range(self, values, lambda v: self.parse(v, context).minor)


def parse_money(text: str, currency: str = "CNY") -> Amount | None:
    """`1,234.50`, `¥486000`, `USD 12` or `12 USD` → Amount. Raises Problem."""
    raw, text = text, text.strip()
    if not text:
        return None
    code = re.search(r"\b([A-Z]{3})\b", text.upper())
    if code:
        currency, text = code.group(1), text[: code.start()] + text[code.end() :]
    for symbol, name in (("¥", None), ("￥", None), ("$", "USD"), ("€", "EUR"), ("£", "GBP")):
        if symbol in text:
            text = text.replace(symbol, "")
            if name and not code and get_currency_symbol(currency, "en") != symbol:
                currency = name
    text = re.sub(r"[\s,\u00a0\u202f]", "", text)
    try:
        digits = html._precision(currency)
        minor = decimal.Decimal(text).scaleb(digits)
        if minor != minor.to_integral_value() or abs(minor) >= 2**63 or currency not in currencies():
            raise decimal.InvalidOperation
    except decimal.DecimalException:
        raise Problem(N_("“%(text)s” is not an amount, such as 1234.50 or 1234.50 USD."), text=raw) from None
    return Amount(int(minor), currency)


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 codes that Babel knows."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


class Currency(Text):
    """An ISO 4217 code."""

    personal = False

    def __init__(self, *args, max_length=3, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    def parse(self, text, context=NOBODY):
        text = " ".join(str(text).split()).upper()
        if text and text not in currencies():
            raise Problem(N_("“%(text)s” is not a currency code, such as USD."), text=text)
        return text


@_options
class Bool(Kind, peewee.BooleanField):
    """Yes or no."""

    control, filter_control = "checkbox", "bool"
    _TRUE = frozenset(("1", "true", "yes", "y", "on", "是", "对", "有", "✓"))
    _FALSE = frozenset(("", "0", "false", "no", "n", "off", "否", "无", "none"))

    def blank(self):
        return False

    def parse(self, text, context=NOBODY):
        folded = str(text).strip().casefold()
        if folded in self._TRUE:
            return True
        if folded in self._FALSE:
            return False
        raise Problem(N_("“%(text)s” is neither yes nor no."), text=text)

    def text(self, value):
        return "yes" if value else ""

    def json(self, value):
        return bool(value)

    def show(self, value):
        return (
            html.icon("check", "gx-t-ok") + Markup('<span class="gx-vh">{}</span>').format(i18n.gettext("Yes"))
            if value
            else ""
        )

    def condition(self, values, context=NOBODY):
        wanted = {self.parse(v, context) for v in values}
        return None if len(wanted) != 1 else self == wanted.pop()


@_options
class Choice(Kind, peewee.CharField):
    """One of a fixed list: `[(value, label), …]`, or with a hue `(value, label, hue)`."""

    control, filter_control = "select", "choice"
    #: Values that are still read and shown, and not offered any more.
    retired: frozenset[str] = frozenset()

    def __init__(self, options, *args, **kwargs):
        self.options = [(o[0], o[1], o[2] if len(o) > 2 else "gray") for o in options]
        self.labels = {value: label for value, label, _ in self.options}
        self.hues = {value: color for value, _, color in self.options}
        super().__init__(*args, max_length=60, **kwargs)

    def bind(self, model, name, set_attribute=True):
        super().bind(model, name, set_attribute)
        #: Where its options' translations are.
        self.domain = plugin_of(model.__module__)

    def blank(self):
        return ""

    def named(self, value) -> str:
        return i18n.translate(self.labels.get(value, value or ""), self.domain)

    def parse(self, text, context=NOBODY):
        text = str(text).strip()
        if not text or text in self.labels:
            return text
        folded = text.casefold()
        for value, label in self.labels.items():
            # A file or a colleague may say it in either language.
            if folded == value.casefold() or folded in map(str.casefold, i18n.every(label, self.domain)):
                return value
        raise Problem(
            N_("“%(text)s” is not one of: %(options)s."), text=text, options=", ".join(map(self.named, self.labels))
        )

    def show(self, value):
        return html.tag(self.named(value), self.hues.get(value, "gray")) if value else ""

    def cell(self):
        name, shown = self.name, lru_cache(self.show)
        return lambda record: shown(getattr(record, name))

    def condition(self, values, context=NOBODY):
        wanted = ["" if v == "none" else self.parse(v, context) for v in values]
        return (self.in_(wanted) if len(wanted) > 1 else self == wanted[0]) if wanted else None


@_options
class Date(Kind, peewee.DateField):
    """A calendar date, without a time."""

    control, filter_control = "date", "date"

    def python_value(self, value):
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value

    def parse(self, text, context=NOBODY):
        return parse_date(text)

    def text(self, value):
        return value.isoformat() if value else ""

    def json(self, value):
        return value.isoformat() if value else None

    def unjson(self, value):
        return dt.date.fromisoformat(value) if value else None

    def show(self, value):
        return (
            Markup('<time datetime="{}">{}</time>').format(value.isoformat(), html.short_date(value)) if value else ""
        )

    def condition(self, values, context=NOBODY):
        return _dates(self, values, lambda day, end: day)


def parse_date(text) -> dt.date | None:
    """2026-11-22, 2026/11/22, 2026年11月22日 → date. Raises Problem."""
    if isinstance(text, dt.date):
        return text
    text = str(text).strip()
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", text)
    try:
        return dt.date(*map(int, match.groups()))
    except (AttributeError, ValueError):
        raise Problem(N_("“%(text)s” is not a date, such as 2026-11-22."), text=text) from None


@_options
class DateTime(Kind, Instant):
    """A point in time: stored in UTC, typed and shown in the reader's zone."""

    control, filter_control = "datetime-local", "date"

    def __init__(self, *args, due=False, **kwargs):
        """`due=True`: something is to be done by then, and a past one is shown as overdue."""
        self.due = due
        super().__init__(*args, **kwargs)

    def parse(self, text, context=NOBODY):
        return parse_instant(text)

    def text(self, value):
        return html.local(value).strftime("%Y-%m-%dT%H:%M") if value else ""

    def json(self, value):
        return value.isoformat() if value else None

    def unjson(self, value):
        return dt.datetime.fromisoformat(value) if value else None

    def show(self, value):
        return html.due(value) if self.due else html.moment(value)

    def condition(self, values, context=NOBODY):
        return _dates(self, values, start_of_day)


def parse_instant(text) -> dt.datetime | None:
    """A date with or without time, in the reader's zone unless it names its own → aware instant in UTC."""
    if isinstance(text, dt.datetime):
        return text if text.tzinfo else text.replace(tzinfo=dt.UTC)
    text = str(text).strip()
    if not text:
        return None
    iso = re.sub(r"\s*日\s*", " ", re.sub(r"\s*[年月/]\s*", "-", text)).strip()
    iso = re.sub(r"^(\d{4})-(\d)(?=-)", r"\1-0\2", iso)
    iso = re.sub(r"^(\d{4}-\d\d)-(\d)(?=\D|$)", r"\1-0\2", iso)
    try:
        value = dt.datetime.fromisoformat(iso)
        if value.tzinfo is None:
            value = value.replace(tzinfo=i18n.timezone())
        value = value.astimezone(dt.UTC)
        if not 1000 <= value.year < 9999:  # the edges of the calendar have no other zones
            raise OverflowError
    except (ValueError, OverflowError):
        raise Problem(N_("“%(text)s” is not a date and time, such as 2026-11-22 14:30."), text=text) from None
    return value


def start_of_day(day: dt.date, end: bool = False) -> dt.datetime:
    """The first (or last) instant of a day in the reader's zone."""
    clock = dt.time(23, 59, 59) if end else dt.time()
    day = min(max(day, dt.date(1000, 1, 1)), dt.date(9998, 12, 30))
    return dt.datetime.combine(day, clock, i18n.timezone()).astimezone(dt.UTC)


#: A date filter's ready-made values: name → (label, first day, last day) as offsets from today in days; None is open.
DATE_PRESETS = {
    "overdue": (N_("Overdue"), None, -1),
    "today": (N_("Today"), 0, 0),
    "next7": (N_("Next 7 days"), 0, 7),
    "next30": (N_("Next 30 days"), 0, 30),
    "last7": (N_("Last 7 days"), -7, None),
    "last30": (N_("Last 30 days"), -30, None),
    "last90": (N_("Last 90 days"), -90, None),
    "older30": (N_("More than 30 days ago"), None, -31),
    "older90": (N_("More than 90 days ago"), None, -91),
}


def _dates(column, values, bound):
    found = []
    for value in values:
        if value == "none":
            found.append(column.is_null())
            continue
        if value in DATE_PRESETS:
            _, first, last = DATE_PRESETS[value]
            low = html.today() + dt.timedelta(first) if first is not None else None
            high = html.today() + dt.timedelta(last) if last is not None else None
        else:
            a, dots, b = value.partition("..")
            low, high = parse_date(a), parse_date(b) if dots else parse_date(a)
        part = None
        if low:
            part = column >= bound(low, False)
        if high:
            upper = column <= bound(high, True)
            part = upper if part is None else part & upper
        if part is not None:
            found.append(part)
    return any_of(found)


@_options
class JSON(Kind, Json):
    """A JSON document; not for forms."""

    control, personal = "json", True

    def check(self, value):
        """What the API was sent, when it has the shape that this kind needs. Raises Problem. Override."""
        return value

    def show(self, value):
        return "; ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value or "")


#: `Name #id`, or the id alone.
_NUMBERED = r"(?:^|#)(\d{1,18})$"


class Link(Kind, peewee.ForeignKeyField):
    """A link to another record. `backref` names the way back: `contact.related("viewings")`.

    Typed and exported as `Name #id`, so that people and programs both read it back.
    """

    control, filter_control = "pick", "pick"

    def __init__(
        self,
        model,
        *args,
        backref="",
        label="",
        help="",
        required=False,
        sortable=None,
        personal=None,
        null=None,
        index=True,
        **kwargs,
    ):
        self.declare(label, help, required, sortable, personal)
        self.related_name = backref
        # peewee's own backref would replace one of the same name silently and stay after its plugin is off.
        super().__init__(model, *args, backref="+", null=not required if null is None else null, index=index, **kwargs)

    @property
    def sort_column(self):
        return None

    def parse(self, text, context=NOBODY):
        if isinstance(text, peewee.Model):
            return text.id
        text = str(text).strip()
        if not text:
            return None
        resource = context.build.by_model[self.rel_model] if context.build else None
        if match := re.search(_NUMBERED, text):
            number = int(match.group(1))
            if resource is None or resource.exists(context.user, number):
                return number
        elif resource is not None:
            found = resource.named(context.user, text)
            if len(found) == 1:
                return found[0]
            if len(found) > 1:
                raise Problem(N_("“%(text)s” fits %(n)s records. Choose one from the list."), text=text, n=len(found))
        raise Problem(N_("“%(text)s” was not found among those that you may see."), text=text)

    def points_to(self, text: str, id: int | None) -> bool:
        """Whether what was sent names this record by its number; who may not see it may leave the link alone."""
        match = re.search(_NUMBERED, text.strip())
        return match is not None and int(match.group(1)) == id

    def get(self, record):
        return getattr(record, self.object_id_name)

    def set(self, record, value):
        setattr(record, self.object_id_name, value)

    def text(self, value):
        return "" if value is None else str(value)

    def cell(self):
        name, id_name = self.name, self.object_id_name

        def draw(record):
            if getattr(record, id_name) is None:
                return ""
            target = record.__rel__.get(name)
            return getattr(target, "link", None) or (
                str(target) if target is not None else f"#{getattr(record, id_name)}"
            )

        return draw

    def condition(self, values, context=NOBODY):
        found, wanted = [], []
        for value in values:
            if value == "none":
                found.append(self.is_null())
            elif value == "me":
                wanted.append(context.user.id)
            else:
                wanted.append(self.parse(value, context))
        if wanted:
            found.append(self.in_(wanted) if len(wanted) > 1 else self == wanted[0])
        return any_of(found)


class Several(Kind):
    """A list of values kept in a table of its own (`store`): e-mails, phones, addresses, tags.

    Not a column: the record's attribute gives the list, read once for all values of the record, or for a whole page by
    `store.load(records)`.
    """

    control, filter_control, personal = "tags", "text", True
    index = False
    required = False

    def __init__(self, store, kind: str, label: str = "", help: str = "", personal: bool | None = None, **options):
        self.declare(label, help, personal=personal)
        self.store, self.kind, self.options_ = store, kind, options
        self.control = options.get("control", "tags")
        self.filter_control = options.get("filter_control")

    def __set_name__(self, owner, name):
        self.name, self.model = name, owner

    def __get__(self, record, owner=None):
        if record is None:
            return self
        parts = record.__dict__.get("_parts")
        if parts is None:
            self.store.load([record])
            parts = record.__dict__["_parts"]
        return parts.get(self.kind, [])

    def __set__(self, record, value):
        record.__dict__.setdefault("_parts", {})[self.kind] = value

    def get(self, record):
        return self.__get__(record)

    @property
    def sort_column(self):
        return None

    def parse(self, text, context=NOBODY):
        """Values separated by line breaks, `;` or `；` → list of what the store's kind makes of each."""
        items = text if isinstance(text, (list, tuple)) else re.split(r"[\n;；]", str(text))
        return self.store.parse(self.kind, items, context)

    def text(self, value):
        return self.store.text(self.kind, value)

    def json(self, value):
        return self.store.json(self.kind, value)

    def unjson(self, value):
        return self.store.unjson(self.kind, value)

    def show(self, value):
        return self.store.show(self.kind, value)

    def cell(self):
        return lambda record: self.store.brief(self.kind, self.get(record))

    def condition(self, values, context=NOBODY):
        return self.store.condition(self.model, self.kind, values)


def several_of(model) -> dict[str, Several]:
    """The several-valued fields of a Record class, in order of declaration."""
    found = {}
    for cls in reversed(model.__mro__):
        found |= {name: value for name, value in vars(cls).items() if isinstance(value, Several)}
    return found


def kinds_of(model) -> dict[str, Kind]:
    """All that a Resource of this model may name in its columns, fields and filters."""
    found = {name: field for name, field in model._meta.fields.items() if isinstance(field, Kind)}
    return found | several_of(model)


__all__ = [
    "JSON",
    "URL",
    "Amount",
    "Bool",
    "Choice",
    "Code",
    "Context",
    "Currency",
    "Date",
    "DateTime",
    "Email",
    "Integer",
    "Kind",
    "Link",
    "LongText",
    "Money",
    "Number",
    "Phone",
    "Several",
    "Text",
    "utcnow",
]
