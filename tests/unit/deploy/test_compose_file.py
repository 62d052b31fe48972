"""docker-compose.yml, its Dockerfile and its Prometheus agree with the code."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.local import kafka as local_kafka
from deploy.local.settings import LocalSettings
from shared import metrics
from shared.settings import ServiceSettings
from tests.composefile import (
    EXAMPLE,
    FILE,
    REPOSITORY,
    SERVICES,
    Compose,
    MissingVariable,
    interpolate,
    read_compose,
    variables,
)

DEPLOY = REPOSITORY / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
REQUIRED = re.compile(r"\$\{\w+:\?[^}]+\}")
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
}
COMPOSE = read_compose()
PARTS: Compose = COMPOSE["services"]


def test_the_file_is_valid_by_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", str(FILE)]
    command += ["--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_example_names_every_variable_and_gives_none_a_value() -> None:
    lines = EXAMPLE.read_text().splitlines()
    settings = [line for line in lines if line and not line.startswith("#")]
    assert all(line.endswith("=") for line in settings)
    assert {line.removesuffix("=") for line in settings} == variables(COMPOSE).keys()


@pytest.mark.parametrize(
    "name", [name for name, required in variables(COMPOSE).items() if required]
)
def test_nothing_starts_while_a_required_variable_is_empty(name: str) -> None:
    values = dict.fromkeys(variables(COMPOSE), "x")
    interpolate(COMPOSE, values)
    with pytest.raises(MissingVariable, match=name):
        interpolate(COMPOSE, {**values, name: ""})


def test_no_secret_is_written_down() -> None:
    for part in PARTS.values():
        for name, value in part.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name:
                assert REQUIRED.fullmatch(value), name
            for password in re.findall(r"://[^/:@\s]*:(.*)@", value):
                assert REQUIRED.fullmatch(password), name
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert not re.search(r"PASSWORD|SECRET|TOKEN", dockerfile)


def test_the_builder_sees_only_what_the_image_needs() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert let_in == {"requirements.txt", "shared", "services", "deploy/frameworks"}


def test_images_are_pinned() -> None:
    images = [part["image"] for part in PARTS.values() if "build" not in part]
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) == 4
    for image in images:
        assert re.search(r":v?\d+[\w.-]*$", image), image


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_guarded_watched_and_started_again(name: str) -> None:
    part = PARTS[name]
    assert part["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert part["restart"] == "unless-stopped"
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part["cap_drop"] == ["ALL"]
    assert "stop_grace_period" in part
    assert not {"privileged", "cap_add", "network_mode", "pid"} & part.keys()
    assert all(port.startswith("127.0.0.1:") for port in part.get("ports", []))


def test_volumes_networks_and_mounted_files_are_there() -> None:
    for part in PARTS.values():
        assert set(part["networks"]) <= COMPOSE["networks"].keys()
        for volume in part.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (REPOSITORY / source).exists(), source
            else:
                assert source in COMPOSE["volumes"], source


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_what_its_settings_read_and_all_they_require(
    service: str,
) -> None:
    settings = importlib.import_module(f"services.{service}.settings").Settings
    names = environment_names(settings)
    given = PARTS[service]["environment"].keys()
    assert given <= names.keys()
    assert {name for name, required in names.items() if required} <= given


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_built_alone_and_starts_on_its_port(service: str) -> None:
    part, port = PARTS[service], LocalSettings(port_offset=0).port(service)
    command = shlex.split(part["command"])
    assert part["build"]["args"] == {"SERVICE": service}
    assert command[:3] == ["uvicorn", f"services.{service}.app:create_app", "--factory"]
    assert option(command, "--host") == "0.0.0.0"
    assert option(command, "--port") == str(port)
    assert part["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"http://127.0.0.1:{port}/readyz" in part["healthcheck"]["test"][-1]
    healthy = {"condition": "service_healthy"}
    assert part["depends_on"] == {"postgres": healthy, "kafka": healthy}


def test_the_broker_is_set_up_as_the_embedded_one() -> None:
    environment = PARTS["kafka"]["environment"]
    for setting, value in local_kafka._BROKER_SETTINGS.items():
        assert environment["KAFKA_" + setting.upper().replace(".", "_")] == value
    version = PARTS["kafka"]["image"].removeprefix("apache/kafka:")
    jars = (DEPLOY / "local" / "kafka-jars.txt").read_text()
    assert f"org.apache.kafka:kafka_2.13:{version} " in jars


def test_prometheus_reads_the_four_services_where_they_listen() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    read = {
        job["job_name"]: job["static_configs"][0]["targets"]
        for job in config["scrape_configs"]
    }
    ports = {s: option(shlex.split(PARTS[s]["command"]), "--port") for s in SERVICES}
    assert read == {s: [f"{s}:{port}"] for s, port in ports.items()}
    assert all((PROMETHEUS / name).exists() for name in config["rule_files"])


def test_alerts_name_only_metrics_that_exist_and_say_what_to_do() -> None:
    known, rules = metric_names(), alerts()
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        annotations = rule["annotations"]
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert annotations["summary"], rule["alert"]
        assert annotations["action"], rule["alert"]
        assert named_metrics(rule["expr"]) <= known | {"up"}, rule["alert"]
        mentioned = re.findall(r"\blivingwell_\w+", " ".join(annotations.values()))
        assert set(mentioned) <= known, rule["alert"]


def environment_names(settings: type[ServiceSettings]) -> dict[str, bool]:
    """Return the variables that `settings` reads, and whether each is required."""
    prefix, names = settings.model_config["env_prefix"], {}
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        assert alias is None or isinstance(alias, str)
        names[alias or (prefix + name).upper()] = field.is_required()
    return names


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def alerts() -> list[dict[str, Any]]:
    content = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]


def metric_names() -> set[str]:
    """Return the names under which Prometheus stores what shared/metrics.py has."""
    described = [
        next(iter(metric.describe()))
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    ]
    return {m.name + suffix for m in described for suffix in SUFFIXES[m.type]}


def named_metrics(expression: str) -> set[str]:
    """Return the metric names in a PromQL expression: what is nothing else in it."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without)\s*\([^)]*\)", " ", expression)
    words = re.findall(r"\b[a-z_]\w*\b(?!\s*\()", bare)
    return set(words) - {"and", "or", "unless", "offset", "sum", "max", "min", "count"}
