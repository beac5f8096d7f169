"""Users, teams, roles and shares: who is there and who may see what."""

from collections.abc import Iterable

import peewee
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from . import fields
from .db import Base, Instant, Json, chunks, run, utcnow
from .i18n import N_, Problem
from .record import Record

#: OWASP's second recommendation for argon2id: 19 MiB, so that a small server survives a queue at the door.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


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
        self.password_hash = hash_password(password)

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
