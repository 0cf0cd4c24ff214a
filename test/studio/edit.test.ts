/** Changing pictures on the page. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startApp } from "../server/start-app.js";
import { downloaded, generate, useBrowser } from "./browser.js";
import { openImage } from "./open-image.js";

const HOUSE = fileURLToPath(new URL("../../docs/images/red-house.png", import.meta.url));
const LIMIT = { timeout: 120_000 };
const visit = useBrowser();

async function upload(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Edit" }).click();
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload image" }).click();
  await (await choosing).setFiles(HOUSE);
  await page.getByRole("img", { name: "Mask canvas" }).waitFor();
}

/** Drags over the middle of the canvas, which is in the middle of the picture. */
async function drag(page: Page, by: number): Promise<void> {
  const box = await page.getByRole("img", { name: "Mask canvas" }).boundingBox();
  if (box === null) {
    throw new Error("the canvas cannot be seen");
  }
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - by, y - by);
  await page.mouse.down();
  await page.mouse.move(x + by, y + by, { steps: 6 });
  await page.mouse.up();
}

test("a picture is changed as a whole, as far as the strength says", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page, faults } = await visit(address);
  await upload(page);
  await page.getByRole("slider", { name: "Strength" }).fill("0.5");
  await generate(page, "a blue house in the snow", 10);
  await page.getByRole("img", { name: "Result: a blue house in the snow" }).waitFor();
  const [job] = jobs.list({ limit: 1 }).jobs;
  expect(job?.fields).toMatchObject({ strength: 0.5, steps: 10 });
  expect(job?.settings).toMatchObject({ mode: "image-to-image" });
  await page.getByRole("slider", { name: "Before and after" }).fill("0");
  const [frame, after] = [page.locator(".frame"), page.locator(".compare .after")];
  expect(await after.boundingBox()).toEqual(await frame.boundingBox());
  expect(faults).toEqual([]);
});

test("only what was painted over is made anew; every other pixel is the same in the download", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page, faults } = await visit(address);
  await upload(page);
  await page.getByRole("radio", { name: "Rectangle" }).click();
  await drag(page, 60);
  await generate(page, "a green tree in the snow", 4);
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  const mask = jobs.list({ limit: 1 }).jobs[0]?.fields["mask"];
  const kept = typeof mask === "string" ? jobs.store.pictures.get(mask) : undefined;
  if (kept === undefined) {
    throw new Error("the job has no mask");
  }
  const [before, after, masked] = await Promise.all([
    openImage(HOUSE),
    openImage((await downloaded(page)).path),
    openImage(await jobs.store.pictures.read(kept)),
  ]);
  let [changed, painted] = [0, 0];
  for (let at = 0; at < before.data.length; at++) {
    painted += masked.data[at] === 255 ? 1 : 0;
    if (before.data[at] !== after.data[at]) {
      expect(masked.data[at]).toBe(255);
      changed++;
    }
  }
  expect(painted).toBeGreaterThan(0);
  expect(painted).toBeLessThan(before.data.length / 2);
  expect(changed).toBeGreaterThan(painted / 10);
  expect(faults).toEqual([]);
});

test("a mask is undone, done again, turned round and cleared", LIMIT, async () => {
  const { address } = await startApp();
  const { page } = await visit(address);
  await upload(page);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const what = page.getByText("Only what you painted over is made anew");
  expect(await button("Undo").isDisabled()).toBe(true);
  await drag(page, 30);
  await what.waitFor();
  await button("Undo").click();
  await page.getByText("The whole picture changes").waitFor();
  await button("Redo").click();
  await what.waitFor();
  await button("Invert mask").click();
  await page.keyboard.press("e");
  expect(await page.getByRole("radio", { name: "Eraser" }).isChecked()).toBe(true);
  await button("Clear mask").click();
  await page.getByText("The whole picture changes").waitFor();
});

test("a picture grows beyond its edges, and what was there stays", LIMIT, async () => {
  const { address } = await startApp();
  const { page, faults } = await visit(address);
  await upload(page);
  await page.getByRole("spinbutton", { name: "Right" }).fill("32");
  await generate(page, "a red house in the snow", 4);
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  const [before, after] = await Promise.all([openImage(HOUSE), openImage((await downloaded(page)).path)]);
  expect([after.info.width, after.info.height]).toEqual([160, 128]);
  // A seam of eight pixels fades into the picture.
  const kept = 120;
  for (let row = 0; row < 128; row++) {
    const old = before.data.subarray(row * 128 * 3, (row * 128 + kept) * 3);
    const now = after.data.subarray(row * 160 * 3, (row * 160 + kept) * 3);
    expect(now.equals(old)).toBe(true);
  }
  expect(faults).toEqual([]);
});
