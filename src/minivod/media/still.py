"""What a picture file looks like, on a white page or cut out: its first picture, upright, in sRGB, 8 bits each."""

import io

from PIL import ExifTags, Image, ImageCms

_TRANSPOSES: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF tag Orientation (CIPA DC-008 §4.6.5)."""
_SIXTEEN_BITS = 257
"""The white of 16 bits over that of 8."""


def still(image: Image.Image, longest: int) -> Image.Image:
    """The picture as browsers show it, RGB.

    Args:
        image: as opened; raises what decoders raise when it is damaged.
        longest: side, pixels, to which a larger picture is scaled down.
    """
    picture = _on_white(image)
    picture.thumbnail((longest, longest))
    turn = _TRANSPOSES.get(_orientation(image))
    return picture if turn is None else picture.transpose(turn)


def cut_out(image: Image.Image) -> Image.Image:
    """The picture with what is transparent in it, RGBA, upright; like `still` in everything else."""
    alpha = image.convert("RGBA").getchannel("A")
    picture = _in_srgb(_opaque(image), image.info.get("icc_profile"))
    picture.putalpha(alpha)
    turn = _TRANSPOSES.get(_orientation(image))
    return picture if turn is None else picture.transpose(turn)


def _orientation(image: Image.Image) -> object:
    # Not `ImageOps.exif_transpose`, which writes all of the metadata anew and fails where it is odd.
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # Pillow raises what it stumbles over
        return None  # as in browsers, metadata that is damaged does not count


def _on_white(image: Image.Image) -> Image.Image:
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours = _in_srgb(_opaque(image), image.info.get("icc_profile"))
    return Image.composite(colours, Image.new("RGB", image.size, "white"), alpha) if alpha else colours


def _opaque(image: Image.Image) -> Image.Image:
    """The colours alone: grey, CMYK or RGB, 8 bits for each channel."""
    if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion makes white of all that is above 255
        return image.point(lambda value: value * (1 / _SIXTEEN_BITS)).convert("L")
    if image.mode in ("1", "L", "LA"):
        return image.convert("L")
    # By way of RGBA, because the colours of a palette may be transparent.
    return image if image.mode == "CMYK" else image.convert("RGBA").convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            return _converted(image, profile)
        except (ImageCms.PyCMSError, OSError):
            pass  # as in browsers, a profile that is damaged, or of another kind of picture, does not count
    return image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    transform = ImageCms.buildTransform(io.BytesIO(profile), ImageCms.createProfile("sRGB"), image.mode, "RGB")
    return transform.apply(image)
