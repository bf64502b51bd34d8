# SPDX-License-Identifier: MIT
"""What the tests of pictures share: is it one, is anything on it, what does it say?"""
import struct
import xml.etree.ElementTree
import zlib

SVG = "{http://www.w3.org/2000/svg}"

# What gnuplot draws with; neither scripts nor links to anywhere are among it.
SVG_ELEMENTS = {"svg", "title", "desc", "g", "rect", "defs", "circle", "path", "use", "text",
                "tspan", "polygon", "line", "style", "linearGradient", "filter", "feFlood",
                "feComposite", "mask", "clipPath", "a"}


def svg_elements(path):
    return list(xml.etree.ElementTree.parse(path).iter())


def svg_texts(path):
    """All that can be read in it, a text each."""
    return ["".join(element.itertext()).strip() for element in svg_elements(path)
            if element.tag == f"{SVG}text"]


def check_svg(test, path):
    elements = svg_elements(path)
    test.assertEqual(elements[0].tag, f"{SVG}svg")
    for element in elements:
        test.assertIn(element.tag.removeprefix(SVG), SVG_ELEMENTS, path)
        for name, value in element.attrib.items():
            test.assertFalse(name.lower().startswith("on"), f"{path}: {name}")
            if name.endswith("href"):
                test.assertRegex(value, "^#gp", path)
    drawn = [e for e in elements if e.tag in (f"{SVG}path", f"{SVG}use", f"{SVG}polygon")]
    # One path may hold many strokes.
    strokes = sum(max(1, element.get("d", "").count("M")) for element in drawn)
    test.assertGreater(strokes, 20, f"{path}: nothing is drawn")
    test.assertGreater(len(svg_texts(path)), 5, f"{path}: nothing is said")


def check_pdf(test, path):
    data = path.read_bytes()
    test.assertTrue(data.startswith(b"%PDF-1."), path)
    test.assertIn(b"%%EOF", data[-16:], path)
    test.assertGreater(len(data), 4000, path)


def png_chunks(data):
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + length]
        at += 12 + length


def paeth(a, b, c):
    p = a + b - c
    distances = abs(p - a), abs(p - b), abs(p - c)
    return (a, b, c)[distances.index(min(distances))]


def png_rows(path):
    """(width, height, bytes of a pixel, rows as bytes) of a PNG of 8 bits a channel."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n"), path
    chunks = list(png_chunks(data))
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    assert depth == 8 and chunks[-1][0] == b"IEND", path
    size = {0: 1, 2: 3, 6: 4}[colour]
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    stride, rows, above = width * size, [], bytes(width * size)
    for y in range(height):
        start = y * (stride + 1)
        method, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        if method == 2:
            row = bytearray((value + up) & 255 for value, up in zip(row, above))
        elif method:
            for i in range(stride):
                left = row[i - size] if i >= size else 0
                corner = above[i - size] if i >= size else 0
                row[i] = (row[i] + {1: left, 3: (left + above[i]) // 2,
                                    4: paeth(left, above[i], corner)}[method]) & 255
        rows.append(bytes(row))
        above = row
    return width, height, size, rows


def check_png(test, path):
    """A column of a paper wide at 300 dpi, something on it, nothing that is cut off at its edges."""
    width, height, size, rows = png_rows(path)
    test.assertEqual(width, 1020, path)
    test.assertTrue(300 < height < 3600, f"{path}: {height}")
    white = b"\xff" * size
    blank = white * width
    test.assertGreater(sum(row != blank for row in rows), height / 4, f"{path}: blank")
    test.assertTrue(rows[0] == rows[-1] == blank, f"{path}: cut off above or below")
    for side, pixel in (("left", slice(0, size)), ("right", slice(-size, None))):
        test.assertTrue(all(row[pixel] == white for row in rows), f"{path}: cut off {side}")


CHECKS = {"svg": check_svg, "pdf": check_pdf, "png": check_png}
