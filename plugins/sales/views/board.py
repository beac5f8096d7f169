"""The board, the calendar, and moving a deal."""

import calendar
import datetime as dt
from dataclasses import replace

from flask import Blueprint, abort, g, render_template, request, session
from flask_babel import format_date, get_locale
from markupsafe import Markup

from core import (
    N_,
    Conflict,
    Invalid,
    Problem,
    bind_form,
    fields,
    flash,
    fragment,
    go,
    html,
    is_ours,
    is_partial,
    resource_of,
    with_toast,
)

from .. import plugin
from ..models import Deal, Pipeline, Reason, Stage
from ..resources.board import Board, Wanted, later, people_with_deals
from ..resources.order import Column
from ..resources.territories import whole
from ..seed import first_rows
from .cards import Cards, head_of, sums_of

_ = plugin.gettext

CLOSES = (
    ("", N_("Any time")),
    ("overdue", N_("Overdue")),
    ("month", N_("This month")),
    ("next", N_("Next month")),
    ("quarter", N_("This quarter")),
)
SORTS = (("close", N_("By expected close")), ("hand", N_("By hand")))
#: Deals of one day that the calendar names; the rest are a link.
A_DAY = 4


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/sales/", "board", board)
    bp.add_url_rule("/sales/lane/<int:key>", "lane", lane)
    bp.add_url_rule("/sales/lane/<any(won, lost):key>", "closed", lane)
    bp.add_url_rule("/sales/calendar", "calendar", month)
    bp.add_url_rule("/sales/start", "start", start, methods=["POST"])
    bp.add_url_rule("/sales/deal/<int:id>/move", "move", move, methods=["GET", "POST"])
    bp.add_url_rule("/sales/deal/<int:id>/tick", "tick", tick, methods=["POST"])
    bp.add_url_rule("/sales/stage/<int:id>/remove", "remove_stage", remove_stage, methods=["GET", "POST"])


def wanted(args) -> Wanted:
    """What the address asks for; a pipeline that is gone is the first one."""
    pipelines = resource_of(Pipeline)
    text = args.get("pipeline", "")
    chosen = pipelines.one(int(text)) if text.isdecimal() and len(text) < 10 else None
    if chosen is None:
        chosen = next(iter(pipelines.in_use()), None)
    close = args.get("close", "")
    if (sort := args.get("sort")) in dict(SORTS) and sort != session.get("sales_sort", "close"):
        session["sales_sort"] = sort  # the board is like that the next time, too
    sort = "hand" if session.get("sales_sort") == "hand" else ""
    return Wanted(chosen, args.get("owner", "")[:9], close if close in dict(CLOSES) else "", sort)


def _cards(deals) -> Cards:
    rot_days = {stage.id: stage.rot_days for stage in deals.stages.all().values()}
    return Cards(deals.can(g.user, "edit"), set(deals.kinds) - deals.hidden(g.user), rot_days)


def _lanes(board: Board, filled: bool = True):
    lanes = board.lanes() if filled else board.sums()
    hidden = board.deals.hidden(g.user)
    for lane in lanes:
        if "amount" in hidden:
            lane.sums, lane.weighted, lane.unrated, lane.at_risk = {}, 0, 0, 0
        if "probability" in hidden:
            lane.weighted = 0
        if "rots_at" in hidden:
            lane.rotting = lane.at_risk = 0
    return lanes


def _demand_board(deals) -> None:
    """Columns are stages: whoever may not see where a deal is sees no board."""
    deals.demand(g.user, "view")
    if {"pipeline", "stage", "status"} & deals.hidden(g.user):
        abort(403)


def _figures(lanes) -> list[tuple[str, str, str, str]]:
    """The four figures above the board: label, sum, words behind it, and where its records are."""
    currency = resource_of(Deal).build.firm["currency"]
    open_ = [lane for lane in lanes if lane.probability is not None]
    sums: dict[str, int] = {}
    for each in open_:
        for code, minor in each.sums.items():
            sums[code] = sums.get(code, 0) + minor
    won = next(lane for lane in lanes if lane.key == "won")
    count, rotting = sum(lane.count for lane in open_), sum(lane.rotting for lane in open_)
    closed = f"status=won&closed_at={html.today().replace(day=1)}.."
    return [
        (_("Open deals"), sums_of(sums) or "—", _("%(n)s deals", n=count), "status=open"),
        (_("Weighted"), whole(sum(x.weighted for x in open_), currency), _("by probability"), "status=open"),
        (
            _("Won this month"),
            sums_of(won.sums) or "—",
            _("%(n)s deals", n=won.count),
            closed,
        ),
        (
            _("Rotting"),
            whole(sum(x.at_risk for x in open_), currency) if rotting else "—",
            _("%(n)s deals", n=rotting),
            "status=open&rots_at=overdue",
        ),
    ]


def board():
    """A pipeline's deals by stage."""
    deals = resource_of(Deal)
    _demand_board(deals)
    asked = wanted(request.args)
    return render_template("sales/board.html", **_context(deals, asked)) if not is_partial() else _body(asked)


def _context(deals, asked: Wanted) -> dict:
    drawn = Board(g.user, asked)
    lanes = _lanes(drawn)
    return dict(
        resource=deals,
        asked=asked,
        lanes=lanes,
        figures=_figures(lanes),
        cards=_cards(deals),
        head_of=head_of,
        currency=deals.build.firm["currency"],
        pipelines=resource_of(Pipeline).in_use(),
        people=people_with_deals(g.user),
        closes=CLOSES,
        sorts=SORTS,
        can=lambda verb: deals.can(g.user, verb),
        may_set_up=resource_of(Pipeline).can(g.user, "create"),
    )


def _body(asked: Wanted) -> str:
    return fragment("sales/board.html", "board", **_context(resource_of(Deal), asked))


def lane(key):
    """The next cards of one column, and the button for those after them."""
    deals = resource_of(Deal)
    _demand_board(deals)
    asked = wanted(request.args)
    found = Board(g.user, asked).more(str(key), request.args.get("after", ""))
    cards = _cards(deals)
    drawn = Markup("".join(map(cards.draw, found.cards)))
    return render_template("sales/_more.html", cards=drawn, lane=found, asked=asked)


def start():
    """A common pipeline for a firm that has none."""
    first_rows(g.user)
    flash(_("Your first pipeline is ready. Change its stages whenever you like."))
    return go("/sales/")


# Moving


def move(id):
    """GET asks what a move needs (or where to); POST moves: `stage` or `status`, and what the stage asks for."""
    deals = resource_of(Deal)
    deal = deals.find(g.user, id, "edit")
    asked = {name: request.values.get(name, "") for name in ("stage", "status")}
    if request.method == "GET":
        return _ask(deal, asked)
    values, typed, errors = _values(deals, deal)
    before = Wanted(resource_of(Pipeline).one(deal.pipeline_id))
    try:
        if errors:
            raise Invalid(errors)
        values |= _place(deals, deal, values)
        version = request.form.get("version", "")
        version = int(version) if version.isdecimal() and len(version) < 10 else None
        deals.save(g.user, deal, values, version=version, label=N_("Moved “%(title)s”"), title=deal.title)
    except Conflict as conflict:
        return _taken(deals, conflict.current)
    except Invalid as invalid:
        if is_partial():
            query = "&".join(f"{k}={v}" for k, v in asked.items() if v.isalnum())
            return go(f"/sales/deal/{id}/move?{query}&next=/sales/")
        return _ask(deal, asked, typed, invalid.errors), 422
    except Problem as problem:
        if not is_partial():
            raise
        return _again(_refresh(before), str(problem))
    undo = deal.batch.id if deal.batch.count else None
    said = _("Moved: %(title)s → %(where)s", title=deal.title, where=_where(deal))
    if is_partial():
        return _moved(deals, deal, before, said, undo)
    flash(said, undo=undo)
    wanted_next = request.form.get("next")
    return go(wanted_next if is_ours(wanted_next) else deals.url("page", deal))


def _where(deal) -> str:
    return resource_of(Stage).one(deal.stage_id).name if deal.is_open else Deal.status.named(deal.status)


def _values(deals, deal) -> tuple[dict, dict, dict]:
    """What was sent: values, texts as typed, and problems, all by field."""
    context = deals.build.context(g.user)
    names = {"stage", "status", "reason", "reason_note", *_askable(deals)} - deals.hidden(g.user)
    values, typed, errors = {}, {}, {}
    for name in names & set(request.form):
        typed[name] = request.form[name]
        if name == "stage" and not typed[name]:
            continue
        try:
            if name == "status" and typed[name] not in Deal.status.labels:
                continue
            values[name] = deals.kinds[name].parse(typed[name], context)
        except Problem as problem:
            errors[name] = problem
    if ticks := request.form.getlist("tick"):
        key = str(deal.stage_id)
        have = deal.ticked.get(key, [])
        values["ticked"] = deal.ticked | {key: [*have, *[t for t in ticks if t not in have]]}
    if values.get("stage") and "status" not in values and not deal.is_open:
        values |= {"status": "open", "reason": None}
    return values, typed, errors


def _place(deals, deal, values: dict) -> dict:
    """The place that was sent: below which card of the column (`after`), or where from here (`to`). Raises Problem."""
    stage = values.get("stage") or deal.stage_id
    if values.get("status", deal.status) != "open" or "rank" in deals.locked(g.user):
        return {}
    column, after, to = Column(deals, g.user, stage, deal.id), request.form.get("after"), request.form.get("to")
    if to in ("top", "up", "down", "end") and stage == deal.stage_id:
        return {"rank": column.step(deal, to)}
    if after is None or len(after) > 10 or not (after == "" or after.isdecimal()):
        return {}
    return {"rank": column.after(int(after) if after else None)}


def _askable(deals) -> list[str]:
    locked = deals.locked(g.user)
    return [name for stage in deals.stages.all().values() for name in stage.asks if name not in locked]


def _ask(deal, asked, typed=None, errors=None):
    """The page that asks what a move needs."""
    deals = resource_of(Deal)
    stages = deals.stages
    stage = stages.one(int(asked["stage"])) if asked["stage"].isdecimal() else None
    status = asked["status"] if asked["status"] in ("won", "lost") else ""
    values = {"status": status} if status else {"stage": stage.id} if stage else {}
    missing, unticked = deals.obstacles(deal, values, deals.target(deal, values)) if values else ([], [])
    form = _form_of(deals, deal, missing, typed or {}, errors or {})
    deals.load_links([deal])
    deals.veil(g.user, [deal])
    return render_template(
        "sales/move.html",
        resource=deals,
        deal=deal,
        stage=stage,
        status=status,
        form=form,
        unticked=unticked,
        reasons=resource_of(Reason).of(status) if status else [],
        typed=typed or {},
        errors=errors or {},
        stages=stages.of(deal.pipeline_id),
        others=[p for p in resource_of(Pipeline).in_use() if p.id != deal.pipeline_id],
        next=request.values.get("next", ""),
    )


def _form_of(deals, deal, names, typed, errors):
    """The fields that a stage asks for, as the deal's own form draws them."""
    form = bind_form(deals, g.user, deal, None, names)
    for field in form:
        if field.name in typed:
            field.raw = typed[field.name]
        field.errors = (str(errors[field.name]),) if field.name in errors and field.name in typed else ()
    return form


def _taken(deals, current):
    """Somebody else moved it first: say so, and show where it is now."""
    where = _where(current)
    said = _("Somebody else changed “%(title)s” in the meantime: it is in “%(where)s” now.", title=current, where=where)
    if not is_partial():
        raise Conflict(current)
    deals.load_links([current], ("contact", "organisation", "owner"))
    return _again(_refresh(Wanted(resource_of(Pipeline).one(current.pipeline_id))), said)


def _again(body: str, said: str):
    """The board as it is now, and why the card is not where it was put."""
    answer = with_toast(body, said, "danger")
    answer.status_code = 409
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#board", "outerMorph"
    return answer


def _refresh(asked: Wanted) -> str:
    shown = wanted(request.form)
    return _body(replace(shown, pipeline=asked.pipeline or shown.pipeline))


def _moved(deals, deal, before: Wanted, said: str, undo):
    """The moved card and the heads of all columns, each in place of the one on the page."""
    shown = wanted(request.form)
    drawn = Board(g.user, replace(shown, pipeline=before.pipeline))
    lanes = _lanes(drawn, filled=False)
    deals.load_links([deal], ("contact", "organisation", "owner"))
    currency = deals.build.firm["currency"]
    parts = [_cards(deals).draw(deal, swap=True), *[head_of(lane, currency, swap=True) for lane in lanes]]
    parts.append(render_template("sales/_figures.html", figures=_figures(lanes), swap=True, resource=deals))
    answer = with_toast(Markup("").join(map(Markup, parts)), said, undo=undo)
    answer.headers["HX-Reswap"] = "none"
    return answer


def tick(id):
    """Tick an item of the present stage's checklist, or take the tick back."""
    deals = resource_of(Deal)
    deal = deals.find(g.user, id, "edit")
    item, key = request.form.get("item", ""), str(deal.stage_id)
    stage = deals.stages.one(deal.stage_id)
    if stage is None or item not in stage.items:
        raise Problem(N_("This item is no longer on the checklist. Load the page again."), "sales")
    have = deal.ticked.get(key, [])
    have = [i for i in have if i != item] if item in have else [*have, item]
    label = N_("Ticked “%(item)s” of “%(title)s”")
    deals.save(g.user, deal, {"ticked": deal.ticked | {key: have}}, label=label, item=item, title=deal.title)
    return go(deals.url("page", deal))


def remove_stage(id):
    """A stage that goes: GET asks where its deals go, POST moves them and deletes it."""
    stages = resource_of(Stage)
    stage = stages.find(g.user, id, "delete")
    others = [s for s in stages.of(stage.pipeline_id) if s.id != stage.id]
    if request.method == "POST":
        target = request.form.get("target", "")
        target = stages.one(int(target)) if target.isdecimal() and len(target) < 10 else None
        held = stages.held(stage)
        if held and target is None:
            raise Problem(N_("Choose the stage that takes the deals."), "sales")
        batch = stages.remove(g.user, stage, target) if held else stages.delete(g.user, [stage])
        flash(_("The stage “%(name)s” was deleted.", name=stage.name), undo=batch.id)
        return go(resource_of(Pipeline).url("page", stage.pipeline_id))
    return render_template(
        "sales/remove_stage.html", resource=stages, stage=stage, others=others, held=stages.held(stage)
    )


# Calendar


def month():
    """The deals of a month by their expected close; one query."""
    deals = resource_of(Deal)
    deals.demand(g.user, "view")
    if "expected_close" in deals.hidden(g.user):
        abort(403)
    asked = wanted(request.args)
    try:
        first = dt.date.fromisoformat(request.args.get("month", "")[:7] + "-01")
        if not 1900 < first.year < 3000:
            raise ValueError
    except ValueError:
        first = html.today().replace(day=1)
    weeks = calendar.Calendar(0).monthdatescalendar(first.year, first.month)
    query = deals.query(g.user).where(Deal.expected_close.between(weeks[0][0], weeks[-1][-1]), Deal.status != "lost")
    mine = asked.owner == "me" or asked.owner.isdecimal()
    if mine and "owner" not in deals.hidden(g.user):
        query = query.where(Deal.owner == (g.user.id if asked.owner == "me" else int(asked.owner)))
    days: dict[dt.date, list[Deal]] = {}
    for deal in deals.veil(g.user, list(query.order_by(Deal.value.desc(), Deal.id).limit(2000))):
        days.setdefault(deal.expected_close, []).append(deal)
    return render_template(
        "sales/calendar.html",
        resource=deals,
        asked=asked,
        first=first,
        title=format_date(first, "y年M月" if get_locale().language == "zh" else "MMMM y"),
        weekdays=[format_date(day, "EEE") for day in weeks[0]],
        weeks=weeks,
        days=days,
        shown=A_DAY,
        today=html.today(),
        now=fields.utcnow(),
        before=later(first, -1),
        after=later(first, 1),
        people=people_with_deals(g.user),
        can=lambda verb: deals.can(g.user, verb),
        money_hidden="amount" in deals.hidden(g.user),
    )
