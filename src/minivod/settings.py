"""THE table of settings: a field's name, type, default and help feed environment, TOML file, CLI and docs.

A setting `rate_limit` is `rate_limit = …` in the TOML file that `MINIVOD_CONFIG` (or `--config`) names,
`MINIVOD_RATE_LIMIT` in the environment, and `--rate-limit` on the command line; the later wins over the earlier.
"""

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import msgspec
import msgspec.inspect
from msgspec import Meta

from minivod.settings_services import ServiceSettings
from minivod.settings_words import Count, Origin, Port, Positive, Seconds, type_in_words

ENVIRONMENT_PREFIX = "MINIVOD_"
CONFIG_VARIABLE = "MINIVOD_CONFIG"
TLS_DIRECTORY, TLS_SERVER = "tls", "server.pem"
"""In data_dir: where `minivod tls init` writes, and its file with certificate and key."""


class SettingsError(ValueError):
    """A setting has a value that the server cannot start with; the message names it."""


class Settings(ServiceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of the server."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 takes a free one.")] = 9050
    tls_cert: Annotated[
        str, Meta(description="PEM file with the certificate and its chain; empty: of `minivod tls init`, or no TLS.")
    ] = ""
    tls_key: Annotated[str, Meta(description="PEM file with the certificate's key; empty: it is in tls_cert.")] = ""
    tls_host: Annotated[str, Meta(description="Address to listen on for HTTPS; empty: host.")] = ""
    tls_port: Annotated[
        Port, Meta(description="Port to listen on for HTTPS, if there is a certificate; 0 takes a free one.")
    ] = 9443
    public_url: Annotated[
        str,
        Meta(
            description="Base URL under which players reach this server; empty: the caller's of http://host:port and "
            "https://NAME:tls_port, with the first name of the certificate."
        ),
    ] = ""
    data_dir: Annotated[str, Meta(description="Directory of everything the server keeps.")] = "./minivod-data"
    database_url: Annotated[str, Meta(description="postgresql:// URL; empty: the embedded PostgreSQL in data_dir.")] = (
        ""
    )
    storage_url: Annotated[
        str, Meta(description="Object store: file:///path or s3://bucket/prefix; empty: data_dir/objects.")
    ] = ""
    ffmpeg: Annotated[str, Meta(description="ffmpeg to use, 5.0 or newer; empty: the package's own.")] = ""
    fonts_dir: Annotated[str, Meta(description="Directory of fonts for text watermarks; may have others below it.")] = (
        "/usr/share/fonts"
    )
    models_dir: Annotated[
        str, Meta(description="Directory of the detectors' models; empty: minivod/models in the user's cache.")
    ] = ""
    word_lists_dir: Annotated[
        str, Meta(description="Directory of the operator's own lists of forbidden words (CATEGORY.txt).")
    ] = ""
    clip_dir: Annotated[
        str,
        Meta(
            description="Directory of a CLIP-like ONNX model of yours, with prompts, for pictures of Terrorism and "
            "Political; empty: none."
        ),
    ] = ""
    language: Annotated[Literal["en-US", "zh-CN"], Meta(description="Of messages, if a caller names none.")] = "en-US"
    log_format: Annotated[Literal["json", "console"], Meta(description="Form of log lines.")] = "json"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severe level that is logged.")
    ] = "info"
    console: Annotated[bool, Meta(description="Answer the console's pages at /console/.")] = True

    rate_limit: Annotated[
        int, Meta(ge=0, description="Requests per second and account for an action; 0: no limit.")
    ] = 100
    rate_limit_storage: Annotated[
        str, Meta(description="Where request counts live: memory://, or redis://… shared by several servers.")
    ] = "memory://"
    require_sub_app_id: Annotated[
        bool, Meta(description="Refuse requests without SubAppId, like accounts of the reference since 2023-12.")
    ] = False
    strict_signature: Annotated[
        bool, Meta(description="Require that TC3 requests sign X-TC-Action too (official SDKs do not).")
    ] = False
    allow_unsigned_payload: Annotated[
        bool, Meta(description="Accept X-TC-Content-SHA256: UNSIGNED-PAYLOAD, as the reference does.")
    ] = True

    upload_lifetime: Annotated[
        Seconds, Meta(description="Seconds for which the credentials of an upload are valid.")
    ] = 43200.0
    max_upload_size: Annotated[Positive, Meta(description="Largest file that can be uploaded, bytes.")] = 50 * 1024**3
    event_on_upload: Annotated[
        bool,
        Meta(description="Produce NewFileUpload events for applications that ModifyEventConfig did not decide for."),
    ] = True
    event_on_delete: Annotated[bool, Meta(description="Likewise FileDeleted events.")] = False
    push_timeout: Annotated[Seconds, Meta(description="Seconds that a callback may take until it is answered.")] = 15.0
    push_calls: Annotated[
        Positive, Meta(description="Callbacks of one application at a time; while they fail there is one.")
    ] = 4
    push_log_lifetime: Annotated[
        float,
        Meta(
            ge=345600,
            description="Seconds for which events of callbacks are kept with the log of their deliveries, to be looked "
            "at and sent again (four days at least).",
        ),
    ] = 2592000.0

    worker_slots: Annotated[
        Positive, Meta(description="Short tasks (publications, snapshots) that one worker handles at a time.")
    ] = 1
    encode_slots: Annotated[
        Positive, Meta(description="Long tasks (encoding) that one worker handles at a time, beside the short ones.")
    ] = 1
    encode_threads: Annotated[
        Count, Meta(description="Threads of all encoders of a worker together; 0: as many as it has cores.")
    ] = 0
    pull_slots: Annotated[
        Positive, Meta(description="Pulls from URLs that one worker handles at a time, beside the others.")
    ] = 4
    pull_timeout: Annotated[Seconds, Meta(description="Seconds that one attempt to pull from a URL may take.")] = (
        21600.0
    )
    worker_heartbeat: Annotated[Seconds, Meta(description="Seconds between a worker's signs of life.")] = 5.0
    worker_stalled_after: Annotated[
        Seconds, Meta(description="Seconds of silence after which a worker's jobs are given to others.")
    ] = 20.0
    worker_grace: Annotated[
        Seconds, Meta(description="Seconds that running jobs get to finish at shutdown before they are handed back.")
    ] = 10.0
    job_attempts: Annotated[
        Positive, Meta(description="Times a job is begun before it fails (a worker that dies counts as one).")
    ] = 5
    task_lifetime: Annotated[
        float,
        Meta(ge=259200, description="Seconds for which tasks can be queried after their end (three days at least)."),
    ] = 2592000.0
    usage_lifetime: Annotated[
        float, Meta(ge=31622400, description="Seconds for which statistics are kept (a year at least).")
    ] = 34214400.0
    quota_bytes: Annotated[
        Count, Meta(description="Bytes that an application may store, if it has no quota of its own; 0: no limit.")
    ] = 0
    quota_media: Annotated[Count, Meta(description="Likewise videos.")] = 0
    quota_tasks: Annotated[Count, Meta(description="Likewise tasks, and steps of tasks, that are unfinished.")] = 0
    step_memory: Annotated[Positive, Meta(description="Memory limit of a media tool, bytes.")] = 2 * 1024**3
    step_stall: Annotated[Seconds, Meta(description="Seconds without progress after which a media tool is killed.")] = (
        120.0
    )
    max_pixels: Annotated[Positive, Meta(description="Largest picture that is decoded, pixels.")] = 7680 * 4320
    max_duration: Annotated[Seconds, Meta(description="Longest video that can be published or reviewed, seconds.")] = (
        43200.0
    )

    allow_mov_originals: Annotated[
        bool,
        Meta(description="Publish originals in MOV containers too, as iPhones write them; the reference refuses them."),
    ] = False

    review_interval: Annotated[
        Seconds, Meta(description="Longest gap between two frames that review samples, seconds.")
    ] = 1.0
    review_detail: Annotated[
        int,
        Meta(
            ge=640, le=1920, description="Longer side to which review scales frames, pixels; more reads smaller text."
        ),
    ] = 640
    review_on_review: Annotated[
        Literal["reject", "pass"], Meta(description='What a finding of the grade "review" means.')
    ] = "reject"
    review_on_uncovered: Annotated[
        Literal["pass", "reject"], Meta(description="What a category without a detector means.")
    ] = "pass"
    review_thresholds: Annotated[
        dict[str, list[float]],
        Meta(description="Per category [review, block, extreme] confidences 0-100, in place of the built-in ones."),
    ] = msgspec.field(default_factory=dict)

    review_stop_after: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds of a video that are still inspected once it is certain to be rejected; 0: all of it.",
        ),
    ] = 60.0

    rejected_lifetime: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds for which the reviewed file of a rejected video is kept, to be approved without "
            "another remux; 0: not at all.",
        ),
    ] = 2592000.0

    require_psign: Annotated[
        bool, Meta(description="Refuse play-info requests without a player signature (psign).")
    ] = False
    file_delivery: Annotated[
        Literal["server", "nginx", "redirect"],
        Meta(description="Who sends published files: this server, an nginx in front, or the object store (S3)."),
    ] = "server"
    nginx_location: Annotated[
        str, Meta(description="file_delivery=nginx: path of nginx's internal location of the object store's directory.")
    ] = "/minivod-objects"
    redirect_lifetime: Annotated[
        Seconds, Meta(description="file_delivery=redirect: seconds for which a URL of the object store is valid.")
    ] = 300.0
    egress_networks: Annotated[
        list[str],
        Meta(
            description="Networks (10.0.0.0/8, fd00::/8) beside the public ones to whose addresses requests for "
            "tenants may go."
        ),
    ] = msgspec.field(default_factory=list)
    egress_ports: Annotated[
        list[str], Meta(description="Ports to which requests for tenants may go: numbers, and ranges like 8000-8099.")
    ] = msgspec.field(default_factory=lambda: ["80", "443", "8080", "8443"])
    cors_origins: Annotated[
        list[str], Meta(description="Origins whose pages may upload and may fetch published files; * for all.")
    ] = msgspec.field(default_factory=lambda: ["*"])
    player_frames: Annotated[
        list[Origin],
        Meta(description="Origins whose pages may show the player page in a frame; * for all, empty for none."),
    ] = msgspec.field(default_factory=lambda: ["*"])

    def objects_url(self) -> str:
        """`storage_url`, or the URL of its default below `data_dir`."""
        return self.storage_url or (Path(self.data_dir).absolute() / "objects").as_uri()

    def objects_dir(self) -> Path | None:
        """The directory of the objects; None: they are in another store."""
        url = self.objects_url()
        return Path(unquote(urlsplit(url).path)) if url.startswith("file:///") else None

    def tls_pair(self) -> tuple[Path, Path] | None:
        """The files of certificate and key (perhaps the same), given or made by `minivod tls init`; None: no TLS."""
        own = Path(self.data_dir) / TLS_DIRECTORY / TLS_SERVER
        cert = Path(self.tls_cert) if self.tls_cert else own
        if not self.tls_cert and not os.path.exists(own):  # noqa: PTH110 - False also where it may not be seen
            return None
        return cert, Path(self.tls_key) if self.tls_key else cert

    def withdrawn_lifetime(self) -> float:
        """Seconds for which what had been published is kept after a rejection.

        An object store that hands out URLs serves them until they expire or the object is gone: then it is 0.
        """
        return 0.0 if self.file_delivery == "redirect" else self.rejected_lifetime

    def models_path(self) -> Path:
        """`models_dir`, or its default in the user's cache directory."""
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(self.models_dir or f"{cache}/minivod/models").expanduser()


def to_environment(settings: Settings) -> dict[str, str]:
    """The settings as `MINIVOD_…` variables, from which `load` makes the same settings again."""
    return {
        ENVIRONMENT_PREFIX + name.upper(): value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in msgspec.structs.asdict(settings).items()
    }


def fields() -> tuple[msgspec.structs.FieldInfo, ...]:
    """The rows of the table, in order; those of services come last."""
    services = len(msgspec.structs.fields(ServiceSettings))
    rows = msgspec.structs.fields(Settings)
    return rows[services:] + rows[:services]


def help_of(field: msgspec.structs.FieldInfo) -> str:
    """The help text of a row."""
    info = msgspec.inspect.type_info(field.type)
    return str((info.extra_json_schema or {})["description"]) if isinstance(info, msgspec.inspect.Metadata) else ""


def type_of(field: msgspec.structs.FieldInfo) -> str:
    """The type of a row in words."""
    return type_in_words(msgspec.inspect.type_info(field.type))


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """The default of a row as it would be written in the environment; `empty` where it is."""
    default = getattr(Settings(), field.name)
    text = default if isinstance(default, str) else msgspec.json.encode(default).decode()
    return "empty" if text in ("", "{}", "[]") else text
