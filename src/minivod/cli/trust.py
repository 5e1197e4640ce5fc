"""The lines by which clients trust a CA of one's own, as they are typed."""

from pathlib import Path
from shlex import quote

_STORE = "minivod-trust.p12"
_PASSWORD = "changeit"  # noqa: S105 - every Java's; a store of certificates holds no secret


def lines(ca: Path, address: str) -> dict[str, list[str]]:
    """For each kind of client, what is to be typed in a shell (for the SDK of Python: in the program).

    Args:
        ca: the CA's certificate.
        address: host:port of HTTPS.
    """
    file = quote(str(ca))
    java = f"-Djavax.net.ssl.trustStore=$PWD/{_STORE} -Djavax.net.ssl.trustStorePassword={_PASSWORD}"
    return {
        "curl": [f"curl --cacert {file} https://{address}/healthz"],
        "Python: requests, the COS SDK, and minivod's own commands (they trust nothing else then)": [
            f"export REQUESTS_CA_BUNDLE={file}"
        ],
        "Python: the SDK of TencentCloud, which reads no variable": [
            f'HttpProfile(endpoint="{address}", certification="{ca}")'
        ],
        "tccli, which takes the CAs of its certifi and no others (again after each update of certifi)": [
            f'cat {file} >> "$("$(sed -n \'1s/^#!//p\' "$(command -v tccli)")" -m certifi)"',
            f"tccli configure set vod.endpoint {address}",
        ],
        "Node": [f"export NODE_EXTRA_CA_CERTS={file}"],
        "Go": [f"export SSL_CERT_FILE={file}"],
        "Java (it trusts nothing else then)": [
            f"keytool -importcert -noprompt -alias minivod -file {file} -keystore {_STORE} -storetype PKCS12 "
            f"-storepass {_PASSWORD}",
            f'export JAVA_TOOL_OPTIONS="{java}"',
        ],
        "the system's own list (Debian, Ubuntu): curl, Go, wget, and more": [
            f"sudo cp {file} /usr/local/share/ca-certificates/minivod.crt && sudo update-ca-certificates"
        ],
        "Chromium and Chrome on Linux (Firefox, Windows, macOS: import the file as an authority for web sites)": [
            f"certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n minivod -i {file}"
        ],
    }
