"""The administrator's page of what is done behind the answers."""

from __future__ import annotations

import pytest

from inspect_app.services.queued import give_up
from tests.web.builders import hidden, signed_in
from tests.world import NOW, World, new_id


def set_aside(world: World, why: str) -> str:
    jobs, id = world.services.after.waiting, new_id()
    jobs.add("checks", id, 3)
    (work,) = (one for one in jobs.due(("checks",), 9) if one.id == id)
    jobs.begun(work)
    jobs.failed(work, why, for_good=True)
    return id


def test_what_was_set_aside_is_shown_with_its_reason_retried_and_given_up_with_an_entry_in_the_log(world: World):
    jobs, admin = world.services.after.waiting, signed_in(world, "administrator")
    assert "没有等待的任务" in admin.get("/admin/jobs").text
    retried = set_aside(world, "ValueError: <poison>")
    page = admin.get("/admin/jobs").text
    assert "ValueError: &lt;poison&gt;" in page
    assert retried in page
    asked = {"kind": "checks", "id": retried, "csrf_token": hidden(page, "csrf_token")}
    assert admin.post("/admin/jobs/retry", data=asked).status_code == 303
    assert jobs.set_aside() == []
    assert "已搁置" not in admin.get("/admin/jobs").text
    given_up = set_aside(world, "")
    assert "进程在处理时中断" in admin.get("/admin/jobs").text
    asked["id"] = given_up
    assert [admin.post("/admin/jobs/give-up", data=asked).status_code for _ in range(2)] == [303, 409]
    acts = [(one["act"], one["of"]) for one in world.services.audit.entries() if one["act"].startswith("job.")]
    assert acts == [("job.retried", retried), ("job.given_up", given_up)]


def test_the_log_says_it_first_and_that_it_is_void_where_nothing_came_of_it(world: World, monkeypatch):
    """Nobody retries a job without a trace, and none is left of what somebody else did a moment before."""
    services, id = world.services, set_aside(world, "MemoryError")

    def logged() -> list[tuple[str, str]]:
        return [(one["act"], one["of"]) for one in services.audit.entries() if one["of"] == id]

    seen: list[tuple[str, str]] = []

    def killed(self: object, kind: str, id: str) -> bool:
        seen.extend(logged())
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(services.after.waiting), "give_up", killed)
        with pytest.raises(KeyboardInterrupt):
            give_up(services, "administrator", "checks", id, NOW)
    assert seen == [("job.given_up", id)]
    with monkeypatch.context() as patch:
        patch.setattr(type(services.after.waiting), "give_up", lambda *_: False)
        assert not give_up(services, "administrator", "checks", id, NOW)
    assert logged() == [("job.given_up", id), ("void", id)] * 2
    assert not give_up(services, "administrator", "checks", new_id(), NOW)
    assert give_up(services, "administrator", "checks", id, NOW)
    assert logged()[4:] == [("job.given_up", id)]
