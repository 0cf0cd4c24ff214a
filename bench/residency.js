// What stays in memory: 200 generations of one pipe with changing prompts, sizes and modes. Prints the resident memory of the process
// tree after every twentieth.
//
//   npm run build && node bench/residency.js [--generations 200]
import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Kandinsky3 } from "../dist/index.js";

const { values } = parseArgs({ options: { generations: { type: "string", default: "200" } } });
const THINGS = ["house", "boat", "tree", "star", "cat", "flower", "robot", "umbrella"];
const COLORS = ["red", "blue", "green", "yellow", "pink", "purple", "orange"];
const SIZES = [
  [128, 128],
  [64, 128],
  [192, 128],
  [128, 192],
  [192, 192],
];

/** Bytes that this process and all below it have in memory, pages that they share counted once each (proportional set size). */
function treeBytes() {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1].split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const inTree = (pid) => pid === process.pid || (parents.has(pid) && inTree(parents.get(pid)));
  return [...parents.keys()].filter(inTree).reduce((sum, pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return sum + 1024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]);
  }, 0);
}

const pipe = await Kandinsky3.fromPretrained();
const square = await pipe.textToImage({ prompt: "a red house", seed: 0 });
const [image] = square.images;
const mask = { width: 128, height: 128, data: new Uint8Array(128 * 128).fill(255, 0, 128 * 64) };
for (let index = 1; index <= Number(values.generations); index++) {
  const prompt = `a ${COLORS[index % COLORS.length]} ${THINGS[index % THINGS.length]}${" in the snow".repeat(index % 3)}`;
  const [width, height] = SIZES[index % SIZES.length];
  const shared = { prompt, seed: index, numInferenceSteps: 3 + (index % 4), guidanceScale: index % 2 === 0 ? 1 : 3 };
  if (index % 5 === 3) {
    await pipe.imageToImage({ ...shared, image, strength: 0.7 });
  } else if (index % 5 === 4) {
    await pipe.inpaint({ ...shared, image, mask });
  } else {
    await pipe.textToImage({ ...shared, width, height });
  }
  if (index % 20 === 0) {
    console.log(`${index}: ${(treeBytes() / 1e6).toFixed(0)} MB`);
  }
}
await pipe.close();
