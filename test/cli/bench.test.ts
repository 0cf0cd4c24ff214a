/** `bench` of the bundled model: a line or an object for each part. */
import { expect, test } from "vitest";
import { NANO, runCli } from "./run-cli.js";

const SMALL = ["bench", NANO, "--width", "64", "--height", "64", "--runs", "1", "--threads", "1"];
const PARTS = ["text encoder, with opening", "U-Net pass", "MoVQ encode", "MoVQ decode"];

interface Report {
  readonly threads: number;
  readonly results: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly gflops: number;
    readonly gflopsPerSecond: number;
  }[];
}

test("--json gives the parts with their seconds and GFLOP/s", async () => {
  const { code, stdout } = await runCli(NANO, [...SMALL, "--json"]);
  const { threads, results } = JSON.parse(stdout.toString()) as Report;
  expect([code, threads]).toEqual([0, 1]);
  expect(results.map(({ name }) => name)).toEqual(expect.arrayContaining(PARTS));
  for (const { seconds, gflops, gflopsPerSecond } of results) {
    expect(seconds).toBeGreaterThan(0);
    expect(gflopsPerSecond).toBeCloseTo(gflops / seconds, 6);
  }
});

test("--profile names the operators of each part", async () => {
  const { code, stdout } = await runCli(NANO, [...SMALL, "--profile"]);
  const text = stdout.toString();
  expect(code).toBe(0);
  expect(text).toMatch(/, 1 threads, 64 x 64, median of 1$/m);
  expect(text).toMatch(/^U-Net pass .* GFLOP\/s/m);
  expect(text).toMatch(/^ {2}Conv +\d+ calls +\d+\.\d{4} s +\d+\.\d %$/m);
});

test.each(["0", "x", "1001"])("%s runs are refused", async (runs) => {
  const { code, stderr } = await runCli(NANO, ["bench", NANO, "--runs", runs]);
  expect(code).toBe(2);
  expect(stderr).toContain(`--runs: expected a whole number from 1 to 1000, got "${runs}"`);
});
