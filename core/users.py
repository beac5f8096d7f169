"""Users, teams, roles, sessions: who is there and who may see what."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from contextlib import contextmanager
from functools import cache

import peewee
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app, g, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from . import fields, i18n, jobs, journal, search
from .db import Base, Instant, Json, chunks, columns_sql, db, hold, record_of, run, utcnow
from .i18n import N_, Problem
from .pages import ActionLink
from .record import Record
from .resource import Resource, action

#: OWASP's second recommendation for argon2id: 19 MiB, so that a small server survives a queue at the door.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

#: The verbs that every Resource knows; an action of its own is allowed to those who may edit.
VERBS = ("view", "create", "edit", "delete", "export", "import", "bulk")


class Team(Record):
    """A group of users; teams nest."""

    name = fields.Text(label=N_("Team"), required=True, max_length=80)
    parent = fields.Link("self", label=N_("Part of"))


class Role(Record):
    """What its holders may do (`grants`) and whose records they see (`scope`)."""

    name = fields.SeededName(label=N_("Role"), required=True, max_length=80)
    scope = fields.Choice(
        [
            ("own", N_("Own records")),
            ("mates", N_("Records of the own team")),
            ("team", N_("Records of the team and those below it")),
            ("all", N_("All records")),
        ],
        label=N_("Sees"),
        default="own",
    )
    admin = fields.Bool(label=N_("Administrator"), help=N_("May do everything, modules and users included."))
    #: `{resource or "*": [verb, …]}`; a resource's own entry replaces that of "*".
    grants = fields.JSON(label=N_("Permissions"), default=dict)
    #: `{resource: {field: "hidden" or "locked"}}`: what its holders may not see, or see and not change.
    field_rules = fields.JSON(label=N_("Fields"), default=dict)


class User(Record):
    """A person of the firm who signs in."""

    name = fields.Text(label=N_("Name"), required=True, max_length=120)
    email = fields.Email(label=N_("E-mail"), required=True)
    password_hash = peewee.TextField(default="")
    role = fields.Link(Role, label=N_("Role"), required=True)
    team = fields.Link(Team, label=N_("Team"))
    language = fields.Choice([("zh", "简体中文"), ("en", "English")], label=N_("Language"), default="")
    timezone = fields.Text(label=N_("Time zone"), default="Asia/Shanghai", max_length=60)
    active = fields.Bool(label=N_("May sign in"), default=True)
    last_seen_at = fields.DateTime(label=N_("Last seen"))
    #: Choices of screens: columns, density, start page.
    preferences = Json(default=dict)

    #: True for the program itself, which sees and may do everything.
    is_system = False
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active and self.deleted_batch is None

    @property
    def is_admin(self) -> bool:
        return self.role.admin

    def get_id(self) -> str:
        """For Flask-Login: the token of the session, not the user's number."""
        return self.__dict__.get("token", "")

    def can(self, permission: str) -> bool:
        """Whether the role holds `<resource>.<verb>`."""
        if self.role.admin:
            return True
        resource, _, verb = permission.rpartition(".")
        if resource in ADMIN_ONLY:
            return verb == "view" and resource in ("users", "teams")
        own = self.role.grants.get(resource)
        if own is not None:
            return verb in own
        default = self.role.grants.get("*", ())
        return verb in default or (verb not in VERBS and "edit" in default)

    def field_rules(self, resource: str) -> dict[str, str]:
        """Field → "hidden" or "locked", of the fields that the role may not see, or not change."""
        return {} if self.role.admin else self.role.field_rules.get(resource, {})

    def owners(self, resource: str) -> list[int] | None:
        """Whose records the role's scope lets this user see: ids of users, or None for everybody's."""
        if self.role.admin or self.role.scope == "all" or resource in ADMIN_ONLY:
            return None
        if self.role.scope == "own" or self.team_id is None:
            return [self.id]
        if "colleagues" not in self.__dict__:
            mates = User.select(User.id).where(User.team == self.team_id)
            below = colleagues(self.team_id) if self.by_team else [id for (id,) in mates.tuples()]
            self.__dict__["colleagues"] = below
        return self.__dict__["colleagues"]

    def reach(self, resource: str) -> list[str] | None:
        """`owners` as scope words of the search index: one word for a whole tree of teams; None for everybody's."""
        if self.by_team and not (self.role.admin or resource in ADMIN_ONLY):
            return [f"o{self.id}", f"b{self.team_id}"]
        owners = self.owners(resource)
        return None if owners is None else [f"o{id}" for id in owners]

    @property
    def by_team(self) -> bool:
        """Whether the role sees the records of a tree of teams."""
        return self.role.scope == "team" and self.team_id is not None

    def set_password(self, password: str) -> None:
        """Hash a password of at least 8 characters. Raises Problem. The caller saves, and ends other sessions."""
        if len(password) < 8:
            raise Problem(N_("The password must have at least 8 characters."))
        self.password_hash = _hasher.hash(password)

    def check_password(self, password: str) -> bool:
        try:
            return bool(self.password_hash) and _hasher.verify(self.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


User.add_index(
    peewee.SQL('CREATE UNIQUE INDEX "core_user_email" ON "core_user" (lower("email")) WHERE "deleted_batch" IS NULL')
)

#: Resources that only administrators write; everybody may read users and teams, to assign work to them.
ADMIN_ONLY = frozenset(("users", "teams", "roles", "custom_fields", "modules", "journal"))


class System:
    """The program itself as a user: jobs, command line and imports at the prompt."""

    id, name, email, language, timezone = None, "Guanxi", "", "en", "UTC"
    is_system = is_admin = is_active = True
    team_id = None
    preferences: dict = {}

    def can(self, permission: str) -> bool:
        return True

    def field_rules(self, resource: str) -> dict[str, str]:
        return {}

    def owners(self, resource: str) -> None:
        return None

    reach = owners
    by_team = False

    def __bool__(self):
        return True


SYSTEM = System()


def colleagues(team_id: int) -> list[int]:
    """The ids of the users in a team and in all teams under it. One query."""
    sql = (
        "WITH RECURSIVE below (id) AS ("
        " SELECT t.id FROM core_team t WHERE t.id = ? UNION"
        " SELECT t.id FROM core_team t JOIN below ON t.parent_id = below.id WHERE t.deleted_batch IS NULL)"
        " SELECT u.id FROM core_user u JOIN below ON u.team_id = below.id"
    )
    return [id for (id,) in run(sql, team_id).fetchall()]


def with_teams(scopes: Iterable[str]) -> dict[str, str]:
    """Scope words → the same with a word for each team that one of the owners is in or below. One query."""
    scopes = set(scopes)
    owners = {int(word[1:]) for scope in scopes for word in scope.split() if word[0] == "o"}
    above: dict[int, list[str]] = {}
    if owners:
        sql = (
            "WITH RECURSIVE up (user_id, team_id) AS ("
            " SELECT u.id, u.team_id FROM core_user u WHERE u.id = ANY(?) AND u.team_id IS NOT NULL UNION"
            " SELECT up.user_id, t.parent_id FROM up JOIN core_team t ON t.id = up.team_id"
            " WHERE t.parent_id IS NOT NULL AND t.deleted_batch IS NULL) SELECT user_id, team_id FROM up"
        )
        for user_id, team_id in run(sql, sorted(owners)).fetchall():
            above.setdefault(user_id, []).append(f"b{team_id}")
    found = {}
    for scope in scopes:
        words = dict.fromkeys(scope.split())
        for word in list(words):
            words |= dict.fromkeys(above.get(int(word[1:]), ())) if word[0] == "o" else {}
        found[scope] = " ".join(words)
    return found


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


def names_of_users(ids: Iterable[int | None]) -> dict[int, str]:
    """User id → name, of those among these ids that there are; nothing is asked for none."""
    wanted = {id for id in ids if id is not None}
    return dict(User.select(User.id, User.name).where(User.id << wanted).tuples()) if wanted else {}


class Share(Base):
    """One record, shown to a user or a team beyond what their role's scope lets them see."""

    resource = peewee.CharField(max_length=80)
    record_id = peewee.IntegerField()
    user_id = peewee.IntegerField(null=True)
    team_id = peewee.IntegerField(null=True)
    by_id = peewee.IntegerField(null=True)
    at = Instant(default=utcnow)

    class Meta:
        indexes = (
            (("resource", "record_id"), False),
            (("resource", "user_id", "record_id"), False),
            (("resource", "team_id", "record_id"), False),
        )

    @classmethod
    def seen_by(cls, user, resource: str):
        """A subquery of the ids of this resource's records that are shared with a user or the user's team."""
        mine = cls.user_id == user.id
        if user.team_id is not None:
            mine = mine | (cls.team_id == user.team_id)
        return cls.select(cls.record_id).where(cls.resource == resource, mine)

    @classmethod
    def words(cls, resource: str, ids: list[int]) -> dict[int, str]:
        """Record id → the scope words of those whom it is shared with, for the search index."""
        found: dict[int, list[str]] = {}
        for chunk in chunks(ids, 900):
            rows = cls.select(cls.record_id, cls.user_id, cls.team_id)
            for id, user_id, team_id in rows.where(cls.resource == resource, cls.record_id << chunk).tuples():
                found.setdefault(id, []).append(f"s{user_id}" if user_id is not None else f"t{team_id}")
        return {id: " ".join(words) for id, words in found.items()}


# Sessions


class Session(Base):
    """A sign-in on one device. Deleting the row ends it at the next request."""

    token_hash = peewee.CharField(max_length=64, unique=True)
    user = peewee.ForeignKeyField(User, backref="+")
    created_at = Instant(default=utcnow)
    seen_at = Instant(default=utcnow)
    expires_at = Instant()
    ip = peewee.CharField(max_length=45, default="")
    agent = peewee.CharField(max_length=200, default="")


class SignIn(Base):
    """An attempt to sign in, for the rate limit and the journal."""

    at = Instant(default=utcnow)
    email = peewee.CharField(max_length=254)
    ip = peewee.CharField(max_length=45, default="")
    ok = peewee.BooleanField()

    class Meta:
        indexes = ((("email", "at"), False), (("ip", "at"), False))


WINDOW = dt.timedelta(minutes=15)
TRIES_PER_EMAIL, TRIES_PER_IP = 6, 30


class TooManyTries(Problem):
    """Signing in is refused for a while."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(email: str, password: str) -> User:
    """Check a password and start a session in this request. Raises Problem (one for both faults) or TooManyTries."""
    email, ip, since = email.strip().casefold(), request.remote_addr or "", utcnow() - WINDOW
    recent = SignIn.select().where(SignIn.at > since, SignIn.ok == False)  # noqa: E712
    with db.atomic():
        hold(f"sign-in {email}")
        if (
            recent.where(SignIn.email == email[:254]).count() >= TRIES_PER_EMAIL
            or recent.where(SignIn.ip == ip).count() >= TRIES_PER_IP
        ):
            raise TooManyTries(N_("Too many tries. Wait %(n)s minutes and try again."), n=15)
        # Written down before the password is looked at, which takes long: many tries at once are counted, too.
        attempt = SignIn.create(email=email[:254], ip=ip, ok=False)
    user = User.select().where(peewee.fn.lower(User.email) == email, User.deleted_batch.is_null()).first()
    # The hash is computed for strangers too, so that the answer's time does not tell who exists.
    good = user.check_password(password) if user else (_hasher.hash(password) and False)
    if not good:
        raise Problem(N_("E-mail and password do not fit together."))
    if not user.is_active:
        raise Problem(N_("This account is switched off. Ask an administrator."))
    with db.atomic():
        SignIn.update(ok=True).where(SignIn.id == attempt.id).execute()
        start_session(user)
    return user


def start_session(user: User) -> None:
    """Begin a session with a new token (a token from before the sign-in is worth nothing)."""
    from flask_login import login_user

    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    token = secrets.token_urlsafe(32)
    seconds = current_app.extensions["guanxi"].settings.session_seconds
    with db.atomic():
        Session.create(
            token_hash=_hash(token),
            user=user,
            expires_at=utcnow() + dt.timedelta(seconds=seconds),
            ip=request.remote_addr or "",
            agent=(request.user_agent.string or "")[:200],
        )
        User.update(last_seen_at=utcnow()).where(User.id == user.id).execute()
    user.__dict__["token"] = token
    session.permanent = True
    login_user(user)
    g.user = user


def load_session(token: str) -> User | None:
    """The user of a session's token, read with the role in one query; None when it ended or the user is off."""
    now = utcnow()
    found = db.execute_sql(_session_sql(db.param), (_hash(token), Session.expires_at.db_value(now))).fetchone()
    if found is None:
        return None
    row, user, role = (record_of(model, found[start:end]) for model, start, end in _session_parts())
    user.__rel__["role"] = role
    user.__dict__["token"] = token
    user.__dict__["session_row"] = row
    if now - row.seen_at > dt.timedelta(minutes=10):
        with db.atomic():
            Session.update(seen_at=utcnow()).where(Session.id == row.id).execute()
            User.update(last_seen_at=utcnow()).where(User.id == user.id).execute()
    return user


@cache
def _session_sql(mark: str) -> str:
    """The query of every request; written once, since building it takes longer than running it."""
    columns = ", ".join((columns_sql(Session, "s"), columns_sql(User, "u"), columns_sql(Role, "r")))
    return (
        f"SELECT {columns} FROM core_session s"
        " JOIN core_user u ON u.id = s.user_id JOIN core_role r ON r.id = u.role_id"
        f" WHERE s.token_hash = {mark} AND s.expires_at > {mark} AND u.active AND u.deleted_batch IS NULL"
    )


@cache
def _session_parts() -> list[tuple[type[Base], int, int]]:
    """`(table, first column, column after the last)` of the rows of that query."""
    found, start = [], 0
    for model in (Session, User, Role):
        found.append((model, start, start + len(model._meta.sorted_fields)))
        start = found[-1][2]
    return found


def end_sessions(user: User, but: str = "") -> None:
    """End all sessions of a user, except that of the token `but`."""
    query = Session.delete().where(Session.user == user.id)
    if but:
        query = query.where(Session.token_hash != _hash(but))
    query.execute()


# Links that let somebody choose a password


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="guanxi-password")


def password_link_token(user: User) -> str:
    """A token for `/welcome/<token>`: good for three days and until the password changes."""
    return _signer().dumps([user.id, user.password_hash[-12:]])


def user_of_token(token: str) -> User | None:
    """The user whom a password link was made for, or None when it is spent or too old."""
    try:
        id, tail = _signer().loads(token, max_age=3 * 24 * 3600)
    except (BadData, ValueError, TypeError):
        return None
    user = User.get_or_none(User.id == id)
    return user if user is not None and user.is_active and user.password_hash[-12:] == tail else None


# Resources


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
            from .errors import Forbidden

            raise Forbidden("users.sign_in_link")
        from flask import url_for

        address = self.build.settings.base_url or request.host_url.rstrip("/")
        link = address + url_for("auth.welcome", token=password_link_token(record))
        return i18n.gettext(
            "Give this link to %(name)s, it is good for three days: %(link)s", name=record.name, link=link
        )


def _zone(name: str) -> bool:
    import zoneinfo

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
