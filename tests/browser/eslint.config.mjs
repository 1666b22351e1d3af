// The page's scripts are joined in one order into one scope, so what one of them defines at its top level the others may use.
import { readdirSync, readFileSync } from "node:fs";
import js from "@eslint/js";
import globals from "globals";

const folder = new URL("../../sim/konvoi/view/assets/", import.meta.url);
const shared = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
  const text = readFileSync(new URL(name, folder), "utf8");
  for (const [, defined] of text.matchAll(/^(?:async function|function|class) (\w+)/gm)) shared[defined] = "readonly";
  for (const [, list] of text.matchAll(/^(?:const|let) ([^;]+);/gm)) {
    for (const [, defined] of list.matchAll(/(?:^|, )(\w+) =/g)) shared[defined] = "readonly";
  }
}

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...globals.browser, ...shared } },
    rules: {
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { vars: "local", args: "after-used", caughtErrors: "none" }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
    },
  },
];
