// The layers of docs/architecture.md: imports point only downwards, and there are no cycles.
const layers = [
  ["cli"],
  ["server", "telegram"],
  ["jobs"],
  ["planning"],
  ["benchmark", "convert", "doctor"],
  ["pipeline"],
  ["engine"],
  ["inspect"],
  ["loading"],
  ["hub"],
  ["components"],
  ["models", "tokenizer", "scheduler", "image"],
  ["nn"],
  ["graph", "runtime"],
  ["checkpoint"],
  ["files", "net"],
  ["text", "tensor"],
];
/** Rooms on one floor that know nothing of each other. */
const apart = [
  ["server", "telegram"],
  ["convert", "doctor"],
  ["models", "tokenizer", "scheduler", "image"],
  ["graph", "runtime"],
  ["files", "net"],
];

const upward = layers.slice(1).map((folders, index) => ({
  name: `no-upward-import-from-${folders.join("-")}`,
  comment: "A lower layer may not know a higher one.",
  severity: "error",
  from: { path: `^src/(${folders.join("|")})/` },
  to: {
    path: `^src/((${layers
      .slice(0, index + 1)
      .flat()
      .join("|")})/|index\\.ts)`,
  },
}));

const sideways = apart.flatMap((rooms) =>
  rooms.map((room) => ({
    name: `no-sideways-import-from-${room}`,
    comment: "Rooms of one floor stand side by side; a higher one joins them.",
    severity: "error",
    from: { path: `^src/${room}/` },
    to: { path: `^src/(${rooms.filter((other) => other !== room).join("|")})/` },
  })),
);

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    ...sideways,
    {
      name: "only-runtime-imports-onnxruntime",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/runtime/" },
      to: { path: "onnxruntime|#engine" },
    },
    {
      name: "models-are-independent",
      comment: "t5, unet and movq know nothing of each other.",
      severity: "error",
      from: { path: "^src/models/([^/]+)/" },
      to: { path: "^src/models/", pathNot: "^src/models/$1/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.test\\.ts$" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
