"""Consents, holds, certificates, exports and rules on screens, and who may decide."""

import calendar
import datetime as dt
import re

from core import N_, Contact, Problem, Resource, action, fields, fold, resource_of

from . import plugin
from .certificates import sealed
from .models import Channel, Consent, Erasure, Export, Hold, Purpose, Rule, Run
from .retention import too_wide

_ = plugin.gettext

#: What a retention rule looks at.
CONDITIONS = ("place", "stage", "role", "months", "settled")
#: How far a clock may be ahead of ours.
SLACK = dt.timedelta(minutes=5)


def may_decide(user) -> bool:
    """Whether a user may export, erase and keep the data of people: administrators, and roles that are given it."""
    return user.is_admin or bool(user.role.grants.get("privacy_erasure"))


class Decided(Resource):
    """What only those see and write who decide over people's data: a role must be given it by name."""

    def can(self, user, verb):
        return super().can(user, verb) and (user.is_admin or self.name in user.role.grants)


class ByContact(Resource):
    """What the search box of its list finds by the contact."""

    def matching(self, user, text):
        contacts = resource_of(Contact)
        found = contacts.query(user, Contact.id).where(Contact.id << contacts.matching(user, text))
        return self.model.select(self.model.id).where(self.model.contact << found)


class Settled(Resource):
    """What everybody may read and administrators write, since it decides for all."""

    def can(self, user, verb):
        return super().can(user, verb) and (verb == "view" or user.is_admin)


class Written(Decided):
    """What only the program writes, and no undo takes back: what was done to people's data was done."""

    writable, lasting = False, True

    def back(self, kind, current, old, new):
        return self.KEEP


class Channels(Settled):
    """Ways to reach somebody."""

    model, label, plural, icon, hue = Channel, N_("Channel"), N_("Channels"), "send", "teal"
    searched = False
    columns = ("name", "code", "asks", "months", "active")
    order = "id"

    def validate(self, user, record, values):
        code = values.get("code", record.code) or _code(values.get("name", record.name) or "")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code):
            return {"code": Problem(N_("Give a code of small letters, digits and _, such as telegram."), plugin.name)}
        others = Channel.select().where(
            Channel.code == code, Channel.id != (record.id or 0), Channel.deleted_batch.is_null()
        )
        if others.exists():
            return {"code": Problem(N_("Another channel has the code “%(code)s”."), plugin.name, code=code)}
        if record.id and record.code and code != record.code:
            return {"code": Problem(N_("Other modules know this channel by its code: it stays."), plugin.name)}
        months = values.get("months", record.months)
        if months is not None and not 1 <= months <= 240:
            return {"months": Problem(N_("Give a number of months from 1 to 240, or nothing."), plugin.name)}
        values["code"] = code
        return {}

    def delete(self, user, records, **kwargs):
        used = Consent.select(Consent.channel).where(Consent.channel << [r.id for r in records])
        if used.exists():
            raise Problem(N_("People said something about this channel. Switch it off instead."), plugin.name)
        return super().delete(user, records, **kwargs)


def _code(name: str) -> str:
    return re.sub(r"\W+", "_", fold(name), flags=re.ASCII).strip("_")[:40]


class Purposes(Settled):
    """What messages are for."""

    model, label, plural, icon, hue = Purpose, N_("Purpose"), N_("Purposes"), "target", "teal"
    searched = False
    columns = ("name", "active")
    order = "id"

    def delete(self, user, records, **kwargs):
        if Consent.select().where(Consent.purpose << [r.id for r in records]).exists():
            raise Problem(N_("People said something about this purpose. Switch it off instead."), plugin.name)
        return super().delete(user, records, **kwargs)


class Consents(ByContact):
    """What contacts said, newest first. A new consent supersedes the one before, which stays as it is."""

    model, nav, nav_order, icon, hue = Consent, "Customers", 70, "mail-check", "teal"
    label, plural = N_("Consent"), N_("Consents")
    columns = ("contact", "channel", "purpose", "source", "given_at", "recorded_by", "state")
    more_columns = ("expires_at", "current", "proof")
    fields = ("contact", "channel", "purpose", "state", "source", "given_at", "expires_at", "proof")
    filters = ("state", "channel", "purpose", "source", "current", "given_at", "contact")
    timeline, timeline_at, calendar_at = "contact", "given_at", None
    order = "-given_at"
    searched = False  # found through their contacts
    lasting = True
    presets = (
        (N_("Holding now"), "current=1"),
        (N_("Granted"), "current=1&state=granted"),
        (N_("Withdrawn"), "state=withdrawn"),
    )

    def new(self, user, **values):
        consent = super().new(user, **values)
        consent.recorded_by_id, consent.given_at = user.id, consent.given_at or fields.utcnow()
        return consent

    def validate(self, user, record, values):
        errors = {}
        given, until = values.get("given_at", record.given_at), values.get("expires_at", record.expires_at)
        if given and given > fields.utcnow() + SLACK:
            errors["given_at"] = Problem(
                N_("Nobody can have said it in the future. Give the day when it was said."), plugin.name
            )
        if given and until and until <= given:
            errors["expires_at"] = Problem(N_("It cannot run out before it was given."), plugin.name)
        return errors

    def record(
        self, user, contact, channel: str, state: str, source: str, proof: str = "", purpose: str = ""
    ) -> Consent:
        """For other modules: keep what a contact said, such as by a link to unsubscribe. Raises Problem, Forbidden.

        They find this Resource by its name, `build.resources.get("privacy_consent")`, and need not know this module.
        """
        context = self.build.context(user)
        values = {"contact": contact.id, "state": state, "source": source, "proof": proof}
        values["channel"] = self.kinds["channel"].parse(channel, context)
        values["purpose"] = self.kinds["purpose"].parse(purpose, context)
        return self.save(user, self.new(user), values)

    def write(self, pairs, batch, user=None):
        fresh = [(record, values) for record, values in pairs if record.id is None]
        for record, values in fresh:
            self._complete(record, values)
        changed = super().write(pairs, batch, user)
        if fresh:
            self._supersede([record for record, _ in fresh], batch, user)
        return changed

    def _complete(self, record, values) -> None:
        """Consent that lasts so many months on its channel runs out by itself."""
        if values.get("given_at", record.given_at) is None:
            values["given_at"] = fields.utcnow()
        state, until = values.get("state", record.state), values.get("expires_at", record.expires_at)
        if state != "granted" or until is not None:
            return
        channel = Channel.get_or_none(Channel.id == values.get("channel", record.channel_id))
        if channel is not None and channel.months:
            values["expires_at"] = _months_later(values.get("given_at", record.given_at), channel.months)

    def _supersede(self, fresh, batch, user) -> None:
        """Of each contact, channel and purpose the newest one holds."""
        contacts = {c.contact_id for c in fresh}
        keys = {(c.contact_id, c.channel_id, c.purpose_id) for c in fresh}
        query = Consent.select().where(
            Consent.contact << list(contacts), Consent.current, Consent.deleted_batch.is_null()
        )
        groups: dict[tuple, list[Consent]] = {}
        for consent in query.order_by(Consent.given_at, Consent.id):
            key = (consent.contact_id, consent.channel_id, consent.purpose_id)
            if key in keys:
                groups.setdefault(key, []).append(consent)
        older = [c for group in groups.values() for c in group[:-1]]
        super().write([(c, {"current": False}) for c in older], batch, user)

    def entry_text(self, record):
        self.load_links([record], ("channel", "purpose"))
        return str(record), record.proof


def _months_later(instant: dt.datetime, months: int) -> dt.datetime:
    years, month = divmod(instant.month - 1 + months, 12)
    year, month = instant.year + years, month + 1
    return instant.replace(year=year, month=month, day=min(instant.day, calendar.monthrange(year, month)[1]))


class Holds(Decided, ByContact):
    """Contacts that must be kept."""

    model, label, plural, icon, hue = Hold, N_("Hold"), N_("Holds"), "lock", "orange"
    columns = ("contact", "reason", "until", "created_at")
    fields = ("contact", "reason", "until")
    filters = ("until", "contact")
    follows = "contact"
    searched = False


class Erasures(Written):
    """Certificates: what was erased, when, by whom and why."""

    model, label, plural, icon, hue = Erasure, N_("Erasure"), N_("Erasures"), "eraser", "red"
    columns = ("number", "mode", "reason", "state", "by", "done_at")
    fields = ("number", "mode", "reason", "state", "by", "done_at", "problem")
    filters = ("mode", "reason", "state", "done_at")
    page_template = "privacy/certificate.html"
    searched = False

    def genuine(self, record) -> bool:
        """Whether a certificate says what it said when it was sealed."""
        return sealed(self.build, record)


class Exports(Written, ByContact):
    """Files with all that is known of somebody."""

    model, label, plural, icon, hue = (
        Export,
        N_("Export of a person's data"),
        N_("Exports of people's data"),
        "package-export",
        "blue",
    )
    columns = ("contact", "state", "by", "created_at", "until", "size")
    filters = ("state", "until", "contact")
    follows = "contact"
    order = "-until"
    searched = False
    anonymous = False  # a file with everything in it


class Rules(Decided):
    """How long contacts are kept."""

    model, label, plural, icon, hue = Rule, N_("Retention rule"), N_("Retention rules"), "calendar-x", "orange"
    columns = ("name", "place", "stage", "role", "months", "settled", "act", "active")
    fields = ("name", "place", "stage", "role", "months", "settled", "act")
    filters = ("active",)
    order = "id"

    def validate(self, user, record, values):
        def value(name):
            return values.get(name, getattr(record, name))

        months = value("months")
        if months is not None and not 1 <= months <= 600:
            return {"months": Problem(N_("Give a number of months from 1 to 600."), plugin.name)}
        if value("place") == "trash" and value("act") == "trash":
            return {
                "act": Problem(
                    N_("These contacts are in the trash already. Choose what is to become of them."), plugin.name
                )
            }
        if value("place") == "trash" and not months:
            return {
                "months": Problem(N_("Say for how many months a contact must have been in the trash."), plugin.name)
            }
        if not (value("stage") or value("role") or months):
            problem = N_(
                "This rule would match every contact. Narrow it by a stage, a role or the months without activity."
            )
            return {"months": Problem(problem, plugin.name)}
        draft = Rule(**{name: value(name) for name in CONDITIONS})
        if problem := too_wide(draft):
            return {"months": problem}
        return {}

    def write(self, pairs, batch, user=None):
        """A rule in use whose conditions change must be looked at, and switched on, again."""
        if batch.kind != "undo":
            for record, values in pairs:
                now = {name: getattr(record, name) for name in (*CONDITIONS, "act")}
                if record.active and any(values.get(name, old) != old for name, old in now.items()):
                    values["active"] = False
        return super().write(pairs, batch, user)

    @action(
        N_("Switch on"),
        icon="player-play",
        order=10,
        when=lambda rule: not rule.active,
        confirm=N_("Follow this rule every day from now on?"),
    )
    def switch_on(self, user, record):
        self.demand(user, "edit")
        self.save(user, record, {"active": True}, label=N_("Switched on the rule %(name)s"), name=str(record))
        return _("The rule is followed every day from now on.")

    @action(N_("Switch off"), icon="player-pause", order=10, when=lambda rule: rule.active)
    def switch_off(self, user, record):
        self.demand(user, "edit")
        self.save(user, record, {"active": False}, label=N_("Switched off the rule %(name)s"), name=str(record))
        return _("The rule rests.")


class Runs(Written):
    """What rules did."""

    model, label, plural, icon, hue = Run, N_("Run of a rule"), N_("Runs of rules"), "history", "gray"
    columns = ("rule", "at", "act", "done", "held", "failed", "note")
    filters = ("rule", "at")
    order = "-at"
    searched = False
