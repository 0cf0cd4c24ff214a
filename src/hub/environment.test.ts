import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hubEnvironment } from "./environment.js";

const HOME = "/home/somebody";

test.each([
  [{}, `${HOME}/.cache/huggingface/hub`],
  [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/huggingface/hub"],
  [{ XDG_CACHE_HOME: "/xdg", HF_HOME: "~/hf" }, `${HOME}/hf/hub`],
  [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
  [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "$DISK/${NAME}/$UNSET" }, "/disk/n/$UNSET"],
])("cache folder of %j", (env, folder) => {
  expect(hubEnvironment({ HOME, DISK: "/disk", NAME: "n", ...env }).cacheFolder).toBe(folder);
});

test.each([
  [{ HF_HUB_OFFLINE: "1" }, true],
  [{ HF_HUB_OFFLINE: "yes" }, true],
  [{ TRANSFORMERS_OFFLINE: "ON" }, true],
  [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, false],
  [{ HF_HUB_OFFLINE: "", TRANSFORMERS_OFFLINE: "1" }, true],
  [{}, false],
])("offline mode of %j is %s", (env, offline) => {
  expect(hubEnvironment(env).offline).toBe(offline);
});

test("time limits and address", () => {
  const { endpoint, metadataTimeoutMs, downloadTimeoutMs, symlinks } = hubEnvironment({
    HF_ENDPOINT: "https://mirror.example/hf/",
    HF_HUB_ETAG_TIMEOUT: "3",
    HF_HUB_DISABLE_SYMLINKS: "1",
  });
  expect([endpoint, metadataTimeoutMs, downloadTimeoutMs, symlinks]).toEqual([
    "https://mirror.example/hf",
    3000,
    10_000,
    false,
  ]);
  expect(() => hubEnvironment({ HF_HUB_DOWNLOAD_TIMEOUT: "soon" })).toThrow(
    'HF_HUB_DOWNLOAD_TIMEOUT: expected a whole number of seconds, got "soon"',
  );
});

test("an address with a password is refused, and not repeated", () => {
  const refuse = (text: string) => () => hubEnvironment({ HF_ENDPOINT: text });
  expect(refuse("https://me:hf_secret@mirror.example")).toThrow(/^HF_ENDPOINT: expected an http or https address/);
  expect(refuse("https://me:hf_secret@mirror.example")).not.toThrow(/hf_secret/);
  expect(refuse("ftp://x")).toThrow(/HF_ENDPOINT/);
});

test("the token's places, in their order", async () => {
  const home = mkdtempSync(join(tmpdir(), "kandinsky3-token-"));
  onTestFinished(() => {
    rmSync(home, { recursive: true });
  });
  const token = (env: Record<string, string>) => hubEnvironment({ HF_HOME: home, ...env }).token();
  expect(await token({})).toBeUndefined();
  writeFileSync(join(home, "token"), " hf_file\n");
  writeFileSync(join(home, "other"), "hf_other\r\n");
  expect(await token({})).toBe("hf_file");
  expect(await token({ HF_TOKEN_PATH: join(home, "other") })).toBe("hf_other");
  expect(await token({ HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_old");
  expect(await token({ HF_TOKEN: "hf_new", HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_new");
  expect(await token({ HF_TOKEN: "hf_new", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" })).toBeUndefined();
  const failure: unknown = await token({ HF_TOKEN: "hf_sé cret" }).catch((thrown: unknown) => thrown);
  expect(String(failure)).toMatch(
    /HF_TOKEN: expected a token, one word \(hf_…\), got spaces or letters beyond ASCII in it/,
  );
  expect(String(failure)).not.toContain("cret");
});
