import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "./cache-folder.js";

test.each([
  [{}, join(homedir(), ".cache/kandinsky3")],
  [{ KANDINSKY3_CACHE: "", XDG_CACHE_HOME: "" }, join(homedir(), ".cache/kandinsky3")],
  [{ KANDINSKY3_CACHE: "  ", XDG_CACHE_HOME: "/xdg" }, "/xdg/kandinsky3"],
  [{ KANDINSKY3_CACHE: "/there", XDG_CACHE_HOME: "/xdg" }, "/there"],
  [{ KANDINSKY3_CACHE: "relative/one" }, resolve("relative/one")],
  [{ KANDINSKY3_CACHE: "~/mine" }, join(homedir(), "mine")],
  [{ KANDINSKY3_CACHE: "~" }, homedir()],
  [{ KANDINSKY3_CACHE: "~other" }, resolve("~other")],
])("%j", (env, folder) => {
  expect(cacheFolder(env)).toBe(resolve(folder));
});
