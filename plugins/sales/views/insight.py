"""The forecast, the reports, and the page of all settings of sales."""

import csv
import datetime as dt
import io

from flask import Blueprint, abort, g, make_response, render_template, request, url_for
from flask_babel import format_date, get_locale

from core import Problem, defuse, fields, html, resource_of

from .. import plugin
from ..models import Deal, Pipeline
from ..models.forecast import MONTHS, PERIODS, Target, day_after, first_day
from ..resources.behind import NUMBERS, deals_behind
from ..resources.forecast import WAYS, as_foreseen, forecast
from ..resources.products import deal_products
from ..resources.reports import SalesReport, Span, every, readable
from ..resources.territories import whole

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/sales/forecast", "forecast", forecast_page)
    bp.add_url_rule("/sales/forecast/deals", "forecast_deals", forecast_deals)
    bp.add_url_rule("/sales/reports", "reports", reports)
    bp.add_url_rule("/sales/reports/<name>", "report", report)
    bp.add_url_rule("/sales/setup", "setup", setup)


def _day(text: str) -> dt.date | None:
    try:
        return fields.parse_date(text)
    except Problem:
        return None


def _period_name(period: str, start: dt.date) -> str:
    """A period as people say it: November 2026, Q4 2026, 2026."""
    if period == "year":
        return str(start.year)
    if period == "quarter":
        return _("Q%(n)s %(year)s", n=(start.month - 1) // 3 + 1, year=start.year)
    return format_date(start, "y年M月" if get_locale().language == "zh" else "MMMM y")


def _asked() -> tuple[str, dt.date]:
    """The period that the address asks for, and its first day; this quarter by default. 403 for who may not read it."""
    deals = resource_of(Deal)
    deals.demand(g.user, "view")
    if {"amount", "owner", "status", "forecast", "probability", "expected_close", "closed_at"} & deals.hidden(g.user):
        abort(403)
    period = request.args.get("period", "quarter")
    period = period if period in MONTHS else "quarter"
    day = _day(request.args.get("start", "")) or html.today()
    return period, first_day(period, day if 1900 < day.year < 2999 else html.today())


def _ways() -> dict[str, str]:
    """The ways of dividing a forecast that the user may choose from."""
    source = deal_products()
    without = set() if source is not None and source.may(g.user) else {"product"}
    if "territory" in resource_of(Deal).hidden(g.user):
        without.add("territory")
    return {way: label for way, label in WAYS.items() if way not in without}


def forecast_page():
    """What is won and foreseen for a period against its targets, by person, team, territory or product."""
    period, start = _asked()
    deals, ways = resource_of(Deal), _ways()
    by = request.args.get("by", "person")
    if by in WAYS and by not in ways:
        abort(403)
    found = forecast(g.user, period, start, by=by if by in ways else "person")
    heads = {"person": _("Salesperson"), "team": _("Team"), "territory": _("Territory"), "product": _("Product")}
    head, nameless = heads[found.by], _nameless(found.by)
    if request.args.get("format") == "csv":
        deals.demand(g.user, "export")
        return csv_file(f"forecast-{found.by}-{start}", *_as_table(found, deals, head, nameless))
    return render_template(
        "sales/forecast.html",
        found=found,
        ways=ways,
        head=head,
        nameless=nameless,
        period=period,
        periods=PERIODS,
        name=_period_name(period, start),
        before=day_after(period, start, -1),
        after=day_after(period, start),
        history=as_foreseen(g.user, period, start),
        amount=lambda minor: whole(minor, deals.build.firm["currency"]),
        resource=deals,
        targets=resource_of(Target),
        may_export=deals.can(g.user, "export"),
        address=lambda line, number: _deals_of(found, line, number),
    )


def _deals_of(found, line, number: str) -> str:
    """The address of the deals behind a number."""
    if line.key is None:  # what is not in the catalogue is in no deal
        return ""
    key = None if line is found.total else line.key
    values = {"period": found.period, "start": found.start, "by": found.by, "key": key, "number": number}
    return url_for("sales.forecast_deals", **values)


def forecast_deals():
    """The deals behind a number of the forecast, with what each adds to it; on the page or as a file."""
    period, start = _asked()
    by, number, key = (request.args.get(name, "") for name in ("by", "number", "key"))
    if by not in WAYS or number not in NUMBERS or not (key == "" or key.isdecimal()):
        abort(404)
    if by not in _ways():
        abort(403)
    found = forecast(g.user, period, start, by=by)
    lines = [line for line in found.lines if str(line.key) == key] if key else [found.total]
    if not lines:
        abort(404)
    title = _("All") if not key else lines[0].name or _nameless(by)
    made = deals_behind(g.user, found, lines[0], number, title)
    if request.args.get("format") == "csv":
        resource_of(Deal).demand(g.user, "export")
        return csv_file(f"forecast-{number}-{start}", made.heads, made.table)
    back = url_for("sales.forecast", period=period, start=start, by=by)
    said = f"{_period_name(period, start)} · {_(NUMBERS[number][0])}"
    file = url_for("sales.forecast_deals", **{**request.args, "format": "csv"})
    may_export = resource_of(Deal).can(g.user, "export")
    return render_template("sales/behind.html", report=made, back=back, said=said, file=may_export and file)


def _nameless(by: str) -> str:
    """What a line without a name is called."""
    return {"person": _("Nobody"), "team": _("No team"), "territory": _("No territory"), "product": _("No product")}[by]


def _as_table(found, deals, head: str, nameless: str) -> tuple[list[str], list[list]]:
    """The forecast for a file."""
    heads = [head, _("Won"), _("Commit"), _("Best case"), _("Weighted"), _("Target"), _("Gap")]
    currency = deals.build.firm["currency"]
    text = lambda minor: "" if minor is None else Deal.amount.text(fields.Amount(minor, currency))  # noqa: E731
    rows = []
    for line in [*found.lines, found.total]:
        sums = (line.won, line.commit_sum, line.best_case, line.weighted, line.target and line.target[0], line.gap)
        name = _("All") if line is found.total else line.name or nameless
        rows.append([name, *map(text, sums)])
    return heads, rows


def csv_file(name: str, heads: list[str], rows: list[list]):
    """A CSV file that spreadsheets read, whose cells they do not run."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (heads, *rows):
        writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in row])
    answer = make_response("\ufeff" + out.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


# Reports


def days_asked() -> tuple[dt.date, dt.date]:
    """The first and the last day that a report's address asks for; this quarter by default."""
    today = html.today()
    first = _day(request.args.get("first", "")) or first_day("quarter", today)
    last = _day(request.args.get("last", "")) or today
    return min(first, last), max(first, last)


def periods() -> list[tuple[str, dt.date, dt.date]]:
    """What a report offers with one click: a name, the first day and the last."""
    today = html.today()
    return [
        (_("This month"), first_day("month", today), today),
        (_("This quarter"), first_day("quarter", today), today),
        (_("This year"), first_day("year", today), today),
    ]


def _span() -> Span:
    """The days, the pipeline and the row that the address asks for."""
    pipeline = request.args.get("pipeline", "")
    pipeline = int(pipeline) if pipeline.isdecimal() and len(pipeline) < 10 else None
    known = resource_of(Pipeline).one(pipeline)
    return Span(*days_asked(), known.id if known else None, request.args.get("row", "")[:40])


def _tabs(known: dict[str, SalesReport], mine: SalesReport) -> list[tuple]:
    """A tab for each report or group of them: the report that it opens, its words, their domain, whether it is here."""
    found: dict[str, tuple] = {}
    for name, one in known.items():
        here = one is mine or bool(one.group and one.group == mine.group)
        found.setdefault(one.group or name, (name, one.group or one.title, one.domain, here))
    return list(found.values())


def _beside(known: dict[str, SalesReport], mine: SalesReport) -> list[tuple]:
    """The reports that share a tab with this one, as tabs are."""
    return [(name, one.title, one.domain, one is mine) for name, one in known.items() if mine.group == one.group != ""]


def reports():
    """The first report."""
    first = next(iter(readable(g.user)), None)
    return report(first) if first else abort(403)


def report(name):
    """One report of a period, on the page or as a file."""
    known = readable(g.user)
    if name not in known:
        abort(403 if name in every() else 404)
    mine, span = known[name], _span()
    source = resource_of(mine.model)
    made = mine.make(g.user, span)
    if request.args.get("format") == "csv":
        source.demand(g.user, "export")
        return csv_file(f"{name}-{span.first}-{span.last}", made.heads, made.table)
    today = html.today()
    ranges = [*periods(), (_("12 months"), today - dt.timedelta(days=365), today)]
    return render_template(
        "sales/report.html",
        title=_("Sales reports"),
        domain="sales",
        address=lambda name, **values: url_for("sales.report", name=name, **values),
        report=made,
        dated=mine.dated,
        tabs=_tabs(known, mine),
        ways=_beside(known, mine),
        span=span,
        ranges=ranges,
        pipelines=resource_of(Pipeline).in_use() if mine.piped else (),
        may_export=source.can(g.user, "export"),
    )


def setup():
    """Everything of sales that is set up once, on one page."""
    build = resource_of(Deal).build
    names = (
        "sales_pipeline",
        "sales_stage",
        "sales_reason",
        "sales_web_form",
        "sales_assign_rule",
        "sales_absence",
        "sales_score_rule",
        "sales_pool",
        "sales_pool_rule",
        "sales_target",
        "sales_territory",
        "sales_rate",
    )
    shown = [build.resources[name] for name in names if build.resources[name].can(g.user, "view")]
    if not shown:
        abort(403)
    return render_template("sales/setup.html", shown=shown)
