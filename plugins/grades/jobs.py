"""Background work: grading everybody once a day, and some contacts as soon as something of theirs changed."""

from wtforms import Form, IntegerField, SelectField, ValidationError

from core import N_, job
from plugins.sales.jobs import as_the_firm

from . import plugin
from .compute import grade_contacts, grade_everybody

DAY = 24 * 3600


class GradeOptions(Form):
    """The settings on the module's page."""

    basis = SelectField(
        N_("Customers are graded by what they"),
        choices=[("paid", N_("paid")), ("ordered", N_("ordered (needs Orders)"))],
        default="paid",
    )
    months = IntegerField(N_("In the last … months"), default=12)

    def validate_months(self, field):
        if field.data is None or not 1 <= field.data <= 120:
            raise ValidationError(plugin.gettext("Give a number from 1 to 120."))


@job("grades.all", every=DAY)
def grade_all(build, row):
    """Grade everybody: days go by, and what was paid leaves the window."""
    with as_the_firm(build):
        return {"changed": grade_everybody(build, row.progress)}


@job("grades.some")
def grade_some(build, row, ids):
    """Grade some contacts of whom something changed."""
    with as_the_firm(build):
        return {"changed": grade_contacts(build, ids)}
