"""Headers, CSRF, redirects, and escaping of every free text."""

import re
from html.parser import HTMLParser

import pytest

from core import timeline
from core.options import Setting
from core.points import Point
from core.users import SYSTEM
from tests.support import HX, PASSWORD

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "/\r\nSet-Cookie: a=b",
)


class Inline(HTMLParser):
    """Collects scripts, styles and handlers that stand in a page itself."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        bad = [n for n in names if n == "style" or n.startswith(("on", "hx-on"))]
        hrefs = [v for n, v in attrs if n in ("href", "src", "action") and (v or "").strip().startswith("javascript:")]
        if bad or hrefs or tag == "style" or (tag == "script" and "src" not in names):
            self.found.append((tag, bad, hrefs))


def inline(page):
    parser = Inline()
    parser.feed(page)
    return parser.found


def test_every_answer_has_its_headers(firm):
    browser, stranger = firm.client("ann"), firm.app.test_client()
    for client, url in (
        *((browser, u) for u in ("/", "/contacts/", "/nowhere", "/admin/modules", "/contacts/pick")),
        *((stranger, u) for u in ("/login", "/contacts/", "/welcome/x", "/static/guanxi/guanxi.css", "/healthz")),
    ):
        headers = client.get(url).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get("/contacts/").headers["Cache-Control"] == "no-store"


def test_pages_have_no_inline_script_or_style(firm):
    contact = firm.contact(name=EVIL)
    timeline.log(firm.build, firm.ann, contact, "note", EVIL)
    browser = firm.client("ann")
    for url in (
        "/",
        "/contacts/",
        f"/contacts/{contact.id}",
        "/contacts/new",
        "/admin/",
        "/account",
        "/help",
        "/search?q=x",
    ):
        page = browser.get(url).text
        assert inline(page) == [], url


def test_every_free_text_is_escaped(thingy):
    browser, things = thingy.client("ann"), thingy.things_thing
    contact = thingy.contact(
        "ann",
        name=EVIL,
        job_title=EVIL,
        note=EVIL,
        source=EVIL,
        nickname=EVIL,
        tags=[EVIL[:60]],
        emails=[Point("a@x.example", EVIL[:40])],
        phones=[Point(f"12345 {EVIL}", EVIL[:40])],
        addresses=[Point(EVIL, EVIL[:40], {"street": EVIL, "city": EVIL})],
        accounts=[Point("https://x.example/" + EVIL.replace(" ", ""), "web"), Point(EVIL, EVIL[:40])],
        external_ids=[Point(EVIL, EVIL[:40])],
        website="https://x.example/" + EVIL.replace(" ", ""),
    )
    other = thingy.contact("ann", name=f"Other {EVIL}", kind="organisation")
    thingy.contacts.save(SYSTEM, contact, {"organisation": other.id})
    thingy.relationships.save(
        SYSTEM,
        thingy.relationships.new(SYSTEM),
        {"source": contact.id, "kind": "friend", "target": other.id, "note": EVIL},
    )
    things.save(SYSTEM, things.new(SYSTEM), {"title": EVIL, "note": EVIL, "city": EVIL, "contact": contact.id})
    entry = timeline.log(
        thingy.build,
        thingy.ann,
        contact,
        "note",
        f"{EVIL} https://x.example/{EVIL}",
        title=EVIL,
        next_at=timeline.utcnow(),
        next_text=EVIL,
    )
    browser.post("/contacts/views", data={"name": EVIL, "query": "stage=lead", "shared": "1"})
    browser.post("/account", data={"name": EVIL, "timezone": "UTC"})
    thingy.client("mei").post(f"/contacts/{contact.id}/timeline", data={"kind": "note", "text": f"@ann {EVIL}"})
    browser.post("/admin/firm", data={"firm": EVIL, "currency": "CNY", "region": "CN", "timezone": "UTC"})
    assert Setting.get(Setting.key == "firm").value == EVIL
    columns = "&cols=" + ",".join(thingy.contacts.columns + thingy.contacts.more_columns)
    batch = contact.batch.id
    pages = (
        *("/", "/contacts/", f"/contacts/?q=script{columns}", f"/contacts/{contact.id}", f"/contacts/{other.id}"),
        *(f"/contacts/{contact.id}/edit", f"/contacts/{contact.id}/history", f"/contacts/{contact.id}/field/note"),
        *(
            f"/contacts/{contact.id}/field/tags?edit=1",
            "/notices",
            "/timeline/",
            f"/timeline/{entry.id}",
            "/search?q=script",
        ),
        *(f"/timeline/{entry.id}/form", "/admin/journal", f"/admin/journal/{batch}", f"/undo/{batch}", "/admin/users/"),
        *("/things/thing/", "/things/thing/1", "/things/thing/1/edit", "/account", "/admin/firm", "/admin/modules"),
        *("/contacts/?tags=%3Cscript%3Ealert(1)%3C/script%3E&stage=%3Cscript%3Ealert(1)%3C/script%3E",),
        *(
            "/contacts/similar?name=%3Cscript%3E&emails-0-value=a@x.example",
            "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        ),
        "/%3Cscript%3Ealert(1)%3C/script%3E",
    )
    shown = 0
    for url in pages:
        answer = browser.get(url)
        assert answer.status_code in (200, 404), url
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text and ">49" not in answer.text, url
        assert inline(answer.text) == [], url
        shown += "&lt;script&gt;" in answer.text
    assert shown > 15, "the texts must have been there to be escaped"
    for url in (f"/contacts/{contact.id}/timeline", "/search?q=script", "/contacts/"):
        assert "<script>alert" not in browser.get(url, headers=HX).text


def test_json_for_the_palette_is_not_html(firm):
    firm.contact(name=EVIL)
    answer = firm.client("ann").get("/contacts/pick?q=script")
    assert answer.json and answer.content_type == "application/json"


@pytest.fixture
def guarded(firm):
    firm.app.config["WTF_CSRF_ENABLED"] = True
    yield firm
    firm.app.config["WTF_CSRF_ENABLED"] = False


def token(client, url="/login"):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"|name="csrf-token" content="([^"]+)"', client.get(url).text)


def test_no_post_without_a_token(guarded):
    contact, browser = guarded.contact(), guarded.client("ann")
    for url in (
        *(
            "/contacts/new",
            f"/contacts/{contact.id}/edit",
            f"/contacts/{contact.id}/delete",
            "/contacts/bulk",
            "/logout",
        ),
        *(
            f"/contacts/{contact.id}/timeline",
            "/account",
            "/account/password",
            "/admin/firm",
            "/admin/modules/x/switch",
        ),
        *(f"/undo/{contact.batch.id}", "/language/zh", "/contacts/views", "/notices/read"),
    ):
        answer = browser.post(url, data={"name": "x"})
        assert answer.status_code == 400 and "stale" in answer.text, url
    answer = browser.post("/contacts/new", data={"name": "x"}, headers=HX)
    assert answer.status_code in (200, 400) and "reload" in answer.text
    stranger = guarded.app.test_client()
    assert stranger.post("/login", data={"email": "ann@firm.example", "password": PASSWORD}).status_code == 400
    assert guarded.contacts.exists(guarded.ann, contact.id)


def test_a_post_with_its_token_goes_through(guarded):
    client = guarded.app.test_client()
    found = token(client)
    data = {"email": "ann@firm.example", "password": PASSWORD, "csrf_token": found.group(1) or found.group(2)}
    assert client.post("/login", data=data).status_code == 302
    stale = client.post("/contacts/new", data={"name": "A", "csrf_token": data["csrf_token"]})
    assert stale.status_code == 400, "a token from before the sign-in is worth nothing"
    found = token(client, "/contacts/new")
    made = client.post("/contacts/new", data={"name": "A", "csrf_token": found.group(1) or found.group(2)})
    assert made.status_code == 303


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_redirect_leads_elsewhere(firm, where):
    contact, browser, stranger = firm.contact("ann"), firm.client("ann"), firm.app.test_client()
    door = stranger.post("/login", data={"email": "ann@firm.example", "password": PASSWORD, "next": where})
    answers = [
        door,
        browser.post("/language/en", data={"next": where}),
        browser.post(f"/contacts/{contact.id}/edit", data={"name": "x", "next": where}),
        browser.post("/contacts/columns", data={"column": "stage", "back": where}),
        browser.post(
            "/contacts/bulk", data={"act": "set", "field": "stage", "value": "lead", "id": contact.id, "back": where}
        ),
        browser.post(f"/undo/{contact.batch.id}", data={"next": where}),
    ]
    for answer in answers:
        assert answer.status_code in (302, 303), answer.request.path
        assert re.fullmatch(r"/(?![/\\])[^\s\\]*", answer.location), (answer.request.path, answer.location)


def test_strangers_are_sent_to_the_door_from_everywhere(thingy):
    stranger = thingy.app.test_client()
    open_doors = {
        "auth.login",
        "auth.logout",
        "auth.setup",
        "auth.welcome",
        "auth.language",
        "home.healthz",
        "static",
        "static_plugin",
    }
    checked = 0
    for rule in thingy.app.url_map.iter_rules():
        if rule.endpoint in open_doors or rule.endpoint.startswith("api."):
            continue
        values = dict.fromkeys(rule.arguments, "1")
        url = rule.rule
        for name in values:
            url = re.sub(rf"<([a-z]+(\(.*?\))?:)?{name}>", "1", url)
        for method in rule.methods & {"GET", "POST"}:
            answer = stranger.open(url, method=method)
            assert answer.status_code == 302 and answer.location.startswith("/login"), (method, url, answer.status_code)
            checked += 1
    assert checked > 60
    assert stranger.get("/nowhere").location.startswith("/login")
    part = stranger.get("/contacts/", headers=HX)
    assert part.status_code == 204 and part.headers["HX-Redirect"].startswith("/login")


def test_files_outside_the_static_folder_are_not_served(firm):
    client = firm.client("ann")
    for path in (
        "/static/../core/app.py",
        "/static/%2e%2e/pyproject.toml",
        "/static/-/core/app.py",
        "/static/guanxi/../../wsgi.py",
    ):
        assert client.get(path).status_code == 404, path
    for name in ("../secret_key", "..%2fsecret_key", "%2e%2e%2fguanxi.db", "x.zip"):
        assert client.get(f"/admin/modules/exports/{name}").status_code == 404, name
