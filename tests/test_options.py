"""Settings made in the browser: kept as rows, secrets encrypted, what plugins.toml pins is fixed."""

from dataclasses import replace

from core.build import Build
from core.options import Options, Setting


def page(firm, who="ann", **data):
    browser = firm.client(who)
    return browser.post("/admin/modules/things", data=data) if data else browser.get("/admin/modules/things")


def test_settings_have_the_forms_defaults_until_saved(thingy):
    options = thingy.build.options("things")
    assert (options["greeting"], options["number"]) == ("Hello", 3)
    options.save({"greeting": "Hi", "number": 7})
    assert (options["greeting"], options["number"]) == ("Hi", 7)


def test_a_secret_is_encrypted_never_shown_and_kept_when_left_empty(thingy):
    assert page(thingy, greeting="Hi", number="5", key="s3cret-key").status_code == 303
    row = Setting.get(Setting.key == "key")
    assert row.secret and "s3cret" not in str(row.value)
    options = thingy.build.options("things")
    assert options["key"] == "s3cret-key"
    assert "s3cret" not in page(thingy).text
    page(thingy, greeting="Hello again", number="5", key="")
    assert (options["key"], options["greeting"]) == ("s3cret-key", "Hello again")


def test_a_secret_under_another_secret_key_is_empty_not_a_crash(thingy):
    options = thingy.build.options("things")
    options.save({"key": "s3cret-key"})
    other = Build(replace(thingy.build.settings, secret_key="another"), thingy.build.loaded, thingy.build.manager)
    assert Options(other, "things", options.form)["key"] == ""


def test_a_wrong_value_is_said_and_nothing_is_saved(thingy):
    assert page(thingy, greeting="Hi", number="many").status_code == 422
    assert thingy.build.options("things")["greeting"] == "Hello"
    assert page(thingy, "mei", greeting="Hi", number="1").status_code == 403


def test_what_the_file_pins_wins_and_stays(thingy):
    file = thingy.engine.settings.plugins_file
    before = file.read_text()
    file.write_text('enabled = []\n[settings.things]\ngreeting = "Pinned"\n')
    try:
        build = Build(thingy.build.settings, thingy.build.loaded, thingy.build.manager)
        options = build.options("things")
        options.save({"greeting": "Browser", "number": 9})
        assert (options["greeting"], options["number"]) == ("Pinned", 9)
        assert not Setting.select().where(Setting.key == "greeting").exists()
    finally:
        file.write_text(before)


def test_the_firms_name_and_currency_count_at_once(thingy):
    data = {"firm": "海川", "currency": "USD", "region": "US", "timezone": "America/New_York"}
    assert thingy.client("ann").post("/admin/firm", data=data).status_code == 303
    assert "海川" in thingy.client("bo").get("/").text
    assert thingy.build.context(thingy.bo).currency == "USD"
    assert thingy.things_thing.kinds["price"].parse("5", thingy.build.context(thingy.bo)).currency == "USD"
    assert thingy.client("ann").post("/admin/firm", data=data | {"currency": "XXL"}).status_code == 422
