"""A compressed body, unpacked only as far as anybody wants it: sixty kilobytes can hold as many megabytes. Pure."""

import zlib

_EITHER = 32 + zlib.MAX_WBITS  # the header says whether it is gzip or zlib


class DecodingError(ValueError):
    """The body is not what its Content-Encoding says."""


def unpack(body: bytes, encoding: str, *, most: int) -> bytes:
    """At most so many bytes of the body. Raises DecodingError."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            try:
                return zlib.decompressobj(_EITHER).decompress(body, most)
            except zlib.error:
                raise DecodingError("not encoded as it says") from None
        case _:
            raise DecodingError("encoded in a way that was not asked for")
