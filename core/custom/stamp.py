"""How every process learns that the fields have changed, without asking the database at each request.

On this machine by a file, which the switch looks at beside plugins.toml; on others, and after a restored backup, by a
setting that is read along with the firm's own, every ten seconds.
"""

import logging
import uuid
from pathlib import Path

from .. import journal
from ..options import Setting

log = logging.getLogger("guanxi")

KEY = "custom_fields"


def file(settings) -> Path:
    """The file whose time changes with the fields."""
    return settings.data / "fields.stamp"


def current() -> str:
    """The stamp in the database; "" before the first custom field."""
    row = Setting.select(Setting.value).where(Setting.plugin == "core", Setting.key == KEY).tuples().first()
    return row[0] if row else ""


def renew(build) -> None:
    """Have every app built anew once the running transaction is committed."""
    value = uuid.uuid4().hex
    Setting.insert(plugin="core", key=KEY, value=value).on_conflict(
        conflict_target=[Setting.plugin, Setting.key], update={Setting.value: value}
    ).execute()
    journal.after_commit(touch, build.settings)


def touch(settings) -> None:
    """Have the apps of this machine built anew."""
    try:
        file(settings).write_text(uuid.uuid4().hex)
    except OSError as error:
        log.error("%s cannot be written (%s): restart the server to see the fields.", file(settings), error.strerror)


def compare(build, values: dict) -> None:
    """Touch the file when the settings of the firm, as they are now, tell of fields newer than the build."""
    newest = values.pop(KEY, "")
    if build.fields_stamp is not None and newest != build.fields_stamp:
        build.fields_stamp = newest
        touch(build.settings)
