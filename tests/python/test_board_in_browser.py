"""The board as somebody sees it, in a real browser."""

import functools
import http.server
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from board_page import published_demo, rows_of, told_by
from building import PROJECT
from offpath.board.facts import QUERIES
from offpath.board.page import board_page, write_board

NOW = datetime(2026, 4, 13, 7, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (390, 1400)
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a headless Chromium."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        if "CI" in os.environ:
            pytest.fail("no Chromium: .ci/run installs one")
        pytest.skip("no Chromium here: install the package chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


class Looked:
    """A page that somebody looks at, with all that it asked for and complained of."""

    def __init__(self, browser: Any, **options: Any) -> None:
        """Open an empty page."""
        self.context = browser.new_context(
            viewport={"width": options.pop("width", 1400), "height": 900}, **options
        )
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda each: self.requests.append(each.url))
        self.page.on("pageerror", lambda each: self.errors.append(str(each)))
        self.page.on(
            "console",
            lambda each: each.type == "error" and self.errors.append(each.text),
        )

    def open(self, address: str) -> Any:
        """Open an address and wait until it is drawn."""
        self.page.goto(address)
        self.page.wait_for_selector("#board[aria-busy=false]")
        return self.page


@pytest.fixture
def look(browser: Any) -> Iterator[Callable[..., Looked]]:
    """Return what opens pages, which are closed in the end."""
    opened: list[Looked] = []

    def begin(**options: Any) -> Looked:
        opened.append(Looked(browser, **options))
        return opened[-1]

    yield begin
    for each in opened:
        each.context.close()


@pytest.fixture
def board(demo: Path) -> Path:
    """Return the board of the demo."""
    return published_demo(demo) / "published" / "current" / "board.html"


def other_board(board: Path, folder: Path, *statements: str) -> Path:
    """Write the board of marts in which statements were run."""
    marts = folder / "marts.duckdb"
    shutil.copyfile(board.with_name("marts.duckdb"), marts)
    with duckdb.connect(str(marts)) as connection:
        for statement in statements:
            connection.execute(statement)
    page = folder / "board.html"
    page.write_text(board_page(marts, NOW, None), encoding="utf-8")
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("journey", ["order_to_ship", "ticket_to_resolution"])
def test_a_page_is_drawn_without_a_request_or_an_error(
    look: Callable[..., Looked], board: Path, journey: str, width: int, scheme: str
) -> None:
    looked = look(width=width, color_scheme=scheme)
    page = looked.open(f"{board.as_uri()}#{journey}")
    page.wait_for_selector("svg.map")
    assert looked.requests == [board.as_uri()]
    assert looked.errors == []
    across = page.evaluate("document.documentElement.scrollWidth")
    assert across == width
    # Budgets and bad cases, the time line, the forest, states and weeks.
    assert page.locator(".drawing svg").count() >= 12


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_everything_has_a_name_and_can_be_read(
    look: Callable[..., Looked], board: Path, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = look(width=width, color_scheme=scheme).open(board.as_uri())
    page.wait_for_selector("svg.map")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    seen = [axe.run(page, options=rules)]
    page.locator("#work td button").first.click()
    page.wait_for_selector("dialog[open]")
    seen.append(axe.run(page, options=rules))
    violations = [
        (each["id"], each["nodes"][0]["html"][:200])
        for found in seen
        for each in found.response["violations"]
    ]
    assert violations == []


def test_the_first_screen_says_what_the_report_says(
    look: Callable[..., Looked], board: Path
) -> None:
    page = look().open(board.as_uri())
    rows = page.locator("#promises tbody tr").all_inner_texts()
    told = {each["slo_id"]: each for each in told_by(board)["report"]["indicators"]}
    assert len(rows) == len(told) == 4
    titles = {
        "tickets_resolved_first_time": "Tickets resolved without being opened again",
        "orders_shipped": "Orders shipped by their due time",
        "tickets_resolved_within_sla": "Tickets resolved within the SLA of their",
        "orders_shipped_within_24h": "Orders shipped within 24 hours",
    }
    for slo_id, title in titles.items():
        (row,) = (each for each in rows if title in each)
        figures = told[slo_id]
        assert f"{100 * figures['sli']:.2f} %" in row
        assert f"{figures['valid_count']:,}" in row
        left, budget = figures["left_cases"], figures["budget_cases"]
        between = "of" if left >= 0 else "over the"
        assert f"{abs(left):,.1f} {between} {budget:,.1f}" in row
    # What is spent comes first, what holds last.
    assert "budget spent" in rows[0]
    assert "uncertain" in rows[1]
    assert "draining" in rows[2]
    assert "holds" in rows[3]
    # The channels of the demo are none, and that is said before all else.
    notice = page.locator(".notice").inner_text()
    facts = told_by(board)["facts"]
    taken = {each["exception_id"] for each in rows_of(facts["answers"])}
    waiting = {each["exception_id"] for each in rows_of(facts["messages"])} - taken
    assert f"Nobody was told of {len(waiting)} open exceptions" in notice


def test_a_story_is_told_and_left_by_keyboard(
    look: Callable[..., Looked], board: Path
) -> None:
    looked = look()
    page = looked.open(f"{board.as_uri()}#order_to_ship")
    opener = page.locator("#work td button").first
    case = opener.inner_text()
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    story = page.locator("dialog").inner_text()
    for part in (case, "What happened", "What was promised", "order placed", "ack "):
        assert part in story
    address = page.url
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    assert page.url != address
    # The address of a story can be sent to somebody.
    again = look().open(address)
    again.wait_for_selector("dialog[open]")
    assert case in again.locator("dialog").inner_text()
    assert looked.errors == []


def test_an_address_of_what_is_over_says_so(
    look: Callable[..., Looked], board: Path
) -> None:
    page = look().open(f"{board.as_uri()}#order_to_ship/0123456789abcdef")
    assert "no longer open" in page.locator("#gone").inner_text()
    page.evaluate("location.hash = 'ticket_to_resolution'")
    page.wait_for_selector("h2:has-text('Ticket to resolution')")
    assert not page.locator("#gone").inner_text()


def test_what_is_asked_for_comes_first_and_what_is_recorded_is_not_overdue(
    look: Callable[..., Looked], board: Path
) -> None:
    page = look().open(board.as_uri())
    rows = page.locator("#answers li").all_inner_texts()
    classes = [row.split()[row.split().index("overdue") + 1] for row in rows[:2]]
    assert classes == ["page", "task"]
    facts = told_by(board)
    late = [
        each
        for each in rows_of(facts["facts"]["exceptions"])
        if each["route_class"] != "record"
        and each["acknowledged_at"] is None
        and each["respond_by_at"] < facts["as_of"]
    ]
    about = page.locator("#answers .about").first.inner_text()
    assert about.startswith(f"{len(late)} answers are overdue")
    work = page.locator("#work tbody tr").all_inner_texts()
    assert any("overdue" in row for row in work)
    assert not any("overdue" in row and "only recorded" in row for row in work)


def test_what_is_likeliest_to_be_missed_is_what_the_marts_say(
    look: Callable[..., Looked], board: Path, demo: Path
) -> None:
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as connection:
        likeliest = connection.execute(
            """
            select case_id, breach_probability, late_count, known_count
            from marts.fct_promise_predictions
            where has_skill
            order by
                breach_probability desc, value_at_stake desc nulls last, deadline_at,
                slo_id, case_id
            limit 8
            """
        ).fetchall()
    page = look().open(board.as_uri())
    rows = page.locator("#endangered li").all_inner_texts()
    assert len(rows) == len(likeliest) > 3
    for row, (case_id, probability, late, known) in zip(rows, likeliest, strict=True):
        assert f"{100 * probability:.0f} %" in row
        assert case_id in row
        assert f"{late} of {known} came too late" in row


def test_who_has_taken_it_and_what_was_told_is_in_its_story(
    look: Callable[..., Looked], board: Path
) -> None:
    (answer,) = rows_of(told_by(board)["facts"]["answers"])
    exception_id = answer["exception_id"]
    page = look().open(f"{board.as_uri()}#order_to_ship/{exception_id}")
    page.wait_for_selector("dialog[open]")
    story = page.locator("dialog").inner_text()
    assert "acknowledged by Ada" in story
    assert "opened to" in story


def test_the_slider_hides_rare_steps_and_keeps_the_happy_path(
    look: Callable[..., Looked], board: Path
) -> None:
    page = look().open(f"{board.as_uri()}#order_to_ship")
    page.wait_for_selector("svg.map")
    assert page.locator("svg.map .node").count() > 6
    slider = page.locator("#rare")
    slider.fill(slider.get_attribute("max"))
    page.wait_for_function(
        "document.querySelectorAll('svg.map .node').length"
        " === document.querySelectorAll('svg.map .node.happy').length"
    )
    happy = page.locator("svg.map .node.happy")
    assert page.locator("svg.map .node").count() == happy.count() == 6
    middles = page.evaluate(
        "[...document.querySelectorAll('svg.map .node.happy rect')].map((each) => {"
        " const box = each.getBoundingClientRect();"
        " return Math.round(box.y + box.height / 2); })"
    )
    assert len(set(middles)) == 1, "the happy path is straight"


def test_text_of_the_data_shows_as_text(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    attack = "<script>document.title=1</script><img src=x onerror=alert(1)>"
    page = other_board(
        board,
        tmp_path,
        f"update marts.fct_exceptions set subject_id = '{attack}', subject_type = 'segment'",
        f"update marts.dim_journeys set title = '{attack}'",
        f"update marts.dim_slos set title = '{attack}'",
    )
    looked = look()
    shown = looked.open(page.as_uri())
    shown.locator("#work td button").first.click()
    assert attack in shown.locator("dialog strong").first.inner_text()
    assert attack in shown.locator("h2").first.inner_text()
    assert shown.locator("img").count() == 0
    assert looked.requests == [page.as_uri()]
    assert looked.errors == []


def test_what_is_empty_says_why(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    tables = (
        *("fct_exceptions", "fct_transitions", "dim_variants", "fct_state_durations"),
        *("fct_rule_evidence", "fct_journey_outcomes", "fct_event_log_quality"),
        *("fct_error_budget_history", "fct_burn_rates", "fct_case_promises"),
        *("fct_budget_attribution", "fct_outcome_factors", "dim_exception_rules"),
        "fct_promise_predictions",
    )
    page = other_board(
        board, tmp_path, *(f"delete from marts.{each}" for each in tables)
    )
    looked = look()
    shown = looked.open(page.as_uri())
    assert looked.errors == []
    told = shown.locator("body").inner_text()
    for why in (
        "No exception of this journey is open",
        "No event follows another",
        "No case of this journey is in the log",
        "No event of this journey enters a state",
        "No rule is defined for this journey",
        "No case has counted yet",
        "No burn tier is defined",
        "No case is awaited by any promise",
        "No prediction of an open case has shown skill",
    ):
        assert why in told


def nullable_columns() -> dict[str, list[str]]:
    """Return the columns of each mart that its contract lets be null."""
    models = [
        model
        for path in sorted((PROJECT / "models").rglob("_*__models.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    ]
    return {
        model["name"]: [
            column["name"]
            for column in model["columns"]
            if {"type": "not_null"} not in column.get("constraints", [])
        ]
        for model in models
        if "columns" in model
    }


def test_a_page_is_drawn_of_marts_with_every_null_that_they_may_have(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    read = " ".join(QUERIES.values())
    nullable = {
        table: columns
        for table, columns in nullable_columns().items()
        if columns and re.search(rf"\b{table}\b", read) and table != "dim_build"
    }
    assert len(nullable) >= 20
    story = f"#order_to_ship/{some_case(board)['exception_id']}"
    looked = look()
    for table, columns in nullable.items():
        # What is open decides which rows there are.
        nulls = ", ".join(f"{each} = null" for each in columns if each != "is_open")
        page = other_board(board, tmp_path, f"update marts.{table} set {nulls}")
        shown = looked.open(f"{page.as_uri()}?{table}{story}")
        shown.wait_for_timeout(100)
        assert looked.errors == [], table


def some_case(board: Path) -> dict[str, Any]:
    """Return an open exception about a case of the first journey."""
    return next(
        each
        for each in rows_of(told_by(board)["facts"]["exceptions"])
        if each["subject_type"] == "case" and each["journey"] == "order_to_ship"
    )


@pytest.mark.parametrize("address", ["100%", "order%2Fto/%E0%A4%A", "/", "a/b/c"])
def test_an_address_that_is_cut_short_has_a_page(
    look: Callable[..., Looked], board: Path, address: str
) -> None:
    looked = look()
    shown = looked.open(f"{board.as_uri()}#{address}")
    assert looked.errors == []
    assert shown.locator("#promises tbody tr").count() == 4


def test_a_name_may_hold_what_addresses_are_made_of(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    name = "order/to#ship 100%"
    tables = ("dim_journeys", "dim_slos", "fct_exceptions")
    page = other_board(
        board,
        tmp_path,
        *(
            f"update marts.{each} set journey = '{name}' where journey = 'order_to_ship'"
            for each in tables
        ),
    )
    looked = look()
    shown = looked.open(page.as_uri())
    shown.locator(".tabs button", has_text="Ticket").click()
    shown.locator(".tabs button", has_text="Order").click()
    shown.wait_for_selector("h2:has-text('Order to ship')")
    shown.locator("#work td button").first.click()
    shown.wait_for_selector("dialog[open]")
    shown.reload()
    shown.wait_for_selector("dialog[open]")
    shown.keyboard.press("Escape")
    shown.wait_for_selector("dialog:not([open])", state="attached")
    assert shown.locator("h2", has_text="Order to ship").count() == 1
    assert looked.errors == []


def test_a_zone_that_no_browser_knows_is_utc(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    page = other_board(
        board, tmp_path, "update marts.dim_journeys set timezone = 'Mars/Olympus'"
    )
    looked = look()
    shown = looked.open(page.as_uri())
    assert looked.errors == []
    assert "times are those of UTC" in shown.locator("main .about").first.inner_text()


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("no json", "no json"),
        ('"abc"', '"abc"'),
        ('{"at": "2026-13-41 10:00:00"}', "2026-13-41 10:00:00"),
        ('{"at": "2026-01-01 10:00:00 or so"}', "2026-01-01 10:00:00 or so"),
        ('{"order_number": 20260401}', "20260401"),
        ('{"id": 12345678901234567890}', "12345678901234567890"),
        ('{"share": 0.00012}', "0.00012"),
    ],
)
def test_evidence_stands_as_it_is(
    look: Callable[..., Looked], board: Path, tmp_path: Path, evidence: str, said: str
) -> None:
    page = other_board(
        board, tmp_path, f"update marts.fct_exceptions set evidence = '{evidence}'"
    )
    looked = look()
    story = f"#order_to_ship/{some_case(board)['exception_id']}"
    shown = looked.open(f"{page.as_uri()}{story}")
    shown.wait_for_selector("dialog[open]")
    assert looked.errors == []
    assert said in shown.locator("dialog").inner_text().split("Evidence")[1]


def test_a_story_says_the_year_and_links_to_nothing_but_the_web(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    page = other_board(
        board,
        tmp_path,
        "update marts.fct_exceptions set onset_at = timestamp '2016-09-04 12:00:00',"
        " observed_value = 123456, threshold_value = 0.00012, unit = 'breaches',"
        " case_link = 'javascript:alert(1)', playbook_link = 'https://wiki.example/p'",
    )
    story = f"#order_to_ship/{some_case(board)['exception_id']}"
    shown = look().open(f"{page.as_uri()}{story}")
    shown.wait_for_selector("dialog[open]")
    told = shown.locator("dialog").inner_text()
    assert "Sun 4 Sept 2016, 14:00" in told
    assert "123,456 breaches, allowed 0.00012" in told
    links = shown.locator("dialog a").evaluate_all("all => all.map((one) => one.href)")
    assert links == ["https://wiki.example/p"]


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "", "a > b", "注文の受付", "W" * 200]
)
def test_an_event_may_have_any_name(
    look: Callable[..., Looked], board: Path, tmp_path: Path, name: str
) -> None:
    columns = {
        "fct_activities": ["event_name"],
        "fct_transitions": ["from_event", "to_event"],
        "fct_case_events": ["event_name"],
    }
    page = other_board(
        board,
        tmp_path,
        *(
            f"update marts.{table} set {column} = '{name}' where {column} = 'packed'"
            for table, each in columns.items()
            for column in each
        ),
    )
    looked = look()
    shown = looked.open(f"{page.as_uri()}#order_to_ship")
    shown.wait_for_selector("svg.map")
    assert looked.errors == []
    assert shown.locator("svg.map .node.happy").count() == 6
    room = shown.locator("svg.map .node").evaluate_all(
        "all => all.map((node) => { const width = (one) => one.getBBox().width;"
        " const box = width(node.querySelector('rect'));"
        " return [box, box - Math.max(...[...node.querySelectorAll('text')].map(width))];"
        " })"
    )
    assert max(box for box, _ in room) < 500, "a name is cut"
    assert min(rest for _, rest in room) > 0, "a name lies within its box"


@pytest.mark.parametrize("spans", ["< 600", ">= 172800"])
def test_a_threshold_is_drawn_where_no_visit_was_that_long_or_short(
    look: Callable[..., Looked], board: Path, tmp_path: Path, spans: str
) -> None:
    page = other_board(
        board,
        tmp_path,
        "update marts.fct_state_duration_spans set clock = 'rule'"
        " where state = 'awaiting_inventory' and clock = 'calendar'",
        f"delete from marts.fct_state_duration_spans where not from_seconds {spans}"
        " or clock <> 'rule' or state <> 'awaiting_inventory'",
    )
    looked = look()
    shown = looked.open(f"{page.as_uri()}#order_to_ship")
    state = shown.locator(".state", has_text="Waits for stock longer")
    line = state.locator("svg line[stroke='var(--bad)'], g[stroke='var(--bad)'] line")
    line.first.wait_for(state="attached")
    frame, place = state.locator("svg").bounding_box(), line.bounding_box()
    assert frame["x"] <= place["x"] <= frame["x"] + frame["width"]
    assert looked.errors == []


def test_a_way_that_is_too_long_says_how_much_is_left_out(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    page = other_board(
        board,
        tmp_path,
        "update marts.dim_variants set event_count = 306 where is_happy_path",
    )
    shown = look().open(f"{page.as_uri()}#order_to_ship")
    way = shown.locator(".variants > li", has_text="happy path").first
    assert "and 300 more" in way.inner_text()


def test_of_what_was_told_nobody_is_said_to_know_nothing(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    waiting = sum(
        each["told_at"] is None and each["acknowledged_at"] is None
        for each in rows_of(told_by(board)["facts"]["exceptions"])
        if each["exception_id"]
        in {row["exception_id"] for row in rows_of(told_by(board)["facts"]["messages"])}
    )
    case = some_case(board)["exception_id"]
    page = other_board(
        board,
        tmp_path,
        "update marts.fct_exceptions set told_at = timestamp '2026-04-12 10:00:00'"
        f" where exception_id <> '{case}'",
        "update marts.fct_routing_log set owner_role = 'a_lead'",
    )
    assert waiting > 1
    told = look().open(page.as_uri()).locator(".notice").inner_text()
    assert told.startswith("Nobody was told of 1 open exception")
    assert "a_lead has no channel" in told


def test_a_part_that_cannot_be_drawn_leaves_the_others(
    look: Callable[..., Looked], board: Path
) -> None:
    looked = look()
    looked.page.add_init_script("delete Array.prototype.toReversed")
    shown = looked.open(f"{board.as_uri()}#order_to_ship")
    shown.wait_for_selector("#map .empty")
    assert "This part cannot be drawn" in shown.locator("#map").inner_text()
    assert any("toReversed" in each for each in looked.errors)
    assert shown.locator("#weeks svg").count() == 3


def test_without_what_unpacks_it_a_page_says_what_it_needs(
    look: Callable[..., Looked], board: Path
) -> None:
    page = look().page
    page.add_init_script("delete window.DecompressionStream")
    page.goto(board.as_uri())
    page.wait_for_selector("#board .empty")
    assert "needs a browser of 2024" in page.locator("#board").inner_text()


def test_without_any_journey_the_page_says_so(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    marts = board.with_name("marts.duckdb")
    with duckdb.connect(str(marts), read_only=True) as connection:
        tables = connection.sql("select table_name from duckdb_tables()").fetchall()
    gone = (f"delete from marts.{each}" for (each,) in tables if each != "dim_build")
    looked = look()
    shown = looked.open(other_board(board, tmp_path, *gone).as_uri())
    assert looked.errors == []
    assert "No journey is defined" in shown.locator("body").inner_text()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on loopback; yield its address, and what is asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        """Remembers what is asked for, and says nothing."""

        def log_message(self, *arguments: Any) -> None:
            asked.append(str(arguments[1]))

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def test_a_page_takes_the_place_of_an_older_one(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    page = tmp_path / "board.html"
    shutil.copyfile(board, page)
    with served(tmp_path) as (address, asked):
        looked = look()
        looked.page.clock.install()
        shown = looked.open(f"{address}/board.html#order_to_ship")
        shown.wait_for_timeout(200)
        shown.evaluate("window.isTheSame = true")
        shown.clock.run_for(6 * 60_000)
        shown.wait_for_timeout(200)
        assert shown.evaluate("window.isTheSame"), "nothing is newer"
        write_board(board.with_name("marts.duckdb"), page, NOW, timedelta(hours=26))
        os.utime(page, (page.stat().st_atime, page.stat().st_mtime + 60))
        with shown.expect_navigation():
            shown.clock.run_for(6 * 60_000)
        shown.wait_for_selector("#board[aria-busy=false]")
        assert "order_to_ship" in shown.url
        assert {re.sub(r" HTTP.*", "", each) for each in asked} == {
            "GET /board.html",
            "HEAD /board.html",
        }
        assert {each.split("#")[0] for each in looked.requests} == {
            f"{address}/board.html"
        }


def test_a_page_stays_while_a_story_is_open_and_knows_a_server_that_was_away(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    page = tmp_path / "board.html"
    shutil.copyfile(board, page)
    story = f"#order_to_ship/{some_case(board)['exception_id']}"
    with served(tmp_path) as (address, _):
        looked = look()
        looked.page.clock.install()
        away = [True]
        looked.page.route(
            "**/board.html",
            lambda route: (
                route.abort()
                if away[0] and route.request.method == "HEAD"
                else route.continue_()
            ),
        )
        shown = looked.open(f"{address}/board.html{story}")
        shown.wait_for_timeout(200)
        away[0] = False
        shown.evaluate("window.isTheSame = true")
        shown.clock.run_for(6 * 60_000)
        shown.wait_for_timeout(200)
        os.utime(page, (page.stat().st_atime, page.stat().st_mtime + 60))
        shown.clock.run_for(6 * 60_000)
        shown.wait_for_timeout(200)
        assert shown.evaluate("window.isTheSame"), "somebody reads"
        shown.keyboard.press("Escape")
        with shown.expect_navigation():
            shown.clock.run_for(6 * 60_000)


def test_a_page_can_ask_no_other_server(
    look: Callable[..., Looked], board: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copyfile(board, folder / "board.html")
    other = tmp_path / "other"
    other.mkdir()
    with served(folder) as (address, _), served(other) as (elsewhere, asked):
        for place in (f"{address}/board.html", board.as_uri()):
            page = look().open(place)
            answer = page.evaluate(
                "(there) => fetch(there).then(() => 'sent', (error) => error.name)",
                f"{elsewhere}/",
            )
            assert answer == "TypeError"
        assert asked == []


@pytest.mark.parametrize(
    ("hours", "said"),
    [(26, "5 d old: the next build was expected"), (None, "a replay")],
)
def test_a_page_says_that_it_is_old(
    look: Callable[..., Looked],
    board: Path,
    tmp_path: Path,
    hours: int | None,
    said: str,
) -> None:
    page = tmp_path / "board.html"
    max_age = None if hours is None else timedelta(hours=hours)
    write_board(board.with_name("marts.duckdb"), page, NOW, max_age)
    looked = look()
    looked.page.clock.set_fixed_time(datetime(2026, 4, 18, 6, tzinfo=UTC))
    shown = looked.open(page.as_uri())
    assert said in shown.locator("header.top").inner_text()
