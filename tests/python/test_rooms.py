"""Data flow one way through the rooms, from the raw rows down to what was routed."""

import json
from pathlib import Path
from typing import Any

ROOMS = (
    "staging",
    "log",
    "cases",
    "objectives",
    "mining",
    "predictions",
    "exceptions",
    "routing",
    "metrics",
    # Where a var asks for it, which the demo does not.
    "interop",
)


def room_of(node: dict[str, Any]) -> str:
    return Path(node["original_file_path"]).parts[1]


def models_of(home: Path) -> dict[str, dict[str, Any]]:
    """Return the models of a build by unique id."""
    manifest = json.loads((home / "target" / "manifest.json").read_text())
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def test_a_model_reads_only_its_own_room_and_those_above_it(demo: Path) -> None:
    models = models_of(demo)
    against_the_flow = [
        f"{node['name']} reads {models[parent]['name']}"
        for node in models.values()
        for parent in node["depends_on"]["nodes"]
        if parent in models
        and ROOMS.index(room_of(models[parent])) > ROOMS.index(room_of(node))
    ]
    assert against_the_flow == []
    assert {room_of(node) for node in models.values()} == set(ROOMS) - {"interop"}


def test_marts_stand_at_the_door_of_a_room_and_its_workings_inside(demo: Path) -> None:
    misplaced = [
        node["original_file_path"]
        for node in models_of(demo).values()
        if room_of(node) != "staging"
        and (
            node["name"].startswith("int_")
            != ("intermediate" in Path(node["original_file_path"]).parts)
            or node["schema"]
            != ("intermediate" if node["name"].startswith("int_") else "marts")
        )
    ]
    assert misplaced == []
