"""The sealed list of a work ref as JSON."""

from __future__ import annotations

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from mcred.domain.sealed.work import SealedList
from mcred.formats.record import id_to_text, text_to_id

MAX_LIST = 16 * 1024 * 1024
"""The largest list, in bytes."""
_ENCODER = Encoder(order="sorted", enc_hook=id_to_text)
_DECODER = Decoder(SealedList, dec_hook=text_to_id)


def encode_list(value: SealedList) -> bytes:
    """The list as bytes, which are sealed."""
    return _ENCODER.encode(value)


def decode_list(data: bytes) -> SealedList | None:
    """The list in some bytes; None for bytes that are none."""
    try:
        return _DECODER.decode(data) if len(data) <= MAX_LIST else None
    except (DecodeError, ValueError, RecursionError):
        return None
