"""`python -m bench.sales`: the board, the forecast and the learned score, each beside its floor.

The board is measured as every page is: beside a bare Flask view with the page's own SQL and values. Forecasts and score
are measured beside the bare SQL that computes the same sums and counts the same frequencies: by person over deals, by
product over deals and the lines of their quotes and orders.
"""

import json
import random
import statistics
import tempfile
import time
from pathlib import Path

import click
from rich.console import Console

from core.app import build_of, create_app, ensure_connected, migrate
from core.contacts import Contact
from core.db import db, insert_rows, utcnow
from core.staff import add_user
from core.users import SYSTEM
from plugins.catalogue.models import Product
from plugins.orders.models import Order, OrderLine, Quote, QuoteLine
from plugins.sales.models import Deal, Lead, Stage
from plugins.sales.models.deals import LAST
from plugins.sales.models.forecast import day_after, first_day
from plugins.sales.models.score import FEATURES, HAS
from plugins.sales.resources.forecast import forecast
from plugins.sales.resources.scores import learn_and_score
from plugins.sales.seed import first_rows

from . import data
from .load import Browser, Times, one_by_one
from .record import Recorder
from .report import report_sales
from .server import running

SOURCES = ("Referral", "Fair", "Website", "小红书", "门店", "")
PRODUCTS = 300
REGIONS = ("上海", "杭州", "苏州", "London", "")


def timed(function) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) * 1000


def rows_of(model, values, count: int) -> None:
    """Insert `count` rows of a table; `values(i)` gives what differs from its defaults."""
    blank = model()
    columns = {f.name: f for f in model._meta.sorted_fields if f.name != "id"}
    usual = {name: f.db_value(blank.__data__.get(name)) for name, f in columns.items()}
    rows = []
    for i in range(count):
        row = usual | {name: columns[name].db_value(value) for name, value in values(i).items()}
        rows.append(tuple(row.values()))
    with db.atomic():
        insert_rows(model, list(columns), rows)


def fill(deals: int, leads: int, owners: list[int]) -> None:
    """Contacts; deals, four of five open, that close within half a year; and leads, half of them with an outcome."""
    rng, stages = random.Random(7), list(Stage.select().order_by(Stage.place))
    rows_of(Contact, lambda i: {"name": f"Contact {i}", "name_key": f"contact {i}"}, 1_000)
    contacts = [id for (id,) in Contact.select(Contact.id).tuples()]
    now, today = utcnow(), utcnow().date()

    def deal(i):
        stage, amount = rng.choice(stages), rng.randint(1_000, 900_000) * 100
        close = today + data.dt.timedelta(days=rng.randint(-20, 160))
        status = "open" if i % 5 else "won"
        return {
            "title": f"Deal {i}",
            "title_key": f"deal {i}",
            "contact": rng.choice(contacts),
            "organisation": rng.choice(contacts),
            "pipeline": stage.pipeline_id,
            "stage": stage.id,
            "status": status,
            "amount": amount,
            "amount_currency": "CNY",
            "value": amount,
            "probability": stage.probability if i % 5 else 100,
            "forecast": stage.forecast,
            "expected_close": close,
            "place": close.toordinal() if i % 9 else LAST,
            "rank": -i,
            "owner": rng.choice(owners),
            "stage_since": now,
            "closed_at": None if i % 5 else now - data.dt.timedelta(days=rng.randint(0, 80)),
            "rots_at": now + data.dt.timedelta(days=rng.randint(-5, 20)),
        }

    def lead(i):
        return {
            "name": f"Lead {i}",
            "name_key": f"lead {i}",
            "source": rng.choice(SOURCES),
            "campaign": f"Campaign {rng.randint(1, 30)}",
            "region": rng.choice(REGIONS),
            "product": f"Product {rng.randint(1, 40)}",
            "email": "a@b.example" if rng.random() < 0.7 else "",
            "phone": "1" if rng.random() < 0.6 else "",
            "company": "C" if rng.random() < 0.4 else "",
            "state": ("new", "lost", "new", "converted")[i % 4],
            "outcome": ("", "lost", "", "won")[i % 4],
            "owner": rng.choice(owners),
        }

    rows_of(Deal, deal, deals)
    rows_of(Lead, lead, leads)


def bare_forecast() -> None:
    """The sums of this quarter, by owner, status and category."""
    start = first_day("quarter", utcnow().date())
    end = day_after("quarter", start)
    for where, column in (("status = 'won'", "closed_at"), ("status = 'open'", "expected_close")):
        db.execute_sql(
            "SELECT owner_id, status, forecast, SUM(COALESCE(value, 0)),"
            " SUM(COALESCE(value, 0) * COALESCE(probability, 0)),"
            f" COUNT(*) FROM sales_deal WHERE deleted_batch IS NULL AND {where} AND {column} >= '{start}'"
            f" AND {column} < '{end}' GROUP BY owner_id, status, forecast"
        ).fetchall()


def fill_lines(lines: int) -> None:
    """Products, a quote of each deal, an order of each one that is won, and lines: as many as asked for in all."""
    rng = random.Random(11)
    rows_of(Product, lambda i: {"name": f"Product {i}", "name_key": f"product {i}"}, PRODUCTS)
    products = [id for (id,) in Product.select(Product.id).tuples()]
    deals = list(Deal.select(Deal.id, Deal.contact, Deal.owner, Deal.status).tuples())
    each = max(1, lines // len(deals))
    for document, line, link in ((Quote, QuoteLine, "quote"), (Order, OrderLine, "order")):
        mine = [deal for deal in deals if (deal[3] == "won") == (document is Order)]

        def head(i, mine=mine, document=document):
            deal, contact, owner, _status = mine[i]
            total = each * 1_000_00
            values = {"title": f"D {i}", "title_key": f"d {i}", "contact": contact, "deal": deal, "owner": owner}
            values |= {"currency": "CNY", "secret": f"{document.__name__}{i}", "value": total}
            values |= {"net": total, "total": total, "status": "confirmed" if document is Order else "sent"}
            return values | {"net_currency": "CNY", "total_currency": "CNY"}

        rows_of(document, head, len(mine))
        ids = [id for (id,) in document.select(document.id).order_by(document.id).tuples()]

        def row(i, ids=ids, link=link):
            values = {link: ids[i // each], "place": i % each, "product": rng.choice(products), "text": "Line"}
            values |= {"quantity": 10, "price": 100_00, "amount": 1_000_00}
            return values | {"price_currency": "CNY", "amount_currency": "CNY"}

        rows_of(line, row, len(mine) * each)


def bare_by_product() -> None:
    """The sums of this quarter's deals by product, status and category: of each one's newest order, or newest quote."""
    start = first_day("quarter", utcnow().date())
    end = day_after("quarter", start)
    newest = "(SELECT MAX(id) FROM orders_{what} WHERE deal_id = d.id AND status <> '{gone}' AND deleted_batch IS NULL)"
    ordered = " AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.deal_id = d.id AND o.status <> 'cancelled')"
    for what, gone, more in (("order", "cancelled", ""), ("quote", "replaced", ordered)):
        part = "l.amount * 1.0 * (100 - COALESCE(h.discount, 0)) / 100 / h.net * d.value"
        db.execute_sql(
            f"SELECT l.product_id, d.status, d.forecast, SUM({part}), SUM({part} * d.probability) FROM sales_deal d"
            f" JOIN orders_{what} h ON h.id = {newest.format(what=what, gone=gone)}"
            f" JOIN orders_{what}_line l ON l.{what}_id = h.id AND l.deleted_batch IS NULL"
            " WHERE d.deleted_batch IS NULL"
            f" AND (d.status = 'won' AND d.closed_at >= '{start}' AND d.closed_at < '{end}'"
            f" OR d.status = 'open' AND d.expected_close >= '{start}' AND d.expected_close < '{end}'){more}"
            " GROUP BY 1, 2, 3"
        ).fetchall()
    bare_forecast()


def bare_score() -> None:
    """The frequencies of every feature's values among won and lost leads."""
    for name in FEATURES:
        column = f"CASE WHEN {name} <> '' THEN 'yes' ELSE 'no' END" if name in HAS else name
        db.execute_sql(
            f"SELECT {column}, outcome, COUNT(*) FROM sales_lead WHERE outcome IN ('won', 'lost')"
            " AND deleted_batch IS NULL GROUP BY 1, 2"
        ).fetchall()


def by_product(app, rounds: int) -> tuple[float, float]:
    """The forecast by product beside the bare SQL: medians of milliseconds."""
    start = first_day("quarter", utcnow().date())
    with app.test_request_context():
        ask = lambda: forecast(SYSTEM, "quarter", start, by="product")  # noqa: E731
        pairs = [(timed(bare_by_product), timed(ask)) for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*pairs, strict=True))


def sums(app, owners, rounds: int) -> list[tuple[str, float, float]]:
    """Forecast and score beside the bare SQL: name, floor, ours; medians of milliseconds."""
    start = first_day("quarter", utcnow().date())

    def rescored():
        with db.atomic():
            Lead.update(score=None).execute()
        return timed(learn_and_score)

    with app.app_context():
        pairs = [(timed(bare_forecast), timed(lambda: forecast(SYSTEM, "quarter", start))) for _ in range(rounds)]
        scores = [(timed(bare_score), rescored()) for _ in range(max(3, rounds // 3))]
    found = []
    for name, runs in (("forecast", pairs), ("learn and score", scores)):
        floor, ours = (statistics.median(column) for column in zip(*runs, strict=True))
        found.append((name, floor, ours))
    return found


def board(settings, folder: Path, count: int, page: str) -> tuple[float, float, int]:
    """The board at an address beside its floor: milliseconds of the floor, of ours, and the number of queries."""
    recorder = Recorder(settings)
    recorded = {"board": [recorder.page(page)]}
    db.close()
    (folder / "recorded.json").write_text(json.dumps(recorded, ensure_ascii=False), "utf-8")
    with (
        running(folder, "core.cli", "serve", "--no-jobs") as app,
        running(folder, "bench.floor", str(folder / "recorded.json")) as floor,
    ):
        browser, other = Browser(app.port), Browser(floor.port)
        browser.sign_in(data.EMAIL, data.PASSWORD)
        ask = lambda browser, n: browser.ask("GET", page)  # noqa: E731
        bare = lambda browser, n: browser.ask("GET", "/board/0")  # noqa: E731
        mine, theirs = Times(), Times()
        one_by_one(browser, ask, Times(), 10, 0)
        one_by_one(other, bare, Times(), 10, 0)
        for start in range(0, count, 2):
            one_by_one(browser, ask, mine, 2, start)
            one_by_one(other, bare, theirs, 2, start)
    return theirs.percentile(0.5), mine.percentile(0.5), len(recorded["board"][0]["sql"])


def firm(folder: Path, *modules: str) -> tuple:
    """A firm with Sales and these modules on and ten people, in a database of its own: app, settings, people's ids."""
    settings = data.settings_for(folder)
    (folder / "plugins.toml").write_text(f"enabled = {json.dumps(['tasks', 'sales', *modules])}\n")
    ensure_connected(settings)
    migrate(build_of(settings))
    app = create_app(settings)
    with app.app_context():
        build, owners = app.extensions["guanxi"], []
        for n in range(10):
            email = data.EMAIL if n == 0 else f"seller{n}@bench.example"
            role = "admin" if n == 0 else "member"
            owners.append(add_user(build, SYSTEM, f"Seller {n}", email, role, data.PASSWORD).id)
        first_rows()
    return app, settings, owners


def measure(say, board_deals=5_000, deals=200_000, lines=1_000_000, leads=100_000, rounds=9) -> list[dict]:
    """`[{"what", "floor", "ours", "times_floor", "target"}]`: medians in milliseconds, in one run."""
    found = []

    def add(what, floor, ours, target):
        times = round(ours / floor, 2)
        found.append({"what": what, "floor": floor, "ours": ours, "times_floor": times, "target": target})

    with tempfile.TemporaryDirectory() as name:
        say(f"{board_deals:,} deals on a board")
        app, settings, owners = firm(Path(name))
        with app.app_context():
            fill(board_deals * 5 // 4, 0, owners)
        for sort, said in (("close", ""), ("hand", ", by hand")):
            floor, ours, queries = board(settings, Path(name), rounds * 10, f"/sales/?sort={sort}")
            add(f"board of {board_deals:,} open deals{said}, {queries} queries", floor, ours, 4)
    with tempfile.TemporaryDirectory() as name:
        say(f"forecast of {deals:,} deals, score of {leads:,} leads")
        app, settings, owners = firm(Path(name))
        with app.app_context():
            fill(deals, leads, owners)
            db.execute_sql("ANALYZE")
        for what, floor, ours in sums(app, owners, rounds):
            add(f"{what}, {f'{deals:,} deals' if what == 'forecast' else f'{leads:,} leads'}", floor, ours, 10)
        db.close()
    with tempfile.TemporaryDirectory() as name:
        say(f"forecast by product of {lines:,} lines")
        app, settings, owners = firm(Path(name), "orders")
        with app.app_context():
            fill(deals, 0, owners)
            fill_lines(lines)
            db.execute_sql("ANALYZE")
        add(f"forecast by product, {deals:,} deals and {lines:,} lines", *by_product(app, rounds), 10)
        db.close()
    return found


#: For a first look.
QUICK = {"deals": 20_000, "lines": 100_000, "leads": 10_000, "rounds": 3}


@click.command()
@click.option("--quick", is_flag=True, help="Fewer deals, leads and rounds.")
def main(quick):
    """Measure and print the table."""
    console = Console(stderr=True)
    with console.status("") as status:
        found = measure(status.update, **(QUICK if quick else {}))
    report_sales(found, Console())


if __name__ == "__main__":
    main()
