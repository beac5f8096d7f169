"""Settings that are edited in the browser: rows in the database, secrets encrypted with the secret key."""

import base64
import hashlib

import peewee
from wtforms import PasswordField

from .db import Base, Json, db


class Setting(Base):
    """One value of one plugin's settings."""

    plugin = peewee.CharField(max_length=40)
    key = peewee.CharField(max_length=80)
    value = Json(null=True)
    secret = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("plugin", "key"), True),)


#: The firm itself, under the plugin name "core".
FIRM = {
    "firm": "Guanxi",
    "currency": "CNY",
    "region": "CN",
    "language": "",
    "timezone": "Asia/Shanghai",
    #: The largest file that may be attached, in MB, and the endings of files that are refused.
    "file_mb": 25,
    "file_refused": "exe, com, scr, msi, bat, cmd, ps1, vbs, js, jse, wsf, hta, lnk, jar, apk",
}


class Options:
    """The settings of one plugin: defaults of its form, then rows, then what plugins.toml pins."""

    def __init__(self, build, plugin: str, form=None):
        self.build, self.plugin, self.form = build, plugin, form

    def all(self) -> dict:
        """Every setting by name, secrets in clear."""
        values = dict(FIRM) if self.plugin == "core" else {}
        if self.form is not None:
            values |= {field.name: field.data for field in self.form(formdata=None, meta={"csrf": False})}
        for row in Setting.select().where(Setting.plugin == self.plugin):
            values[row.key] = self._decrypt(row.value) if row.secret else row.value
        return values | self.pinned

    @property
    def unreadable(self) -> list[str]:
        """Names of secrets that were encrypted with another secret key; they must be entered again."""
        rows = Setting.select().where(Setting.plugin == self.plugin, Setting.secret)
        return [row.key for row in rows if row.value and not self._decrypt(row.value)]

    @property
    def pinned(self) -> dict:
        """What plugins.toml pins; the form shows these but cannot change them."""
        return self.build.pins.get(self.plugin, {})

    def __getitem__(self, key: str):
        return self.all()[key]

    def save(self, values: dict) -> None:
        """Write settings; a secret left empty keeps its value."""
        form = self.form(formdata=None, meta={"csrf": False}) if self.form is not None else {}
        with db.atomic():
            for key, value in values.items():
                secret = key in form and isinstance(form[key], PasswordField)
                if (secret and not value) or key in self.pinned:
                    continue
                stored = self._encrypt(value) if secret else value
                Setting.insert(plugin=self.plugin, key=key, value=stored, secret=secret).on_conflict(
                    conflict_target=[Setting.plugin, Setting.key],
                    update={Setting.value: stored, Setting.secret: secret},
                ).execute()
        self.build.forget_firm()

    def _encrypt(self, value: str) -> str:
        return encrypt(self.build, value)

    def _decrypt(self, value: str) -> str:
        return decrypt(self.build, value)


def _fernet(build):
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(build.settings.secret_key.encode()).digest()))


def encrypt(build, value: str) -> str:
    """A secret as it may lie in the database."""
    return _fernet(build).encrypt(value.encode()).decode()


def decrypt(build, value: str) -> str:
    """What `encrypt` was given; "" when it was encrypted with another secret key."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet(build).decrypt(value.encode()).decode()
    except InvalidToken:
        return ""
