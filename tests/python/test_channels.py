"""The channels file: what it may say, and how it complains."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath.channel_file import load_channels
from offpath.errors import ConfigurationError
from pytest_httpserver import HTTPServer

Offpath = Callable[..., Result]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "channels.yml"
    path.write_text(text, encoding="utf-8")
    return path


def names(tmp_path: Path, text: str) -> dict[str, list[str]]:
    channels = load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    return {
        role: [name.split("-")[0] for name in channels.of(role)]
        for role in sorted(channels.by_role)
    }


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    message = caught.value.format_message()
    assert "\n" not in message
    return message.replace(str(tmp_path / "channels.yml"), "FILE")


def test_tags_are_owner_roles_and_a_role_may_have_several_channels(
    tmp_path: Path,
) -> None:
    text = """
urls:
  - json://localhost/one:
      - tag: inventory, billing
  - jsons://localhost/two:
    tag: inventory
webhooks:
  - {url: 'https://localhost/three', tag: [support]}
  - {url: 'https://localhost/four', owner_roles: support billing}
"""
    assert names(tmp_path, text) == {
        "billing": ["json", "webhook"],
        "inventory": ["json", "jsons"],
        "support": ["webhook", "webhook"],
    }


def test_groups_of_apprise_count_as_roles(tmp_path: Path) -> None:
    text = """
groups:
  - operations_lead: inventory
urls:
  - json://localhost/one:
      - tag: inventory
"""
    assert names(tmp_path, text) == {
        "inventory": ["json"],
        "operations_lead": ["json"],
    }


def test_an_empty_file_sends_everybody_to_the_outbox(tmp_path: Path) -> None:
    channels = load_channels(write(tmp_path, ""), tmp_path / "outbox.jsonl")
    assert list(channels.of("inventory")) == ["outbox"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urls: [\n", "FILE, line 2: expected the node content, but found '<stream"),
        ("- a\n", "FILE, line 1: expected the keys urls and webhooks"),
        (
            "urls: []\nhooks: []\n",
            "FILE, line 2: unknown key 'hooks'; known are asset, groups, tag, urls,",
        ),
        (
            "urls:\n  - json://x:\n      - tag: a\n  - nosuch://y:\n      - tag: b\n",
            "FILE, line 4: Apprise reads no service address in this entry",
        ),
        (
            "urls:\n  - json://localhost/\n",
            "FILE, line 2: no tag says which owner role it serves",
        ),
        ("webhooks: {}\n", "FILE, line 1: webhooks must be a list"),
        (
            "webhooks:\n  - {url: 'http://x', tags: a}\n",
            "FILE, line 2: a webhook has only the keys owner_roles, tag, url",
        ),
        (
            "webhooks:\n\n  - {url: 'file:///etc/passwd', tag: a}\n",
            "FILE, line 3: a webhook needs a url with http or https",
        ),
        (
            "webhooks:\n  - {url: 'http://x'}\n",
            "FILE, line 2: no tag says which owner role it serves",
        ),
        (
            "webhooks:\n  - {url: 'http://x', tag: all}\n",
            "FILE, line 2: no tag says which owner role it serves",
        ),
        (
            "webhooks:\n  - {url: 'http://x', tag: ''}\n",
            "FILE, line 2: no tag says which owner role it serves",
        ),
        (
            "webhooks:\n  - {url: 'http://[::1', tag: a}\n",
            "FILE, line 2: a webhook needs a url with http or https",
        ),
        (
            "webhooks:\n  - {url: 'http://x/${HOME', tag: a}\n",
            "FILE, line 2: 'http://x/${HOME' has an unclosed ${",
        ),
        ("urls: []\nurls: []\n", "FILE, line 2: the key 'urls' stands twice"),
        (
            "webhooks:\n  - {url: 'http://x', tag: a, tag: b}\n",
            "FILE, line 2: the key 'tag' stands twice",
        ),
        (
            "urls:\n  - 'json://a, json://b':\n      - tag: a\n",
            "FILE, line 2: an entry holds one service address",
        ),
        ("version: 2026-13-45\n", "FILE, line 1: it is not YAML (month must be in"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_its_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert complaint(tmp_path, text).startswith(expected)


def test_a_variable_that_is_not_set_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAT_TOKEN", raising=False)
    text = "urls:\n  - slack://${CHAT_TOKEN}/#ops:\n      - tag: inventory\n"
    assert complaint(tmp_path, text) == (
        "FILE, line 2: the environment variable CHAT_TOKEN is not set"
    )
    monkeypatch.setenv("CHAT_TOKEN", "")
    assert complaint(tmp_path, text) == (
        "FILE, line 2: the environment variable CHAT_TOKEN is empty"
    )


def test_a_service_that_refuses_a_message_has_not_taken_it(
    home: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    build_warehouse(home, [an_exception(1)])
    url = httpserver.url_for("/chat").replace("http://", "json://")
    write(home, f"urls:\n  - {url}:\n      - tag: inventory\n")
    httpserver.expect_oneshot_request("/chat").respond_with_data(status=500)
    httpserver.expect_request("/chat").respond_with_data(status=200)
    refused = offpath("route", "--as-of", "build")
    assert refused.exit_code == 1
    assert "reported failure" in refused.stdout
    assert offpath("route", "--as-of", "build").exit_code == 0
    first, second = (request.get_json() for request, _ in httpserver.log)
    assert first["message"] == second["message"]
    assert "\nPlaybook: docs/playbooks/free_the_stock.md\n" in first["message"]


def test_a_secret_is_used_and_never_shown(
    home: Path,
    offpath: Offpath,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cr3t-path")
    build_warehouse(home, [an_exception(1)])
    url = httpserver.url_for("/${HOOK_SECRET}")
    json_url = url.replace("http://", "json://")
    write(
        home,
        f"urls:\n  - {json_url}:\n      - tag: inventory\n"
        f"webhooks:\n  - url: {url}\n    tag: inventory\n"
        "  - {url: 'http://127.0.0.1:1/${HOOK_SECRET}', tag: inventory}\n",
    )
    httpserver.expect_request("/s3cr3t-path").respond_with_data(status=500)
    result = offpath("route", "--as-of", "build")
    status = offpath("status", "--json")
    assert result.exit_code == 1
    assert len(httpserver.log) == len(("json", "webhook"))
    assert "no answer (ConnectionError)" in result.stdout
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    shown = (result.output + status.output).encode()
    assert not any(b"s3cr3t" in text for text in [shown, *written])


def test_a_tag_that_is_no_owner_role_is_a_warning_only(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    write(home, "webhooks:\n  - {url: 'http://127.0.0.1:1', tag: inventroy}\n")
    result = offpath("route", "--as-of", "build")
    assert result.exit_code == 0
    assert (
        "warning: the channels file has the tag inventroy, which is no owner role"
        in result.stderr.splitlines()
    )


def test_a_channels_file_that_was_asked_for_must_be_there(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    result = offpath("route", "--as-of", "build", "--channels", "nowhere.yml")
    assert result.exit_code == ConfigurationError.exit_code
    assert "nowhere.yml, line 1: cannot be read: No such file" in result.stderr
    assert not (home / "ledger.sqlite").exists()
