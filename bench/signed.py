"""Makes signed requests of the API as bytes that are ready to be sent, as the official Python SDK writes them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from minivod.api import signature_v3

_SIGNED = "content-type;host"


@dataclass(frozen=True)
class Signer:
    """Signs for one key and one server; `host` as in the Host header."""

    host: str
    secret_id: str
    secret_key: str

    def request(self, action: str, parameters: Mapping[str, Any]) -> bytes:
        """An HTTP request, head and body, signed now: it is good for 300 s."""
        body = msgspec.json.encode(parameters)
        headers = self.headers(action, body) | {"Content-Length": str(len(body)), "Connection": "keep-alive"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body

    def headers(self, action: str, body: bytes) -> dict[str, str]:
        """The headers that authenticate the body."""
        now = int(time.time())
        date, service = signature_v3.date_of(now), signature_v3.SERVICE
        signed = [("content-type", "application/json"), ("host", self.host)]
        canonical = signature_v3.canonical_request("POST", "", signed, signature_v3.payload_hash(body))
        text = signature_v3.string_to_sign(str(now), date, service, canonical)
        signature = signature_v3.sign(signature_v3.signing_key(self.secret_key, date, service), text)
        return {
            "Host": self.host,
            "Accept-Encoding": "identity",
            "Accept": "*/*",
            "Content-Type": "application/json",
            "X-TC-Action": action,
            "X-TC-RequestClient": "SDK_PYTHON_3.0.1400",
            "X-TC-Timestamp": str(now),
            "X-TC-Version": "2018-07-17",
            "X-TC-Region": "ap-guangzhou",
            "Authorization": (
                f"{signature_v3.ALGORITHM} Credential={self.secret_id}/{date}/{service}/tc3_request, "
                f"SignedHeaders={_SIGNED}, Signature={signature}"
            ),
        }
