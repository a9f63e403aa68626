"""A picture with a palette: a page has few colours, and takes a third of the bytes so."""

import base64
import struct
import zlib

from playwright.sync_api import Page

# Chromium decodes it: the most frequent colours make the palette, every other pixel takes the nearest of them.
REDUCE = """async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data, counts = new Map();
    const colour = (place) => (pixels[place] << 16) | (pixels[place + 1] << 8) | pixels[place + 2];
    for (let place = 0; place < pixels.length; place += 4) {
        counts.set(colour(place), (counts.get(colour(place)) || 0) + 1);
    }
    const kept = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 64).map(([one]) => one);
    const nearest = new Map(kept.map((one, index) => [one, index]));
    const far = (one, other, bits) => (((one >> bits) & 255) - ((other >> bits) & 255)) ** 2;
    const apart = (one, other) => far(one, other, 16) + far(one, other, 8) + far(one, other, 0);
    const indexOf = (one) => {
        if (!nearest.has(one)) {
            let best = 0;
            for (let index = 1; index < kept.length; index++) {
                if (apart(one, kept[index]) < apart(one, kept[best])) best = index;
            }
            nearest.set(one, best);
        }
        return nearest.get(one);
    };
    let indexes = "";
    for (let place = 0; place < pixels.length; place += 4) indexes += String.fromCharCode(indexOf(colour(place)));
    return {width: image.width, height: image.height, colours: kept, indexes: btoa(indexes)};
}"""


def with_palette(png: bytes, page: Page) -> bytes:
    """Return a PNG of the same picture in 64 colours; `page` is an empty one that decodes it."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    found = page.evaluate(REDUCE, source)
    width, height = found["width"], found["height"]
    indexes = base64.b64decode(found["indexes"])
    rows = b"".join(b"\0" + indexes[row * width : (row + 1) * width] for row in range(height))
    colours = b"".join(colour.to_bytes(3, "big") for colour in found["colours"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
