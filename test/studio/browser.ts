/** The studio in a real browser: Debian's chromium, or the one that CHROMIUM names. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, TestRunner } from "vitest";

import { installed } from "../support/installed.js";

const INSTALL_MS = 600_000;
const DESKTOP = { width: 1280, height: 800 };

export interface Visit {
  readonly page: Page;
  /** Everything that the page should not have done: errors in its console, and requests to others than its server. */
  readonly faults: string[];
}

/** Gives what opens the page in a browser of the test file's own. */
export function useBrowser(): (address: string, options?: BrowserContextOptions) => Promise<Visit> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    const executablePath = process.env["CHROMIUM"] ?? installed("chromium");
    browser =
      executablePath === undefined ? undefined : await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  }, INSTALL_MS);
  afterAll(() => browser?.close());
  return async (address, options = {}) => {
    if (browser === undefined) {
      TestRunner.getCurrentTest()?.context.skip("chromium is missing and cannot be installed here");
      throw new Error("there is no browser");
    }
    const context = await browser.newContext({ viewport: DESKTOP, locale: "en-US", acceptDownloads: true, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const faults: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        faults.push(message.text());
      }
    });
    page.on("pageerror", ({ message }) => faults.push(message));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== address) {
        faults.push(`a request to ${url.origin}`);
      }
    });
    await page.goto(address);
    return { page, faults };
  };
}

/** Asks for a picture, in few steps unless it is said otherwise. */
export async function generate(page: Page, prompt: string, steps = 4): Promise<void> {
  await page.getByRole("textbox", { name: "Prompt", exact: true }).fill(prompt);
  await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
  await page.getByRole("button", { name: "Generate" }).click();
}

/** The bytes that the button "Download" gives. */
export async function downloaded(page: Page): Promise<{ readonly name: string; readonly path: string }> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  const download = await waiting;
  expect(await download.failure()).toBeNull();
  return { name: download.suggestedFilename(), path: await download.path() };
}
