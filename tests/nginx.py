"""nginx for tests: where it is, and how it is started so that all that it writes stays in one directory."""

import shutil
from pathlib import Path

NGINX = shutil.which("nginx")
_WHOLE = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; {more}
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  {servers}
}}
"""


def configured(home: Path, *servers: str, more: str = "") -> list[str]:
    """The command that runs it in that directory with these `server` blocks; `more`: directives before them."""
    user = "user root;" if Path.home() == Path("/root") else ""
    text = _WHOLE.format(home=home, servers="\n".join(servers), user=user, more=more)
    (home / "nginx.conf").write_text(text, encoding="utf-8")
    return [str(NGINX), "-c", str(home / "nginx.conf"), "-p", str(home)]
