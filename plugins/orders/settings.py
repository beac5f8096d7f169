"""What the firm decides of its quotes and orders, on the Modules page."""

from wtforms import BooleanField, Form, IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import NumberRange

from core import N_, Problem

from .models.numbers import check_pattern
from .models.quotes import PRICES


def _pattern(form, field):
    try:
        field.data = check_pattern(field.data or "")
    except Problem as problem:
        raise ValidationError(str(problem)) from None


class OrderOptions(Form):
    """Numbers, validity, and what follows from a yes."""

    quote_number = StringField(N_("Numbers of quotes"), [_pattern], default="Q-{year}-{n:4}")
    order_number = StringField(N_("Numbers of orders"), [_pattern], default="O-{year}-{n:4}")
    delivery_number = StringField(N_("Numbers of deliveries"), [_pattern], default="D-{year}-{n:4}")
    valid_days = IntegerField(N_("Days that a quote is valid"), [NumberRange(1, 3650)], default=30)
    prices = SelectField(N_("Prices"), choices=PRICES, default="net")
    wins_deal = BooleanField(N_("An accepted quote wins its deal"), default=True)
