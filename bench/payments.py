"""`python -m bench.payments`: ageing, balances and the values of grades beside the bare SQL of the same sums."""

import datetime as dt
import random
import statistics
import tempfile
from pathlib import Path

import click

from core.app import build_of, create_app, ensure_connected, migrate
from core.contacts import Contact
from core.db import db, utcnow
from core.staff import add_user
from core.users import SYSTEM
from plugins.grades.compute import sums
from plugins.payments.ledger import balances
from plugins.payments.models import Instalment, Payment
from plugins.payments.resources.receivables import ageing

from . import data
from .sales import rows_of, timed

CONTACTS, OWNERS = 5_000, 10


def fill(instalments: int, owners: list[int]) -> None:
    """Instalments due within a year around today, half of them paid; and as many payments as are paid."""
    rng, today, now = random.Random(7), utcnow().date(), utcnow()
    rows_of(Contact, lambda i: {"name": f"Contact {i}", "name_key": f"contact {i}"}, CONTACTS)
    contacts = [id for (id,) in Contact.select(Contact.id).tuples()]

    def money(name, minor, currency):
        return {name: minor, f"{name}_currency": currency}

    def instalment(i):
        amount, currency = rng.randint(1_000, 900_000), "CNY" if i % 10 else "USD"
        paid = amount if i % 2 else 0
        row = {
            "title": f"Part {i}",
            "contact": rng.choice(contacts),
            "owner": rng.choice(owners),
            "due": today + dt.timedelta(days=rng.randint(-200, 160)),
            "state": "paid" if paid else "open",
            "currency": currency,
            "created_at": now,
        }
        row |= money("amount", amount, currency) | money("paid", paid, currency)
        return row | money("waived", 0, currency) | money("open", amount - paid, currency)

    def payment(i):
        amount = rng.randint(1_000, 900_000)
        row = {"contact": rng.choice(contacts), "owner": rng.choice(owners), "token": f"t{i}"}
        row |= {"received_on": today - dt.timedelta(days=rng.randint(0, 700))}
        return row | money("amount", amount, "CNY") | money("free", 0, "CNY")

    rows_of(Instalment, instalment, instalments)
    rows_of(Payment, payment, instalments // 2)


def bare_ageing() -> None:
    """What is due by currency and age, by owner and by contact."""
    today = utcnow().date()
    edges = [today - dt.timedelta(days=days) for days in (0, 30, 60, 90)]
    bucket = "CASE " + " ".join(f"WHEN due >= '{day}' THEN {n}" for n, day in enumerate(edges)) + " ELSE 4 END"
    for column in ("owner_id", "contact_id"):
        db.execute_sql(
            f"SELECT {column}, amount_currency, {bucket}, SUM(open) FROM payments_instalment"
            " WHERE deleted_batch IS NULL AND state IN ('open', 'partly') GROUP BY 1, 2, 3"
        ).fetchall()


def bare_balance(contact: int) -> None:
    """What one contact has due."""
    db.execute_sql(
        "SELECT amount_currency, due, SUM(open) FROM payments_instalment WHERE deleted_batch IS NULL"
        f" AND contact_id = {contact} AND state IN ('open', 'partly') GROUP BY 1, 2"
    ).fetchall()


def bare_grades() -> None:
    """What every contact paid in a year."""
    start = utcnow().date() - dt.timedelta(days=365)
    db.execute_sql(
        f"SELECT contact_id, amount_currency, SUM(CASE WHEN received_on >= '{start}' THEN amount ELSE 0 END)"
        " FROM payments_payment WHERE deleted_batch IS NULL GROUP BY 1, 2"
    ).fetchall()


@click.command()
@click.option("--instalments", default=100_000, show_default=True)
@click.option("--rounds", default=9, show_default=True)
def main(instalments, rounds):
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        settings = data.settings_for(Path(name))
        (Path(name) / "plugins.toml").write_text('enabled = ["sales", "payments", "grades"]\n')
        ensure_connected(settings)
        migrate(build_of(settings))
        app = create_app(settings)
        with app.test_request_context():
            build = app.extensions["guanxi"]
            owners = [
                add_user(build, SYSTEM, f"Seller {n}", f"seller{n}@bench.example", "member", data.PASSWORD).id
                for n in range(OWNERS)
            ]
            fill(instalments, owners)
            db.execute_sql("ANALYZE")
            today, one = utcnow().date(), Contact.select(Contact.id).scalar()
            pairs = {
                f"ageing of {instalments:,} instalments by owner and customer": (
                    bare_ageing,
                    lambda: ageing(SYSTEM, today),
                ),
                "balance of one customer": (lambda: bare_balance(one), lambda: balances(build, SYSTEM, one, today)),
                f"values that grades go by, {instalments // 2:,} payments": (bare_grades, lambda: sums(build)),
            }
            click.echo("Median in one run, milliseconds.\n\n| | floor | Guanxi | ratio |\n|---|---|---|---|")
            for what, (floor, ours) in pairs.items():
                runs = [(timed(floor), timed(ours)) for _ in range(rounds)]
                bare, mine = (statistics.median(column) for column in zip(*runs, strict=True))
                click.echo(f"| {what} | {bare:.2f} | {mine:.2f} | {mine / bare:.2f} |")
        db.close()


if __name__ == "__main__":
    main()
