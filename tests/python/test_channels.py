"""The channels file: what it may say, and how it complains."""

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from building import PROJECT
from click.testing import Result
from conftest import an_exception, build_warehouse
from offpath.delivery.apprise_incidents import LIFE_CYCLES, NATIVE, WITHOUT_LIFE_CYCLE
from offpath.delivery.channel_file import load_channels
from offpath.delivery.incident_services import SERVICES
from offpath.errors import ConfigurationError
from pytest_httpserver import HTTPServer
from routed import ROUTE
from standardwebhooks import Webhook, WebhookVerificationError

Offpath = Callable[..., Result]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "channels.yml"
    path.write_text(text, encoding="utf-8")
    return path


def names(tmp_path: Path, text: str) -> dict[str, list[str]]:
    channels = load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    return {
        role: [name.split("-")[0] for name in channels.of(role, "opened")]
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
    assert list(channels.of("inventory", "opened")) == ["outbox"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urls: [\n", "FILE, line 2: expected the node content, but found '<stream"),
        ("- a\n", "FILE, line 1: expected some of the keys asset, groups, heartbeat,"),
        (
            "urls: []\nhooks: []\n",
            "FILE, line 2: unknown key 'hooks'; known are asset, groups, heartbeat,",
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
            "FILE, line 2: a webhook has only the keys owner_roles, secrets,",
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
            "FILE, line 2: an unclosed ${",
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
    refused = offpath(*ROUTE)
    assert refused.exit_code == 1
    assert "answered 500" in refused.stdout
    assert offpath(*ROUTE).exit_code == 0
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
    result = offpath(*ROUTE)
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
    result = offpath(*ROUTE)
    assert result.exit_code == 0
    assert (
        "warning: the channels file has the tag inventroy, which is no owner role"
        in result.stderr.splitlines()
    )


def test_a_channels_file_that_was_asked_for_must_be_there(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [an_exception(1)])
    result = offpath(*ROUTE, "--channels", "nowhere.yml")
    assert result.exit_code == ConfigurationError.exit_code
    assert "nowhere.yml, line 1: cannot be read: No such file" in result.stderr
    assert not (home / "ledger.sqlite").exists()


ODD = "p@ss/a:b?c#d%41 e"


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_a_secret_arrives_as_it_is_wherever_it_enters_an_address(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("SECRET", ODD)
    # By HTTP a user's name ends at the colon.
    monkeypatch.setenv("USER_NAME", ODD.replace(":", ";"))
    httpserver.expect_request("/").respond_with_data("ok")
    url = httpserver.url_for("/").replace("http://", "http://${USER_NAME}:${SECRET}@")
    text = f"webhooks:\n  - {{url: '{url}', tag: a}}\n"
    if kind == "apprise":
        text = f"urls:\n  - '{url.replace('http', 'json', 1)}':\n      - tag: a\n"
    deliver(tmp_path, text)
    ((request, _),) = httpserver.log
    assert request.authorization is not None
    assert request.authorization.username == ODD.replace(":", ";")
    assert request.authorization.password == ODD


@pytest.mark.parametrize("secret", ["p@ss", "a/b", "a:b", "a b", "a%41"])
def test_a_secret_of_a_path_is_one_part_of_it(
    tmp_path: Path,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
) -> None:
    monkeypatch.setenv("SECRET", secret)
    httpserver.expect_request(f"/in/{secret}/end").respond_with_data("ok")
    url = httpserver.url_for("/in/") + "${SECRET}/end"
    deliver(tmp_path, f"webhooks:\n  - {{url: '{url}', tag: a}}\n")
    ((request, response),) = httpserver.log
    assert response.status_code == 200
    assert "${" not in request.path


def test_an_address_that_is_a_secret_is_taken_as_it_is(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLE", httpserver.url_for("/hook?a=1"))
    httpserver.expect_request("/hook", query_string="a=1").respond_with_data("ok")
    deliver(tmp_path, "webhooks:\n  - {url: '${WHOLE}', tag: a}\n")
    assert [response.status_code for _, response in httpserver.log] == [200]


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_no_credentials_are_taken_from_netrc(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    httpserver.expect_request("/").respond_with_data("ok")
    url = httpserver.url_for("/")
    text = f"webhooks:\n  - {{url: '{url}', tag: a}}\n"
    if kind == "apprise":
        text = f"urls:\n  - '{url.replace('http', 'json', 1)}':\n      - tag: a\n"
    deliver(tmp_path, text)
    ((request, _),) = httpserver.log
    assert request.authorization is None


def test_a_webhook_is_signed_with_each_of_its_secrets(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3)]
    monkeypatch.setenv("NEW", f"whsec_{keys[0]}")
    monkeypatch.setenv("OLD", keys[1])
    httpserver.expect_request("/").respond_with_data("ok")
    url = httpserver.url_for("/")
    secrets = "secrets: ['${NEW}', '${OLD}']"
    deliver(tmp_path, f"webhooks:\n  - {{url: '{url}', tag: a, {secrets}}}\n")
    ((request, _),) = httpserver.log
    for key in keys[:2]:
        Webhook(key).verify(request.get_data(), dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(keys[2]).verify(request.get_data(), dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(keys[0]).verify(request.get_data() + b" ", dict(request.headers))
    assert request.headers["webhook-id"] == request.get_json()["id"]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "c2hvcnQ=", "no base64 at all!!!!!!!!"]
)
def test_a_secret_that_cannot_sign_is_an_error_that_does_not_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    text = f"webhooks:\n  - url: http://x\n    tag: a\n    secrets: ['{secret}']\n"
    assert complaint(tmp_path, text) == (
        "FILE, line 2: a secret is whsec_ and base64 of at least 24 bytes"
    )


@pytest.mark.parametrize(
    "text",
    [
        "json://user:s3cr3t@x:\n  - tag: a\n",
        "urls:\n  - json://u:s3cr3t@x: {tag: a}\n    json://u:s3cr3t@x: {tag: b}\n",
        "urls:\n  - 'nosuch://u:s3cr3t@x':\n      - tag: a\n",
        "webhooks:\n  - {url: 'file://s3cr3t', tag: a}\n",
        "webhooks:\n  - {url: 'http://x/s3cr3t/${HOME', tag: a}\n",
        "webhooks:\n  - {url: *s3cr3t, tag: a}\n",
        "webhooks:\n  - {url: !s3cr3t x, tag: a}\n",
        "webhooks: s3cr3t\n",
        "heartbeat: ftp://s3cr3t\n",
        "webhooks:\n  - {url: http://x, tag: a, s3cr3t: b}\n",
    ],
)
def test_no_error_shows_what_may_be_a_secret(tmp_path: Path, text: str) -> None:
    message = complaint(tmp_path, text)
    assert message.startswith("FILE, line ")
    assert "s3cr3t" not in message


def test_two_entries_with_one_address_and_other_options_are_two_channels(
    tmp_path: Path,
) -> None:
    text = """
urls:
  - json://localhost/one:
      - tag: inventory
  - json://localhost/one:
      - tag: inventory
        format: markdown
"""
    assert names(tmp_path, text) == {"inventory": ["json", "json"]}


@pytest.mark.parametrize(
    "text",
    [
        "webhooks:\n  - {url: 'http://x', tag: a}\n  - {url: 'http://x', tag: a b}\n",
        "urls:\n  - json://localhost: {tag: a}\n  - json://localhost: {tag: a b}\n",
    ],
)
def test_two_entries_that_are_the_same_to_a_role_are_an_error_with_both_lines(
    tmp_path: Path, text: str
) -> None:
    assert complaint(tmp_path, text) == "FILE, line 3: a has the same entry in line 2"
    assert names(tmp_path, text.replace("a b", "b"))


def test_names_of_channels_are_those_that_ledgers_know(tmp_path: Path) -> None:
    text = """
urls:
  - json://localhost/one:
      - tag: inventory
webhooks:
  - {url: 'https://localhost/three', tag: inventory}
"""
    channels = load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    assert list(channels.of("inventory", "opened")) == ["json-11256b", "webhook-0b1674"]


def test_each_recipient_is_a_channel_where_apprise_can_tell_them_apart(
    tmp_path: Path,
) -> None:
    text = """
urls:
  - mailto://u:p@example.com:
      - to: a@example.com, b@example.com
        cc: c@example.com
        tag: mail
  - slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#one/#two:
      - tag: chat
"""
    found = names(tmp_path, text)
    assert found == {"chat": ["slack"] * 2, "mail": ["mailto"] * 3}
    several = "matrix://u:p@localhost/#a/#b"
    text = f"urls:\n  - '{several}':\n      - tag: a\n"
    assert complaint(tmp_path, text) == (
        "FILE, line 2: give each recipient an entry of its own"
    )


def test_heartbeat_and_operator_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ID", "a/b")
    text = "heartbeat: https://example.com/${ID}\noperator: it_ops\n"
    channels = load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    assert channels.heartbeat == "https://example.com/a%2Fb"
    assert channels.operator == "it_ops"
    assert complaint(tmp_path, "\noperator: [a]\n") == (
        "FILE, line 2: operator must be a text"
    )


def test_a_channels_file_that_anybody_can_read_is_warned_of(
    home: Path, offpath: Offpath
) -> None:
    build_warehouse(home, [])
    path = write(home, "")
    path.chmod(0o644)
    expected = f"warning: anybody can read {path}, and secrets in it; chmod 600 it"
    assert expected in offpath(*ROUTE).stderr.splitlines()
    path.chmod(0o640)
    assert offpath(*ROUTE).stderr == ""


def deliver(tmp_path: Path, text: str) -> None:
    """Deliver a message by the one channel of role a."""
    channels = load_channels(write(tmp_path, text), tmp_path / "outbox.jsonl")
    (channel,) = channels.of("a", "opened").values()
    payload = {"id": "1", "title": "New", "body": "what", "exceptions": []}
    channel.deliver(payload, is_possible_duplicate=False)


EXAMPLES = {
    "HOOK_TOKEN": "abc",
    "ILERT_KEY": "il1api123",
    "JIRA_TOKEN": "abc",
    "JSM_KEY": "abc",
    "MAIL_PASSWORD": "abc",
    "OPSGENIE_KEY": "abc",
    "PAGERDUTY_KEY": "0" * 32,
    "SERVICENOW_PASSWORD": "abc",
    "SLACK_TOKEN": "xoxb-1234-1234-abc",
    "SPLUNK_KEY": "ab12cd34-ab12-4c5d-8e9f-0123456789ab",
    "SPLUNK_ROUTE": "stock",
    "TEAMS_HOST": "prod.westeurope.logic.azure.com",
    "TEAMS_SIGNATURE": "abc",
    "TEAMS_WORKFLOW": "0123abc",
}
CHANNELS_PAGE = PROJECT / "docs" / "channels.md"


def documented() -> list[str]:
    """Return each entry of the page as a file of its own."""
    blocks = re.findall(
        r"```yaml\n(.*?)```", CHANNELS_PAGE.read_text("utf-8"), re.DOTALL
    )
    return [
        yaml.safe_dump({key: [entry]})
        for block in blocks
        for key, entries in yaml.safe_load(block).items()
        for entry in entries
    ]


@pytest.mark.parametrize("text", documented())
def test_an_entry_of_the_page_on_channels_makes_a_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for variable in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(variable, EXAMPLES[variable])
    (channels,) = names(tmp_path, text).values()
    assert len(channels) == 1
    assert "outbox" not in channels


def test_the_page_on_channels_has_an_entry_for_each_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in EXAMPLES.items():
        monkeypatch.setenv(variable, value)
    kinds = {
        channel
        for text in documented()
        for channels in names(tmp_path, text).values()
        for channel in channels
    }
    assert kinds >= {*SERVICES, "mailto", "slack", "workflows", "webhook"}


def test_the_page_on_channels_names_each_incident_service_of_apprise() -> None:
    page = CHANNELS_PAGE.read_text("utf-8")
    schemas = {*LIFE_CYCLES, *WITHOUT_LIFE_CYCLE, *NATIVE}
    assert {schema for schema in schemas if f"`{schema}://" not in page} == set()
