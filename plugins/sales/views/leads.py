"""Converting a lead, and the public form by which strangers become one."""

import datetime as dt
import hashlib
import secrets
from types import SimpleNamespace

from flask import Blueprint, abort, current_app, g, render_template, request, session
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from core import N_, SYSTEM, Contact, Invalid, Problem, fields, flash, go, public, resource_of, speaking, transaction

from .. import plugin
from ..models import Deal, Lead, Stage, Submission, WebForm
from ..resources.leads import AlreadyConverted
from ..resources.scores import ENOUGH, Scorer

_ = plugin.gettext

#: Seconds: nobody fills in a form faster, and a page that was open for longer is loaded again.
FASTEST, SLOWEST = 2, 24 * 3600
#: Forms that one address may send in an hour.
AN_HOUR = 10
#: More web addresses than this in what a stranger types is advertising.
LINKS = 3


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/sales/lead/<int:id>/convert", "convert", convert, methods=["GET", "POST"])
    bp.add_url_rule("/sales/form/<slug>", "web_form", web_form, methods=["GET", "POST"])


def score_of(lead) -> SimpleNamespace:
    """The score of a lead with its reasons, for its page: two queries."""
    scorer = Scorer(resource_of(Lead).build)
    bayes = scorer.bayes
    return SimpleNamespace(
        percent=scorer.score(lead), shares=scorer.explain(lead), bayes=bayes, learned=bayes.knows_enough, enough=ENOUGH
    )


# Converting


def convert(id):
    """GET asks what becomes of a lead, POST makes it: contact, organisation and deal in one step."""
    leads = resource_of(Lead)
    lead = leads.find(g.user, id, "convert")
    if not lead.is_live:
        return _converted_before(lead)
    if request.method == "GET":
        return _ask(lead, {}, {})
    form = request.form
    try:
        contact = _chosen(leads, lead, form.get("contact", ""))
        deal = _deal(form) if form.get("deal") else None
        done = leads.turn_into(g.user, lead, contact, deal, bool(form.get("company")))
    except AlreadyConverted as before:
        return _converted_before(before.lead)
    except Invalid as invalid:
        return _ask(lead, form, invalid.errors), 422
    except Problem as problem:
        return _ask(lead, form, {"": problem}), 422
    flash(_("%(name)s was converted.", name=lead.name), undo=done.batch.id)
    if done.deal_id:
        return go(resource_of(Deal).url("page", done.deal_id))
    return go(resource_of(Contact).url("page", done.contact_id))


def _converted_before(lead):
    """A second click: nothing is made again, and the way leads to what was made."""
    leads = resource_of(Lead)
    if lead.state == "converted":
        flash(_("“%(name)s” was converted already.", name=lead.name))
    else:
        flash(_("“%(name)s” was given up. Take it up again first.", name=lead.name), "danger")
    if lead.deal_id and resource_of(Deal).exists(g.user, lead.deal_id):
        return go(resource_of(Deal).url("page", lead.deal_id))
    return go(leads.url("page", lead))


def _chosen(leads, lead, text: str):
    """The existing contact that was chosen, None for a new one. Raises Problem for one that the user may not see."""
    if text in ("", "new"):
        return None
    kind = leads.kinds["contact"]
    id = kind.parse(text, leads.build.context(g.user))
    return resource_of(Contact).find(g.user, id, "edit") if id else None


def _deal(form) -> dict:
    """The deal's values as typed. Raises Invalid."""
    deals = resource_of(Deal)
    context, values, errors = deals.build.context(g.user), {}, {}
    for name in ("title", "amount", "expected_close", "stage"):
        try:
            value = deals.kinds[name].parse(form.get(f"deal-{name}", ""), context)
            if not deals.kinds[name].empty(value):
                values[name] = value
        except Problem as problem:
            errors[name] = problem
    if errors:
        raise Invalid(errors)
    return values


def _ask(lead, form, errors):
    leads, deals = resource_of(Lead), resource_of(Deal)
    lead = leads.veil(g.user, [lead])[0]  # it is only shown from here on
    return render_template(
        "sales/convert.html",
        resource=leads,
        lead=lead,
        likely=leads.likely(g.user, lead),
        typed=form,
        errors=errors,
        stages=resource_of(Stage).choices(g.user),
        budget=Lead.budget.text(Lead.budget.get(lead)),
        title=lead.product or lead.company or lead.name,
        deals=deals,
    )


# The public form


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="sales-form")


@public
def web_form(slug):
    """A form for strangers; what they send becomes a lead, once."""
    form = WebForm.get_or_none(WebForm.slug == slug, WebForm.active, WebForm.deleted_batch.is_null()) or abort(404)
    if request.method == "GET":
        return _draw(form, {}, {})
    sent = request.form
    if sent.get("language") in ("en", "zh"):  # what was typed goes along
        session["language"] = sent["language"]
        with speaking(sent["language"]):
            return _draw(form, sent, {}, token=sent.get("token"))
    try:
        token = _check_spam(sent)
        if token is None:
            return _draw(form, {}, {}, done=True)  # a machine is told nothing
        values = _read(form, sent)
        _take(form, values, token)
    except Invalid as invalid:
        return _draw(form, sent, invalid.errors), 422
    except Problem as problem:
        return _draw(form, sent, {"": problem}), 422
    return _draw(form, {}, {}, done=True)


def _draw(form, typed, errors, done=False, token=None):
    leads = resource_of(Lead)
    products = [line.strip() for line in form.products.splitlines() if line.strip()]
    return render_template(
        "sales/web_form_page.html",
        form=form,
        resource=leads,
        typed=typed,
        errors=errors,
        done=done,
        products=products,
        asks=["name", *form.asks],
        firm=leads.build.firm["firm"],
        token=token or _signer().dumps(secrets.token_urlsafe(12)),
    )


def _check_spam(sent) -> str | None:
    """The form's token; None for what only a machine sends. Raises Problem for what a person can mend."""
    if sent.get("website"):  # a field that people do not see
        return None
    try:
        token, made = _signer().loads(sent.get("token", ""), max_age=SLOWEST, return_timestamp=True)
    except SignatureExpired:
        raise Problem(
            N_("The page was open for very long. Please send it again; what you typed is here."), "sales"
        ) from None
    except BadData:
        return None
    if (fields.utcnow() - made).total_seconds() < FASTEST:
        raise Problem(N_("That was very quick. Please look through it and send it again."), "sales")
    if sum(sent[name].count("://") for name in sent) > LINKS:
        raise Problem(N_("Too many web addresses. Please leave some out."), "sales")
    return token


def _visitor() -> str:
    """The sender's address as a hash that only this installation can make."""
    address = (request.remote_addr or "").encode()
    return hashlib.blake2b(address, key=current_app.secret_key.encode()[:64], digest_size=16).hexdigest()


def _read(form, sent) -> dict:
    """What a stranger typed, by field. Raises Invalid."""
    leads = resource_of(Lead)
    context, values, errors = leads.build.context(SYSTEM), {}, {}
    for name in ("name", *form.asks):
        try:
            values[name] = leads.kinds[name].parse(sent.get(name, "")[:20_000], context)
        except Problem as problem:
            errors[name] = problem
    if not errors and not values["name"]:
        errors["name"] = Problem(N_("Please tell us your name."), "sales")
    if not errors and not (values.get("email") or values.get("phone")):
        where = "email" if "email" in form.asks else "phone"
        errors[where] = Problem(N_("Please leave an e-mail address or a phone number, so that we can answer."), "sales")
    if form.consent and not sent.get("consent"):
        errors["consent"] = Problem(N_("Please agree first."), "sales")
    if errors:
        raise Invalid(errors)
    return values


def _take(form, values: dict, token: str) -> None:
    """Make the lead; the second press of the same button changes nothing. Raises Problem above the limit."""
    leads, now, visitor = resource_of(Lead), fields.utcnow(), _visitor()
    values |= {"source": form.source or _("Website"), "campaign": form.campaign}
    if form.consent:
        values["custom"] = {_("Agreed to"): form.consent}
    hour = dt.timedelta(hours=1)
    with transaction():
        recent = Submission.select().where(Submission.visitor == visitor, Submission.at > now - hour)
        if recent.count() >= AN_HOUR:
            raise Problem(N_("That is enough for now. Please try again in an hour, or call us."), "sales")
        Submission.delete().where(Submission.at < now - 24 * hour).execute()
        made = Submission.insert(at=now, visitor=visitor, form_id=form.id, token=token).on_conflict_ignore()
        if made.as_rowcount().execute():
            lead = leads.new(SYSTEM)
            leads.save(SYSTEM, lead, values, label=N_("A lead by the form “%(form)s”"), form=form.title)
