/** What is kept, over the life of more than one server. */
import { execFileSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { readSettings } from "../../src/cli/server/read-settings.js";
import { type RunningServer, runServer } from "../../src/cli/server/run-server.js";
import { scratchFolder } from "../jobs/open-jobs.js";
import { generate, useBrowser } from "./browser.js";

const LIMIT = { timeout: 120_000 };
const visit = useBrowser();

async function serve(data: string, port = "0"): Promise<RunningServer> {
  return runServer(await readSettings({ port, data, quiet: true }, {}), () => undefined);
}

test("a server goes away and comes back: the page says so, and the gallery has everything", LIMIT, async () => {
  const data = await scratchFolder();
  const first = await serve(data);
  const { page } = await visit(first.address);
  await generate(page, "a red house");
  await page.getByRole("img", { name: /^Result/ }).waitFor();
  await first.close(0);
  await page.getByText("The server does not answer; trying again.").waitFor();
  const second = await serve(data, new URL(first.address).port);
  onTestFinished(() => second.close(0));
  await page.getByText("The server does not answer; trying again.").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.getByRole("button", { name: "Open: a red house" }).click();
  await page.getByRole("button", { name: "Star" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", { name: "Search prompts" }).fill("boat");
  await page.getByText("No picture matches").waitFor();
  await page.getByRole("searchbox", { name: "Search prompts" }).fill("HOUSE");
  await page.getByRole("button", { name: "Favourites" }).click();
  await page.getByRole("button", { name: "Open: a red house" }).click();
  await page.getByRole("button", { name: "Use all" }).click();
  expect(await page.getByRole("textbox", { name: "Prompt", exact: true }).inputValue()).toBe("a red house");
  expect(await page.getByRole("textbox", { name: "Seed" }).inputValue()).toMatch(/^\d+$/);
});

test("a gallery of thousands has few of them on the page, and its end is reached", LIMIT, async () => {
  const data = await scratchFolder();
  const server = await serve(data);
  onTestFinished(() => server.close(0));
  const { page } = await visit(server.address);
  // Lists of pictures that nobody painted: the page asks for them as for others, and their files are one.
  await page.route("**/v1/images?**", async (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get("after")?.slice(4) ?? 0);
    const picture = (n: number) => ({
      id: `img_${n}`,
      url: "",
      seed: "1",
      width: 512,
      height: 512,
      mime: "image/png",
      job: null,
      bytes: 1,
      prompt: `number ${n}`,
      starred: false,
      created: 0,
    });
    const list = Array.from({ length: 60 }, (_, at) => picture(after + at + 1));
    await route.fulfill({ json: { data: list, has_more: after + 60 < 10_000 } });
  });
  await page.route("**/v1/images/img_*", (route) => route.fulfill({ path: "web/public/icon.png" }));
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.getByRole("button", { name: "Open: number 1", exact: true }).waitFor();
  for (let times = 0; times < 40; times++) {
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await page.waitForTimeout(30);
  }
  expect(await page.getByRole("button", { name: /^Open: / }).count()).toBeLessThan(200);
  expect(await page.evaluate<number>("scrollY")).toBeGreaterThan(10_000);
});

test("the types of the client are those of the server's document", LIMIT, () => {
  expect(() => execFileSync(process.execPath, ["scripts/page-types.js", "--check"], { stdio: "pipe" })).not.toThrow();
});
