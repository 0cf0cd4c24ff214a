/**
 * How many processors this process may keep busy. A container gets a share of the host's by the quota of its control group, which
 * Node 20 does not look at; more threads than that are stopped in the middle of each operator. References: Linux,
 * Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst (cpu.cfs_quota_us).
 */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join, posix } from "node:path";

export interface ProcessorShare {
  /** Threads of one operator where none are asked for: at least 1. */
  readonly threads: number;
  /** Why so many, for people. */
  readonly reason: string;
}

export interface Surroundings {
  /** Where the system's files begin. */
  readonly root: string;
  /** Processors that this process may run on. */
  readonly available: number;
  /** Processors that the machine has. */
  readonly processors: number;
}

/** The smallest of what affinity, the control groups' sets of processors and their quotas allow. */
export function processorShare({ root, available, processors }: Surroundings = here()): ProcessorShare {
  const allowed = available < processors ? `the process may run on ${available} of ${processors}` : "all processors";
  const limits: ProcessorShare[] = [{ threads: available, reason: allowed }];
  for (const { folder, version } of groupsOf(root)) {
    const set = sizeOfSet(join(folder, version === 2 ? "cpuset.cpus.effective" : "cpuset.cpus"));
    if (set !== undefined) {
      limits.push({ threads: set, reason: `its control group may use ${set} of ${processors}` });
    }
    const quota = version === 2 ? quotaOf(join(folder, "cpu.max")) : oldQuotaOf(folder);
    if (quota !== undefined) {
      const share = Number(quota.toFixed(2));
      limits.push({
        threads: Math.max(1, Math.floor(quota)),
        reason: `the quota of its control group is ${share} of ${processors}`,
      });
    }
  }
  return limits.reduce((least, limit) => (limit.threads < least.threads ? limit : least));
}

function here(): Surroundings {
  return { root: "/", available: availableParallelism(), processors: cpus().length };
}

interface Group {
  readonly folder: string;
  readonly version: 1 | 2;
}

/** The control groups of this process that speak of processors, each with those above it, whose limits hold as well. */
function groupsOf(root: string): Group[] {
  const memberships = linesOf(join(root, "proc/self/cgroup")).flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers: controllers.split(","), path }];
  });
  return mountsOf(root).flatMap(({ mountPoint, mountRoot, version, controllers }) => {
    const own = memberships.find((member) =>
      version === 2 ? member.controllers[0] === "" : member.controllers.some((name) => controllers.includes(name)),
    );
    return own === undefined
      ? []
      : withParents(below(mountRoot, own.path)).map((path) => ({ folder: join(root, mountPoint, path), version }));
  });
}

interface Mount {
  readonly mountPoint: string;
  /** The group that is seen at the mount point. */
  readonly mountRoot: string;
  readonly version: 1 | 2;
  /** Of version 1: those of this mount that speak of processors. */
  readonly controllers: readonly string[];
}

/** `36 35 0:30 /group /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu`. */
function mountsOf(root: string): Mount[] {
  return linesOf(join(root, "proc/self/mountinfo")).flatMap((line): Mount[] => {
    const [before = "", after = ""] = line.split(" - ");
    const [mountRoot, mountPoint] = before.split(" ").slice(3);
    const [type, , options = ""] = after.split(" ");
    if (mountRoot === undefined || mountPoint === undefined) {
      return [];
    }
    const controllers = options.split(",").filter((option) => option === "cpu" || option === "cpuset");
    if (type === "cgroup2") {
      return [{ mountPoint, mountRoot, version: 2, controllers: [] }];
    }
    return type === "cgroup" && controllers.length > 0 ? [{ mountPoint, mountRoot, version: 1, controllers }] : [];
  });
}

/** A path among all groups as one below the mounted group; what lies elsewhere is seen as that group itself. */
function below(mountRoot: string, path: string): string {
  const relative = posix.relative(mountRoot, path);
  return relative === ".." || relative.startsWith("../") ? "" : relative;
}

function withParents(path: string): string[] {
  const parent = dirname(path);
  return path === "" || path === "." || path === "/" ? [""] : [path, ...withParents(parent)];
}

/** `150000 100000`: microseconds of processor time in each period; `max` is no limit. */
function quotaOf(file: string): number | undefined {
  const [quota, period] = (linesOf(file)[0] ?? "").split(" ");
  return shareOf(quota, period);
}

/** As two files; a quota of -1 is no limit. */
function oldQuotaOf(folder: string): number | undefined {
  const [quota] = linesOf(join(folder, "cpu.cfs_quota_us"));
  const [period] = linesOf(join(folder, "cpu.cfs_period_us"));
  return shareOf(quota, period);
}

function shareOf(quota: string | undefined, period: string | undefined): number | undefined {
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? share : undefined;
}

/** How many processors `0-3,8` names; `undefined` where none are named, which is no limit. */
function sizeOfSet(file: string): number | undefined {
  const ranges = (linesOf(file)[0] ?? "").split(",").map((range) => /^(\d+)(?:-(\d+))?$/.exec(range.trim()));
  const size = ranges.reduce(
    (sum, range) => sum + (range === null ? 0 : Number(range[2] ?? range[1]) - Number(range[1]) + 1),
    0,
  );
  return size > 0 ? size : undefined;
}

/** Elsewhere than on Linux there are no such files, and what cannot be read limits nothing. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}
