"""The clinic: booking, the day plan, the card, the panel, and the rules that every module keeps to."""

from pathlib import Path

import pytest

from core import Invalid, html
from core.testing import check_plugin


def book(clinic, at: str, by="bo", **more):
    values = {"contact": clinic.patient, "practitioner": clinic.chen, "service": clinic.checkup} | more
    return clinic.make("clinic_appointment", by, starts_at=at, **values)


def today(clinic) -> str:
    with clinic.acting("bo"):
        return html.today().isoformat()


def test_a_booking_stands_in_the_day_plan_on_the_home_page_and_on_the_patients_page(clinic):
    book(clinic, f"{today(clinic)} 10:00")
    bo = clinic.client("bo")
    for path in ("/", "/clinic/day", f"/contacts/{clinic.patient.id}"):
        page = bo.get(path).text
        assert "Check-up · 陈医生" in page, path
    assert "10:00" in bo.get("/clinic/day").text


def test_it_is_booked_by_the_form_from_the_patients_page(clinic):
    bo = clinic.client("bo")
    assert f"/clinic/appointment/new?contact={clinic.patient.id}" in bo.get(f"/contacts/{clinic.patient.id}").text
    typed = {
        "contact": f"王芳 #{clinic.patient.id}",
        "practitioner": "陈医生",
        "service": "Check-up",
        "starts_at": "2026-03-02T09:00",
        "state": "booked",
    }
    answer = bo.post("/clinic/appointment/new", data=typed)
    assert answer.status_code == 303, answer.text
    assert "Check-up · 陈医生" in bo.get(answer.location).text


def test_nobody_sees_two_patients_at_once(clinic):
    book(clinic, "2026-03-02 10:00")
    with pytest.raises(Invalid, match="陈医生 is taken from 10:00 to 10:30"):
        book(clinic, "2026-03-02 10:15")
    book(clinic, "2026-03-02 10:30")


def test_a_cancelled_appointment_blocks_nobody(clinic):
    book(clinic, "2026-03-02 10:00", state="cancelled")
    book(clinic, "2026-03-02 10:00")


def test_the_collision_is_said_in_chinese(clinic):
    book(clinic, "2026-03-02 10:00")
    typed = {"contact": str(clinic.patient.id), "practitioner": "1", "service": "1", "starts_at": "2026-03-02T10:00"}
    answer = clinic.client("bo", "zh").post("/clinic/appointment/new", data=typed)
    assert answer.status_code == 422
    assert "10:00 至 10:30 已有预约" in answer.text


def test_the_button_marks_a_patient_as_arrived(clinic):
    appointment = book(clinic, "2026-03-02 10:00")
    clinic.client("bo").post(f"/clinic/appointment/{appointment.id}/act/arrive")
    assert clinic.again(appointment).state == "arrived"


def test_who_may_not_see_the_patient_does_not_see_the_appointment(clinic):
    book(clinic, f"{today(clinic)} 10:00")
    for path in ("/", "/clinic/day", "/clinic/appointment/"):
        assert "陈医生" not in clinic.client("li").get(path).text, path


def test_the_day_plan_needs_the_permission(clinic):
    clinic.add_person("Nia", "nothing", grants={"*": []})
    assert clinic.client("nia").get("/clinic/day").status_code == 403


def test_nonsense_for_a_date_shows_today(clinic):
    assert clinic.client("bo").get("/clinic/day?date=soon").status_code == 200


def test_the_day_plan_asks_no_query_per_appointment(clinic):
    bo = clinic.client("bo")
    book(clinic, "2026-03-02 08:00")
    with clinic.queries() as few:
        bo.get("/clinic/day?date=2026-03-02")
    for hour in range(9, 18):
        book(clinic, f"2026-03-02 {hour:02}:00")
    with clinic.queries() as many:
        bo.get("/clinic/day?date=2026-03-02")
    assert len(many) == len(few) <= 12


def test_it_keeps_to_the_rules():
    check_plugin("clinic", folders=[Path(__file__).parent.parent])
