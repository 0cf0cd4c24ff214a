/** npm as a child process: from inside its own scripts too, and on Windows, where the command is no program. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Packs a folder, or a published package, into a tarball of `destination`; none of its scripts runs.
 * @param {string} what
 * @param {string} destination
 * @returns {Promise<string>} the tarball's name
 */
export async function npmPack(what, destination) {
  const entry = process.env.npm_execpath;
  const [command, first, shell] = entry?.endsWith("npm-cli.js")
    ? [process.execPath, [entry], false]
    : ["npm", [], process.platform === "win32"];
  const args = ["pack", what, "--ignore-scripts", "--json", "--pack-destination", "."];
  // A dry run outside is none in here: the files are needed. Whatever npm has to say besides is not about the user's project.
  const env = { ...process.env, npm_config_dry_run: "false", npm_config_loglevel: "error" };
  const { stdout } = await run(command, [...first, ...args], { cwd: destination, env, shell });
  return JSON.parse(stdout)[0].filename;
}
