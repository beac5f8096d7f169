"""A module for tests: a record with a field of every kind, and hooks that do what a test puts into `rules`."""

from types import SimpleNamespace

from wtforms import Form, IntegerField, PasswordField, StringField

from core import Card, Contact, Plugin, Record, Resource, User, WorkItem, action, fields, hookimpl, job

plugin = Plugin(name="things", title="Things", summary="Things with every kind of field.")

#: What the hooks do: a function each, or None. Set back before every test.
rules = SimpleNamespace()


def forget():
    vars(rules).clear()
    vars(rules).update(
        grant=None, limit=None, validate=None, changed=None, committed=None, panel=None, card=None, work=None, ran=[]
    )


forget()


class Thing(Record):
    title = fields.Text(label="Title", required=True, index=True)
    city = fields.Text(label="City", index=True)
    note = fields.LongText(label="Note")
    mail = fields.Email(label="Mail")
    phone = fields.Phone(label="Phone")
    site = fields.URL(label="Site")
    rank = fields.Integer(label="Rank", index=True)
    weight = fields.Number(label="Weight")
    price = fields.Money(label="Price", index=True)
    hot = fields.Bool(label="Hot")
    status = fields.Choice([("open", "On the market"), ("sold", "Sold")], label="Status", default="open")
    day = fields.Date(label="Day", index=True)
    at = fields.DateTime(label="At", index=True)
    contact = fields.Link(Contact, label="Contact", backref="things")
    owner = fields.Link(User, label="Owner")


class Things(Resource):
    model, nav, timeline, timeline_at, page_size = Thing, "Work", "contact", "at", 10
    columns = ("title", "city", "price", "status", "contact")
    more_columns = ("rank", "day", "at", "hot", "weight", "site", "note")
    fields = (
        *("title", "city", "note", "mail", "phone", "site", "rank", "weight"),
        *("price", "hot", "status", "day", "at", "contact", "owner"),
    )
    filters = ("title", "city", "status", "rank", "weight", "price", "hot", "day", "at", "contact", "owner")
    search = ("city",)

    @action("Mark as sold")
    def sell(self, user, record):
        self.save(user, record, {"status": "sold"})


class Settings(Form):
    greeting = StringField("Greeting", default="Hello")
    number = IntegerField("Number", default=3)
    key = PasswordField("Key")


@job("things.work")
def work(build, row, **args):
    rules.ran.append(args)
    if rules.work:
        return rules.work(build, row, **args)


@job("things.clock", every=60)
def clock(build, row):
    rules.ran.append("clock")


@hookimpl
def resources():
    return [Things]


@hookimpl
def jobs():
    return [work, clock]


@hookimpl
def settings_form():
    return Settings


@hookimpl
def grant_query(resource, user):
    return rules.grant(resource, user) if rules.grant else None


@hookimpl
def limit_query(resource, user):
    return rules.limit(resource, user) if rules.limit else None


@hookimpl
def validate_records(resource, records, user):
    return rules.validate(resource, records) if rules.validate else []


@hookimpl
def records_changed(resource, records, change):
    if rules.changed:
        rules.changed(resource, records, change)


@hookimpl
def committed(resource, ids, change):
    if rules.committed:
        rules.committed(resource, ids, change)


@hookimpl
def record_panels(resource, record):
    return rules.panel(record) if rules.panel else []


@hookimpl
def home_cards():
    return rules.card() if rules.card else []


__all__ = ["Card", "Thing", "Things", "WorkItem", "forget", "plugin", "rules"]
