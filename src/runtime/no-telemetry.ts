/** ONNX Runtime sends and stores telemetry unless its environment says otherwise when it is loaded; to be imported before it. */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: "1" } as const;

Object.assign(process.env, NO_TELEMETRY);
