"""The examples of docs/scheduling.md are what they claim to be, and run in that order."""

import ast
import configparser
import re
import shlex
from typing import Any

import pytest
import yaml
from building import PROJECT
from click.testing import CliRunner
from dbt.cli.main import cli as dbt_cli
from offpath.cli import main

TEXT = (PROJECT / "docs" / "scheduling.md").read_text(encoding="utf-8")
COMMANDS = ["dbt --log-level warn build", "offpath route", "offpath publish"]


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", TEXT, re.DOTALL)


def commands_in(text: str) -> list[str]:
    """Return the commands of the run, in the order in which they stand."""
    found = re.findall(r"(?<![\w`/])(?:/\S+/bin/)?((?:dbt|offpath) [a-z -]+\w)", text)
    return [command for command in found if command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_there(command: str) -> None:
    program, *arguments = shlex.split(command)
    asked = CliRunner().invoke(
        dbt_cli if program == "dbt" else main, [*arguments, "--help"]
    )
    assert asked.exit_code == 0, asked.output


def test_cron_runs_them_in_order() -> None:
    (text,) = examples("cron")
    (line,) = [line for line in text.splitlines() if "=" not in line.split(" ")[0]]
    *times, command = line.split(" ", 5)
    assert all(re.fullmatch(r"\*|\d+", time) for time in times)
    assert 0 <= int(times[0]) < 60
    assert commands_in(command) == COMMANDS
    assert shlex.split(command)[-3:-1] == ["sh", "-c"]
    assert all(re.fullmatch(r"\w+=\S+", line) for line in text.splitlines()[:-1])


def test_systemd_runs_them_in_order() -> None:
    service, timer = examples("ini")
    assert commands_in(service) == COMMANDS
    units = []
    for text in (service, timer):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.read_string(text)
        units.append(unit)
    assert units[0]["Service"]["Type"] == "oneshot"
    assert re.fullmatch(r"\*-\*-\* \*:\d\d:\d\d", units[1]["Timer"]["OnCalendar"])


def test_github_actions_runs_them_in_order() -> None:
    (text,) = (each for each in examples("yaml") if "jobs:" in each)
    workflow: dict[Any, Any] = yaml.safe_load(text)
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == COMMANDS
    assert workflow["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("number", [0, 1], ids=["dagster", "airflow"])
def test_an_orchestrator_runs_them_in_order(number: int) -> None:
    text = examples("python")[number]
    ast.parse(text)
    calls = [
        argument.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(argument, ast.Constant) and argument.value in COMMANDS
    ]
    assert sorted(calls) == sorted(COMMANDS)
    order = text[text.index("publish(route") :] if number == 0 else text
    assert re.search(r"publish\(route\(build\(\)\)\)|build >> route >> publish", order)
