"""Runs the object endpoint in a process of its own, for the memory test: database URL, directory, largest size."""

import asyncio
import sys
from pathlib import Path

import uvicorn

from minivod.clock import Clock
from minivod.cos.endpoint import CosEndpoint
from minivod.objects import Objects
from minivod.serving.connection import OPTIONS
from minivod.store.database import Database


async def main(url: str, root: str, max_size: str) -> None:
    database = await Database(url).open()
    endpoint = CosEndpoint(database, Objects(Path(root).as_uri()), Clock(), max_size=int(max_size))
    server = uvicorn.Server(
        uvicorn.Config(endpoint, host="127.0.0.1", port=0, log_level="error", **OPTIONS | {"lifespan": "off"})
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main(*sys.argv[1:]))
