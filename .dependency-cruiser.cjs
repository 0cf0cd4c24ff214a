// The layers of docs/architecture.md: imports point only downwards, and there are no cycles.
const layers = [
  ["cli"],
  ["pipeline"],
  ["models", "tokenizer", "scheduler", "image", "hub"],
  ["nn"],
  ["graph", "checkpoint", "runtime"],
  ["tensor"],
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

const sideways = ["models", "tokenizer", "scheduler", "image", "hub"].map((folder) => ({
  name: `no-sideways-import-from-${folder}`,
  comment: "models, tokenizer, scheduler, image and hub stand side by side; the pipeline joins them.",
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/(models|tokenizer|scheduler|image|hub)/", pathNot: `^src/${folder}/` },
}));

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...upward,
    ...sideways,
    {
      name: "only-runtime-imports-onnxruntime",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/runtime/" },
      to: { path: "onnxruntime" },
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
