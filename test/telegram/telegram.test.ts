/** The bot before a Bot API server of the tests' own, with the bundled model. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LocalCrew } from "../../src/jobs/crew/local-crew.js";
import type { Crew } from "../../src/jobs/crew/crew.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { ServedModels } from "../../src/jobs/models/served-models.js";
import { type RunningBot, startBot } from "../../src/telegram/bot.js";
import type { BotOptions } from "../../src/telegram/surroundings.js";
import { JobsPainter } from "../../src/telegram/jobs-painter.js";
import { Memory } from "../../src/telegram/memory.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { closeJobs, openJobs, scratchFolder } from "../jobs/open-jobs.js";
import { BotApi, type Shown, TOKEN } from "./bot-api.js";

const LIMIT = { timeout: 120_000 };
const [ANN, BOB] = [77, 88];

let api: BotApi;
let folder: string;
let running: { bot: RunningBot; jobs: Jobs; memory: Memory } | undefined;

beforeEach(async () => {
  api = await BotApi.start();
  folder = await scratchFolder();
});
afterEach(async () => {
  await stop();
  await api.close();
  expect(api.faults).toEqual([]);
});

async function start(crew: Crew = new LocalCrew({ settings: {} }), more: Partial<BotOptions> = {}): Promise<Jobs> {
  const jobs = await openJobs(crew, folder);
  const memory = await Memory.open(folder);
  const painter = new JobsPainter(jobs, new ServedModels(), 30);
  const log = (message: string): void => void api.faults.push(message);
  const options = { token: TOKEN, apiRoot: api.root, allowed: [], admins: [], memory, painter, log, ...more };
  running = { bot: await startBot(options), jobs, memory };
  return jobs;
}

async function stop(): Promise<void> {
  const ended = running;
  running = undefined;
  if (ended !== undefined) {
    await ended.bot.close();
    await closeJobs(ended.jobs);
    ended.memory.close();
  }
}

function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 30 });
}

/** The pictures with buttons that a chat shows. */
function results(chat: number): Shown[] {
  return api.messages.filter((shown) => shown.chat === chat && shown.photos.length > 0 && shown.data.length > 0);
}

async function resultOf(chat: number, count = 1): Promise<Shown> {
  await until(() => {
    expect(results(chat).length).toBeGreaterThanOrEqual(count);
  });
  return results(chat)[count - 1] ?? expect.fail("no picture");
}

function texts(chat: number): string[] {
  return api.messages.filter((shown) => shown.chat === chat).map(({ text }) => text);
}

test("words become a picture, and the message that told of it goes", LIMIT, async () => {
  await start();
  api.send(ANN, { text: "a red house in the snow" });
  const shown = await resultOf(ANN);
  expect(shown.text).toMatch(/^a red house in the snow\nseed \d+$/);
  await until(() => {
    expect(api.messages.filter(({ deleted }) => !deleted)).toEqual([shown]);
  });
  expect(api.callsOf("setMyCommands").map(({ fields }) => fields["language_code"])).toEqual([undefined, "ru"]);
});

test(
  "buttons: another seed, variations, the file, delete; after a restart, and for the one who asked",
  LIMIT,
  async () => {
    await start();
    api.send(ANN, { text: "a boat" });
    const first = await resultOf(ANN);
    await stop();
    const jobs = await start();
    const [again = "", vary = "", file = "", remove = ""] = first.data;
    api.press(BOB, first, remove);
    await until(() => {
      expect(api.callsOf("answerCallbackQuery").at(-1)?.fields["text"]).toBe("Only who asked for it may do that.");
    });
    api.press(ANN, first, again);
    const second = await resultOf(ANN, 2);
    expect(second.text.split("\n")[0]).toBe("a boat");
    expect(Buffer.compare(second.photos[0] ?? Buffer.alloc(0), first.photos[0] ?? Buffer.alloc(0))).not.toBe(0);
    api.press(ANN, first, vary);
    await resultOf(ANN, 3);
    expect(jobs.list({ limit: 1 }).jobs[0]?.settings).toMatchObject({ mode: "image-to-image", strength: 0.5 });
    api.press(ANN, first, file);
    await until(() => {
      expect(api.callsOf("sendDocument")).toHaveLength(1);
    });
    api.press(ANN, first, remove);
    await until(() => {
      expect([first.deleted, jobs.list({ limit: 10 }).jobs.length]).toEqual([true, 2]);
    });
    api.press(ANN, first, again);
    await until(() => {
      expect(api.callsOf("answerCallbackQuery").at(-1)?.fields["text"]).toBe("This picture is not kept any more.");
    });
  },
);

test("a photo with a caption is changed, and so is a picture that is replied to", LIMIT, async () => {
  const jobs = await start();
  api.send(ANN, { text: "a red house" });
  const first = await resultOf(ANN);
  api.files.set("photo-1", first.photos[0] ?? Buffer.alloc(0));
  const photo = [{ file_id: "photo-1", file_unique_id: "1", width: 128, height: 128 }];
  api.send(ANN, { photo, caption: "a blue house" });
  await resultOf(ANN, 2);
  expect(jobs.list({ limit: 1 }).jobs[0]?.settings).toMatchObject({ mode: "image-to-image", prompt: "a blue house" });
  api.send(ANN, { text: "a green house", reply_to_message: { message_id: first.id, date: 1, chat: { id: ANN } } });
  await resultOf(ANN, 3);
  api.files.set("bad", Buffer.from("no picture"));
  api.send(ANN, { document: { file_id: "bad", file_unique_id: "2", mime_type: "image/png" }, caption: "x" });
  await until(() => {
    expect(texts(ANN).at(-1)).toMatch(/^It did not work: /);
  });
  api.send(ANN, { sticker: { file_id: "s" } });
  await until(() => {
    expect(texts(ANN).at(-1)).toBe("Send words, or a photo with a caption.");
  });
});

test("settings are kept, albums are sent, and each speaks their own language", LIMIT, async () => {
  await start();
  const command = (text: string): Record<string, unknown> => ({
    text,
    entities: [{ type: "bot_command", offset: 0, length: text.split(" ")[0]?.length ?? 0 }],
  });
  for (const [text, said] of [
    ["/count 3", "Pictures at a time: 3"],
    ["/count 99", "Expected a whole number from 1 to 10."],
    ["/steps 2", "Steps: 2"],
    ["/size 64х128", "Size: 64x128"],
    ["/size big", "Expected a size such as 1024x1024, or two numbers."],
    ["/negative fog", "Not in the picture: fog"],
    ["/negative", "Not in the picture: as usual"],
    ["/queue", "0 waiting, 0 at work"],
    ["/cancel", "Nothing of yours is at work."],
  ] as const) {
    api.send(ANN, command(text));
    await until(() => {
      expect(texts(ANN).at(-1), text).toBe(said);
    });
  }
  api.send(ANN, { text: "a boat" });
  await until(() => {
    expect(api.callsOf("sendMediaGroup")).toHaveLength(1);
  });
  expect(api.callsOf("sendMediaGroup")[0]?.files).toHaveLength(3);
  await until(() => {
    expect(api.messages.some(({ data }) => data.length === 4)).toBe(true);
  });
  api.send(BOB, command("/help"), { language: "ru" });
  await until(() => {
    expect(texts(BOB).at(-1)).toMatch(/^Слова становятся картинкой/);
  });
  api.send(ANN, command("/forget"));
  await until(() => {
    expect(texts(ANN).at(-1)).toBe("Everything of yours is deleted.");
  });
  expect(running?.jobs.list({ limit: 10 }).jobs).toEqual([]);
});

test("in a group it answers to /imagine and to replies, and to nothing else", LIMIT, async () => {
  await start();
  const chat = -100;
  api.send(ANN, { text: "hello everybody" }, { chat });
  const text = "/imagine a tree";
  api.send(ANN, { text, entities: [{ type: "bot_command", offset: 0, length: 8 }] }, { chat });
  await resultOf(chat);
  expect(api.callsOf("sendPhoto")).toHaveLength(1);
});

test("who is not let in is told their number; admins ban; a token is in no message", LIMIT, async () => {
  await start(new FakeCrew(), { allowed: [ANN], admins: [BOB] });
  api.send(99, { text: "a boat" });
  await until(() => {
    expect(texts(99)).toEqual([expect.stringContaining("99")]);
  });
  const text = `/ban ${ANN}`;
  api.send(BOB, { text, entities: [{ type: "bot_command", offset: 0, length: 4 }] });
  await until(() => {
    expect(texts(BOB)).toEqual([text.slice(1)]);
  });
  api.send(ANN, { text: "a boat" });
  await until(() => {
    expect(texts(ANN)).toEqual(["You may not use this bot."]);
  });
  expect(running?.jobs.list({ limit: 10 }).jobs).toEqual([]);
});

test(
  "three hundred updates, each handled once though some come twice; a second user is not kept waiting by the first",
  LIMIT,
  async () => {
    const jobs = await start(new FakeCrew());
    for (let index = 0; index < 300; index++) {
      const update = api.send(index % 2 === 0 ? ANN : BOB, { text: `boat ${index}` });
      if (index % 7 === 0) {
        api.repeat(update);
      }
    }
    await until(() => {
      expect(jobs.store.jobs.count("images", "queued") + jobs.store.jobs.count("images", "running")).toBe(300);
    });
    await until(() => {
      expect(api.messages).toHaveLength(300);
    });
  },
);

test("asked to wait it waits, a fault is tried again, and whoever blocked the bot is left alone", LIMIT, async () => {
  const crew = new FakeCrew();
  const jobs = await start(crew);
  api.trouble.push({ method: "sendMessage", code: 429, retryAfter: 1 }, { method: "sendPhoto", code: 500 });
  api.send(ANN, { text: "a boat" });
  await until(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  await until(() => {
    expect(api.messages.length).toBeGreaterThan(0);
  });
  await crew.complete(crew.assigned[0]?.job ?? "");
  await resultOf(ANN);
  api.send(BOB, { text: "a boat" });
  await until(() => {
    expect(crew.assigned).toHaveLength(2);
  });
  api.blocked.add(BOB);
  await crew.complete(crew.assigned[1]?.job ?? "");
  await until(() => {
    expect(running?.memory.untold()).toEqual([]);
  });
  expect(jobs.store.jobs.count("images", "completed")).toBe(2);
});

test("a job that fails, and one that is stopped, are told", LIMIT, async () => {
  const crew = new FakeCrew();
  await start(crew);
  api.send(ANN, { text: "a boat" });
  await until(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  await crew.tell(crew.assigned[0]?.job ?? "", { type: "failed", error: { kind: "failed", message: "no room" } });
  await until(() => {
    expect(texts(ANN)).toContain("It did not work: no room");
  });
  api.send(ANN, { text: "a house" });
  await until(() => {
    expect(crew.assigned).toHaveLength(2);
  });
  api.send(ANN, { text: "/cancel", entities: [{ type: "bot_command", offset: 0, length: 7 }] });
  await until(() => {
    expect(crew.cancelled).toHaveLength(1);
  });
  await crew.tell(crew.assigned[1]?.job ?? "", { type: "cancelled" });
  await until(() => {
    expect(texts(ANN)).toContain("Stopped");
  });
});
