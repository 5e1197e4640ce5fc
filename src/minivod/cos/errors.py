"""Errors of the object endpoint: the class names the code, its docstring is the message, `status` the HTTP status."""

from typing import ClassVar


class CosError(Exception):
    """The request could not be carried out."""

    status: ClassVar[int] = 400

    def __init__(self, message: str | None = None, **details: str) -> None:
        """Args: message: in place of the docstring; details: further elements of the error document."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.details = details
        super().__init__(f"{self.code}: {self.message}")

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class AccessDenied(CosError):
    """The temporary key may only write the objects of its own upload."""

    status = 403


class InvalidAccessKeyId(CosError):
    """The temporary key (q-ak) does not exist; ApplyUpload hands out new ones."""

    status = 403


class SignatureDoesNotMatch(CosError):
    """The signature is not the one that the server calculated; compare FormatString and StringToSign with yours."""

    status = 403


class RequestTimeTooSkewed(CosError):
    """The signature is not valid at the server's time."""

    status = 403


class InvalidToken(CosError):
    """The token of the temporary key (x-cos-security-token) is missing or wrong."""

    status = 403


class ExpiredToken(CosError):
    """The temporary key has expired; ApplyUpload hands out new ones."""

    status = 403


class InvalidArgument(CosError):
    """A parameter or header has a wrong value."""


class InvalidDigest(CosError):
    """Content-MD5 is not the Base64 form of an MD5."""


class BadDigest(CosError):
    """The content is not the one that Content-MD5 was calculated of."""


class IncompleteBody(CosError):
    """The connection was closed before the whole body had come."""


class EntityTooLarge(CosError):
    """The object is larger than this server accepts."""


class EntityTooSmall(CosError):
    """A part, other than the last, is smaller than 1 MB."""


class InvalidPart(CosError):
    """A part was not uploaded, or has another ETag."""


class InvalidPartOrder(CosError):
    """The parts are not listed in ascending order."""


class MalformedXML(CosError):
    """The body is not the XML document that belongs to this request."""


class LimitExceeded(CosError):
    """Too many multipart uploads are unfinished; complete or abort some."""


class NoSuchKey(CosError):
    """The object has not been uploaded."""

    status = 404


class NoSuchUpload(CosError):
    """The multipart upload does not exist; it may have been completed or aborted."""

    status = 404


class FileAlreadyExists(CosError):
    """The object has been uploaded already, and x-cos-forbid-overwrite says that it must not be replaced."""

    status = 409


class PreconditionFailed(CosError):
    """The object that is there is not the one that the conditions of the request (If-Match and the like) expect."""

    status = 412


class MethodNotAllowed(CosError):
    """The object endpoint does not do this: it takes uploads (PUT, multipart, forms) and HEAD, nothing else."""

    status = 405


class RequestTimeout(CosError):
    """The body came too slowly."""

    status = 408


class MissingContentLength(CosError):
    """The request has no Content-Length."""

    status = 411


class InternalError(CosError):
    """The server could not carry out the request. Its log has the reason under this RequestId."""

    status = 500


class ServiceUnavailable(CosError):
    """The server cannot reach its database or its object store now; try again."""

    status = 503


class InsufficientStorage(CosError):
    """The server's object store has no space left."""

    status = 507
