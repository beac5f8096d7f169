"""What Links of many records point to, read at once; and what stands for a record that the reader may not see."""

from collections.abc import Iterable

from flask import g, has_request_context
from markupsafe import Markup

from . import fields, html, i18n
from .record import Record
from .users import SYSTEM


def load_links(build, wanted: list[tuple[Record, fields.Link]], user=None, known: Iterable[Record] = ()) -> None:
    """Read what these Links of these records point to, one query for each model; as `Resource.load_links`.

    `known` are records that the user was found to see already.
    """
    if user is None:
        user = _reader()
    models: dict[type, dict[int, list]] = {}
    for record, link in wanted:
        id = link.get(record)
        if id is not None:
            models.setdefault(link.rel_model, {}).setdefault(id, []).append((record, link.name))
    for model, holders in models.items():
        target = build.by_model[model]
        here = {record.id: record for record in known if type(record) is model and record.id in holders}
        for record in here.values():
            record.__dict__["link"] = target.link(record)
        asked = [id for id in holders if id not in here]
        for id, linked in (here | (target.linked(user, asked) if asked else {})).items():
            for record, name in holders[id]:
                record.__rel__[name] = linked


def _reader():
    """Whom this request shows what it reads; the program itself where there is no request."""
    return (g.get("user") if has_request_context() else None) or SYSTEM


def masked(model: type[Record], id: int) -> Record:
    """What stands for a record that the reader may not see: that there is one, and nothing else of it."""
    said = i18n.gettext("No access")
    record = model(id=id)
    name = next((name for name, field in model._meta.fields.items() if isinstance(field, fields.Text)), None)
    if name is not None:
        setattr(record, name, said)
    record.__dict__ |= {"masked": True, "_parts": {}}
    record.__dict__["link"] = Markup('<span class="gx-2">{}{}</span>').format(html.icon("lock"), said)
    return record
