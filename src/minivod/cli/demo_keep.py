"""What `minivod demo --keep` leaves: a server to call, a user of its console, and a page that plays the video."""

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from minivod.cli.instance import ask
from minivod.cli.local_server import LocalServer
from minivod.console import paths
from minivod.console.passwords import Passwords, checked_password
from minivod.settings import Settings
from minivod.store import console_users
from minivod.store.database import Database

NAME = "demo"
_PASSWORD_BYTES = 12


@dataclass(frozen=True)
class Links:
    """Where people look: pages of the kept server, and the password of `NAME`, who is its console's only user."""

    console: str
    player: str
    password: str

    def text(self) -> str:
        """The lines that end the demo; the password is nowhere else."""
        return (
            f"console: {self.console} (user {NAME}, password {self.password}: for this server alone, shown this once)\n"
            f"player: {self.player}"
        )


def program() -> str:
    """How the demo was called, to be called again."""
    return sys.argv[0] if Path(sys.argv[0]).name == "minivod" else "minivod"


def make_links(server: LocalServer, data_dir: Path, file_id: str) -> Links:
    """Makes an administrator of the server's console, with a new password, and names the pages.

    Args:
        server: the demo's, running.
        data_dir: its data directory, which goes with it, and so does the user.
        file_id: the published video.
    """
    password = checked_password(secrets.token_urlsafe(_PASSWORD_BYTES))
    password_hash = Passwords().hash(password)

    async def make(db: Database) -> bool:
        return await console_users.add(db, NAME, "admin", password_hash)

    ask(Settings(data_dir=str(data_dir)), make)
    return Links(f"{server.url}{paths.HOME}", f"{server.url}/player/{server.app_id}/{file_id}", password)


def tell_how_to_call(server: LocalServer, console: Console) -> None:
    """How to call the server, in lines that can be pasted."""
    console.print(
        f"""The server goes on until you press Ctrl-C. From Python, with the official SDK:

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

http = HttpProfile(endpoint="{server.address}", protocol="http")
client = VodClient(Credential("{server.secret_id}", "{server.secret_key}"), "", ClientProfile(httpProfile=http))

From another terminal:

export TENCENTCLOUD_SECRET_ID={server.secret_id} TENCENTCLOUD_SECRET_KEY={server.secret_key}
{program()} upload video.mp4 --endpoint {server.url}
""",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
