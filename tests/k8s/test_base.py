"""The Kubernetes base fits the gateway it runs: paths, ports, files, commands."""

import re
from pathlib import Path
from typing import Any

import yaml

from app.cli import COMMANDS
from app.config import load
from tests.app.served import gateway

K8S = Path(__file__).parents[2] / "k8s"


def container() -> dict[str, Any]:
    """The gateway's container."""
    deployment = yaml.safe_load((K8S / "base" / "deployment.yaml").read_text())
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def test_the_configuration_is_one() -> None:
    """It is read without a problem, and its store is on the writable volume."""
    config = load(K8S / "base" / "splice.yaml", {})

    mounts = {mount["mountPath"] for mount in container()["volumeMounts"]}
    assert config.discovery.store in mounts


def test_the_port_is_the_one_it_listens_on() -> None:
    """The container's port, the configuration's default and the image's."""
    (port,) = container()["ports"]
    config = load(K8S / "base" / "splice.yaml", {})

    assert port["containerPort"] == config.server.port
    assert f"EXPOSE {config.server.port}" in (K8S / "Dockerfile").read_text()


async def test_the_probes_ask_for_what_is_there(tmp_path: Path) -> None:
    """Both paths answer 200 when nothing is wrong."""
    paths = [container()[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")]

    async with gateway("upstreams: {}", tmp_path) as asking:
        statuses = [(await asking.http.get(path)).status_code for path in paths]

    assert statuses == [200, 200]


async def test_the_metrics_are_where_they_are_looked_for(tmp_path: Path) -> None:
    """The configuration serves them at the annotated path, on the container's port."""
    deployment = yaml.safe_load((K8S / "base" / "deployment.yaml").read_text())
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    config = (K8S / "base" / "splice.yaml").read_text().replace("/var/lib/splice", '""')

    async with gateway(config, tmp_path) as asking:
        answer = await asking.http.get(annotations["prometheus.io/path"])

    (port,) = container()["ports"]
    assert annotations["prometheus.io/port"] == str(port["containerPort"])
    assert answer.status_code == 200
    assert "splice_build_info" in answer.text


def test_the_image_runs_a_command_that_exists() -> None:
    """And copies only what is in the repository."""
    dockerfile = (K8S / "Dockerfile").read_text()
    command = re.findall(r'^CMD \["(\w+)"', dockerfile, re.MULTILINE)
    copied = re.findall(r"^COPY ((?!--)[^\n]+) \S+$", dockerfile, re.MULTILINE)

    assert set(command) <= set(COMMANDS)
    assert all((K8S.parent / name).exists() for line in copied for name in line.split())
