"""Real estate: properties for sale, and the viewings that contacts book."""
from core import Contact, Plugin, Record, Resource, action, fields, hookimpl

plugin = Plugin(name="realestate", title="Real estate", summary="Properties and viewings.")

class Property(Record):
    title = fields.Text()
    city = fields.Text(index=True)
    price = fields.Money()
    status = fields.Choice([("open", "On the market"), ("sold", "Sold")], default="open")

class Viewing(Record):
    property = fields.Link(Property, backref="viewings")
    contact = fields.Link(Contact, backref="viewings")
    starts_at = fields.DateTime(label="When")

class Properties(Resource):
    model, nav, filters, search = Property, "Sales", ("status", "city"), ("title", "city")
    columns = ("title", "city", "price", "status")

    @action("Mark as sold")
    def sell(self, user, record):
        self.save(user, record, {"status": "sold"})

class Viewings(Resource):
    model, nav, timeline, timeline_at = Viewing, "Sales", "contact", "starts_at"
    columns = ("property", "contact", "starts_at")

@hookimpl
def resources():
    return [Properties, Viewings]
