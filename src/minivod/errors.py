"""Every error code of the wire, declared once: the class names the code, its docstring is the message.

    WireError
    ├── AuthFailure.*            who is calling?
    ├── UnauthorizedOperation    may they?
    ├── InvalidAction …          what did they ask for?
    ├── MissingParameter …       with which parameters?
    ├── RequestLimitExceeded …   how much of it?
    ├── ResourceNotFound …       on what?
    └── FailedOperation …        why did it not work?

The table of codes and when each is used: contract.md §1.5 and §2. A `WireError` is an answer, not a fault
of the server: whoever raises it writes a message that names the parameter, its value (through `shorten`)
and what would be right.
"""

import json
from typing import ClassVar, TypeVar, cast

ErrorT = TypeVar("ErrorT", bound="WireError")


def shorten(value: object, limit: int = 64) -> str:
    """The value as a caller may see it again in a message, cut at `limit`: text in quotes, all else as JSON."""
    if isinstance(value, str):
        text, shown = value, repr(value[:limit])
    else:
        plain = value is None or isinstance(value, dict | list | bool)
        text = json.dumps(value, ensure_ascii=False, default=str) if plain else str(value)
        shown = text[:limit]
    return shown if len(text) <= limit else f"{shown}… ({len(text)} characters)"


class WireError(Exception):
    """The request could not be carried out."""

    code: ClassVar[str] = "FailedOperation"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        super().__init__(f"{self.code}: {self.message}")


# --- who is calling? -------------------------------------------------------------------------------------


class InvalidAuthorization(WireError):
    """The Authorization header is malformed or names an algorithm that is not supported."""

    code = "AuthFailure.InvalidAuthorization"


class InvalidSecretId(WireError):
    """The SecretId does not have the form of a key of this server."""

    code = "AuthFailure.InvalidSecretId"


class SecretIdNotFound(WireError):
    """The SecretId does not exist or is disabled."""

    code = "AuthFailure.SecretIdNotFound"


class SignatureExpire(WireError):
    """The request's timestamp differs from the server's clock by more than five minutes."""

    code = "AuthFailure.SignatureExpire"


class SignatureFailure(WireError):
    """The provided credentials could not be validated. Please check your signature is correct."""

    code = "AuthFailure.SignatureFailure"


class TokenFailure(WireError):
    """The token of the temporary key is missing, wrong or expired."""

    code = "AuthFailure.TokenFailure"


class AuthUnauthorizedOperation(WireError):
    """The key is not allowed to call this action."""

    code = "AuthFailure.UnauthorizedOperation"


class UnauthorizedOperation(WireError):
    """The key is not allowed to do this."""

    code = "UnauthorizedOperation"


# --- what did they ask for? ------------------------------------------------------------------------------


class InvalidAction(WireError):
    """The Action does not exist in this API."""

    code = "InvalidAction"


class NoSuchVersion(WireError):
    """The Version does not exist; this server speaks 2018-07-17."""

    code = "NoSuchVersion"


class NoSuchProduct(WireError):
    """The product does not exist; this server is vod."""

    code = "NoSuchProduct"


class UnsupportedRegion(WireError):
    """The Region is not supported."""

    code = "UnsupportedRegion"


class UnsupportedProtocol(WireError):
    """Requests are GET or POST over HTTP or HTTPS."""

    code = "UnsupportedProtocol"


class UnsupportedOperation(WireError):
    """The operation is not supported."""

    code = "UnsupportedOperation"


# --- with which parameters? ------------------------------------------------------------------------------


class MissingParameter(WireError):
    """A required parameter is missing."""

    code = "MissingParameter"


class UnknownParameter(WireError):
    """The request has a parameter that the action does not know."""

    code = "UnknownParameter"


class InvalidParameter(WireError):
    """A parameter has the wrong type."""

    code = "InvalidParameter"


class ExistedProcedureName(InvalidParameter):
    """There is a procedure of that name."""

    code = "InvalidParameter.ExistedProcedureName"


class ProcedureNameNotExist(InvalidParameter):
    """There is no procedure of that name."""

    code = "InvalidParameter.ProcedureNameNotExist"


class InvalidParameterValue(WireError):
    """A parameter's value is outside what is accepted."""

    code = "InvalidParameterValue"


def special(of: type[ErrorT], name: str) -> type[ErrorT]:
    """The class of the code `<of>.<name>`, for the many whose code is all there is to say; names as the reference's."""
    key = (of, name)
    if key not in _made:
        _made[key] = type(f"{of.__name__}{name}", (of,), {"code": f"{of.code}.{name}", "__doc__": of.__doc__})
    return cast(type[ErrorT], _made[key])


_made: dict[tuple[type[WireError], str], type[WireError]] = {}


def invalid(name: str) -> type[InvalidParameterValue]:
    """The class of the code `InvalidParameterValue.<name>`."""
    return special(InvalidParameterValue, name)


class InvalidFileId(InvalidParameterValue):
    """FileId does not have the form of a FileId: 16 to 19 decimal digits."""

    code = "InvalidParameterValue.FileId"


class InvalidFileIds(InvalidParameterValue):
    """FileIds holds a value that is not a FileId."""

    code = "InvalidParameterValue.FileIds"


class InvalidFileType(InvalidParameterValue):
    """The video's container cannot be published."""

    code = "InvalidParameterValue.FileType"


class InvalidSubAppId(InvalidParameterValue):
    """SubAppId is not an application of this account."""

    code = "InvalidParameterValue.SubAppId"


class InvalidSourceDefinition(InvalidParameterValue):
    """There is no transcoding result of this template."""

    code = "InvalidParameterValue.SourceDefinition"


class InvalidMediaType(InvalidParameterValue):
    """MediaType is not a type of media that can be uploaded."""

    code = "InvalidParameterValue.MediaType"


class InvalidCoverType(InvalidParameterValue):
    """CoverType is not a type of picture that can be uploaded."""

    code = "InvalidParameterValue.CoverType"


class InvalidExpireTime(InvalidParameterValue):
    """ExpireTime is not an ISO 8601 time in the future."""

    code = "InvalidParameterValue.ExpireTime"


class InvalidStorageRegion(InvalidParameterValue):
    """StorageRegion is not a region of this server."""

    code = "InvalidParameterValue.StorageRegion"


class InvalidMediaStoragePath(InvalidParameterValue):
    """MediaStoragePath cannot be chosen in this application."""

    code = "InvalidParameterValue.MediaStoragePath"


class InvalidProcedure(InvalidParameterValue):
    """Procedure does not exist."""

    code = "InvalidParameterValue.Procedure"


InvalidProcedureName = invalid("ProcedureName")
InvalidTaskId = invalid("TaskId")
InvalidDomainName = invalid("DomainName")
InvalidDomainNames = invalid("DomainNames")


class InvalidClassId(InvalidParameterValue):
    """ClassId is not a category of this application."""

    code = "InvalidParameterValue.ClassId"


class InvalidVodSessionKey(InvalidParameterValue):
    """VodSessionKey is not the key of an upload of this application."""

    code = "InvalidParameterValue.VodSessionKey"


# --- how much of it? -------------------------------------------------------------------------------------


class InvalidRequest(WireError):
    """The request cannot be read."""

    code = "InvalidRequest"


class RequestSizeLimitExceeded(WireError):
    """The request is larger than this way of calling allows."""

    code = "RequestSizeLimitExceeded"


class ResponseSizeLimitExceeded(WireError):
    """The answer would be larger than the API allows."""

    code = "ResponseSizeLimitExceeded"


class RequestLimitExceeded(WireError):
    """The account calls this action too often."""

    code = "RequestLimitExceeded"


class LimitExceeded(WireError):
    """A quota is used up."""

    code = "LimitExceeded"


class TooMuchTemplate(LimitExceeded):
    """The application has as many templates of its own as it may have."""

    code = "LimitExceeded.TooMuchTemplate"


# --- on what? --------------------------------------------------------------------------------------------


class ResourceNotFound(WireError):
    """The resource does not exist."""

    code = "ResourceNotFound"


class FileNotExist(ResourceNotFound):
    """The media file does not exist."""

    code = "ResourceNotFound.FileNotExist"


class TemplateNotExist(ResourceNotFound):
    """The template does not exist."""

    code = "ResourceNotFound.TemplateNotExist"


class ResourceUnavailable(WireError):
    """The resource cannot be used now."""

    code = "ResourceUnavailable"


class ResourceInUse(WireError):
    """The resource is in use."""

    code = "ResourceInUse"


# --- why did it not work? --------------------------------------------------------------------------------


class FailedOperation(WireError):
    """The operation failed."""

    code = "FailedOperation"


class InvalidVodUser(FailedOperation):
    """The account is disabled."""

    code = "FailedOperation.InvalidVodUser"


class NoPrivileges(FailedOperation):
    """The application may not do this."""

    code = "FailedOperation.NoPrivileges"


class TaskDuplicate(FailedOperation):
    """A task with this SessionId was begun within the days that the action keeps it."""

    code = "FailedOperation.TaskDuplicate"


class UploadCosFail(FailedOperation):
    """Nothing was uploaded under this session."""

    code = "FailedOperation.UploadCosFail"


class UnsupportedMedia(FailedOperation):
    """What was uploaded is no media that this server supports."""

    code = "FailedOperation.MediaType"


class UnsupportedCover(FailedOperation):
    """What was uploaded as the cover is no picture that this server supports."""

    code = "FailedOperation.CoverType"


class InternalError(WireError):
    """The server could not carry out the request. Its log has the reason under this RequestId."""

    code = "InternalError"


class ServiceUnavailable(WireError):
    """The server cannot reach its database or its object store now; try again."""

    code = "ServiceUnavailable"
