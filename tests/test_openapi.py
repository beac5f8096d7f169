"""The OpenAPI document says what the API does: Schemathesis sends what the document allows, and what it forbids.

The operations of a method are subtests of one test, which says at its end that something came through: one test runs
in one process, however tests are spread over processes.
"""

import pkgutil
import random
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi import checks

import plugins as bundled
from core.api.openapi import document
from core.api.values import MAX_INT
from tests.api_cast import Firm

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
PLUGINS = ["surgery", *sorted(item.name for item in pkgutil.iter_modules(bundled.__path__))]
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: What must have been answered to each method at the end.
ANSWERS = {
    "GET": {200, 400, 401, 404},
    "POST": {200, 201, 400, 401, 404, 405, 415, 422},
    "PATCH|DELETE": {200, 204, 401, 404, 405, 409, 415, 422},
}


@pytest.fixture
def firm(tmp_path):
    firm = Firm(tmp_path, plugins=PLUGINS)
    firm.app.config["API_REQUESTS_A_MINUTE"] = 1_000_000
    for n in range(RECORDS):
        contact = firm.add(name=f"王芳 {n}", emails=[{"value": f"fang{n}@firm.test"}])
        firm.add(path="/surgery_visit", title=f"Visit {n}", patient=contact["id"])
        firm.add(path="/entries", contact=contact["id"], text="Called")
        firm.add(path="/teams", name=f"Team {n}")
        if n:
            firm.add(path="/relationships", source=contact["id"], kind="friend", target=contact["id"] - 1)
        firm.build.resources["surgery_stamp"].model.create(text=f"Stamp {n}")
    firm.random, firm.seen = random.Random(7), set()
    return firm


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH|DELETE"])
def test_every_answer_is_in_the_document_and_none_is_a_server_error(method, firm, subtests):
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", firm.app)
    # A text of more than 1 MB is refused for its size before anybody looks at what it says.
    found.config.checks.negative_data_rejection.expected_statuses.append("413")
    mine = found.include(method_regex=method)
    labels = set()
    for operation, test in (x.ok() for x in get_all_tests(schema=mine, test_func=ask, settings=QUICK, given_kwargs={})):
        labels.add(operation.label)
        with subtests.test(operation.label):
            test(firm=firm)
    # It is not green because nothing came through: each kind of operation did what it says for somebody, and refused.
    assert shapes(label for label, status in firm.seen if status < 300) == shapes(labels)
    assert {status for _, status in firm.seen} >= ANSWERS[method]


def test_every_operation_has_one_of_the_methods_above(firm):
    methods = {method.upper() for operations in document(firm.build)["paths"].values() for method in operations}
    assert methods == {"GET", "POST", "PATCH", "DELETE", "PARAMETERS"}


def ask(case, firm) -> None:
    id = (case.path_parameters or {}).get("id")
    if isinstance(id, int) and 0 < id <= MAX_INT and firm.random.random() < 0.6:
        case.path_parameters["id"] = firm.random.randint(1, RECORDS)  # one that exists: by chance none would
    for name in ("contact", "source", "target") if isinstance(case.body, dict) else ():
        if isinstance(case.body.get(name), int) and 0 < case.body[name] <= MAX_INT:
            case.body[name] = firm.random.randint(1, RECORDS)
    answer = case.call(headers={"Authorization": f"Bearer {firm.secrets['ana']}"})
    firm.seen.add((case.operation.label, answer.status_code))
    case.validate_response(answer, checks=CHECKS)


def shapes(labels) -> set[str]:
    """`PATCH /contacts/{id}` → `PATCH one`: which records chance finds is not the same each time."""
    for pattern, word in ((r"/\w+/{id}/actions/\w+$", "act"), (r"/\w+/{id}$", "one"), (r"/\w+$", "many")):
        labels = [re.sub(pattern, word, label) for label in labels]
    return set(labels)
