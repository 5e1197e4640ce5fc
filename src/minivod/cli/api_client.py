"""The official SDK, pointed at a minivod server: what commands call it with, and how they tell of its errors."""

import json
from typing import Any

from minivod.urls import server_address, trusted_cas


class ApiClient:
    """Calls actions by their names; raises TencentCloudSDKException as the SDK does."""

    def __init__(self, endpoint: str, secret_id: str, secret_key: str, sub_app_id: int | None = None) -> None:
        """Args: endpoint: URL of the server; sub_app_id: the application, the default one if None.

        Raises:
            ValueError: the endpoint is no URL of a server.
        """
        from tencentcloud.common.credential import Credential  # the server's commands need not have the SDKs
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.vod.v20180717.vod_client import VodClient

        scheme, host = server_address(endpoint)
        http = HttpProfile(endpoint=host, protocol=scheme, certification=trusted_cas())
        profile = ClientProfile(httpProfile=http, language="en-US")  # as the commands themselves speak
        self._client = VodClient(Credential(secret_id, secret_key), "", profile)
        self._client.request.conn.proxy = None  # it reads no_proxy wrongly; requests, below it, finds the same proxy
        self._common = {"SubAppId": sub_app_id} if sub_app_id is not None else {}

    def call(self, action: str, **parameters: Any) -> Any:
        """The answer, as the SDK's model."""
        from tencentcloud.vod.v20180717 import models

        request = getattr(models, f"{action}Request")()
        request.from_json_string(json.dumps({**self._common, **parameters}))
        return getattr(self._client, action)(request)
