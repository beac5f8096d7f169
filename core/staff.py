"""The firm's users, teams and roles as Resources; the first of them; and who finds what when a team changes."""

import zoneinfo
from collections.abc import Iterable
from contextlib import contextmanager

import peewee
from flask import request, url_for

from . import fields, i18n, jobs, journal, search
from .db import hold
from .errors import Forbidden
from .i18n import N_, Problem
from .pages import ActionLink
from .resource import Resource, action
from .sessions import end_sessions, password_link_token
from .users import VERBS, Role, Team, User, colleagues, with_teams


@jobs.job("core.refind")
def refind(build, row, users: list[int] | None = None):
    """Somebody went to another team, or a team below another one: who finds the records of these users (or of all)."""
    count = 0
    for id in users if users is not None else [i for (i,) in User.select(User.id).tuples()]:
        last = 0
        while rows := search.carrying(f"o{id}", last):
            last = rows[-1][0]
            plain = {record: _without_teams(scope) for _, _, record, scope in rows}
            wide = with_teams(plain.values())
            groups: dict[tuple[str, str], list[int]] = {}
            for _, resource, record, scope in rows:
                new = wide[_without_teams(scope)]
                if set(new.split()) != {w for w in scope.split() if not w.startswith("r_")}:
                    groups.setdefault((resource, new), []).append(record)
            with journal.transaction():
                for (resource, scope), records in groups.items():
                    search.rescope(resource, records, scope)
            count += len(rows)
            row.progress(count)
    return {"count": count}


def _without_teams(scope: str) -> str:
    return " ".join(word for word in scope.split() if word[0] != "b" and not word.startswith("r_"))


def _refind_below(teams: Iterable[Team]) -> None:
    """The records of everybody in these teams and below them are found by others now."""
    people = sorted({id for team in teams for id in colleagues(team.id)})
    if people:
        jobs.later(refind, users=people)


class Teams(Resource):
    """Teams, for administrators."""

    model, name, icon, order = Team, "teams", "users-group", "-id"
    path = "/admin/teams"
    attachments = False
    label, plural = N_("Team"), N_("Teams")
    columns = ("name", "parent")

    def write(self, pairs, batch, user=None):
        moved = [r for r, values in pairs if r.id and values.get("parent", r.parent_id) != r.parent_id]
        changed = super().write(pairs, batch, user)
        _refind_below(moved)
        return changed

    def put_in_trash(self, records, batch, user=None):
        super().put_in_trash(records, batch, user)
        _refind_below(records)

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        _refind_below(records)


class Roles(Resource):
    """Roles, for administrators."""

    model, name, icon = Role, "roles", "shield"
    path = "/admin/roles"
    attachments = False
    label, plural = N_("Role"), N_("Roles")
    columns = ("name", "scope", "admin")
    page_template = "core/role.html"

    def validate(self, user, record, values):
        if record.admin and not values.get("admin", True) and not _other_admins(None, record):
            return {"admin": Problem(N_("This is the last role with administrators. Make another one first."))}
        return {}

    def write(self, pairs, batch, user=None):
        with _an_administrator_stays():
            return super().write(pairs, batch, user)


class Users(Resource):
    """Users, for administrators."""

    model, name, icon = User, "users", "user-cog"
    path = "/admin/users"
    attachments = False
    label, plural = N_("User"), N_("Users")
    columns = ("name", "email", "role", "team", "active", "last_seen_at")
    fields = ("name", "email", "role", "team", "language", "timezone", "active")
    search = ("email",)

    def validate(self, user, record, values):
        errors = {}
        if email := values.get("email"):
            taken = User.select().where(
                peewee.fn.lower(User.email) == email.casefold(),
                User.id != (record.id or 0),
                User.deleted_batch.is_null(),
            )
            if taken.exists():
                errors["email"] = Problem(N_("Another user has this e-mail address."))
        role = Role.get_or_none(Role.id == values.get("role", record.role_id))
        stays = (values.get("active", record.active)) and role is not None and role.admin
        if record.id and not stays and record.active and record.role.admin and not _other_admins(record):
            errors["active"] = Problem(N_("This is the last administrator, who must stay one."))
        if (zone := values.get("timezone")) and not _zone(zone):
            errors["timezone"] = Problem(N_("“%(zone)s” is not a time zone, such as Asia/Shanghai."), zone=zone)
        return errors

    def put_in_trash(self, records, batch, user=None):
        with _an_administrator_stays():
            super().put_in_trash(records, batch, user)

    def write(self, pairs, batch, user=None):
        moved = [r.id for r, values in pairs if r.id and values.get("team", r.team_id) != r.team_id]
        with _an_administrator_stays():
            changed = super().write(pairs, batch, user)
        if moved:
            jobs.later(refind, users=moved)
        for record in changed:
            if not record.active:
                end_sessions(record)
        return changed

    def subtitle(self, record):
        return record.email

    def page_links(self, user, record):
        if not user.is_admin or user.id == record.id:
            return []
        label = N_("Disable and hand over") if record.active else N_("Hand over")
        return [ActionLink(label, f"{self.base}{record.id}/handover", "user-off")]

    @action(N_("Sign-in link"), icon="key", order=10)
    def sign_in_link(self, user, record):
        """Show a link by which the person chooses a password; handed over by hand, since mail may not be set up yet."""
        if not user.is_admin:
            raise Forbidden("users.sign_in_link")
        address = self.build.settings.base_url or request.host_url.rstrip("/")
        link = address + url_for("auth.welcome", token=password_link_token(record))
        return i18n.gettext(
            "Give this link to %(name)s, it is good for three days: %(link)s", name=record.name, link=link
        )


def _zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _other_admins(user: User | None, role: Role | None = None) -> bool:
    query = User.select().join(Role).where(Role.admin, User.active, User.deleted_batch.is_null())
    if user is not None:
        query = query.where(User.id != user.id)
    if role is not None:
        query = query.where(Role.id != role.id)
    return query.exists()


@contextmanager
def _an_administrator_stays():
    """Around a write or an undo: where there was somebody to administer, somebody must be left. Raises Problem."""
    hold("administrators")  # two who take each other's role away at once would leave nobody
    before = _other_admins(None)
    yield
    if before and not _other_admins(None):
        raise Problem(N_("This is the last administrator, who must stay one."))


#: The roles of a new firm: name → (scope, verbs).
FIRST_ROLES = {
    N_("admin"): ("all", VERBS),
    N_("manager"): ("all", VERBS),
    N_("member"): ("own", ("view", "create", "edit", "delete", "export", "import", "bulk")),
    N_("read-only"): ("all", ("view",)),
}


def seed_roles() -> dict[str, Role]:
    """The four roles, made when there is none yet; by name."""
    if not Role.select().exists():
        for name, (scope, verbs) in FIRST_ROLES.items():
            Role.create(name=name, scope=scope, admin=name == "admin", grants={"*": list(verbs)})
    return {role.name: role for role in Role.select().where(Role.deleted_batch.is_null())}


def add_user(build, by, name: str, email: str, role: str, password: str = "", **values) -> User:
    """Make a user in a role of this name. Raises Invalid or Problem."""
    roles = seed_roles()
    if role not in roles:
        raise Problem(N_("There is no role “%(role)s”. There are: %(roles)s."), role=role, roles=", ".join(roles))
    users = build.resources["users"]
    user = users.new(by)
    if password:
        user.set_password(password)
    users.save(by, user, {"name": name, "email": fields.parse_email(email), "role": roles[role].id, **values})
    return user
