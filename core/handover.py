"""A leaver: the account is switched off at once, and all that is theirs goes to colleagues, in one batch with Undo."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, current_app, g, request, url_for

from . import htmx, i18n, jobs, journal, merge, shell
from .api.tokens import Token
from .db import db, pointing_to, run, tables_with, utcnow
from .errors import Forbidden
from .i18n import N_, Problem
from .notices import notify
from .sessions import Session
from .users import SYSTEM, Team, User, names_of_users

#: More records than this are left to the worker, with a progress page.
AT_ONCE = 1000
CHUNK = 500
#: Of a module that is off nobody can ask which of its columns is the owner: these names are.
OWNERS = ("owner_id", "assignee_id")
#: Of next steps only the open ones are somebody's work.
OPEN = {"core_entry.next_user_id": '"next_at" IS NOT NULL AND "next_done_at" IS NULL'}


class Holding(NamedTuple):
    """The living rows of one column that name a user as the one whose they are."""

    table: str
    column: str
    title: str
    count: int
    #: Of a module that is off.
    off: bool = False

    @property
    def key(self) -> str:
        return f"{self.table}.{self.column}"


def holdings(build, user: User) -> list[Holding]:
    """What belongs to a user, contacts first; one query for each kind, modules that are off included."""
    found = [
        Holding(table, column, title, _count(table, column, user.id), off)
        for table, column, title, off in _columns(build)
    ]
    return sorted((h for h in found if h.count), key=lambda h: (h.table != "core_contact", h.off, h.title))


def _columns(build) -> list[tuple[str, str, str, bool]]:
    """`(table, column, title, whether its module is off)` of every column that says whose a row is."""
    found, living = [], set(tables_with("deleted_batch"))
    for table, column in pointing_to(User._meta.table_name):
        resource = build.by_table.get(table)
        if resource is not None and resource.owner and resource.links[resource.owner].column_name == column:
            found.append((table, column, resource.title, False))
        elif f"{table}.{column}" in OPEN:
            found.append((table, column, i18n.gettext("Open next steps"), False))
        elif table in living and column in OWNERS and merge.is_off(build, table):
            found.append((table, column, table.replace("_", " ").capitalize(), True))
    return found


def _where(table: str, column: str) -> str:
    more = OPEN.get(f"{table}.{column}")
    return f'"{column}" = ? AND "deleted_batch" IS NULL' + (f" AND {more}" if more else "")


def _count(table: str, column: str, user_id: int) -> int:
    return run(f'SELECT count(*) FROM "{table}" WHERE {_where(table, column)}', user_id).fetchone()[0]


# Who gets what -----------------------------------------------------------------------------------------------------

#: Column → ids of the users among whom its rows go round; a column that is not there stays with the leaver.
Plan = dict[str, list[int]]


def receivers(text: str, leaver: User) -> list[User]:
    """`user:3` or `team:5` → who it is: the people of a team who may sign in, the leaver left out. Raises Problem."""
    kind, _, number = text.partition(":")
    id = int(number) if number.isdecimal() and len(number) < 10 else 0
    if kind == "team":
        team = Team.get_or_none(Team.id == id, Team.deleted_batch.is_null())
        mine = User.select().where(User.team == id, User.id != leaver.id, User.active, User.deleted_batch.is_null())
        people = list(mine.order_by(User.id)) if team else []
        if not people:
            raise Problem(N_("Nobody else in this team may sign in. Choose another team, or a colleague."))
        return people
    user = User.get_or_none(User.id == id, User.deleted_batch.is_null()) if kind == "user" else None
    if user is None:
        raise Problem(N_("Choose a colleague or a team first."))
    if user.id == leaver.id:
        raise Problem(N_("%(name)s cannot hand over to themselves. Choose a colleague or a team."), name=user.name)
    if not user.active:
        raise Problem(N_("%(name)s may not sign in and would never see it. Choose somebody else."), name=user.name)
    return [user]


def plan_of(build, held: list[Holding], leaver: User, args) -> Plan:
    """The form's choices: `to` for everything, by kind what is said otherwise (`stay`: it stays). Raises Problem."""
    plan, people = {}, {}
    for holding in held:
        wanted = args.get(holding.key, "") or args.get("to", "")
        if wanted == "stay":
            continue
        if wanted not in people:
            people[wanted] = receivers(wanted, leaver)
        resource = build.by_table.get(holding.table)
        for person in people[wanted]:
            if resource is not None and not resource.can(person, "view"):
                raise Problem(
                    N_("The role of %(name)s may not see %(what)s. Choose somebody else for them."),
                    name=person.name,
                    what=holding.title,
                )
        plan[holding.key] = [p.id for p in people[wanted]]
    return plan


# Doing it ----------------------------------------------------------------------------------------------------------


def disable(build, admin, leaver: User) -> None:
    """Switch an account off: its sessions end and its API tokens are revoked at once. Raises Problem or Invalid."""
    if not admin.is_admin:
        raise Forbidden("users.handover")
    if admin.id == leaver.id:
        raise Problem(N_("This is your own account. Another administrator has to do it."))
    with journal.transaction():
        if leaver.active:
            users = build.resources["users"]
            users.save(
                admin, leaver, {"active": False}, label=N_("Switched off the account of %(name)s"), name=leaver.name
            )
        Token.update(revoked_at=utcnow()).where(Token.user == leaver.id, Token.revoked_at.is_null()).execute()


def begin(admin, leaver: User, total: int) -> journal.Batch:
    """The batch that all chunks of a handover belong to."""
    with journal.transaction():
        label = N_("Handed over what belonged to %(name)s")
        return journal.open_batch(admin, "handover", label, "users", name=leaver.name, n=total, leaver=leaver.id)


def carry_out(build, admin, leaver: User, plan: Plan, batch, progress: Callable | None = None) -> None:
    """Move the rows by chunks, each a transaction of its own, then tell the receivers.

    What is still the leaver's is looked for afresh, so that a job which was cut off goes on where it stopped.
    """
    # Contacts first: what belongs to a contact then follows it to the same colleague.
    for key in sorted(plan, key=lambda key: not key.startswith("core_contact.")):
        table, _, column = key.partition(".")
        if not db.table_exists(table):
            continue  # the module's data was removed since
        last = 0
        while rows := _next(table, column, leaver.id, last):
            last = rows[-1][0]
            with journal.transaction():
                _move(build, admin, batch, table, column, leaver.id, _dealt(rows, plan[key], batch.count))
            if progress:
                progress(batch.count, max(batch.params["n"], batch.count))
    _tell(build, admin, leaver, batch)


def _next(table: str, column: str, user_id: int, last: int) -> list[tuple[int, int | None]]:
    """The next rows of a column after the id `last`: `(id, owner of the row's contact, if it has one)`."""
    holder = "NULL"
    if (table, "contact_id") in pointing_to("core_contact"):
        holder = f'(SELECT c."owner_id" FROM "core_contact" c WHERE c."id" = "{table}"."contact_id")'
    rest = f'WHERE {_where(table, column)} AND "id" > ? ORDER BY "id" LIMIT {CHUNK}'
    return run(f'SELECT "id", {holder} FROM "{table}" {rest}', user_id, last).fetchall()


def _dealt(rows, people: list[int], turn: int) -> dict[int, list[int]]:
    """Receiver → ids: to the owner of the row's contact where that is one of them, the others round robin."""
    found = defaultdict(list)
    for id, owner in rows:
        if owner in people:
            found[owner].append(id)
        else:
            found[people[turn % len(people)]].append(id)
            turn += 1
    return found


def _move(build, admin, batch, table: str, column: str, old: int, dealt: dict[int, list[int]]) -> None:
    resource = build.by_table.get(table)
    for receiver, ids in dealt.items():
        merge.move(build, batch, table, column, old, receiver, ids)
        # A form that was opened before must not give them back to the leaver.
        run(f'UPDATE "{table}" SET "version" = "version" + 1 WHERE "id" = ANY(?)', ids)
        if resource is not None and build.hook.committed.get_hookimpls():
            journal.after_commit(resource._committed, ids, "update", admin)


def _tell(build, admin, leaver, batch) -> None:
    """A notice to each receiver; counted from the journal, for a job may have been cut off and begun again."""
    given = Counter()
    for change in journal.Change.select().where(journal.Change.batch_id == batch.id, journal.Change.op == "move"):
        given[change.data["new"]] += len(change.data["ids"])
    for person in User.select().where(User.id << list(given)) if given else ():
        notify(
            build,
            [person],
            "assigned",
            N_("%(who)s handed you %(n)s records of %(name)s"),
            url=f"{build.resources['contacts'].base}?owner=me",
            once=f"handover {batch.id}",
            but=admin,
            who=admin.name,
            n=given[person.id],
            name=leaver.name,
        )


@jobs.job("core.handover", attempts=3)
def handover_job(build, row, leaver: int, plan: Plan, batch: int):
    """The worker's share of a large handover."""
    admin = User.get_by_id(row.user_id) if row.user_id else SYSTEM
    found = journal.Batch.get_by_id(batch)
    carry_out(build, admin, User.get_by_id(leaver), plan, found, row.progress)
    return {"batch": found.id, "count": journal.Batch.get_by_id(batch).count, "back": "users"}


# Its page ----------------------------------------------------------------------------------------------------------


def blueprint() -> Blueprint:
    bp = Blueprint("handover", __name__)
    bp.add_url_rule("/admin/users/<int:id>/handover", "page", page, methods=["GET", "POST"])
    return bp


def page(id):
    """GET: what belongs to a user, and with choices in the address who would get how much. POST: do it."""
    if not g.user.is_admin:
        raise Forbidden("users.handover")
    build = current_app.extensions["guanxi"]
    leaver = build.resources["users"].find(g.user, id)
    held = holdings(build, leaver)
    args, problem, plan = (request.form if request.method == "POST" else request.args), None, None
    try:
        if g.user.id == leaver.id:
            raise Problem(N_("This is your own account. Another administrator has to do it."))
        if args or request.method == "POST":
            plan = plan_of(build, held, leaver, args)
            if request.method == "POST":
                return _start(build, leaver, held, plan)
    except Problem as error:
        problem, plan = error, None
    context = dict(
        leaver=leaver,
        held=held,
        chosen=args,
        problem=problem,
        plan=plan,
        preview=_preview(held, plan) if plan is not None else [],
        sessions=Session.select().where(Session.user == leaver.id, Session.expires_at > utcnow()).count(),
        tokens=Token.select().where(Token.user == leaver.id, Token.revoked_at.is_null()).count(),
        people=_colleagues(leaver),
    )
    return shell.render("core/handover.html", **context), 422 if problem else 200


def _colleagues(leaver) -> list[tuple[int, str]]:
    others = User.select(User.id, User.name).where(User.id != leaver.id, User.active, User.deleted_batch.is_null())
    return list(others.order_by(User.name).tuples())


def _preview(held, plan: Plan) -> list[tuple[Holding, list[str]]]:
    names = names_of_users(i for people in plan.values() for i in people)
    return [(h, [names[i] for i in plan.get(h.key, ())]) for h in held]


def _start(build, leaver, held, plan: Plan):
    users = build.resources["users"]
    total = sum(h.count for h in held if h.key in plan)
    with journal.transaction():
        disable(build, g.user, leaver)
        batch = begin(g.user, leaver, total) if plan else None
        row = None
        if total > AT_ONCE:
            row = jobs.later(handover_job, g.user, leaver=leaver.id, plan=plan, batch=batch.id)
    if row is not None:
        return htmx.go(url_for("home.job", id=row.id))
    if batch is not None:
        carry_out(build, g.user, leaver, plan, batch)
    said = i18n.gettext("%(name)s may no longer sign in. Records handed over: %(n)s.", name=leaver.name, n=total)
    shell.flash(said, undo=batch.id if batch is not None and batch.count else None)
    return htmx.go(users.url("page", leaver))
