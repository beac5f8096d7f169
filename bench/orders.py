"""`python -m bench.orders`: a long quote opened and saved, its PDF, and the prices of a thousand lines.

The pages are measured beside a bare Flask view with the page's own SQL and values; a save beside the bare statements
that write the same lines; prices beside the bare SQL that reads the rows they are chosen from.
"""

import json
import random
import re
import statistics
import tempfile
from pathlib import Path

import click

from core import SYSTEM, speaking
from core.contacts import Contact
from core.db import db
from plugins.catalogue.models import Price, PriceList, Product
from plugins.catalogue.pricing import prices_of
from plugins.orders import pdf
from plugins.orders.models import Quote, QuoteLine
from plugins.orders.paper import Paper

from . import data
from .load import Browser, Times, one_by_one
from .record import Recorder
from .sales import firm, rows_of, timed
from .server import running

PRODUCTS, PRICES = 5_000, 20_000


def fill(lines: int, owner: int) -> None:
    """A catalogue, ten price lists, and one quote with so many lines."""
    rng = random.Random(7)
    rows_of(Contact, lambda i: {"name": f"Contact {i}", "name_key": f"contact {i}"}, 100)

    def product(i):
        money = {"price": rng.randint(100, 99_999), "price_currency": "CNY"}
        return {"name": f"Product {i}", "name_key": f"product {i}", "sku": f"P-{i}", "sku_key": f"p-{i}", **money}

    rows_of(Product, product, PRODUCTS)
    ids = [id for (id,) in Product.select(Product.id).tuples()]
    grades = [("", False), ("", True), *((f"G{n}", False) for n in range(8))]
    rows_of(
        PriceList, lambda i: {"name": f"L{i}", "currency": "CNY", "grade": grades[i][0], "special": grades[i][1]}, 10
    )
    lists = [id for (id,) in PriceList.select(PriceList.id).tuples()]

    def price(i):
        where = {
            "price_list": lists[i % 10],
            "product": ids[i // 4 % PRODUCTS],
            "min_quantity": (1, 10, 50, 100)[i % 4],
        }
        return where | {"price": rng.randint(100, 99_999), "price_currency": "CNY"}

    rows_of(Price, price, PRICES)
    contact = Contact.select().first()
    head = {"title": "Large", "title_key": "large", "contact": contact.id, "owner": owner, "currency": "CNY"}
    rows_of(Quote, lambda i: head, 1)
    quote = Quote.get()

    def line(i):
        row = {"quote": quote.id, "place": i, "product": ids[i % PRODUCTS], "text": f"Product {i}", "quantity": 3}
        return row | {
            "price": 1000 + i,
            "price_currency": "CNY",
            "amount": 3000 + 3 * i,
            "amount_currency": "CNY",
            "tax": 13,
        }

    rows_of(QuoteLine, line, lines)


def opened(settings, folder: Path, count: int) -> dict[str, tuple[float, float, int]]:
    """Page and editor of the quote beside their floors: milliseconds of the floor, of ours, and queries."""
    recorder, id = Recorder(settings), Quote.get().id
    pages = {"page": f"/orders/quote/{id}", "editor": f"/orders/quote/{id}/write"}
    recorded = {name: [recorder.page(path)] for name, path in pages.items()}
    db.close()
    (folder / "recorded.json").write_text(json.dumps(recorded, ensure_ascii=False), "utf-8")
    found = {}
    with (
        running(folder, "core.cli", "serve", "--no-jobs") as app,
        running(folder, "bench.floor", str(folder / "recorded.json")) as floor,
    ):
        browser, other = Browser(app.port), Browser(floor.port)
        browser.sign_in(data.EMAIL, data.PASSWORD)
        for name, path in pages.items():
            ask = lambda browser, n, path=path: browser.ask("GET", path)  # noqa: E731
            bare = lambda browser, n, name=name: browser.ask("GET", f"/{name}/0")  # noqa: E731
            mine, theirs = Times(), Times()
            one_by_one(browser, ask, Times(), 5, 0)
            one_by_one(other, bare, Times(), 5, 0)
            for start in range(0, count, 2):
                one_by_one(browser, ask, mine, 2, start)
                one_by_one(other, bare, theirs, 2, start)
            found[name] = theirs.percentile(0.5), mine.percentile(0.5), len(recorded[name][0]["sql"])
    return found


def saved(app, rounds: int) -> tuple[float, float]:
    """The editor's form sent back with every quantity changed, beside the bare updates; medians of milliseconds."""
    client, id = app.test_client(), Quote.get().id
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/login", data={"email": data.EMAIL, "password": data.PASSWORD})
    path, ours, floor = f"/orders/quote/{id}/write", [], []
    for n in range(rounds):
        page = client.get(path).text.partition("<template")[0]
        form = dict(re.findall(r'name="(lines-[^"]+)" value="([^"]*)"', page))
        form |= {name: str(4 + n) for name in form if name.endswith("-quantity")}
        for name in ("known", "version", "title", "contact", "currency", "prices", "language"):
            if match := re.search(rf'name="{name}"[^>]*value="([^"]*)"', page):
                form[name] = match.group(1)
        answers = []
        ours.append(timed(lambda form=form, answers=answers: answers.append(client.post(path, data=form))))
        assert answers[0].status_code == 303, answers[0].status_code
        ids = [id for (id,) in QuoteLine.select(QuoteLine.id).tuples()]
        floor.append(timed(lambda ids=ids, n=n: _bare_save(ids, n)))
    return statistics.median(floor), statistics.median(ours)


def _bare_save(ids, n) -> None:
    """What a save cannot do without: each line written, and a row of the journal for each."""
    with db.atomic():
        for id in ids:
            sql = 'UPDATE orders_quote_line SET "quantity" = ?, "amount" = ?, "version" = "version" + 1 WHERE "id" = ?'
            db.execute_sql(sql, (4 + n, 1000, id))
            sql = (
                'INSERT INTO core_change ("batch_id", "op", "table", "first", "last", "data") VALUES (0, ?, ?, ?, ?, ?)'
            )
            db.execute_sql(sql, ("update", "bench", id, id, '{"quantity":["3","4"]}'))


def prices(rounds: int, lines: int) -> tuple[float, float]:
    """`prices_of` for so many lines beside the two statements that read the same rows."""
    products = list(Product.select().limit(lines))
    wanted = [(product, n % 120 + 1) for n, product in enumerate(products)]
    marks = ", ".join(str(p.id) for p in products)

    def bare():
        db.execute_sql("SELECT * FROM catalogue_price_list WHERE currency = 'CNY' AND active").fetchall()
        db.execute_sql(
            f"SELECT * FROM catalogue_price WHERE product_id IN ({marks}) AND price_list_id IN (1, 2, 3)"
        ).fetchall()

    floor = [timed(bare) for _ in range(rounds)]
    ours = [timed(lambda: prices_of(wanted, currency="CNY", grade="G0")) for _ in range(rounds)]
    return statistics.median(floor), statistics.median(ours)


@click.command()
@click.option("--lines", default=200, show_default=True)
@click.option("--priced", default=1_000, show_default=True)
@click.option("--rounds", default=9, show_default=True)
def main(lines, priced, rounds):
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        app, settings, owners = firm(Path(name), "orders")
        with app.app_context():
            fill(lines, owners[0])
            db.execute_sql("ANALYZE")
        with app.test_request_context():
            price_floor, price_ours = prices(rounds, priced)
            build = app.extensions["guanxi"]
            quote, heads = Quote.get(), build.by_model[Quote]
            with speaking("zh"):
                drawn = statistics.median(timed(lambda: pdf.render(Paper(heads, quote, SYSTEM))) for _ in range(rounds))
        save_floor, save_ours = saved(app, rounds)
        found = opened(settings, Path(name), rounds * 10)
    click.echo("Median in one run, milliseconds.\n")
    click.echo("| | floor | Guanxi | ratio |\n|---|---|---|---|")
    for what, (floor, ours, queries) in found.items():
        said = f"{what} of a quote with {lines} lines ({queries} queries)"
        click.echo(f"| {said} | {floor:.1f} | {ours:.1f} | {ours / floor:.2f} |")
    click.echo(
        f"| that quote saved, every line changed | {save_floor:.1f} | {save_ours:.1f} | {save_ours / save_floor:.2f} |"
    )
    click.echo(
        f"| prices of {priced:,} lines | {price_floor:.1f} | {price_ours:.1f} | {price_ours / price_floor:.2f} |"
    )
    click.echo(f"| its PDF | | {drawn:.0f} | |")


if __name__ == "__main__":
    main()
