/** The order of waiting jobs. */
import { expect, test } from "vitest";
import { inOrder, LONGEST_PASSING_OVER_MS, nextJob, type Situation } from "../../src/jobs/order/next-job.js";
import type { WaitingJob } from "../../src/jobs/store/jobs-table.js";

let seq = 0;
function job(id: string, more: Partial<WaitingJob> = {}): WaitingJob {
  seq += 1;
  return { id, seq, owner: "a", priority: 0, warmth: "w", created: 0, ...more };
}

function situation(waiting: readonly WaitingJob[], more: Partial<Situation> = {}): Situation {
  return {
    waiting,
    atWork: new Map(),
    lastStarts: new Map(),
    warmth: undefined,
    passedOver: new Map(),
    now: 1000,
    ...more,
  };
}

const ids = (jobs: readonly WaitingJob[]): string => jobs.map(({ id }) => id).join(" ");

test("of one owner the oldest comes first", () => {
  expect(ids(inOrder(situation([job("1"), job("2"), job("3")])))).toBe("1 2 3");
  expect(nextJob(situation([]))).toBeUndefined();
});

test("owners take turns, however many jobs one of them has", () => {
  const many = Array.from({ length: 5 }, (_, index) => job(`a${index}`));
  const order = inOrder(
    situation([...many, job("b0", { owner: "b" }), job("b1", { owner: "b" }), job("c0", { owner: "c" })]),
  );
  expect(ids(order)).toBe("a0 b0 c0 a1 b1 a2 a3 a4");
});

test("who has a job at work, or was served last, waits for the others", () => {
  const waiting = [job("a0"), job("b0", { owner: "b" }), job("c0", { owner: "c" })];
  expect(ids(inOrder(situation(waiting, { atWork: new Map([["a", 1]]) })))).toBe("b0 c0 a0");
  const lastStarts = new Map([
    ["a", 900],
    ["b", 800],
    ["c", 100],
  ]);
  expect(ids(inOrder(situation(waiting, { lastStarts })))).toBe("c0 b0 a0");
});

test("a higher priority comes before everything else", () => {
  const waiting = [job("low"), job("high", { priority: 5, owner: "b" }), job("higher", { priority: 9 })];
  expect(ids(inOrder(situation(waiting)))).toBe("higher high low");
});

test("what is open goes before, for so long", () => {
  const waiting = [job("cold", { owner: "b", warmth: "x" }), job("warm")];
  expect(nextJob(situation(waiting, { warmth: "w" }))).toMatchObject({ job: { id: "warm" }, passed: { id: "cold" } });
  const since = (ago: number): Partial<Situation> => ({
    warmth: "w",
    passedOver: new Map([["cold", 100_000 - ago]]),
    now: 100_000,
  });
  expect(nextJob(situation(waiting, since(LONGEST_PASSING_OVER_MS - 1)))?.job.id).toBe("warm");
  expect(nextJob(situation(waiting, since(LONGEST_PASSING_OVER_MS)))?.job.id).toBe("cold");
  expect(nextJob(situation(waiting, { warmth: "x" }))).toMatchObject({ job: { id: "cold" }, passed: undefined });
  const urgent = [job("urgent", { priority: 1, warmth: "x" }), job("warm")];
  expect(nextJob(situation(urgent, { warmth: "w" }))?.job.id).toBe("urgent");
});
