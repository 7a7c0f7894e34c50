"""The comparison with pm4py on public logs: the log that is built, and the comparing."""

import json

import duckdb
import pytest
from building import public_log

from bench.parity import __main__ as parity
from bench.parity.asked import TEMPLATES, Constraint, constraints
from bench.parity.found import Log
from bench.parity.verdicts import TABLES, Known, compared, explained, markdown

# Of each template: a case that breaks it for `a`, or for `a` and `b`, and one that keeps
# it though it has what could fool who looks.
CASES = {
    "existence": ("b", "ba"),
    "absence": ("ba", "b"),
    "exactly_once": ("aba", "bab"),
    "init": ("ba", "ab"),
    "responded_existence": ("cac", "ba"),
    "co_existence": ("cb", "ba"),
    "not_co_existence": ("ba", "bb"),
    "response": ("aba", "aab"),
    "alternate_response": ("aab", "abcab"),
    "chain_response": ("abacb", "babab"),
    "precedence": ("aba", "baa"),
    "alternate_precedence": ("baa", "babca"),
    "chain_precedence": ("baca", "bbac"),
    "succession": ("bab", "aabb"),
    "alternate_succession": ("aabb", "acbab"),
    "chain_succession": ("abb", "cabab"),
    "not_succession": ("bacb", "bba"),
    "not_chain_succession": ("acab", "acba"),
}


def write(folder, tables=TABLES, **rows):
    """Write the findings of a tool: of each table the rows given, else none."""
    folder.mkdir()
    for name in tables:
        columns = (*TABLES[name].keys, *TABLES[name].rules)
        typed = ", ".join(
            f"cast({column} as {'varchar' if column in TABLES[name].keys else 'double'})"
            f" as {column}"
            for column in columns
        )
        values = rows.get(name, f"({', '.join('null' for _ in columns)})")
        duckdb.sql(
            f"select {typed} from (values {values}) as found ({', '.join(columns)})"
            f" where {name in rows}"
        ).write_parquet(str(folder / f"{name}.parquet"))
    return folder


@pytest.mark.long
def test_the_smallest_log_has_its_published_facts(tmp_path):
    public_log("event_logs/receipt.parquet")
    log = Log("receipt", tmp_path / "receipt")
    with duckdb.connect(str(log.build("dim_variants"))) as connection:
        ((event_count, case_count),) = connection.execute(
            "select sum(event_count), count(*) from marts.fct_cases"
        ).fetchall()
        variants = connection.execute(
            "select variant, case_count from marts.dim_variants"
        ).fetchall()
    assert (event_count, case_count, len(variants)) == (8577, 1434, 116)
    counted = {}
    for names in log.traces().values():
        variant = " > ".join(names)
        counted[variant] = counted.get(variant, 0) + 1
    assert dict(variants) == counted


def test_every_template_has_a_case_that_breaks_it_and_one_that_keeps_it():
    assert CASES.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("template", CASES)
def test_a_case_breaks_a_constraint_by_its_definition(template):
    broken, kept = CASES[template]
    events = ("a", "b") if TEMPLATES[template].is_of_pair else ("a",)
    constraint = Constraint(template, *events)
    assert constraint.is_violated_by(list(broken))
    assert not constraint.is_violated_by(list(kept))


def test_each_template_is_asked_of_every_event_or_ordered_pair():
    asked = constraints(["a", "b", "c"])
    assert len(asked) == len(set(asked)) == 4 * 3 + 14 * 6
    assert Constraint("init", "a") in asked
    assert Constraint("response", "b", "a") in asked
    assert [Constraint.of(each.rule_id) for each in asked] == asked


def test_what_must_come_first_is_named_first_to_pm4py():
    assert Constraint("response", "a", "b").peer_events == ("a", "b")
    assert Constraint("precedence", "b", "a").peer_events == ("a", "b")


def found_in(tmp_path, here, peer):
    """Compare findings in the tables of which either has rows."""
    tables = {name: TABLES[name] for name in TABLES if name in {*here, *peer}}
    return compared(
        write(tmp_path / "here", tables, **here),
        write(tmp_path / "peer", tables, **peer),
        tables,
    )


VERDICTS = {"declare_response": "('response | a | b', '1', 1)"}
TRACES = {"1": ["a", "b", "a"], "2": ["b", "a"]}


def test_equal_findings_have_nothing_to_explain(tmp_path):
    rows = {"variants": "('a > b', 2)", "durations": "('1', 60), ('2', 0)", **VERDICTS}
    said = explained("log", found_in(tmp_path, rows, rows), [], TRACES)
    assert said.unexplained == []
    assert markdown(said).splitlines()[2] == "| variants: cases | 1 | 1 | 0 | 0 |"


def test_a_difference_in_any_table_is_told(tmp_path):
    def rows(value):
        keys = {"rule_id": "response | a | b", "case_id": "1"}
        return {
            name: str(
                (
                    *(keys.get(key, "a") for key in table.keys),
                    *(value for _ in table.rules),
                )
            ).replace(",)", ")")
            for name, table in TABLES.items()
        }

    found = found_in(tmp_path, rows(5), rows(7))
    told = explained("log", found, [], TRACES).unexplained
    assert [line.split()[1] for line in told] == [
        name for name, table in TABLES.items() for _ in table.rules
    ]


def known(**changed):
    row = {
        "log": "log",
        "table": "declare_response",
        "key": "response | *",
        "row_count": 1,
        "example": "response | a | b | 1",
        "right": "offpath",
        "reason": "It is so.",
    }
    return Known(**{**row, **changed})


def test_what_is_known_is_explained(tmp_path):
    found = found_in(tmp_path, VERDICTS, {})
    said = explained("log", found, [known()], TRACES)
    assert said.unexplained == []
    assert "| `response`: verdicts violated | 1 | 0 | 1 | 1 |" in markdown(said)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"log": "other"}, "by definition offpath is right"),
        ({"key": "response | b*"}, "by definition offpath is right"),
        ({"table": "declare_precedence"}, "by definition offpath is right"),
        # The definition is not with the tool that the list names.
        ({"right": "pm4py"}, "by definition offpath is right"),
        ({"row_count": 2}, "is known to differ in 2 rows, and differs in 1"),
        ({"example": "response | a | b | 2"}, "response | a | b | 2 does not differ"),
    ],
)
def test_what_is_known_of_another_difference_explains_nothing(tmp_path, changed, told):
    found = found_in(tmp_path, VERDICTS, {})
    said = explained("log", found, [known(**changed)], TRACES)
    assert any(told in line for line in said.unexplained)


def test_a_verdict_that_only_pm4py_has_right_is_told(tmp_path):
    found = found_in(tmp_path, {}, VERDICTS)
    (line,) = explained("log", found, [], TRACES).unexplained
    assert line.endswith("None in offpath, 1.0 in pm4py; by definition pm4py is right")


def test_more_differences_than_one_reads_are_counted(tmp_path):
    rows = ", ".join(f"('event {number:02}', 1)" for number in range(14))
    said = explained("log", found_in(tmp_path, {"rework": rows}, {}), [], TRACES)
    assert said.unexplained[-1] == "log: rework differs in 4 more rows"


def test_what_is_known_names_its_log_its_table_and_who_is_right():
    listed = Known.read(parity.KNOWN)
    assert listed
    for each in listed:
        assert each.log in parity.LOGS
        assert each.table in TABLES
        assert each.right in {"offpath", "pm4py", "neither"}
        assert each.row_count > 0
        assert each.reason


@pytest.mark.parametrize(("duration", "code"), [(60, 0), (62, 1)])
def test_the_command_fails_where_findings_differ(
    tmp_path, monkeypatch, capsys, duration, code
):
    class MadeByHand:
        def __init__(self, name, home):
            pass

        def by_offpath(self):
            return write(tmp_path / "offpath", durations="('1', 60)")

        def by_pm4py(self):
            folder = write(tmp_path / "pm4py", durations=f"('1', {duration})")
            run = {"versions": {"pm4py": "2", "pandas": "3"}}
            (folder / "run.json").write_text(json.dumps(run))
            return folder

        def traces(self):
            return TRACES

        def described(self):
            return "5 events"

    monkeypatch.setattr(parity, "Log", MadeByHand)
    with pytest.raises(SystemExit) as ended:
        parity.main(["log"])
    assert int(ended.value.code) == code
    printed = capsys.readouterr()
    assert "`log`: 5 events. " in printed.out
    assert f"| cases: duration | 1 | 1 | {code} | 0 |" in printed.out
    assert ("seconds is 60.0 in offpath, 62.0 in pm4py" in printed.err) == bool(code)
