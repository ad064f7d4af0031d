"""GraphQL APIs on the command line."""

import json
from pathlib import Path

from tests.app.test_cli import splice


async def test_the_commands_take_a_graphql_api(tmp_path: Path) -> None:
    """`--graphql` with a URL or a file."""
    (tmp_path / "shop.graphql").write_text(
        "type Query { shop(id: ID!): Shop } type Shop { name(in: Language): String }"
        " scalar Language"
    )

    status, output, _ = await splice("schema", "--graphql", "shop.graphql", cwd=tmp_path)
    listed, report, _ = await splice(
        "discover", "--json", "--graphql", "shop.graphql", cwd=tmp_path
    )

    assert (status, listed) == (0, 0)
    assert "name(in: JSON): String" in output
    (told,) = json.loads(report)["upstreams"]
    assert (told["name"], told["kind"], told["mapped"]) == ("shop", "graphql", 1)
    assert told["degraded"][0]["at"] == "scalar Language"
