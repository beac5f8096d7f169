"""The plan of a contract or an order: its instalments on one page, which add up to its value."""

import datetime as dt
import re
from typing import NamedTuple

from flask import Blueprint, g, render_template, request

from core import N_, Invalid, Problem, fields, flash, go, html, resource_of, transaction

from .. import plugin
from ..models import Instalment
from ..subjects import Subject, find

_ = plugin.gettext

#: Ready-made ways to pay: shares in percent, the days after which each is due, and what each part is called.
WAYS = {
    "100": ((100, 0, N_("In full")),),
    "50-50": ((50, 0, N_("Deposit")), (50, 30, N_("On delivery"))),
    "30-70": ((30, 0, N_("Deposit")), (70, 30, N_("On delivery"))),
    "30-60-10": ((30, 0, N_("Deposit")), (60, 30, N_("On delivery")), (10, 60, N_("After acceptance"))),
    "12": tuple((None, 30 * n, N_("Month %(n)s")) for n in range(12)),
}
#: Empty lines below those that are there, and lines at most.
SPARE, MOST = 3, 60


class Line(NamedTuple):
    """A line of the plan as it is typed, and the instalment that it is, if any."""

    id: int | None
    title: str
    amount: str
    due: str
    condition: str
    errors: dict[str, Problem]
    instalment: Instalment | None = None

    @property
    def empty(self) -> bool:
        return not (self.title or self.amount or self.due or self.condition)


def add_to(bp: Blueprint) -> None:
    """Register the screen."""
    bp.add_url_rule("/payments/plan/<resource>/<int:id>", "plan", plan, methods=["GET", "POST"])


def plan(resource, id):
    """GET shows the plan, POST saves it as a whole.

    Where there is none yet, the page begins with how the customer's grade pays, with a ready-made way (`?way=30-70`),
    or empty (`?way=none`).
    """
    instalments = resource_of(Instalment)
    instalments.demand(g.user, "edit")
    instalments.demand(g.user, "create")
    subject = find(instalments.build, g.user, resource, id)
    there = _there(instalments, subject)
    if request.method == "POST":
        return _save(instalments, subject, there)
    lines, way = [_line_of(one) for one in there], request.args.get("way", "")
    terms = None if there else terms_of(instalments.build, subject)
    if not there and way in WAYS:
        lines = _ready(subject, WAYS[way])
    elif terms is not None and way != "none":
        lines, way = _ready(subject, _by_terms(terms.shares)), "grade"
    return _draw(instalments, subject, there, lines, {}, terms=terms, way=way)


def terms_of(build, subject):
    """How the customer pays by its grade (`why`, `shares`), while Customer grades is on; None where that is unknown."""
    grades = build.resources.get("grades_grade")
    return grades.terms_for(g.user, subject.contact_id) if grades is not None else None


def _by_terms(shares) -> tuple:
    """A way to pay as `WAYS` has them, made of `(percent, days)`."""
    last = len(shares)
    if last == 1:
        return ((*shares[0], N_("In full")),)
    names = {1: N_("Deposit"), last: N_("Rest")}
    return tuple((share, days, names.get(n, N_("Part %(n)s"))) for n, (share, days) in enumerate(shares, 1))


def _there(instalments, subject) -> list[Instalment]:
    """All instalments of a subject that the user may see, in order."""
    return list(instalments.query(g.user).where(subject.mine).order_by(Instalment.number, Instalment.id).limit(MOST))


def _line_of(one: Instalment) -> Line:
    amount = Instalment.amount.text(Instalment.amount.get(one))
    return Line(one.id, one.title, amount, one.due.isoformat(), one.condition, {}, one)


def _ready(subject: Subject, parts) -> list[Line]:
    """The lines of a ready-made way; the last one takes what rounding leaves."""
    start, lines, left = html.today(), [], subject.value[0] if subject.value else 0
    for n, (percent, days, title) in enumerate(parts, 1):
        amount = ""
        if subject.value:
            share = subject.value[0] // len(parts) if percent is None else subject.value[0] * percent // 100
            share = left if n == len(parts) else share
            left -= share
            amount = Instalment.amount.text(fields.Amount(share, subject.value[1]))
        due = start + dt.timedelta(days=days)
        lines.append(Line(None, _(title, n=n), amount, due.isoformat(), "", {}))
    return lines


def _draw(instalments, subject, there, lines, errors, status=200, *, terms=None, way=""):
    context = dict(
        instalments=instalments,
        subject=subject,
        lines=[*lines, *(Line(None, "", "", "", "", {}) for _n in range(SPARE))][: MOST + SPARE],
        errors=errors,
        ways={} if there else WAYS,
        way=way,
        terms=terms,
        known=_known(there),
        value=Instalment.amount.show(subject.value) if subject.value else "",
    )
    return render_template("payments/plan.html", **context), status


def _known(there) -> str:
    """The instalments that the page was drawn from, so that a second press of the button is known."""
    return " ".join(f"{one.id}:{one.version}" for one in there)


def _save(instalments, subject, there):
    lines = _typed(there, subject)
    if request.form.get("known", "") != _known(there):
        lines = [line for line in lines if line.id is not None or not line.empty]
        problem = N_("The plan was changed in the meantime: look at it as it is now, and enter your changes again.")
        return _draw(instalments, subject, there, [_line_of(o) for o in there], {"": Problem(problem, "payments")}, 422)
    rows, errors = _read(instalments, subject, lines)
    if not errors and not any(line.errors for line in lines):
        errors = _wrong_sum(subject, rows)
        if errors and request.form.get("rest") == "last":
            rows, errors = _rest_to_last(subject, rows), {}
    if not errors and not any(line.errors for line in lines):
        try:
            batch = _write(instalments, subject, there, rows)
        except Invalid as invalid:
            errors = {"": next(iter(invalid.errors.values()))}
        except Problem as problem:
            errors = {"": problem}
        else:
            flash(_("Payment plan saved."), undo=batch.id if batch is not None and batch.count else None)
            return go(subject.url)
    return _draw(instalments, subject, there, [x for x in lines if x.id or not x.empty], errors, 422)


def _typed(there, subject) -> list[Line]:
    """The lines as they were sent."""
    known = {str(one.id): one for one in there}
    columns = [request.form.getlist(name)[: MOST + SPARE] for name in ("id", "title", "amount", "due", "condition")]
    found = []
    for id, *texts in zip(*columns, strict=False):
        one = known.get(id)
        found.append(Line(one.id if one else None, *(t.strip() for t in texts), {}, one))
    return found


def _read(instalments, subject, lines) -> tuple[list[tuple[Line, dict]], dict[str, Problem]]:
    """The values of each line that is not empty; faults are on the lines."""
    context = instalments.build.context(g.user)
    if subject.value:
        context = context._replace(currency=subject.value[1])
    rows = []
    for line in lines:
        if line.empty:
            continue
        values = {"title": line.title or _("Instalment")}
        for name in ("title", "due", "condition"):
            try:
                values[name] = instalments.kinds[name].parse(getattr(line, name) or values.get(name, ""), context)
            except Problem as problem:
                line.errors[name] = problem
        try:
            values["amount"] = _amount(line.amount, subject, context)
        except Problem as problem:
            line.errors["amount"] = problem
        if not line.errors:
            for name, problem in instalments.problems(g.user, line.instalment or Instalment(), values).items():
                if name in values or name in ("amount", "due"):
                    line.errors[name] = problem
        rows.append((line, values))
    return rows, {}


def _amount(text: str, subject: Subject, context) -> fields.Amount | None:
    """`30%` of the value, or an amount. Raises Problem."""
    percent = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{1,4})?)\s*[%％]\s*", text)
    if percent and subject.value:
        share = fields.Number().parse(percent.group(1).replace(",", "."))
        return fields.Amount(int(subject.value[0] * share / 100), subject.value[1])
    return Instalment.amount.parse(text, context)


def _wrong_sum(subject, rows) -> dict[str, Problem]:
    """What the instalments lack or have too much, unless somebody said that it is right so."""
    if subject.value is None or not rows or request.form.get("rest") == "keep":
        return {}
    currencies = {values["amount"][1] for _line, values in rows}
    if currencies != {subject.value[1]}:
        problem = N_("“%(name)s” is in %(theirs)s. Give the instalments in this currency, or say that it is right so.")
        return {"sum": Problem(problem, "payments", name=subject.title, theirs=subject.value[1])}
    total = sum(values["amount"][0] for _line, values in rows)
    lacks = subject.value[0] - total
    if not lacks:
        return {}
    show = lambda minor: html.money(minor, subject.value[1])  # noqa: E731
    problem = N_("These add up to %(sum)s, and “%(name)s” is worth %(value)s: %(lacks)s is missing.")
    if lacks < 0:
        problem = N_("These add up to %(sum)s, and “%(name)s” is worth %(value)s: %(lacks)s too much.")
    texts = {"sum": show(total), "value": show(subject.value[0]), "lacks": show(abs(lacks)), "name": subject.title}
    return {"sum": Problem(problem, "payments", **texts)}


def _rest_to_last(subject, rows):
    """The rows with what is missing (or too much) put into the last one; `save` refuses what gets below zero."""
    total = sum(values["amount"][0] for _line, values in rows if values["amount"][1] == subject.value[1])
    _line, last = rows[-1]
    last["amount"] = fields.Amount(last["amount"][0] + subject.value[0] - total, subject.value[1])
    return rows


def _write(instalments, subject, there, rows):
    """Save the lines, and delete what is not among them any more: one batch. Raises Invalid, Forbidden or Problem."""
    kept = {line.id for line, _values in rows if line.id}
    gone = [one for one in there if one.id not in kept]
    base, pairs = max((one.number or 0 for one in there), default=0), []
    for n, (line, values) in enumerate(rows, 1):
        one = line.instalment or subject.mark(instalments.new(g.user))
        values = values | {"number": base + n if one.id is None else one.number}
        if one.id is None:
            values |= subject.values()
        pairs.append((one, values))
    label = N_("Payment plan of %(name)s")
    with transaction():
        batch = instalments.save_many(g.user, pairs, label=label, name=subject.title) if pairs else None
        if gone:
            batch = instalments.delete(g.user, gone, batch=batch, label=label, name=subject.title)
    return batch
