/** A picture with the profile of Adobe RGB (1998) arrives in the colours of sRGB: values, by the definitions of both spaces. */
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { readPicture } from "../../src/image/reading/decode.js";

const GAMMA = 563 / 256;
/** Columns: what full red, green and blue are in XYZ, adapted to D50. */
const PRIMARIES = [
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
] as const;
/** From XYZ at D50 to the linear values of sRGB. */
const TO_SRGB = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;

function profile(): Buffer {
  const fixed = (numbers: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(8 + 4 * numbers.length);
    bytes.write("XYZ ");
    numbers.forEach((number, index) => bytes.writeInt32BE(Math.round(number * 65_536), 8 + 4 * index));
    return bytes;
  };
  const curve = Buffer.alloc(16);
  curve.write("curv");
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(563, 12);
  const tags: [string, Buffer][] = [
    ["wtpt", fixed([0.9642, 1, 0.8249])],
    ...PRIMARIES.map((column, index): [string, Buffer] => [`${"rgb"[index] ?? ""}XYZ`, fixed(column)]),
    ...["r", "g", "b"].map((name): [string, Buffer] => [`${name}TRC`, curve]),
  ];
  const head = Buffer.alloc(128 + 4 + 12 * tags.length);
  let end = head.length;
  tags.forEach(([name, content], index) => {
    head.write(name, 132 + 12 * index);
    head.writeUInt32BE(end, 136 + 12 * index);
    head.writeUInt32BE(content.length, 140 + 12 * index);
    end += content.length;
  });
  head.writeUInt32BE(end, 0);
  head.writeUInt32BE(0x02100000, 8);
  head.write("mntrRGB XYZ ", 12);
  head.write("acsp", 36);
  fixed([0.9642, 1, 0.8249]).copy(head, 68, 8);
  head.writeUInt32BE(tags.length, 128);
  return Buffer.concat([head, ...tags.map(([, content]) => content)]);
}

/** The chunk follows the header, which ends at byte 33. */
function withProfile(png: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from("iCCPadobe\0\0", "latin1"), deflateSync(profile())]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length - 4, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([png.subarray(0, 33), frame.subarray(0, 4), body, frame.subarray(4), png.subarray(33)]);
}

function toSrgb(numbers: readonly number[]): number[] {
  const linear = numbers.map((number) => (number / 255) ** GAMMA);
  const xyz = [0, 1, 2].map((row) =>
    PRIMARIES.reduce((sum, column, at) => sum + (column[row] ?? 0) * (linear[at] ?? 0), 0),
  );
  return TO_SRGB.map((row) => {
    const value = row.reduce((sum, weight, at) => sum + weight * (xyz[at] ?? 0), 0);
    const encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, encoded)));
  });
}

test("greys, soft colours and colours that sRGB does not have", async () => {
  const colours = [
    [128, 128, 128],
    [120, 100, 80],
    [80, 130, 110],
    [200, 180, 190],
    [0, 255, 0],
    [255, 255, 255],
  ];
  const numbers = Buffer.from(colours.flat());
  const plain = await sharp(numbers, { raw: { width: colours.length, height: 1, channels: 3 } })
    .png()
    .toBuffer();
  const { data } = await readPicture(withProfile(plain));
  const expected = colours.flatMap(toSrgb);
  expect(Math.max(...expected.map((value, index) => Math.abs(value - (data[index] ?? NaN))))).toBeLessThanOrEqual(2);
  expect(Math.max(...numbers.map((value, index) => Math.abs(value - (data[index] ?? NaN))))).toBeGreaterThan(8);
});
