"""Attachments in Python: on any record, in versions, through the record's own door, undone and never lost."""

import datetime as dt
import io
import os
import time

import pytest

from core import attach, attachments_of, journal
from core.errors import Forbidden, NotFound
from core.files import Attachment, Revision, erase, tidy
from core.i18n import Problem
from core.intake import keep
from core.merge import merge
from core.options import Setting
from core.search import find
from core.storage import Storage, TooLarge, storage
from core.timeline import Entry
from core.undo import undo
from core.users import SYSTEM

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)


def put(firm, who, record, name="合同.pdf", content=PDF, **options):
    resource = firm.build.by_model[type(record)]
    user = getattr(firm, who) if isinstance(who, str) else who
    return attach(user, resource, record, name, io.BytesIO(content), **options)


def names(firm, who, record):
    found = attachments_of(getattr(firm, who), firm.build.by_model[type(record)], [record])
    return [file.name for file in found[record.id]]


def read(file):
    with file.open() as stream:
        return stream.read()


def told(contact):
    entries = Entry.select().where(Entry.contact == contact.id, Entry.kind == "files", Entry.deleted_batch.is_null())
    return [entry.title for entry in entries.order_by(Entry.id)]


def stored(firm):
    return set(storage(firm.build.settings).all())


def setting(firm, **values):
    for key, value in values.items():
        Setting.insert(plugin="core", key=key, value=value).execute()
    firm.build.forget_firm()


def test_a_file_comes_out_as_it_went_in(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact, category="contract")
    assert (file.name, file.kind, file.content_type, file.size) == ("合同.pdf", "pdf", "application/pdf", len(PDF))
    assert (file.author_id, file.category, file.revision) == (firm.bo.id, "contract", 1)
    assert read(Attachment.get_by_id(file.id)) == PDF
    put(firm, "bo", contact, "photo.png", PNG)
    assert names(firm, "bo", contact) == ["photo.png", "合同.pdf"]


def test_files_are_read_for_many_records_in_one_query(firm):
    from core.trial import queries

    people = [firm.contact(name=f"P{n}") for n in range(4)]
    for person in people[:3]:
        put(firm, "bo", person)
    user, resource = firm.bo, firm.contacts
    with queries() as seen:
        found = attachments_of(user, resource, people)
    assert [len(found[p.id]) for p in people] == [1, 1, 1, 0] and len(seen) == 1


def test_it_is_on_the_timeline_of_the_contact_and_undo_takes_it_away(firm):
    contact = firm.contact()
    batch = put(firm, "bo", contact).batch
    put(firm, "bo", contact, "a.png", PNG, batch=batch)
    assert told(contact) == ["合同.pdf, a.png"]
    assert "合同.pdf" in batch.title
    [file] = firm.files.query(firm.bo).where(Attachment.name == "a.png")
    gone = firm.files.delete(firm.bo, [file])
    assert told(contact) == ["合同.pdf"]
    undo(firm.build, firm.bo, gone)
    assert told(contact) == ["合同.pdf, a.png"]
    _, left = undo(firm.build, firm.bo, batch)
    assert names(firm, "bo", contact) == [] and told(contact) == [] and left == []
    assert len(stored(firm) & {r.key for r in Revision.select()}) == 2  # an undo can be undone


def test_a_file_of_another_record_stands_on_its_contact_for_those_who_may_see_it(thingy):
    contact = thingy.contact()
    things = thingy.things_thing
    thing = things.save(thingy.bo, things.new(thingy.bo), {"title": "Table", "contact": contact.id})
    put(thingy, "bo", thing, "drawing.png", PNG)
    [entry] = Entry.select().where(Entry.kind == "files")
    assert (entry.contact_id, entry.permission, entry.text) == (contact.id, "things_thing.view", "Table")


def test_files_that_one_batch_brings_to_two_contacts_are_told_on_each(firm):
    one, two = firm.contact(name="One"), firm.contact(name="Two")
    batch = put(firm, "bo", one, "a.pdf").batch
    put(firm, "bo", two, "b.pdf", batch=batch)
    assert told(one) == ["a.pdf"] and told(two) == ["b.pdf"]


def test_mail_brings_files_that_the_timeline_does_not_tell_of_twice(firm):
    contact = firm.contact()
    put(firm, SYSTEM, contact, tell=False)
    assert told(contact) == [] and names(firm, "bo", contact) == ["合同.pdf"]


# Versions


def test_the_same_name_again_is_a_new_version_and_the_old_one_comes_back(firm):
    contact = firm.contact()
    first = put(firm, "bo", contact)
    again = put(firm, "bo", contact, "合同.PDF", PDF + b"2")
    assert again.id == first.id and (again.revision, again.size) == (2, len(PDF) + 1)
    assert read(again) == PDF + b"2" and names(firm, "bo", contact) == ["合同.pdf"]
    assert told(contact) == ["合同.pdf", "合同.pdf (v2)"]
    batch = firm.files.bring_back(firm.bo, again, 1)
    now = Attachment.get_by_id(first.id)
    assert (now.revision, read(now)) == (3, PDF)
    assert [r.number for r in firm.files.revisions(now)] == [3, 2, 1]
    undo(firm.build, firm.bo, batch)
    now = Attachment.get_by_id(first.id)
    assert (now.revision, read(now)) == (2, PDF + b"2")


def test_a_version_that_was_undone_is_gone_also_after_the_next_one(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact)
    batch = put(firm, "bo", contact, content=PDF + b"wrong").batch
    undo(firm.build, firm.bo, batch)
    file = Attachment.get_by_id(file.id)
    assert read(file) == PDF and told(contact) == ["合同.pdf"]
    with pytest.raises(NotFound):
        firm.files.revision(file, 2)
    file = put(firm, "bo", contact, content=PDF + b"right")
    assert [r.number for r in firm.files.revisions(file)] == [3, 1] and read(file) == PDF + b"right"
    assert told(contact) == ["合同.pdf", "合同.pdf (v3)"]


def test_the_same_content_again_changes_nothing(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact)
    before = stored(firm)
    assert put(firm, "bo", contact).revision == file.revision == 1
    assert stored(firm) == before and told(contact) == ["合同.pdf"]


def test_two_chinese_names_that_sound_alike_are_two_files(firm):
    contact = firm.contact()
    put(firm, "bo", contact, "合同.pdf")
    put(firm, "bo", contact, "核桐.pdf", PDF + b"2")
    assert sorted(names(firm, "bo", contact)) == ["合同.pdf", "核桐.pdf"]


# The same door as the record


def seen(firm, who, file):
    user = getattr(firm, who)
    listed = firm.files.query(user).where(Attachment.id == file.id).exists()
    try:
        firm.files.find(user, file.id)
    except NotFound:
        assert not listed
    else:
        assert listed
    return listed


def test_who_sees_the_record_sees_its_files_and_nobody_else(firm):
    contact = firm.contact(owner="bo")
    file = put(firm, "bo", contact)
    assert [who for who in ("ann", "mei", "bo", "kim", "li", "ro") if seen(firm, who, file)] == [
        *("ann", "mei", "bo", "kim", "ro"),
    ]
    firm.contacts.share(firm.bo, contact, user_id=firm.li.id)
    assert seen(firm, "li", file)
    firm.contacts.share(firm.bo, contact, user_id=firm.li.id, take_back=True)
    assert not seen(firm, "li", file)
    batch = firm.contacts.delete(firm.bo, [contact])
    assert not any(seen(firm, who, file) for who in ("ann", "bo"))
    undo(firm.build, firm.bo, batch)
    assert seen(firm, "bo", file)


def test_a_limit_of_a_module_closes_the_files_of_what_it_hides(thingy):
    contact = thingy.contact()
    file = put(thingy, "bo", contact)
    thingy.rules.limit = lambda resource, user: resource.model.id < 0 if resource.name == "contacts" else None
    assert not seen(thingy, "ann", file)
    thingy.rules.limit = lambda resource, user: resource.model.id < 0 if resource.name == "files" else None
    assert not seen(thingy, "ann", file) and names(thingy, "ann", contact) == []


def test_who_may_edit_the_record_may_add_rename_replace_and_remove(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact)
    before = stored(firm)
    for act in (
        lambda: put(firm, "ro", contact, "b.png", PNG),
        lambda: firm.files.save(firm.ro, file, {"name": "c.pdf"}),
        lambda: firm.files.bring_back(firm.ro, file, 1),
        lambda: firm.files.delete(firm.ro, [file]),
        lambda: firm.files.find(firm.ro, file.id, "edit"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert stored(firm) == before
    firm.files.save(firm.bo, file, {"name": "new.pdf", "category": "contract"})
    assert names(firm, "bo", contact) == ["new.pdf"]


def test_files_of_a_module_that_is_off_stay_and_are_out_of_sight(thingy):
    things = thingy.things_thing
    thing = things.save(thingy.bo, things.new(thingy.bo), {"title": "Table"})
    file = put(thingy, "bo", thing)
    thingy.switch()
    assert not seen(thingy, "ann", file)
    with pytest.raises(NotFound):
        thingy.files.delete(thingy.ann, [file])
    thingy.switch("things")
    assert seen(thingy, "ann", file)


def test_the_search_finds_names_for_those_who_may_see_them(firm):
    from core.lookup import lookup

    contact = firm.contact(owner="bo")
    put(firm, "bo", contact, "报价单 2026.pdf")

    def hits(who, text):
        return [(h.title, h.subtitle) for h in lookup(getattr(firm, who), firm.build.resources.values(), text)]

    for text in ("报价", "bjd", "baojia", "2026"):
        assert hits("bo", text) == [("报价单 2026.pdf", "Zhang Wei")], text
    assert hits("li", "报价") == []
    firm.contacts.delete(firm.bo, [contact])
    assert hits("ann", "报价") == []


# All that is about a contact


def about(firm, who, contact):
    return [f.name for f in firm.files.about(getattr(firm, who), contact)]


def test_a_contacts_documents_are_those_of_all_that_links_to_it(thingy):
    firm_ = thingy.contact(name="Works", kind="organisation")
    person = thingy.contact(name="Wang", organisation=firm_.id)
    other = thingy.contact(name="Other")
    things = thingy.things_thing
    for title, contact, owner in (("Mine", person, "bo"), ("Hers", person, "kim"), ("Else", other, "bo")):
        values = {"title": title, "contact": contact.id, "owner": getattr(thingy, owner).id}
        put(thingy, "ann", things.save(SYSTEM, things.new(SYSTEM), values), f"{title}.png", PNG)
    put(thingy, "bo", person, "card.png", PNG)
    assert about(thingy, "ann", person) == ["card.png", "Hers.png", "Mine.png"]
    assert about(thingy, "ann", firm_) == about(thingy, "ann", person)
    assert about(thingy, "bo", person) == ["card.png", "Mine.png"]  # the scope of a member's role is her own things
    thingy.switch()
    assert about(thingy, "ann", person) == ["card.png"]


def test_a_merge_keeps_the_files_of_both_and_its_undo_gives_them_back(firm):
    stays, goes = firm.contact(name="Zhang Wei"), firm.contact(name="张伟")
    put(firm, "bo", stays, "a.pdf")
    b = put(firm, "bo", goes, "b.pdf", PDF + b"b")
    batch = merge(firm.build, firm.ann, stays, [goes])
    assert sorted(names(firm, "ann", stays)) == ["a.pdf", "b.pdf"] and read(b) == PDF + b"b"
    assert told(stays) == ["a.pdf", "b.pdf"]
    undo(firm.build, firm.ann, batch)
    assert names(firm, "ann", stays) == ["a.pdf"] and names(firm, "ann", goes) == ["b.pdf"]
    assert told(goes) == ["b.pdf"]


# What is refused, and what becomes of the bytes


def test_what_is_empty_too_large_or_a_program_is_refused_and_leaves_nothing(firm):
    contact = firm.contact()
    setting(firm, file_mb=1)
    before = stored(firm)
    for name, content, why in (
        ("empty.pdf", b"", "empty"),
        ("big.pdf", PDF + bytes(1024 * 1024), "larger than 1 MB"),
        ("setup.exe", b"MZ" + bytes(100), "program"),
        ("invoice.pdf", b"MZ" + bytes(100), "program"),
        ("macro.vbs", b"MsgBox 1", "program"),
    ):
        with pytest.raises(Problem, match=why):
            put(firm, "bo", contact, name, content)
    assert stored(firm) == before and names(firm, "bo", contact) == []


def test_what_the_firm_refuses_is_its_own_choice(firm):
    contact = firm.contact()
    setting(firm, file_refused="zip, .RAR")
    with pytest.raises(Problem):
        put(firm, "bo", contact, "all.ZIP", b"PK\x03\x04" + bytes(60))
    assert put(firm, "bo", contact, "tool.exe", b"MZ" + bytes(100)).kind == "other"


def test_some_records_take_no_files(firm):
    with pytest.raises(Problem):
        put(firm, "ann", firm.bo)


def test_a_write_that_fails_leaves_no_bytes_and_bytes_that_fail_leave_no_row(firm, monkeypatch):
    contact = firm.contact()
    before = stored(firm)

    def broken(*args, **kwargs):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(Revision, "create", broken)
        with pytest.raises(RuntimeError):
            put(firm, "bo", contact)

    class Torn(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise OSError("the line went dead")
            return super().read(16384)

    with pytest.raises(OSError, match="dead"):
        attach(firm.bo, firm.contacts, contact, "a.pdf", Torn(PDF * 1000))
    assert stored(firm) == before and names(firm, "bo", contact) == [] and not find("合同", {"files": None})


def test_bytes_without_a_row_are_tidied_once_they_are_old(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact)
    lost, fresh = (keep(firm.build, "lost.pdf", io.BytesIO(PDF)).stored.key for _ in range(2))
    place = storage(firm.build.settings)
    old = time.time() - 8 * 24 * 3600
    for key in (lost, firm.files.revision(file).key):
        os.utime(f"{place.root}/{key}", (old, old))
    tidy(firm.build, None)
    assert lost not in stored(firm) and fresh in stored(firm) and read(file) == PDF
    Revision.delete().execute()
    os.utime(f"{place.root}/{fresh}", (old, old))
    assert tidy(firm.build, None) == {"removed": 0}  # no rows at all: rather a lost database than lost files


def test_a_place_that_is_no_folder_keeps_bytes_too():
    """What fsspec opens elsewhere, such as on S3, has no file descriptor and lists what others wrote."""
    place, other = Storage("memory://guanxi"), Storage("memory://guanxi")
    kept = place.put(io.BytesIO(PDF))
    with other.open(kept.key) as stream:
        assert stream.read() == PDF
    with pytest.raises(TooLarge):
        place.put(io.BytesIO(PDF), limit=3)
    assert not other.add(kept.key, io.BytesIO(b"")) and list(other.all()) == [kept.key]
    assert list(other.all(older=dt.timedelta(days=7))) == []
    assert other.remove([kept.key, "ab/none"]) == 1 and list(place.all()) == []


def test_an_erasure_takes_rows_bytes_and_search_words(firm):
    contact = firm.contact()
    file, other = put(firm, "bo", contact), put(firm, "bo", contact, "other.pdf", PDF + b"o")
    put(firm, "bo", contact, content=PDF + b"2")
    key = firm.files.revision(other).key
    with journal.transaction():
        erase(firm.build, [file.id])
        assert key in stored(firm)
    assert {key} == stored(firm) & ({r.key for r in Revision.select()} | {key})
    assert names(firm, "bo", contact) == ["other.pdf"] and not find("合同", {"files": None})


def test_erasing_a_contact_takes_the_bytes_of_its_files_with_their_thumbnails(firm):
    from core.erasure import erase as erase_contact

    contact, other = firm.contact(name="Zhang Wei"), firm.contact(name="Li Na")
    gone, stays = put(firm, "bo", contact), put(firm, "bo", other)
    key, kept = (firm.files.revision(file).key for file in (gone, stays))
    storage(firm.build.settings).add(f"{key}.webp", io.BytesIO(b"small"))
    erase_contact(firm.build, firm.ann, contact.id)
    assert not {key, f"{key}.webp"} & stored(firm) and kept in stored(firm)
    assert not Attachment.select().where(Attachment.id == gone.id).exists()
