"""Pages of the core with Tasks on: at most twelve SQL queries, however many rows."""

import pytest

from core.trial import queries
from tests.tasks.conftest import days

BUDGET = 12


@pytest.mark.parametrize(("who", "scope"), [("lin", "all"), ("fang", "own"), ("fang", "team"), ("rui", "all")])
def test_pages_stay_within_the_budget(firm, who, scope):
    user = getattr(firm, who)
    user.role.scope = scope
    user.role.save()
    shop = firm.contact(firm.fang, "云栖里酒店", kind="organisation")
    for n in range(6):
        person = firm.contact(firm.fang, f"张伟{n}", organisation=shop.id)
        for resource, values in (
            ("tasks_task", {"title": f"Task {n}", "assignee": firm.gao.id}),
            ("tasks_task", {"title": f"Mine {n}", "assignee": user.id, "due_at": days(-n)}),
            ("entries", {"kind": "call", "text": f"Call {n}", "next_at": days(-1), "next_text": "Again"}),
        ):
            firm.save(resource, firm.lin if n % 2 else firm.fang, contact=person.id, **values)
    someone = firm.sign_in(user)
    pages = ("/", "/contacts/", f"/contacts/{person.id}", f"/contacts/{shop.id}", "/tasks/task/")
    for page in pages:
        someone.get(page)
        with queries() as statements:
            assert someone.get(page).status_code == 200
        assert len(statements) <= BUDGET, "\n".join([page, *statements])
