"""What an administrator sets up once: the letterhead with its logo, numbers, and what follows from a yes."""

import base64

from flask import Blueprint, g, render_template, request, url_for

from core import Conflict, Forbidden, Invalid, Problem, bind_form, flash, go, html, resource_of

from .. import plugin
from ..models import Letterhead, Quote
from ..models.numbers import check_pattern, fill
from ..models.quotes import LANGUAGES
from ..paper import logo_of
from ..settings import OrderOptions

_ = plugin.gettext

NAMES = ("title", "sender", "terms")
#: What a number looks like, beside its pattern.
SHOWN_NUMBER = 7
PATTERNS = ("quote_number", "order_number", "delivery_number")


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/orders/setup", "setup", setup)
    bp.add_url_rule("/orders/setup/letterhead", "setup_letterhead", letterhead, methods=["POST"])
    bp.add_url_rule("/orders/setup/numbers", "setup_numbers", numbers, methods=["POST"])


def _demand() -> None:
    if not g.user.is_admin:
        raise Forbidden("admin")


def _language() -> str:
    """For the documents of which language; "" for all."""
    asked = request.args.get("language", "")
    return asked if asked in dict(LANGUAGES) else ""


def _letterhead(language: str) -> Letterhead:
    """The letterhead of exactly this language, or a new one."""
    found = resource_of(Letterhead).query(g.user).where(Letterhead.language == language).order_by(Letterhead.id)
    return found.first() or Letterhead(language=language)


def setup():
    """The page with both forms."""
    _demand()
    return _draw()


def _draw(form=None, options=None, faults=(), status=200):
    letterheads, language = resource_of(Letterhead), _language()
    record, settings = _letterhead(language), letterheads.build.options("orders")
    image = logo_of(letterheads, record) if record.id else b""
    options = options or OrderOptions(data=settings.all())
    quotes = resource_of(Quote)
    own = {one.language for one in letterheads.query(g.user)}
    return render_template(
        "orders/setup.html",
        form=form or bind_form(letterheads, g.user, record, names=NAMES),
        record=record,
        faults=faults,
        logo=f"data:image/png;base64,{base64.b64encode(image).decode()}" if image else "",
        language=language,
        languages=[("", _("Every language")), *LANGUAGES],
        own=own,
        options=options,
        pinned=settings.pinned,
        examples={name: _example(options[name].data) for name in PATTERNS},
        newest=quotes.query(g.user).where(Quote.language == (language or Quote.language)).order_by(-Quote.id).first(),
    ), status


def _example(pattern: str) -> str:
    """What a pattern makes today; nothing for one that is wrong."""
    try:
        return fill(check_pattern(pattern or ""), html.today(), SHOWN_NUMBER)
    except Problem:
        return ""


def letterhead():
    """Save name, address, terms and logo as one batch; what is wrong with one of them keeps all."""
    _demand()
    letterheads, record = resource_of(Letterhead), _letterhead(_language())
    form = bind_form(letterheads, g.user, record, request.form, NAMES)
    upload = request.files.get("logo")
    values = {field.name: field.data for field in form if not field.process_errors}
    version = request.form.get("version", "")
    try:
        if any(field.process_errors for field in form):
            return _draw(form, status=422)
        batch = letterheads.save_with_logo(
            g.user,
            record,
            values | {"language": record.language},
            version=int(version) if version.isdecimal() else None,
            logo=(upload.filename, upload.stream) if upload and upload.filename else None,
            drop=bool(request.form.get("drop")),
        )
    except Conflict:
        fault = _("Somebody else changed the letterhead meanwhile. Look at what is below, and save again.")
        return _draw(faults=[fault], status=409)
    except Invalid as invalid:
        return _draw(form, faults=map(str, invalid.errors.values()), status=422)
    except Problem as problem:
        return _draw(form, faults=[str(problem)], status=422)
    flash(_("The letterhead is saved."), undo=batch.id if batch.count else None)
    return go(url_for("orders.setup", language=record.language or None))


def numbers():
    """Save what the Modules page saves, too."""
    _demand()
    form = OrderOptions(request.form)
    if not form.validate():
        return _draw(options=form, status=422)
    resource_of(Quote).build.options("orders").save(form.data)
    flash(_("Saved. What has a number already keeps it."))
    return go(url_for("orders.setup"))
