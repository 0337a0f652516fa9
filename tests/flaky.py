"""Plugin for pytest (``-p tests.flaky``): tests known to be spoilt by others beside them are asked again by themselves.

Which they are, and the cause, is said in ``flaky.toml``. They are asked when all others have ended, one by one. The run
passes where those that failed are all listed and pass by themselves, and says which were asked; nothing else is asked.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Again:
    """A test that was asked again, and what its own process printed."""

    id: str
    cause: str
    passed: bool
    printed: str


def read(path: Path) -> dict[str, str]:
    """The cause of each test listed, by its id. Raises ``ValueError`` where one has no id or no cause."""
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("test", [])
    for row in rows:
        if row.keys() != {"id", "cause"} or not all(str(value).strip() for value in row.values()):
            raise ValueError(f"{path.name}: a test has an id and a cause, and nothing else: {row}")
    return {row["id"]: row["cause"] for row in rows}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--flaky", type=Path, default=LIST, metavar="FILE", help="tests to ask again by themselves")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # one process of several; the one that started them asks
    try:
        causes = read(config.getoption("--flaky"))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(Flaky(config, causes))


class Flaky:
    """What failed in this run, and what became of those that were asked again."""

    def __init__(self, config: pytest.Config, causes: dict[str, str]) -> None:
        self.config, self.causes = config, causes
        self.failed: dict[str, None] = {}
        self.again: list[Again] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = None

    def _cause(self, id: str) -> str:
        return self.causes.get(id) or self.causes.get(id.partition("[")[0], "")

    # Last: by then the processes beside this one have ended.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus != pytest.ExitCode.TESTS_FAILED:
            return
        self.again = [self._ask(id, cause) for id in self.failed if (cause := self._cause(id))]
        if {one.id for one in self.again if one.passed} == self.failed.keys():
            session.exitstatus = pytest.ExitCode.OK

    def _ask(self, id: str, cause: str) -> Again:
        command = [sys.executable, "-m", "pytest", id]
        done = subprocess.run(command, cwd=self.config.rootpath, capture_output=True, text=True, check=False)
        return Again(id, cause, done.returncode == 0, done.stdout + done.stderr)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.again:
            return
        terminalreporter.section("asked again by themselves")
        for one in self.again:
            if not one.passed:
                terminalreporter.write_line(one.printed)
            verdict = "passes" if one.passed else "fails"
            terminalreporter.write_line(f"{verdict} by itself: {one.id} ({one.cause})")
