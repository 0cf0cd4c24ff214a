/** What is packed in git comes out as it went in, over whatever lies in its places, and the packs hold what the tree holds. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const NAMES = ["nano", "fixtures"] as const;
const INPAINTING = "models/nano/unet_inpainting/diffusion_pytorch_model.safetensors";
const ARRAY = "test/fixtures/diffusers/goldens/e2e_t2i_128/image.npy";
const WEIGHTS = "test/fixtures/original/tiny/weights/movq.pt";

const scratch = mkdtempSync(join(tmpdir(), "kandinsky3-packs-"));
const root = join(scratch, "root");
const at = (path: string, base = root): string => join(base, path);

/** The checksums of a pack, by path from the root. */
function checksums(name: string, base = root): Map<string, string> {
  const lines = readFileSync(join(base, "packs", `${name}.sha256`), "utf8")
    .trimEnd()
    .split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

function allChecksums(base = root): Map<string, string> {
  return new Map(NAMES.flatMap((name) => [...checksums(name, base)]));
}

function checksum(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function run(
  script: "pack" | "unpack",
  ...args: readonly string[]
): { code: number | null; stderr: string; stdout: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [at(`scripts/${script}.js`, REPOSITORY), ...args], {
    encoding: "utf8",
  });
  return { code: status, stderr, stdout };
}

/** A folder with the packs of `from` and nothing else. */
function freshRoot(name: string, from = REPOSITORY): string {
  const fresh = join(scratch, name);
  for (const file of NAMES.flatMap((pack) => [`packs/${pack}.pack`, `packs/${pack}.sha256`])) {
    cpSync(at(file, from), at(file, fresh));
  }
  return fresh;
}

function expectUnpacked(base = root): void {
  for (const [path, sum] of allChecksums(base)) {
    expect(existsSync(at(path, base)), path).toBe(true);
    expect(checksum(at(path, base)), path).toBe(sum);
  }
}

beforeAll(() => {
  freshRoot("root");
  expect(run("unpack", "--root", root)).toEqual({ code: 0, stderr: "", stdout: "" });
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

test("this tree's packs hold what git ignores in their places, and nothing else", () => {
  const ignored = execFileSync(
    "git",
    ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", "models/nano", "test/fixtures"],
    { cwd: REPOSITORY, encoding: "utf8", maxBuffer: 2 ** 24 },
  );
  const expected = allChecksums(REPOSITORY);
  const hint = "node scripts/pack.js packs what was added, changed or removed";
  expect(ignored.split("\0").filter(Boolean).sort(), hint).toEqual([...expected.keys()].sort());
  for (const [path, sum] of expected) {
    expect(checksum(at(path, REPOSITORY)), `${path}; ${hint}`).toBe(sum);
  }
  expect(expected.size).toBeGreaterThan(680);
});

describe("unpacking", () => {
  test("gives every file whole, and no other", () => {
    expectUnpacked();
    const found = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(at("packs")))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    expect(found.sort()).toEqual([...allChecksums().keys()].sort());
  });

  test("leaves alone what is right", () => {
    const before = statSync(at(INPAINTING)).mtimeMs;
    expect(run("unpack", "--root", root).code).toBe(0);
    expect(statSync(at(INPAINTING)).mtimeMs).toBe(before);
  });

  test("restores what is missing, cut short or changed, and keeps what was there", () => {
    rmSync(at(WEIGHTS));
    truncateSync(at(INPAINTING), 1_000_000);
    appendFileSync(at(ARRAY), "more");
    const leftOver = at(`packs/unpacked/${spawnSync(process.execPath, ["--version"]).pid}.partial`);
    writeFileSync(leftOver, "of a process that was killed");
    const { code, stderr } = run("unpack", "--root", root);
    expect(code).toBe(0);
    expect(stderr).toMatch(/unet_inpainting\/\S+ differed from packs\/nano\.pack: moved to packs\/set-aside/);
    expect(stderr).toMatch(/e2e_t2i_128\/image\.npy differed from packs\/fixtures\.pack/);
    expectUnpacked();

    const aside = readdirSync(at("packs/set-aside"));
    expect(aside).toHaveLength(1);
    const kept = (path: string): string => at(`packs/set-aside/${aside[0] ?? ""}/${path}`);
    expect(statSync(kept(INPAINTING)).size).toBe(1_000_000);
    expect(readFileSync(kept(ARRAY), "latin1").endsWith("more")).toBe(true);
    expect(existsSync(kept(WEIGHTS))).toBe(false);
    expect(existsSync(leftOver)).toBe(false);
  });

  test("a new pack replaces what came out of the one before and removes what it no longer holds", () => {
    const [gone, edited] = ["test/fixtures/gone.npy", "test/fixtures/edited.npy"];
    writeFileSync(at(ARRAY), "older");
    writeFileSync(at(gone), "older");
    writeFileSync(at(edited), "older, and changed since");
    const older = createHash("sha256").update("older").digest("hex");
    writeFileSync(
      at("packs/unpacked/fixtures.sha256"),
      [ARRAY, gone, edited].map((path) => `${older}  ${path}\n`).join(""),
    );
    expect(run("unpack", "--root", root)).toEqual({ code: 0, stderr: "", stdout: "" });
    expectUnpacked();
    expect(existsSync(at(gone))).toBe(false);
    expect(existsSync(at(edited))).toBe(true);
    rmSync(at(edited));
  });

  test.each(NAMES)("a damaged %s pack is named, and nothing of it is written", (name) => {
    const damaged = freshRoot(`damaged-${name}`);
    const archive = at(`packs/${name}.pack`, damaged);
    const bytes = readFileSync(archive);
    for (const position of [bytes.length >> 1, bytes.length - 100]) {
      bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
    }
    writeFileSync(archive, bytes);
    const { code, stderr } = run("unpack", "--root", damaged);
    expect(code).toBe(1);
    expect(stderr).toContain(archive);
    expect([...checksums(name, damaged).keys()].filter((path) => existsSync(at(path, damaged)))).toEqual([]);
  });
});

describe("packing", () => {
  const pack = (...args: readonly string[]): ReturnType<typeof run> =>
    run("pack", "--root", root, "--quality", "1", ...args);

  test("packs that hold what is there stay as they are", () => {
    const before = NAMES.map((name) => checksum(at(`packs/${name}.pack`)));
    expect(pack().code).toBe(0);
    expect(NAMES.map((name) => checksum(at(`packs/${name}.pack`)))).toEqual(before);
  });

  test("what is missing or was never unpacked is not taken for removed", () => {
    const before = NAMES.map((name) => checksum(at(`packs/${name}.sha256`)));
    rmSync(at(WEIGHTS));
    const missing = pack();
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`has not been unpacked (missing: ${WEIGHTS})`);

    rmSync(at("packs/unpacked"), { recursive: true });
    expect(pack("--removed").code).toBe(1);
    expect(NAMES.map((name) => checksum(at(`packs/${name}.sha256`)))).toEqual(before);
    expect(run("unpack", "--root", root).code).toBe(0);
  });

  test("takes in what was added and changed, forgets what was removed", () => {
    const added = [
      "test/fixtures/new/case.npy",
      "test/fixtures/new/odd.npy",
      "test/fixtures/new/page.pt",
      "models/nano/new/model.safetensors",
    ];
    mkdirSync(dirname(at(added[0] ?? "")), { recursive: true });
    mkdirSync(dirname(at(added[3] ?? "")), { recursive: true });
    cpSync(at(ARRAY), at(added[0] ?? ""));
    writeFileSync(at(added[1] ?? ""), readFileSync(at(ARRAY)).subarray(0, 1001)); // Cut within a number.
    writeFileSync(at(added[2] ?? ""), "<html>");
    cpSync(at("models/nano/text_encoder/model.safetensors"), at(added[3] ?? ""));
    const trained = readFileSync(at(INPAINTING));
    for (let position = trained.length - 500_000; position < trained.length; position++) {
      trained[position] = (position * 2_654_435_761) >>> 24; // Infinities, NaN and zeros of both signs among them.
    }
    writeFileSync(at(INPAINTING), trained);
    rmSync(at(WEIGHTS));

    const { code, stdout, stderr } = pack("--removed");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").filter(Boolean)).toHaveLength(2);
    const packed = allChecksums();
    expect(added.filter((path) => !packed.has(path))).toEqual([]);
    expect(packed.has(WEIGHTS)).toBe(false);
    expect(packed.get(INPAINTING)).toBe(createHash("sha256").update(trained).digest("hex"));

    const again = freshRoot("again", root);
    expect(run("unpack", "--root", again).code).toBe(0);
    expectUnpacked(again);
  });
});
