"""What the firm decides of its quotes and orders, on the Modules page."""

from wtforms import BooleanField, Form, IntegerField, SelectField, StringField, TextAreaField, ValidationError
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
    """Numbers, validity, terms."""

    quote_number = StringField(N_("Numbers of quotes"), [_pattern], default="Q-{year}-{n:4}")
    order_number = StringField(N_("Numbers of orders"), [_pattern], default="O-{year}-{n:4}")
    delivery_number = StringField(N_("Numbers of deliveries"), [_pattern], default="D-{year}-{n:4}")
    valid_days = IntegerField(N_("Days that a quote is valid"), [NumberRange(1, 3650)], default=30)
    prices = SelectField(N_("Prices"), choices=[SelectChoice(*one) for one in PRICES], default="net")
    terms_zh = TextAreaField(N_("Terms on new quotes, in Chinese"), default="")
    terms_en = TextAreaField(N_("Terms on new quotes, in English"), default="")
    sender = TextAreaField(N_("Our address, phone and bank account, as printed on documents"), default="")
    wins_deal = BooleanField(N_("An accepted quote wins its deal"), default=True)
