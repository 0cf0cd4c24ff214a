/** npm as a child process, from inside its own scripts too, and on Windows, where the command is no program. */
import { execFileSync } from "node:child_process";

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {string} its standard output
 */
export function npm(args, cwd) {
  const entry = process.env.npm_execpath;
  const [command, first, shell] = entry?.endsWith("npm-cli.js")
    ? [process.execPath, [entry], false]
    : ["npm", [], process.platform === "win32"];
  // A dry run outside is none in here: the files are needed. Whatever npm has to say besides is not about the user's project.
  const env = { ...process.env, npm_config_dry_run: "false", npm_config_loglevel: "error" };
  return execFileSync(command, [...first, ...args], {
    cwd,
    env,
    shell,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/**
 * Packs a folder, or a published package, into a tarball of `destination`; none of its scripts runs.
 * @param {string} what
 * @param {string} destination
 * @returns {string} the tarball's name
 */
export function npmPack(what, destination) {
  const [packed] = JSON.parse(
    npm(["pack", what, "--ignore-scripts", "--json", "--pack-destination", "."], destination),
  );
  return packed.filename;
}
