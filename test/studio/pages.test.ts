/** The page as a whole: for everyone, with keys, on phones, and what it asks of a browser. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { UnauthorizedError } from "../../src/server/caller.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { startApp } from "../server/start-app.js";
import { generate, useBrowser } from "./browser.js";

const LIMIT = { timeout: 120_000 };
const visit = useBrowser();

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** What axe finds, a line for each. It is put in by the debugger, which the page's policy does not bind. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<AxeResult>("axe.run()");
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

test.each(["light", "dark"] as const)("axe finds nothing on any page (%s)", LIMIT, async (colorScheme) => {
  const { address } = await startApp({}, new FakeCrew());
  const { page, faults } = await visit(address, { colorScheme, reducedMotion: "reduce" });
  for (const name of ["Create", "Edit", "Gallery", "Settings"]) {
    await page.getByRole("link", { name }).click();
    await page.getByRole("main").waitFor();
    expect([name, ...(await violations(page))]).toEqual([name]);
  }
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test("axe finds nothing beside a picture", LIMIT, async () => {
  const { address } = await startApp();
  const { page } = await visit(address, { reducedMotion: "reduce" });
  await generate(page, "a red house");
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Edit picture" }).click();
  await page.getByRole("img", { name: "Mask canvas" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.getByRole("button", { name: "Open: a red house" }).click();
  await page.getByRole("button", { name: "Star" }).click();
  await expect.poll(() => page.getByRole("button", { name: "Star" }).getAttribute("aria-pressed")).toBe("true");
  expect(await violations(page)).toEqual([]);
});

test("a deleted picture can be taken back", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page } = await visit(address);
  await generate(page, "a red house");
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => page.getByRole("img", { name: /^Result/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => jobs.store.pictures.list({ limit: 9 }).pictures.length, { timeout: 20_000 }).toBe(0);
});

test("the policy of the page is strict, and its files are kept by the browser", async () => {
  const { address } = await startApp({}, new FakeCrew());
  const answer = await fetch(address);
  expect(answer.headers.get("content-security-policy")).not.toMatch(/unsafe|https?:|\*/);
  expect(answer.headers.get("cache-control")).toBe("no-cache");
  const script = /src="(\/assets\/[^"]+)"/.exec(await answer.text())?.[1] ?? "";
  const { headers } = await fetch(address + script);
  expect(headers.get("cache-control")).toMatch(/immutable/);
  expect((await fetch(`${address}/nothing`)).status).toBe(404);
});

test("a server with keys asks for one, and for another when it is refused", LIMIT, async () => {
  let right = "k3_one";
  const authenticate = ({ headers }: { readonly headers: { readonly authorization?: string | undefined } }) => {
    if (headers.authorization !== `Bearer ${right}`) {
      throw new UnauthorizedError("the API key is not known, or revoked");
    }
    return { owner: "phone", admin: false };
  };
  const { address } = await startApp({ authenticate });
  const { page } = await visit(address);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("API key").fill(right);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  await generate(page, "a red house");
  const result = page.getByRole("img", { name: /^Result/ });
  await result.waitFor();
  // A picture that came with the key is shown from memory.
  expect(await result.getAttribute("src")).toMatch(/^blob:/);
  right = "k3_two";
  await dialog.getByText("The key is not known to the server").waitFor();
});

test("on a phone the picture comes first, and nothing is wider than the screen", LIMIT, async () => {
  const { address } = await startApp();
  const { page, faults } = await visit(address, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  await page.getByRole("textbox", { name: "Prompt", exact: true }).fill("a red house");
  await page.getByRole("spinbutton", { name: "Steps" }).fill("4");
  await page.getByRole("button", { name: "Generate" }).tap();
  const picture = await page.getByRole("img", { name: /^Result/ }).boundingBox();
  expect(picture?.width).toBeGreaterThan(340);
  expect(picture?.y).toBeLessThan(120);
  for (const name of ["Edit", "Gallery", "Settings", "Create"]) {
    await page.getByRole("link", { name }).tap();
    await page.getByRole("main").waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  }
  expect(faults).toEqual([]);
});

test("the page speaks Russian to whoever does", LIMIT, async () => {
  const { address } = await startApp({}, new FakeCrew());
  const { page } = await visit(address, { locale: "ru-RU" });
  await page.getByRole("button", { name: "Нарисовать" }).waitFor();
  expect(await page.evaluate<string>("document.documentElement.lang")).toBe("ru");
  await page.getByRole("link", { name: "Настройки" }).click();
  await page.getByRole("combobox", { name: "Язык" }).selectOption("en");
  await page.getByRole("heading", { name: "Settings" }).waitFor();
});
