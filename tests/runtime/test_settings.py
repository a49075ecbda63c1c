"""Settings: read once, from which file, and one sentence for each that is missing or wrong."""

import base64
from pathlib import Path

import pytest

from runtime.complaints import BadSettings
from runtime.sections import Dynamics, Salesforce
from runtime.settings import read, variables
from runtime.wall import behind_the_wall
from tests.stack.settings import LEAST, least_settings

KEY = base64.b64encode(bytes(32)).decode()


def complaints(**more: str) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as refused:
        least_settings(**more)
    return refused.value.sentences


def test_every_missing_setting_is_one_sentence_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        read({"BACKHAUL_FILES__DATA": str(tmp_path)}, None)
    sentences = refused.value.sentences
    assert sentences[0].startswith("BACKHAUL_DATABASE__URL is not set: it is the PostgreSQL address, such as ")
    named = {sentence.split()[0] for sentence in sentences}
    assert {"BACKHAUL_STOREFRONT__CLIENT_SECRET", "BACKHAUL_ERP__ACCOUNT", "BACKHAUL_NOTIFY__SENDER"} <= named
    assert len(named) == len(sentences)


def test_orgs_have_names_and_kinds() -> None:
    settings = least_settings(
        BACKHAUL_CRM__SALES__KIND="salesforce",
        BACKHAUL_CRM__SALES__URL="https://sales.my.salesforce.com/",
        BACKHAUL_CRM__SALES__CLIENT_ID="12345",
        BACKHAUL_CRM__SALES__CLIENT_SECRET="67890",
        BACKHAUL_CRM__FIELD__KIND="dynamics",
        BACKHAUL_CRM__FIELD__URL="https://field.crm4.dynamics.com",
        BACKHAUL_CRM__FIELD__TENANT="t",
        BACKHAUL_CRM__FIELD__CLIENT_ID="c",
        BACKHAUL_CRM__FIELD__CLIENT_SECRET="s",
    )
    sales, field = settings.crm["sales"], settings.crm["field"]
    assert isinstance(sales, Salesforce)
    assert isinstance(field, Dynamics)
    assert sales.url == "https://sales.my.salesforce.com"
    assert sales.client_id == "12345"


def test_a_webhook_key_too_short_to_be_a_secret_is_refused_without_telling_it() -> None:
    (sentence,) = complaints(
        BACKHAUL_CRM__FIELD__KIND="dynamics",
        BACKHAUL_CRM__FIELD__URL="https://field.crm4.dynamics.com",
        BACKHAUL_CRM__FIELD__TENANT="t",
        BACKHAUL_CRM__FIELD__CLIENT_ID="c",
        BACKHAUL_CRM__FIELD__CLIENT_SECRET="s",
        BACKHAUL_CRM__FIELD__WEBHOOK_KEY="guessable",
    )
    assert sentence.startswith("BACKHAUL_CRM__FIELD__WEBHOOK_KEY is wrong: ")
    assert "16" in sentence
    assert "guessable" not in sentence


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("BACKHAUL_DATABASE__URL", "mysql://x", "BACKHAUL_DATABASE__URL is wrong: it must begin with postgresql://"),
        ("BACKHAUL_WORKER__ERP", "many", "BACKHAUL_WORKER__ERP is wrong: a valid integer"),
        ("BACKHAUL_ERP__ACOUNT", "1", "BACKHAUL_ERP__ACOUNT is not a setting; did you mean BACKHAUL_ERP__ACCOUNT?"),
        ("BACKHAUL_NOTHING", "1", "BACKHAUL_NOTHING is not a setting; remove it."),
        ("BACKHAUL_FILES__CA", "/nowhere/ca.pem", "BACKHAUL_FILES__CA names no readable file"),
        ("BACKHAUL_STOREFRONT__API_VERSION", "new", "BACKHAUL_STOREFRONT__API_VERSION has the wrong form"),
        ("BACKHAUL_WORKER", "3", "BACKHAUL_WORKER is not a setting but a section"),
        ("BACKHAUL_CRM__EU__URL", "https://x", "BACKHAUL_CRM__EU__KIND is not set: it is salesforce or dynamics."),
        ("BACKHAUL_ERP__KIND", "sap", "BACKHAUL_ERP__KIND must be netsuite or tryton."),
        ("BACKHAUL_CRM__EU__KIND", "hub", "BACKHAUL_CRM__EU__KIND must be salesforce or dynamics."),
        ("BACKHAUL_CODEC__KEYS", "a:AAAA", "BACKHAUL_CODEC__KEYS is wrong: the key of 'a' has 3 bytes instead of 32"),
        ("BACKHAUL_DATABASE__URL__HOST", "x", "BACKHAUL_DATABASE__URL__HOST has a level too many"),
        ("BACKHAUL_ERP__TOKEN_ID", "", "BACKHAUL_ERP is wrong: to sign in, set BACKHAUL_ERP__TOKEN_ID (or instead "),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_says_how_to_mend_it(variable: str, value: str, sentence: str) -> None:
    (said,) = complaints(**{variable: value})
    assert said.startswith(sentence)


@pytest.mark.parametrize("value", ["https://api.pubsub.salesforce.com", "api.pubsub.salesforce.com", "on", "host:port"])
def test_an_event_bus_is_a_host_with_its_port_or_off(value: str) -> None:
    org = {"KIND": "salesforce", "URL": "https://x.my.salesforce.com", "CLIENT_ID": "a", "CLIENT_SECRET": "b"}
    given = {f"BACKHAUL_CRM__EU__{name}": text for name, text in (org | {"PUBSUB": value}).items()}
    (said,) = complaints(**given)
    assert said.startswith("BACKHAUL_CRM__EU__PUBSUB is wrong: it must be host:port, or off")


@pytest.mark.parametrize("value", ["6", "0h", "hourly", "6 h"])
def test_how_often_an_org_is_compared_is_a_pause_or_off(value: str) -> None:
    org = {"KIND": "salesforce", "URL": "https://x.my.salesforce.com", "CLIENT_ID": "a", "CLIENT_SECRET": "b"}
    given = {f"BACKHAUL_CRM__EU__{name}": text for name, text in (org | {"RECONCILE_EVERY": value}).items()}
    (said,) = complaints(**given)
    assert said.startswith("BACKHAUL_CRM__EU__RECONCILE_EVERY is wrong: it must be a pause such as 30m, 6h or 1d")


def test_an_org_lacking_a_way_to_sign_in_names_its_own_variables() -> None:
    (said,) = complaints(
        BACKHAUL_CRM__US__KIND="salesforce", BACKHAUL_CRM__US__URL="https://x", BACKHAUL_CRM__US__CLIENT_ID="c"
    )
    assert "BACKHAUL_CRM__US__USERNAME, BACKHAUL_CRM__US__PRIVATE_KEY_FILE" in said
    assert "BACKHAUL_CRM__US__CLIENT_SECRET" in said


def test_no_complaint_and_no_printout_repeats_a_secret() -> None:
    said = complaints(BACKHAUL_CODEC__KEYS="a:hunter2", BACKHAUL_DATABASE__URL="mysql://u:hunter2@h/d")
    assert "hunter2" not in "".join(said)
    shown = repr(
        least_settings(
            BACKHAUL_CODEC__KEYS=f"a:{KEY}",
            BACKHAUL_DATABASE__URL="postgresql://u:hunter2@h/d",
            BACKHAUL_NOTIFY__PASSWORD="hunter2",
        )
    )
    assert "hunter2" not in shown
    assert KEY not in shown


def test_the_environment_wins_over_the_file_and_empty_means_unset(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("BACKHAUL_DATABASE__URL=postgresql://file/d\nBACKHAUL_ERP__ACCOUNT=file\nOTHER=1\n")
    values = variables({"BACKHAUL_ERP__ACCOUNT": "environment", "BACKHAUL_WORKER__ERP": ""}, file)
    assert values == {"BACKHAUL_DATABASE__URL": "postgresql://file/d", "BACKHAUL_ERP__ACCOUNT": "environment"}


def test_without_a_database_of_ones_own_the_running_stack_is_meant_and_taken_whole(tmp_path: Path) -> None:
    stack = tmp_path / "stack.env"
    stack.write_text("BACKHAUL_DATABASE__URL='postgresql://stack/d'\nBACKHAUL_ERP__ACCOUNT='stack'\n")
    data = {"BACKHAUL_FILES__DATA": str(tmp_path)}
    meant = variables(data | {"BACKHAUL_ERP__ACCOUNT": "a real one"}, None)
    assert meant["BACKHAUL_ERP__ACCOUNT"] == "stack"
    own = variables(data | {"BACKHAUL_DATABASE__URL": "postgresql://own/d"}, None)
    assert own["BACKHAUL_DATABASE__URL"] == "postgresql://own/d"
    assert "BACKHAUL_ERP__ACCOUNT" not in own


def test_a_process_of_the_stack_reads_no_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("BACKHAUL_STOREFRONT__LOCATION=a real one\n")
    assert variables({"BACKHAUL_STACK": "x", "BACKHAUL_ERP__ACCOUNT": "stack"}, file) == {
        "BACKHAUL_STACK": "x",
        "BACKHAUL_ERP__ACCOUNT": "stack",
    }


def test_worker_queues_are_words() -> None:
    assert least_settings(BACKHAUL_WORKER__QUEUES="erp, crm-sales").worker.queues == ("erp", "crm-sales")


def test_temporals_own_variables_are_kept_as_given() -> None:
    assert least_settings(TEMPORAL_ADDRESS="t:1", TEMPORAL_PROFILE="p").temporal == {
        "TEMPORAL_ADDRESS": "t:1",
        "TEMPORAL_PROFILE": "p",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BACKHAUL_NOTIFY__TIMEZONE", "Mars/Olympus", "it must be a time zone such as Europe/Berlin"),
        ("BACKHAUL_NOTIFY__BOUNCE_SECRET", "whsec_c2hvcnQ=", "it must be whsec_ and at least 24 bytes in base64"),
        ("BACKHAUL_WEBHOOKS__KEYS", "a:short", "the key of 'a' is not base64"),
        ("BACKHAUL_LETTERHEADS__OUTLET__NAME", "Outlet", "BACKHAUL_LETTERHEADS__OUTLET__SHOP is not set"),
    ],
)
def test_what_notices_and_webhooks_are_told_is_checked_at_the_start(name: str, value: str, said: str) -> None:
    (complaint,) = complaints(**{name: value})
    assert said in complaint
    assert name.rpartition("__")[0] in complaint
    assert value not in complaint or name.endswith("NAME")


def test_an_event_that_is_never_given_up_is_no_choice() -> None:
    (complaint,) = complaints(BACKHAUL_WEBHOOKS__PATIENCE="off")
    assert "BACKHAUL_WEBHOOKS__PATIENCE must be a span such as 12h or 1d" in complaint


def test_the_api_does_not_start_without_an_address_of_its_own_to_the_database() -> None:
    own = least_settings(BACKHAUL_DATABASE__API_URL="postgresql://backhaul_api@127.0.0.1:1/none")
    assert behind_the_wall(own).database.url == "postgresql://backhaul_api@127.0.0.1:1/none"
    with pytest.raises(BadSettings, match=r"^BACKHAUL_DATABASE__API_URL is not set: it is .*, run `migrate`, and"):
        behind_the_wall(read(LEAST, env_file=None))
