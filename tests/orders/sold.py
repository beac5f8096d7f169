"""What tests of reports and forecasts begin with: orders of products, as of some days ago."""

import datetime as dt
from zoneinfo import ZoneInfo

from core.db import utcnow
from plugins.orders.models import Order
from plugins.sales.resources.reports import Span

#: As the firm's people have it: the reports' days are theirs.
TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
#: The last month and tomorrow.
SPAN = Span(TODAY - dt.timedelta(days=30), TODAY + dt.timedelta(days=1))


def order(desk, *lines, by="bo", ago=0, **values):
    """A confirmed order: lines are (product or text, quantity, price) or a dict of values."""
    values = {"title": "Kitchen", "contact": values.pop("contact", None) or desk.contact("Lin", owner="Bo")} | values
    made = desk.make("orders_order", by, **values)
    for place, line in enumerate(lines):
        desk.make("orders_order_line", by, order=made, place=place, **_values(line, made.currency))
    made = desk.confirm(desk.again(made), by)
    if ago:
        Order.update(confirmed_at=utcnow() - dt.timedelta(days=ago)).where(Order.id == made.id).execute()
    return desk.again(made)


def _values(line, currency) -> dict:
    if isinstance(line, dict):
        return line
    what, quantity, price = line
    values = {"quantity": str(quantity), "price": f"{price} {currency}"}
    return values | ({"text": what} if isinstance(what, str) else {"product": what, "text": what.name})


def rows(desk, name, who="ann", span=SPAN):
    """The table of a report, as a file has it, without its last row of sums; and that row."""
    with desk.acting(who):
        reports = desk.build.hook.sales_reports()
        (mine,) = [found[name] for found in reports if name in found]
        made = mine.make(desk.person(who), span)
    return made.table[: len(made.rows)], [cell.value for cell in made.total], made
