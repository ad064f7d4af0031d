"""Types of several upstreams as one, through the commands."""

from pathlib import Path

from tests.app.test_cli import splice
from tests.app.test_shaping import bank


def config(description: str, schema: str) -> str:
    """A configuration over two upstreams that have the same."""
    upstreams = "".join(f"  {name}: {{ openapi: '{description}' }}\n" for name in ("one", "two"))
    return f"upstreams:\n{upstreams}schema: {schema}\n"


async def test_all_that_is_equal_is_one(tmp_path: Path) -> None:
    """It is told, and the lock keeps the names that there would be without."""
    async with bank() as backend:
        (tmp_path / "splice.yaml").write_text(config(backend.description, "{ merge: equal }"))
        _, printed, _ = await splice("schema", cwd=tmp_path)
        status, checked, _ = await splice("check", "--lock", cwd=tmp_path)

    assert "twoUserGet(id: String): User" in printed
    assert "TwoUser" not in printed
    assert (status, checked.splitlines()[0]) == (0, "TwoUser is merged into User, which is equal")
    assert "TwoUser" in (tmp_path / "splice.lock").read_text()


async def test_what_is_not_equal_is_told(tmp_path: Path) -> None:
    """With its file and line, and the check fails."""
    extend = (
        'extend type User @merge(with: "TwoUser")\nextend type TwoUser { boss: String @hide }\n'
    )
    (tmp_path / "graph.graphql").write_text(extend)

    async with bank() as backend:
        text = config(backend.description, "{ extend: ./graph.graphql }")
        (tmp_path / "splice.yaml").write_text(text)
        status, checked, _ = await splice("check", cwd=tmp_path)

    assert (status, checked) == (
        1,
        "graph.graphql:1:31: TwoUser is not equal to User: TwoUser has no field boss\n",
    )
