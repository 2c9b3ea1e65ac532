import { it } from "vitest";
import { csv, ndjson, json } from "exportkit/provider";
import { textArtifact } from "../records/text-artifact.js";
import { decodeAll } from "../records/text-artifact.js";
import { memoryArtifact } from "../records/zip/memory-artifact.js";
const lines: string[] = [];
const run = async (name: string, decoder: any, bytes: Uint8Array | string) => {
  const b = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  const r: any = await decodeAll(decoder, memoryArtifact(b, { chunk: 5 }));
  lines.push(`${name} => ${JSON.stringify(r.outcomes).slice(0, 160)} ${r.failure ? `${r.failure.code}: ${r.failure.message.slice(0, 110)}` : ""}`);
};
it("x", async () => {
  for (const t of ["", "\n", "\r\n", "\ufeff", "\ufeff\n", "   \n", "id,name\n", "id,name", "ID;Name\n", "id\tname\n", "Error\n", "error,message\n", "not found\n", "Service Unavailable\n", "Your export is being prepared\n", "id\n", "email\n", "name\n", "[]", "{}", "null", "true", "\"\"", "[]\n", "--- \nid: 1\n", "# comment\nid,name\n", "%PDF-1.4\n", "PK\u0003\u0004", "GIF89a\n", "\u001f\u008b", "{\"error\":\"x\"}\n{\"id\":1}\n", "<!-- x --><html>\n<a>\n", "<?xml version=\"1.0\"?>\n<a/>\n", "Warning: mysql_connect(): failed in /var/www on line 3\nid,name\n1,a\n", "HTTP/1.1 200 OK\nContent-Type: text/csv\n\nid,name\n1,a\n", "id,name\r1,a\r2,b\r", "id,name\r1,a\n2,b\n", "id,name\n1,a\rb\n", "i\0d\0,\0n\0\n\0", "id|name\n1|a\n", "id;name\n1;a\n", "sep=;\nid;name\n1;a\n", "sep=\t\nid\tname\n1\ta\n", "\"sep=;\"\nid;name\n1;a\n", "SEP=,\nid,name\n1,a\n", "sep=;", "sep=;\n", "id,name\n1,a\n\u001a", "id,name\n1,a\n\0\0\0", "id,name\n1,\ufeffa\n", "\ufeff\ufeffid,name\n1,a\n", "\ufeff\"id\",name\n1,a\n", "id,__proto__,constructor\n1,2,3\n", "1,2\n3,4\n", "2024-01-01,x\n", "\"a\nb\",c\n", "a,b\n1,2\n\n\n", "a,b\n1,2\n,\n", "a\n\n\"\"\n", "a,b\n\"1\",2", "a,b\n\"1\"x,2\n", "a,b\n1,\"2", "OK\n", "0 rows\n", "Total,0\n", "ERROR: permission denied for table users\n", "id,name\n<html>\n", "Unauthorized,please log in\n", "a,b,\n1,2,\n", ",\n", " \t\n", "id, name\n1, a\n"]) await run(JSON.stringify(t), csv(), t);
  console.log(lines.join("\n"));
});
