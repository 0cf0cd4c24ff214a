/** The operator's filter of texts: a list of words, or a command that is asked. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { reasonOf, UsageError } from "../../errors.js";
import { FilteredError } from "../job-errors.js";
import type { Admission } from "../job-request.js";
import { StoreError } from "../store/database.js";

/** A command that has not answered by then refuses nothing and passes nothing: the request has to be sent again. */
const COMMAND_MS = 10_000;

/** A file with a word or phrase a line, `#` beginning a remark. Throws `UsageError` where it cannot be read. */
export async function wordFilter(file: string): Promise<Admission> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    throw new UsageError(`the list of words ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`);
  }
  const words = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => folded(line.replace(/#.*$/, "").trim()))
    .filter((word) => word !== "");
  return ({ fields }) => {
    const asked = ` ${folded(textsOf(fields)).replace(/[^\p{L}\p{N}]+/gu, " ")} `;
    const found = words.find((word) => asked.includes(` ${word.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `));
    if (found !== undefined) {
      throw new FilteredError("the prompt has words that this server does not take", { options: ["prompt"] });
    }
  };
}

/** A shell command: it gets the texts, passes them with exit code 0, and may say why it does not in its first line. */
export function commandFilter(command: string, timeoutMilliseconds = COMMAND_MS): Admission {
  return async ({ fields }) => {
    const { code, said } = await ask(command, textsOf(fields), timeoutMilliseconds);
    if (code === undefined) {
      throw new StoreError("the filter of prompts does not answer");
    }
    if (code !== 0) {
      const reason = said.split("\n")[0]?.trim().slice(0, 300) ?? "";
      const message = reason === "" ? "the prompt is refused by this server's filter" : reason;
      throw new FilteredError(message, { options: ["prompt"] });
    }
  };
}

function ask(
  command: string,
  text: string,
  timeout: number,
): Promise<{ readonly code: number | undefined; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "ignore"], timeout, killSignal: "SIGKILL" });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      said = `${said}${piece}`.slice(0, 10_000);
    });
    child.stdin.on("error", () => undefined); // It may not want to read.
    child.stdin.end(text);
    child.on("error", () => {
      resolve({ code: undefined, said });
    });
    child.on("close", (code) => {
      resolve({ code: code ?? undefined, said });
    });
  });
}

function textsOf(fields: Readonly<Record<string, unknown>>): string {
  return ["prompt", "negative_prompt"]
    .flatMap((name) => (typeof fields[name] === "string" ? [fields[name]] : []))
    .join("\n");
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
