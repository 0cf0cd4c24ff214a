/** Making pictures on the page. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FakeCrew } from "../jobs/fake-crew.js";
import { openImage } from "./open-image.js";
import { startApp } from "../server/start-app.js";
import { downloaded, generate, useBrowser } from "./browser.js";

const HOUSE = fileURLToPath(new URL("../../docs/images/red-house.png", import.meta.url));
const LIMIT = { timeout: 120_000 };
const visit = useBrowser();

test("words become a picture, with progress, and its file is there to be kept", LIMIT, async () => {
  const { address } = await startApp();
  const { page, faults } = await visit(address);
  await generate(page, "a red house in the snow", 20);
  await page.getByRole("progressbar", { name: "Progress" }).waitFor();
  await page.getByRole("img", { name: "Preview of the running picture" }).waitFor();
  await page.getByRole("img", { name: "Result: a red house in the snow" }).waitFor();
  const { name, path } = await downloaded(page);
  expect(name).toMatch(/^a-red-house-in-the-snow-[0-9a-f]{8}\.png$/);
  const { info } = await openImage(path);
  expect([info.width, info.height]).toEqual([128, 128]);
  expect(faults).toEqual([]);
});

test("the same seed gives the same picture, and another one another", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page } = await visit(address);
  await generate(page, "a blue boat");
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  await page.getByRole("button", { name: "Reuse seed" }).click();
  const seed = await page.getByRole("textbox", { name: "Seed" }).inputValue();
  expect(seed).toMatch(/^\d+$/);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect.poll(() => jobs.list({ status: "completed", limit: 9 }).jobs.length, LIMIT).toBe(2);
  await page.getByRole("button", { name: "Random seed" }).click();
  expect(await page.getByRole("textbox", { name: "Seed" }).inputValue()).toBe("");
  await page.getByRole("button", { name: "Generate" }).click();
  await expect.poll(() => jobs.list({ status: "completed", limit: 9 }).jobs.length, LIMIT).toBe(3);
  const hashes = jobs.store.pictures.list({ limit: 9 }).pictures.map(({ sha256 }) => sha256);
  expect(new Set(hashes).size).toBe(2);
});

test("Stop ends what runs, and Ctrl+Enter begins", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page, faults } = await visit(address);
  await page.getByRole("spinbutton", { name: "Steps" }).fill("500");
  const prompt = page.getByRole("textbox", { name: "Prompt", exact: true });
  await prompt.fill("a green tree");
  await prompt.press("Control+Enter");
  await page.getByRole("img", { name: "Preview of the running picture" }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
  expect(jobs.list({ limit: 9 }).jobs.map(({ status }) => status)).toEqual(["cancelled"]);
  expect(faults).toEqual([]);
});

test("a reload in the middle of a run comes back to it, and another tab sees it", LIMIT, async () => {
  const { address } = await startApp();
  const { page, faults } = await visit(address);
  await generate(page, "a yellow star at night", 60);
  await page.getByRole("img", { name: "Preview of the running picture" }).waitFor();
  await page.reload();
  await page.getByRole("progressbar", { name: "Progress" }).waitFor();
  const second = await page.context().newPage();
  await second.goto(address);
  await second.getByRole("progressbar", { name: "Progress" }).waitFor();
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  await second.getByRole("img", { name: /^Result/ }).waitFor();
  expect(faults).toEqual([]);
});

test("several jobs wait in a queue, and one of them is taken out", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const { page } = await visit(address);
  await generate(page, "a red house", 400);
  await page.getByRole("progressbar", { name: "Progress" }).waitFor();
  await generate(page, "a blue fish", 4);
  await page.getByRole("button", { name: "Take out of the queue: a blue fish" }).click();
  await expect.poll(() => jobs.list({ status: "cancelled", limit: 9 }).jobs.length).toBe(1);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();
});

test("markup in a prompt stays text", LIMIT, async () => {
  const { address } = await startApp();
  const { page, faults } = await visit(address);
  const prompt = '<img src=x onerror="document.title=1"> a cat';
  await generate(page, prompt);
  await page.getByRole("img", { name: `Result: ${prompt}` }).waitFor();
  expect(await page.title()).toBe("Kandinsky 3");
  expect(faults).toEqual([]);
});

test("a picture that is dropped on the page gives its settings", LIMIT, async () => {
  const { address } = await startApp({}, new FakeCrew());
  const { page, faults } = await visit(address);
  await page.evaluate(`{
    const bytes = Uint8Array.from(atob("${readFileSync(HOUSE).toString("base64")}"), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "house.png", { type: "image/png" }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }`);
  await page.getByText("Settings taken from the picture").waitFor();
  expect(await page.getByRole("textbox", { name: "Prompt", exact: true }).inputValue()).toBe("a red house in the snow");
  expect(await page.getByRole("textbox", { name: "Seed" }).inputValue()).toBe("1");
  expect(await page.getByRole("spinbutton", { name: "Steps" }).inputValue()).toBe("25");
  expect(faults).toEqual([]);
});

test("what is too long, and what a picture costs, is said before the button is pressed", LIMIT, async () => {
  const { address } = await startApp();
  const { page } = await visit(address);
  const prompt = page.getByRole("textbox", { name: "Prompt", exact: true });
  await prompt.fill(`${"a red house ".repeat(60)}crown`);
  // The first plan of a server measures its machine.
  await page.getByText(/^Too long; this is not used: .*crown$/).waitFor({ timeout: 100_000 });
  await page.getByText(/of memory/).waitFor();
  await page.getByRole("spinbutton", { name: "Width" }).fill("100");
  await page.getByText(/will be made in \d+ × 128/).waitFor();
});
