"""Backup and restore: one verified file, either engine to either engine, nothing overwritten by accident."""

import io
import json
import zipfile

import pytest

from core import backup as room
from core.app import build_of, create_app, ensure_connected, migrate, pending
from core.backup import BackupError, backup, restore, verify
from core.contacts import Contact
from core.db import db, is_postgres
from core.files import Attachment, attach
from core.settings import Settings
from core.staff import add_user
from core.storage import Storage, storage
from core.users import SYSTEM, User
from tests.real.client import guanxi

PAIRS = [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")]


@pytest.fixture
def place(tmp_path, request):
    """Settings of a new, migrated database: place("sqlite", "a"); PostgreSQL gives one database a test and schemas."""

    def make(engine, name, ready=True):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        url = f"sqlite:///{folder / 'guanxi.db'}"
        if engine == "postgres":
            import psycopg

            url = request.getfixturevalue("postgres_url")
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}"')
            url += ("&" if "?" in url else "?") + f"options=-csearch_path%3D{name}"
        (folder / "plugins.toml").write_text(f"# of {name}\nenabled = []\n")
        environ = {"GUANXI_DATABASE_URL": url, "GUANXI_PLUGINS": str(folder / "plugins.toml")}
        settings = Settings.from_env(environ, data=folder / "data")
        ensure_connected(settings)
        assert is_postgres() == (engine == "postgres")
        if ready:
            migrate(build_of(settings))
        return settings

    yield make
    db.close()


def fill(settings):
    """A small firm: an organisation and its person, a note, an attachment; one contact came and went for good."""
    app = create_app(settings)
    build = app.extensions["guanxi"]
    with app.app_context():
        user = add_user(build, SYSTEM, "Ada", "ada@example.com", "admin", "correct horse")
        contacts = build.resources["contacts"]
        for values in (
            {"name": "关系有限公司"},
            {"name": "张伟"},
            {"name": "Gone"},
        ):
            contacts.save(user, Contact(), values)
        gone = Contact.select().order_by(Contact.id.desc()).get()
        with db.atomic():
            from core import search

            search.remove("contacts", [gone.id])
            gone.delete_instance()
        attach(user, contacts, Contact.get(Contact.name == "张伟"), "合同.pdf", io.BytesIO(b"%PDF" * 1000))
    return gone.id


def dump():
    """All rows of all tables but the index, comparable between engines."""
    tables = [t for t in sorted(db.get_tables()) if not room.INDEX.fullmatch(t) and t[:7] != "sqlite_"]
    connection = db.connection()
    rows = {t: sorted(map(plain, map(json.loads, room.lines_of(connection, t))), key=str) for t in tables}
    return {t: r for t, r in rows.items() if r}


def plain(row):
    return {k: int(v) if isinstance(v, bool) else v for k, v in row.items()}


def found(settings, query):
    from core import search

    with create_app(settings).app_context():
        return [hit.title for hit in search.find(query, {"contacts": None})]


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-to-".join(p) for p in PAIRS])
def test_a_firm_moves(place, tmp_path, source, target):
    old = place(source, "old")
    gone = fill(old)
    before, by_pinyin = dump(), found(old, "zw")
    manifest = backup(old, tmp_path / "firm.zip")
    assert manifest["engine"] == source and manifest["tables"]["core_contact"] == 2
    assert (tmp_path / "firm.zip").stat().st_mode & 0o777 == 0o600
    new = place(target, "new", ready=target == "sqlite")
    restore(new, tmp_path / "firm.zip", echo=lambda text: None)
    assert dump() == before
    assert by_pinyin and found(new, "zw") == by_pinyin
    assert new.plugins_file.read_text() == "# of old\nenabled = []\n"
    assert pending(build_of(new)) == []
    app = create_app(new)
    with app.app_context():
        with Attachment.get().open() as file:
            assert file.read() == b"%PDF" * 1000
        contact = app.extensions["guanxi"].resources["contacts"].save(SYSTEM, Contact(), {"name": "New"})
    assert contact.id > gone  # a key is never given twice


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_data_is_not_overwritten_unless_forced_and_then_copied_first(place, tmp_path, engine):
    old = place(engine, "old")
    fill(old)
    backup(old, tmp_path / "firm.zip")
    new = place(engine, "new")
    fill(new)
    User.update(name="Only here").execute()
    before = dump()
    with pytest.raises(BackupError, match="--force"):
        restore(new, tmp_path / "firm.zip")
    assert dump() == before
    said = []
    restore(new, tmp_path / "firm.zip", force=True, echo=said.append)
    assert User.get().name == "Ada"
    [copy] = (new.data / "backups").glob("before-restore-*.zip")
    assert str(copy) in said[0]
    restore(new, copy, force=True, echo=said.append)
    assert User.get().name == "Only here" and dump() == before


def change(path, name, content):
    """Write the archive anew with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for n, data in (parts | {name: content}).items():
            archive.writestr(n, data)


def test_files_of_the_present_stay_and_a_storage_that_fails_changes_nothing(place, tmp_path, monkeypatch):
    old = place("sqlite", "old")
    fill(old)
    backup(old, tmp_path / "firm.zip")
    new = place("sqlite", "new")
    fill(new)
    before, files = dump(), set(storage(new).all())
    with monkeypatch.context() as patch:
        patch.setattr(Storage, "add", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(BackupError, match="No space left"):
            restore(new, tmp_path / "firm.zip", force=True, echo=lambda text: None)
    assert dump() == before
    restore(new, tmp_path / "firm.zip", force=True, echo=lambda text: None)
    assert files < set(storage(new).all()) and dump() != before


def test_a_damaged_backup_is_refused(place, tmp_path):
    settings = place("sqlite", "old")
    fill(settings)
    path = tmp_path / "firm.zip"
    backup(settings, path)
    good = path.read_bytes()
    before = dump()

    def refused(sentence):
        with pytest.raises(BackupError, match=sentence):
            restore(settings, path, force=True)
        assert dump() == before and not (settings.data / "backups").exists()

    for name, content, sentence in (
        ("plugins.toml", b"enabled = ['evil']", "plugins.toml is damaged"),
        ("files/../../out", b"x", "too many or too few"),
        ("manifest.json", b"[]", "not a backup"),
        ("manifest.json", b'{"format": 99, "guanxi": "9.0"}', "Guanxi 9.0"),
    ):
        path.write_bytes(good)
        change(path, name, content)
        refused(sentence)
    path.write_bytes(good[: len(good) // 2])
    refused("not a backup")
    path.unlink()
    refused("There is no file")


def test_a_path_that_leads_out_is_refused_even_with_a_right_sum(place, tmp_path):
    settings = place("sqlite", "old")
    path = tmp_path / "firm.zip"
    manifest = backup(settings, path)
    manifest["sha256"]["files/../../out"] = "0" * 64
    change(path, "files/../../out", b"x")
    change(path, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(BackupError, match="too many or too few"):
        verify(path)


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_a_backup_from_a_newer_program_is_refused(place, tmp_path, target):
    settings = place("sqlite", "old")
    db.execute_sql("INSERT INTO core_migration (name, applied) VALUES ('9999_future', '2030-01-01')")
    backup(settings, tmp_path / "firm.zip")
    new = place(target, "new")
    before = dump()
    with pytest.raises(BackupError, match="newer than this program: core 9999_future"):
        restore(new, tmp_path / "firm.zip")
    assert dump() == before


def test_an_existing_file_and_a_missing_folder_are_refused(place, tmp_path):
    settings = place("sqlite", "old")
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        backup(settings, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"
    with pytest.raises(BackupError, match="cannot be written"):
        backup(settings, tmp_path / "nowhere" / "firm.zip")


def test_a_table_of_a_module_that_is_not_installed_stops_a_move(place, tmp_path):
    settings = place("sqlite", "old")
    fill(settings)
    db.execute_sql("CREATE TABLE wine_bottle (id INTEGER PRIMARY KEY)")
    backup(settings, tmp_path / "firm.zip")
    new = place("postgres", "new", ready=False)
    with pytest.raises(BackupError, match="wine_bottle. Install its module first"):
        restore(new, tmp_path / "firm.zip")
    assert db.get_tables() == []
    again = place("sqlite", "again")
    restore(again, tmp_path / "firm.zip", echo=print)  # the same engine takes it as it is
    assert "wine_bottle" in db.get_tables()


def test_at_the_command_while_serving(tmp_path, serve):
    from tests.real.client import Client, add_admin

    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    add_admin(tmp_path)
    server = serve()
    ada = Client(server.url, "ada@example.com")
    done = guanxi(tmp_path, "backup", "firm.zip")
    assert done.returncode == 0 and "verified" in done.stdout, done.stderr
    assert guanxi(tmp_path, "user", "add", "bo@example.com", "--role", "member").returncode == 0
    done = guanxi(tmp_path, "restore", "firm.zip")
    assert done.returncode == 1 and "--force" in done.stderr
    done = guanxi(tmp_path, "restore", "firm.zip", "--force")
    assert done.returncode == 0 and "Restored" in done.stdout, done.stderr
    assert "bo@example.com" not in guanxi(tmp_path, "user", "list").stdout
    assert ada.get("/contacts/")[0] == 200 and "bo@example.com" not in ada.get("/admin/users/")[1]
    done = guanxi(tmp_path, "backup", "firm.zip")
    assert done.returncode == 1 and "exists already" in done.stderr


def test_nothing_to_back_up_is_said(tmp_path):
    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    done = guanxi(tmp_path, "backup", "firm.zip")
    assert done.returncode == 1 and "nothing to back up" in done.stderr and not (tmp_path / "firm.zip").exists()
