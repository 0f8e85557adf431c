/** Screenshots have few colours: 256 of them and one byte a pixel make a picture of a third of the size. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST = 256;
/** So many of the colours that are seen most stay as they are: areas that differ by a breath stay apart. */
const KEPT = 128;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** One number 0xrrggbb for each, row by row. */
  readonly colours: Uint32Array;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function chunksOf(png: Buffer): Chunk[] {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG');
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

/** Takes back PNG's filters, in place; `size` is the bytes of a pixel. */
function unfilter(raw: Buffer, stride: number, height: number, size: number): void {
  for (let row = 0; row < height; row += 1) {
    const start = row * (stride + 1) + 1;
    const filter = raw[start - 1] ?? 0;
    for (let column = 0; column < stride; column += 1) {
      const at = start + column;
      const left = column >= size ? (raw[at - size] ?? 0) : 0;
      const up = row > 0 ? (raw[at - stride - 1] ?? 0) : 0;
      const corner = row > 0 && column >= size ? (raw[at - stride - 1 - size] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      raw[at] = ((raw[at] ?? 0) + guess) & 255;
    }
  }
}

/** Only what Chromium writes: 8 bits a channel, RGB or RGBA without transparency, not interlaced. */
function read(png: Buffer): Pixels {
  const chunks = chunksOf(png);
  const head = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (head === undefined || head[8] !== 8 || (head[9] !== 2 && head[9] !== 6) || head[12] !== 0)
    throw new Error('a PNG of another kind than Chromium writes');
  const [width, height, size] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 6 ? 4 : 3];
  const raw = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  );
  const stride = width * size;
  unfilter(raw, stride, height, size);
  const colours = Uint32Array.from({ length: width * height }, (_, pixel) => {
    const at = Math.floor(pixel / width) * (stride + 1) + 1 + (pixel % width) * size;
    return raw.readUIntBE(at, 3);
  });
  return { width, height, colours };
}

type Counted = readonly [colour: number, count: number];
const channel = (colour: number, shift: number): number => (colour >> shift) & 255;
const SHIFTS = [16, 8, 0] as const;

function widest(box: readonly Counted[]): { shift: number; range: number } {
  const ranges = SHIFTS.map((shift) => {
    const values = box.map(([colour]) => channel(colour, shift));
    return { shift, range: Math.max(...values) - Math.min(...values) };
  });
  return ranges.reduce((best, each) => (each.range > best.range ? each : best));
}

/** Median cut: the box with the widest range of colour is halved until there are enough. */
function boxesOf(counted: readonly Counted[], most: number): Counted[][] {
  if (counted.length === 0) return [];
  const boxes = [{ box: [...counted], ...widest(counted) }];
  while (boxes.length < most) {
    const next = boxes.reduce((best, each) => (each.range > best.range ? each : best));
    if (next.range === 0) break;
    const sorted = next.box.toSorted(
      (a, b) => channel(a[0], next.shift) - channel(b[0], next.shift) || a[0] - b[0],
    );
    const halves = [sorted.slice(0, sorted.length >> 1), sorted.slice(sorted.length >> 1)];
    boxes.splice(boxes.indexOf(next), 1, ...halves.map((box) => ({ box, ...widest(box) })));
  }
  return boxes.map(({ box }) => box);
}

/** The colour that is seen most in a box stands for it. */
function paletteOf(colours: Uint32Array): {
  readonly palette: number[];
  readonly index: Map<number, number>;
} {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const index = new Map<number, number>();
  const counted = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const kept = counted.slice(0, KEPT).map((each) => [each]);
  const palette = [...kept, ...boxesOf(counted.slice(KEPT), MOST - KEPT)].map((box, at) => {
    for (const [colour] of box) index.set(colour, at);
    return box.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
  });
  return { palette, index };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The same picture with at most 256 colours. The same pixels give the same bytes. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, colours } = read(png);
  const { palette, index } = paletteOf(colours);
  const rows = Buffer.alloc((width + 1) * height);
  for (const [pixel, colour] of colours.entries())
    rows[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = index.get(colour) ?? 0;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.alloc(palette.length * 3);
  for (const [at, colour] of palette.entries()) table.writeUIntBE(colour, at * 3, 3);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', table),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
