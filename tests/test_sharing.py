"""One record shown to a colleague or a team beyond what their role's scope lets them see."""

from core.users import Share


def seen(firm, name, contact):
    return f'href="/contacts/{contact.id}"' in firm.client(name).get("/contacts/").get_data(as_text=True)


def test_a_shared_record_is_in_list_page_and_search(firm):
    contact = firm.contact(owner="bo")
    assert not seen(firm, "li", contact) and firm.client("li").get(f"/contacts/{contact.id}").status_code == 404
    answer = firm.client("bo").post(f"/contacts/{contact.id}/share", data={"who": f"user:{firm.li.id}"})
    assert answer.status_code == 303
    assert seen(firm, "li", contact) and firm.client("li").get(f"/contacts/{contact.id}").status_code == 200
    assert "Zhang Wei" in firm.client("li").get("/search?q=zhang").get_data(as_text=True)


def test_a_record_is_shared_with_a_team(firm):
    contact = firm.contact(owner="bo")
    firm.contacts.share(firm.bo, contact, team_id=firm.li.team_id)
    assert seen(firm, "li", contact)
    assert "Zhang Wei" in firm.client("li").get("/search?q=zhang").get_data(as_text=True)


def test_taking_back_ends_it_everywhere(firm):
    contact = firm.contact(owner="bo")
    firm.contacts.share(firm.bo, contact, user_id=firm.li.id)
    data = {"who": f"user:{firm.li.id}", "take_back": "1"}
    firm.client("bo").post(f"/contacts/{contact.id}/share", data=data)
    assert not seen(firm, "li", contact) and not Share.select().exists()
    assert f'href="/contacts/{contact.id}"' not in firm.client("li").get("/search?q=zhang").get_data(as_text=True)


def test_sharing_outlives_a_change_of_the_record(firm):
    contact = firm.contact(owner="bo")
    firm.contacts.share(firm.bo, contact, user_id=firm.li.id)
    firm.contacts.save(firm.bo, contact, {"name": "Wang Fang"})
    assert "Wang Fang" in firm.client("li").get("/search?q=wang").get_data(as_text=True)


def test_twice_is_once(firm):
    contact = firm.contact(owner="bo")
    for _ in range(2):
        firm.contacts.share(firm.bo, contact, user_id=firm.li.id)
    assert Share.select().count() == 1


def test_who_asks_for_access_gets_it_by_one_click_of_the_owner(firm):
    import re

    from core.notices import Notice

    contact = firm.contact(owner="bo", name="钱学森")
    li, bo = firm.client("li"), firm.client("bo")
    masked = li.get("/contacts/similar?name=钱学森").text
    assert "钱学森" not in masked and "Bo Member" in masked
    assert li.post(re.search(r"/contacts/ask/[\w.-]+", masked)[0]).status_code == 303
    page = bo.get("/notices").text
    form = re.search(r'<form method="post" action="(/contacts/\d+/share)">(.*?)</form>', page, re.S)
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    assert data["who"] == f"user:{firm.li.id}"
    assert bo.post(form[1], data=data).status_code == 303
    assert li.get(f"/contacts/{contact.id}").status_code == 200
    assert "shared 钱学森 with you" in li.get("/notices").text
    assert "/share" not in bo.get("/notices").text, "it is dealt with"
    assert Notice.select().where(Notice.kind == "access", Notice.read_at.is_null()).count() == 0


def test_who_may_not_edit_may_not_share(firm):
    contact = firm.contact(owner="bo")
    data = {"who": f"user:{firm.li.id}"}
    assert firm.client("ro").post(f"/contacts/{contact.id}/share", data=data).status_code == 403
    assert firm.client("li").post(f"/contacts/{contact.id}/share", data=data).status_code == 404


def test_nonsense_is_answered(firm):
    contact = firm.contact(owner="bo")
    for who in ("everybody", "user:", "user:²", "team:" + "9" * 5000):
        answer = firm.client("bo").post(f"/contacts/{contact.id}/share", data={"who": who})
        assert answer.status_code == 422, who[:9]


def test_an_old_value_is_restored_from_the_history(firm):
    from core.journal import Change

    contact = firm.contact(owner="bo", job_title="Buyer")
    firm.contacts.save(firm.bo, contact, {"job_title": "Director"})
    change = Change.select().where(Change.op == "update").get()
    data = {"change": change.id, "field": "job_title"}
    assert firm.client("bo").post(f"/contacts/{contact.id}/restore", data=data).status_code == 303
    assert firm.contacts.find(firm.bo, contact.id).job_title == "Buyer"
    assert firm.client("bo").post(f"/contacts/{contact.id}/restore", data=data | {"field": "stage"}).status_code == 404


def test_what_no_form_offers_is_not_restored_either(firm):
    """How far a record has come is changed by its verbs: a forged form must not take it back."""
    from core.contacts import Contact
    from core.journal import Change
    from core.users import Role

    contact = firm.contact(owner="bo", job_title="Buyer", stage="lead")
    firm.contacts.save(firm.ann, contact, {"job_title": "Director", "stage": "customer"})
    change = Change.select().where(Change.op == "update").get()
    Change.update(data=change.data | {"last_activity_at": [None, None]}).where(Change.id == change.id).execute()
    Role.update(field_rules={"contacts": {"stage": "locked", "job_title": "hidden"}}).where(
        Role.name == "member"
    ).execute()
    browser = firm.client("bo")
    for name in ("last_activity_at", "stage", "job_title", "nothing"):
        answer = browser.post(f"/contacts/{contact.id}/restore", data={"change": change.id, "field": name})
        assert answer.status_code == 404, name
    now = Contact.get_by_id(contact.id)
    assert (now.stage, now.job_title) == ("customer", "Director")
