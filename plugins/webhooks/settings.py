"""The settings on the module's page."""

from wtforms import Form, IntegerField, StringField, ValidationError

from core import N_, check_networks

from . import plugin


class Limits(Form):
    """Where webhooks may go, and for how long they are tried and kept."""

    allow = StringField(
        N_("Internal networks that webhooks may go to"),
        description=N_(
            "Such as 192.168.1.0/24, separated by commas. Empty: none, so that nobody reaches your other servers"
            " through this one."
        ),
        default="",
        validators=[check_networks],
    )
    pause_days = IntegerField(N_("Pause an endpoint that failed for so many days"), default=3)
    keep_days = IntegerField(N_("Days that the log is kept"), default=30)

    def validate_pause_days(self, field):
        if field.data is None or not 1 <= field.data <= 30:
            raise ValidationError(plugin.gettext("Give a number from 1 to 30."))

    def validate_keep_days(self, field):
        if field.data is None or not 1 <= field.data <= 365:
            raise ValidationError(plugin.gettext("Give a number from 1 to 365."))
