/**
 * Makes the pictures of README and docs anew with the bundled model, each by the command that the text beside it names.
 *
 *     npm run build && node scripts/make-pictures.js
 */
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const FOLDER = fileURLToPath(new URL("../docs/images/", import.meta.url));
mkdirSync(FOLDER, { recursive: true });

/** @param {readonly string[]} args */
function generate(...args) {
  execFileSync(process.execPath, [MAIN, "generate", ...args], { cwd: FOLDER, stdio: "inherit" });
}

const SIDE = 128;
const HOLE = '<rect x="12" y="8" width="104" height="110" fill="white"/>';
const mask = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><rect width="100%" height="100%"/>${HOLE}</svg>`;

generate("a red house in the snow", "--seed", "1", "--output", "red-house.png");
await sharp(Buffer.from(mask)).removeAlpha().toColourspace("b-w").png().toFile(`${FOLDER}house-mask.png`);
generate(
  "a green tree in the snow",
  "--image",
  "red-house.png",
  "--mask",
  "house-mask.png",
  "--mask-blur",
  "4",
  "--seed",
  "2",
  "--output",
  "house-to-tree.png",
);
generate(
  "a red house in the snow",
  "--image",
  "red-house.png",
  "--extend",
  "left=16,right=16,top=24,bottom=8",
  "--seed",
  "3",
  "--output",
  "house-wider.png",
);
