"""A server that speaks S3 over TCP, and another client that looks into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ..waiting import PATIENCE

BUCKET = "videos"
SECRET = "a-secret-that-nobody-may-see"


@dataclass(frozen=True)
class S3:
    """The running server."""

    url: str

    def env(self, **other: str) -> dict[str, str]:
        """What an operator sets (docs/operations.md)."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
        } | other

    @property
    def client(self) -> Any:
        """The official client of S3."""
        import boto3  # together with the server more than a second, which workers without these tests need not take

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key=SECRET,
        )

    def stored(self) -> list[str]:
        """The objects in the bucket."""
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def unfinished(self) -> list[str]:
        """Multipart uploads that were neither completed nor aborted."""
        return [found["Key"] for found in self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]

    def parts_of(self, key: str) -> int:
        """In how many parts the object came: S3 writes it into the ETag."""
        etag = str(self.client.head_object(Bucket=BUCKET, Key=key)["ETag"]).strip('"')
        return int(etag.partition("-")[2] or 1)

    def check_keys(self) -> None:
        """From now on requests need a key that exists; until now any key would do."""
        httpx.post(f"{self.url}/moto-api/reset-auth", content="0", timeout=PATIENCE).raise_for_status()


@contextmanager
def running() -> Iterator[S3]:
    """The server, with an empty bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        s3 = S3(f"http://{host}:{port}")
        httpx.post(f"{s3.url}/moto-api/reset", timeout=PATIENCE).raise_for_status()
        httpx.post(f"{s3.url}/moto-api/reset-auth", content="1000000000", timeout=PATIENCE).raise_for_status()
        s3.client.create_bucket(Bucket=BUCKET)
        yield s3
    finally:
        server.stop()
