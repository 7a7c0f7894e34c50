"""The pages name commands, options and messages that exist, and link to what is there."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import get_args

import click
import duckdb
import pytest
import yaml
from building import PROJECT
from offpath.cli import main
from offpath.routing.attention import Shares
from offpath.routing.decisions import decide
from offpath.routing.history import History, Kind
from offpath.routing.messages import HEADLINES, compose
from test_decisions import BEFORE, exception

PATTERNS = ("*.md", "docs/**/*.md", "examples/*/*.md", "bench/**/*.md", "tests/*/*.md")
PAGES = sorted(page for pattern in PATTERNS for page in PROJECT.glob(pattern))
BEING_TOLD = (PROJECT / "docs" / "being-told.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")
COMMAND = re.compile(r"(?<![\w./-])offpath (?! )([^\n&|;#>]+)")
LINK = re.compile(r"(?<!!)\[[^]]+\]\(([^)\s]+)\)")
SUBSTITUTION = re.compile(r"\$\([^)]*\)")
LANGUAGES = {"", "sh", "text"}
# Queries of what is published, by the schema of a warehouse.
QUERIES = [
    pytest.param(page, block, id=f"{page.name} {number}")
    for page in PAGES
    if page.parent in (PROJECT, PROJECT / "docs")
    for number, (language, block) in enumerate(FENCED.findall(page.read_text("utf-8")))
    if language == "sql" and "marts." in block
]


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def code_in(text: str) -> Iterator[str]:
    """Yield what a page shows as typed or printed, line by line or in a sentence."""
    for language, block in FENCED.findall(text):
        if language in LANGUAGES:
            yield from block.splitlines()
    yield from (" ".join(span.split()) for span in SPAN.findall(FENCED.sub("", text)))


def commands_in(page: Path) -> list[str]:
    found = (
        match
        for code in code_in(page.read_text(encoding="utf-8"))
        for match in COMMAND.findall(code)
    )
    return sorted({command.strip() for command in found})


def ask(command: click.Command, arguments: list[str]) -> None:
    """Parse a command and its subcommands; whoever names it alone need not fill it."""
    if not arguments:
        return
    if isinstance(command, click.Group) and not arguments[0].startswith("-"):
        name, *rest = arguments
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"there is no command {name}"
        ask(found, rest)
    else:
        command.make_context(command.name, list(arguments))


@pytest.mark.parametrize(
    ("page", "command"),
    [
        pytest.param(page, command, id=f"{name_of(page)}: {command}")
        for page in PAGES
        for command in commands_in(page)
    ],
)
def test_a_command_of_a_page_is_there_with_its_options(
    page: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OFFPATH_AS_OF", raising=False)
    try:
        # `--version` and `--help` end the parsing.
        with suppress(click.exceptions.Exit):
            ask(main, shlex.split(SUBSTITUTION.sub("1", command)))
    except click.ClickException as error:
        pytest.fail(f"{name_of(page)}: {command}: {error.format_message()}")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_of_a_page_leads_to_a_file(page: Path) -> None:
    targets = LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    lost = [
        target
        for target in targets
        if "://" not in target
        and not (page.parent / target.partition("#")[0]).resolve().exists()
    ]
    assert lost == []


def test_every_page_of_the_docs_can_be_found_from_another() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target
        and (page.parent / target.partition("#")[0]).resolve() != page
    }
    pages = set((PROJECT / "docs").glob("*.md"))
    assert pages - linked == set()


def test_the_page_for_who_is_told_has_every_kind_of_message() -> None:
    first_cells = set(re.findall(r"^\| ([^|]+) \|", BEING_TOLD, re.MULTILINE))
    assert {HEADLINES[kind] for kind in get_args(Kind)} <= first_cells


def test_the_page_for_who_is_told_shows_the_lines_of_a_message() -> None:
    page = exception(route_class="page", route_reason="the rule is critical")
    (intent,) = decide(BEFORE, page, History(), ()).intents
    # Late, as the one that the page shows.
    now = page.respond_by_at and page.respond_by_at + timedelta(days=1)
    assert now is not None
    (message,) = compose(now, Shares([[(intent, page)]]))
    said = [message.title, *message.body.splitlines()]
    shown = FENCED.findall(BEING_TOLD)[0][1].splitlines()
    values = re.compile(
        r"O-1|SO-\d+|\[\w+\]|[0-9a-f]{8,}|[\d-]{10} [\d:]{5}Z|docs/\S+|inventory"
        r"|fulfilment|(?<=\] ).+(?=: case)|(?<=Observed: )[^.]+|(?<=Allowed: )[^.]+"
    )
    assert [values.sub("…", line) for line in shown] == [
        values.sub("…", line) for line in said
    ]


def test_the_page_for_who_is_told_has_every_code_of_resolve() -> None:
    command = main.get_command(click.Context(main), "resolve")
    assert command is not None
    (code,) = (each for each in command.params if each.name == "code")
    assert isinstance(code.type, click.Choice)
    listed = re.findall(r"^\| `(\w+)` \|", BEING_TOLD, re.MULTILINE)
    assert listed == list(code.type.choices)


def test_the_log_of_routing_describes_every_kind_of_message() -> None:
    path = PROJECT / "models" / "routing" / "_routing__models.yml"
    models = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    (log,) = (each for each in models if each["name"] == "fct_routing_log")
    (kind,) = (each for each in log["columns"] if each["name"] == "kind")
    assert set(get_args(Kind)) <= set(re.findall(r"\w+", kind["description"]))


@pytest.mark.parametrize(("page", "query"), QUERIES)
def test_a_query_of_a_page_is_one_of_the_marts(
    demo: Path, page: Path, query: str
) -> None:
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.sql(query).fetchall()
    # Other pages ask for what has been sent, or for what has gone wrong.
    assert found or page.name != "mining.md"
