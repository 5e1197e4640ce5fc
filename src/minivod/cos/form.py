"""POST of a form: an object that comes as the file of one, as the uploader for old Mini Programs sends it.

It is a request to the bucket. A field of the form, `key`, names the object. It is signed like every request, in the
Authorization header.
"""

from contextlib import aclosing

from minivod.cos.errors import AccessDenied, EntityTooLarge, IncompleteBody, InvalidArgument, MethodNotAllowed
from minivod.cos.preconditions import FORBID_OVERWRITE, of_writer
from minivod.cos.request import CosRequest, Parts
from minivod.cos.writing import write_object
from minivod.file_form import OVERHEAD, FormCut, FormError, FormTooLarge, open_form
from minivod.store.uploads import Upload, UploadedObject

STATUSES = frozenset({"200", "201", "204"})
"""What `success_action_status` may ask for."""
_STATUS, _KEY = "success_action_status", "key"


async def post_object(parts: Parts, upload: Upload, request: CosRequest) -> tuple[UploadedObject, int]:
    """Writes the file of the form; one that was there before is replaced.

    Returns:
        The object, and the status that the form wants.

    Raises:
        AccessDenied: the key is not of this upload.
        InvalidArgument: what came is no such form.
        FileAlreadyExists, PreconditionFailed: the object that was there before is not to be replaced.
        EntityTooLarge, IncompleteBody, MissingContentLength, RequestTimeout: as said.
        MethodNotAllowed: the form wants what is not done here.
    """
    request.content_length(parts.max_size + OVERHEAD)
    if request.header("content-md5") is not None:
        raise InvalidArgument("the Content-MD5 of a form is not checked; leave it out")
    try:
        chunks = request.body.chunks(parts.max_size + OVERHEAD)
        form = await open_form(chunks, request.header("content-type") or "", parts.max_size)
        async with aclosing(form.content):
            key, status = _wanted(form.fields, upload)
            put = parts.objects.put_stream
            said = {name: value for name, value in form.fields.items() if name == FORBID_OVERWRITE}
            expected = {**of_writer(request), **said}
            uploaded = await write_object(parts, upload, key, lambda stored: put(stored, form.content), expected)
    except FormTooLarge as error:
        raise EntityTooLarge(str(error)) from None
    except FormCut as error:
        raise IncompleteBody(str(error)) from None
    except FormError as error:
        raise InvalidArgument(str(error)) from None
    return uploaded, status


def _wanted(fields: dict[str, str], upload: Upload) -> tuple[str, int]:
    """The object's key and the status of the answer."""
    key, status = fields.get(_KEY, "").removeprefix("/"), fields.get(_STATUS, "204")
    if key not in (upload.media_key, upload.cover_key):
        raise AccessDenied
    if fields.keys() & {"policy", "success_action_redirect"}:
        raise MethodNotAllowed("forms with a policy or a redirect are not taken")
    if status not in STATUSES:
        raise InvalidArgument(f"success_action_status must be one of {', '.join(sorted(STATUSES))}")
    return key, int(status)
