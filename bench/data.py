"""A database of many contacts with a history, the same at every run: names in two languages, tags, owners, entries."""

import datetime as dt
import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import peewee

import core
from core import plugins, search
from core.app import build_of, create_app, ensure_connected, migrate
from core.contacts import STAGES, Contact
from core.db import Instant, db, insert_rows, is_postgres, renew_statistics
from core.journal import Batch, Change
from core.points import ContactPoint, ensure_tags, normal
from core.settings import Settings
from core.staff import add_user, seed_roles
from core.timeline import Entry
from core.users import SYSTEM, User
from core.words import sort_key

FOLDER = Path(__file__).parent / "data"
EMAIL, PASSWORD = "ada@bench.example", "bench-4-guanxi"
USERS = 10
CHUNK = 5_000
#: Contacts whose pages are measured; they have ten entries at every size, so that sizes can be compared.
SAMPLE = 20

# The most frequent surnames and syllables of given names; which ones does not matter.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚钟姜崔谭陆范"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力健俊帆雪宁丹妍琳浩宇轩梓涵欣怡博志远思雨嘉佳瑞晨阳"
)
FIRST = [
    "James",
    "Mary",
    "Robert",
    "Linda",
    "John",
    "Susan",
    "David",
    "Karen",
    "Paul",
    "Nancy",
    "Mark",
    "Laura",
    "Peter",
    "Emma",
    "Lucas",
    "Anna",
    "Felix",
    "Clara",
    "Hugo",
    "Sofia",
    "Oscar",
    "Ines",
    "Amir",
    "Leila",
    "Omar",
    "Nadia",
    "Ivan",
    "Olga",
    "Marco",
    "Giulia",
    "Jonas",
    "Freya",
    "Liam",
    "Chloe",
    "Noah",
    "Alice",
    "Ethan",
    "Grace",
    "Dylan",
    "Zoe",
]
LAST = [
    "Smith",
    "Johnson",
    "Brown",
    "Miller",
    "Davis",
    "Garcia",
    "Wilson",
    "Martin",
    "Thomas",
    "Moore",
    "Taylor",
    "Clark",
    "Lewis",
    "Walker",
    "Young",
    "King",
    "Wright",
    "Hill",
    "Green",
    "Baker",
    "Nelson",
    "Carter",
    "Turner",
    "Parker",
    "Collins",
    "Edwards",
    "Stewart",
    "Morris",
    "Rogers",
    "Reed",
    "Cook",
    "Morgan",
    "Bell",
    "Murphy",
    "Bailey",
    "Rivera",
    "Cooper",
    "Richardson",
    "Cox",
    "Howard",
    "Ward",
    "Torres",
    "Peterson",
    "Gray",
    "Ramirez",
    "Watson",
    "Brooks",
    "Kelly",
    "Sanders",
    "Price",
    "Bennett",
]
CITIES = [("上海", "Shanghai"), ("北京", "Beijing"), ("深圳", "Shenzhen"), ("杭州", "Hangzhou"), ("成都", "Chengdu")]
TRADES = [("科技", "Tech"), ("贸易", "Trading"), ("餐饮", "Foods"), ("地产", "Estates"), ("物流", "Logistics")]
TITLES = [("销售经理", "Sales Manager"), ("采购", "Buyer"), ("总经理", "Director"), ("会计", "Accountant"), ("", "")]
TAGS = ["VIP", "老客户", "Newsletter", "展会", "Reseller", "重点", "Prospect", "华东", "Wine", "年会", "Press", "黑五"]
KINDS = ["note", "call", "email", "meeting", "message"]
SAID = [
    "聊了报价，下周再联系。",
    "Asked for samples and a price list.",
    "合同已发，等对方盖章。",
    "Met at the fair; wants a visit in the spring, and somebody who speaks Chinese.",
    "电话没人接，留了言。",
    "Confirmed the delivery date, happy with the last order.",
]
START = dt.datetime(2025, 1, 1, 9)


def stamp() -> str:
    """What changes when a database built before would no longer be what this code builds."""
    house = Path(core.__file__).parent
    parts = [Path(__file__), house / "words.py", house / "search.py", *sorted((house / "migrations").glob("0*.py"))]
    return hashlib.blake2b(b"".join(p.read_bytes() for p in parts), digest_size=12).hexdigest()


def database(size: int, say=print) -> Path:
    """The SQLite database of `size` contacts, built when it is not there yet or of an older stamp."""
    folder = FOLDER / str(size)
    done, mark = folder / "stamp", stamp()
    if not (done.exists() and done.read_text("ascii") == mark):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        say(f"Building {size:,} contacts …")
        build(settings_for(folder), size)
        db.close()
        done.write_text(mark, "ascii")
    return folder / "guanxi.db"


def settings_for(folder: Path, url: str = "") -> Settings:
    """Settings of a data folder of ours, with Tasks on and nothing else."""
    file = folder / "plugins.toml"
    settings = Settings.from_env({"GUANXI_DATA": str(folder), "GUANXI_DATABASE_URL": url, "GUANXI_PLUGINS": str(file)})
    enabled = [name for name in ("tasks",) if name in plugins.discover(settings)]
    file.write_text(f"enabled = {json.dumps(enabled)}\n", "utf-8")
    return settings


def build(settings: Settings, size: int) -> None:
    """Fill an empty database, SQLite or PostgreSQL, in bulk and with indexes made last."""
    ensure_connected(settings)
    migrate(build_of(settings))
    app = create_app(settings)
    with app.app_context():
        seed_roles()
        add_user(app.extensions["guanxi"], SYSTEM, "Ada Bench", EMAIL, "admin", PASSWORD)
        for i in range(1, USERS):
            add_user(app.extensions["guanxi"], SYSTEM, f"Colleague {i}", f"c{i}@bench.example", "member", PASSWORD)
        owners = [id for (id,) in User.select(User.id).order_by(User.id).tuples()]
        indexes = _drop_indexes()
        if not is_postgres():
            # A build that ends early starts afresh, so nothing has to be kept safe meanwhile.
            db.execute_sql("PRAGMA journal_mode = off")
            db.execute_sql("PRAGMA synchronous = off")
        with db.atomic():
            _fill(size, owners)
            for statement in indexes:
                db.execute_sql(statement)
            if is_postgres():
                for model in (Contact, ContactPoint, Entry):
                    table = model._meta.table_name
                    db.execute_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}")
            else:
                db.execute_sql("INSERT INTO core_search_fts (core_search_fts) VALUES ('rebuild')")
        renew_statistics()  # as the hourly job does
        if not is_postgres():
            db.execute_sql("PRAGMA journal_mode = wal")


def _drop_indexes() -> list[str]:
    """Drop the plain indexes of the large tables; the statements that make them again."""
    tables = "('core_contact', 'core_contact_point', 'core_entry')"
    if is_postgres():
        rows = db.execute_sql(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {tables} AND indexname NOT LIKE '%%_pkey'"
        ).fetchall()
    else:
        rows = db.execute_sql(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN {tables} AND sql IS NOT NULL"
        ).fetchall()
    for name, _ in rows:
        db.execute_sql(f'DROP INDEX "{name}"')
    return [sql for _, sql in rows]


def entries_of(id: int, size: int) -> int:
    """How many entries a contact has: ten, at a million three; those whose pages are measured always have ten."""
    return 10 if size < 1_000_000 or id in sample(size) else 3


def sample(size: int, organisations: bool = False) -> list[int]:
    """The contacts whose pages are measured, spread over all; every fifth id is an organisation."""
    step = max(size // SAMPLE // 5 * 5, 5)
    return [i for i in (step * n + (0 if organisations else 2) for n in range(SAMPLE)) if 0 < i <= size]


def _row(model, **values) -> tuple:
    """A row of raw values with the model's defaults, in the order of its columns."""
    found = []
    for field in model._meta.sorted_fields:
        value = values.get(field.column_name, field.default() if callable(field.default) else field.default)
        found.append(field.db_value(value))
    return tuple(found)


def _fill(size: int, owners: list[int]) -> None:
    rng = random.Random(20250101)
    instant = Instant().db_value
    template = _row(Contact)
    place = {f.column_name: i for i, f in enumerate(Contact._meta.sorted_fields)}
    entry_template, entry_place = _row(Entry), {f.column_name: i for i, f in enumerate(Entry._meta.sorted_fields)}
    batch = Batch.create(kind="import", label="Imported %(what)s", resource="contacts", params={"what": size})
    Change.create(batch_id=batch.id, op="create", table="core_contact", first=1, last=size)
    Batch.update(count=size).where(Batch.id == batch.id).execute()
    ensure_tags(TAGS)
    measured = frozenset(sample(size))
    few = 10 if size < 1_000_000 else 3
    for ids in peewee.chunked(range(1, size + 1), CHUNK):
        contacts, points, entries, docs = [], [], [], []
        for id in ids:
            person = _contact(rng, id)
            owner, created = rng.choice(owners), START + dt.timedelta(minutes=id % 200_000)
            count = 10 if id in measured else few
            times = sorted(created + dt.timedelta(minutes=rng.randrange(200_000)) for _ in range(count))
            due = rng.random() < 0.05
            row = list(template)
            values = person["columns"] | dict(
                id=id,
                owner_id=owner,
                created_at=instant(created),
                updated_at=instant(created),
                last_activity_at=instant(times[-1]),
                next_step_at=instant(times[-1] + dt.timedelta(days=7)) if due else None,
            )
            for name, value in values.items():
                row[place[name]] = value
            contacts.append(tuple(row))
            points += _points(id, person)
            for i, at in enumerate(times):
                row = list(entry_template)
                step = due and i == count - 1
                for name, value in dict(
                    contact_id=id,
                    at=instant(at),
                    created_at=instant(at),
                    updated_at=instant(at),
                    kind=KINDS[(id + i) % 5],
                    author_id=owners[(id + i) % len(owners)],
                    text=SAID[(id + i) % len(SAID)],
                    next_at=instant(at + dt.timedelta(days=7)) if step else None,
                    next_text="再打电话" if step else "",
                    next_user_id=owner if step else None,
                ).items():
                    row[entry_place[name]] = value
                entries.append(tuple(row[1:]))
            docs.append(_doc(id, person, owner, created))
        insert_rows(Contact, [f.column_name for f in Contact._meta.sorted_fields], contacts)
        insert_rows(ContactPoint, ["contact_id", "kind", "label", "value", "normal", "position", "data"], points)
        insert_rows(Entry, [f.column_name for f in Entry._meta.sorted_fields][1:], entries)
        for some in peewee.chunked(docs, search.ROWS_A_STATEMENT):
            search._insert(list(some))


def _contact(rng: random.Random, id: int) -> dict:
    """A person, or with every fifth id an organisation: columns, e-mails, phones, tags, roles, address."""
    chinese = rng.random() < 0.6
    which = 0 if chinese else 1
    columns = {"stage": STAGES[rng.randrange(len(STAGES))][0], "language": "zh" if chinese else "en"}
    if id % 5 == 0:
        trade, city = rng.choice(TRADES)[which], rng.choice(CITIES)[which]
        word = "".join(rng.choices(GIVEN, k=2)) if chinese else f"{rng.choice(LAST)} {rng.choice(LAST)}"
        name = f"{city}{word}{trade}有限公司" if chinese else f"{word} {trade} Ltd"
        columns |= {"kind": "organisation", "website": f"https://www.firm{id}.example"}
    else:
        family = rng.choice(SURNAMES if chinese else LAST)
        given = "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2)))) if chinese else rng.choice(FIRST)
        name = family + given if chinese else f"{given} {family}"
        columns |= {"family_name": family, "given_name": given, "job_title": rng.choice(TITLES)[which]}
        if id > 10 and rng.random() < 0.6:
            columns["organisation_id"] = rng.randrange(1, id // 5 + 1) * 5
    columns |= {"name": name, "name_key": sort_key(name)}
    part = (sort_key(name).partition("\x01")[0].replace(" ", "."))[:24]
    phone = (
        f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
        if chinese
        else f"+1 {rng.randrange(201, 990)}-555-{id % 10_000:04d}"
    )
    return {
        "columns": columns,
        "emails": [f"{part}{id % 1000}@firm{id // 5 % 20_000}.example"] if rng.random() < 0.8 else [],
        "phones": [phone] if rng.random() < 0.9 else [],
        "tags": rng.sample(TAGS, rng.choice((0, 1, 1, 2))),
        "roles": [rng.choice(("customer", "lead", "supplier", "partner"))] if rng.random() < 0.5 else [],
        "city": rng.choice(CITIES)[which] if rng.random() < 0.3 else "",
    }


def _points(id: int, person: dict) -> Iterator[tuple]:
    for kind, label in (("email", "work"), ("phone", "mobile")):
        for i, value in enumerate(person[f"{kind}s"]):
            yield id, kind, label, value, normal(kind, value), i, "{}"
    for kind in ("tag", "role"):
        for i, value in enumerate(person[f"{kind}s"]):
            yield id, kind, "", value, value.casefold(), i, "{}"
    if city := person["city"]:
        yield id, "address", "work", city, city.casefold(), 0, json.dumps({"city": city}, ensure_ascii=False)


def _doc(id: int, person: dict, owner: int, created: dt.datetime) -> search.Doc:
    """The search row that `Contacts.doc` would make."""
    columns, title = person["columns"], person["columns"].get("job_title", "")
    words = search.index_words([t for t in (columns["name"], title) if t], person["phones"], person["emails"])
    subtitle = " · ".join(p for p in (title, *(person["emails"] or person["phones"])[:1]) if p)
    at = int(created.replace(tzinfo=dt.UTC).timestamp())
    return search.Doc("contacts", id, columns["name"], subtitle, words, f"o{owner}", at)
