/** What people type who come from other programs, and the words for it here. */
import { OPTION_ROWS } from "../../pipeline/request/option-table.js";
import { flagOf } from "./flag-names.js";

/** Flags of other programs, without dashes and case. */
const FLAGS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cfg: "--guidance-scale",
    cfgscale: "--guidance-scale",
    ddimsteps: "--steps",
    samplingsteps: "--steps",
    numsteps: "--steps",
    inferencesteps: "--steps",
    nsamples: "--num-images",
    out: "--output",
    outfile: "--output",
    outdir: "--output",
    outputdir: "--output",
    initimg: "--image",
    initimage: "--image",
    inputimage: "--image",
    maskimage: "--mask",
    denoisingstrength: "--strength",
    samplername: "--sampler",
    samplingmethod: "--sampler",
    scheduler: "--sampler",
    modelid: "--model",
    modelpath: "--model",
    ckpt: "--model",
    fromfile: "--prompts",
    torchdtype: "--dtype",
    nthreads: "--threads",
    m: "--model",
    s: "--seed",
  }),
);

/** Verbs of other programs. */
export const FOREIGN_VERBS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    txt2img: "generate",
    text2img: "generate",
    text2image: "generate",
    "text-to-image": "generate",
    t2i: "generate",
    img2img: "generate",
    image2image: "generate",
    "image-to-image": "generate",
    i2i: "generate",
    inpaint: "generate",
    outpaint: "generate",
    gen: "generate",
    create: "generate",
    make: "generate",
    draw: "generate",
    paint: "generate",
    imagine: "generate",
    render: "generate",
    run: "generate",
    download: "pull",
    fetch: "pull",
    install: "pull",
    ls: "list",
    delete: "rm",
    remove: "rm",
    benchmark: "bench",
    quantize: "convert",
  }),
);

/** The flag that another program's or the library's word stands for, or that was mistyped; `undefined` when it may be anything. */
export function knownFlag(typed: string, flags: readonly string[]): string | undefined {
  const word = plain(typed);
  const named = [...OPTION_ROWS.keys()].find((name) => plain(name) === word);
  const meant = (named === undefined ? undefined : flagOf(named)) ?? flags.find((flag) => plain(flag) === word);
  const found = meant ?? FLAGS.get(word) ?? mistyped(word, flags);
  return found !== undefined && flags.includes(found) ? found : undefined;
}

/** The only one of `words` that a slip of the hand separates from `typed`. */
export function mistyped(typed: string, words: readonly string[]): string | undefined {
  const near = words.filter((word) => typed.length >= 4 && isSlip(plain(typed), plain(word)));
  return near.length === 1 ? near[0] : undefined;
}

/** One letter too many, too few or another, or two that changed places. */
function isSlip(typed: string, word: string): boolean {
  let start = 0;
  while (start < typed.length && typed[start] === word[start]) {
    start++;
  }
  const [a, b] = [typed.slice(start), word.slice(start)];
  return (
    a.slice(1) === b ||
    a === b.slice(1) ||
    a.slice(1) === b.slice(1) ||
    (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
  );
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}
