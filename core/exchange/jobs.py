"""The worker's share of an import: checking a file, writing it, and tidying up after a week."""

from __future__ import annotations

from dataclasses import asdict

from flask import current_app

from .. import jobs
from ..journal import Batch
from ..users import User
from . import uploads
from .importer import Importer, Superseded, speaking


def _importer(build, row, upload) -> Importer:
    table = upload.table(build.settings.max_upload)
    return Importer(
        build, build.resources[upload.resource], User.get_by_id(row.user_id), table, upload.planned(), upload.rejects
    )


def _run(build, row, token, work) -> dict:
    """Do `work(importer, upload)` in the language and the zone of whoever uploaded the file."""
    upload = uploads.find(build.settings, token)
    if upload is None:
        raise FileNotFoundError("the uploaded file is gone; upload it again")
    with current_app.test_request_context(), speaking(User.get_by_id(row.user_id), upload.language):
        return work(_importer(build, row, upload), upload)


@jobs.job("core.import.check", attempts=2)
def check_job(build, row, resource, token):
    """The dry run: counts and examples, nothing written."""

    def work(importer, upload):
        row.progress(0, upload.rows)
        return {"report": asdict(importer.check(row.progress))}

    return _run(build, row, token, work)


@jobs.job("core.import.run")
def run_job(build, row, resource, token, batch):
    """The import. It may run again at any time: the batch knows how far it came."""

    def work(importer, upload):
        row.progress(0, upload.rows)
        found = Batch.get_by_id(batch)
        try:
            importer.run(found, row.progress)
        except Superseded:
            found = Batch.get_by_id(batch)  # another worker has it: what it wrote is what there is to tell
            return {"report": found.params.get("report", {}), "batch": batch, "count": found.count, "back": resource}
        return {"report": asdict(importer.report), "batch": batch, "count": found.count, "back": resource}

    return _run(build, row, token, work)


@jobs.job("core.import.tidy", every=24 * 3600)
def tidy_job(build, row):
    """Uploads hold people's data: they go after a week."""
    return {"removed": uploads.tidy(build.settings)}


JOBS = [check_job, run_job, tidy_job]
