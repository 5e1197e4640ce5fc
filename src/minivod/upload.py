"""The official uploader, pointed at a minivod server: a thin subclass, because it takes no endpoint (field.md §0.3).

    from minivod.upload import UploadClient
    from qcloud_vod.model import VodUploadRequest

    client = UploadClient(secret_id, secret_key, endpoint="http://127.0.0.1:9050")
    request = VodUploadRequest()
    request.MediaFilePath = "video.mp4"
    print(client.upload("ap-guangzhou", request).FileId)

Needs the extra `upload` of the package: `pip install 'minivod[upload]'`.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError
from qcloud_vod.vod_upload_client import VodUploadClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.models import ApplyUploadResponse
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.urls import server_address, trusted_cas

Progress = Callable[[int, int], None]
"""Told of bytes sent and bytes in all."""

_COMMIT_SECONDS = 600
_EXPIRES_SOON = 60


class UploadClient(VodUploadClient):  # type: ignore[misc]  # the official package has no types
    """`VodUploadClient` for a server of one's own; everything but the addresses is the official uploader's work."""

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        token: str | None = None,
        *,
        endpoint: str = "http://127.0.0.1:9050",
        resume_dir: Path | None = None,
        ca_file: str | None = None,
    ) -> None:
        """Makes a client for one upload at a time.

        Args:
            secret_id: of a key of the server's.
            secret_key: of the same key.
            token: of a temporary key.
            endpoint: the server's URL.
            resume_dir: where sessions of unfinished uploads are kept, so that the next call for the same file goes on
                where the last one was cut off; None: every call begins anew.
            ca_file: PEM file of the CAs that are trusted; None: that which REQUESTS_CA_BUNDLE names, or the usual ones.
        """
        super().__init__(secret_id, secret_key, token)
        self._scheme, self._host = server_address(endpoint)
        self._resume_dir = resume_dir
        self._ca_file = ca_file or trusted_cas()
        self._kept: Path | None = None
        self._applied: Any = None

    def upload(self, region: str, request: Any, progress_callback: Progress | None = None) -> Any:
        """Uploads `request.MediaFilePath` and its cover, and commits.

        Returns:
            The answer of CommitUpload: FileId, MediaUrl, CoverUrl.
        """
        self._kept = self._place_of(request) if self._resume_dir else None
        resumed = self._kept is not None and self._kept.exists()
        try:
            answer = super().upload(region, request, progress_callback)
        except (CosServiceError, TencentCloudSDKException) as error:
            if not _is_final(error):
                raise
            self._forget()
            if not resumed:
                raise
            # The server does not know the kept session any more, or does not want this file under it: begin anew.
            answer = super().upload(region, request, progress_callback)
        self._forget()
        return answer

    def apply_upload(self, api_client: VodClient, request: Any) -> Any:
        """ApplyUpload on this server, unless a kept session is still good."""
        self._applied = self._recall() or super().apply_upload(self._api(api_client), request)
        if self._kept is not None:
            _write_private(self._kept, self._applied.to_json_string())
        return self._applied

    def commit_upload(self, api_client: VodClient, request: Any) -> Any:
        """CommitUpload on this server; from a remote store it fetches the whole file, so large ones take their time."""
        return super().commit_upload(self._api(api_client), request)

    def parse_Streaming_manifest(self, api_client: VodClient, request: Any) -> Any:  # noqa: N802 - the official name
        """ParseStreamingManifest on this server, which for now says that it is not built."""
        return super().parse_Streaming_manifest(self._api(api_client), request)

    def upload_cos(
        self, cos_client: Any, local_path: str, bucket: str, cos_path: str, max_thread: int | None, progress: Any
    ) -> None:
        """Sends a file to this server's object endpoint."""
        key = self._applied.TempCertificate
        config = CosConfig(
            Region=self._applied.StorageRegion,
            SecretId=key.SecretId,
            SecretKey=key.SecretKey,
            Token=key.Token,
            Domain=self._host,
            Scheme=self._scheme,
            VerifySSL=self._ca_file,
        )
        VodUploadClient.upload_cos(CosS3Client(config), local_path, bucket, cos_path, max_thread, progress)

    def _api(self, official: VodClient) -> VodClient:
        http = HttpProfile(
            endpoint=self._host, protocol=self._scheme, reqTimeout=_COMMIT_SECONDS, certification=self._ca_file
        )
        credential = Credential(self.secret_id, self.secret_key, self.token)
        client = VodClient(credential, official.region, ClientProfile(httpProfile=http, language="en-US"))
        client.request.conn.proxy = None  # it reads no_proxy wrongly; requests, below it, finds the same proxy
        return client

    def _place_of(self, request: Any) -> Path:
        """Where the session of this very file, server and request is kept."""
        assert self._resume_dir is not None  # noqa: S101 - the caller looked
        files = [path for path in (request.MediaFilePath, request.CoverFilePath) if path]
        known = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in map(Path, files)]
        what = json.dumps([self._scheme, self._host, self.secret_id, known, request.to_json_string()])
        return self._resume_dir / f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.json"

    def _recall(self) -> Any:
        if self._kept is None:
            return None
        answer = ApplyUploadResponse()
        try:
            answer.from_json_string(self._kept.read_text(encoding="utf-8"))
            good = answer.TempCertificate.ExpiredTime > time.time() + _EXPIRES_SOON
        except (OSError, ValueError, AttributeError, TypeError):
            return None
        return answer if good else None

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.unlink(missing_ok=True)


def _is_final(error: CosServiceError | TencentCloudSDKException) -> bool:
    """Whether the server refused, so that the same request would fail again (and not: it was away)."""
    if isinstance(error, CosServiceError):
        return int(error.get_status_code()) < HTTPStatus.INTERNAL_SERVER_ERROR
    return bool(error.get_request_id()) and error.get_code() not in ("InternalError", "ServiceUnavailable")


def _write_private(path: Path, text: str) -> None:
    """Writes a file that holds a temporary key: its owner's alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
