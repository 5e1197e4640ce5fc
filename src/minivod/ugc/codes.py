"""The numbers of errors in this protocol, which has no codes of words; docs/upload.md lists them."""

from minivod import errors
from minivod.errors import WireError
from minivod.processing.room import QuotaExceeded

OK = 0


class SignatureUsed(WireError):
    """The upload signature may be used once, and was used."""

    code = "AuthFailure.SignatureUsed"


_CODES: tuple[tuple[tuple[type[WireError], ...], int], ...] = (
    ((SignatureUsed,), 10004),
    ((errors.SignatureExpire,), 10003),
    (
        (errors.SignatureFailure, errors.InvalidAuthorization, errors.InvalidSecretId, errors.SecretIdNotFound,
         errors.TokenFailure),
        10002,
    ),
    (
        (errors.InvalidVodUser, errors.UnauthorizedOperation, errors.AuthUnauthorizedOperation,
         errors.ResourceUnavailable),
        10005,
    ),
    ((errors.InvalidVodSessionKey,), 10006),
    ((errors.UploadCosFail, errors.UnsupportedMedia, errors.UnsupportedCover), 10007),
    ((errors.RequestLimitExceeded,), 10008),
    ((errors.ServiceUnavailable,), 10009),
    ((errors.InternalError,), 10010),
    ((QuotaExceeded,), 10011),
)  # fmt: skip
INVALID = 10001
"""Whatever else is wrong with a request; the reference has it for that too."""


def code_of(error: WireError) -> int:
    """The number of an error."""
    return next((number for kinds, number in _CODES if isinstance(error, kinds)), INVALID)
