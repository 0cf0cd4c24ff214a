/** Variables of the environment. An empty one says nothing, as for curl. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set. */
export interface Setting {
  readonly name: string;
  /** Without white space around it, which a file of variables easily adds. */
  readonly value: string;
}

/** The first of these variables that says something. */
export function setting(env: Environment, ...names: readonly string[]): Setting | undefined {
  return settings(env, ...names)[0];
}

/** Those of these variables that say something. */
export function settings(env: Environment, ...names: readonly string[]): Setting[] {
  return names.flatMap((name) => {
    const value = env[name]?.trim() ?? "";
    return value === "" ? [] : [{ name, value }];
  });
}
