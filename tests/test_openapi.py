"""The OpenAPI document says what the API does: Schemathesis sends what the document allows, and what it forbids."""

import json
import pkgutil
import random
import re
import tempfile
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from werkzeug import Response

import plugins as bundled
from core.api.openapi import document
from core.api.values import MAX_INT
from core.app import build_of
from tests.api_cast import Firm, settings_in

#: Requests of each operation by chance, beside one for each rule of its schema kept and one for each broken.
EXAMPLES = 3
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
RECORDS = 20
#: Every bundled module is on, beside one with a field of each kind.
#: Not yet under Schemathesis: some of their records take values that their schema does not allow.
OPEN = {"mail", "sales"}
PLUGINS = ["surgery", *sorted({item.name for item in pkgutil.iter_modules(bundled.__path__)} - OPEN)]


class Door:
    """A WSGI app that gives the document when tests are collected, and leads to the firm's app when they run."""

    app = None

    def __call__(self, environ, start_response):
        if self.app is not None:
            return self.app(environ, start_response)
        with tempfile.TemporaryDirectory() as folder:  # what there is to call is known without a database
            found = document(build_of(settings_in(Path(folder)), PLUGINS))
        return Response(json.dumps(found), content_type="application/json")(environ, start_response)


DOOR = Door()
DOCUMENT = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", DOOR)
# A text of more than 1 MB is refused for its size before anybody looks at what it says.
DOCUMENT.config.checks.negative_data_rejection.expected_statuses.append("413")


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    firm = Firm(tmp_path_factory.mktemp("openapi"), plugins=PLUGINS)
    firm.app.config["API_REQUESTS_A_MINUTE"] = 1_000_000
    for n in range(RECORDS):
        contact = firm.add(name=f"王芳 {n}", emails=[{"value": f"fang{n}@firm.test"}])
        firm.add(path="/surgery_visit", title=f"Visit {n}", patient=contact["id"])
        firm.add(path="/entries", contact=contact["id"], text="Called")
        firm.add(path="/teams", name=f"Team {n}")
        if n:
            firm.add(path="/relationships", source=contact["id"], kind="friend", target=contact["id"] - 1)
        firm.build.resources["surgery_stamp"].model.create(text=f"Stamp {n}")
    DOOR.app = firm.app
    firm.random, firm.seen = random.Random(7), set()
    return firm


@DOCUMENT.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_in_the_document_and_none_is_a_server_error(case, firm):
    id = (case.path_parameters or {}).get("id")
    if isinstance(id, int) and 0 < id <= MAX_INT and firm.random.random() < 0.6:
        case.path_parameters["id"] = firm.random.randint(1, RECORDS)  # one that exists: by chance none would
    for name in ("contact", "source", "target") if isinstance(case.body, dict) else ():
        if isinstance(case.body.get(name), int) and 0 < case.body[name] <= MAX_INT:
            case.body[name] = firm.random.randint(1, RECORDS)
    answer = case.call(headers={"Authorization": f"Bearer {firm.secrets['ana']}"})
    firm.seen.add((case.operation.label, answer.status_code))
    case.validate_response(answer, checks=CHECKS)


def test_it_did_reach_what_works_and_what_is_refused(firm):
    """Last, so that the test above cannot be green because nothing came through."""

    def shapes(labels):  # "PATCH /contacts/{id}" → "PATCH one": which records chance finds is not the same each time
        short = ((r"/\w+/{id}/actions/\w+$", "act"), (r"/\w+/{id}$", "one"), (r"/\w+$", "many"))
        for pattern, word in short:
            labels = [re.sub(pattern, word, label) for label in labels]
        return set(labels)

    labels = {operation.ok().label for operation in DOCUMENT.get_all_operations()}
    assert shapes(label for label, status in firm.seen if status < 300) == shapes(labels)
    assert {status for _, status in firm.seen} >= {200, 201, 204, 400, 401, 404, 405, 409, 415, 422}
