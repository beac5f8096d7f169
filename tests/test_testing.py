"""The pytest plugin: what vendors and we test with."""

import time


def test_the_cast_signs_in_with_its_roles(guanxi):
    assert guanxi.client("ann").get("/admin/modules").status_code == 200
    assert guanxi.client("bo").get("/admin/modules").status_code == 403
    assert guanxi.client(None).get("/contacts/").status_code == 302
    assert guanxi.cast.bo.team_id != guanxi.cast.li.team_id


def test_a_client_posts_with_its_csrf_token(guanxi):
    answer = guanxi.client("bo").post("/contacts/new", data={"kind": "person", "name": "王芳"})
    assert answer.status_code == 303, answer.text
    page = guanxi.client("bo").get("/contacts/").text
    assert "王芳" in page
    assert "王芳" not in guanxi.client("li").get("/contacts/").text


def test_a_post_without_the_token_is_refused(guanxi):
    client = guanxi.client("bo")
    client.environ_base.pop("HTTP_X_CSRFTOKEN")
    assert client.post("/contacts/new", data={"name": "王芳"}).status_code == 400


def test_queries_are_counted(guanxi):
    client = guanxi.client("ann")
    with guanxi.queries() as seen:
        client.get("/contacts/")
    assert 0 < len(seen) <= 12, seen


def test_jobs_run_on_demand(guanxi):
    from core.jobs import Job, later, tidy

    with guanxi.acting("ann"):
        later(tidy)
    assert guanxi.run_jobs() == 1
    assert Job.get().finished_at is not None


def test_another_person_may_have_a_role_of_her_own(guanxi):
    guanxi.add_person("Nia", "nothing", grants={"*": []})
    assert guanxi.client("nia").get("/contacts/").status_code == 403


def test_a_trial_is_fast(guanxi, tmp_path):
    from core.trial import Trial

    before = time.perf_counter()
    with Trial(tmp_path / "second"):
        pass
    assert time.perf_counter() - before < 5
