"""A firm with Calendar and Tasks on, on both engines. Everybody's zone is Shanghai, where it is eight hours later."""

import datetime as dt
import zoneinfo

from core.trial import Trial
from tests.trials import trial_of

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")


def today() -> dt.date:
    return dt.datetime.now(ZONE).date()


def at(days: int, clock: str = "10:00") -> str:
    """A day from today, as a form sends it."""
    return f"{today() + dt.timedelta(days=days)}T{clock}"


class Firm(Trial):
    def meeting(self, by="bo", title="Visit", starts_at="", **values):
        return self.make("calendar_meeting", by, title=title, starts_at=starts_at or at(0), **values)

    def task(self, by="bo", title="Call", due_at="", **values):
        return self.make("tasks_task", by, title=title, due_at=due_at or at(0, "15:00"), **values)

    def change(self, record, by="bo", **values):
        with self.acting(by) as build:
            resource = build.by_model[type(record)]
            person = self.person(by)
            context = build.context(person)
            parsed = {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in values.items()}
            return resource.save(person, self.again(record), parsed)

    def page(self, reader="bo", /, language="en", **query):
        address = "/calendar/?" + "&".join(f"{k}={v}" for k, v in query.items())
        answer = self.client(reader, language).get(address)
        assert answer.status_code == 200, answer.text[:500]
        return answer.text


firm = trial_of(Firm, "calendar", "tasks")
