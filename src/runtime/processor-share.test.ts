import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { processorShare } from "./processor-share.js";

const V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const V1 = [
  "33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct",
  "34 25 0:30 / /sys/fs/cgroup/cpuset rw,nosuid shared:16 - cgroup cgroup rw,cpuset",
  "35 25 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:17 - cgroup cgroup rw,memory",
].join("\n");
const folders: string[] = [];

afterEach(() => {
  folders.splice(0).forEach((folder) => {
    rmSync(folder, { recursive: true });
  });
});

/** A system of 8 processors that consists of these files. */
function shareWith(files: Readonly<Record<string, string>>, available = 8): ReturnType<typeof processorShare> {
  const root = mkdtempSync(join(tmpdir(), "kandinsky3-share-"));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return processorShare({ root, available, processors: 8 });
}

describe("processorShare", () => {
  test("without control groups counts what the process may run on", () => {
    expect(shareWith({})).toEqual({ threads: 8, reason: "all processors" });
    expect(shareWith({}, 3)).toEqual({ threads: 3, reason: "the process may run on 3 of 8" });
  });

  test.each([
    ["max 100000", 8],
    ["200000 100000", 2],
    ["250000 100000", 2],
    ["20000 100000", 1],
    ["90000 30000", 3],
    ["6400000 100000", 8],
    ["nonsense", 8],
  ])("version 2, in a container: cpu.max %s", (quota, threads) => {
    const files = { "proc/self/cgroup": "0::/", "proc/self/mountinfo": V2, "sys/fs/cgroup/cpu.max": quota };
    expect(shareWith(files).threads).toBe(threads);
  });

  test("says which limit it is", () => {
    const files = { "proc/self/cgroup": "0::/", "proc/self/mountinfo": V2, "sys/fs/cgroup/cpu.max": "150000 100000" };
    expect(shareWith(files).reason).toBe("the quota of its control group is 1.5 of 8");
  });

  test("version 2: the limits of groups above hold too, and the smallest counts", () => {
    const files = {
      "proc/self/cgroup": "0::/user.slice/job",
      "proc/self/mountinfo": V2,
      "sys/fs/cgroup/user.slice/cpu.max": "300000 100000",
      "sys/fs/cgroup/user.slice/job/cpu.max": "max 100000",
    };
    expect(shareWith(files).threads).toBe(3);
    expect(shareWith(files, 2).threads).toBe(2);
    expect(shareWith({ ...files, "sys/fs/cgroup/user.slice/job/cpuset.cpus.effective": "0,6" }).threads).toBe(2);
  });

  test("a path that the mount does not show is the group at the mount point", () => {
    const mountinfo = V2.replace(" / /sys", " /docker/abc /sys");
    const files = { "proc/self/mountinfo": mountinfo, "sys/fs/cgroup/cpu.max": "100000 100000" };
    expect(shareWith({ ...files, "proc/self/cgroup": "0::/docker/abc" }).threads).toBe(1);
    expect(shareWith({ ...files, "proc/self/cgroup": "0::/elsewhere" }).threads).toBe(1);
  });

  test.each([
    ["-1", 8],
    ["400000", 4],
    ["50000", 1],
  ])("version 1: a quota of %s", (quota, threads) => {
    const files = {
      "proc/self/cgroup": "5:memory:/m\n4:cpu,cpuacct:/job\n3:cpuset:/",
      "proc/self/mountinfo": V1,
      "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": quota,
      "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/memory/m/cpu.cfs_quota_us": "1",
      "sys/fs/cgroup/memory/m/cpu.cfs_period_us": "1",
    };
    expect(shareWith(files).threads).toBe(threads);
  });

  test("version 1: a set of processors", () => {
    const files = { "proc/self/cgroup": "3:cpuset:/", "proc/self/mountinfo": V1 };
    expect(shareWith({ ...files, "sys/fs/cgroup/cpuset/cpuset.cpus": "0-2,5" })).toEqual({
      threads: 4,
      reason: "its control group may use 4 of 8",
    });
  });
});
