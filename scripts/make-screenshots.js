/** Takes the pictures of docs/studio.md: the page of a server that is started for it, painting with the bundled model. Needs Debian's chromium. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { fetch } from "undici";
import { readSettings } from "../dist/cli/server/read-settings.js";
import { runServer } from "../dist/cli/server/run-server.js";

const TARGET = fileURLToPath(new URL("../docs/studio/", import.meta.url));
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PROMPTS = [
  "a blue boat at sunset",
  "a yellow star at night",
  "a green tree on the grass",
  "a purple umbrella on a yellow background",
  "a red apple next to a green cup",
  "a pink flower on the grass",
  "a white cat in the snow",
  "an orange fish on a light blue background",
  "a gray robot on a pink background",
  "a brown mushroom on the grass",
  "a red rocket at night",
];

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-screenshots-"));
const server = await runServer(await readSettings({ port: "0", data: folder, quiet: true }, {}), () => undefined);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  mkdirSync(TARGET, { recursive: true });
  for (const [index, prompt] of PROMPTS.entries()) {
    await fetch(`${server.address}/v1/images/generations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt, seed: index + 1, response_format: "url" }),
    });
  }
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-US", colorScheme: "light" });
  const page = await context.newPage();
  const result = page.getByRole("img", { name: /^Result/ });
  await page.goto(server.address);
  await page.getByText(/of memory/).waitFor({ timeout: 120_000 });
  await page.getByRole("textbox", { name: "Prompt", exact: true }).fill("a red house in the snow");
  await page.getByRole("textbox", { name: "Seed" }).fill("1");
  await page.getByRole("spinbutton", { name: "Steps" }).fill("300");
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByText(/^Painting · Step (?:[5-9]\d|1\d\d) /).waitFor();
  await shoot("running");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
  await page.getByRole("spinbutton", { name: "Steps" }).fill("25");
  await page.getByRole("button", { name: "Generate" }).click();
  await result.waitFor();
  await page.waitForTimeout(1000);
  await shoot("create");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot("create-dark");
  await page.getByRole("button", { name: "Edit picture" }).click();
  const box = await page.getByRole("img", { name: "Mask canvas" }).boundingBox();
  if (box === null) {
    throw new Error("the canvas cannot be seen");
  }
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.getByRole("radio", { name: "Lasso" }).click();
  await page.mouse.move(x - 150, y + 130);
  await page.mouse.down();
  for (const [right, down] of [
    [-190, 0],
    [-60, -150],
    [70, -140],
    [190, 20],
    [150, 140],
    [0, 160],
  ]) {
    await page.mouse.move(x + right, y + down, { steps: 6 });
  }
  await page.mouse.up();
  await page.getByRole("textbox", { name: "Prompt", exact: true }).fill("a green tree in the snow");
  await page.waitForTimeout(1500);
  await shoot("edit-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Generate" }).click();
  await result.waitFor();
  await page.waitForTimeout(1000);
  await shoot("compare");
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.waitForTimeout(1500);
  await shoot("gallery");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.waitForTimeout(1000);
  await shoot("settings");
  await page.setViewportSize(PHONE);
  await page.getByRole("link", { name: "Create" }).click();
  await page.waitForTimeout(1000);
  await shoot("phone");

  /** @param {string} name */
  async function shoot(name) {
    const picture = await page.screenshot({ animations: "disabled" });
    await sharp(picture)
      .webp({ quality: 85, effort: 6 })
      .toFile(join(TARGET, `${name}.webp`));
  }
} finally {
  await browser.close();
  await server.close(0);
  rmSync(folder, { recursive: true, force: true });
}
