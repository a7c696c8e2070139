"""Voice notes as WhatsApp sends them: Opus in Ogg.

Browsers built on Chromium record Opus in WebM. The sound stays as it is; only the
container changes.

* WebM: https://www.rfc-editor.org/rfc/rfc8794 and
  https://www.matroska.org/technical/elements.html
* Ogg: https://www.rfc-editor.org/rfc/rfc3533, with Opus:
  https://www.rfc-editor.org/rfc/rfc7845
"""

import struct
from collections.abc import Iterable, Iterator

_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_TRACKS, _TRACK = 0x1654AE6B, 0xAE
_CONTAINERS = {_SEGMENT, _CLUSTER, _GROUP, _TRACKS, _TRACK}
_CODEC_PRIVATE, _SIMPLE_BLOCK, _BLOCK = 0x63A2, 0xA3, 0xA1
_BLOCK_HEAD = 4
"""Bytes before the sound in a block: track, time (two), flags."""

_FIRST, _LAST = 2, 4
_SERIAL = 1
_MAX_SEGMENTS = 255
_TAGS = b"OpusTags" + struct.pack("<I7sI", 7, b"sandbox", 0)


def to_ogg(webm: bytes) -> bytes | None:
    """The recording in Ogg, or nothing if it isn't Opus in WebM."""
    head, packets = None, []
    try:
        for element, payload in _read_elements(webm):
            if element == _CODEC_PRIVATE:
                head = payload
            elif element in (_SIMPLE_BLOCK, _BLOCK):
                packets.append(payload[_BLOCK_HEAD:])
    except IndexError:
        return None
    if head is None or not head.startswith(b"OpusHead") or not packets:
        return None
    return b"".join(_write_pages(head, packets))


def _read_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The leaves of the tree; containers, whose size may be unknown, are entered.

    :raise IndexError: the data ends in the middle of a number
    """
    position = 0
    while position < len(data):
        length = _number_length(data[position])
        element = int.from_bytes(data[position : position + length], "big")
        position += length
        length = _number_length(data[position])
        size = int.from_bytes(data[position : position + length], "big")
        size &= (1 << 7 * length) - 1
        position += length
        if element not in _CONTAINERS:
            yield element, data[position : position + size]
            position += size


def _number_length(first_byte: int) -> int:
    """The leading zeros of a number's first byte tell how long it is."""
    if not first_byte:
        raise IndexError("No number is that long")
    return 9 - first_byte.bit_length()


def _write_pages(head: bytes, packets: list[bytes]) -> Iterator[bytes]:
    yield _write_page([head], number=0, samples=0, flags=_FIRST)
    yield _write_page([_TAGS], number=1, samples=0)
    pages = list(_group(packets))
    samples = 0
    for number, page in enumerate(pages, start=2):
        samples += sum(_count_samples(packet) for packet in page)
        flags = _LAST if page is pages[-1] else 0
        yield _write_page(page, number, samples, flags)


def _group(packets: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Packets in pages' worth: a page has 255 segments of up to 255 bytes."""
    page, used = [], 0
    for packet in packets:
        segments = len(packet) // 255 + 1
        if page and used + segments > _MAX_SEGMENTS:
            yield page
            page, used = [], 0
        page.append(packet)
        used += segments
    yield page


def _write_page(
    packets: list[bytes], number: int, samples: int, flags: int = 0
) -> bytes:
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        for packet in packets
    )
    head = struct.pack(
        "<4sBBQIIIB", b"OggS", 0, flags, samples, _SERIAL, number, 0, len(lacing)
    )
    page = head + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _count_samples(packet: bytes) -> int:
    """How much sound a packet holds, at 48 kHz (RFC 6716, section 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config % 4]
    elif config < 16:
        frame = (480, 960)[config % 2]
    else:
        frame = (120, 240, 480, 960)[config % 4]
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    return frame * frames


def _make_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_TABLE = _make_table()


def _checksum(page: bytes) -> int:
    """Ogg's CRC: not reflected, so not the one of zlib."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value
