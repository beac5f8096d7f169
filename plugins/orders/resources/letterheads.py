"""What stands on printed documents: the firm's name and address, its terms, its logo."""

from typing import BinaryIO

from core import N_, SYSTEM, Resource, attachments_of, keep_file, transaction

from .. import logo as logos
from ..models import Letterhead


class Letterheads(Resource):
    """What stands on printed documents; administrators write it, mostly on the page “Set up quotes and orders”."""

    model, label, plural, icon, hue = Letterhead, N_("Letterhead"), N_("Letterheads"), "id-badge-2", "blue"
    columns = ("title", "language", "sender", "terms")
    searched = False

    def can(self, user, verb):
        return super().can(user, verb) and (verb == "view" or user.is_admin)

    def of(self, language: str) -> Letterhead | None:
        """The letterhead for a language: one of its own, else one for all; None without any."""
        query = Letterhead.select().where(Letterhead.language << [language, ""], Letterhead.deleted_batch.is_null())
        return query.order_by(Letterhead.language.desc(), Letterhead.id).first()

    def save_with_logo(
        self,
        user,
        record: Letterhead,
        values: dict,
        *,
        version: int | None = None,
        logo: tuple[str, BinaryIO] | None = None,
        drop: bool = False,
    ):
        """Save a letterhead and its logo, `(file name, stream)`, as one batch; the batch.

        A new logo takes the place of the old one, `drop` takes it away. Raises Problem for what is no logo, and what
        `save` raises; nothing is written then.
        """
        self.demand(user, "edit")
        kept = None
        if logo is not None:
            logos.check(*logo)
            kept = keep_file(self.build, *logo)  # outside of the transaction: it writes to a disk or a network
        files = self.build.resources["files"]
        with transaction():
            self.save(user, record, values, version=version)
            batch = record.batch
            old = logos_of(self, record)
            if kept is not None:
                made = files.add(user, self, record, kept, batch=batch, tell=False)
                old = [file for file in old if file.id != made.id]
            if old and (drop or kept is not None):
                files.put_in_trash(old, batch, user)
        return batch


def logos_of(letterheads: Letterheads, letterhead: Letterhead) -> list:
    """The images among the files of a letterhead, the newest first. One query."""
    files = attachments_of(SYSTEM, letterheads, [letterhead])[letterhead.id]
    return [file for file in files if file.kind == "image" and "svg" not in file.content_type]
