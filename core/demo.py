"""`guanxi demo`: a lifelike small firm in an empty database, the same for the same seed (but for the password).

All of it is one transaction: an interrupted demo leaves the tables empty.
"""

import datetime as dt
import os
import random
import secrets
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from . import demo_files, journal
from . import demo_words as words
from .contacts import Contact
from .custom.demo import OwnFields
from .db import chunks, utcnow
from .i18n import N_
from .notices import notify
from .points import Point, one_line
from .settings import ConfigError
from .staff import seed_roles
from .timeline import Entry, mentioned
from .users import SYSTEM, Role, User
from .words import sort_key

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
CHUNK = 1000


class DemoError(ConfigError):
    """The demo was refused or failed; nothing was written."""


@dataclass(frozen=True)
class SignIn:
    """One line of the printed table and of demo-sign-ins.txt."""

    role: str
    name: str
    email: str
    password: str


class Demo:
    """What a plugin's `demo_data(demo)` works with.

    `cast`: the five users, in the order admin, manager, member, member, read-only. `contacts`: all contacts;
    `named["zhang"]`: one with a story. `random`: seeded. `batch`: the journal's batch of the whole demo.
    """

    def __init__(self, build, contacts: int, seed: int):
        self.build, self.size, self.seed = build, contacts, seed
        self.random = random.Random(seed)
        self.now = utcnow()
        self.cast: list[User] = []
        self.contacts: list[Contact] = []
        self.named: dict[str, Contact] = {}
        self.batch: journal.Batch | None = None

    # For plugins

    def at(self, days: int, hour: int = 0, minute: int | None = None) -> dt.datetime:
        """An instant `days` from today in the firm's zone, in office hours unless `hour` says when."""
        hour = hour or self.random.randint(9, 17)
        minute = self.random.choice((0, 5, 10, 15, 20, 30, 40, 45, 50)) if minute is None else minute
        day = self.now.astimezone(ZONE).date() + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(hour, minute), ZONE).astimezone(dt.UTC)

    def due(self, days: int) -> dt.datetime:
        """The end of the working day `days` from today; an evening's demo has something left for today, too."""
        return self.at(days, 23 if days == 0 and self.now.astimezone(ZONE).hour > 16 else 18, 0)

    def past(self, days: int, hour: int = 0) -> dt.datetime:
        """As `at`, `days` ago, on a working day and before now."""
        day = self.now.astimezone(ZONE).date() - dt.timedelta(days=days)
        instant = self.at(-days - max(0, day.weekday() - 4), hour)
        return instant if instant < self.now else instant - dt.timedelta(days=1 if day.weekday() else 3)

    def write(self, model, rows: list[dict]) -> list:
        """Make records of these values in bulk; `created_at` among them dates a record back. In their order."""
        resource, made = self.build.by_model[model], []
        for chunk in chunks(rows, CHUNK):
            pairs = []
            for values in chunk:
                values, record = dict(values), model()
                if "created_at" in values:
                    record.created_at = values.pop("created_at")
                    record.updated_at = values.pop("updated_at", record.created_at)
                    record.__dict__["keep_dates"] = True
                pairs.append((record, values))
            resource.write(pairs, self.batch)
            made += [record for record, _ in pairs]
        return made

    # The firm and its people

    def firm(self, password: str) -> list[SignIn]:
        """Settings, teams, and the cast with one password."""
        firm = {"firm": words.FIRM, "currency": "CNY", "region": "CN", "timezone": ZONE.key}
        self.build.options("core").save(firm)
        roles = seed_roles()
        teams: dict[str, int] = {}
        team_model = self.build.resources["teams"].model
        for name, parent in words.TEAMS.items():
            (team,) = self.write(team_model, [{"name": name, "parent": teams.get(parent)}])
            teams[name] = team.id
        shared = User()
        shared.set_password(password)
        signs = []
        for role, name, email, language, team in words.CAST:
            values = {"name": name, "email": email, "role": roles[role].id, "team": teams[team]}
            (user,) = self.write(User, [values | {"language": language, "timezone": ZONE.key}])
            self.cast.append(user)
            signs.append(SignIn(role, name, email, password))
        User.update(password_hash=shared.password_hash).execute()
        self.cast = list(User.select(User, Role).join(Role).order_by(User.id))
        return signs

    # Contacts

    def people(self) -> None:
        """All contacts: the characters first, then firms, then people."""
        own = OwnFields(self, self.seed)
        characters = words.CHARACTERS[: self.size]
        rest = self.size - len(characters)
        firms = round(rest * 0.28)
        self._characters(characters, own)
        first_firms = self.write(Contact, [own.of(self._firm()) for _ in range(firms)])
        self.contacts += first_firms
        employers = [c for c in self.contacts if c.is_organisation]
        self.contacts += self.write(Contact, [own.of(self._person(employers)) for _ in range(rest - firms)])
        relations = [
            {"source": self.named[a].id, "kind": kind, "target": self.named[b].id, "note": note}
            for a, kind, b, note in words.RELATIONS
            if a in self.named and b in self.named
        ]
        self.write(self.build.resources["relationships"].model, relations)

    def _characters(self, rows, own) -> None:
        for row in rows:
            values = {k: row[k] for k in ("name", "gender", "website", "note", "stage") if k in row}
            values |= {"kind": row.get("kind", "person"), "language": row["lang"], "job_title": row.get("job", "")}
            values |= {"owner": self.cast[row["owner"]].id, "roles": [row["role"]], "tags": list(row.get("tags", ()))}
            if "org" in row:
                values["organisation"] = self.named[row["org"]].id
            if "birthday" in row:
                values["birthday"] = dt.date.fromisoformat(row["birthday"])
            employer = self.named.get(row.get("org", ""))
            values |= self._reach(values, employer, row["city"], row.get("phones", 1), row.get("wechat"))
            values["created_at"] = self.past(self.random.randint(210, 330))
            (self.named[row["key"]],) = self.write(Contact, [own.of(values)])
        self.contacts += self.named.values()

    def _firm(self) -> dict:
        pick, lang = self.random.choice, self._language()
        trade, role = pick(words.TRADES[lang])
        place = self.random.randrange(len(words.PLACES[lang]))
        word = pick(words.FIRM_WORDS[lang].split())
        if lang == "zh":
            city = words.PLACES["zh"][place][0].removesuffix("市") if self.random.random() < 0.6 else ""
            name = city + word + trade
        else:
            founder = f"& {pick(words.ENGLISH_FAMILY.split())} " if self.random.random() < 0.3 else ""
            name = f"{word} {founder}{trade}"
        values = self._common("organisation", name, lang, role)
        return values | self._reach(values, None, place, 1, None)

    def _person(self, employers) -> dict:
        rng = self.random
        lang = self._language()
        employer = rng.choice(employers) if employers and rng.random() < 0.7 else None
        if employer is not None and rng.random() < 0.85:
            lang = employer.language
        gender = rng.choice("fm")
        role = employer.roles[0] if employer is not None else rng.choices(("customer", "lead"), (55, 45))[0]
        values = self._common("person", self._name(lang, gender), lang, role) | {"gender": gender}
        if employer is not None:
            values |= {"organisation": employer.id, "job_title": rng.choice(words.JOBS[lang])}
            values |= {"owner": employer.owner_id, "stage": employer.stage}
        if rng.random() < 0.55:
            values["birthday"] = dt.date(rng.randint(1955, 2002), rng.randint(1, 12), rng.randint(1, 28))
        if employer is None and rng.random() < 0.12:
            values["tags"] = [*values["tags"], words.VIP]
        place = rng.randrange(len(words.PLACES[lang]))
        wechat = f"{_pinyin(values['name'])}_{rng.randint(10, 99)}" if lang == "zh" and rng.random() < 0.7 else None
        return values | self._reach(values, employer, place, 2 if rng.random() < 0.15 else 1, wechat)

    def _language(self) -> str:
        return self.random.choices(("zh", "en"), (70, 30))[0]

    def _name(self, lang: str, gender: str) -> str:
        pick = self.random.choice
        if lang == "en":
            return f"{pick(words.ENGLISH_GIVEN[gender].split())} {pick(words.ENGLISH_FAMILY.split())}"
        compound = self.random.random() < 0.02
        first, second = words.GIVEN[gender]
        given = pick(first) + pick(second) if self.random.random() < 0.8 else pick(second)
        return pick(words.COMPOUND_SURNAMES if compound else words.SURNAMES) + given

    _STAGES = {
        "customer": (("customer", "opportunity", "advocate", "lapsed"), (60, 18, 10, 12)),
        "lead": (("lead", "qualified", "opportunity"), (45, 35, 20)),
    }

    def _common(self, kind: str, name: str, lang: str, role: str) -> dict:
        rng = self.random
        if role == "customer" and kind == "organisation" and rng.random() < 0.3:
            role = "lead"
        stage = rng.choices(*self._STAGES[role])[0] if role in self._STAGES else ""
        owner = rng.choices((0, 1, 2, 3), (6, 14, 55, 25) if lang == "zh" else (6, 24, 20, 50))[0]
        tags = rng.sample(words.TAGS[role], rng.choices((0, 1, 2), (40, 45, 15))[0])
        return {
            "kind": kind,
            "name": name,
            "language": lang,
            "roles": [role],
            "stage": stage,
            "tags": tags,
            "owner": self.cast[owner].id,
            "source": rng.choice(words.SOURCES[lang]) if rng.random() < 0.7 else "",
            "channel": rng.choice(("wechat", "phone", "wechat", "visit") if lang == "zh" else ("email", "phone", "")),
            "created_at": self.past(rng.randint(15, 330)),
        }

    def _reach(self, values: dict, employer, place: int, phones: int, wechat: str | None) -> dict:
        """E-mail, phones, address and accounts: all of them numbers and domains that belong to nobody."""
        rng, lang = self.random, values["language"]
        city, region, postcode, streets = words.PLACES[lang][min(place, len(words.PLACES[lang]) - 1)]
        slug, firm = _pinyin(values["name"]), values["kind"] == "organisation"
        found: dict = {}
        if firm:
            found["emails"] = [Point(f"{'hello' if lang == 'en' else 'info'}@{slug}.example.com", "work")]
            found["phones"] = [Point(self._phone(city, landline=True), "work")]
        else:
            host = f"{_pinyin(employer.name)}.example.com" if employer is not None else rng.choice(words.HOSTS)
            found["emails"] = [Point(f"{slug}@{host}", "work" if employer is not None else "home")]
            found["phones"] = [Point(self._phone(city), "mobile")]
            if phones > 1:
                found["phones"].append(Point(self._phone(city, landline=True), "work"))
        if wechat:
            found["accounts"] = [Point(wechat, "wechat")]
        if firm or employer is None:
            number = rng.randint(1, 680)
            street = rng.choice(streets)
            parts = {
                "street": f"{street} {number} 号" if lang == "zh" else f"{number} {street}",
                "city": city,
                "region": region,
                "postcode": postcode,
                "country": words.COUNTRY.get(city, words.COUNTRY["zh"]),
            }
            parts = {k: v for k, v in parts.items() if v}
            found["addresses"] = [Point(one_line(parts), "work" if firm else "home", parts)]
        return found

    def _phone(self, city: str, landline: bool = False) -> str:
        n = self.random.randint
        if city == "London":
            return f"+44 20 7946 0{n(100, 999)}" if landline else f"+44 7700 900{n(100, 999)}"
        if city in ("Singapore", "Hong Kong"):
            return f"+65 6555 {n(1000, 9999)}" if city == "Singapore" else f"+852 2555 {n(1000, 9999)}"
        if landline:
            return f"{words.AREA_CODES.get(city, '021')}-5550 {n(1000, 9999)}"
        return f"1{self.random.choice(('35', '36', '38', '39', '50', '58', '86', '88'))} 0000 {n(1000, 9999)}"

    # What happened

    def history(self) -> None:
        """The timeline of everybody: months of it, oldest first, with next steps and pinned notes."""
        rows = self._told() + [row for contact in self.contacts[len(self.named) :] for row in self._story(contact)]
        rows.sort(key=lambda row: row["at"])
        self._next_steps(rows)
        self.write(Entry, [row | {"created_at": row["at"]} for row in rows])

    def _row(self, contact, at, kind, direction, outcome, minutes, text, author: int) -> dict:
        return {
            "contact": contact.id,
            "at": at,
            "kind": kind,
            "direction": direction,
            "outcome": outcome,
            "duration": minutes * 60 or None,
            "text": text,
            "author": author,
        }

    def _told(self) -> list[dict]:
        rows = []
        last: dict[str, dict] = {}
        for key, ago, kind, direction, outcome, minutes, text, author in words.EVENTS:
            if key in self.named:
                args = (kind, direction, outcome, minutes, text, self.cast[author].id)
                rows.append(self._row(self.named[key], self.past(ago), *args))
                last[key] = rows[-1]
        for key, days, what in words.STEPS:
            if key in last:
                last[key] |= {"next_at": self.due(days), "next_text": what, "next_user": self.named[key].owner_id}
        return rows

    def _story(self, contact) -> list[dict]:
        rng, lang = self.random, 0 if contact.language == "zh" else 1
        story = words.STORIES[contact.roles[0]]
        count = rng.randint(0, 3) if contact.is_organisation else rng.randint(1, len(story))
        reach = (self.now - contact.created_at).days
        ago = rng.randint(90, 300) if contact.stage == "lapsed" else int(rng.triangular(0, 75, 12))
        rows = []
        for kind, direction, outcome, minutes, *texts in reversed(story[:count]):
            ago = min(ago, max(reach, 1))
            filled = texts[lang].format(
                piece=rng.choice(words.PIECES[contact.language]),
                room=rng.choice(words.ROOMS[contact.language]),
                sum=f"¥{rng.randint(8, 260) * 1000:,}",
                weeks=rng.randint(3, 8),
            )
            filled = filled[0].upper() + filled[1:]
            author = contact.owner_id if rng.random() < 0.85 else rng.choice(self.cast[:4]).id
            rows.append(self._row(contact, self.past(ago), kind, direction, outcome, minutes, filled, author))
            ago += rng.randint(2, 16)
        if rows and rng.random() < 0.2:  # a next step of long ago, ticked off
            row = rows[-1]
            due = row["at"] + dt.timedelta(days=3)
            if due < self.now:
                row |= {"next_at": due, "next_text": rng.choice(words.NEXT_STEPS)[lang], "next_user": row["author"]}
                row["next_done_at"] = due + dt.timedelta(hours=2)
        if rng.random() < 0.06:
            note = rng.choice(words.PINNED)[lang]
            rows.append(self._row(contact, self.past(min(ago, reach)), "note", "", "", 0, note, contact.owner_id))
            rows[-1]["pinned"] = True
        return rows

    #: Days from now on which everybody of the cast who writes has a next step.
    _STEPS = (-6, -2, -1, 0, 0, 1, 2, 4, 7, 10, 14)

    def _next_steps(self, rows) -> None:
        """Hang next steps on each colleague's newest entries: overdue, today, soon."""
        newest: dict[int, dict] = {row["contact"]: row for row in rows}
        lang = {c.id: 0 if c.language == "zh" else 1 for c in self.contacts}
        owner = {c.id: c.owner_id for c in self.contacts}
        for user in self.cast[:4]:
            recent = self.at(-75)
            free = [
                row
                for row in newest.values()
                if owner[row["contact"]] == user.id and "next_at" not in row and recent < row["at"]
            ]
            for days, row in zip(self._STEPS, self.random.sample(free, min(len(free), len(self._STEPS))), strict=False):
                what = self.random.choice(words.NEXT_STEPS)[lang[row["contact"]]]
                row |= {"next_at": self.due(days), "next_text": what, "next_user": user.id}

    def notices(self) -> None:
        """Mentions of the last week are still unread."""
        contacts = self.build.resources["contacts"]
        for entry in Entry.select().where(Entry.text.contains("@"), Entry.at > self.now - dt.timedelta(days=7)):
            for user in mentioned(entry.text, self.cast):
                url = f"{contacts.url('page', entry.contact_id)}#entry-{entry.id}"
                message, who = N_("%(who)s mentioned you"), entry.author.name
                notify(self.build, [user], "mention", message, about=entry, url=url, text=entry.text[:200], who=who)


def _pinyin(name: str) -> str:
    """A name as the part of an address: 张伟 → zhangwei."""
    sound = sort_key(name).partition("\x01")[0].casefold()
    return "".join(c for c in sound if c.isascii() and c.isalnum())[:40] or "info"


def refuse_unless_empty() -> None:
    """Raises DemoError when anybody's data is here."""
    counts = {
        "users": User.select().count(),
        "contacts": Contact.select().count(),
        "timeline entries": Entry.select().count(),
    }
    if any(counts.values()):
        found = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
        raise DemoError(
            f"This database has data ({found}) and was left alone. Name an empty folder: GUANXI_DATA=demo guanxi demo"
        )


def fill(build, contacts: int = 240, seed: int = 2026) -> list[SignIn]:
    """Fill the empty database; the sign-ins, which are also in `<data>/demo-sign-ins.txt`. Raises DemoError."""
    refuse_unless_empty()
    path = build.settings.data / "demo-sign-ins.txt"
    password = "-".join([*secrets.SystemRandom().sample(words.PASSWORD, 2), str(secrets.randbelow(9000) + 1000)])
    demo = Demo(build, contacts, seed)
    kept = demo_files.keep(build)
    try:
        with journal.transaction():
            refuse_unless_empty()  # again, with the write lock: somebody may have been at the set-up page
            demo.batch = journal.open_batch(SYSTEM, "demo", N_("Made the demo firm"))
            signs = demo.firm(password)
            demo.people()
            demo.history()
            demo.notices()
            demo_files.fill(demo, kept)
            for implementation in build.hook.demo_data.get_hookimpls():
                _of_plugin(implementation, demo)
            # In the transaction, so that there is no demo without its password on disk.
            _keep(path, signs)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return signs


def _of_plugin(implementation, demo) -> None:
    try:
        implementation.function(demo)
    except Exception as error:
        raise DemoError(
            f"The module {implementation.plugin_name} could not make its part of the demo"
            f" ({type(error).__name__}: {error}). Nothing was written."
        ) from error


def _keep(path: Path, signs: list[SignIn]) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{s.role}\t{s.email}\t{s.password}\n" for s in signs)


__all__ = ["Demo", "DemoError", "SignIn", "fill"]
