"""Pages of the core with Tasks on: at most twelve SQL queries, however many rows."""

import pytest

from core.db import db
from tests.tasks.conftest import days

BUDGET = 12


@pytest.fixture
def counted():
    """Count the statements of a call."""

    def count(call):
        statements, execute = [], db.obj.execute_sql

        def spy(sql, *args, **kwargs):
            statements.append(sql)
            return execute(sql, *args, **kwargs)

        db.obj.execute_sql = spy
        try:
            answer = call()
        finally:
            del db.obj.execute_sql
        assert answer.status_code == 200
        return statements

    return count


@pytest.mark.parametrize(("who", "scope"), [("lin", "all"), ("fang", "own"), ("fang", "team"), ("rui", "all")])
def test_pages_stay_within_the_budget(firm, counted, who, scope):
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
        statements = counted(lambda page=page: someone.get(page))
        assert len(statements) <= BUDGET, "\n".join([page, *statements])
