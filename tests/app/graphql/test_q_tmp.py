import asyncio, pytest
from tests.app.graphql.test_shortcut import *
@pytest.mark.asyncio(loop_scope="module")
async def test_x(both):
    for r in (SHORT["UTF-8 aloud"], get(query=PETS, variables=""), get(query=PETS, extensions=""), get(query=PETS, operationName="")):
        print(r.url, (await answered(both.long, r))[2], (await answered(both.short, r))[2][:60])
