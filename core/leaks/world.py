"""A firm in which every record carries words of its own, and who may meet which of them."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import dataclass

from flask import g

from .. import fields, jobs, journal, timeline
from ..api import tokens
from ..checks import _value
from ..db import db, utcnow
from ..errors import Invalid
from ..files import attach
from ..i18n import Problem
from ..notices import Notice
from ..permissions import hideable
from ..saved import View
from ..sessions import Session
from ..users import ADMIN_ONLY, SYSTEM, User

#: Words, numbers and days that stand for a field of a record. Nothing else in a page looks like them. Each begins with
#: a fixed character, which is what makes an expression fast; numbers have what people put between digits.
_WORD = re.compile(r"zq[0-9a-z]{5}qz")
_NUMBER = re.compile("[ ,\u00a0\u202f-]?".join(("9", "0", "9", "0", r"\d", r"\d", r"\d", "0", "9")))
_YEAR = re.compile(r"1931(?<!\w1931)(?!\w)")
DAY = dt.date(1931, 7, 19)
#: Reader → what their role is called in a report; None is somebody who did not sign in.
READERS = ("ann", "mei", "bo", "li", "ro", "lea", "dim", "nia", None)
#: Whose records there are.
OWNERS = ("bo", "li")


@dataclass(frozen=True)
class Secret:
    """A word that a field of a record has, or (without a resource) something of one user alone."""

    word: str
    resource: str
    id: int
    field: str
    #: For what is of one user alone: whose.
    owner: str = ""

    def __str__(self):
        return f"{self.resource} #{self.id} {self.field}" if self.resource else f"{self.field} of {self.owner}"


def words_in(text: str) -> set[str]:
    """The words of this kind in a text, numbers without what people put between digits."""
    text = text.lower()
    numbers = {re.sub(r"\D", "", number) for number in _NUMBER.findall(text)}
    return {*_WORD.findall(text), *numbers, *_YEAR.findall(text)}


class World:
    """The firm, its secrets, and `forbidden(reader)`."""

    def __init__(self, trial, samples: dict):
        self.trial, self.samples = trial, samples
        self.secrets: list[Secret] = []
        self.unmade: dict[str, str] = {}
        #: Resource → ids of its records, of each owner.
        self.ids: dict[str, list[int]] = {}
        #: Batches by which somebody made what they do not see any more.
        self.made_by: list[int] = []
        #: Those contacts; they are nobody's sample.
        self._away: list[int] = []
        self._count = 0
        self._forbidden: dict = {}

    @property
    def build(self):
        return self.trial.build

    # Making it

    def fill(self) -> None:
        """People, two of everything for two owners each, linked across them, and what people have for themselves."""
        self._people()
        made: dict[str, dict[str, int]] = {}
        with self.trial.app.app_context():
            for owner in OWNERS:  # contacts first, so that everything else can point to them
                self._contact(made, owner, "organisation")
                self._contact(made, owner, "person")
            self._across(made)
            for resource in self._in_order():
                if resource.name in ("contacts", "files", *ADMIN_ONLY):
                    continue
                for owner in OWNERS:
                    for whose in OWNERS:
                        self._make(made, resource, owner, whose)
            for owner in OWNERS:
                self._file(made, owner)
                self._private(owner)
                self._given_away(owner)
        self.trial.run_jobs()
        with self.trial.app.app_context():
            for resource in self.build.resources.values():
                rows = resource.model.select(resource.model.id).where(resource.model.deleted_batch.is_null())
                away = self._away if resource.name == "contacts" else ()
                self.ids[resource.name] = [id for (id,) in rows.order_by(resource.model.id).tuples() if id not in away]

    def _people(self) -> None:
        trial = self.trial
        north = trial.person("bo").team_id
        every = {r.name: dict.fromkeys(hideable(r), "hidden") for r in self.build.resources.values()}
        every = {name: rules for name, rules in every.items() if name not in ADMIN_ONLY and rules}
        grants = {"*": ["view", "create", "edit", "export", "import", "bulk", "delete"]}
        trial.add_person("Lea", "leader", grants=grants, scope="team", team=north)
        trial.add_person("Dim", "sees few fields", grants=grants, scope="all")
        with trial.app.app_context():
            role = trial.person("dim").role
            role.field_rules = every
            role.save()
        trial.add_person("Nia", "nothing", grants={"*": []})

    def _in_order(self):
        """Resources, those that others point to first."""
        waiting, done = list(self.build.resources.values()), []
        while waiting:
            names = {r.model for r in waiting}
            free = [r for r in waiting if not any(k.rel_model in names - {r.model} for k in r.links.values())]
            for resource in free or waiting[:1]:
                waiting.remove(resource)
                done.append(resource)
        return done

    def word(self) -> str:
        self._count += 1
        return f"zq{self._count:05d}qz"

    def _value(self, kind, name: str, resource):
        """`(value, word)` of a field; no word for a kind that has none of its own."""
        if isinstance(kind, fields.Choice | fields.Link | fields.Bool | fields.JSON):
            return None, ""
        word = self.word()
        number = f"9090{self._count % 1000:03d}09"
        own = getattr(kind, "draw", None) is not None
        lately = name in (resource.timeline_at, "at")
        for cls, value, said in (
            (fields.Email, f"{word}@example.com", word),
            (fields.Phone, f"13{number}", number),
            (fields.URL, f"https://{word}.example.com", word),
            (fields.Text, None if own else word, word),
            (fields.Money, f"{number}.00 CNY", number),
            (fields.Integer, int(number), number),
            (fields.Number, number, number),
            (fields.DateTime, utcnow() if lately else f"{DAY} 12:00", "" if lately else str(DAY.year)),
            (fields.Date, str(DAY), str(DAY.year)),
        ):
            if isinstance(kind, cls) and value is not None:
                try:
                    if not isinstance(value, dt.datetime):
                        kind.parse(str(value), self.build.context(SYSTEM))
                except Problem:  # a kind of its own takes less, such as a percentage
                    return None, ""
                return value, said
        return None, ""

    def _contact(self, made, owner: str, kind: str) -> None:
        word, number = self.word, lambda: f"9090{self._count % 1000:03d}09"
        name, mail, phone = word(), word(), number()
        parts = {n: word() for n in ("job_title", "nickname", "source", "note", "website", "external", "account")}
        city = word()
        values = dict(
            kind=kind,
            name=name,
            owner=self.trial.person(owner).id,
            emails=f"{mail}@example.com",
            phones=f"13{phone}",
            job_title=parts["job_title"],
            nickname=parts["nickname"],
            source=parts["source"],
            note=parts["note"],
            website=f"https://{parts['website']}.example.com",
            external_ids=f"erp:{parts['external']}",
            accounts=f"wechat:{parts['account']}",
            addresses=city,
            birthday=str(DAY),
        )
        record = self.trial.make("contacts", owner, **values)
        found = {
            "name": name,
            "emails": mail,
            "phones": phone,
            "external_ids": parts.pop("external"),
            "addresses": city,
        }
        found["accounts"] = parts.pop("account")
        found["birthday"] = str(DAY.year)
        self._keep("contacts", record.id, found | parts)
        made.setdefault(f"contacts:{kind}", {})[owner] = record.id
        if kind == "person":
            made.setdefault("contacts", {})[owner] = record.id

    def _across(self, made) -> None:
        """Each one's person works at the other one's firm, knows the other one's person, and is as likely the same."""
        other = dict(zip(OWNERS, reversed(OWNERS), strict=True))
        contacts = self.build.resources["contacts"]
        for owner in OWNERS:
            record = contacts.model.get_by_id(made["contacts"][owner])
            contacts.save(SYSTEM, record, {"organisation": made["contacts:organisation"][other[owner]]})

    def _make(self, made, resource, owner: str, whose: str) -> None:
        """A record of one owner that points to records of `whose`."""
        values, secrets = {**resource.sample, **self.samples.get(resource.name, {})}, {}
        for name in resource.fields:
            kind = resource.kinds[name]
            if name in values or isinstance(kind, fields.Several):
                continue
            if isinstance(kind, fields.Link):
                values[name] = self._linked(made, resource, name, owner, whose, values)
            else:
                values[name], secrets[name] = self._value(kind, name, resource)
                if values[name] is None and kind.required:
                    values[name] = _value(kind)
        if resource.owner:
            values[resource.owner] = self.trial.person(owner).id
        # Who points to what they may not see would know its name from having done so.
        person = self.trial.person(owner)
        linked = ((resource.links[n].rel_model, id) for n, id in values.items() if n in resource.links and id)
        sees = all(self.build.by_model[model].exists(person, id) for model, id in linked)
        wanted = dict(values)
        record, why = self._saved(resource, owner if sees else "ann", values)
        if record is None:
            # A second one of the same may be refused, or its module made some.
            if not resource.model.select().exists():
                self.unmade[resource.name] = why
            return
        made.setdefault(resource.name, {})[owner] = record.id
        self._keep(resource.name, record.id, {n: w for n, w in secrets.items() if w and values.get(n) == wanted[n]})

    def _linked(self, made, resource, name, owner, whose, values):
        link = resource.links[name]
        target = self.build.by_model[link.rel_model].name
        if target == "users":
            return self.trial.person(owner).id
        if target == resource.name:
            return None
        id = made.get(target, {}).get(whose)
        if id is None:  # none could be made, but its module came with some
            first = link.rel_model.select(link.rel_model.id).where(link.rel_model.deleted_batch.is_null()).first()
            return first and first.id
        # A second link to the same kind: the other one, or the same in both would be refused.
        twins = [n for n in values if n in resource.links and values[n] == id and n != name]
        if id is not None and any(resource.links[n].rel_model is link.rel_model for n in twins):
            id = made[target][next(o for o in OWNERS if o != whose)]
        return id

    def _saved(self, resource, maker, values):
        """The record, made without the fields that a rule of its own refuses; or None and why.

        What its maker may not make, such as what the program writes, the program makes.
        """
        by = maker if resource.can(self.trial.person(maker), "create") else SYSTEM
        for _ in range(5):
            try:
                with self.trial.acting(by):
                    given = {k: v for k, v in values.items() if v is not None}
                    return self.trial.make(resource.name, by, **given), ""
            except Invalid as error:
                wrong = [n for n in error.errors if values.get(n) is not None]
                if not wrong:
                    return None, str(error)
                for name in wrong:
                    kind = resource.kinds[name]
                    made_up = _value(kind) if kind.required else None
                    values[name] = made_up if made_up != values[name] else None
                why = str(error)
            except Problem as problem:
                if by is SYSTEM:
                    return None if resource.writable else self._written(resource, values), str(problem)
                by, why = SYSTEM, str(problem)
            except Exception as error:
                return None, f"{type(error).__name__}: {error}"
        return None, why

    def _written(self, resource, values):
        """A record that nobody makes by hand, such as a line of a log, as its module writes it along with others."""
        with self.trial.acting(SYSTEM), journal.transaction():
            record = resource.model()
            given = {n: v.id if hasattr(v, "_meta") else v for n, v in values.items() if v is not None}
            context = self.build.context(SYSTEM)
            given = {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in given.items()}
            resource.write([(record, given)], journal.open_batch(None, "create", "", resource.name))
            return record

    def _file(self, made, owner: str) -> None:
        """A file of a contact, with a word in its name and one in what it holds."""
        name, inside = self.word(), self.word()
        with self.trial.acting(owner):
            contacts = self.build.resources["contacts"]
            contact = contacts.find(g.user, made["contacts"][owner])
            file = attach(g.user, contacts, contact, f"{name}.txt", io.BytesIO(inside.encode()))
        self._keep("files", file.id, {"name": name, "content": inside})

    def _private(self, owner: str) -> None:
        """What a user has for themselves: a view, a notice, a token, a finished job."""
        user = self.trial.person(owner)
        view, notice, token, job = (self.word() for _ in range(4))
        View.keep(user, "contacts", view, "stage=lead", False)
        with db.atomic():
            Notice.create(user_id=user.id, kind="mention", message=notice, text=notice, url="/contacts/")
            jobs.Job.create(
                name="core.bulk", user_id=user.id, state="failed", error=job, finished_at=utcnow(), args={}, result={}
            )
        tokens.add(self.build, user, token, ["*"])
        for what, word in (("view", view), ("notice", notice), ("token", token), ("job", job)):
            self.secrets.append(Secret(word, "", 0, what, owner))

    def _given_away(self, owner: str) -> None:
        """A contact that somebody made, and does not see any more."""
        name, contacts = self.word(), self.build.resources["contacts"]
        record = self.trial.make("contacts", owner, name=name, owner=self.trial.person(owner).id)
        self.made_by.append(record.batch.id)
        self._away.append(record.id)
        with self.trial.acting("ann"):
            contacts.save(g.user, record, {"owner": g.user.id})
        self._keep("contacts", record.id, {"name": name})

    def others(self) -> dict[str, list]:
        """What stands behind addresses that are no record's: the address up to its parameter → values."""
        with self.trial.app.app_context():
            views = [id for (id,) in View.select(View.id).tuples()]
            found = {f"{resource.base}views/": views for resource in self.build.resources.values()}
            return found | {
                "/admin/modules/": self.build.names[:2],
                "/jobs/": [
                    id for (id,) in jobs.Job.select(jobs.Job.id).where(jobs.Job.user_id.is_null(False)).tuples()
                ],
                "/notices/": [id for (id,) in Notice.select(Notice.id).limit(6).tuples()],
                "/undo/": self.made_by,
                "/account/sessions/": [id for (id,) in Session.select(Session.id).limit(4).tuples()],
            }

    def _told(self, user: User, model, secret: Secret) -> bool:
        """Whether a record that the user sees says it of what it points to, as its Resource declares by `tells`."""
        links = [
            (resource, resource.links[name])
            for resource in self.build.resources.values()
            for name, told in resource.tells.items()
            if resource.links[name].rel_model is model and secret.field in told
        ]
        return any(resource.query(user).where(link == secret.id).exists() for resource, link in links)

    def _keep(self, resource: str, id: int, found: dict[str, str]) -> None:
        self.secrets += [Secret(word, resource, id, name) for name, word in found.items()]

    # Who may meet what

    def forbidden(self, reader: str | None) -> dict[str, Secret]:
        """Word → its secret, of the words that a reader must not meet."""
        if reader not in self._forbidden:
            with self.trial.app.app_context():
                user = self.trial.person(reader) if reader else None
                open_ = {s.word for s in self.secrets if user is not None and self._may(user, reader, s)}
            self._forbidden[reader] = {s.word: s for s in self.secrets if s.word not in open_}
        return self._forbidden[reader]

    def opened(self, reader: str | None, words: set[str]) -> set[str]:
        """Of these words those that the reader may meet as things stand now, such as after something was given them."""
        with self.trial.app.app_context():
            user = self.trial.person(reader) if reader else None
            return {s.word for s in self.secrets if s.word in words and user and self._may(user, reader, s)}

    def shows_all(self, secret: Secret) -> bool:
        """Whether a public page may say it."""
        return bool(secret.resource) and secret.field in self.build.resources[secret.resource].always_shown

    def _may(self, user: User, reader: str, secret: Secret) -> bool:
        if not secret.resource:
            return secret.owner == reader or (user.is_admin and secret.field in ("job", "token"))
        resource = self.build.resources[secret.resource]
        if secret.field in resource.hidden(user):
            return False
        if resource.exists(user, secret.id) or self._told(user, resource.model, secret):
            return True
        # What stands on the timeline of a contact is read by whoever sees the contact and has the permission.
        entries = self.build.resources["entries"]
        stands = entries.query(user).where(
            timeline.Entry.resource == secret.resource, timeline.Entry.record_id == secret.id
        )
        return any(secret.word in words_in(f"{e.title} {e.text}") for e in stands)


__all__ = ["READERS", "Secret", "World", "words_in"]
