import js from "@eslint/js";
import tseslint from "typescript-eslint";

const pure = ["packages/{delta,api,views,pipeline}/src/**/*.ts"];

export default tseslint.config(
  { ignores: ["**/node_modules/**", "**/dist/**", "**/*.mjs", "**/*.js", "**/*.cjs"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.json", "./tsconfig.test.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 20],
      "max-params": ["error", 4],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true } }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportAllDeclaration",
          message: "An index names what it exports; `export *` opens doors by accident.",
        },
        {
          selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^wait/][arguments.length<2]",
          message: "Without a limit of its own a wait has one second, which a busy machine may pass.",
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
    },
  },
  {
    files: pure,
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "Date", message: "Time is an argument here (ARCHITECTURE.md: decide purely)." },
        { name: "Intl", message: "Pure code does not depend on the machine's locale." },
      ],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Chance is an argument here (ARCHITECTURE.md: decide purely)." },
      ],
    },
  },
  {
    files: ["packages/*/src/**/*.ts"],
    rules: { "no-console": "error" },
  },
  {
    files: ["packages/kube/src/**/*.ts"],
    ignores: ["packages/kube/src/clock.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["setTimeout", "setInterval", "setImmediate", "performance"].map((name) => ({
          name,
          message: "Time comes from the Clock that was given, so that tests can turn it.",
        })),
      ],
      "no-restricted-properties": [
        "error",
        ...[
          ["Date", "now"],
          ["Math", "random"],
        ].map(([object, property]) => ({
          object,
          property,
          message: "Time and chance come from the Clock that was given, so that tests can turn it.",
        })),
      ],
    },
  },
  {
    files: ["packages/*/test/**/*.ts", "test/**/*.ts"],
    rules: { "max-lines": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["vitest.config.ts", "vitest.kubernetes.config.ts"], rules: { "no-restricted-exports": "off" } },
);
