import { Option } from "commander";

/** The level of logging; `--zap-log-level` is the original operator's name for it. */
export function logLevel(): Option {
  return new Option("--zap-log-level, --log-level <level>", "least level that is logged")
    .choices(["debug", "info", "warn", "error"])
    .default("info");
}
