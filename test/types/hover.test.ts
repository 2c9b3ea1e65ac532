import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A program of a user's, with a mark in front of every word that is hovered over. */
const program = `
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";

const client = createExportClient({
  providers: {
    users: authgear({ endpoint: "https://a.example", token: "t" }),
    access: avepoint({ dataCenter: "us", token: "t" }),
    readers: zephr({ tenantId: "news", accessKey: "a", secretKey: "s" }),
    newer: zephr({ tenantId: "news", accessKey: "a", secretKey: "s", apiVersion: "v4" }),
  },
});
await client.startExport("users", { ^format: "csv", ^fields: [{ ^pointer: "/sub", ^fieldName: "id" }], ^includeSecrets: false });
await client.startExport("users", { ^format: "ndjson", ^includeSecrets: true });
await client.runExport("access", { ^report: "userAccess", ^email: "a@b.example", ^dataSources: ["SharePoint Online"], ^exportOption: "summary" });
await client.runExport("access", { ^report: "sharingLinks", ^linkType: "anyone", ^startTime: new Date(), ^finishTime: new Date() });
await client.runExport("access", { ^report: "googleObjectActivities", ^id: "1", ^eventTypes: ["create"] });
await client.explainExport("readers", { ^since: new Date(), ^attributes: true, ^appIds: ["a"], ^grants: true, ^pageSize: 10 });
await client.startExport("newer", { ^since: new Date(), ^attr: [{ ^key: "a", ^operation: "eq", ^value: 1 }], ^foreignKeys: true });
client.parseJob({}, "users", { ^format: "ndjson", ^includeSecrets: true });
`;

describe("hovering over a field of a request", () => {
  const places: { readonly word: string; readonly at: number }[] = [];
  let text = "";
  for (const part of program.split("^")) {
    if (text) places.push({ word: /^\w+/.exec(part)?.[0] ?? "", at: text.length });
    text += part;
  }
  const file = `${root}/test/types/hovered.ts`;
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      if (name === file) return ts.ScriptSnapshot.fromString(text);
      return ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8")) : undefined;
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
  });

  it("is tried on a program without mistakes", () => {
    expect(service.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([]);
  });

  it.each(places)("shows the documentation of $word (at $at)", ({ word, at }) => {
    const info = service.getQuickInfoAtPosition(file, at);
    expect(ts.displayPartsToString(info?.displayParts)).toContain(word);
    expect(ts.displayPartsToString(info?.documentation)).toMatch(/\w{3}/);
  });
});
