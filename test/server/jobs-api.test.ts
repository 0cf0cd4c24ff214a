/** `/v1/jobs` and `/v1/images`, above a crew that does what it is told. */
import { once } from "node:events";
import { createServer, get as httpGet } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { PICTURE, FakeCrew } from "../jobs/fake-crew.js";
import { post, startApp } from "./start-app.js";

interface View {
  readonly id: string;
  readonly status: string;
  readonly queue_position: number | null;
  readonly images: readonly { readonly id: string; readonly url: string }[];
  readonly warnings: readonly string[];
}

async function viewOf(response: Promise<Response>): Promise<View> {
  return (await (await response).json()) as View;
}

/** The events of a stream that ends. */
async function eventsOf(
  address: string,
  id: string,
  lastEventId?: string,
): Promise<{ id: string; type: string; data: string }[]> {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const text = await (await fetch(`${address}/v1/jobs/${id}/events`, { headers })).text();
  const fieldOf = (block: string, name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
  return text
    .split("\n\n")
    .filter((block) => block.includes("event: "))
    .map((block) => ({ id: fieldOf(block, "id"), type: fieldOf(block, "event"), data: fieldOf(block, "data") }));
}

test("asked for, seen in the queue, followed and fetched", async () => {
  const crew = new FakeCrew();
  const { address } = await startApp({}, crew);
  const created = await post(address, "/v1/jobs", { prompt: "a red house", size: "128x64", colour: "red" });
  expect(created.status).toBe(202);
  const first = (await created.json()) as View;
  expect(first.warnings.join()).toContain('"colour"');
  const second = await viewOf(post(address, "/v1/jobs", { prompt: "b" }));
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  expect(crew.assigned[0]?.fields).toMatchObject({ prompt: "a red house", width: 128, height: 64, model: "nano" });
  expect((await viewOf(fetch(`${address}/v1/jobs/${second.id}`))).queue_position).toBe(0);
  await crew.tell(first.id, {
    type: "progress",
    progress: { phase: "unet", step: 1, steps: 2, secondsPerStep: 1, secondsLeft: 1 },
  });
  await crew.complete(first.id);
  const events = await eventsOf(address, first.id);
  expect(events.map(({ type }) => type)).toEqual(["job.queued", "job.progress", "job.completed"]);
  expect(JSON.parse(events[1]?.data ?? "")).toMatchObject({
    type: "job.progress",
    step: 1,
    steps: 2,
    seconds_per_step: 1,
  });
  expect(JSON.parse(events[2]?.data ?? "")).toMatchObject({ type: "job.completed", job: { status: "completed" } });
  const resumed = await eventsOf(address, first.id, events[0]?.id);
  expect(resumed.map(({ id }) => id)).toEqual(events.slice(1).map(({ id }) => id));

  const view = await viewOf(fetch(`${address}/v1/jobs/${first.id}`));
  const url = view.images[0]?.url ?? "";
  const whole = await fetch(url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(bytes).toEqual(Buffer.from(PICTURE.bytes));
  const etag = whole.headers.get("etag") ?? "";
  expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
  for (const [range, expected] of [
    ["bytes=2-5", bytes.subarray(2, 6)],
    ["bytes=10-", bytes.subarray(10)],
    ["bytes=-4", bytes.subarray(-4)],
  ] as const) {
    const part = await fetch(url, { headers: { range } });
    expect(part.status, range).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()), range).toEqual(expected);
  }
  expect((await fetch(url, { headers: { range: "bytes=9999-" } })).status).toBe(416);

  expect(await (await fetch(`${address}/v1/jobs?status=completed`)).json()).toMatchObject({
    data: [{ id: first.id }],
    has_more: false,
  });
  expect((await viewOf(post(address, `/v1/jobs/${second.id}/cancel`, "{}"))).status).toMatch(/running|cancelled/);
  const starred = await fetch(`${address}/v1/images/${view.images[0]?.id ?? ""}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ starred: true }),
  });
  expect(await starred.json()).toMatchObject({ starred: true, prompt: "a red house" });
  for (const [query, count] of [
    ["starred=true", 1],
    ["starred=false", 0],
    ["query=RED", 1],
    ["query=blue", 0],
  ] as const) {
    const { data } = (await (await fetch(`${address}/v1/images?${query}`)).json()) as { data: unknown[] };
    expect(data, query).toHaveLength(count);
  }
  expect((await fetch(`${address}/v1/jobs/${first.id}`, { method: "DELETE" })).status).toBe(200);
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(`${address}/v1/jobs/${first.id}`)).status).toBe(404);
});

test("a repeated request with its key is one job; a full queue says when to come back", async () => {
  const { address } = await startApp({}, new FakeCrew(0), 2);
  const headers = { "idempotency-key": "k" };
  const picture = `data:image/png;base64,${Buffer.from(PICTURE.bytes).toString("base64")}`;
  const [a, b] = await Promise.all([
    viewOf(post(address, "/v1/jobs", { prompt: "a", image: picture }, headers)),
    viewOf(post(address, "/v1/jobs", { prompt: "a", image: picture }, headers)),
  ]);
  expect(a.id).toBe(b.id);
  expect((await post(address, "/v1/jobs", { prompt: "other" }, headers)).status).toBe(409);
  await post(address, "/v1/jobs", { prompt: "b" });
  const full = await post(address, "/v1/jobs", { prompt: "c" });
  expect(full.status).toBe(429);
  expect(Number(full.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("bad input is answered with a status, a sentence and the field", async () => {
  const { address } = await startApp({}, new FakeCrew(0));
  const errorOf = async (response: Response): Promise<unknown[]> => {
    const { error } = (await response.json()) as { error: { param: string | null; message: string } };
    return [response.status, error.param];
  };
  for (const [body, param] of [
    [{ prompt: "a", steps: "many" }, "steps"],
    [{ prompt: "a", width: 64, size: "128x128" }, "width"],
    [{ prompt: "a", image: "https://example.test/a.png" }, "image"],
    [{ prompt: "a", image: "file:///etc/passwd" }, "image"],
    [{ prompt: "a", image: "/etc/passwd" }, "image"],
    [{ prompt: "a", image: "img_00000000-0000-0000-0000-000000000000" }, "image"],
    [{ prompt: "a", image: `data:image/png;base64,${Buffer.from("no picture").toString("base64")}` }, "image"],
    [{ prompt: "a", mask: "data:image/png;base64,!!!" }, "mask"],
    [{ prompt: "a", extend: { left: -5 } }, "extend"],
    [{ prompt: "x".repeat(40_000) }, "prompt"],
  ] as const) {
    expect(await errorOf(await post(address, "/v1/jobs", body)), JSON.stringify(body).slice(0, 60)).toEqual([
      400,
      param,
    ]);
  }
  expect(await errorOf(await post(address, "/v1/jobs", "{"))).toEqual([400, null]);
  expect(await errorOf(await post(address, "/v1/jobs", "[]"))).toEqual([400, null]);
  expect(await errorOf(await post(address, "/v1/jobs", { prompt: "a", model: "/etc" }))).toEqual([404, null]);
  expect((await fetch(`${address}/v1/jobs?limit=0`)).status).toBe(400);
  expect((await fetch(`${address}/v1/jobs/none`)).status).toBe(404);
  expect((await fetch(`${address}/v1/images/..%2f..%2fetc%2fpasswd`)).status).toBe(404);
  expect((await fetch(`${address}/nothing`)).status).toBe(404);
});

test("pages of other origins and names that are not the server's are refused", async () => {
  const { address, jobs } = await startApp(
    { allowedOrigins: ["https://studio.test"], allowedHosts: ["art.test"] },
    new FakeCrew(0),
  );
  const asked = { prompt: "a" };
  expect((await post(address, "/v1/jobs", asked, { origin: "https://evil.test" })).status).toBe(403);
  expect((await post(address, "/v1/jobs", asked, { origin: "null" })).status).toBe(403);
  const allowed = await post(address, "/v1/jobs", asked, { origin: "https://studio.test" });
  expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([202, "https://studio.test"]);
  expect((await post(address, "/v1/jobs", asked, { origin: address })).status).toBe(202);
  expect(jobs.list({ limit: 9 }).jobs).toHaveLength(2);
  const statusFor = (host: string): Promise<number> =>
    new Promise((resolve, reject) => {
      httpGet(`${address}/v1/jobs`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).on("error", reject);
    });
  expect(await Promise.all(["evil.test", "localhost:1", "art.test", "127.0.0.1"].map(statusFor))).toEqual([
    403, 200, 200, 200,
  ]);
  const { headers } = await fetch(`${address}/health`);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("content-security-policy")).toContain("default-src 'self'");
});

test("the document describes every route, and is read offline", async () => {
  const { address } = await startApp({}, new FakeCrew(0));
  const document = (await (await fetch(`${address}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { summary?: string }>>;
  };
  expect(document.openapi).toBe("3.1.0");
  for (const path of [
    "/v1/jobs",
    "/v1/jobs/{id}/events",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/models/{id}",
  ]) {
    expect(Object.keys(document.paths), path).toContain(path);
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { summary }] of Object.entries(methods)) {
      expect(summary, `${method} ${path}`).toBeTruthy();
    }
  }
  const page = await (await fetch(`${address}/docs`)).text();
  expect(page).not.toMatch(/(?:src|href)="https?:/);
  expect((await fetch(`${address}/ready`)).status).toBe(503);
});

test("addresses of pictures are fetched only where the operator says so, and never from the server's own network", async () => {
  const web = createServer((_request, response) => response.end(PICTURE.bytes)).listen(0, "127.0.0.1");
  onTestFinished(() => void web.close());
  await once(web, "listening");
  const image = `http://127.0.0.1:${(web.address() as AddressInfo).port}/a.png`;
  const ask = async (webImages: "none" | "public" | "any", path: string, body: object): Promise<[number, string]> => {
    const { address } = await startApp({ webImages }, new FakeCrew());
    const response = await post(address, path, body);
    return [response.status, await response.text()];
  };
  const job = { prompt: "a", image, strength: 0.5 };
  const edit = { prompt: "a", images: [{ image_url: image }] };
  expect(await ask("none", "/v1/jobs", job)).toEqual([400, expect.stringContaining("fetches no addresses")]);
  expect(await ask("none", "/v1/images/edits", edit)).toEqual([400, expect.stringContaining("fetches no addresses")]);
  for (const [path, body] of [
    ["/v1/jobs", job],
    ["/v1/images/edits", edit],
  ] as const) {
    const [status, text] = await ask("public", path, body);
    expect([status, text]).toEqual([400, expect.stringMatching(/image: .*127\.0\.0\.1/)]);
  }
  const [status, text] = await ask("any", "/v1/jobs", job);
  expect([status, text]).toEqual([202, expect.stringMatching(/"image":"img_/)]);
});
